//! Reading the ledgers of one camera: what was recorded, what was not, and why.
//!
//! Any thread; reads files, writes nothing. Policy: a line that can't be read costs that line, is
//! counted, and is never guessed at; a ledger that can't be read is an error, because silence would
//! pass for "nothing was recorded".

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{Timestamp, civil};

use super::day::{Day, DayId, Run};
use super::eras::eras;
use crate::paths;

mod next;
#[cfg(test)]
mod tests;

pub use super::folders::{days, recorded_folders};
pub use super::records::{
    BadEntry, EntryPosition, Gap, OpenSegment, RecordedSegment, RecordedSpan, RecordingOff,
};
pub use next::NextEntry;

/// Everything the ledgers of one camera say.
#[derive(Clone, Debug, Default)]
pub struct History {
    root: PathBuf,
    folder: String,
    segments: Vec<RecordedSegment>,
    gaps: Vec<Gap>,
    opens: Vec<OpenSegment>,
    /// All files that were ever begun, open or not: their starts, and where that is told.
    begun: Vec<(Timestamp, EntryPosition)>,
    offs: Vec<RecordingOff>,
    bad: Vec<BadEntry>,
    /// All runs and their eras, in the order of their days and lines.
    runs: Vec<(civil::Date, Run, u32)>,
}

/// When something was written, as against all else that was: the era, and the place.
pub(crate) type Order = (u32, EntryPosition);

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
        let folder: Arc<str> = folder.into();
        let look = |date: &_| Day::look(root, &DayId { folder: Arc::clone(&folder), date: *date });
        let days: Vec<Day> = days.iter().map(look).collect::<io::Result<_>>()?;
        Ok(Self::of(root, &folder, days.iter()))
    }

    /// What days that were read say, which come in the order of their dates.
    pub(crate) fn of<'a>(root: &Path, folder: &str, days: impl Iterator<Item = &'a Day>) -> Self {
        let (root, folder) = (root.to_owned(), folder.to_owned());
        let mut this = Self { root, folder, ..Self::default() };
        days.for_each(|day| this.take(day));
        this.settle();
        this
    }

    /// What one more day has.
    fn take(&mut self, day: &Day) {
        self.segments.extend_from_slice(&day.segments);
        self.gaps.extend_from_slice(&day.gaps);
        self.offs.extend_from_slice(&day.offs);
        self.opens.extend(day.opens().cloned());
        self.bad.extend_from_slice(&day.bad);
        if let (Some(last), more @ 1..) = (day.bad.last(), day.bad_beyond) {
            let why = format!("the last of the bad lines that are told; {more} more follow");
            self.bad.push(BadEntry { position: last.position, why });
        }
        self.runs.extend(day.runs.iter().map(|run| (day.id.date, run.clone(), 0)));
        self.begun.extend(day.begun.iter().map(|it| (it.start, it.position)));
    }

    /// Sorts, and drops what is no longer open.
    fn settle(&mut self) {
        let runs: Vec<_> = self.runs.iter().map(|(date, run, _)| (*date, run.into())).collect();
        self.runs.iter_mut().zip(eras(&runs)).for_each(|((.., known), era)| *known = era);
        let mut opens = std::mem::take(&mut self.opens);
        opens.retain(|open| !self.gaps.iter().any(|gap| self.gives_up(gap, open)));
        self.opens = opens;
        self.segments.sort_by_key(|it| (it.segment.start, it.segment.end, it.position));
        self.gaps.sort_by_key(|gap| (gap.start, gap.end, gap.position));
        self.opens.sort_by_key(|it| (it.start, it.position));
    }

    /// Whether a gap that was told after a file was begun says that there is nothing in it: a later start
    /// found it so, and made it a part of its gap, or began its gap where the file begins, whichever way the
    /// clock was set then. What another era covers is another time.
    fn gives_up(&self, gap: &Gap, open: &OpenSegment) -> bool {
        let (told, written) = (self.order_of(gap), self.order(&open.position));
        let covers = told.0 == written.0 && (gap.start..gap.end).contains(&open.start);
        told > written && (gap.start == open.start || covers)
    }

    /// As [`History::order`], of a gap: one that is told late belongs to an era before the one in which its
    /// line was written.
    fn order_of(&self, gap: &Gap) -> Order {
        let first = self.runs.partition_point(|(date, ..)| *date < gap.position.day);
        (self.runs.get(first + gap.run).map_or(0, |(.., era)| *era), gap.position)
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

    /// When something was written, as against all else: after the clock was set back, or before.
    pub(crate) fn order(&self, position: &EntryPosition) -> Order {
        let begun = |(date, run, _): &(civil::Date, Run, u32)| {
            (*date, run.line) <= (position.day, position.line)
        };
        let run = self.runs.partition_point(begun).checked_sub(1).map(|at| &self.runs[at]);
        let era = run.filter(|(date, ..)| *date == position.day).map_or(0, |(.., era)| *era);
        (era, *position)
    }

    /// Up to when segments and gaps account for everything, however that goes on: in the newest era. A
    /// file that no line closes does up to what follows it, or to its start.
    #[must_use]
    pub fn until(&self) -> Option<Timestamp> {
        let told = self.runs.iter().filter_map(|(_, run, era)| Some((*era, run.told?)));
        let opens = self
            .opens
            .iter()
            .map(|it| (self.order(&it.position).0, self.next_of(it).at.unwrap_or(it.start)));
        told.chain(opens).max().map(|(_, until)| until)
    }

    /// Since when nothing is recorded, if the ledger ends so.
    #[must_use]
    pub fn off(&self) -> Option<&RecordingOff> {
        let until = self.until();
        let newest = self.runs.iter().map(|(.., era)| *era).max();
        let is_last = |off: &&RecordingOff| {
            let written = self.order(&off.position);
            Some(written.0) == newest
                && until.is_none_or(|until| off.at >= until)
                && self.opens.iter().all(|it| self.order(&it.position) < written)
        };
        self.offs.iter().filter(is_last).max_by_key(|off| (off.at, self.order(&off.position)))
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
