//! What must always hold of a feed, after what is documented of it and not after its code.
//!
//! The feed catches panics, so what does not hold is collected and reported at the end.

use std::mem::discriminant;
use std::time::{Duration, Instant};

use tracing::Level;

use super::camera::SECRET;
use super::coverage::Counts;
use super::outages::Outages;
use super::routes::RouteRules;
use super::shown_state::ShownState;
use crate::source::SourceError;
use crate::source::route::Route;
use crate::source::spec::FeedSpec;
use crate::status::{FeedState, Outage};

/// The pauses in a row, and their seconds.
const PAUSES: [(&str, f64); 5] = [
    ("a pause of 1 s", 1.0),
    ("a pause of 2 s", 2.0),
    ("a pause of 5 s", 5.0),
    ("a pause of 10 s", 10.0),
    ("a pause of 30 s", 30.0),
];

/// Follows one feed.
pub(super) struct Invariants {
    start: Instant,
    /// A file has no password.
    file: bool,
    pub counts: Counts,
    shown: ShownState,
    /// Packets that the recorder has to get.
    undelivered: u32,
    routes: RouteRules,
    outages: Outages,
    /// Sources that are open.
    open: u32,
    /// Sources that were asked for.
    tries: u64,
    /// When the latest try failed.
    failed: Option<(Instant, SourceError)>,
    /// Until when the present pause is.
    pause: Option<Instant>,
    /// Ordinary pauses since the camera was last well.
    pauses: usize,
    /// When the first packet of the latest session came.
    live: Option<Instant>,
    cancelled: bool,
    trace: Vec<String>,
    pub broken: Vec<String>,
}

impl Invariants {
    pub fn new(spec: &FeedSpec, start: Instant) -> Self {
        Self {
            start,
            file: !spec.url.contains("://"),
            counts: Counts::default(),
            shown: ShownState::new(spec.stale_after),
            undelivered: 0,
            routes: RouteRules::new(spec),
            outages: Outages::default(),
            open: 0,
            tries: 0,
            failed: None,
            pause: None,
            pauses: 0,
            live: None,
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

    pub fn opening(&mut self, now: Instant, route: Route, reconnects: u64, permits: usize) {
        self.note(now, &format!("try by {}", route.name()));
        self.must(self.open == 0, "one session at a time");
        self.must(permits == 1, "a permit while connecting");
        self.must(!self.cancelled, "no try after the end");
        self.must(reconnects == self.tries, "reconnects are sessions less one");
        let paused = self.pause.take();
        if let Some((failed, error)) = self.failed.take() {
            self.must(paused.is_none_or(|until| until == now), "the try comes when it was said");
            self.must(paused.is_some() || failed == now, "at once is at once");
            self.must(paused.is_some() || !error.is_auth(), "a refused login is not tried again");
            let found = self.routes.next(route, &error, self.live.is_some(), paused.is_some());
            self.all(found);
        } else {
            self.must(self.tries == 0, "a session ends before the next begins");
            let found = self.routes.first(route);
            self.all(found);
        }
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
        self.open += 1;
        self.shown.up(now);
    }

    pub fn reading(&mut self, permits: usize) {
        self.must(self.undelivered == 0, "a recorder gets every packet");
        self.must(permits == 0, "no permit while reading");
        self.must(!self.cancelled, "nothing is read after the end");
    }

    pub fn packet(&mut self, now: Instant, video: bool) {
        if self.live.is_none() {
            self.note(now, "first packet");
        }
        self.live.get_or_insert(now);
        self.outages.packet(now);
        self.undelivered += 1;
        if video {
            self.shown.packet(now);
            self.routes.picture();
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
    }

    pub fn closed(&mut self) {
        self.open -= 1;
    }

    /// A pause is to begin.
    pub fn pausing(&mut self, now: Instant, until: Instant, shown: &FeedState, permits: usize) {
        if self.cancelled {
            return;
        }
        self.note(now, "pause");
        self.must(self.open == 0 && permits == 0, "a pause holds nothing");
        self.must(self.pause.is_none(), "one pause a failure");
        self.pause = Some(until);
        let Some((failed, error)) = self.failed.clone() else {
            return self.must(false, "a pause without a reason");
        };
        self.must(failed == now, "the pause begins with the failure");
        self.must(error != SourceError::Ended, "a file that ended is not tried again");
        let (least, most) = self.expected_pause(failed, &error);
        let pause = (until - now).as_secs_f64();
        let window = least - 1e-6..=most + 1e-6;
        self.must(window.contains(&pause), &format!("a pause of {pause} s for {window:?}"));
        self.must(!error.is_auth() || pause >= 48.0, "a refused login costs 48 s at least");
        let FeedState::Down(Outage { since, error: said, retry_at }) = shown else {
            return self.must(false, &format!("a pause is shown as {shown:?}"));
        };
        self.must(*retry_at == until, "the state says when the next try is");
        self.must(discriminant(&**said) == discriminant(&error), "the state says why");
        self.must(self.file || !format!("{said:?}").contains(SECRET), "no state holds a password");
        self.must(self.outages.began() == Some(*since), "the state says since when");
        self.shown.down(error.is_auth());
    }

    /// The least and the most seconds.
    fn expected_pause(&mut self, failed: Instant, error: &SourceError) -> (f64, f64) {
        if error.is_auth() {
            self.count("a refused login");
            return (48.0, 72.0);
        }
        if self.live.is_some_and(|live| failed - live >= Duration::from_secs(30)) {
            if self.pauses > 0 {
                self.count("well again after half a minute");
            }
            self.pauses = 0;
        }
        let step = self.pauses.min(PAUSES.len() - 1);
        self.pauses += 1;
        let (what, seconds) = PAUSES[step];
        let (least, most) = (0.8 * seconds, 1.2 * seconds);
        match error {
            SourceError::Busy { retry_after: Some(after), .. } => {
                self.count("busy until then");
                // What the simulated camera asks for, and what it gets.
                let seconds = match after.as_secs() {
                    0 => 1.0,
                    7 => 7.0,
                    _ => 60.0,
                };
                return (seconds, seconds);
            }
            SourceError::Busy { .. } => {
                self.count(if step == 4 { "busy for the fifth time" } else { "busy" });
                return (least.min(10.0), most.min(10.0));
            }
            SourceError::SentElsewhere { .. } => self.count("sent elsewhere"),
            _ => {}
        }
        self.count(what);
        (least, most)
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
    pub fn look(&mut self, now: Instant, shown: &FeedState, remembered: Option<Route>) {
        match shown {
            FeedState::Live => self.count("live"),
            FeedState::Stale => self.count("stale"),
            _ => {}
        }
        // Where the latest try failed, what is next is not decided yet.
        let open = self.failed.is_some() && self.pause.is_none();
        let found = self.shown.look(now, shown, open);
        self.all(found);
        let found = self.routes.look(remembered, self.failed.is_some());
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
