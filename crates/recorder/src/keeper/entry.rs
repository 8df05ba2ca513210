//! What is known of a camera's day without its ledger: what its runs come to.
//!
//! Plain data, which the index holds too.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::key::SegmentKey;
use crate::ledger::day::Run;

/// What tells whether a day changed since it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    /// Bytes of its ledger.
    pub ledger: u64,
    /// When entries of its folder changed last, ms since 1970; 0 where that may be said of two states.
    pub changed: i64,
}

/// What a run of a day's ledger comes to: its segments between two settings of the clock. Times are ms
/// since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    /// Where it takes up: it follows the run that reaches to there.
    pub takes_up: i64,
    /// Up to when it accounts for the time.
    pub reaches: i64,
    /// Where the clock was set back to `takes_up`: the end that was told before.
    pub after: Option<i64>,
    /// Start of its oldest segment.
    pub begins: i64,
    /// Start of its oldest segment that may be taken.
    pub first: i64,
    /// The earliest end of one that may be taken.
    pub first_end: i64,
    /// Segments that may be taken.
    pub removable: u32,
    /// Segments that are there.
    pub segments: u32,
    /// Bytes of those that are there.
    pub bytes: u64,
}

impl Part {
    /// A run without its segments.
    pub fn of_run(run: &Run) -> Self {
        Self {
            takes_up: run.first.as_millisecond(),
            reaches: run.last.as_millisecond(),
            after: run.after.map(|after| after.as_millisecond()),
            ..Self::default()
        }
    }

    /// It accounts for the time up to `end`.
    pub fn reach(&mut self, end: i64) {
        self.reaches = self.reaches.max(end);
    }

    /// It has a segment, which may be taken where that is `removable`.
    pub fn count(&mut self, start: i64, end: i64, bytes: u64, removable: bool) {
        self.begins = if self.segments == 0 { start } else { self.begins.min(start) };
        self.segments += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        if !removable {
            return;
        }
        let none = self.removable == 0;
        self.first = if none { start } else { self.first.min(start) };
        self.first_end = if none { end } else { self.first_end.min(end) };
        self.removable += 1;
    }
}

/// A camera's day.
#[derive(Clone, Debug, Default)]
pub(super) struct DayEntry {
    /// One for each run of its ledger.
    pub parts: Vec<Part>,
    /// Whether retention has taken a segment of it.
    pub thinned: bool,
    /// The newest segment that counts.
    pub newest: Option<SegmentKey>,
    /// What it was like when it was read; none as long as it was not read.
    pub read: Option<Stamp>,
    /// Whether the walk that is under way has met it.
    pub seen: bool,
}

impl DayEntry {
    /// Their bytes.
    pub fn bytes(&self) -> u64 {
        self.parts.iter().fold(0, |sum, part| sum.saturating_add(part.bytes))
    }

    /// Segments that are there.
    pub fn segments(&self) -> u64 {
        self.parts.iter().map(|part| u64::from(part.segments)).sum()
    }
}

/// The beginning of a day, ms since 1970.
pub(super) fn midnight(date: Date) -> i64 {
    date.to_zoned(TimeZone::UTC).map_or(i64::MIN, |midnight| midnight.timestamp().as_millisecond())
}
