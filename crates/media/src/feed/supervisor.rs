//! Keeps one camera connected for as long as its feed is open.
//!
//! A task, one a feed: [`run`] does what the rules of [`ConnectionPolicy`] decide, and tells them what
//! came of it. Clock, chance and network are those of its [`System`]. Policies:
//! - reading never waits for decoding or recording: packets go into the [`PacketHub`];
//! - a packet that is larger than any may be ends the connection, whoever assembled it;
//! - a panic ends the connection, not the task;
//! - what [`Health`](crate::health::Health) wants done is done before the next packet is read.

use std::future::poll_fn;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use camwall_address::Scheme;
use futures::FutureExt;
use tokio_util::sync::CancellationToken;
use tracing::Level;

use super::clock_watch::ClockWatch;
use super::connect_queue::Caller;
use super::connection_policy::{Activity, ConnectionPolicy, Decision, Effect, Event, give_up};
use super::key_distance::KeyDistance;
use super::log_entry::LogEntry;
use super::system::System;
use crate::health::feed_health::FeedHealth;
use crate::health::{Arrival, Remedy};
use crate::hub::{PacketHub, Session};
use crate::limits::MAX_ACCESS_UNIT;
use crate::lock::lock;
use crate::packet::{MediaType, Packet};
use crate::panic::panic_message;
use crate::source::login::{Login, LoginSource, MissingLogin};
use crate::source::route::Route;
use crate::source::spec::{Address, FeedSpec, login_source};
use crate::source::{Oversized, Source, SourceContext, SourceError};
use crate::status::StreamSummary;

/// What the feed's task works with.
pub(crate) struct Supervisor {
    pub spec: Arc<FeedSpec>,
    pub cancellation: CancellationToken,
    pub health: Arc<FeedHealth>,
    pub hub: PacketHub,
    pub fault: Arc<Mutex<Option<String>>>,
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// Has the decoder opened anew.
    pub reopen: Arc<AtomicBool>,
    /// Leaves the decode thread behind and starts another, and notes that it is there.
    pub replace_decoder: Box<dyn Fn() -> std::io::Result<()> + Send + Sync>,
    pub system: Arc<dyn System>,
}

/// The task's whole life.
pub(crate) async fn run(supervisor: Supervisor) {
    let address = match Address::parse(&*supervisor.spec) {
        Ok(address) => address,
        Err(error) => {
            supervisor.perform(give_up(error.into(), supervisor.system.now()));
            return;
        }
    };
    let mut policy = ConnectionPolicy::new(&supervisor.spec, &address, supervisor.system.now());
    let mut context = supervisor.context(address);
    let Supervisor { system, health, wake, .. } = &supervisor;
    let mut clock = ClockWatch::new(&**system, health, wake);
    let mut event = Event::Begin;
    loop {
        event = match supervisor.step(&mut policy, event) {
            Activity::Connect { route, session } => {
                supervisor.tune(&mut context);
                let attempt = supervisor.session(&context, &mut clock, &mut policy, route, session);
                match AssertUnwindSafe(attempt).catch_unwind().await {
                    Ok(error) => Event::Failed(supervisor.none_given(error)),
                    Err(panic) => Event::Panicked { message: panic_message(&*panic).to_owned() },
                }
            }
            Activity::Pause { until } => supervisor.pause(&policy, &context.address, until).await,
            // There is nothing to read outside a session.
            Activity::Read | Activity::End => return,
        };
    }
}

impl Supervisor {
    fn context(&self, address: Address) -> SourceContext {
        let (for_rtcp, for_patience) = (self.health.clone(), self.health.clone());
        SourceContext {
            spec: self.spec.clone(),
            address,
            number: None,
            cancellation: self.cancellation.clone(),
            rtcp: Arc::new(move |report| for_rtcp.rtcp(report)),
            patience: Arc::new(move || for_patience.patience()),
        }
    }

    /// What the wall file says by now of the time between two pictures counts for the next try.
    fn tune(&self, context: &mut SourceContext) {
        let interval = self.health.given_interval();
        if context.spec.interval != interval {
            let spec = FeedSpec { interval, ..FeedSpec::clone(&context.spec) };
            context.spec = Arc::new(spec);
        }
    }

    /// Asks the rules and does what takes no time.
    fn step(&self, policy: &mut ConnectionPolicy, event: Event) -> Activity {
        self.perform(policy.step(event, self.system.now(), self.system.random()))
    }

    fn perform(&self, decision: Decision) -> Activity {
        for effect in decision.effects {
            match effect {
                Effect::Log(entry) => self.log(&entry),
                Effect::SetConnection(connection) => {
                    self.health.set_connection(connection, self.system.now());
                    self.hub.wake();
                }
                Effect::Remember(route) => self.spec.routes.set(route),
                Effect::Wake => (self.wake)(),
            }
        }
        decision.then
    }

    fn log(&self, entry: &LogEntry) {
        let id = &self.spec.id;
        match entry.level() {
            Level::ERROR => tracing::error!("{id}: {entry}"),
            Level::WARN => tracing::warn!("{id}: {entry}"),
            Level::INFO => tracing::info!("{id}: {entry}"),
            _ => tracing::debug!("{id}: {entry}"),
        }
    }

    /// Waits until then, or until a login that was refused has become another.
    async fn pause(&self, policy: &ConnectionPolicy, address: &Address, until: Instant) -> Event {
        loop {
            let look = policy.login_look(self.system.now());
            let look = look.filter(|look| self.spec.login.is_some() && *look < until);
            let pause = self.system.pause_until(look.unwrap_or(until));
            if self.cancellation.run_until_cancelled(pause).await.is_none() {
                return Event::Stopped;
            }
            if look.is_none() {
                return Event::PauseOver;
            }
            let login = self.read_login(address).await;
            if login.is_ok_and(|login| policy.is_another(login.as_ref())) {
                return Event::PauseOver;
            }
        }
    }

    /// The login for one try: read anew, else what is in the address.
    async fn read_login(&self, address: &Address) -> Result<Option<Login>, SourceError> {
        let source = login_source(address, &self.spec);
        let Some(source) = source.filter(|source| source.is_nowhere().is_none()) else {
            return Ok(address.login.clone());
        };
        let reading = self.system.read_login(&self.spec, source);
        match self.cancellation.run_until_cancelled(reading).await {
            Some(Ok(login)) => Ok(Some(login)),
            Some(Err(MissingLogin(detail))) => Err(SourceError::NoLogin { detail }),
            None => Err(SourceError::Stopped),
        }
    }

    /// A refused login is none where nobody gave one.
    fn none_given(&self, error: SourceError) -> SourceError {
        match self.spec.login.as_ref().and_then(LoginSource::is_nowhere) {
            Some(why) if error.is_auth() => SourceError::NoneGiven { detail: why.to_owned() },
            _ => error,
        }
    }

    /// One connection from beginning to end, which is always an error.
    async fn session(
        &self,
        context: &SourceContext,
        clock: &mut ClockWatch<'_>,
        policy: &mut ConnectionPolicy,
        route: Route,
        number: u64,
    ) -> SourceError {
        if self.cancellation.is_cancelled() {
            return SourceError::Stopped;
        }
        let mut context = context.clone();
        context.address.login = match self.read_login(&context.address).await {
            Ok(login) => login,
            Err(error) => return error,
        };
        policy.logs_in_with(context.address.login.as_ref());
        self.health.reconnects.store(number, Ordering::Relaxed);
        let mut source = match self.connect(&context, clock, route, policy.is_dead()).await {
            Ok(source) => source,
            Err(error) => return error,
        };
        self.describe(source.as_ref());
        // Before anybody hears that it is up: nobody is to begin in what was before.
        self.hub.begin_session();
        self.step(policy, Event::Connected { stream: source.info().describe() });
        let audio = source.audio().cloned();
        let lossy = route.ffmpeg && (route.udp() || is_datagrams(context.address.scheme));
        let session = Arc::new(Session { number, audio, lossy });
        let mut key_distance = KeyDistance::default();
        let error = loop {
            // Before the first packet, too: there may be no decode thread.
            if let Err(error) = self.remedy() {
                break error;
            }
            let next = poll_fn(|cx| source.poll_next(cx));
            let next = clock.beside(self.cancellation.run_until_cancelled(next)).await;
            let packet = match next.unwrap_or(Err(SourceError::Stopped)) {
                Ok(packet) => packet,
                Err(error) => break error,
            };
            if packet.data().len() > MAX_ACCESS_UNIT {
                break SourceError::Oversized { what: Oversized::AccessUnit };
            }
            if policy.awaits_packet() {
                self.step(policy, Event::Packet);
            }
            if policy.awaits_picture() && self.proves(&packet) {
                self.step(policy, Event::Picture);
            }
            self.account(&packet, context.address.scheme);
            let packet = Arc::new(packet);
            key_distance.measure(&packet, &self.health);
            if self.hub.push(packet, &session) {
                tracing::error!("{}: packets are lost: a recorder is too slow", self.spec.id);
            }
            let fault = lock(&self.fault).take();
            if let Some(detail) = fault {
                break SourceError::Internal { detail };
            }
        };
        source.close().await;
        error
    }

    /// Does what is to be done for the stream's health; an error is what to hang up with.
    fn remedy(&self) -> Result<(), SourceError> {
        let now = self.system.now();
        match self.health.remedy(now) {
            None => Ok(()),
            Some(Remedy::ReopenDecoder) => {
                tracing::warn!("{}: the pictures can't be decoded; trying anew", self.spec.id);
                self.reopen.store(true, Ordering::Release);
                Ok(())
            }
            Some(Remedy::ReplaceDecoder) => {
                self.take_over("the decoder hangs");
                Ok(())
            }
            Some(Remedy::StartDecoder) => {
                self.take_over("no decode thread");
                Ok(())
            }
            Some(Remedy::DecodeNoMore) => {
                let id = &self.spec.id;
                tracing::error!("{id}: the decoder hangs once more; no other one is started");
                Ok(())
            }
            Some(Remedy::Reconnect(error)) => Err(error),
        }
    }

    /// Has another decode thread take over; the one before, if there is one, goes on where that fails.
    fn take_over(&self, why: &str) {
        let id = &self.spec.id;
        match (self.replace_decoder)() {
            Ok(()) => tracing::error!("{id}: {why}; another one is started"),
            Err(error) => tracing::error!("{id}: {why}; no other can be started: {error}"),
        }
    }

    /// Whether the connection is seen to bring pictures now: one was decoded, or where nobody looks
    /// this is a whole key frame.
    fn proves(&self, packet: &Packet) -> bool {
        if self.health.decode.load(Ordering::Relaxed) {
            return self.health.has_picture();
        }
        packet.media_type() == MediaType::Video && packet.keyframe && packet.loss_before == 0
    }

    /// Looks the name up, waits for the right to connect, and connects. A lookup that hangs keeps nobody
    /// from connecting.
    async fn connect(
        &self,
        context: &SourceContext,
        clock: &mut ClockWatch<'_>,
        route: Route,
        dead: bool,
    ) -> Result<Box<dyn Source>, SourceError> {
        let numbers = self.system.look_up(context).await?;
        let caller = || Caller { hidden: !self.health.decode.load(Ordering::Relaxed), dead };
        let permit = self.system.connect_limit().acquire(&self.cancellation, caller).await;
        let _permit = permit.ok_or(SourceError::Stopped)?;
        let started = self.system.now();
        *self.health.summary() = StreamSummary {
            started: Some(started),
            via: Some(route.name()),
            transport: route.over,
            ..self.kept_summary()
        };
        clock.beside(self.system.open(context, &numbers, route)).await
    }

    /// What stays on show while a camera is connected anew.
    fn kept_summary(&self) -> StreamSummary {
        let summary = self.health.summary().clone();
        StreamSummary { first_frame_after: None, gop_ms: None, ..summary }
    }

    /// Notes what a connection that came up is to bring.
    fn describe(&self, source: &dyn Source) {
        let info = source.info();
        let mut summary = self.health.summary();
        summary.codec = Some(info.codec);
        summary.fps = info.fps;
        summary.audio = source.audio().map(|audio| audio.describe().into());
    }

    fn account(&self, packet: &Packet, scheme: Scheme) {
        let size = u64::try_from(packet.data().len()).unwrap_or(0);
        self.health.bytes.fetch_add(size, Ordering::Relaxed);
        if packet.media_type() == MediaType::Video {
            let stream = packet.seconds().filter(|_| tells_time(scheme));
            let arrival = Arrival { stream, at: packet.arrived };
            self.health.arrived(arrival);
            self.health.lost.fetch_add(packet.loss_before.into(), Ordering::Relaxed);
        }
    }
}

/// Whether timestamps are the camera's. FFmpeg makes them up for MJPEG over HTTP and for what has
/// no container; files are paced by us.
fn tells_time(scheme: Scheme) -> bool {
    match scheme {
        Scheme::Rtsp | Scheme::Rtsps | Scheme::Rtmp | Scheme::Rtmps | Scheme::Srt | Scheme::Rtp => {
            true
        }
        Scheme::Http | Scheme::Https | Scheme::Udp | Scheme::File | Scheme::V4l2 => false,
    }
}

/// Whether packets may be lost on the way, which FFmpeg does not tell.
fn is_datagrams(scheme: Scheme) -> bool {
    matches!(scheme, Scheme::Udp | Scheme::Rtp)
}
