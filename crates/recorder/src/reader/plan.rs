//! What a camera's ledgers tell, in the order in which it was recorded.
//!
//! Any thread; reads ledgers, opens no other file. Policies:
//! - a page is what one day's ledger tells between two settings of the clock: pages come in the order of
//!   the recording, whatever their dates, and one is in memory. Of all other days is known where the
//!   clock was set back: by the index, or where it does not know that a ledger has changed, by reading it;
//! - what retention took is passed over; a day whose ledger it took keeps its place in the order.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::ops::Bound::{Excluded, Unbounded};
use std::path::PathBuf;
use std::sync::Arc;

use jiff::{Timestamp, civil};

use super::stretch::{Place, Stretch};
use crate::ledger::day::{Day, DayId};
use crate::ledger::eras::{Reach, eras};
use crate::ledger::history::{self, History};
use crate::ledger::index;
use crate::paths::{self, FileName, day_of, name_of};

/// How often the clock had been set back, and the day of the ledger.
type Page = (u32, civil::Date);

/// A place in what the ledgers tell.
#[derive(Debug)]
pub(super) struct Plan {
    root: PathBuf,
    folder: Arc<str>,
    /// The runs of each day, and how long its ledger was when they were read.
    runs: BTreeMap<civil::Date, (u64, Vec<Reach>)>,
    page: Page,
    /// What the page has, in the order of the recording.
    stretches: Vec<Stretch>,
    /// Where in that it stands.
    at: usize,
}

impl Plan {
    /// Stands before everything.
    pub fn new(root: PathBuf, folder: &str) -> Self {
        let runs = index::runs_of(&root, folder);
        let (page, stretches) = ((0, civil::Date::MIN), Vec::new());
        Self { root, folder: folder.into(), runs, page, stretches, at: 0 }
    }

    /// Stands before the newest stretch in which `at` lies, else before what comes next; whether it lies
    /// in it.
    ///
    /// # Errors
    /// Where a folder or a ledger can't be read.
    pub fn find(&mut self, at: Timestamp) -> io::Result<bool> {
        self.refresh()?;
        let day = day_of(at);
        // A file is in the ledger of the day in which it began, a gap in that in which it ended.
        let before = self.runs.range(..day).next_back().map(|(date, _)| *date);
        let after = self.runs.range((Excluded(day), Unbounded)).next().map(|(date, _)| *date);
        let mut all = Vec::new();
        for date in [before, Some(day), after].into_iter().flatten() {
            all.extend(self.load(date)?);
        }
        all.sort_by_key(|(page, _)| *page);
        let holds = |(from, to)| from <= at && at < to;
        // An open one holds all that comes behind it.
        let here = all.iter().rposition(|(_, it)| it.times().is_some_and(holds));
        let starts = all.iter().enumerate().filter_map(|(at, (_, it))| Some((it.times()?.0, at)));
        let next = starts.filter(|(from, _)| *from > at).min().map(|(_, next)| next);
        let found = here.or(next).unwrap_or(all.len());
        let newest = self.pages().into_iter().filter(|(_, date)| *date <= day).max();
        let page = all.get(found).or(all.last()).map(|(page, _)| *page).or(newest);
        self.stand(page.unwrap_or(self.page), all, found);
        Ok(here.is_some())
    }

    /// What comes next on this page.
    pub fn here(&self) -> Option<&Stretch> {
        self.stretches.get(self.at)
    }

    /// What came before on this page.
    pub fn last(&self) -> Option<&Stretch> {
        self.stretches.get(self.at.checked_sub(1)?)
    }

    /// Goes on behind this stretch.
    pub fn leave(&mut self) {
        self.at += 1;
    }

    /// Goes back before the stretch before; false where there is none.
    ///
    /// # Errors
    /// Where a folder or a ledger can't be read.
    pub fn go_back(&mut self) -> io::Result<bool> {
        while self.at == 0 {
            self.refresh()?;
            let before = self.pages().into_iter().filter(|page| *page < self.page).max();
            let Some(before) = before else { return Ok(false) };
            self.turn_to(before)?;
            self.at = self.stretches.len();
        }
        self.at -= 1;
        Ok(true)
    }

    /// Behind the last stretch of this page: reads it again, and turns to the next; whether there is
    /// anything.
    ///
    /// # Errors
    /// Where a folder or a ledger can't be read.
    pub fn go_on(&mut self) -> io::Result<bool> {
        loop {
            // What this page had before the next began.
            self.look_again()?;
            if self.here().is_some() {
                return Ok(true);
            }
            let Some(next) = self.next_page() else { return Ok(false) };
            self.turn_to(next)?;
        }
    }

    /// Goes to the file of this name; false where there is none.
    ///
    /// # Errors
    /// Where its ledger can't be read.
    pub fn go_to(&mut self, file: &str) -> io::Result<bool> {
        let Some(name) = FileName::parse(file) else { return Ok(false) };
        let all = self.load(day_of(name.start))?;
        let is_it = |it: &Stretch| matches!(it, Stretch::File(it) if name_of(&it.path) == file);
        let found = all.iter().position(|(_, it)| is_it(it));
        if let Some(found) = found {
            self.stand(all[found].0, all, found);
        }
        Ok(found.is_some())
    }

    /// Whether nobody writes the open file here any more, although no line closes it: another was begun
    /// and closed since.
    ///
    /// # Errors
    /// Where a ledger can't be read.
    pub fn is_left(&mut self) -> io::Result<bool> {
        if self.stretches.iter().skip(self.at + 1).any(Stretch::is_closed_file) {
            return Ok(true);
        }
        let Some(next) = self.next_page() else { return Ok(false) };
        Ok(self.load(next.1)?.iter().any(|(page, it)| *page == next && it.is_closed_file()))
    }

    /// Reads this day's ledger again, if anything changed; whether it still stands before the same.
    ///
    /// # Errors
    /// Where a folder or a ledger can't be read.
    pub fn look_again(&mut self) -> io::Result<bool> {
        if !self.refresh()? {
            return Ok(true);
        }
        let all = self.load(self.page.1)?;
        let place = |it: &Stretch| all.iter().position(|(_, other)| other.is_same(it));
        // What came in between, or is gone, moves its place.
        let here = self.here().and_then(place);
        let behind = || self.stretches.iter().take(self.at).rev().find_map(place);
        let stands = here.is_some() || self.here().is_none();
        let found = here.or_else(behind);
        let page = found.map_or(self.page, |found| all[found].0);
        let before = found.map_or(0, |found| found + usize::from(here.is_none()));
        self.stand(page, all, before);
        Ok(stands)
    }

    fn next_page(&self) -> Option<Page> {
        self.pages().into_iter().filter(|page| *page > self.page).min()
    }

    /// Stands before the first stretch of a page.
    fn turn_to(&mut self, page: Page) -> io::Result<()> {
        let all = self.load(page.1)?;
        self.stand(page, all, 0);
        Ok(())
    }

    /// Stands on a page, behind those of its stretches that are before one of `all`.
    fn stand(&mut self, page: Page, all: Vec<(Page, Stretch)>, before: usize) {
        self.page = page;
        self.at = all[..before].iter().filter(|(of, _)| *of == page).count();
        self.stretches = all.into_iter().filter(|it| it.0 == page).map(|it| it.1).collect();
    }

    /// Looks which days there are, and reads those that changed; whether any did.
    fn refresh(&mut self) -> io::Result<bool> {
        let days = match history::days(&self.root, &self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            days => days?,
        };
        let mut changed = false;
        for date in days {
            let (length, known) = (self.length(date), self.runs.get(&date).map(|known| known.0));
            if length.is_some() && length != known {
                self.read(date)?;
                changed = true;
            }
        }
        Ok(changed)
    }

    fn length(&self, date: civil::Date) -> Option<u64> {
        let ledger = paths::ledger_path(&self.root, &self.folder, date);
        fs::metadata(ledger).ok().map(|found| found.len())
    }

    /// Reads the ledger of a day; its runs are known from then on.
    fn read(&mut self, date: civil::Date) -> io::Result<Day> {
        let length = self.length(date);
        let day = Day::look(&self.root, &DayId { folder: self.folder.clone(), date })?;
        if let Some(length) = length {
            self.runs.insert(date, (length, day.runs.iter().map(Reach::from).collect()));
        }
        Ok(day)
    }

    /// The pages of all runs, by their days and lines.
    fn pages(&self) -> Vec<Page> {
        let days = self.runs.iter();
        let runs = days.flat_map(|(date, (_, runs))| runs.iter().map(|run| (*date, *run)));
        let runs: Vec<_> = runs.collect();
        eras(&runs).into_iter().zip(runs).map(|(era, (date, _))| (era, date)).collect()
    }

    /// What the ledger of a day has, in the order of the recording, and on which page each is.
    fn load(&mut self, date: civil::Date) -> io::Result<Vec<(Page, Stretch)>> {
        let day = self.read(date)?;
        let pages: Vec<Page> = self.pages().into_iter().filter(|(_, of)| *of == date).collect();
        let page = |run: usize| pages.get(run).copied().unwrap_or((0, date));
        let file =
            |path: &PathBuf, start, end| Stretch::File(Place { path: path.clone(), start, end });
        let mut found = Vec::new();
        for it in day.segments.iter().filter(|it| !it.removed) {
            let (start, end) = (it.segment.start, it.segment.end);
            found.push((page(it.run), start, end, file(&it.path, start, Some(end))));
        }
        for gap in &day.gaps {
            // One that goes back stands before all that follows it.
            let from = if gap.is_backward() { Timestamp::MIN } else { gap.start };
            found.push((page(gap.run), from, gap.end, Stretch::Gap(gap.clone())));
        }
        let history = History::of(&self.root, &self.folder, std::iter::once(&day));
        for it in history.opens() {
            found.push((page(it.run), it.start, Timestamp::MAX, file(&it.path, it.start, None)));
        }
        found.sort_by_key(|(page, start, end, _)| (*page, *start, *end));
        Ok(found.into_iter().map(|(page, .., it)| (page, it)).collect())
    }
}
