//! What an operator is told of a camera, since when and why; and what is done about it.
//!
//! [`Health`] is pure: it is told what happened and when, and never asks for the time. A feed's
//! threads drive it through [`FeedHealth`](feed_health::FeedHealth), which holds its lock for one event. Each rule has a
//! module; this one puts them in order. Policies:
//! - no connection > can't be decoded > stale > late > live; the warnings frozen, dark and damaged
//!   stand beside them;
//! - a hidden camera lives by its packets, and nothing is said of its pictures;
//! - what we hang up for is still said while we connect anew, until a clean picture comes or the
//!   connection fails by itself;
//! - a remedy comes again only after a pause that grows, see [`Ladder`].

mod census;
pub(crate) mod content;
mod damage;
pub(crate) mod decoding;
pub(crate) mod feed_health;
mod grid;
mod hanging;
mod ladder;
mod lateness;
mod remedies;
mod staleness;

use std::mem::discriminant;
use std::time::{Duration, Instant};

pub(crate) use self::census::Census;
use self::census::Counted;
use self::content::Findings;
use self::damage::Damage;
use self::decoding::{Decoded, Decoding};
use self::hanging::Hanging;
use self::ladder::Ladder;
use self::lateness::Lateness;
pub(crate) use self::remedies::Remedy;
use self::staleness::Staleness;
use crate::source::{SenderReport, SourceError};
use crate::status::{Connection, FeedState, Warnings};
use crate::undecodable::Undecodable;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A packet of the video stream that arrived.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    /// Seconds by the stream's clock.
    pub stream: Option<f64>,
    pub at: Instant,
}

/// Everything that is known of a camera's condition.
#[derive(Debug)]
pub(crate) struct Health {
    connection: Connection,
    /// When the present connection came up.
    up: Option<Instant>,
    /// Whether pictures are decoded, and since when again.
    shown: bool,
    shown_again: Option<Instant>,
    /// When a picture was last published, when the newest one arrived, and the newest packet of the
    /// video stream.
    frame: Option<Instant>,
    newest: Option<Instant>,
    packet: Option<Instant>,
    staleness: Staleness,
    lateness: Lateness,
    decoding: Decoding,
    damage: Damage,
    findings: Findings,
    hanging: Hanging,
    /// When the decoder was opened anew because of what is said.
    reopened: Option<Instant>,
    late_ladder: Ladder,
    undecodable_ladder: Ladder,
    reopen_ladder: Ladder,
    /// What was last told, and since when.
    told: FeedState,
    since: Option<Instant>,
}

impl Health {
    /// Of a feed that goes stale after `stale_after`, or later where its pictures are known to be
    /// `interval` apart. `epoch` is not after anything that happens.
    pub fn new(stale_after: Duration, interval: Option<Duration>, epoch: Instant) -> Self {
        Self {
            connection: Connection::Connecting,
            up: None,
            shown: true,
            shown_again: None,
            frame: None,
            newest: None,
            packet: None,
            staleness: Staleness::new(stale_after, interval),
            lateness: Lateness::new(epoch),
            decoding: Decoding::default(),
            damage: Damage::default(),
            findings: Findings::default(),
            hanging: Hanging::default(),
            reopened: None,
            late_ladder: Ladder::new(&remedies::LATE_PAUSES),
            undecodable_ladder: Ladder::new(&remedies::UNDECODABLE_PAUSES),
            reopen_ladder: Ladder::new(&remedies::UNDECODABLE_PAUSES),
            told: FeedState::Connecting,
            since: None,
        }
    }

    /// The wall file says something else of it: see [`new`](Self::new).
    pub fn retune(&mut self, stale_after: Duration, interval: Option<Duration>, now: Instant) {
        self.tell(now);
        self.staleness.retune(stale_after, interval);
        self.tell(now);
    }

    /// Time between two pictures by the wall file.
    pub fn given_interval(&self) -> Option<Duration> {
        self.staleness.given()
    }

    /// The connection's state changed.
    pub fn connection(&mut self, connection: Connection, now: Instant) {
        self.tell(now);
        match &connection {
            Connection::Up => {
                self.up = Some(now);
                self.staleness.session();
                self.lateness.session();
                self.decoding.restart();
                self.damage.restart();
            }
            Connection::Down(outage) => {
                match *outage.error {
                    SourceError::Undecodable { .. } | SourceError::Late { .. } => {}
                    SourceError::Idle { .. } => {
                        self.staleness.gave_up();
                        self.decoding.forget();
                    }
                    _ => self.decoding.forget(),
                }
                self.lateness.session();
            }
            Connection::Connecting | Connection::Ended => {}
        }
        self.connection = connection;
        self.tell(now);
    }

    /// The connection's state.
    pub fn present_connection(&self) -> &Connection {
        &self.connection
    }

    /// Pictures are decoded from now on, or no longer.
    pub fn show(&mut self, on: bool, now: Instant) {
        self.tell(now);
        if on && !self.shown {
            self.shown_again = Some(now);
        }
        if !on {
            self.decoding.forget();
            self.damage.restart();
            self.findings = Findings::default();
            self.hanging.hide();
        }
        self.staleness.thinned(None);
        self.shown = on;
        self.tell(now);
    }

    /// A packet of the video stream arrived.
    pub fn arrived(&mut self, arrival: Arrival) {
        self.tell(arrival.at);
        self.packet = self.packet.max(Some(arrival.at));
        self.staleness.packet(arrival.at);
        if let Some(stream) = arrival.stream {
            self.lateness.packet(stream, arrival.at);
        }
        if self.lateness.is_late(arrival.at) {
            self.late_ladder.troubled(arrival.at);
        }
        self.tell(arrival.at);
    }

    /// RTCP arrived: the camera is there.
    pub fn rtcp(&mut self) {
        self.staleness.rtcp();
    }

    /// A sender report arrived.
    pub fn report(&mut self, report: &SenderReport) {
        self.lateness.report(report);
    }

    /// The decoder begins with a packet. A thread that is about to end, because the camera was hidden,
    /// counts no more.
    pub fn decoding(&mut self, now: Instant) {
        if self.shown {
            self.hanging.begin(now);
        }
    }

    /// The decoder is done with it, and that came of it.
    pub fn decoded(&mut self, packet: &Decoded, now: Instant) {
        self.hanging.end();
        if !self.shown {
            return;
        }
        if packet.clean {
            self.hanging.works(now);
        }
        self.damage.packet(packet, now);
        self.decoding.packet(packet, now);
        self.tell(now);
    }

    /// The decoder is done with a packet that it did not decode.
    pub fn skipped(&mut self) {
        self.hanging.end();
    }

    /// There is no decode thread.
    pub fn no_thread(&mut self) {
        self.hanging.no_thread();
    }

    /// Another decode thread was started.
    pub fn replaced(&mut self, now: Instant) {
        self.hanging.replaced();
        self.staleness.thinned(None);
        self.tell(now);
    }

    /// The stream can't be decoded, which is known at once.
    pub fn undecodable(&mut self, why: Undecodable, now: Instant) {
        self.decoding.undecodable(why, now);
        self.tell(now);
    }

    /// Whether the decoder has worked for long, so that those that hung are to be forgotten.
    pub fn works_well(&mut self, now: Instant) -> bool {
        self.hanging.works_well(now)
    }

    /// A picture was published whose packet arrived then.
    pub fn picture(&mut self, findings: Findings, arrived: Instant, now: Instant) {
        self.tell(now);
        self.frame = self.frame.max(Some(now));
        self.newest = self.newest.max(Some(arrived));
        self.findings = findings;
        self.tell(now);
    }

    /// When the newest picture arrived: it may be shown much later, to who looks at it again.
    pub fn last_frame(&self) -> Option<Instant> {
        self.newest
    }

    /// Whether a picture was published since the present connection came up.
    pub fn has_picture(&self) -> bool {
        self.frame.is_some_and(|frame| self.up.is_some_and(|up| frame >= up))
    }

    /// How long a silent connection is kept.
    pub fn patience(&self) -> Duration {
        self.staleness.patience()
    }

    /// What an operator is told at `now`.
    pub fn state(&self, now: Instant) -> FeedState {
        let said = self.said().filter(|_| self.shown);
        match (&self.connection, said) {
            (Connection::Ended, _) => FeedState::Ended,
            (Connection::Connecting, _) => FeedState::Connecting,
            (Connection::Down(outage), _) => match *outage.error {
                // We hung up ourselves.
                SourceError::Undecodable { why } => FeedState::Undecodable { why },
                SourceError::Late { by } => FeedState::Late { by: whole(by) },
                _ => FeedState::Down(outage.clone()),
            },
            (Connection::Up, Some((why, _))) => FeedState::Undecodable { why },
            (Connection::Up, None) => self.liveness(now),
        }
    }

    /// Why there are no pictures though packets come, and since when that is said.
    fn said(&self) -> Option<(Undecodable, Instant)> {
        let hangs = self.hanging.since().map(|since| (Undecodable::HungDecoder, since));
        hangs.or(self.decoding.said())
    }

    /// For a connected camera. A hidden one is live as long as its packets come; one that is shown
    /// again has no picture yet, and if packets come the usual time to come up with one.
    fn liveness(&self, now: Instant) -> FeedState {
        let sign = if self.shown { self.frame } else { self.packet };
        let Some(sign) = sign.filter(|sign| self.up.is_none_or(|up| *sign >= up)) else {
            return FeedState::Connecting;
        };
        let begins = self.shown && self.shown_again.is_some_and(|again| sign < again);
        if now > self.stale_at(sign) {
            FeedState::Stale
        } else if begins {
            FeedState::Connecting
        } else if self.lateness.is_late(now) {
            let by = self.lateness.by(now).unwrap_or_default();
            FeedState::Late { by: whole(by) }
        } else if self.told == FeedState::Stale && self.lateness.is_suspect() {
            // The first pictures after a stall, which are old: it is not known yet for how long.
            FeedState::Stale
        } else {
            FeedState::Live
        }
    }

    /// When a picture of that time, or what was made of a packet long ago, becomes too old.
    fn stale_at(&self, sign: Instant) -> Instant {
        let sign = self.fresh_since(sign);
        self.packet.map_or(sign, |packet| packet.min(sign)) + self.staleness.limit()
    }

    /// From when on the newest sign of life counts.
    fn fresh_since(&self, sign: Instant) -> Instant {
        self.shown_again.filter(|_| self.shown).map_or(sign, |again| again.max(sign))
    }

    /// When the state of `now` began, as far as a clock alone can begin it.
    fn began(&self, state: &FeedState, now: Instant) -> Instant {
        let began = match state {
            FeedState::Stale => {
                let sign = if self.shown { self.frame } else { self.packet };
                sign.map(|sign| self.stale_at(sign))
            }
            FeedState::Late { .. } => self.lateness.since(now),
            FeedState::Undecodable { .. } => self.said().map(|(_, since)| since),
            _ => None,
        };
        let began = began.map_or(now, |began| began.min(now));
        self.since.map_or(began, |before| began.max(before))
    }

    /// Notes what is told from now on.
    fn tell(&mut self, now: Instant) {
        let state = self.state(now);
        if discriminant(&state) != discriminant(&self.told) {
            self.since = Some(self.began(&state, now));
        }
        self.told = state;
    }

    /// Since when the state is what it is at `now`; `None` where it never changed.
    pub fn since(&self, now: Instant) -> Option<Instant> {
        let state = self.state(now);
        if discriminant(&state) == discriminant(&self.told) {
            self.since
        } else {
            Some(self.began(&state, now))
        }
    }

    /// Pictures may be so far apart because packets are left out on purpose; `None`: none are.
    pub fn thinned(&mut self, gap: Option<Duration>, now: Instant) {
        self.tell(now);
        self.staleness.thinned(gap);
        self.tell(now);
    }

    /// What is wrong with the picture. `ours`: most cameras are late at once; `thinned`: less is
    /// decoded than comes.
    pub fn warnings(&self, ours: bool, thinned: bool, now: Instant) -> Warnings {
        let moving = matches!(self.state(now), FeedState::Live | FeedState::Late { .. });
        if !moving || !self.shown {
            return Warnings::default();
        }
        Warnings {
            damaged: self.damage.since().is_some(),
            frozen: self.findings.frozen,
            dark: self.findings.dark,
            reduced: thinned || (ours && self.lateness.is_late(now)),
            unverified: false,
        }
    }

    /// How late pictures are, where that is known.
    pub fn late(&self, now: Instant) -> Option<Duration> {
        self.lateness.by(now).filter(|_| matches!(self.connection, Connection::Up))
    }

    /// Whether the camera's smaller stream would do better at `now`.
    pub fn wants_smaller(&self, now: Instant) -> bool {
        self.late_ladder.times(now) >= remedies::WANTS_SMALLER
    }

    /// A hidden feed is not counted: nobody hangs up for its lateness, and its camera may be shown
    /// by another.
    fn counted(&self, now: Instant) -> Counted {
        let connected = matches!(self.connection, Connection::Up) && self.shown;
        Counted { connected, late: connected && self.lateness.is_late(now) }
    }
}

/// In whole seconds.
fn whole(time: Duration) -> Duration {
    seconds((time + Duration::from_millis(500)).as_secs())
}

#[cfg(test)]
mod tests;
