//! What a camera's ledgers tell, in the order in which it was recorded.
//!
//! Any thread; reads ledgers, opens no other file. Policies:
//! - a page is what one day's ledger tells between two settings of the clock: pages come in the order of
//!   the recording, whatever their dates, and one is in memory. Of all other days is known where the
//!   clock was set back, for which a ledger is read once and again when it has grown;
//! - what retention took is passed over; a day whose ledger it took keeps its place in the order.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::ops::Bound::{Excluded, Unbounded};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use jiff::{Timestamp, civil};

use super::stretch::Stretch;
use crate::ledger::day::{Day, DayId};
use crate::ledger::eras::{Reach, eras};
use crate::ledger::history::{self, History};
use crate::paths::{self, day_of, name_of};

/// How often the clock had been set back, and the day of the ledger.
type Page = (u32, civil::Date);

/// The day of a ledger, its length, and when it was written last.
type Stamp = (civil::Date, u64, SystemTime);

/// A place in what the ledgers tell.
#[derive(Debug)]
pub(super) struct Plan {
    root: PathBuf,
    folder: Arc<str>,
    /// The runs of each day, and how long its ledger was when they were read.
    runs: BTreeMap<civil::Date, (u64, Vec<Reach>)>,
    pages: BTreeSet<Page>,
    page: Page,
    /// The ledger that was read last, as it was then.
    read: Option<Stamp>,
    /// What the page has, in the order of the recording.
    stretches: Vec<Stretch>,
    /// Where in that it stands.
    at: usize,
}

impl Plan {
    /// Stands before everything.
    pub fn new(root: PathBuf, folder: &str) -> Self {
        let (runs, pages, stretches) = Default::default();
        let page = (0, civil::Date::MIN);
        let (root, folder, read) = (root, folder.into(), None);
        Self { root, folder, runs, pages, page, read, stretches, at: 0 }
    }

    /// Stands before the newest stretch in which `at` lies, else before what comes next; whether it lies
    /// in it.
    ///
    /// # Errors
    /// Where a folder or a ledger can't be read.
    pub fn find(&mut self, at: Timestamp) -> io::Result<bool> {
        self.refresh(None)?;
        let day = day_of(at);
        // A file is in the ledger of the day in which it began, a gap in that in which it ended.
        let before = self.runs.range(..day).next_back().map(|(date, _)| *date);
        let after = self.runs.range((Excluded(day), Unbounded)).next().map(|(date, _)| *date);
        let near = [before, Some(day), after];
        let is_near = |(_, date): &&Page| near.contains(&Some(*date));
        let pages: Vec<Page> = self.pages.iter().filter(is_near).copied().collect();
        let holds = |it: &Stretch| it.times().is_some_and(|(from, to)| from <= at && at < to);
        let follows = |it: &Stretch| it.times().is_some_and(|(from, _)| from > at);
        for page in pages.iter().rev() {
            // An open one holds all that comes behind it.
            if self.find_in(*page, |all| all.iter().rposition(holds))? {
                return Ok(true);
            }
        }
        let mut next: Option<(Timestamp, Page)> = None;
        for page in pages {
            if self.find_in(page, |all| all.iter().position(follows))?
                && let Some((from, _)) = self.here().and_then(Stretch::times)
                && next.is_none_or(|(before, _)| from < before)
            {
                next = Some((from, page));
            }
        }
        self.at = self.stretches.len();
        if let Some((_, page)) = next {
            self.find_in(page, |all| all.iter().position(follows))?;
        }
        Ok(false)
    }

    /// Turns to a page, before a stretch of it; false where there is none.
    fn find_in(
        &mut self,
        page: Page,
        find: impl Fn(&[Stretch]) -> Option<usize>,
    ) -> io::Result<bool> {
        self.turn_to(page)?;
        let found = find(&self.stretches);
        self.at = found.unwrap_or(0);
        Ok(found.is_some())
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
        while self.last().is_none() {
            self.refresh(None)?;
            let Some(before) = self.pages.range(..self.page).next_back() else { return Ok(false) };
            self.turn_to(*before)?;
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

    /// Goes on to the file of this name; false where there is none.
    ///
    /// # Errors
    /// Where a folder or a ledger can't be read.
    pub fn go_to(&mut self, file: &str) -> io::Result<bool> {
        let (page, at) = (self.page, self.at);
        loop {
            match self.here() {
                Some(Stretch::File { path, .. }) if name_of(path) == file => return Ok(true),
                Some(_) => self.leave(),
                None => {
                    if !self.go_on()? {
                        break;
                    }
                }
            }
        }
        self.turn_to(page)?;
        self.at = at;
        Ok(false)
    }

    /// Whether nobody writes the open file here any more, although no line closes it: another was begun
    /// and closed since.
    ///
    /// # Errors
    /// Where a ledger can't be read.
    pub fn is_left(&self) -> io::Result<bool> {
        if self.stretches.iter().skip(self.at + 1).any(Stretch::is_closed_file) {
            return Ok(true);
        }
        let Some((_, date)) = self.next_page() else { return Ok(false) };
        let day = Day::look(&self.root, &self.day(date))?;
        Ok(date != self.page.1 && !day.segments.is_empty())
    }

    /// Reads this day's ledger again, if it changed; whether it still stands before the same.
    ///
    /// # Errors
    /// Where a folder or a ledger can't be read.
    pub fn look_again(&mut self) -> io::Result<bool> {
        let (pages, read) = (self.pages.clone(), self.stamp(self.page.1));
        self.refresh(Some(self.page.1))?;
        if read.is_some() && read == self.read && pages == self.pages {
            return Ok(true);
        }
        let all = self.load(self.page.1)?;
        let place = |it: &Stretch| all.iter().position(|(_, other)| other.is_same(it));
        // What came in between, or is gone, moves its place.
        let here = self.here().and_then(place);
        let behind = || self.stretches.iter().take(self.at).rev().find_map(place);
        let stands = here.is_some() || self.here().is_none();
        let found = here.or_else(behind);
        let era = found.map_or(self.page.0, |found| all[found].0);
        let before = found.map_or(0, |found| found + usize::from(here.is_none()));
        let at = all[..before].iter().filter(|(of, _)| *of == era).count();
        self.turn((era, self.page.1), all);
        self.at = at;
        Ok(stands)
    }

    fn next_page(&self) -> Option<Page> {
        self.pages.range((Excluded(self.page), Unbounded)).next().copied()
    }

    /// Stands before the first stretch of a page.
    fn turn_to(&mut self, page: Page) -> io::Result<()> {
        let all = self.load(page.1)?;
        self.turn(page, all);
        Ok(())
    }

    /// The same, of all that the day of the page has.
    fn turn(&mut self, page: Page, all: Vec<(u32, Stretch)>) {
        self.stretches = all.into_iter().filter(|it| it.0 == page.0).map(|it| it.1).collect();
        (self.page, self.at) = (page, 0);
    }

    fn stamp(&self, date: civil::Date) -> Option<Stamp> {
        let found = fs::metadata(paths::ledger_path(&self.root, &self.folder, date)).ok()?;
        Some((date, found.len(), found.modified().ok()?))
    }

    fn day(&self, date: civil::Date) -> DayId {
        DayId { folder: self.folder.clone(), date }
    }

    /// Looks which days there are, and at those that changed, but for one.
    fn refresh(&mut self, but: Option<civil::Date>) -> io::Result<()> {
        let days = match history::days(&self.root, &self.folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            days => days?,
        };
        for date in days.into_iter().filter(|date| Some(*date) != but) {
            let ledger = paths::ledger_path(&self.root, &self.folder, date);
            let length = fs::metadata(ledger).map_or(0, |found| found.len());
            if self.runs.get(&date).is_none_or(|(known, _)| *known != length) && length > 0 {
                let day = Day::look(&self.root, &self.day(date))?;
                self.runs.insert(date, (length, day.runs.iter().map(Reach::from).collect()));
            }
        }
        self.set_pages(self.page.1);
        Ok(())
    }

    /// The eras of all runs, and with them the pages; those of one day, in the order of its runs.
    fn set_pages(&mut self, date: civil::Date) -> Vec<u32> {
        let days = self.runs.iter();
        let runs = days.flat_map(|(date, (_, runs))| runs.iter().map(|run| (*date, *run)));
        let runs: Vec<_> = runs.collect();
        let eras = eras(&runs);
        let all = || eras.iter().zip(&runs).map(|(era, (date, _))| (*era, *date));
        self.pages = all().collect();
        all().filter(|(_, of)| *of == date).map(|(era, _)| era).collect()
    }

    /// What the ledger of a day has, in the order of the recording, each in its era.
    fn load(&mut self, date: civil::Date) -> io::Result<Vec<(u32, Stretch)>> {
        self.read = self.stamp(date);
        let day = Day::look(&self.root, &self.day(date))?;
        if !day.runs.is_empty() {
            let runs = day.runs.iter().map(Reach::from).collect();
            self.runs.insert(date, (day.read_to, runs));
        }
        let eras = self.set_pages(date);
        let era = |run: usize| eras.get(run).copied().unwrap_or(0);
        let mut found = Vec::new();
        for it in day.segments.iter().filter(|it| !it.removed) {
            let (path, start, end) = (it.path.clone(), it.segment.start, it.segment.end);
            let file = Stretch::File { path, start, end: Some(end) };
            found.push((era(it.run), start, end, file));
        }
        for gap in &day.gaps {
            // One that goes back stands before all that follows it.
            let from = if gap.is_backward() { Timestamp::MIN } else { gap.start };
            found.push((era(gap.run), from, gap.end, Stretch::Gap(gap.clone())));
        }
        let history = History::of(&self.root, &self.folder, std::iter::once(&day));
        for it in history.opens() {
            let file = Stretch::File { path: it.path.clone(), start: it.start, end: None };
            found.push((era(it.run), it.start, Timestamp::MAX, file));
        }
        found.sort_by_key(|(era, start, end, _)| (*era, *start, *end));
        Ok(found.into_iter().map(|(era, .., it)| (era, it)).collect())
    }
}
