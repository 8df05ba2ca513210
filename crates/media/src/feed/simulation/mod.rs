//! Feeds of random cameras in simulated time: the real supervisor and its rules, and no waiting.
//!
//! One thread, and an executor that waits for nothing, see [`drive`]: [`world`] is clock, chance, network and decoder, [`camera`] what a camera does,
//! [`invariants`] what must always hold. A seed is a whole sequence of events; `CAMWALL_SEED` in the
//! environment is the first of the seeds that are tried.

mod camera;
mod coverage;
mod hung_decoder;
mod invariants;
mod log_capture;
mod logins;
mod outages;
mod routes;
mod shown_state;
mod source;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake};
use std::time::{Duration, Instant};

use fastrand::Rng;
use tokio_util::sync::CancellationToken;
use tracing::Level;

use self::camera::{Camera, IN_USE, PASSWORDS, SECRET};
use self::coverage::{Counts, MUST_HAPPEN};
use self::invariants::Invariants;
use self::log_capture::LogCapture;
use self::logins::StoredLogin;
use self::world::{Shared, State, World, streams};
use super::connect_limit::ConnectLimit;
use super::supervisor::{self, Supervisor};
use crate::health::feed_health::FeedHealth;
use crate::hub::{Keep, PacketHub, Subscription};
use crate::packet::StreamInfo;
use crate::source::login::{Login, LoginSource};
use crate::source::route::{LearntRoute, LowerTransport, Route};
use crate::source::spec::{FeedSpec, Transport, Via};
use crate::status::FeedState;

/// Random sequences in each test run.
const SEQUENCES: u64 = 1000;
/// No sequence takes longer, seconds.
const LONGEST: f64 = 3600.0;

/// What all sequences share.
struct Fixtures {
    log: LogCapture,
    streams: [Arc<StreamInfo>; 2],
}

impl Default for Fixtures {
    fn default() -> Self {
        Self { log: LogCapture::default(), streams: streams() }
    }
}

/// A random feed that begins at `now`.
fn spec(rng: &mut Rng, now: Instant) -> FeedSpec {
    let schemes = ["rtsp", "rtsp", "rtsp", "rtsp", "rtsps", "file"];
    let scheme = schemes[rng.usize(0..schemes.len())];
    let in_url = rng.bool();
    let user = if in_url { format!("viewer:{}@", PASSWORDS[0]) } else { String::new() };
    let mut spec = FeedSpec::new("cam", format!("{scheme}://{user}cam/x"));
    if scheme == "file" {
        spec = FeedSpec::new("cam", "a.mp4");
    } else if !in_url {
        // In its place comes one that changes.
        spec.login = Some(Login::new("viewer", PASSWORDS[0]).into());
    }
    // Of RTSPS, UDP is a mistake in the wall file.
    let transports = if scheme == "rtsps" { 3 } else { 4 };
    spec.transport = [Transport::Auto, Transport::Auto, Transport::Tcp, Transport::Udp]
        [rng.usize(0..transports)];
    spec.via = [Via::Auto, Via::Auto, Via::Retina, Via::Ffmpeg][rng.usize(0..4)];
    spec.stale_after = Duration::from_millis(rng.u64(500..5000));
    if rng.bool() {
        let over = [None, Some(LowerTransport::Tcp), Some(LowerTransport::Udp)][rng.usize(0..3)];
        let route = Route { ffmpeg: rng.bool(), over, probing: rng.bool() };
        // Old, young, or old within the sequence.
        let ages = if rng.u32(0..3) == 0 { 0..40_000 } else { 21_540..21_600 };
        let chosen = now - Duration::from_secs(rng.u64(ages));
        spec.routes.set(Some(LearntRoute { route, chosen }));
    }
    spec
}

/// A feed in its world, which lives for so long.
fn feed(
    mut spec: FeedSpec,
    now: Instant,
    life: Duration,
    mut rng: Rng,
    fixtures: &Fixtures,
) -> (Supervisor, Shared) {
    IN_USE.set(PASSWORDS[0]);
    let health = Arc::new(FeedHealth::new(spec.stale_after));
    let (hub, reopen) = (PacketHub::default(), Arc::default());
    let keep = Keep { span: Duration::ZERO, bytes: 1 << 20 };
    let mut subscription = Subscription::new(&hub, keep, &health);
    subscription.start_back(Duration::ZERO, 0);
    let shared = Shared(Arc::new(World {
        health: health.clone(),
        cancellation: CancellationToken::new(),
        fault: Arc::default(),
        routes: spec.routes.clone(),
        hub: hub.clone(),
        jobs: Mutex::default(),
        reopen: Arc::clone(&reopen),
        subscription: Mutex::new(subscription),
        log: fixtures.log.clone(),
        // As in the program. What is not given back is seen by its number.
        limit: ConnectLimit::new(8),
        streams: fixtures.streams.clone(),
        state: Mutex::new(State {
            now,
            cancel_at: now + life,
            awaited: None,
            calls_after_cancel: 0,
            camera: Camera::new(!spec.url.expose().contains("://")),
            invariants: Invariants::new(&spec, now),
            login: StoredLogin::new(now, &mut rng),
            rng,
            hangs: false,
        }),
    }));
    let (woken, reader) = (shared.clone(), shared.clone());
    spec.login = spec.login.map(|_| LoginSource::new(move || reader.read_login()));
    let supervisor = Supervisor {
        spec: Arc::new(spec),
        cancellation: shared.0.cancellation.clone(),
        health,
        hub,
        fault: shared.0.fault.clone(),
        wake: Arc::new(move || woken.wake()),
        reopen,
        replace_decoder: Box::new(|| Err(std::io::Error::other("no decoder hangs"))),
        system: Arc::new(shared.clone()),
    };
    (supervisor, shared)
}

/// Whether a future that waits is to be asked again.
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs a feed to its end. What it waits for comes in simulated time, or it would wait for ever.
fn drive(feed: impl Future<Output = ()>) {
    let woken = Arc::new(Woken(AtomicBool::new(true)));
    let (mut feed, waker) = (pin!(feed), woken.clone().into());
    while woken.0.swap(false, Ordering::Relaxed) {
        if let Poll::Ready(()) = feed.as_mut().poll(&mut Context::from_waker(&waker)) {
            return;
        }
    }
    panic!("the feed waits for what never comes");
}

/// Simulates one feed; gives what happened, and what should not have.
fn simulate(seed: u64, fixtures: &Fixtures) -> (Counts, Vec<String>) {
    let mut rng = Rng::with_seed(seed);
    // There is a past.
    let now = Instant::now() + Duration::from_secs(24 * 3600);
    let spec = spec(&mut rng, now);
    // Short sequences are as frequent as long ones.
    let life = Duration::from_secs_f64(LONGEST.powf(1.3 * rng.f64() - 0.3));
    let never_begins = rng.u32(0..50) == 0;
    let (supervisor, shared) = feed(spec, now, life, rng, fixtures);
    if never_begins {
        let now = shared.state().now;
        shared.state().invariants.cancelled(now);
        shared.0.cancellation.cancel();
    }
    drive(supervisor::run(supervisor));
    shared.look();
    let mut state = shared.state();
    let (now, health) = (state.now, &shared.0.health);
    let reconnects = health.reconnects.load(Ordering::Relaxed);
    state.invariants.over(now, &health.state(now), reconnects);
    (state.invariants.counts.clone(), std::mem::take(&mut state.invariants.broken))
}

#[test]
fn whatever_a_camera_does_its_feed_keeps_to_the_rules() {
    let first = std::env::var("CAMWALL_SEED").map_or(0, |seed| seed.parse().expect("a number"));
    let fixtures = Fixtures::default();
    let mut sum = Counts::default();
    fixtures.log.during(|| {
        for seed in first..first + SEQUENCES {
            let result = catch_unwind(AssertUnwindSafe(|| simulate(seed, &fixtures)));
            let Ok((counts, broken)) = result else { panic!("CAMWALL_SEED={seed}, see above") };
            assert!(broken.is_empty(), "CAMWALL_SEED={seed}, {}: {}", broken.len(), broken[0]);
            for (what, times) in counts {
                *sum.entry(what).or_default() += times;
            }
        }
    });
    // Or the sequences would prove nothing.
    let seldom: Vec<_> = MUST_HAPPEN.iter().filter(|what| sum.get(*what) < Some(&20)).collect();
    assert!(seldom.is_empty(), "{seldom:?} of {sum:#?}");
}

#[test]
fn an_address_that_cannot_be_used_is_said_and_never_tried() {
    let spec = FeedSpec::new("cam", format!("sftp://viewer:{SECRET}@cam/x"));
    let (fixtures, now) = (Fixtures::default(), Instant::now());
    let (supervisor, shared) = feed(spec, now, Duration::MAX / 4, Rng::with_seed(1), &fixtures);
    fixtures.log.during(|| drive(supervisor::run(supervisor)));
    let text = "cam: no usable address: unknown scheme `sftp`".to_owned();
    assert_eq!(fixtures.log.take(), [(Level::ERROR, text)]);
    let now = shared.state().now;
    assert!(matches!(shared.0.health.state(now), FeedState::Down(_)));
    assert!(shared.state().invariants.counts.is_empty(), "nothing was tried");
}
