//! Clock, chance, network and decoder of a simulated feed.
//!
//! Time passes only where the feed waits: while it connects, reads or pauses. Before and after each
//! of these, and at each tick, the [`Invariants`] look at it.

use std::net::{IpAddr, Ipv4Addr};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use fastrand::Rng;
use ffmpeg_next as ffmpeg;

use super::camera::{Answer, Camera, IN_USE, PASSWORDS, detail};
use super::invariants::Invariants;
use super::log_capture::LogCapture;
use super::logins::{self, StoredLogin};
use super::source::SimulatedSource;
use crate::cancel::CancellationToken;
use crate::decode::jobs::JobReader;
use crate::feed::connect_limit::ConnectLimit;
use crate::feed::system::System;
use crate::ffmpeg::CodecParams;
use crate::fixtures::info;
use crate::health::content::Findings;
use crate::health::decoding::Decoded;
use crate::health::feed_health::FeedHealth;
use crate::hub::{PacketHub, Subscription};
use crate::lock::lock;
use crate::packet::{MediaType, StreamInfo};
use crate::source::route::{Route, RouteMemory};
use crate::source::spec::{Login, MissingLogin};
use crate::source::{Source, SourceContext, SourceError, TICK};

/// Calls that a feed may make after it was cancelled, before it counts as one that never ends.
const CALLS_AFTER_CANCEL: u32 = 100;

pub(super) struct World {
    pub health: Arc<FeedHealth>,
    pub cancellation: Arc<CancellationToken>,
    pub fault: Arc<Mutex<Option<String>>>,
    pub routes: RouteMemory,
    pub hub: PacketHub,
    /// The decoder's end of the hub, while the feed is shown.
    pub jobs: Mutex<Option<JobReader>>,
    pub reopen: Arc<AtomicBool>,
    /// A recorder's.
    pub subscription: Mutex<Subscription>,
    pub log: LogCapture,
    pub limit: ConnectLimit,
    /// Of pictures and of sound.
    pub streams: [Arc<StreamInfo>; 2],
    pub state: Mutex<State>,
}

pub(super) struct State {
    pub now: Instant,
    pub cancel_at: Instant,
    pub calls_after_cancel: u32,
    pub rng: Rng,
    /// Whether the decoder is another's, which never comes back.
    pub hangs: bool,
    pub camera: Camera,
    pub login: StoredLogin,
    pub invariants: Invariants,
}

pub(super) fn streams() -> [Arc<StreamInfo>; 2] {
    use ffmpeg::codec::Id::{AAC, H264};
    let video = info(CodecParams::new(MediaType::Video, H264).unwrap());
    let audio = info(CodecParams::new(MediaType::Audio, AAC).unwrap());
    [Arc::new(video), Arc::new(StreamInfo { media_type: MediaType::Audio, ..audio })]
}

/// What [`World`]'s feed holds of it.
#[derive(Clone)]
pub(super) struct Shared(pub Arc<World>);

impl Shared {
    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0.state)
    }

    /// The wall was woken, and looks.
    pub fn wake(&self) {
        let mut state = self.state();
        let seen = self.0.health.state(state.now);
        state.invariants.woken(&seen);
    }

    /// Looks whether all is as it should be.
    pub fn look(&self) {
        let world = &self.0;
        let mut state = self.state();
        let State { now, invariants, .. } = &mut *state;
        for (level, line) in world.log.take() {
            invariants.logged(*now, level, &line);
        }
        invariants.look(*now, &world.health.state(*now), world.routes.get(*now));
    }

    /// The feed reads its login.
    pub fn read_login(&self) -> Result<Login, MissingLogin> {
        self.look();
        let State { now, login, rng, invariants, .. } = &mut *self.state();
        let version = login.read(*now, rng);
        invariants.login_read(*now, version);
        if let Some(version) = version {
            IN_USE.set(PASSWORDS[version]);
        }
        logins::answer(version)
    }

    /// Lets time pass; true when cancelled meanwhile. `tick` is called whenever it is `due`.
    pub fn pass(&self, time: Duration, mut tick: Option<(&SourceContext, &mut Instant)>) -> bool {
        let until = self.state().now + time;
        loop {
            let mut state = self.state();
            let slice = if tick.is_some() { state.now + TICK } else { until };
            state.now = slice.min(until).min(state.cancel_at);
            let now = state.now;
            if now == state.cancel_at {
                state.invariants.cancelled(now);
                self.0.cancellation.cancel();
                return true;
            }
            if let Some((context, due)) = &mut tick
                && now >= **due
            {
                **due = now + TICK;
                if state.rng.u32(0..200) == 0 {
                    let on = state.rng.bool();
                    self.0.health.show(on, now);
                    state.invariants.shown(now, on, &self.0.health.state(now));
                }
                drop(state);
                (context.tick)();
                self.state().invariants.ticked(&self.0.health.state(now));
            } else {
                drop(state);
            }
            self.look();
            if now == until {
                return false;
            }
        }
    }

    /// What a source says that is interrupted.
    pub fn interrupted(&self) -> SourceError {
        let mut state = self.state();
        if state.rng.u32(0..4) > 0 {
            return SourceError::Stopped;
        }
        let detail = detail(&mut state.rng);
        drop(state);
        self.failed(SourceError::Broken { detail })
    }

    pub fn failed(&self, error: SourceError) -> SourceError {
        let mut state = self.state();
        let now = state.now;
        state.invariants.failed(now, &error);
        error
    }

    /// Panics without a word on standard error.
    pub fn panic(&self) -> ! {
        let message = detail(&mut self.state().rng);
        self.failed(SourceError::Internal { detail: message.clone() });
        resume_unwind(Box::new(message))
    }

    /// Does what decoder and recorder do.
    pub fn consume(&self) {
        while let Some(delivery) = lock(&self.0.subscription).next_packet() {
            self.state().invariants.delivered(delivery.session.number);
        }
        let mut jobs = lock(&self.0.jobs);
        if self.state().hangs || !self.0.health.decode.load(Ordering::Relaxed) {
            *jobs = None;
            return;
        }
        let jobs = jobs.get_or_insert_with(|| JobReader::new(self.0.hub.reader()));
        let now = self.state().now;
        while let Some(job) = jobs.next(&self.0.health, &self.0.reopen, now) {
            assert_eq!(job.packet.media_type(), MediaType::Video);
            self.0.health.decoding(now);
            let decoded = Decoded {
                key: job.packet.keyframe,
                whole: true,
                clean: true,
                ..Decoded::default()
            };
            if !job.silent {
                self.0.health.picture(Findings::default(), now);
            }
            self.0.health.decoded(&decoded, now);
            if !job.silent {
                self.state().invariants.frame(now);
                self.wake();
            }
        }
    }
}

impl System for Shared {
    fn now(&self) -> Instant {
        let mut state = self.state();
        if self.0.cancellation.is_cancelled() {
            state.calls_after_cancel += 1;
            let calls = state.calls_after_cancel;
            assert!(calls < CALLS_AFTER_CANCEL, "cancelled, and still at work");
        }
        state.now
    }

    fn random(&self) -> f64 {
        self.state().rng.f64()
    }

    fn connect_limit(&self) -> &ConnectLimit {
        &self.0.limit
    }

    fn look_up(&self, _: &SourceContext) -> Result<Vec<IpAddr>, SourceError> {
        let held = self.0.limit.connecting();
        self.state().invariants.looking_up(held.len());
        Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)])
    }

    fn open(
        &self,
        context: &SourceContext,
        numbers: &[IpAddr],
        route: Route,
    ) -> Result<Box<dyn Source>, SourceError> {
        self.look();
        assert_eq!(numbers, [IpAddr::V4(Ipv4Addr::LOCALHOST)]);
        let (takes, answer) = {
            let mut state = self.state();
            let State { now, invariants, camera, rng, .. } = &mut *state;
            let reconnects = self.0.health.reconnects.load(Ordering::Relaxed);
            let login = context.address.login.as_ref();
            invariants.logs_in(*now, login);
            invariants.opening(*now, route, reconnects, &self.0.limit.connecting());
            camera.answer(route, rng)
        };
        let mut due = self.state().now;
        // FFmpeg's interrupt callback ticks; retina's dialogue does not.
        if self.pass(takes, route.ffmpeg.then_some((context, &mut due))) {
            return Err(self.interrupted());
        }
        let plan = match answer {
            Answer::Fail(error) => return Err(self.failed(error)),
            Answer::Panic => self.panic(),
            Answer::Play(plan) => plan,
        };
        let now = self.state().now;
        self.state().invariants.opened(now);
        Ok(Box::new(SimulatedSource::new(self.clone(), context.clone(), route, plan)))
    }

    fn sleep_until(&self, until: Instant, cancellation: &CancellationToken) -> bool {
        self.look();
        let mut state = self.state();
        let now = state.now;
        let shown = self.0.health.state(now);
        state.invariants.pausing(now, until, &shown, self.0.limit.connecting().len());
        drop(state);
        if cancellation.is_cancelled() {
            return true;
        }
        self.pass(until.saturating_duration_since(now), None)
    }
}
