//! The time that ledgers tell of, and where in it a file has its place.
//!
//! Reads ledgers and files, writes nothing. Policy: where the clock was set, forward or back, no time passed:
//! such a gap joins what ends and begins at its ends, and covers nothing.

use std::fs::File;
use std::io;
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

/// From when, to when, and whether any time passed in between.
type Stretch = (Timestamp, Timestamp, bool);

/// Why a file is not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// Something else is told of its time.
    Told,
    /// Somebody may still tell of its time, or the disk does not give it: another time it may be known.
    Open,
}

/// What the ledgers about a day tell.
pub(super) struct Told {
    /// Segments and gaps.
    told: Vec<Stretch>,
    /// What somebody may still tell of.
    open: Vec<Stretch>,
    /// Other days that have no ledger: their folders may hold files of whose time nothing is told.
    lost: Vec<civil::Date>,
}

impl Told {
    /// By the ledgers of a day and of those beside it; `on_wall` where somebody may still tell of the time behind
    /// the last line.
    pub fn around(root: &Path, id: &DayId, on_wall: bool) -> io::Result<Self> {
        let has = |date: &_| paths::ledger_path(root, &id.folder, *date).exists();
        let (dates, mut lost): (Vec<_>, Vec<_>) =
            days(root, &id.folder)?.into_iter().partition(has);
        lost.retain(|date| *date != id.date);
        let at = dates.partition_point(|date| *date < id.date);
        let near = &dates[at.saturating_sub(1)..dates.len().min(at + 2)];
        let history = History::read_days(root, &id.folder, near)?;
        let segments = history.segments().iter().map(|it| &it.segment);
        let segments = segments.map(|it| (it.start, it.end, true));
        let gaps = history.gaps().iter();
        let gaps = gaps.map(|gap| (gap.start, gap.end, gap.cause != Cause::ClockChanged));
        let told: Vec<Stretch> = segments.chain(gaps).collect();
        let opens = history.opens().iter().map(|it| it.start);
        let opens = opens.chain(history.off().map(|off| off.at));
        let mut open: Vec<Stretch> = opens
            .map(|open| {
                let closed = told.iter().map(|it| it.0).filter(|from| *from > open).min();
                (open, closed.unwrap_or(Timestamp::MAX), true)
            })
            .collect();
        if on_wall {
            let newest = told.iter().chain(&open).map(|it| it.0).max();
            open.push((newest.unwrap_or(Timestamp::MIN), Timestamp::MAX, true));
        }
        Ok(Self { told, open, lost })
    }

    /// The line of a file that began in this second, which is told of from now on; none where nothing plays in
    /// it, or where it is the `last` time that the disk is asked for it. It is read only where nothing is told of
    /// that second.
    pub fn take(
        &mut self,
        path: &Path,
        second: Timestamp,
        last: bool,
        pace: &mut dyn Pace,
    ) -> Result<Option<SegmentRecord>, Left> {
        self.place(second, SignedDuration::ZERO)?;
        let record = match look_into(path, second, pace) {
            Ok(record) if record.keyframes > 0 => record,
            Err(Why::Io(_)) if !last => return Err(Left::Open),
            Ok(_) | Err(_) => return Ok(None),
        };
        let (start, end) = self.place(second, record.end.duration_since(second))?;
        if start == end {
            return Err(Left::Told);
        }
        self.told.push((start, end, true));
        Ok(Some(SegmentRecord { start, end, ..record }))
    }

    /// Where a file is that began in this second and lasts so long.
    pub fn place(
        &self,
        second: Timestamp,
        duration: SignedDuration,
    ) -> Result<(Timestamp, Timestamp), Left> {
        let within = |at: &Timestamp| (second..second + SECOND).contains(at);
        let end_of = |start: Timestamp| crate::clock::to_millis(start + duration);
        let begins = || self.told.iter().map(|it| it.0);
        // It joins what ends or begins there, within what the name leaves open.
        let after = self.told.iter().map(|it| it.1).filter(within).max();
        let before = begins().map(|at| at - duration).filter(within).max();
        let start = crate::clock::to_millis(after.or(before).unwrap_or(second)).max(second);
        // What follows may have its start by a name, too.
        let earliest = start.max(end_of(second) - SECOND);
        let next = begins().filter(|at| *at >= earliest).min();
        let end = next.map_or(end_of(start), |next| next.min(end_of(start)));
        let over = |it: &Stretch| it.2 && it.0 < end && start < it.1;
        match (self.told.iter().any(over), self.open.iter().any(over)) {
            (true, _) => Err(Left::Told),
            (_, true) => Err(Left::Open),
            _ => Ok((start, end)),
        }
    }

    /// The time about this moment of which nothing is told, though something is before and behind it.
    pub fn hole(&self, at: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let from = self.told.iter().map(|it| it.1).filter(|to| *to <= at).max()?;
        let begins = self.told.iter().chain(&self.open).map(|it| it.0);
        let to = begins.filter(|from| *from >= at).min()?;
        let mut lost = self.lost.iter();
        let is_lost = lost.any(|date| (paths::day_of(from)..=paths::day_of(to)).contains(date));
        (from < to && !is_lost).then_some((from, to))
    }
}

/// What a file holds that begins at `start`, as it is.
fn look_into(path: &Path, start: Timestamp, pace: &mut dyn Pace) -> Result<SegmentRecord, Why> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    let read = |buffer: &mut [u8], at| file.read_exact_at(buffer, at);
    let (plan, mut hash) = read_through(&file, len, read, pace)?;
    if let Some(bad) = plan.bad.first() {
        return Err(Why::Damaged { at: bad.start, rest: len - bad.start });
    }
    let hash = hash.finish(len, |at, buffer| read(buffer, at))?;
    let record = record_of(path, start, &plan)?;
    Ok(SegmentRecord { bytes: len, hash, ..record })
}
