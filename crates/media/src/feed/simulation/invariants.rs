//! What must always hold of a feed, after what is documented of it and not after its code.
//!
//! The feed catches panics, so what does not hold is collected and reported at the end.

mod logins;
mod pauses;

use std::time::Instant;

use tracing::Level;

use super::camera::SECRET;
use super::coverage::Counts;
use super::outages::Outages;
use super::routes::{Cause, RouteRules};
use super::shown_state::ShownState;
use crate::feed::connect_queue::Caller;
use crate::source::SourceError;
use crate::source::route::{LearntRoute, Route};
use crate::source::spec::FeedSpec;
use crate::status::FeedState;

/// Follows one feed.
pub(super) struct Invariants {
    start: Instant,
    /// A file has no password.
    file: bool,
    in_address: bool,
    pub counts: Counts,
    shown: ShownState,
    /// Packets that the recorder has to get.
    undelivered: u32,
    /// Whether a key frame came by the present connection: before, nobody can begin.
    begun: bool,
    routes: RouteRules,
    outages: Outages,
    /// Sources that are open.
    open: u32,
    /// Sources that were asked for.
    tries: u64,
    /// Tries in a row that brought no packet.
    vain: u32,
    /// When the latest try failed.
    failed: Option<(Instant, SourceError)>,
    /// What the routes are to follow from. A try without a login says nothing of them.
    cause: Option<Cause>,
    /// Until when the present pause is.
    pause: Option<Instant>,
    /// The login in use, if logins are read, and what was last read.
    reads_logins: bool,
    login: Option<usize>,
    read: Option<(Instant, Option<usize>)>,
    /// Ordinary pauses since the camera was last well.
    pauses: usize,
    /// When the first packet of the latest session came.
    live: Option<Instant>,
    /// When late pictures last led to a new connection at once.
    connected_for_lateness: Option<Instant>,
    cancelled: bool,
    trace: Vec<String>,
    pub broken: Vec<String>,
}

impl Invariants {
    pub fn new(spec: &FeedSpec, start: Instant) -> Self {
        Self {
            start,
            file: !spec.url.expose().contains("://"),
            in_address: spec.url.expose().contains('@'),
            counts: Counts::default(),
            shown: ShownState::new(spec.stale_after),
            undelivered: 0,
            begun: false,
            routes: RouteRules::new(spec, start),
            outages: Outages::default(),
            open: 0,
            tries: 0,
            vain: 0,
            failed: None,
            cause: None,
            pause: None,
            reads_logins: spec.login.is_some(),
            login: None,
            read: None,
            pauses: 0,
            live: None,
            connected_for_lateness: None,
            cancelled: false,
            trace: Vec::new(),
            broken: Vec::new(),
        }
    }

    fn note(&mut self, now: Instant, what: &str) {
        let at = now.saturating_duration_since(self.start).as_secs_f64();
        self.trace.push(format!("{at:8.3} {what}"));
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn must(&mut self, holds: bool, what: &str) {
        if !holds {
            let last = self.trace[self.trace.len().saturating_sub(12)..].join("\n  ");
            self.broken.push(format!("{what}; before:\n  {last}"));
        }
    }

    fn all(&mut self, broken: Vec<String>) {
        for what in broken {
            self.must(false, &what);
        }
    }

    /// The camera's name is looked up.
    pub fn looking_up(&mut self, permits: usize) {
        self.must(permits == 0 && self.open == 0, "no permit while a name is looked up");
    }

    pub fn opening(&mut self, now: Instant, route: Route, reconnects: u64, permits: &[Caller]) {
        self.note(now, &format!("try by {}", route.name()));
        self.must(self.open == 0, "one session at a time");
        let caller = Caller { hidden: !self.shown.is_visible(), dead: self.vain >= 3 };
        self.must(permits == [caller], "a permit while connecting, as what it is");
        if caller.hidden {
            self.count("hidden while it connects");
        }
        if caller.dead {
            self.count("dead while it connects");
        }
        self.must(!self.cancelled, "no try after the end");
        self.must(reconnects == self.tries, "reconnects are sessions less one");
        let paused = self.pause.take();
        if let Some((failed, error)) = self.failed.take() {
            self.must(paused.is_none_or(|until| until == now), "the try comes when it was said");
            self.must(paused.is_some() || failed == now, "at once is at once");
            self.must(paused.is_some() || !error.is_auth(), "a refused login is not tried again");
            if matches!(error, SourceError::Late { .. }) {
                self.late(now, paused.is_some());
            }
        } else {
            self.must(self.tries == 0, "a session ends before the next begins");
        }
        let found = match self.cause.take() {
            Some(cause) => self.routes.next(route, &cause, &mut self.counts),
            None => self.routes.first(route, &mut self.counts),
        };
        self.all(found);
        match (self.tries, paused) {
            (0, _) => self.count("a first try"),
            (_, None) => self.count("another way at once"),
            (_, Some(_)) => {}
        }
        self.tries += 1;
        self.live = None;
    }

    pub fn opened(&mut self, now: Instant) {
        self.note(now, "connected");
        (self.open, self.begun) = (self.open + 1, false);
        self.shown.up(now);
    }

    pub fn reading(&mut self, permits: usize) {
        self.must(self.undelivered == 0, "a recorder gets every packet from a key frame on");
        self.must(permits == 0, "no permit while reading");
        self.must(!self.cancelled, "nothing is read after the end");
    }

    pub fn packet(&mut self, now: Instant, video: bool, keyframe: bool) {
        if self.live.is_none() {
            self.note(now, "first packet");
        }
        self.live.get_or_insert(now);
        self.outages.packet(now);
        self.begun |= video && keyframe;
        self.undelivered += u32::from(self.begun);
        if self.shown.proven_by(video && keyframe) {
            self.routes.picture();
        }
        if video {
            self.shown.packet(now);
        }
    }

    /// A recorder got a packet of a session.
    pub fn delivered(&mut self, session: u64) {
        let latest = self.tries - 1;
        self.must(session == latest, "packets belong to the session that brought them");
        self.must(self.undelivered > 0, "a packet is delivered once");
        self.undelivered = self.undelivered.saturating_sub(1);
    }

    /// The operator shows or hides the camera, and looks.
    pub fn shown(&mut self, now: Instant, on: bool, state: &FeedState) {
        if !on {
            self.count("hidden");
        }
        self.shown.show(now, on);
        self.shown.woken(state);
    }

    pub fn frame(&mut self, now: Instant) {
        self.shown.frame(now);
    }

    pub fn failed(&mut self, now: Instant, error: &SourceError) {
        self.note(now, &format!("{error}"));
        if matches!(error, SourceError::Internal { .. }) {
            self.count("a panic");
        }
        if *error == SourceError::Ended {
            self.shown.ended();
        }
        self.outages.failed(now);
        self.failed = Some((now, error.clone()));
        let lived = self.live.map(|live| now - live);
        self.vain = if lived.is_some() { 0 } else { self.vain + 1 };
        self.cause = Some(Cause { error: error.clone(), at: now, lived, paused: false });
    }

    pub fn closed(&mut self) {
        self.open -= 1;
    }

    pub fn logged(&mut self, now: Instant, level: Level, line: &str) {
        self.note(now, &format!("{level} {line}"));
        self.must(self.file || !line.contains(SECRET), "no line holds a password");
        let found = self.outages.logged(level, line);
        self.all(found);
    }

    pub fn woken(&mut self, shown: &FeedState) {
        self.shown.woken(shown);
    }

    pub fn ticked(&mut self, shown: &FeedState) {
        let known = self.shown.is_known(shown);
        self.must(known, "the wall is woken when the state changes by the clock");
    }

    pub fn cancelled(&mut self, now: Instant) {
        self.note(now, "cancelled");
        self.count(match self.pause {
            Some(_) => "cancelled in a pause",
            None => "cancelled while connecting or reading",
        });
        self.cancelled = true;
    }

    /// At any time.
    pub fn look(&mut self, now: Instant, shown: &FeedState, remembered: Option<LearntRoute>) {
        match shown {
            FeedState::Live => self.count("live"),
            FeedState::Stale => self.count("stale"),
            _ => {}
        }
        // Where the latest try failed, what is next is not decided yet.
        let open = self.failed.is_some() && self.pause.is_none();
        let found = self.shown.look(now, shown, open);
        self.all(found);
        let found = self.routes.look(now, remembered, self.failed.is_some());
        self.all(found);
        let found = self.outages.look();
        self.all(found);
    }

    /// The feed is over.
    pub fn over(&mut self, now: Instant, shown: &FeedState, reconnects: u64) {
        self.note(now, "over");
        self.must(self.open == 0, "nothing stays open");
        self.must(self.cancelled || self.shown.has_ended(), "nobody gives up");
        let known = self.shown.is_known(shown);
        self.must(known || self.cancelled, "the wall saw the end");
        if !self.cancelled {
            let found = self.shown.look(now, shown, false);
            self.all(found);
        }
        let right = reconnects == self.tries.saturating_sub(1);
        self.must(right, "reconnects at the end are sessions less one");
        if self.shown.has_ended() {
            self.count("the end of a file");
        }
        *self.counts.entry("an outage that is over").or_default() += self.outages.over();
    }
}
