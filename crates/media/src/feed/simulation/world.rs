//! Clock, chance, network and decoder of a simulated feed.
//!
//! Time passes only where the feed waits: in a pause, and up to the next tick while it connects or reads.
//! What is waited for beside a tick says with [`Shared::poll_until`] when it comes. Before and after each
//! of these, and at each tick, the [`Invariants`] look at it.

use std::future::{pending, poll_fn, ready};
use std::net::{IpAddr, Ipv4Addr};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Instant;

use fastrand::Rng;
use ffmpeg_next as ffmpeg;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::camera::{Answer, Camera, IN_USE, PASSWORDS, detail};
use super::invariants::Invariants;
use super::log_capture::LogCapture;
use super::logins::{self, StoredLogin};
use super::source::SimulatedSource;
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
use crate::source::login::{Login, LoginSource, MissingLogin};
use crate::source::route::{Route, RouteMemory};
use crate::source::spec::FeedSpec;
use crate::source::{Source, SourceContext, SourceError};

/// Calls that a feed may make after it was cancelled, before it counts as one that never ends.
const CALLS_AFTER_CANCEL: u32 = 100;

pub(super) struct World {
    pub health: Arc<FeedHealth>,
    pub cancellation: CancellationToken,
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
    /// When that comes which is waited for beside a tick.
    pub awaited: Option<Instant>,
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

    /// Lets time pass up to then; true when cancelled meanwhile.
    fn pass(&self, until: Instant) -> bool {
        let mut state = self.state();
        state.now = until.min(state.cancel_at).max(state.now);
        let now = state.now;
        let cancelled = now == state.cancel_at && !self.0.cancellation.is_cancelled();
        if cancelled {
            state.invariants.cancelled(now);
            drop(state);
            self.0.cancellation.cancel();
            return true;
        }
        drop(state);
        self.look();
        false
    }

    /// Ready at that time, or with true when cancelled before. Time passes in the tick beside it.
    pub fn poll_until(&self, at: Instant) -> Poll<bool> {
        let mut state = self.state();
        let cancelled = self.0.cancellation.is_cancelled();
        let over = cancelled || state.now >= at;
        state.awaited = (!over).then_some(at);
        if over { Poll::Ready(cancelled) } else { Poll::Pending }
    }

    /// A tick is due: the operator may show or hide the camera.
    fn operate(&self) {
        let mut state = self.state();
        if state.rng.u32(0..200) == 0 {
            let (on, now) = (state.rng.bool(), state.now);
            self.0.health.show(on, now);
            state.invariants.shown(now, on, &self.0.health.state(now));
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
                self.0.health.picture(Findings::default(), now, now);
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

    fn read_login<'a>(
        &'a self,
        _: &'a FeedSpec,
        source: &'a LoginSource,
    ) -> BoxFuture<'a, Result<Login, MissingLogin>> {
        ready(source.read()).boxed()
    }

    fn look_up<'a>(
        &'a self,
        _: &'a SourceContext,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, SourceError>> {
        let held = self.0.limit.connecting();
        self.state().invariants.looking_up(held.len());
        ready(Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)])).boxed()
    }

    fn open<'a>(
        &'a self,
        context: &'a SourceContext,
        numbers: &'a [IpAddr],
        route: Route,
    ) -> BoxFuture<'a, Result<Box<dyn Source>, SourceError>> {
        self.look();
        assert_eq!(numbers, [IpAddr::V4(Ipv4Addr::LOCALHOST)]);
        let (due, answer) = {
            let mut state = self.state();
            let State { now, invariants, camera, rng, .. } = &mut *state;
            let reconnects = self.0.health.reconnects.load(Ordering::Relaxed);
            let login = context.address.login.as_ref();
            invariants.logs_in(*now, login);
            invariants.opening(*now, route, reconnects, &self.0.limit.connecting());
            let (takes, answer) = camera.answer(route, rng);
            (*now + takes, answer)
        };
        let opened = async move {
            if poll_fn(|_| self.poll_until(due)).await {
                return Err(self.interrupted());
            }
            let plan = match answer {
                Answer::Fail(error) => return Err(self.failed(error)),
                Answer::Panic => self.panic(),
                Answer::Play(plan) => plan,
            };
            let now = self.state().now;
            self.state().invariants.opened(now);
            let source: Box<dyn Source> = Box::new(SimulatedSource::new(self.clone(), route, plan));
            Ok(source)
        };
        opened.boxed()
    }

    fn pause_until(&self, until: Instant) -> BoxFuture<'_, ()> {
        let paused = async move {
            self.look();
            {
                let mut state = self.state();
                let (now, shown) = (state.now, self.0.health.state(state.now));
                let permits = self.0.limit.connecting().len();
                state.invariants.pausing(now, until, &shown, permits);
            }
            if self.pass(until) {
                // It is dropped.
                pending::<()>().await;
            }
        };
        paused.boxed()
    }

    fn tick_at(&self, at: Instant) -> BoxFuture<'_, ()> {
        {
            // The feed has just looked at the clock.
            let mut state = self.state();
            let shown = self.0.health.state(state.now);
            state.invariants.ticked(&shown);
        }
        let tick = poll_fn(move |cx| {
            let until = self.state().awaited.map_or(at, |awaited| awaited.min(at));
            let cancelled = self.0.cancellation.is_cancelled() || self.pass(until);
            if !cancelled && self.state().now >= at {
                self.operate();
                return Poll::Ready(());
            }
            // That of which it is beside comes now.
            cx.waker().wake_by_ref();
            Poll::Pending
        });
        tick.boxed()
    }
}
