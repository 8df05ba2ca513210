//! A day that was opened to remove from it: a row for each of its segments.
//!
//! Owned by the thread `retention`, which holds few of them. A row takes some 60 bytes: 90 kB for a day
//! of minutes. Policies: a file without its line in the ledger is nobody's, and has no row; what is added
//! to the ledger is read on from where it was read, and where that is not as simple as it mostly is, the
//! whole ledger is read anew.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::num::NonZeroI64;
use std::os::unix::fs::FileExt;
use std::path::Path;

use super::entry::{Part, Stamp};
use super::key::SegmentKey;
use super::walk;
use crate::ledger::day::{Day, DayId};
use crate::ledger::entry::LedgerEntry;
use crate::paths;

/// Longer than any line of a ledger, bytes.
const LONGEST_LINE: u64 = 64 << 10;

/// What is known of a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// By which clock setting of the day it was made: index of the run.
    pub run: usize,
    /// When it starts, ms since 1970.
    pub start: i64,
    /// Its name.
    pub key: SegmentKey,
    /// When it ends, ms since 1970.
    pub end: i64,
    /// Size of the file as its ledger has it.
    pub bytes: u64,
    /// When its ledger says that it was taken away, ms since 1970.
    pub removed: Option<NonZeroI64>,
    pub on_disk: bool,
    pub kept: bool,
}

/// A place among the rows of a run.
pub(super) type Place = (i64, SegmentKey);

impl Row {
    /// Where it stands in its run.
    pub fn place(&self) -> Place {
        (self.start, self.key)
    }

    /// Whether a rule may take it.
    pub fn is_removable(&self) -> bool {
        self.on_disk && !self.kept
    }

    fn order(&self) -> (usize, i64, SegmentKey) {
        (self.run, self.start, self.key)
    }
}

/// An opened day.
#[derive(Debug, Default)]
pub(super) struct OpenDay {
    /// Sorted by run, start and name.
    rows: Vec<Row>,
    /// What its ledger says of each run, without its segments.
    runs: Vec<Part>,
    /// Files that are protected and not closed yet.
    kept: HashSet<SegmentKey>,
    stamp: Stamp,
    /// Up to which byte its ledger was read.
    read_to: u64,
    /// Whether retention has taken a segment of it.
    pub thinned: bool,
}

impl OpenDay {
    /// Reads a day's ledger and what files it has.
    ///
    /// # Errors
    /// Where either can't be read.
    pub fn read(root: &Path, id: &DayId) -> io::Result<Self> {
        let stamp = walk::stamp_of(root, id);
        let day = Day::read(root, id)?;
        let there = files(root, id)?;
        let mut rows: HashMap<SegmentKey, Row> = HashMap::new();
        let mut thinned = false;
        for run in 0..day.runs().len() {
            for it in day.segments_of(run) {
                let segment = &it.segment;
                let Some(key) = SegmentKey::parse(&id.folder, id.date, &segment.file) else {
                    continue;
                };
                let removed = day.removed(&segment.file);
                thinned |= removed.is_some();
                let row = Row {
                    run,
                    start: segment.start.as_millisecond(),
                    key,
                    end: segment.end.max(segment.start).as_millisecond(),
                    bytes: segment.bytes,
                    removed: removed.and_then(|at| NonZeroI64::new(at.as_millisecond())),
                    on_disk: there.contains(&key),
                    kept: it.kept,
                };
                rows.insert(key, row);
            }
        }
        let opens = day.opens().filter(|open| open.kept);
        let kept = opens
            .filter_map(|open| SegmentKey::parse(&id.folder, id.date, &paths::name_of(&open.path)));
        let kept = kept.collect();
        let mut rows: Vec<Row> = rows.into_values().collect();
        rows.sort_unstable_by_key(Row::order);
        let runs = day.runs().iter().map(Part::of_run).collect();
        Ok(Self { rows, runs, kept, stamp, read_to: day.summary().ledger_len, thinned })
    }

    /// Takes in what changed since.
    ///
    /// # Errors
    /// As [`OpenDay::read`].
    pub fn refresh(&mut self, root: &Path, id: &DayId) -> io::Result<()> {
        let stamp = walk::stamp_of(root, id);
        if stamp.changed == 0 || stamp.changed != self.stamp.changed {
            let there = files(root, id)?;
            self.rows.iter_mut().for_each(|row| row.on_disk = there.contains(&row.key));
            self.stamp.changed = stamp.changed;
        }
        self.catch_up(root, id)?;
        Ok(())
    }

    /// Takes in what was added to the ledger since.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn catch_up(&mut self, root: &Path, id: &DayId) -> io::Result<()> {
        if !self.read_on(root, id)? {
            *self = Self::read(root, id)?;
        }
        self.stamp.ledger = self.read_to;
        Ok(())
    }

    /// What it comes to.
    pub fn parts(&self) -> Vec<Part> {
        let mut parts = self.runs.clone();
        for row in self.rows.iter().filter(|row| row.on_disk) {
            if let Some(part) = parts.get_mut(row.run) {
                part.count(row.start, row.end, row.bytes, row.is_removable());
            }
        }
        parts
    }

    /// What it was like when it was read.
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The newest name that it knows.
    pub fn newest(&self) -> Option<SegmentKey> {
        self.rows.iter().map(|row| row.key).max()
    }

    /// The oldest of a run that may be taken and stands behind a place.
    pub fn next(&self, run: usize, after: Option<Place>) -> Option<Row> {
        let from = self.rows.partition_point(|row| match after {
            Some((start, key)) => row.order() <= (run, start, key),
            None => row.run < run,
        });
        let run = self.rows[from..].iter().take_while(|row| row.run == run);
        run.copied().find(Row::is_removable)
    }

    /// What is known of a segment.
    pub fn get(&self, key: SegmentKey) -> Option<Row> {
        self.rows.iter().find(|row| row.key == key).copied()
    }

    /// Those of which the ledger says that they were taken away, and that are there and not protected.
    pub fn half_removed(&self) -> Vec<Row> {
        let half = |row: &&Row| row.removed.is_some() && row.is_removable();
        self.rows.iter().filter(half).copied().collect()
    }

    /// A file is gone.
    pub fn gone(&mut self, key: SegmentKey) {
        self.rows.iter_mut().filter(|row| row.key == key).for_each(|row| row.on_disk = false);
    }

    /// A file is not ours any more.
    pub fn forget(&mut self, key: SegmentKey) {
        self.rows.retain(|row| row.key != key);
    }

    /// Reads what was added; false where all must be read anew.
    fn read_on(&mut self, root: &Path, id: &DayId) -> io::Result<bool> {
        let path = paths::ledger_path(root, &id.folder, id.date);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        let size = file.metadata()?.len();
        // An append that fails takes its line back, and another may have been written there by now.
        if size < self.read_to || !begins_a_line(&file, self.read_to)? {
            return Ok(false);
        }
        if size == self.read_to {
            return Ok(true);
        }
        file.seek(SeekFrom::Start(self.read_to))?;
        let mut file = BufReader::new(file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = file.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut line)?;
            if line.last() != Some(&b'\n') {
                // It counts when it is ended.
                return Ok((read as u64) < LONGEST_LINE);
            }
            let Ok(entry) = serde_json::from_slice::<LedgerEntry>(&line) else { return Ok(false) };
            if !self.take(root, id, &entry) {
                return Ok(false);
            }
            self.read_to += read as u64;
        }
    }

    /// Takes in a line; false where it is not one of those that change little.
    fn take(&mut self, root: &Path, id: &DayId, entry: &LedgerEntry) -> bool {
        let parse = |file: &str| SegmentKey::parse(&id.folder, id.date, file);
        let last = self.rows.last().map(|row| row.start);
        match entry {
            LedgerEntry::Segment(segment) => {
                let Some(key) = parse(&segment.file) else { return false };
                let start = segment.start.as_millisecond();
                let end = segment.end.max(segment.start).as_millisecond();
                let Some(run) = self.runs.len().checked_sub(1) else { return false };
                if last.is_some_and(|last| start <= last) {
                    return false;
                }
                let there = paths::day_folder(root, &id.folder, id.date).join(&segment.file);
                self.rows.push(Row {
                    run,
                    start,
                    key,
                    end,
                    bytes: segment.bytes,
                    removed: None,
                    on_disk: fs::symlink_metadata(there).is_ok_and(|meta| meta.is_file()),
                    kept: self.kept.contains(&key),
                });
                self.runs[run].reach(end);
                true
            }
            LedgerEntry::Keep { file, keep, .. } => {
                let Some(key) = parse(file) else { return false };
                match self.rows.iter_mut().rfind(|row| row.key == key) {
                    Some(row) => row.kept = *keep,
                    None if *keep => drop(self.kept.insert(key)),
                    None => drop(self.kept.remove(&key)),
                }
                true
            }
            LedgerEntry::Removed { file, at, .. } => {
                self.thinned = true;
                let row =
                    parse(file).and_then(|key| self.rows.iter_mut().find(|row| row.key == key));
                if let Some(row) = row {
                    row.removed = NonZeroI64::new(at.as_millisecond());
                }
                true
            }
            LedgerEntry::Open { start, .. } => {
                !self.runs.is_empty() && last.is_none_or(|last| last <= start.as_millisecond())
            }
            LedgerEntry::Gap { start, end, .. } => self.reach(start <= end, end.as_millisecond()),
            LedgerEntry::Off { at, .. } => self.reach(true, at.as_millisecond()),
            LedgerEntry::Hold { .. } => true,
        }
    }

    fn reach(&mut self, forward: bool, end: i64) -> bool {
        match self.runs.last_mut() {
            Some(run) if forward => {
                run.reach(end);
                true
            }
            _ => false,
        }
    }
}

/// The segments that a day's folder holds, whosever they are; none where there is no folder.
fn files(root: &Path, id: &DayId) -> io::Result<HashSet<SegmentKey>> {
    let mut there = HashSet::new();
    let folder = paths::day_folder(root, &id.folder, id.date);
    let found = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(there),
        found => found?,
    };
    for entry in found {
        let entry = entry?;
        let name = entry.file_name();
        let key = name.to_str().and_then(|name| SegmentKey::parse(&id.folder, id.date, name));
        if let Some(key) = key
            && entry.file_type().is_ok_and(|kind| kind.is_file())
        {
            there.insert(key);
        }
    }
    Ok(there)
}

fn begins_a_line(file: &File, at: u64) -> io::Result<bool> {
    let Some(before) = at.checked_sub(1) else { return Ok(true) };
    let mut last = [0];
    file.read_exact_at(&mut last, before)?;
    Ok(last == *b"\n")
}
