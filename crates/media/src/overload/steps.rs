//! How much is decoded of which feeds, while the computer can't keep up.
//!
//! Pure; told once a second how all feeds of the process did, and never asks for the time. Policies:
//! - nothing is reduced unless the CPUs are full, or nobody can tell: a decoder that is too slow
//!   for one stream on an idle computer is no reason to take anything from the others;
//! - we are behind where pictures come out of the decoders too late ([`LAG`]), those of a feed that
//!   is important or of a quarter of the rest, or where many that were decoded are never drawn:
//!   drawing gives way to decoding, so a wall that is behind shows it there first;
//! - all feeds that are not important have the same effort, so none falls behind the others; those
//!   that are important are reduced only once the others are at the last step, or while there are
//!   no others, which are reduced for nothing that happens without them;
//! - one step less after [`BEHIND_FOR`] seconds, one step more after [`CALM_FOR`]; where that fails within
//!   [`PROOF`] the next return waits twice as long, up to [`CALM_AT_MOST`], so nothing flaps.

use std::fmt;
use std::time::{Duration, Instant};

use super::effort::Effort;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// From a packet's arrival to the end of its decoding: a picture that is later by the median of a
/// second is behind. Five times the interval of 25 pictures a second.
pub(super) const LAG: Duration = Duration::from_millis(200);
/// How many seconds we are behind before anything is reduced, or reduced further. A second in which
/// we are not takes one back.
pub(crate) const BEHIND_FOR: u32 = 3;
/// How long after a step nothing more is reduced: what was queued until then is decoded meanwhile,
/// and a feed's queue holds two seconds.
const SETTLE: Duration = seconds(3);
/// How long all is well before one step is taken back, the first time, and at most.
pub(crate) const CALM_FOR: Duration = seconds(10);
pub(crate) const CALM_AT_MOST: Duration = seconds(320);
/// A step back that held for so long was right, and what comes after that is another trouble.
const PROOF: Duration = seconds(60);
/// Which part of the decoded pictures may be left undrawn where nothing is reduced, and where
/// something is: a wall that is drawn eight times a second looks better than one that stands still
/// each other group of pictures.
const UNDRAWN: f32 = 0.25;
const UNDRAWN_REDUCED: f32 = 0.67;
/// The part of them with which all is well.
const UNDRAWN_CALM: f32 = 0.1;
/// One in so many of the feeds that are not important has to be late.
const LATE_FEEDS: usize = 4;

/// How the feeds that are shown did for a second.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Second {
    /// Those that are not important, also if they were just opened; those of them of which packets
    /// were decoded; and those of these that were late.
    pub others: usize,
    pub active: usize,
    pub late: usize,
    /// Those that are important, and those of them that were late.
    pub important: usize,
    pub important_late: usize,
    /// Pictures that were decoded, and that made way for others before they were drawn.
    pub decoded: u32,
    pub undrawn: u32,
    /// Whether the CPUs were full; `None` where that can't be known.
    pub full: Option<bool>,
}

/// Which way the efforts changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Less is decoded.
    Less,
    /// More is decoded.
    More,
}

/// How many steps were taken, and why.
#[derive(Debug, Default)]
pub(crate) struct Steps {
    /// By those that are not important, and by those that are.
    others: usize,
    important: usize,
    /// Seconds behind, and since when all is well.
    behind: u32,
    calm: Option<Instant>,
    /// When something was last reduced.
    reduced: Option<Instant>,
    /// When a step was last taken back, and how often that failed in a row.
    returned: Option<Instant>,
    failed: u32,
}

const LAST: usize = Effort::ALL.len() - 1;

impl Steps {
    /// The effort for feeds that are important, or for the others.
    pub fn effort(&self, important: bool) -> Effort {
        Effort::ALL[if important { self.important } else { self.others }]
    }

    /// A second went by that ended at `now`; which way the efforts changed, if they did.
    pub fn second(&mut self, second: &Second, now: Instant) -> Option<Change> {
        if second.others > 0 && self.others < LAST {
            // Who was reduced while there were no others is reduced last again.
            self.important = 0;
        }
        let long = |at: Instant, time| now.saturating_duration_since(at) >= time;
        let settles = self.reduced.is_some_and(|at| !long(at, SETTLE));
        let behind = !settles && self.is_behind(second);
        self.behind = if behind { self.behind + 1 } else { self.behind.saturating_sub(1) };
        self.calm = second.is_calm().then(|| self.calm.unwrap_or(now));
        if self.returned.is_some_and(|at| long(at, PROOF)) {
            (self.returned, self.failed) = (None, 0);
        }
        let change = if self.behind >= BEHIND_FOR {
            self.less(second).then_some(Change::Less)
        } else if self.calm.is_some_and(|at| long(at, self.patience())) {
            self.more().then_some(Change::More)
        } else {
            None
        };
        let Some(way) = change else {
            self.behind = self.behind.min(BEHIND_FOR);
            return None;
        };
        (self.behind, self.calm) = (0, None);
        if way == Change::Less {
            self.failed += u32::from(self.returned.take().is_some());
            self.reduced = Some(now);
        } else {
            self.returned = Some(now);
        }
        change
    }

    /// How long all has to be well for a step back.
    fn patience(&self) -> Duration {
        CALM_FOR.saturating_mul(2_u32.saturating_pow(self.failed.min(8))).min(CALM_AT_MOST)
    }

    /// Takes a step, if there is one, for those that are there.
    fn less(&mut self, second: &Second) -> bool {
        let step = if second.others > 0 && self.others < LAST {
            &mut self.others
        } else if second.important > 0 && self.important < LAST {
            &mut self.important
        } else {
            return false;
        };
        *step += 1;
        true
    }

    /// Takes a step back, if there is one, of the important ones first.
    fn more(&mut self) -> bool {
        let step = if self.important > 0 { &mut self.important } else { &mut self.others };
        let there_is = *step > 0;
        *step = step.saturating_sub(1);
        there_is
    }

    fn is_behind(&self, second: &Second) -> bool {
        let late = second.important_late > 0
            || (second.late > 0 && second.late * LATE_FEEDS >= second.active);
        let most = if self.others + self.important == 0 { UNDRAWN } else { UNDRAWN_REDUCED };
        let undrawn = second.full.is_some() && second.undrawn_part() > most;
        second.full != Some(false) && (late || undrawn)
    }
}

impl Second {
    fn is_calm(&self) -> bool {
        let late = self.important_late > 0 || self.late * 2 * LATE_FEEDS > self.active;
        self.full == Some(false) || (!late && self.undrawn_part() <= UNDRAWN_CALM)
    }

    fn undrawn_part(&self) -> f32 {
        self.undrawn as f32 / self.decoded.max(1) as f32
    }
}

impl fmt::Display for Second {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (late, all) = (self.late + self.important_late, self.others + self.important);
        let Self { decoded, undrawn, .. } = self;
        write!(f, "{late} of {all} late, {undrawn} of {decoded} pictures not drawn")
    }
}

#[cfg(test)]
mod tests;
