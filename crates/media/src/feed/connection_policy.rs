//! The rules by which a camera is kept connected.
//!
//! Pure, and nothing of a thread in it: [`ConnectionPolicy::step`] is told what happened, the time
//! and a random number, and answers what is to be done. Policies:
//! - [`Backoff`] says how long the pauses between tries are, [`Router`] by which client and
//!   transport the next try goes, and whether it needs a pause at all;
//! - an outage begins with the first pause and is over with the first packet, see [`LogEntry`];
//! - where there is no login there is no try: it says nothing of routes, and does not count;
//! - a refused login is read again every 5 s, and another one is tried at once: it locks nothing;
//! - pictures that came late are no outage: the next connection is made at once, by the same route;
//! - a route is remembered once it brought a picture, not when it brought packets;
//! - a panic counts as an error like any other;
//! - what is said of an error holds no credential, and of an address the origin only.

use std::sync::Arc;
use std::time::{Duration, Instant};

use camwall_address::{Censor, Secret};

use super::backoff::{Backoff, LOGIN_RETRY};
use super::log_entry::{LogEntry, Tried};
use crate::source::SourceError;
use crate::source::login::Login;
use crate::source::route::{LearntRoute, Route};
use crate::source::router::{Next, Router};
use crate::source::spec::{Address, FeedSpec};
use crate::status::{Connection, FeedState, Outage};

/// When a feed whose address cannot be used says that it will try again: it never does.
const NEVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Pictures that are late so soon after a new connection are not helped by another one at once.
const LATE_AGAIN: Duration = Duration::from_secs(10);
/// Tries in vain after which a camera counts as dead for those that wait for their turn.
const DEAD_AFTER: u32 = 3;
/// How often a login that was refused is read again, to see whether it is still the same.
const LOGIN_LOOK: Duration = Duration::from_secs(5);

/// What happened.
#[derive(Debug)]
pub(crate) enum Event {
    /// The feed was opened.
    Begin,
    /// A source was opened.
    Connected {
        /// What it sends: "h264 1920x1080".
        stream: String,
    },
    /// The source brought its first packet.
    Packet,
    /// A picture was decoded, or where nobody looks a whole key frame came: the route is proven.
    Picture,
    /// The try, or the session, failed; its source is gone.
    Failed(SourceError),
    /// The same by a panic.
    Panicked { message: String },
    /// The pause was waited for.
    PauseOver,
    /// The feed is being closed.
    Stopped,
}

/// What is done at once.
#[derive(Debug)]
pub(crate) enum Effect {
    Log(LogEntry),
    /// Shows the connection's state to everyone.
    SetConnection(Connection),
    /// Changes what is remembered of the stream's route.
    Remember(Option<LearntRoute>),
    /// Has the wall look at the state.
    Wake,
}

/// What takes time, and ends with the next event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Activity {
    /// Open a source by this route, then read it.
    Connect {
        route: Route,
        /// Counts the feed's connections from 0.
        session: u64,
    },
    /// Read on.
    Read,
    /// Wait until then.
    Pause { until: Instant },
    /// The feed is over.
    End,
}

/// What is to be done: the effects in their order, then the activity.
#[derive(Debug)]
pub(crate) struct Decision {
    pub effects: Vec<Effect>,
    pub then: Activity,
}

/// What is remembered from one try to the next.
#[derive(Debug)]
pub(crate) struct ConnectionPolicy {
    router: Router,
    backoff: Backoff,
    /// With the login of the latest try; holds what no message may hold.
    address: Address,
    options: Vec<Secret>,
    origin: Arc<str>,
    /// When the present outage began, and its latest cause.
    outage: Option<(Instant, Arc<SourceError>)>,
    /// When the latest session brought its first packet.
    live: Option<Instant>,
    /// Whether the latest session brought a picture.
    proven: bool,
    /// Tries in a row that brought no packet.
    vain: u32,
    /// When it was last connected at once because pictures came late.
    late: Option<Instant>,
    /// Sessions begun.
    sessions: u64,
}

impl ConnectionPolicy {
    /// For a camera of this address, as it is known at `now`.
    pub fn new(spec: &FeedSpec, address: &Address, now: Instant) -> Self {
        Self {
            router: Router::new(spec, address.scheme, spec.routes.get(now), now),
            backoff: Backoff::default(),
            address: address.clone(),
            options: spec.options.iter().map(|(_, value)| value.clone()).collect(),
            origin: address.origin().into(),
            outage: None,
            live: None,
            proven: false,
            vain: 0,
            late: None,
            sessions: 0,
        }
    }

    /// Takes out what no message may hold.
    fn censor(&self) -> Censor {
        Censor::new(&self.address, &self.options)
    }

    /// Whether the last tries failed, so that little is to be expected of the next.
    pub fn is_dead(&self) -> bool {
        self.vain >= DEAD_AFTER
    }

    /// Notes the login of the try that begins.
    pub fn logs_in_with(&mut self, login: Option<&Login>) {
        self.address.login = login.cloned();
    }

    /// When in a pause the login is to be read, to see whether it is another: only one that was
    /// refused.
    pub fn login_look(&self, now: Instant) -> Option<Instant> {
        let refused = self.outage.as_ref().is_some_and(|(_, error)| error.is_auth());
        refused.then(|| now + LOGIN_LOOK)
    }

    /// Whether this is another login than that of the latest try.
    pub fn is_another(&self, login: Option<&Login>) -> bool {
        login != self.address.login.as_ref()
    }

    /// Whether [`step`](Self::step) has to be told of a packet: of a session's first.
    pub fn awaits_packet(&self) -> bool {
        self.live.is_none()
    }

    /// Whether [`step`](Self::step) has to be told of a picture: of a session's first.
    pub fn awaits_picture(&self) -> bool {
        !self.proven
    }

    /// What is to be done when `event` happened at `now`; `random` is in 0..1.
    pub fn step(&mut self, event: Event, now: Instant, random: f64) -> Decision {
        match event {
            Event::Begin | Event::PauseOver => self.connect(Vec::new()),
            Event::Connected { stream } => {
                let entry = LogEntry::Connected { stream, route: self.router.route() };
                let up = Effect::SetConnection(Connection::Up);
                Decision {
                    effects: vec![up, Effect::Log(entry), Effect::Wake],
                    then: Activity::Read,
                }
            }
            Event::Packet => self.packet(now),
            Event::Picture => self.picture(),
            Event::Failed(error) => self.failed(Vec::new(), error, now, random),
            Event::Panicked { message } => {
                let detail = self.censor().clean(&message);
                let effects = vec![Effect::Log(LogEntry::Panicked { detail: detail.clone() })];
                self.failed(effects, SourceError::Internal { detail }, now, random)
            }
            Event::Stopped => Decision { effects: Vec::new(), then: Activity::End },
        }
    }

    fn connect(&mut self, effects: Vec<Effect>) -> Decision {
        (self.live, self.proven) = (None, false);
        let session = self.sessions;
        self.sessions += 1;
        Decision { effects, then: Activity::Connect { route: self.router.route(), session } }
    }

    fn packet(&mut self, now: Instant) -> Decision {
        let mut effects = Vec::new();
        if self.live.is_none() {
            self.live = Some(now);
            self.vain = 0;
            if let Some((since, _)) = self.outage.take() {
                let after = now.saturating_duration_since(since);
                effects.push(Effect::Log(LogEntry::Back { after }));
            }
        }
        Decision { effects, then: Activity::Read }
    }

    fn picture(&mut self) -> Decision {
        self.proven = true;
        let effects = vec![Effect::Remember(Some(self.router.works()))];
        Decision { effects, then: Activity::Read }
    }

    /// Pictures came late: anew at once and by the same route, unless it was just done.
    fn late(&mut self, by: Duration, now: Instant) -> Option<Decision> {
        let just = |at: Instant| now.saturating_duration_since(at) < LATE_AGAIN;
        if self.late.is_some_and(just) {
            return None;
        }
        self.late = Some(now);
        Some(self.connect(vec![Effect::Log(LogEntry::Late { by })]))
    }

    fn failed(
        &mut self,
        mut effects: Vec<Effect>,
        error: SourceError,
        now: Instant,
        random: f64,
    ) -> Decision {
        if error == SourceError::Stopped {
            return Decision { effects, then: Activity::End };
        }
        if !error.is_retryable() {
            effects.extend([
                Effect::Log(LogEntry::FileEnded),
                Effect::SetConnection(Connection::Ended),
                Effect::Wake,
            ]);
            return Decision { effects, then: Activity::End };
        }
        let error = error.redacted(&self.censor());
        let tried = Tried { route: self.router.route(), origin: self.origin.clone() };
        if matches!(error, SourceError::NoLogin { .. }) {
            self.sessions -= 1;
            return self.pause(effects, Arc::new(error), tried, now, random);
        }
        if self.live.is_none() {
            self.vain = self.vain.saturating_add(1);
        }
        if let SourceError::Late { by } = error
            && let Some(decision) = self.late(by, now)
        {
            return decision;
        }
        let verdict = self.router.after(error.clone(), self.live.is_some(), now);
        if verdict.forget {
            effects.push(Effect::Remember(None));
        }
        match verdict.next {
            Next::AtOnce(why) => {
                let news = self.outage.is_none();
                effects.push(Effect::Log(LogEntry::OtherRoute { why, error, tried, news }));
                self.connect(effects)
            }
            Next::AfterPause(error) => self.pause(effects, Arc::new(error), tried, now, random),
        }
    }

    fn pause(
        &mut self,
        mut effects: Vec<Effect>,
        error: Arc<SourceError>,
        tried: Tried,
        now: Instant,
        random: f64,
    ) -> Decision {
        let pause = match &*error {
            // Nor does a certificate change back by itself.
            SourceError::Auth { .. }
            | SourceError::WantsBasic
            | SourceError::NoneGiven { .. }
            | SourceError::NotTrusted { .. } => Backoff::after_refused_login(random),
            SourceError::NoLogin { .. } => LOGIN_RETRY,
            SourceError::Busy { retry_after, .. } => {
                self.backoff.after_busy(*retry_after, self.live, now, random)
            }
            _ => self.backoff.next(self.live, now, random),
        };
        let news = self.outage.as_ref().is_none_or(|(_, known)| !known.says_the_same(&error));
        effects.push(Effect::Log(LogEntry::NextTry { error: error.clone(), pause, tried, news }));
        let since = self.outage.as_ref().map_or(now, |(since, _)| *since);
        self.outage = Some((since, error.clone()));
        let retry_at = now + pause;
        let outage = Outage { since, error, retry_at };
        effects.push(Effect::SetConnection(Connection::Down(outage)));
        effects.push(Effect::Wake);
        Decision { effects, then: Activity::Pause { until: retry_at } }
    }
}

/// What is to be done where nothing can be done with the address: it is said, and the feed waits
/// to be closed.
pub(crate) fn give_up(error: SourceError, now: Instant) -> Decision {
    let error = Arc::new(error.redacted(&Censor::default()));
    let entry = LogEntry::NoUsableAddress { error: error.clone() };
    let offline = Connection::Down(Outage { since: now, error, retry_at: now + NEVER });
    Decision {
        effects: vec![Effect::Log(entry), Effect::SetConnection(offline), Effect::Wake],
        then: Activity::End,
    }
}

/// Notices what changes by the clock alone: that a picture is stale.
#[derive(Debug)]
pub(crate) struct StateWatch(FeedState);

impl StateWatch {
    /// Begins with this state.
    pub fn new(state: &FeedState) -> Self {
        Self(state.clone())
    }

    /// Whether this is another state than the last one, so that the wall is to be woken.
    pub fn changes_to(&mut self, state: &FeedState) -> bool {
        let changed = self.0 != *state;
        if changed {
            self.0 = state.clone();
        }
        changed
    }
}

#[cfg(test)]
mod tests;
