//! Keeps one camera connected for as long as its feed is open.
//!
//! Runs on the thread `ID.demux`: [`run`] connects, reports, waits and connects again around the
//! linear [`Supervisor::session`]. Policies:
//! - reading never waits for decoding: what the decoder has no room for is dropped up to the next
//!   key frame and counted;
//! - an outage is one line in the log when it begins and one when it is over;
//! - [`router`](crate::source::route) chooses the client and the transport of the next attempt;
//! - a panic counts as an error like any other.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::backoff::Backoff;
use super::connect_limit;
use super::fanout::{Fanout, Session};
use crate::cancel::CancellationToken;
use crate::decode::Job;
use crate::decode::keyframe_gate::KeyframeGate;
use crate::ffmpeg::log;
use crate::lock::lock;
use crate::packet::{MediaType, Packet};
use crate::panic::panic_message;
use crate::redact::redact;
use crate::source;
use crate::source::router::{Next, Router};
use crate::source::spec::{Address, FeedSpec};
use crate::source::{Source, SourceContext, SourceError};
use crate::status::{Connection, FeedHealth, StreamSummary};

/// What the demux thread works with.
pub(crate) struct Supervisor {
    pub spec: Arc<FeedSpec>,
    pub cancellation: Arc<CancellationToken>,
    pub health: Arc<FeedHealth>,
    pub fanout: Arc<Fanout>,
    pub fault: Arc<Mutex<Option<String>>>,
    pub wake: Arc<dyn Fn() + Send + Sync>,
    pub jobs: Sender<Job>,
}

/// What is remembered from one attempt to the next.
struct Attempts {
    router: Router,
    backoff: Backoff,
    /// When the present outage began, and its latest cause.
    outage: Option<(Instant, Arc<SourceError>)>,
    /// When the latest connection brought its first packet.
    live: Option<Instant>,
}

/// The thread's whole life.
pub(crate) fn run(supervisor: Supervisor) {
    let _scope = log::scope(supervisor.spec.id.clone());
    let address = match Address::parse(&supervisor.spec) {
        Ok(address) => address,
        Err(error) => return supervisor.give_up(error),
    };
    let context = supervisor.context(address);
    let mut attempts = Attempts {
        router: Router::new(&supervisor.spec, context.address.scheme, supervisor.spec.routes.get()),
        backoff: Backoff::default(),
        outage: None,
        live: None,
    };
    loop {
        attempts.live = None;
        let attempt =
            catch_unwind(AssertUnwindSafe(|| supervisor.session(&context, &mut attempts)));
        let error = attempt.unwrap_or_else(|panic| {
            let detail = redact(panic_message(&*panic));
            tracing::error!("{}: the demuxer panicked: {detail}", supervisor.spec.id);
            SourceError::Internal { detail }
        });
        match error {
            SourceError::Stopped => return,
            error if !error.is_retryable() => return supervisor.end(),
            error => {
                let error = error.redacted(context.secret());
                let tried =
                    format!("({}, {})", attempts.router.route().name(), context.address.origin());
                if let Some(error) = supervisor.next(&mut attempts, error, &tried)
                    && supervisor.wait(&mut attempts, error, &tried)
                {
                    return;
                }
            }
        }
        supervisor.health.reconnects.fetch_add(1, Ordering::Relaxed);
    }
}

impl Supervisor {
    fn context(&self, address: Address) -> SourceContext {
        let (health, wake) = (self.health.clone(), self.wake.clone());
        // What changes by the clock alone is noticed here.
        let seen = Mutex::new(std::mem::discriminant(&health.state(Instant::now())));
        let tick = move || {
            let state = std::mem::discriminant(&health.state(Instant::now()));
            let mut seen = lock(&seen);
            if std::mem::replace(&mut *seen, state) != state {
                wake();
            }
        };
        SourceContext {
            spec: self.spec.clone(),
            address,
            cancellation: self.cancellation.clone(),
            tick: Arc::new(tick),
        }
    }

    /// One connection from beginning to end, which is always an error.
    fn session(&self, context: &SourceContext, attempts: &mut Attempts) -> SourceError {
        let Some(permit) = connect_limit::acquire(&self.cancellation) else {
            return SourceError::Stopped;
        };
        let started = Instant::now();
        let route = attempts.router.route();
        *self.health.summary() = StreamSummary {
            started: Some(started),
            via: Some(route.name()),
            transport: route.over,
            ..self.kept_summary()
        };
        let mut source = match source::open(context, route) {
            Ok(source) => source,
            Err(error) => return error,
        };
        drop(permit);
        self.connected(source.as_ref(), attempts);
        let number = self.health.reconnects.load(Ordering::Relaxed);
        let session = Arc::new(Session { number, audio: source.audio().cloned() });
        let mut gate = KeyframeGate::new(self.jobs.clone());
        let mut proven = false;
        loop {
            let packet = match source.next() {
                Ok(packet) => packet,
                Err(error) => return error,
            };
            if attempts.live.is_none() {
                attempts.live = Some(Instant::now());
                self.recovered(attempts);
            }
            if !proven && packet.media_type() == MediaType::Video {
                proven = true;
                self.spec.routes.set(Some(attempts.router.works()));
            }
            self.account(&packet);
            let packet = Arc::new(packet);
            if self.fanout.offer(&packet, &session) {
                tracing::error!("{}: packets are lost: a recorder is too slow", self.spec.id);
            }
            gate.offer(packet, &self.health);
            let fault = lock(&self.fault).take();
            if let Some(detail) = fault {
                return SourceError::Internal { detail };
            }
        }
    }

    /// What stays on show while a camera is connected anew.
    fn kept_summary(&self) -> StreamSummary {
        let summary = self.health.summary().clone();
        StreamSummary { first_frame_after: None, gop_ms: None, ..summary }
    }

    fn connected(&self, source: &dyn Source, attempts: &Attempts) {
        let info = source.info();
        {
            let mut summary = self.health.summary();
            summary.codec = Some(info.codec);
            summary.fps = info.fps;
            summary.audio = source.audio().map(|audio| audio.describe().into());
        }
        self.health.connected_at(Instant::now());
        tracing::info!(
            "{}: {} by {}",
            self.spec.id,
            info.describe(),
            attempts.router.route().name()
        );
        (self.wake)();
    }

    /// Says that trouble is over, if there was any.
    fn recovered(&self, attempts: &mut Attempts) {
        if let Some((since, _)) = attempts.outage.take() {
            let seconds = since.elapsed().as_secs_f32();
            tracing::info!("{}: back after {seconds:.1} s", self.spec.id);
        }
    }

    fn account(&self, packet: &Packet) {
        let size = u64::try_from(packet.data().len()).unwrap_or(0);
        self.health.bytes.fetch_add(size, Ordering::Relaxed);
        if packet.media_type() == MediaType::Video {
            self.health.packet_at(packet.arrived);
            self.health.lost.fetch_add(packet.loss_before.into(), Ordering::Relaxed);
        }
    }

    /// Chooses the way for the next try; gives the error where that comes after a pause. `tried` is
    /// the way that failed, for the log.
    fn next(
        &self,
        attempts: &mut Attempts,
        error: SourceError,
        tried: &str,
    ) -> Option<SourceError> {
        let text = error.to_string();
        let verdict = attempts.router.after(error, attempts.live.is_some());
        if verdict.forget {
            self.spec.routes.set(None);
        }
        match verdict.next {
            Next::AtOnce(why) if attempts.outage.is_none() => {
                tracing::warn!("{}: {why}: {text} {tried}", self.spec.id);
                None
            }
            Next::AtOnce(why) => {
                tracing::debug!("{}: {why}: {text} {tried}", self.spec.id);
                None
            }
            Next::AfterPause(error) => Some(error),
        }
    }

    /// Reports an error and waits for the next try; true when stopped.
    fn wait(&self, attempts: &mut Attempts, error: SourceError, tried: &str) -> bool {
        let now = Instant::now();
        let delay = if error.is_auth() {
            Backoff::after_refused_login(fastrand::f64())
        } else {
            attempts.backoff.next(attempts.live, now, fastrand::f64())
        };
        let (id, seconds) = (&self.spec.id, delay.as_secs_f32());
        if attempts.outage.as_ref().is_none_or(|(_, known)| **known != error) {
            tracing::warn!("{id}: {error}; next try in {seconds:.0} s {tried}");
        } else {
            tracing::debug!("{id}: {error}; next try in {seconds:.0} s {tried}");
        }
        let error = Arc::new(error);
        let since = attempts.outage.as_ref().map_or(now, |(since, _)| *since);
        attempts.outage = Some((since, error.clone()));
        let retry_at = now + delay;
        self.health.set_connection(if error.is_auth() {
            Connection::AuthFailed { since, error, retry_at }
        } else {
            Connection::Offline { since, error, retry_at }
        });
        (self.wake)();
        self.cancellation.sleep(delay)
    }

    /// A file played to its end.
    fn end(&self) {
        tracing::info!("{}: the file came to its end", self.spec.id);
        self.health.set_connection(Connection::Ended);
        (self.wake)();
    }

    /// For an address that nothing can be done with: says so and waits to be closed.
    fn give_up(&self, error: SourceError) {
        let error = Arc::new(error.redacted(None));
        tracing::error!("{}: {error}", self.spec.id);
        let since = Instant::now();
        let retry_at = since + Duration::from_secs(365 * 24 * 3600);
        self.health.set_connection(Connection::Offline { since, error, retry_at });
        (self.wake)();
    }
}
