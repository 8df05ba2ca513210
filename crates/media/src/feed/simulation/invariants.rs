//! What must always hold of a feed, after what is documented of it and not after its code.
//!
//! The feed catches panics, so what does not hold is collected and reported at the end.

use std::mem::discriminant;
use std::time::{Duration, Instant};

use tracing::Level;

use super::camera::{PASSWORDS, SECRET};
use super::coverage::Counts;
use super::outages::Outages;
use super::routes::{Cause, RouteRules};
use super::shown_state::ShownState;
use crate::feed::connect_queue::Caller;
use crate::source::SourceError;
use crate::source::login::Login;
use crate::source::route::{LearntRoute, Route};
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

    /// Late pictures are no reason for a pause, but not twice within ten seconds.
    fn late(&mut self, now: Instant, paused: bool) {
        if paused {
            self.count("late again too soon");
            return;
        }
        self.count("late, and connected anew at once");
        let soon = |at| now - at < Duration::from_secs(10);
        self.must(!self.connected_for_lateness.is_some_and(soon), "late, and again at once");
        self.connected_for_lateness = Some(now);
    }

    /// Whether this is read for a try, and not to see whether a refused login has changed.
    fn is_try(&self, now: Instant) -> bool {
        self.pause.is_none_or(|until| until == now) || self.is_early(now)
    }

    /// Whether the pause after a refused login is over now because there is another.
    fn is_early(&self, now: Instant) -> bool {
        let refused = self.failed.as_ref().is_some_and(|(_, error)| error.is_auth());
        let another = |(at, version): (Instant, Option<usize>)| {
            at == now && version.is_some() && version != self.login
        };
        refused && self.read.is_some_and(another)
    }

    /// The feed reads its login and finds this.
    pub fn login_read(&mut self, now: Instant, version: Option<usize>) {
        self.must(self.reads_logins && !self.cancelled, "nobody asked for a login");
        let for_a_try = self.is_try(now);
        let again = self.read.is_some_and(|(at, _)| at == now);
        self.read = Some((now, version));
        if !for_a_try {
            let refused = self.failed.as_ref().is_some_and(|(_, error)| error.is_auth());
            self.must(refused, "only a refused login is read again before its time");
            return;
        }
        if self.pause.is_some_and(|until| until > now) && !again {
            self.must(false, "what was not known is not early");
        }
        if version.is_none() {
            self.note(now, "no login");
            self.count("no login");
            self.pause = None;
            self.live = None;
            self.outages.failed(now);
            let detail = "there is no file".to_owned();
            self.failed = Some((now, SourceError::NoLogin { detail }));
        }
    }

    /// A try is made with this login.
    pub fn logs_in(&mut self, now: Instant, login: Option<&Login>) {
        if !self.reads_logins {
            let expected =
                (!self.file && self.in_address).then(|| Login::new("viewer", PASSWORDS[0]));
            return self.must(login == expected.as_ref(), "the login is that of the address");
        }
        let read = self.read.filter(|(at, _)| *at == now).and_then(|(_, version)| version);
        let expected = read.map(|version| Login::new("viewer", PASSWORDS[version]));
        self.must(expected.is_some(), "no try without a login");
        self.must(login == expected.as_ref(), "a try logs in with what was read for it");
        if self.is_early(now) && self.pause.is_some_and(|until| until > now) {
            self.count("another login is tried at once");
            self.pause = Some(now);
        }
        if self.login.is_some() && self.login != read {
            self.count("another login");
        }
        self.login = read;
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

    /// A pause is to begin.
    pub fn pausing(&mut self, now: Instant, until: Instant, shown: &FeedState, permits: usize) {
        if self.cancelled {
            return;
        }
        self.must(self.open == 0 && permits == 0, "a pause holds nothing");
        let outage = match shown {
            FeedState::Down(outage) => Some(outage),
            // What we hang up for is still said.
            FeedState::Late { .. } | FeedState::Undecodable { .. } => None,
            _ => return self.must(false, &format!("a pause is shown as {shown:?}")),
        };
        // After a refusal it is looked now and then whether the login is another.
        let looks = self.reads_logins && outage.is_some_and(|outage| outage.error.is_auth());
        let retry_at = outage.map_or(until, |outage| outage.retry_at);
        let soon = looks && until <= now + Duration::from_secs(10) && until < retry_at;
        self.must(retry_at == until || soon, "the state says when the next try is");
        let until = retry_at;
        if self.pause.is_some() {
            self.must(looks && self.pause == Some(until), "one pause a failure");
            return;
        }
        self.note(now, "pause");
        self.pause = Some(until);
        let Some((failed, error)) = self.failed.clone() else {
            return self.must(false, "a pause without a reason");
        };
        self.must(failed == now, "the pause begins with the failure");
        if matches!(error, SourceError::Late { .. }) {
            let soon = |at| now - at < Duration::from_secs(10);
            let again = self.connected_for_lateness.is_some_and(soon);
            self.must(again, "late pictures are waited for only if that did not help");
        }
        self.must(error != SourceError::Ended, "a file that ended is not tried again");
        let (least, most) = self.expected_pause(failed, &error);
        let pause = (until - now).as_secs_f64();
        let window = least - 1e-6..=most + 1e-6;
        self.must(window.contains(&pause), &format!("a pause of {pause} s for {window:?}"));
        self.must(!error.is_auth() || pause >= 48.0, "a refused login costs 48 s at least");
        if !matches!(error, SourceError::NoLogin { .. })
            && let Some(cause) = &mut self.cause
        {
            cause.paused = true;
        }
        if let Some(Outage { since, error: said, .. }) = outage {
            self.must(discriminant(&**said) == discriminant(&error), "the state says why");
            let tells = !self.file && format!("{said:?}").contains(SECRET);
            self.must(!tells, "no state holds a password");
            self.must(self.outages.began() == Some(*since), "the state says since when");
        }
        self.shown.down(&error);
    }

    /// The least and the most seconds.
    fn expected_pause(&mut self, failed: Instant, error: &SourceError) -> (f64, f64) {
        match error {
            SourceError::Auth { .. } => {
                self.count("a refused login");
                return (48.0, 72.0);
            }
            SourceError::NoLogin { .. } => return (10.0, 10.0),
            _ => {}
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
