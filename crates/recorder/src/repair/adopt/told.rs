//! The time that ledgers tell of, and where in it a file has its place.
//!
//! Reads ledgers and files, writes nothing. Policy: where the clock was set, forward or back, no time passed:
//! such a gap joins what ends and begins at its ends, and covers nothing.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::ops::RangeInclusive;
use std::os::unix::fs::FileExt;
use std::path::Path;

use jiff::{SignedDuration, Timestamp, civil};

use super::SECOND;
use crate::Cause;
use crate::error::Why;
use crate::ledger::day::DayId;
use crate::ledger::entry::SegmentRecord;
use crate::ledger::history::{History, days};
use crate::pace::Pace;
use crate::paths;
use crate::repair::{read_through, record_of};

/// A segment or a gap.
struct Stretch {
    from: Timestamp,
    to: Timestamp,
    /// Whether time passed in it.
    covers: bool,
}

/// Where a file is to be put.
enum Place {
    /// Its time from and to.
    Free(Timestamp, Timestamp),
    /// Somebody may still tell of it.
    Waits,
    /// Something else is told of it.
    Told,
}

/// What a file is of which no line tells.
pub(super) enum Found {
    /// It is told of by this line.
    Segment(Box<SegmentRecord>),
    /// Nothing plays in it, and nothing is told of its time.
    Nothing,
    /// The disk does not give it.
    NotRead,
    /// Somebody may still tell of its time.
    Waits,
    /// Something else is told of its time.
    Told,
}

/// What the ledgers about a day tell.
pub(super) struct Told {
    stretches: Vec<Stretch>,
    /// Since when something is open or off, whose end is told later.
    open: Vec<Timestamp>,
    /// The days between whose ledgers there is none that is missing.
    known: RangeInclusive<civil::Date>,
    /// Whether somebody may still tell of the time behind the last line.
    on_wall: bool,
}

impl Told {
    /// By the ledgers of a day and of those beside it.
    pub fn around(root: &Path, id: &DayId, on_wall: bool) -> io::Result<Self> {
        let all = days(root, &id.folder)?;
        let has = |date: &&civil::Date| paths::ledger_path(root, &id.folder, **date).exists();
        let last = all.iter().filter(has).rfind(|date| **date < id.date);
        let next = all.iter().filter(has).find(|date| **date > id.date);
        let near: Vec<_> = [last, Some(&id.date), next].into_iter().flatten().copied().collect();
        let history = History::read_days(root, &id.folder, &near)?;
        let segments = history.segments().iter().map(|it| &it.segment);
        let segments = segments.map(|it| (it.start, it.end, true));
        let gaps = history.gaps().iter();
        let gaps = gaps.map(|gap| (gap.start, gap.end, gap.cause != Cause::ClockChanged));
        let stretches = segments.chain(gaps);
        let stretches = stretches.map(|(from, to, covers)| Stretch { from, to, covers }).collect();
        let opens = history.opens().iter().map(|it| it.start);
        let open = opens.chain(history.off().map(|off| off.at)).collect();
        // A folder beside that has no ledger may hold others of whose time nothing is told.
        let beside = |date: Option<&civil::Date>| date.filter(|date| has(date)).copied();
        let before = all.iter().rfind(|date| **date < id.date);
        let after = all.iter().find(|date| **date > id.date);
        let known = beside(before).unwrap_or(id.date)..=beside(after).unwrap_or(id.date);
        Ok(Self { stretches, open, known, on_wall })
    }

    /// What a file is that began in this second; it is read only where nothing is told of that.
    pub fn find(&self, path: &Path, second: Timestamp, pace: &mut dyn Pace) -> Found {
        match self.place(second, SignedDuration::ZERO) {
            Place::Free(..) => {}
            Place::Waits => return Found::Waits,
            Place::Told => return Found::Told,
        }
        let record = match look_into(path, second, pace) {
            Ok(record) if record.keyframes > 0 => record,
            Err(Why::Io(_)) => return Found::NotRead,
            Ok(_) | Err(_) => return Found::Nothing,
        };
        match self.place(second, record.end.duration_since(second)) {
            Place::Free(start, end) if start < end => {
                Found::Segment(Box::new(SegmentRecord { start, end, ..record }))
            }
            Place::Waits => Found::Waits,
            Place::Free(..) | Place::Told => Found::Told,
        }
    }

    /// It is told of this one, too.
    pub fn take(&mut self, segment: &SegmentRecord) {
        self.stretches.push(Stretch { from: segment.start, to: segment.end, covers: true });
    }

    /// Where a file is that began in this second and lasts so long.
    fn place(&self, second: Timestamp, duration: SignedDuration) -> Place {
        let within = |at: &Timestamp| (second..second + SECOND).contains(at);
        let end_of = |start: Timestamp| crate::clock::to_millis(start + duration);
        let (begins, ends) = (|it: &Stretch| it.from, |it: &Stretch| it.to);
        // It joins what ends or begins there, within what the name leaves open.
        let after = self.stretches.iter().map(ends).filter(within).max();
        let before = self.stretches.iter().map(|it| it.from - duration).filter(within).max();
        let start = crate::clock::to_millis(after.or(before).unwrap_or(second)).max(second);
        // What follows may have its start by a name, too.
        let earliest = start.max(end_of(second) - SECOND);
        let next = self.stretches.iter().map(begins).filter(|at| *at >= earliest).min();
        let end = next.map_or(end_of(start), |next| next.min(end_of(start)));
        let mut covering = self.stretches.iter().filter(|it| it.covers);
        if start > end || !covering.all(|it| it.to <= start || end <= it.from) {
            return Place::Told;
        }
        let waits = self.open.iter().any(|open| {
            let closed_by = self.stretches.iter().map(begins).filter(|from| from > open).min();
            *open < end && closed_by.is_none_or(|closed| start < closed)
        });
        let is_told_behind =
            self.beside(start, end).1.is_some() || self.open.iter().any(|open| *open >= end);
        if waits || (self.on_wall && !is_told_behind) {
            return Place::Waits;
        }
        Place::Free(start, end)
    }

    /// What ends before, and what begins behind.
    fn beside(&self, start: Timestamp, end: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        let last = self.stretches.iter().map(|it| it.to).filter(|to| *to <= start).max();
        let begins = self.stretches.iter().map(|it| it.from).chain(self.open.iter().copied());
        (last, begins.filter(|from| *from >= end).min())
    }

    /// What is still not told of beside files that are, and about those that begin in these seconds and
    /// that nobody tells of.
    pub fn holes(
        &self,
        found: &[Box<SegmentRecord>],
        nobodys: &[Timestamp],
    ) -> BTreeSet<(Timestamp, Timestamp)> {
        let beside = found.iter().flat_map(|it| {
            let (last, next) = self.beside(it.start, it.end);
            [(last, Some(it.start)), (Some(it.end), next)]
        });
        let about =
            nobodys.iter().filter_map(|second| match self.place(*second, SignedDuration::ZERO) {
                Place::Free(start, end) => Some(self.beside(start, end)),
                Place::Waits | Place::Told => None,
            });
        let holes = beside.chain(about).filter_map(|(from, to)| Some((from?, to?)));
        let known = |at: &Timestamp| self.known.contains(&paths::day_of(*at));
        holes.filter(|(from, to)| from < to && known(from) && known(to)).collect()
    }
}

/// What a file holds that begins at `start`, as it is.
fn look_into(path: &Path, start: Timestamp, pace: &mut dyn Pace) -> Result<SegmentRecord, Why> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    let read = |buffer: &mut [u8], at| file.read_exact_at(buffer, at);
    let (plan, mut hash, bad) = read_through(&file, len, read, pace)?;
    if let Some(bad) = bad.first() {
        return Err(Why::Damaged { at: bad.start, rest: len - bad.start });
    }
    let hash = hash.finish(len, |at, buffer| read(buffer, at))?;
    let record = record_of(path, start, &plan)?;
    Ok(SegmentRecord { bytes: len, hash, ..record })
}
