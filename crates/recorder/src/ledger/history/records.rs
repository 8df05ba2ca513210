//! What a ledger's entries become when they are read: segments, gaps, and where each was written.
//!
//! Plain data.

use std::path::PathBuf;

use jiff::{Timestamp, civil};

use crate::Cause;
use crate::ledger::entry::SegmentRecord;
use crate::storage::paths;

/// Where a line stands: the ledger's day, and the line's number from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryPosition {
    /// The ledger's day.
    pub day: civil::Date,
    /// The number of the line, from 1.
    pub line: usize,
}

/// A closed segment and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedSegment {
    /// Its line.
    pub segment: SegmentRecord,
    /// Where its file is, or was.
    pub path: PathBuf,
    /// Whether it is protected from retention.
    pub kept: bool,
    /// Whether retention took it away.
    pub removed: bool,
    /// Where its line stands.
    pub position: EntryPosition,
}

/// A time without recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// End of what was recorded before.
    pub start: Timestamp,
    /// Start of what was recorded next.
    pub end: Timestamp,
    /// Why.
    pub cause: Cause,
    /// More about it, in words.
    pub detail: Option<String>,
    /// Where its line stands.
    pub position: EntryPosition,
}

impl Gap {
    /// Whether it stands for a clock that was set back: it ends before it starts, and what follows
    /// lies over what came before.
    #[must_use]
    pub fn is_backward(&self) -> bool {
        self.cause == Cause::ClockChanged && self.end < self.start
    }
}

/// A segment that was begun and is not closed by any line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSegment {
    /// Where its file is to be once it is closed; until then it has `.part` at its end.
    pub path: PathBuf,
    /// When its first picture arrived.
    pub start: Timestamp,
    /// Whether it is protected from retention.
    pub kept: bool,
    /// Where its line stands.
    pub position: EntryPosition,
}

impl OpenSegment {
    /// Where its file is while it is being written.
    #[must_use]
    pub fn part(&self) -> PathBuf {
        paths::part_of(&self.path)
    }
}

/// Since when nothing is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingOff {
    /// From when on.
    pub at: Timestamp,
    /// Why.
    pub cause: Cause,
    /// Where its line stands.
    pub position: EntryPosition,
}

/// A line that is torn, damaged, or of a kind that this camwall does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEntry {
    /// Where it stands.
    pub position: EntryPosition,
    /// What is wrong with it.
    pub why: String,
}

/// Segments that join, all there or all taken away by retention.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordedSpan {
    /// Start of the first.
    pub start: Timestamp,
    /// End of the last.
    pub end: Timestamp,
    /// How many they are.
    pub segments: usize,
    /// Their size.
    pub bytes: u64,
    /// Whether retention took them away.
    pub removed: bool,
}
