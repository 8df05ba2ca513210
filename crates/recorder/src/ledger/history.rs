//! Reading the ledgers of one camera: what was recorded, what was not, and why.
//!
//! Any thread; reads files, writes nothing. Policy: a line that can't be read costs that line, is
//! counted, and is never guessed at; a ledger that can't be read is an error, because silence would
//! pass for "nothing was recorded".

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{Timestamp, civil};

use super::day::{Day, DayId, gives_up};
use crate::paths;

mod folders;
mod last;
mod next;
mod records;
#[cfg(test)]
mod tests;

pub use folders::{days, recorded_folders};
pub use last::{LastState, NewestSegment, last_state, newest_segment};
pub use next::NextEntry;
pub use records::{
    BadEntry, EntryPosition, Gap, OpenSegment, RecordedSegment, RecordedSpan, RecordingOff,
};

/// Everything the ledgers of one camera say.
#[derive(Clone, Debug)]
pub struct History {
    root: PathBuf,
    folder: String,
    segments: Vec<RecordedSegment>,
    gaps: Vec<Gap>,
    opens: Vec<OpenSegment>,
    /// All files that were ever begun, open or not: their starts, and where that is told.
    begun: HashMap<PathBuf, (Timestamp, EntryPosition)>,
    offs: Vec<RecordingOff>,
    bad: Vec<BadEntry>,
}

impl History {
    /// Reads all ledgers of a camera's folder.
    ///
    /// # Errors
    /// Where a folder or a ledger can't be read; the error names it.
    pub fn read(root: &Path, folder: &str) -> io::Result<Self> {
        Self::read_days(root, folder, &days(root, folder)?)
    }

    /// Reads the ledgers of these days, in this order.
    ///
    /// # Errors
    /// As [`History::read`].
    pub fn read_days(root: &Path, folder: &str, days: &[civil::Date]) -> io::Result<Self> {
        let mut this = Self {
            root: root.to_owned(),
            folder: folder.to_owned(),
            segments: Vec::new(),
            gaps: Vec::new(),
            opens: Vec::new(),
            begun: HashMap::new(),
            offs: Vec::new(),
            bad: Vec::new(),
        };
        let folder: Arc<str> = folder.into();
        for &date in days {
            this.take(&Day::look(root, &DayId { folder: folder.clone(), date })?);
        }
        this.settle();
        Ok(this)
    }

    /// What one more day has.
    fn take(&mut self, day: &Day) {
        self.segments.extend_from_slice(day.segments());
        self.gaps.extend_from_slice(day.gaps());
        self.offs.extend_from_slice(day.offs());
        self.opens.extend(day.opens());
        self.bad.extend_from_slice(day.bad_lines());
        let begun = day.begun().iter();
        self.begun.extend(begun.map(|it| (it.path.clone(), (it.start, it.position))));
    }

    /// Sorts, and drops what is no longer open.
    fn settle(&mut self) {
        let gaps = &self.gaps;
        self.opens.retain(|open| !gaps.iter().any(|gap| gives_up(gap, open)));
        self.segments.sort_by_key(|it| (it.segment.start, it.segment.end, it.position));
        self.gaps.sort_by_key(|gap| (gap.start, gap.end, gap.position));
        self.opens.sort_by_key(|it| (it.start, it.position));
    }

    /// The camera's folder.
    #[must_use]
    pub fn folder(&self) -> &str {
        &self.folder
    }

    /// The ledger of a day.
    #[must_use]
    pub fn ledger(&self, day: civil::Date) -> PathBuf {
        paths::ledger_path(&self.root, &self.folder, day)
    }

    /// Closed segments by their starts, with those that retention took away.
    #[must_use]
    pub fn segments(&self) -> &[RecordedSegment] {
        &self.segments
    }

    /// Gaps by their starts.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Segments that no line closes or explains, by their starts: being written, or killed.
    #[must_use]
    pub fn opens(&self) -> &[OpenSegment] {
        &self.opens
    }

    /// Lines that could not be read.
    #[must_use]
    pub fn bad_lines(&self) -> &[BadEntry] {
        &self.bad
    }

    /// Up to when segments and gaps account for everything, however that goes on.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        if !self.clock_went_back() {
            return self.stretches().map(|(_, end, _)| end).max();
        }
        // The furthest end may be one of before the clock was set; the last is joined by nothing.
        let mut starts: HashMap<Timestamp, usize> = HashMap::new();
        for (start, ..) in self.stretches() {
            *starts.entry(start).or_default() += 1;
        }
        let ends = self.stretches().filter(|(_, end, _)| match starts.get_mut(end) {
            Some(left) if *left > 0 => {
                *left -= 1;
                false
            }
            _ => true,
        });
        ends.max_by_key(|(.., position)| *position).map(|(_, end, _)| end)
    }

    /// Since when nothing is recorded, if the ledger ends so.
    #[must_use]
    pub fn off(&self) -> Option<&RecordingOff> {
        let (until, went_back) = (self.until(), self.clock_went_back());
        let is_last = |off: &&RecordingOff| {
            let counts = until.is_none_or(|until| match went_back {
                true => off.at == until,
                false => off.at >= until,
            });
            counts && self.opens.iter().all(|it| it.position < off.position)
        };
        self.offs.iter().filter(is_last).max_by_key(|off| (off.at, off.position))
    }

    /// Start, end and line of all segments and gaps.
    fn stretches(&self) -> impl Iterator<Item = (Timestamp, Timestamp, EntryPosition)> {
        let segment = |it: &RecordedSegment| (it.segment.start, it.segment.end, it.position);
        let gaps = self.gaps.iter().map(|gap| (gap.start, gap.end, gap.position));
        self.segments.iter().map(segment).chain(gaps)
    }

    fn clock_went_back(&self) -> bool {
        self.gaps.iter().any(Gap::is_backward)
    }

    /// Segments put together where they join.
    #[must_use]
    pub fn spans(&self) -> Vec<RecordedSpan> {
        let mut spans: Vec<RecordedSpan> = Vec::new();
        for RecordedSegment { segment, removed, .. } in &self.segments {
            match spans.last_mut() {
                Some(last) if last.end == segment.start && last.removed == *removed => {
                    last.end = segment.end;
                    last.segments += 1;
                    last.bytes += segment.bytes;
                }
                _ => spans.push(RecordedSpan {
                    start: segment.start,
                    end: segment.end,
                    segments: 1,
                    bytes: segment.bytes,
                    removed: *removed,
                }),
            }
        }
        spans
    }

    /// Size of the closed segments that are there.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.present().map(|it| it.segment.bytes).sum()
    }

    /// The closed segments that retention did not take away.
    pub fn present(&self) -> impl Iterator<Item = &RecordedSegment> {
        self.segments.iter().filter(|it| !it.removed)
    }
}

fn naming(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("can't read {}: {error}", path.display()))
}
