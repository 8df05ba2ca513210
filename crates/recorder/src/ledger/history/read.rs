//! Reads one day's ledger line by line into a [`History`].
//!
//! Any thread. Policy: a line that can't be read costs that line alone; an entry that names a file
//! of another camera is refused, so that nobody is led out of the camera's folder.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind};
use std::path::PathBuf;

use jiff::civil;

use super::{BadEntry, EntryPosition, Gap, History, OpenSegment, RecordedSegment, RecordingOff};
use crate::ledger::entry::{LedgerEntry, SegmentRecord};
use crate::paths;
use crate::paths::FileName;

/// Marks on segments, by path, until all lines are read.
#[derive(Default)]
pub(super) struct Marks {
    kept: HashMap<PathBuf, bool>,
    removed: HashSet<PathBuf>,
}

impl History {
    pub(super) fn read_ledger(&mut self, day: civil::Date, marks: &mut Marks) -> io::Result<()> {
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
                self.begun.insert(path.clone(), (start, position));
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
            // Each segment has its own line.
            LedgerEntry::Hold { .. } => {}
            LedgerEntry::Removed { file, .. } => {
                marks.removed.insert(folder.join(file));
            }
        }
    }

    /// Applies the marks, sorts, and drops what is no longer open.
    pub(super) fn settle(&mut self, marks: &Marks) {
        let kept = |path: &PathBuf| marks.kept.get(path).copied().unwrap_or(false);
        for it in &mut self.segments {
            (it.kept, it.removed) = (kept(&it.path), marks.removed.contains(&it.path));
        }
        let closed: HashSet<&PathBuf> = self.segments.iter().map(|it| &it.path).collect();
        let gaps = &self.gaps;
        self.opens.retain(|it| {
            // A later start may have found nothing in it, and made it a part of its gap. Gaps told
            // before are of another time, where the clock was set back.
            let covers = |gap: &&Gap| (gap.start..gap.end).contains(&it.start);
            let given_up = || gaps.iter().filter(covers).any(|gap| gap.position > it.position);
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
