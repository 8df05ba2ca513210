//! One camera's day as its ledger tells it: the one reader of ledger lines.
//!
//! Any thread; reads, writes nothing. Policies:
//! - lines are taken in the order of the file, which is the order in which things happened; those that
//!   came late (a segment that was mended, the gap behind it) are put where they belong;
//! - a line counts when it is ended; one that can't be read costs that line alone, and what a full disk
//!   or a kill left before a line on the same line costs nothing of it; one with a zero in it is what a
//!   power cut left of a line that never counted;
//! - memory is bounded by what a day can hold: a line is never longer than 64 KiB;
//! - an entry that names a file of another camera is refused, so that nobody is led out of its folder.
//!
//! Time within a ledger goes forward but where the clock was set back: there one [`Run`] ends and
//! another begins. A gap back into another day stands in both ledgers: in that of its end, where it
//! counts, and in that of what it follows, where it only says how it goes on. So does the line of a file that
//! is begun in another day then, behind one whose end is not known yet.

use std::collections::{HashMap, HashSet};
use std::fs::DirEntry;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::{Timestamp, civil};

use super::entry::{LedgerEntry, SegmentRecord};
use super::records::{
    BadEntry, EntryPosition, Gap, Hold, OpenSegment, RecordedSegment, RecordingOff,
};
use crate::paths::{self, FileName};

mod lines;
mod reading;
mod runs;
#[cfg(test)]
mod tests;

use self::lines::{parse, why_bad};
pub use self::runs::Run;

/// Lines of one ledger that are told to be bad; what is beyond is only counted.
const TOLD: usize = 1000;

/// A camera's day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DayId {
    /// The camera's folder.
    pub folder: Arc<str>,
    /// The day, in UTC.
    pub date: civil::Date,
}

/// What is known of a file by its name.
#[derive(Clone, Debug, Default)]
pub struct NamedFile {
    /// Its run, where a line begins it.
    run: Option<usize>,
    /// Whether it is protected, by the last word.
    pub kept: bool,
    /// When retention said that it takes it away.
    pub removed: Option<Timestamp>,
    /// The last line that closes it.
    pub closed: Option<usize>,
}

/// A day, as far as its ledger was read; all of it in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Day {
    /// Which day it is.
    pub id: DayId,
    /// Its folder.
    pub path: PathBuf,
    /// Its closed segments, with those that retention took away.
    pub segments: Vec<RecordedSegment>,
    /// Its gaps.
    pub gaps: Vec<Gap>,
    /// Since when nothing was recorded, each time that this was told.
    pub offs: Vec<RecordingOff>,
    /// When all that follows was to be protected, and when no longer.
    pub holds: Vec<Hold>,
    /// All files that were begun, open or not.
    pub begun: Vec<OpenSegment>,
    /// Where the time goes forward.
    pub runs: Vec<Run>,
    /// Lines that could not be read: the first [`TOLD`].
    pub bad: Vec<BadEntry>,
    /// How many more lines could not be read.
    pub bad_beyond: usize,
    /// Bytes of the ledger that were read: up to the end of its last whole line.
    pub read_to: u64,
    files: HashMap<String, NamedFile>,
    /// A line that is there again was written again, because nobody could say whether it had reached
    /// the disk.
    seen: HashSet<blake3::Hash>,
    /// The line from which on names alone count: nothing of what stands there happened yet.
    stop: Option<Vec<u8>>,
    /// Whether it was read.
    is_stopped: bool,
    /// How many lines were read.
    lines: usize,
    /// The last whole line, with its end.
    last_line: Vec<u8>,
    /// Lines before which the clock had been set back, and the end that was told before: as a line behind
    /// them tells.
    cuts: HashMap<usize, Timestamp>,
    /// By how many of these it was read.
    read_by: usize,
}

impl Day {
    /// Files that were begun and that no line of this day closes, in the order of the file.
    pub fn opens(&self) -> impl Iterator<Item = &OpenSegment> {
        self.begun.iter().filter(|open| {
            let file = self.file(&paths::name_of(&open.path));
            file.is_none_or(|file| file.closed.is_none() && file.removed.is_none())
        })
    }

    /// What its lines say of a file, if any names it.
    pub fn file(&self, name: &str) -> Option<&NamedFile> {
        self.files.get(name)
    }

    /// The run in which a file was begun, where a line of this day begins it.
    #[cfg(test)]
    pub fn run_of(&self, file: &str) -> Option<usize> {
        self.files.get(file)?.run
    }

    /// Whether any line names this file.
    pub fn names(&self, file: &str) -> bool {
        self.files.contains_key(file)
    }

    /// Of what its folder has, what no line names, whole or not; by their starts.
    pub fn unnamed(&self, mut found: Vec<(FileName, DirEntry)>) -> Vec<(FileName, DirEntry)> {
        let whole = |entry: &DirEntry| paths::name_of(&paths::whole_of(&entry.path()));
        found.retain(|(_, entry)| !self.names(&whole(entry)));
        found.sort_by_key(|(name, _)| (name.start, name.number));
        found
    }

    /// Whether retention has taken any file.
    pub fn is_thinned(&self) -> bool {
        self.files.values().any(|file| file.removed.is_some())
    }

    /// One line of the ledger, `whole` unless its beginning was too long to be kept.
    fn take_line(&mut self, line: &[u8], whole: bool) {
        self.lines += 1;
        let text = line.trim_ascii();
        if text.is_empty() {
            return;
        }
        if text.contains(&0) {
            // A power cut left a part of it, and the next that is written takes its place.
            return self.tell_bad(why_bad(text));
        }
        let (entries, is_one) = parse(text);
        if !is_one || !whole {
            self.tell_bad(why_bad(text));
        }
        if !self.seen.insert(blake3::hash(text)) {
            return;
        }
        self.is_stopped |= self.stop.as_deref() == Some(text);
        for entry in entries {
            let file = file_in(&entry).map(str::to_owned);
            if !file.as_deref().is_none_or(|file| self.is_ours(file)) {
                self.tell_bad("names a file that is not this camera's, skipped".to_owned());
            } else if !self.is_stopped {
                self.take(entry);
            } else if let Some(file) = file {
                self.files.entry(file).or_default();
            }
        }
    }

    fn tell_bad(&mut self, why: String) {
        let position = self.position();
        if self.bad.last().is_some_and(|last| last.position == position) {
            return;
        }
        if self.bad.len() < TOLD {
            self.bad.push(BadEntry { position, why });
        } else {
            self.bad_beyond += 1;
        }
    }

    fn position(&self) -> EntryPosition {
        EntryPosition { day: self.id.date, line: self.lines }
    }

    /// Whether a file that a line names is a segment of this camera's: whoever follows a ledger must not be
    /// led out of its folder.
    fn is_ours(&self, file: &str) -> bool {
        FileName::parse(file).is_some_and(|name| {
            name.folder == *self.id.folder && !name.part && name.extension != paths::SNAPSHOT
        })
    }

    fn take(&mut self, entry: LedgerEntry) {
        let position = self.position();
        match entry {
            LedgerEntry::Open { start, after: Some(after), .. }
                if paths::day_of(start) != self.id.date =>
            {
                self.leave(after, start);
            }
            LedgerEntry::Open { file, start, after } => {
                let path = self.path.join(&file);
                let run = self.run_opened(start, after);
                self.files.entry(file).or_default().run = Some(run);
                self.begun.push(OpenSegment { path, start, kept: false, position, run });
            }
            LedgerEntry::Segment(segment) => {
                let file = self.files.entry(segment.file.clone()).or_default();
                file.closed = Some(position.line);
                let begun = file.run;
                let run = begun.unwrap_or_else(|| self.run_at_time(segment.start));
                self.runs[run].account(segment.end);
                let (path, kept, removed) = (self.path.join(&segment.file), false, false);
                let it = RecordedSegment { segment, path, kept, removed, position, run };
                self.segments.push(it);
            }
            LedgerEntry::Gap { start, end, cause, detail } => {
                let (run, late) = (0, false);
                let gap = self.place(Gap { start, end, cause, detail, position, run, late });
                self.gaps.extend(gap);
            }
            LedgerEntry::Off { at, cause } => {
                let run = self.run_off(at);
                self.runs[run].reach(at);
                self.offs.push(RecordingOff { at, cause, position });
            }
            LedgerEntry::Keep { file, keep, .. } => {
                self.files.entry(file).or_default().kept = keep;
            }
            LedgerEntry::Hold { on, at } => self.holds.push(Hold { on, at, position }),
            LedgerEntry::Removed { file, at, .. } => {
                self.files.entry(file).or_default().removed = Some(at);
            }
        }
    }
}

/// The file that a line names, if any.
fn file_in(line: &LedgerEntry) -> Option<&str> {
    match line {
        LedgerEntry::Open { file, .. }
        | LedgerEntry::Segment(SegmentRecord { file, .. })
        | LedgerEntry::Keep { file, .. }
        | LedgerEntry::Removed { file, .. } => Some(file),
        _ => None,
    }
}
