//! What an earlier run of the program left of a camera's recording, for the run that continues it.
//!
//! Any thread; reads, writes nothing. Policies:
//! - what is newest is found by what follows what, not by the names of files: days that lie in the future
//!   because the clock was wrong hide nothing. Time goes forward in an *era*; where the clock was set back
//!   another begins, linked to the one before by the gap that ends before it starts;
//! - the newest ledgers are read, not years of them: more only where the clock is behind the ledger and
//!   nothing in it says how it goes on;
//! - without the newest ledger nothing is known; without one of those before only what was left open in it.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, civil};

use super::day::{Day, DayId, Run};
use super::eras::eras;
use super::folders::{days, segments_in};
use super::history::{EntryPosition, History, NextEntry, OpenSegment};
use super::records::Hold;
use crate::Cause;
use crate::paths;

#[cfg(test)]
mod tests;

/// Ledgers that [`last_state_before`] reads: so many days back, what a kill left open is found.
const NEWEST: usize = 7;

/// A file that was begun but not closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftFile {
    /// The `….part`, or the renamed one where that is there instead.
    pub path: PathBuf,
    /// When it was begun; of one that no line begins as its name says, but not before what the ledger
    /// accounts for, unless it lies behind that.
    pub start: Timestamp,
    /// What follows it; none where no line begins it.
    pub next: Option<NextEntry>,
}

/// What the record thread needs to know when it starts: it closes what is `open`, with a gap before
/// one that no line begins where that starts later than `until`, and begins its next segment behind one
/// more gap of this `cause`. Every gap's line comes before the `open` of what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastState {
    /// Up to when the ledger accounts for everything: as [`History::until`].
    pub until: Timestamp,
    /// Why nothing is recorded from then on, or from the end of the `open` ones on: the cause of a
    /// trailing `off`, else the program was killed.
    pub cause: Cause,
    /// Files of segments that were begun but not closed, oldest first; also a `….part` that a kill
    /// left before any line told of it, and the newest whole file that no line names, where nothing
    /// that was left is newer.
    pub open: Vec<LeftFile>,
    /// Each `….part` that no line tells of, whose name lies before what the ledger accounts for; oldest
    /// first. The clock was set back, and a kill came before the ledger took the line.
    pub behind: Vec<LeftFile>,
    /// Starts of all other whole files that no line names and that begin behind `until`, oldest first:
    /// whoever takes them in tells what is missing beside them.
    pub whole: Vec<Timestamp>,
    /// How long the pictures of the newest segment lasted: so far its end may be ahead of a clock that was
    /// not set.
    pub picture: Duration,
}

/// The first line that a run of the program wrote into each day's ledger.
pub type FirstLines = BTreeMap<civil::Date, Vec<u8>>;

/// A segment: its file's name without `.part`, and the day whose folder and ledger it is in.
pub type NamedSegment = (String, civil::Date);

/// The `.part`, or the whole file where that is there instead.
fn file_of(it: &OpenSegment) -> PathBuf {
    let part = it.part();
    if !part.exists() && it.path.exists() { it.path.clone() } else { part }
}

/// The state of a camera's recording by the wall clock `now`, from its newest ledgers; none if it was
/// never recorded.
#[cfg(test)]
pub fn last_state(root: &Path, folder: &str, now: Timestamp) -> io::Result<Option<LastState>> {
    last_state_before(root, folder, now, FirstLines::new())
}

/// The state of a camera's recording by the wall clock `now`, from its newest ledgers, as it was before these
/// lines were written; none if it was never recorded.
///
/// # Errors
/// Where `root`, a folder or one of the newest ledgers can't be read.
pub fn last_state_before(
    root: &Path,
    folder: &str,
    now: Timestamp,
    lines: FirstLines,
) -> io::Result<Option<LastState>> {
    let today = paths::day_of(now);
    let mut chain = Chain::new(root, folder, today, lines)?;
    let state = chain.last_state(NEWEST, today)?;
    if state.is_some() || chain.read.len() == chain.dates.len() {
        return Ok(state);
    }
    chain.last_state(usize::MAX, today)
}

/// The segments of the newest `count` days whose files are there, closed or not, and whether they are
/// protected from retention; the newest first.
///
/// # Errors
/// As [`last_state_before`].
pub fn newest_segments(
    root: &Path,
    folder: &str,
    count: usize,
) -> io::Result<impl Iterator<Item = (NamedSegment, bool)>> {
    let history = Chain::new(root, folder, civil::Date::MAX, FirstLines::new())?.history(count);
    let closed = history.present().map(|it| (it.segment.start, &it.path, it.position, it.kept));
    let opens = history.opens().iter().map(|it| (it.start, &it.path, it.position, it.kept));
    let of = |(start, path, at, kept): (_, &PathBuf, EntryPosition, _)| {
        ((history.order(&at).0, start, at), path.clone(), kept)
    };
    let mut all: Vec<_> = closed.chain(opens).map(of).collect();
    all.sort_by_key(|(order, ..)| Reverse(*order));
    let is_there = |path: &Path| path.exists() || paths::part_of(path).exists();
    let here = all.into_iter().filter(move |(_, path, _)| is_there(path));
    Ok(here.map(|((.., at), path, kept)| ((paths::name_of(&path), at.day), kept)))
}

/// The newest word on a span that is to be protected, by what follows what, in at most `most` ledgers: not
/// behind `telling` of them on whose days files were begun and that have no word on it.
///
/// # Errors
/// As [`last_state_before`].
pub fn newest_hold(
    root: &Path,
    folder: &str,
    now: Timestamp,
    (telling, most): (usize, usize),
) -> io::Result<Option<Hold>> {
    let mut chain = Chain::new(root, folder, paths::day_of(now), FirstLines::new())?;
    let mut count = telling;
    loop {
        let history = chain.history(count);
        let holds = chain.read.values().flat_map(|day| &day.holds);
        let newest = holds.max_by_key(|hold| history.order(&hold.position)).copied();
        let begun = chain.read.values().filter(|day| !day.begun.is_empty()).count();
        if newest.is_some() || begun >= telling || count >= most.min(chain.dates.len()) {
            return Ok(newest);
        }
        count = count.saturating_mul(2).min(most);
    }
}

/// The ledgers of a camera, as far as they are needed.
struct Chain<'a> {
    root: &'a Path,
    folder: Arc<str>,
    /// All days that have one, oldest first.
    dates: Vec<civil::Date>,
    read: BTreeMap<civil::Date, Day>,
    /// Of what stands behind these lines, names alone count.
    stops: FirstLines,
}

impl<'a> Chain<'a> {
    /// Goes from the latest day to the one that was recorded last, as it was before `stops` were written.
    fn new(
        root: &'a Path,
        folder: &str,
        today: civil::Date,
        stops: FirstLines,
    ) -> io::Result<Self> {
        let mut dates = Vec::new();
        for day in days(root, folder)? {
            if paths::ledger_path(root, folder, day).try_exists()? {
                dates.push(day);
            }
        }
        let mut this = Self { root, folder: folder.into(), dates, read: BTreeMap::new(), stops };
        while let Some(date) = this.unread(today) {
            this.read_day(date)?;
        }
        Ok(this)
    }

    fn read_day(&mut self, date: civil::Date) -> io::Result<()> {
        if let Entry::Vacant(new) = self.read.entry(date) {
            let id = DayId { folder: self.folder.clone(), date };
            new.insert(Day::read_before(self.root, &id, self.stops.get(&date))?);
        }
        Ok(())
    }

    /// The newest run by what follows what, as far as was read, and its day.
    fn newest(&self) -> Option<(civil::Date, &Run)> {
        let days = self.read.iter();
        let runs = days.flat_map(|(date, day)| day.runs.iter().map(|run| (*date, run)));
        let reaches: Vec<_> = runs.clone().map(|(date, run)| (date, run.into())).collect();
        eras(&reaches).into_iter().zip(runs).max_by_key(|(era, _)| *era).map(|(_, run)| run)
    }

    /// The latest day in which what was recorded after the newest run may be told, and that was not read.
    fn unread(&self, today: civil::Date) -> Option<civil::Date> {
        let (from, before) = match self.newest() {
            None => (civil::Date::MIN, civil::Date::MAX),
            Some((date, Run { leads_to: Some(at), .. })) => (paths::day_of(*at), date),
            // Ledgers of an earlier camwall do not say at this end that the clock was set back.
            Some((date, _)) if today < date => (civil::Date::MIN, date),
            Some(_) => return None,
        };
        let within = |date: &&civil::Date| from <= **date && **date <= before;
        let mut unread = self.dates.iter().filter(|date| !self.read.contains_key(date));
        unread.rfind(within).copied()
    }

    /// What the newest `count` days say, and those that were looked into to find them. One before them that
    /// can't be read is left out: what is newest is known without it, and what it began waits.
    fn history(&mut self, count: usize) -> History {
        let newest = self.newest().map_or(civil::Date::MAX, |(date, _)| date);
        let before = self.dates.iter().rev().filter(|date| **date <= newest);
        for date in before.take(count).copied().collect::<Vec<_>>() {
            if let Err(error) = self.read_day(date) {
                tracing::error!("{}: {error}; what was left open then stays so", self.folder);
            }
        }
        History::of(self.root, &self.folder, self.read.values())
    }

    /// The last state by the newest `count` days.
    fn last_state(&mut self, count: usize, today: civil::Date) -> io::Result<Option<LastState>> {
        let history = self.history(count);
        let (closed, off) = (history.until(), history.off());
        let mut told: Vec<_> = history.opens().iter().collect();
        told.sort_by_key(|it| history.order(&it.position));
        let left = |it: &OpenSegment| {
            let next = Some(history.next_of(it));
            LeftFile { path: file_of(it), start: it.start, next }
        };
        let open: Vec<_> = told.into_iter().map(left).collect();
        // So a start tells the next that it found the clock set back behind a kill.
        let is_cause = |cause: &Cause| *cause != Cause::ClockChanged;
        let cause = off.map(|off| off.cause).filter(is_cause).unwrap_or(Cause::ProgramKilled);
        let newest = history.segments().iter().max_by_key(|it| history.order(&it.position));
        let picture = newest.map_or(Duration::ZERO, |it| it.segment.picture());
        let (until, behind, whole) = Default::default();
        let mut state = LastState { until, cause, open, behind, whole, picture };
        self.add_untold(&mut state, closed, today)?;
        let begun = state.open.first().map(|file| file.start);
        let until = closed.or(begun).or(off.map(|off| off.at));
        Ok(until.map(|until| LastState { until, ..state }))
    }

    /// Adds files that no line names, in the newest days and `today`, to which the clock may have been set back;
    /// their starts are as the names tell, to the second, but not before what the ledger accounts for.
    fn add_untold(
        &mut self,
        state: &mut LastState,
        closed: Option<Timestamp>,
        today: civil::Date,
    ) -> io::Result<()> {
        let (mut parts, mut whole) = (Vec::new(), Vec::new());
        for (at, date) in days(self.root, &self.folder)?.into_iter().rev().enumerate() {
            let is_old = closed.is_some_and(|until| date < paths::day_of(until));
            if at >= NEWEST && is_old && date != today {
                continue;
            }
            // Of a ledger that can't be read, nobody knows which files it names.
            let named = self.dates.binary_search(&date).map_or(Ok(()), |_| self.read_day(date));
            let may_miss = is_old || named.is_err();
            let found = match named.and_then(|()| segments_in(self.root, &self.folder, date)) {
                Err(error) if may_miss => {
                    tracing::error!(
                        "{}: {error}; what was left there is not looked for",
                        self.folder
                    );
                    continue;
                }
                found => found?,
            };
            let none = Day::default();
            for (name, entry) in self.read.get(&date).unwrap_or(&none).unnamed(found) {
                let is_last = closed.is_none_or(|at| at.as_second() <= name.start.as_second());
                let start = closed.filter(|_| is_last).map_or(name.start, |at| name.start.max(at));
                let file = LeftFile { path: entry.path(), start, next: None };
                match (name.part, is_last) {
                    (true, true) => parts.push(file),
                    (true, false) => state.behind.push(file),
                    (false, true) if entry.file_type()?.is_file() => whole.push(file),
                    (false, _) => {}
                }
            }
        }
        for all in [&mut parts, &mut whole, &mut state.behind] {
            all.sort_by_key(|file| file.start);
        }
        // The newest of all is taken up like a `.part`: it is known then where the recording ended.
        if whole.last().map(|file| file.start) >= parts.last().map(|file| file.start) {
            parts.extend(whole.pop());
        }
        state.open.extend(parts);
        state.whole.extend(whole.into_iter().map(|file| file.start));
        Ok(())
    }
}
