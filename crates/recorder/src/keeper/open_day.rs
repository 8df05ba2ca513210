//! A day that was opened to remove from it: its ledger, and which of its files are there.
//!
//! Owned by the thread `retention`, which holds few of them. Policies: a file without its line in the
//! ledger is nobody's; of files that the ledger closes twice the last line counts.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::ledger::day::{Day, DayId};
use crate::ledger::folders::segments_in;
use crate::ledger::index::summary::{DayEntry, Part, Stamp};
use crate::ledger::records::RecordedSegment;
use crate::paths::{self, FileName};

/// What changed so short before it was looked at may change again without another time, ms.
const FRESH: i64 = 2000;

/// An opened day.
#[derive(Debug)]
pub(super) struct OpenDay {
    day: Day,
    /// The segments of its folder that the ledger may name.
    there: HashSet<String>,
    /// As [`Stamp::changed`] when these were looked at.
    changed: i64,
}

impl OpenDay {
    /// Reads a day's ledger and what files it has.
    ///
    /// # Errors
    /// Where either can't be read.
    pub fn read(root: &Path, id: &DayId) -> io::Result<Self> {
        let changed = stamp_of(root, id).changed;
        Ok(Self { day: Day::read(root, id)?, there: files(root, id)?, changed })
    }

    /// Takes in what changed since.
    ///
    /// # Errors
    /// As [`OpenDay::read`].
    pub fn refresh(&mut self, root: &Path) -> io::Result<()> {
        let changed = stamp_of(root, &self.day.id).changed;
        if changed == 0 || changed != self.changed {
            self.there = files(root, &self.day.id)?;
            self.changed = changed;
        }
        self.catch_up(root)
    }

    /// Takes in what was added to the ledger since; a file that is new with it counts when the folder is
    /// looked at again.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn catch_up(&mut self, root: &Path) -> io::Result<()> {
        self.day.catch_up(root).map(drop)
    }

    /// Its closed segments that are there, by the last line of each.
    fn here(&self) -> impl Iterator<Item = &RecordedSegment> {
        let is_last = |it: &&RecordedSegment| {
            let file = self.day.file(&it.segment.file);
            file.is_some_and(|file| file.closed == Some(it.position.line))
        };
        let last = self.day.segments.iter().filter(is_last);
        last.filter(|it| self.there.contains(&it.segment.file))
    }

    /// What it comes to.
    pub fn entry(&self) -> DayEntry {
        let mut parts: Vec<_> = self.day.runs.iter().map(Part::of_run).collect();
        for it in self.here() {
            let start = it.segment.start.as_millisecond();
            parts[it.run].count(start, end_of(it), it.segment.bytes, !it.kept);
        }
        let newest = self.day.segments.iter().max_by_key(|it| it.segment.start);
        let newest = newest.and_then(|it| FileName::parse(&it.segment.file));
        DayEntry {
            parts,
            thinned: self.day.is_thinned(),
            newest: newest.map(|name| (name.start, name.number)),
            read: Some(Stamp { ledger: self.day.read_to, changed: self.changed }),
        }
    }

    /// How many segments it has.
    pub fn len(&self) -> usize {
        self.day.segments.len()
    }

    /// The segments of a run that may be taken.
    pub fn removable(&self, run: usize) -> impl Iterator<Item = &RecordedSegment> {
        self.here().filter(move |it| it.run == run && !it.kept)
    }

    /// Whether a segment is there and may be taken.
    pub fn is_removable(&self, file: &str) -> bool {
        let may = self.day.file(file).is_some_and(|it| it.closed.is_some() && !it.kept);
        may && self.there.contains(file)
    }

    /// When the ledger says that a file was taken away, ms since 1970.
    pub fn removed(&self, file: &str) -> Option<i64> {
        self.day.file(file)?.removed.map(|at| at.as_millisecond())
    }

    /// Those of which the ledger says that they were taken away, and when (ms since 1970), and that are
    /// there and not protected.
    pub fn half_removed(&self) -> Vec<(PathBuf, i64)> {
        let half = self.here().filter(|it| it.removed && !it.kept);
        half.filter_map(|it| Some((it.path.clone(), self.removed(&it.segment.file)?))).collect()
    }

    /// A file is gone, or not ours any more.
    pub fn gone(&mut self, file: &str) {
        self.there.remove(file);
    }
}

/// When a segment ends, ms since 1970.
pub(super) fn end_of(it: &RecordedSegment) -> i64 {
    it.segment.end.max(it.segment.start).as_millisecond()
}

/// The segments that a day's folder holds, whosever they are; none where there is no folder.
fn files(root: &Path, id: &DayId) -> io::Result<HashSet<String>> {
    let found = match segments_in(root, &id.folder, id.date) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        found => found?,
    };
    let whole = found
        .into_iter()
        .filter(|(name, entry)| !name.part && entry.file_type().is_ok_and(|kind| kind.is_file()));
    Ok(whole.map(|(_, entry)| entry.file_name().to_string_lossy().into_owned()).collect())
}

/// What tells whether a day changed: what can't be looked at, or changed just now, is like nothing.
pub(super) fn stamp_of(root: &Path, id: &DayId) -> Stamp {
    let folder = fs::symlink_metadata(paths::day_folder(root, &id.folder, id.date));
    let ledger = fs::metadata(paths::ledger_path(root, &id.folder, id.date));
    let changed = folder.map_or(0, |meta| millis(meta.mtime(), meta.mtime_nsec()));
    let now = jiff::Timestamp::now().as_millisecond();
    let settled = now.saturating_sub(changed).abs() >= FRESH;
    Stamp {
        ledger: ledger.map_or(0, |meta| meta.len()),
        changed: if settled { changed } else { 0 },
    }
}

/// When a file was last written, renamed or put there, ms since 1970. Nobody can set this time.
pub(super) fn put_there(meta: &fs::Metadata) -> i64 {
    millis(meta.ctime(), meta.ctime_nsec())
}

fn millis(seconds: i64, nanoseconds: i64) -> i64 {
    seconds.saturating_mul(1000).saturating_add(nanoseconds / 1_000_000)
}
