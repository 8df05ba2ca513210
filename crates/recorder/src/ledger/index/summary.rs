//! What is known of a camera's day without its ledger: what its runs come to.
//!
//! Plain data, which the index holds too. Times are ms since 1970.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ledger::eras::Reach;

/// What tells whether a day changed since it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    /// Bytes of its ledger.
    pub ledger: u64,
    /// When entries of its folder changed last; 0 where that may be said of two states.
    pub changed: i64,
}

/// What a run of a day's ledger comes to: its segments between two settings of the clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Where it lies in time.
    pub run: Reach,
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
    pub fn of_run(run: impl Into<Reach>) -> Self {
        Self { run: run.into(), ..Self::default() }
    }

    /// It has a segment, which may be taken where that is `removable`.
    pub fn count(&mut self, start: i64, end: i64, bytes: u64, removable: bool) {
        self.begins = if self.segments == 0 { start } else { self.begins.min(start) };
        self.segments += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        if removable {
            let none = self.removable == 0;
            self.first = if none { start } else { self.first.min(start) };
            self.first_end = if none { end } else { self.first_end.min(end) };
            self.removable += 1;
        }
    }
}

/// A camera's day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DayEntry {
    /// One for each run of its ledger.
    pub parts: Vec<Part>,
    /// Whether retention has taken a segment of it.
    pub thinned: bool,
    /// The newest segment that counts: the second of its start, and its number in that.
    pub newest: Option<(Timestamp, u32)>,
    /// What it was like when it was read; none as long as it was not read.
    pub read: Option<Stamp>,
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

    /// Whether retention has taken all that it had.
    pub fn is_emptied(&self) -> bool {
        self.thinned && self.segments() == 0
    }
}
