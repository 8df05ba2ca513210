//! Takes in files that are whole and named, and of which no line tells.
//!
//! Runs on the thread `mend`, a while after a start, day by day. Policies:
//! - only into a hole of the ledger: where it tells of that time already, two truths would be worse than a
//!   file that is nobody's, which verifying tells;
//! - only what no writer of this run may still tell of: while lines of a camera wait, nothing is done;
//! - nothing of the file is changed, and only the line that closes it is written, because one that begins
//!   it would say that the clock had gone back; what is still missing beside it becomes a gap, also beside
//!   one in which nothing plays;
//! - no clock is asked: it may be years off until somebody sets it;
//! - what fails, or has to wait, is tried again for half an hour, less and less often.

use std::collections::BTreeSet;
use std::fs::DirEntry;
use std::io::{self, ErrorKind::NotFound};
use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};

use self::told::{Left, Told};
use crate::Cause;
use crate::backoff::Backoff;
use crate::disk::Disk;
use crate::ledger::Ledger;
use crate::ledger::archive::Archive;
use crate::ledger::day::{Day, DayId};
use crate::ledger::entry::{LedgerEntry, SegmentRecord};
use crate::ledger::folders::segments_in;
use crate::ledger::timeline::gap_lines;
use crate::pace::Pace;
use crate::paths::FileName;

mod told;

/// What a name tells of the start: the second, not its part.
const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// Files that are looked into before their lines are written, all of them by one write.
const AT_ONCE: usize = 100;
/// How often a day is tried.
const TRIES: u32 = 32;

/// A day that is looked through.
#[derive(Debug)]
pub struct DayLook {
    id: DayId,
    /// Up to which file, by start and number.
    done: Option<(Timestamp, u32)>,
    /// Whether anything has to wait.
    waits: bool,
    again: Backoff,
    tries: u32,
}

impl DayLook {
    /// Nothing was looked at.
    pub fn new(id: DayId, now: Instant) -> Self {
        Self { id, done: None, waits: false, again: Backoff::new(now), tries: 1 }
    }

    /// The camera's folder.
    pub fn folder(&self) -> Arc<str> {
        Arc::clone(&self.id.folder)
    }

    /// Takes in the next files of the day; `on_wall` where somebody may still tell of the time behind the last
    /// line. How many, and whether there are more to look at.
    ///
    /// # Errors
    /// Where a folder or a ledger can't be read, or the ledger takes no line.
    pub fn go_on<D: Disk>(
        &mut self,
        disk: &D,
        archive: &Archive,
        on_wall: bool,
        pace: &mut dyn Pace,
    ) -> io::Result<(usize, bool)> {
        let id = &self.id;
        let mut ledger = Ledger::new(disk.clone(), archive, &id.folder, &id.folder);
        let mut files = self.files(archive, &ledger, pace)?;
        let rest = files.split_off(files.len().min(AT_ONCE));
        let Some((last, _)) = files.last() else { return Ok((0, false)) };
        let done = Some((last.start, last.number));
        let mut told = Told::around(archive.root(), id, on_wall)?;
        let (mut found, mut nobodys) = (Vec::new(), Vec::new());
        let mut undecided: Vec<_> = rest.iter().map(|(name, _)| name.start).collect();
        for (name, entry) in &files {
            match told.take(&entry.path(), name.start, self.tries >= TRIES, pace) {
                Ok(Some(record)) => found.push(record),
                Ok(None) => nobodys.push(name.start),
                Err(Left::Open) => undecided.push(name.start),
                Err(Left::Told) => {}
            }
        }
        self.waits |= undecided.len() > rest.len();
        let nobodys = nobodys.iter().filter_map(|at| told.place(*at, SignedDuration::ZERO).ok());
        let ends = found.iter().map(|it| (it.start, it.end)).chain(nobodys);
        let holes = ends.flat_map(|(start, end)| [start, end]).filter_map(|at| told.hole(at));
        let is_known = |(from, to): &_| !undecided.iter().any(|at| *at + SECOND > *from && at < to);
        let holes = holes.filter(is_known).collect();
        self.tell(&mut ledger, &found, holes)?;
        self.done = done;
        Ok((found.len(), !rest.is_empty()))
    }

    /// Whole files that no line names and that were not looked at, by their starts.
    fn files<D: Disk>(
        &self,
        archive: &Archive,
        ledger: &Ledger<D>,
        pace: &mut dyn Pace,
    ) -> io::Result<Vec<(FileName, DirEntry)>> {
        let (root, id) = (archive.root(), &self.id);
        let found = match segments_in(root, &id.folder, id.date) {
            // Retention took the day away.
            Err(error) if error.kind() == NotFound && archive.check().is_ok() => Vec::new(),
            found => found?,
        };
        // Whatever this run made whole was begun by a line: once none waits, the ledger has it.
        if ledger.pending() > 0 {
            return Err(io::Error::other("lines of this camera wait"));
        }
        let day = Day::read(root, id)?;
        pace.took(day.read_to)?;
        let mut files = day.unnamed(found);
        files.retain(|(name, entry)| {
            let is_file = || entry.file_type().is_ok_and(|it| it.is_file());
            !name.part && self.done < Some((name.start, name.number)) && is_file()
        });
        Ok(files)
    }

    /// Writes the lines of these files and gaps.
    fn tell<D: Disk>(
        &self,
        ledger: &mut Ledger<D>,
        found: &[SegmentRecord],
        holes: BTreeSet<(Timestamp, Timestamp)>,
    ) -> io::Result<()> {
        let id = &self.id;
        // The gaps first: what is missing beside a file is told by the try that takes it in.
        for (date, gap) in
            holes.into_iter().flat_map(|(from, to)| gap_lines(from, to, Cause::DiskError))
        {
            ledger.give(date, gap);
        }
        for it in found {
            tracing::warn!(
                "{}: no line told of {}, nor of its time; now one does",
                id.folder,
                it.file
            );
            ledger.give(id.date, LedgerEntry::Segment(it.clone()));
        }
        ledger.retry();
        if ledger.pending() > 0 {
            return Err(io::Error::other("the ledger takes no line"));
        }
        Ok(())
    }
}

/// Days that are looked through one after the other; the next last.
#[derive(Debug)]
pub struct DayLooks(Vec<DayLook>);

impl DayLooks {
    /// These, the newest first.
    pub fn new(mut days: Vec<DayId>, now: Instant) -> Self {
        days.sort_by_key(|id| id.date);
        Self(days.into_iter().map(|id| DayLook::new(id, now)).collect())
    }

    /// Takes out the first that is due.
    pub fn next(&mut self, now: Instant) -> Option<DayLook> {
        let at = self.0.iter().rposition(|day| day.again.at <= now)?;
        Some(self.0.remove(at))
    }

    /// When to come again, where any is left.
    pub fn next_at(&self) -> Option<Instant> {
        self.0.iter().map(|day| day.again.at).min()
    }

    /// What came of one until `now`, and whether there is more of it to look at.
    pub fn done(&mut self, mut day: DayLook, outcome: io::Result<bool>, now: Instant) {
        match &outcome {
            Ok(true) => return self.0.push(day),
            Ok(false) if !day.waits => return,
            Ok(false) => (day.done, day.waits) = (None, false),
            Err(_) => {}
        }
        let (DayId { folder, date }, error) = (&day.id, outcome.err());
        if day.tries < TRIES {
            tracing::debug!("{folder} of {date}: looked through again later: {error:?}");
            day.tries += 1;
            day.again.failed(now);
            self.0.push(day);
        } else if let Some(error) = error {
            tracing::error!(
                "{folder}: files of {date} of which no line tells can't be taken in: {error}; the next start tries again"
            );
        }
    }
}

#[cfg(test)]
mod tests;
