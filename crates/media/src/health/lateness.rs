//! How long after they were taken a camera's pictures arrive.
//!
//! Pure; told by the feed's task. Policies:
//! - a picture's offset is its arrival less its stream time. The smallest offset that was seen
//!   stands for no delay; it rises by at most [`DRIFT`], so that a camera's clock may drift and a
//!   delay that came with a stall and stays is never taken for normal;
//! - what grows more slowly than [`SLOWLY`](growth::SLOWLY) is taken for a clock that runs slow, because the backlog
//!   of a link that is too thin grows faster, see [`Growth`]. So nothing is said of a backlog that
//!   grows as slowly, except where sender reports tell the two apart;
//! - while sender reports agree with our clock, they say which offset stands for no delay: a
//!   stream's clock may then drift as it likes;
//! - the smallest lateness of the last second counts, and of two pictures at least: pictures that
//!   are sent out of order and large key frames are later than their neighbours and mean nothing;
//! - a step of the stream's clock is no delay: what comes after it is measured anew;
//! - how late the first picture of a session is can only be told by sender reports, and only where
//!   the camera's clock agreed with ours not long ago, see [`Agreement`]. A clock that stepped
//!   against ours between two sessions, as after a reboot, is not believed;
//! - a camera whose timestamps do not run at the rate of its own wall clock has no stream time:
//!   some count pictures as if they all came in time. Nothing is said of its lateness.

mod growth;

use std::time::{Duration, Instant};

use self::growth::Growth;
use crate::source::SenderReport;

/// How fast the smallest offset may rise: 300 ppm is six times what a quartz in a camera is off.
const DRIFT: f64 = 300e-6;
/// Seconds of lateness from which pictures are called late.
pub(super) const LATE: f64 = 2.0;
/// Seconds of lateness below which they are no longer.
const IN_TIME: f64 = 1.0;
/// So long everything must have been late: a stall that ends in a burst of old pictures is over.
const ENTER_AFTER: Duration = Duration::from_millis(300);
/// Seconds by which the stream's clock must go back to be taken for a step. Pictures sent out of
/// their order go back by less.
const STEP: f64 = 1.0;
/// Seconds that no network holds back: always a step.
const ANY_STEP: f64 = 60.0;
/// Parts of the last second, each with its smallest offset.
const SLOTS: usize = 10;
/// Seconds in such a part.
const SLOT: f64 = 0.1;
/// Seconds by which the camera's clock may differ from ours and still be right.
const AGREES: f64 = 1.0;
/// How long it is remembered that it was right.
const AGREED_FOR: Duration = Duration::from_secs(6 * 3600);
/// Seconds by which a clock that is corrected smoothly is not off from one report to the next.
const CLOCK_STEP: f64 = 0.5;

/// Part by which stream time may run faster or slower than the camera's wall clock.
const RATE: f64 = 0.02;
/// Times in a row that it must have done so.
const WRONG_RATES: u32 = 2;

/// The camera's clock was right: by its reports pictures took so long, in seconds, when they were
/// in time.
#[derive(Clone, Copy, Debug)]
struct Agreement {
    delay: f64,
    at: Instant,
}

impl Agreement {
    /// The delay, which may have grown as slowly as the camera's clock may drift against ours.
    fn delay_at(&self, now: Instant) -> f64 {
        self.delay + DRIFT * now.saturating_duration_since(self.at).as_secs_f64()
    }
}

/// What is known of a stream's lateness.
#[derive(Debug)]
pub(super) struct Lateness {
    /// What times in seconds are counted from.
    epoch: Instant,
    /// The offset that stands for no delay, and when it was so.
    floor: Option<(f64, f64)>,
    /// Number and smallest offset of the latest parts of a second.
    slots: [(i64, f64); SLOTS],
    /// Offsets of the two latest pictures, and the stream time and arrival of the last.
    latest: [Option<f64>; 2],
    last: Option<(f64, f64)>,
    /// Lateness of the newest picture alone, seconds.
    newest: f64,
    /// Since when everything is late.
    over: Option<Instant>,
    growth: Growth,
    agreement: Option<Agreement>,
    /// Whether the floor of this session is by an agreement, and whether a report of this session
    /// confirmed that.
    known: bool,
    confirmed: bool,
    /// Our wall clock less our monotonic one, and the camera's less ours, by the latest report.
    wall: Option<f64>,
    ahead: Option<f64>,
    /// The offset of no delay at all, by the latest report of this session.
    zero: Option<f64>,
    /// Stream time and the camera's wall clock by that report, and how often in a row the rates of
    /// the two differed.
    clocks: Option<(f64, f64)>,
    wrong_rates: u32,
}

impl Lateness {
    /// Nothing is known.
    pub fn new(epoch: Instant) -> Self {
        Self {
            epoch,
            floor: None,
            slots: [(i64::MIN, 0.0); SLOTS],
            latest: [None; 2],
            last: None,
            newest: 0.0,
            over: None,
            growth: Growth::default(),
            agreement: None,
            known: false,
            confirmed: false,
            wall: None,
            ahead: None,
            zero: None,
            clocks: None,
            wrong_rates: 0,
        }
    }

    fn seconds(&self, at: Instant) -> f64 {
        at.saturating_duration_since(self.epoch).as_secs_f64()
    }

    /// A connection began: its timestamps have nothing to do with the last one's.
    pub fn session(&mut self) {
        let Self { epoch, agreement, wall, ahead, wrong_rates, .. } = *self;
        *self = Self { agreement, wall, ahead, wrong_rates, ..Self::new(epoch) };
    }

    /// A picture of this stream time, in seconds, arrived.
    pub fn packet(&mut self, stream: f64, arrived: Instant) {
        if !stream.is_finite() {
            return;
        }
        let arrival = self.seconds(arrived);
        if self.stepped(stream, arrival) {
            self.rebase();
        }
        let offset = arrival - stream;
        let mut floor = self
            .floor
            .map_or(offset, |(floor, at)| offset.min(floor + DRIFT * (arrival - at).max(0.0)));
        let raise = self.growth.packet(offset, arrival, floor);
        floor = offset.min(floor + raise);
        self.floor = Some((floor, arrival));
        self.newest = offset - floor;
        let number = (arrival / SLOT) as i64;
        let slot = &mut self.slots[number.unsigned_abs() as usize % SLOTS];
        *slot = (number, if slot.0 == number { slot.1.min(offset) } else { offset });
        self.latest = [self.latest[1], Some(offset)];
        self.last = Some((stream, arrival));
        match self.smallest(arrival) {
            Some(late) if late > LATE => {
                self.over.get_or_insert(arrived);
            }
            // Once late, it is so until it is in time again.
            Some(late) if late >= IN_TIME && self.is_late(arrived) => {}
            _ => self.over = None,
        }
    }

    /// Whether the stream's clock stepped between the last picture and this one.
    fn stepped(&self, stream: f64, arrival: f64) -> bool {
        let Some((last_stream, last_arrival)) = self.last else { return false };
        let (passed, gap) = (stream - last_stream, arrival - last_arrival);
        (gap - passed).abs() > ANY_STEP || passed < -STEP
    }

    /// What came before says nothing any more.
    fn rebase(&mut self) {
        self.floor = None;
        self.slots = [(i64::MIN, 0.0); SLOTS];
        self.latest = [None; 2];
        (self.newest, self.over, self.zero, self.known) = (0.0, None, None, false);
        (self.growth, self.clocks) = (Growth::default(), None);
    }

    /// The smallest lateness of the second before `arrival`, seconds.
    fn smallest(&self, arrival: f64) -> Option<f64> {
        let (floor, _) = self.floor?;
        let number = (arrival / SLOT) as i64;
        let recent =
            self.slots.iter().filter(|(slot, _)| number.saturating_sub(*slot) < SLOTS as i64);
        // One picture alone may be a large one: the one before counts, too.
        let offsets = recent.map(|(_, offset)| *offset).chain(self.latest.into_iter().flatten());
        offsets.reduce(f64::min).map(|offset| offset - floor)
    }

    /// A sender report came: the camera's wall clock at a stream time.
    pub fn report(&mut self, report: &SenderReport) {
        self.compare_rates(report);
        let at = self.seconds(report.arrived);
        if self.stepped_by(report, at) {
            self.agreement = None;
            if self.known && !self.confirmed {
                // The floor is by an agreement of an earlier session, which was wrong.
                self.rebase();
            }
        }
        // Arrival less stream time of a picture that took no time at all.
        let zero = report.camera - report.stream - (report.wall - at);
        self.zero = Some(zero);
        self.agreement = self.agreement.filter(|agreement| {
            report.arrived.saturating_duration_since(agreement.at) <= AGREED_FOR
        });
        self.agree(zero, report.arrived);
    }

    /// Whether either clock stepped since the latest report, or the camera's between two sessions.
    fn stepped_by(&mut self, report: &SenderReport, at: f64) -> bool {
        let wall = report.wall - at;
        let zero = report.camera - report.stream - wall;
        let ahead = report.camera - report.wall;
        let by = |known: Option<f64>, now: f64| {
            known.is_some_and(|known| (known - now).abs() > CLOCK_STEP)
        };
        let ours = by(self.wall.replace(wall), wall);
        let between = by(self.ahead.replace(ahead), ahead) && self.zero.is_none();
        ours || between || by(self.zero, zero)
    }

    /// Compares pictures with the offset of no delay at all.
    fn agree(&mut self, zero: f64, now: Instant) {
        let at = self.seconds(now);
        let Some((floor, _)) = self.floor else { return };
        let Some(late) = self.smallest(at) else { return };
        let delay = late + floor - zero;
        if delay.abs() <= AGREES {
            let smallest = self.agreement.map_or(delay, |known| known.delay_at(now).min(delay));
            self.agreement = Some(Agreement { delay: smallest, at: now });
            self.confirmed = true;
        }
        if delay.abs() > ANY_STEP {
            // A clock that is off by so much was set anew.
            self.agreement = None;
        }
        self.known = self.agreement.is_some();
        if let Some(agreement) = self.agreement {
            self.floor = Some((zero + agreement.delay_at(now), at));
        }
    }

    fn compare_rates(&mut self, report: &SenderReport) {
        let Some((stream, camera)) = self.clocks.replace((report.stream, report.camera)) else {
            return;
        };
        let (stream, camera) = (report.stream - stream, report.camera - camera);
        // Shorter times are told too roughly, longer ones do not come.
        if (1.0..ANY_STEP).contains(&camera) {
            let wrong = (stream - camera).abs() > RATE * camera;
            self.wrong_rates = if wrong { self.wrong_rates.saturating_add(1) } else { 0 };
        }
    }

    /// Whether the newest picture is late, be it the only one.
    pub fn is_suspect(&self) -> bool {
        self.newest > LATE && self.wrong_rates < WRONG_RATES
    }

    /// Whether pictures are late, and have been for long enough to say so.
    pub fn is_late(&self, now: Instant) -> bool {
        self.since(now).is_some()
    }

    /// Since when it is said that pictures are late.
    pub fn since(&self, now: Instant) -> Option<Instant> {
        let over = self.over.filter(|_| self.wrong_rates < WRONG_RATES)?;
        Some(over + ENTER_AFTER).filter(|since| *since <= now)
    }

    /// How late pictures are; `None` where that is not known.
    pub fn by(&self, now: Instant) -> Option<Duration> {
        let (_, arrival) = self.last?;
        let known = self.known || self.is_late(now);
        let late = self.smallest(arrival).filter(|_| known)?;
        Duration::try_from_secs_f64(late.max(0.0)).ok()
    }
}

#[cfg(test)]
mod tests;
