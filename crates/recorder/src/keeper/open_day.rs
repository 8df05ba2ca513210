//! A day that was opened to remove from it: its ledger, and which of its files are there.
//!
//! Owned by the thread `retention`, which holds few of them. Policies: a file without its line in the
//! ledger is nobody's; of files that the ledger closes twice the last line counts.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::entry::{DayEntry, Part, Stamp};
use crate::ledger::day::{Day, DayId};
use crate::ledger::records::RecordedSegment;
use crate::paths::{self, FileName};

/// What changed so short before it was looked at may change again without another time, ms.
const FRESH: i64 = 2000;

/// A segment's place in its day: its run, its start in ms since 1970, and which it is in the ledger.
pub(super) type Place = (usize, i64, usize);

/// An opened day.
#[derive(Debug)]
pub(super) struct OpenDay {
    day: Day,
    /// The segments of its folder that the ledger may name.
    there: HashSet<String>,
    /// Its closed segments, oldest first.
    places: Vec<Place>,
    stamp: Stamp,
}

impl OpenDay {
    /// Reads a day's ledger and what files it has.
    ///
    /// # Errors
    /// Where either can't be read.
    pub fn read(root: &Path, id: &DayId) -> io::Result<Self> {
        let stamp = stamp_of(root, id);
        let (day, places) = (Day::read(root, id)?, Vec::new());
        let mut this = Self { there: files(&day)?, day, places, stamp };
        this.sort();
        Ok(this)
    }

    /// Takes in what changed since.
    ///
    /// # Errors
    /// As [`OpenDay::read`].
    pub fn refresh(&mut self, root: &Path) -> io::Result<()> {
        let stamp = stamp_of(root, &self.day.id);
        if stamp.changed == 0 || stamp.changed != self.stamp.changed {
            self.there = files(&self.day)?;
            self.stamp.changed = stamp.changed;
        }
        self.catch_up(root)
    }

    /// Takes in what was added to the ledger since.
    ///
    /// # Errors
    /// Where it can't be read.
    pub fn catch_up(&mut self, root: &Path) -> io::Result<()> {
        let known = self.day.segments.len();
        if self.day.catch_up(root)? {
            let new = self.day.segments.iter().skip(known).map(|it| &it.segment.file);
            let is_file = |path| fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file());
            let here = new
                .filter(|file| is_segment(&self.day.id, file) && is_file(self.day.path.join(file)));
            self.there.extend(here.cloned());
            self.sort();
        }
        Ok(())
    }

    fn sort(&mut self) {
        let placed = self.day.placed().enumerate().map(|(at, (run, it))| {
            (&*it.segment.file, (run, it.segment.start.as_millisecond(), at))
        });
        let last: HashMap<&str, Place> = placed.collect();
        self.places = last.into_values().collect();
        self.places.sort_unstable();
        self.stamp.ledger = self.day.read_to;
    }

    /// What it comes to.
    pub fn entry(&self) -> DayEntry {
        let mut parts: Vec<_> = self.day.runs.iter().map(Part::of_run).collect();
        for (run, start, at) in &self.places {
            let it = &self.day.segments[*at];
            if self.there.contains(&it.segment.file) {
                let end = end_of(it);
                parts[*run].count(*start, end, it.segment.bytes, !it.kept);
            }
        }
        let newest = self.day.segments.iter().max_by_key(|it| it.segment.start);
        let newest = newest.and_then(|it| FileName::parse(&it.segment.file));
        DayEntry {
            parts,
            thinned: self.day.is_thinned(),
            newest: newest.map(|name| (name.start, name.number)),
            read: Some(self.stamp),
        }
    }

    /// How many segments it has.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// A segment that was found at its place.
    pub fn get(&self, place: Place) -> Option<&RecordedSegment> {
        self.day.segments.get(place.2)
    }

    /// The oldest segments of a run that may be taken and stand behind a place.
    pub fn next(&self, run: usize, after: Option<Place>) -> impl Iterator<Item = Place> {
        let from = self.places.partition_point(|it| after.map_or(it.0 < run, |after| *it <= after));
        let run = self.places[from..].iter().take_while(move |it| it.0 == run).copied();
        run.filter(|(.., at)| self.is_removable(&self.day.segments[*at].segment.file))
    }

    /// Whether a segment is there and may be taken.
    pub fn is_removable(&self, file: &str) -> bool {
        self.there.contains(file) && self.day.closes(file) && !self.day.is_kept(file)
    }

    /// When the ledger says that a file was taken away, ms since 1970.
    pub fn removed(&self, file: &str) -> Option<i64> {
        self.day.removed(file).map(|at| at.as_millisecond())
    }

    /// Those of which the ledger says that they were taken away, and when (ms since 1970), and that are
    /// there and not protected.
    pub fn half_removed(&self) -> Vec<(PathBuf, i64)> {
        let places = self.places.iter().filter_map(|place| self.get(*place));
        let half = places.filter(|it| it.removed && self.is_removable(&it.segment.file));
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
fn files(day: &Day) -> io::Result<HashSet<String>> {
    let mut there = HashSet::new();
    let found = match fs::read_dir(&day.path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(there),
        found => found?,
    };
    for entry in found {
        let entry = entry?;
        if let Ok(name) = entry.file_name().into_string()
            && is_segment(&day.id, &name)
            && entry.file_type().is_ok_and(|kind| kind.is_file())
        {
            there.insert(name);
        }
    }
    Ok(there)
}

fn is_segment(id: &DayId, name: &str) -> bool {
    FileName::parse(name).is_some_and(|name| name.is_segment_of(&id.folder, id.date))
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
