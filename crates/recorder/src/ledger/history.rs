//! Reading the ledgers of one camera: what was recorded, what was not, and why.
//!
//! Any thread; reads files, writes nothing. Policy: a line that can't be read costs that line, is
//! counted, and is never guessed at; a ledger that can't be read is an error, because silence would
//! pass for "nothing was recorded".

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{self, BufRead, BufReader, ErrorKind},
    path::{Path, PathBuf},
};

use jiff::{Timestamp, civil};

use super::entry::{LedgerEntry, SegmentRecord};
use crate::Cause;
use crate::storage::paths;
use crate::storage::paths::FileName;

mod folders;
mod last;

pub use folders::{days, recorded_folders};
pub use last::{LastState, NewestSegment, last_state, newest_segment};

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

/// Everything the ledgers of one camera say.
#[derive(Clone, Debug)]
pub struct History {
    root: PathBuf,
    folder: String,
    segments: Vec<RecordedSegment>,
    gaps: Vec<Gap>,
    opens: Vec<OpenSegment>,
    /// All files that were ever begun, open or not.
    begun: HashSet<PathBuf>,
    offs: Vec<RecordingOff>,
    bad: Vec<BadEntry>,
}

/// Marks on segments, by path, until all lines are read.
#[derive(Default)]
struct Marks {
    kept: HashMap<PathBuf, bool>,
    removed: HashSet<PathBuf>,
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
            begun: HashSet::new(),
            offs: Vec::new(),
            bad: Vec::new(),
        };
        let mut marks = Marks::default();
        for &day in days {
            let path = this.ledger(day);
            this.read_ledger(day, &mut marks).map_err(|error| naming(&path, error))?;
        }
        this.settle(&marks);
        Ok(this)
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

    fn read_ledger(&mut self, day: civil::Date, marks: &mut Marks) -> io::Result<()> {
        let file = match File::open(self.ledger(day)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            file => file?,
        };
        // A line that is there again was written again, because nobody could say whether it had
        // reached the disk.
        let mut seen = HashSet::new();
        for (at, text) in BufReader::new(file).split(b'\n').enumerate() {
            let text = text?;
            if text.trim_ascii().is_empty() {
                continue;
            }
            let position = EntryPosition { day, line: at + 1 };
            match serde_json::from_slice::<LedgerEntry>(&text) {
                Ok(line) if self.is_ours(&line) => {
                    if seen.insert(text) {
                        self.take(position, line, marks);
                    }
                }
                Ok(_) => {
                    let why = "names a file that is not this camera's, skipped".to_owned();
                    self.bad.push(BadEntry { position, why });
                }
                Err(error) => self.bad.push(BadEntry { position, why: why_bad(&error) }),
            }
        }
        Ok(())
    }

    /// Whether the file that a line names, if any, is a segment of this camera's: whoever follows
    /// a ledger must not be led out of its folder.
    fn is_ours(&self, line: &LedgerEntry) -> bool {
        let (LedgerEntry::Open { file, .. }
        | LedgerEntry::Segment(SegmentRecord { file, .. })
        | LedgerEntry::Keep { file, .. }
        | LedgerEntry::Removed { file, .. }) = line
        else {
            return true;
        };
        FileName::parse(file).is_some_and(|name| {
            name.folder == self.folder && !name.part && name.extension != paths::SNAPSHOT
        })
    }

    fn take(&mut self, position: EntryPosition, line: LedgerEntry, marks: &mut Marks) {
        let folder = paths::day_folder(&self.root, &self.folder, position.day);
        match line {
            LedgerEntry::Open { file, start } => {
                let path = folder.join(file);
                self.begun.insert(path.clone());
                self.opens.push(OpenSegment { path, start, kept: false, position });
            }
            LedgerEntry::Segment(segment) => {
                let path = folder.join(&segment.file);
                let (kept, removed) = (false, false);
                self.segments.push(RecordedSegment { segment, path, kept, removed, position });
            }
            LedgerEntry::Gap { start, end, cause, detail } => {
                self.gaps.push(Gap { start, end, cause, detail, position });
            }
            LedgerEntry::Off { at, cause } => self.offs.push(RecordingOff { at, cause, position }),
            LedgerEntry::Keep { file, keep, .. } => {
                marks.kept.insert(folder.join(file), keep);
            }
            LedgerEntry::Removed { file, .. } => {
                marks.removed.insert(folder.join(file));
            }
        }
    }

    /// Applies the marks, sorts, and drops what is no longer open.
    fn settle(&mut self, marks: &Marks) {
        let kept = |path: &PathBuf| marks.kept.get(path).copied().unwrap_or(false);
        for it in &mut self.segments {
            (it.kept, it.removed) = (kept(&it.path), marks.removed.contains(&it.path));
        }
        let closed: HashSet<&PathBuf> = self.segments.iter().map(|it| &it.path).collect();
        let gaps = &self.gaps;
        self.opens.retain(|it| {
            // A later start may have found nothing in it, and made it a part of its gap.
            let given_up = || gaps.iter().any(|gap| (gap.start..gap.end).contains(&it.start));
            !closed.contains(&it.path) && !marks.removed.contains(&it.path) && !given_up()
        });
        for it in &mut self.opens {
            it.kept = kept(&it.path);
        }
        self.segments.sort_by_key(|it| (it.segment.start, it.segment.end, it.position));
        self.gaps.sort_by_key(|gap| (gap.start, gap.end, gap.position));
        self.opens.sort_by_key(|it| (it.start, it.position));
    }
}

fn why_bad(error: &serde_json::Error) -> String {
    if error.is_data() {
        format!("unknown kind of line, skipped: {error}")
    } else {
        format!("torn or damaged line, skipped: {error}")
    }
}

fn naming(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("can't read {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::fixture::{FixtureArchive, GATE, name};
    use crate::ledger::entry::RetentionRule;
    use crate::storage::paths::day_of;

    fn read(archive: &FixtureArchive) -> History {
        History::read(archive.root(), GATE).unwrap()
    }

    #[test]
    fn spans_and_gaps_add_up() {
        let mut archive = FixtureArchive::new();
        let began = archive.at;
        let paths = [archive.segment(10_000), archive.segment(10_000)];
        archive.stop(Cause::DiskFull);
        archive.pass(3_000);
        archive.segment(7_000);
        let history = read(&archive);
        assert_eq!(history.segments().len(), 3);
        let here: Vec<&Path> = history.present().map(|it| it.path.as_path()).take(2).collect();
        assert_eq!(here, paths);
        let spans = history.spans();
        let brief: Vec<_> = spans.iter().map(|span| (span.segments, span.removed)).collect();
        assert_eq!(brief, [(2, false), (1, false)]);
        assert_eq!(spans[0].start, began);
        assert_eq!(
            (history.gaps()[0].start, history.gaps()[0].end),
            (spans[0].end, spans[1].start)
        );
        assert_eq!(history.off(), None, "it was recorded again");
        assert!(history.opens().is_empty() && history.bad_lines().is_empty());
        assert_eq!(history.until(), Some(archive.at));
    }

    #[test]
    fn marks_are_those_of_the_last_word() {
        let mut archive = FixtureArchive::new();
        let paths: Vec<_> = (0..3).map(|_| archive.segment(1_000)).collect();
        archive.begin();
        let at = archive.at;
        let mut keep = |at: usize, keep| {
            let now = archive.at;
            archive.write(now, LedgerEntry::Keep { file: name(&paths[at]), keep, at: now });
        };
        for (at, kept) in [(0, true), (1, true), (0, false)] {
            keep(at, kept);
        }
        let file = name(&paths[2]);
        archive.write(at, LedgerEntry::Removed { file, at, why: RetentionRule::Age });
        let history = read(&archive);
        let flags: Vec<_> = history.segments().iter().map(|it| (it.kept, it.removed)).collect();
        assert_eq!(flags, [(false, false), (true, false), (false, true)]);
        let removed: Vec<_> = history.spans().iter().map(|span| span.removed).collect();
        assert_eq!(removed, [false, true]);
        assert_eq!(history.bytes(), 2 * history.segments()[0].segment.bytes);
    }

    #[test]
    fn an_open_segment_is_kept_before_it_is_closed() {
        let mut archive = FixtureArchive::new();
        let part = archive.begin();
        let (at, file) = (archive.at, name(&part.with_extension("")));
        archive.write(at, LedgerEntry::Keep { file, keep: true, at });
        assert!(read(&archive).opens()[0].kept);
        archive.pass(1_000);
        archive.close();
        assert!(read(&archive).segments()[0].kept);
    }

    #[test]
    fn bad_lines_cost_only_themselves() {
        let mut archive = FixtureArchive::new();
        archive.segment(1_000);
        let path = archive.ledger(day_of(archive.at));
        let sound = fs::read_to_string(&path).unwrap();
        let outside = sound.replace("gate_", "../gate_");
        let outside = outside.lines().next().unwrap();
        let new = "{\"type\":\"weather\",\"rain\":true}";
        let last = sound.lines().last().unwrap();
        let text = format!("{{\"type\":\"o\n\0\0\0\n{new}\n{outside}\n\n{sound}{last}\n\u{fe}{{");
        fs::write(&path, text).unwrap();
        let history = read(&archive);
        let lines: Vec<usize> = history.bad_lines().iter().map(|bad| bad.position.line).collect();
        assert_eq!(lines, [1, 2, 3, 4, 9]);
        assert!(history.bad_lines()[2].why.contains("weather"));
        assert_eq!(history.segments().len(), 1, "and the same line again is no second segment");
        assert_eq!(history.segments()[0].position.line, 7);
    }

    #[test]
    fn a_last_line_without_its_end_counts_if_it_is_whole() {
        let mut archive = FixtureArchive::new();
        archive.segment(1_000);
        let path = archive.ledger(day_of(archive.at));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.trim_end()).unwrap();
        let history = read(&archive);
        assert!(history.bad_lines().is_empty() && history.segments().len() == 1);
    }

    #[test]
    fn a_ledger_that_cannot_be_read_is_an_error() {
        let mut archive = FixtureArchive::new();
        archive.segment(1_000);
        let path = archive.ledger(day_of(archive.at));
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        let error = History::read(archive.root(), GATE).unwrap_err();
        assert!(error.to_string().contains("2026-11-22.ledger.jsonl"), "{error}");
    }
}
