//! What a ledger's entries become when they are read: segments, gaps, and where each was written.
//!
//! Plain data.

use std::path::PathBuf;

use jiff::{Timestamp, civil};

use crate::Cause;
use crate::ledger::entry::SegmentRecord;
use crate::paths;

/// The position of an entry: the ledger's day, and the line's number from 1.
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
    /// The entry that closed it.
    pub segment: SegmentRecord,
    /// The path of its file, which may be gone.
    pub path: PathBuf,
    /// Whether it is protected from retention.
    pub kept: bool,
    /// Whether retention removed its file.
    pub removed: bool,
    /// The position of its entry.
    pub position: EntryPosition,
    /// Which run of its day it is in.
    pub(crate) run: usize,
}

/// From when on all that follows is to be protected, or no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Which of both.
    pub on: bool,
    /// Since when.
    pub at: Timestamp,
    /// The position of its entry.
    pub position: EntryPosition,
}

/// A time without recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// End of what was recorded before.
    pub start: Timestamp,
    /// Start of what was recorded next.
    pub end: Timestamp,
    /// Why nothing was recorded.
    pub cause: Cause,
    /// More about it, in words.
    pub detail: Option<String>,
    /// The position of its entry.
    pub position: EntryPosition,
    /// Which run of its day it is in.
    pub(crate) run: usize,
    /// Whether the clock was set back in it and it was told late: behind the line of what it leads to. It
    /// lies before that.
    pub(crate) late: bool,
}

impl Gap {
    /// Whether the gap records that the clock was set back: the gap ends before it starts, and the
    /// segments after it cover times that earlier segments cover too.
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
    /// The position of its entry.
    pub position: EntryPosition,
    /// Which run of its day it is in.
    pub(crate) run: usize,
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
    /// Since when nothing is recorded.
    pub at: Timestamp,
    /// Why nothing was recorded.
    pub cause: Cause,
    /// The position of its entry.
    pub position: EntryPosition,
}

/// A line that is torn, damaged, or of a kind that this camwall does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadEntry {
    /// Its position.
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
    /// Number of segments.
    pub segments: usize,
    /// Size of all their files, bytes.
    pub bytes: u64,
    /// Whether retention removed their files.
    pub removed: bool,
}
