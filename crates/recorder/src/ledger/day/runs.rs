//! The runs of a day: stretches of its ledger in which the time goes forward.
//!
//! Pure.

use std::ops::Range;

use jiff::{Timestamp, civil};

use crate::ledger::entry::SegmentRecord;
use crate::ledger::records::Gap;
use crate::paths;

/// Lines between two settings of the clock that put it back, or from midnight on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Where it takes up: the start of its first gap, else of its first segment. It follows the run that
    /// ends there.
    pub first: Timestamp,
    /// The latest time that its lines tell of.
    pub last: Timestamp,
    /// Up to when segments and gaps account for everything, however that goes on; none where there are
    /// none yet.
    pub told: Option<Timestamp>,
    /// Its lines, from 1; those that came late may stand behind them.
    pub lines: Range<usize>,
    /// Where the clock was set back to its `first`: the end that was told before. It follows the run
    /// that ends there.
    pub after: Option<Timestamp>,
    /// Where the clock was set back at its end, into another day: where it goes on there.
    pub leads_to: Option<Timestamp>,
    /// Start of its newest file.
    pub(in crate::ledger) opened: Option<Timestamp>,
}

impl Run {
    fn new(first: Timestamp, after: Option<Timestamp>, line: usize) -> Self {
        let (lines, told) = (line..line + 1, after.map(|_| first));
        Self { first, last: first, told, lines, after, leads_to: None, opened: None }
    }

    fn reach(&mut self, end: Timestamp) {
        self.last = self.last.max(end);
    }

    /// Up to here a segment or a gap accounts for the time.
    fn account(&mut self, end: Timestamp) {
        self.reach(end);
        self.told = self.told.max(Some(end));
    }
}

/// A file begins; its run.
pub(super) fn opened(runs: &mut Vec<Run>, start: Timestamp, line: usize) -> usize {
    // Back in a day that was left by a gap, or in one that was recorded before the clock was set back
    // over midnight, which another ledger tells.
    let goes_on = |run: &Run| run.leads_to.is_none() && start >= run.opened.unwrap_or(run.first);
    let run = current(runs, start, line, goes_on);
    runs[run].opened = Some(start);
    runs[run].reach(start);
    run
}

/// A file was closed, which was begun in the run `begun`, if that is known; its run.
pub(super) fn closed(
    runs: &mut Vec<Run>,
    begun: Option<usize>,
    segment: &SegmentRecord,
    line: usize,
) -> usize {
    let run = begun.unwrap_or_else(|| place_of(runs, segment.start, line));
    runs[run].account(segment.end);
    stretch(runs, line);
    run
}

/// Nothing was recorded from `at` on.
pub(super) fn off(runs: &mut Vec<Run>, at: Timestamp, line: usize) {
    let run = place_of(runs, at, line);
    runs[run].reach(at);
    stretch(runs, line);
}

/// A gap, which belongs into the run at `place`, if that is known; whether it is one of this day's.
pub(super) fn gap(runs: &mut Vec<Run>, gap: &Gap, date: civil::Date, place: Option<usize>) -> bool {
    let line = gap.position.line;
    if !gap.is_backward() {
        let place = place.filter(|run| *run < runs.len());
        let run = place.unwrap_or_else(|| place_of(runs, gap.start, line));
        runs[run].account(gap.end);
        stretch(runs, line);
        return true;
    }
    if paths::day_of(gap.end) != date {
        let run = place_of(runs, gap.start, line);
        runs[run].reach(gap.start);
        runs[run].leads_to = Some(gap.end);
        stretch(runs, line);
        return false;
    }
    // It came late, where the end before was not known at once.
    let late = runs.iter_mut().rev().find(|run| run.first == gap.end && run.after.is_none());
    match late {
        Some(run) => {
            run.after = Some(gap.start);
            run.account(gap.end);
            stretch(runs, line);
        }
        None => runs.push(Run::new(gap.end, Some(gap.start), line)),
    }
    true
}

/// A run ends before the file that was begun at `start` by this `line`, which begins another; `ends` are
/// those of the newest segments of both.
pub(super) fn cut(
    runs: &mut Vec<Run>,
    run: usize,
    (start, line): (Timestamp, usize),
    ends: [Option<Timestamp>; 2],
) {
    let Some(old) = runs.get_mut(run) else { return };
    let mut new = old.clone();
    (new.first, new.last, new.after) = (start, ends[1].map_or(start, |end| end.max(start)), None);
    new.told = ends[1];
    new.lines.start = line;
    old.lines.end = line;
    old.told = ends[0].or(old.told.map(|told| told.min(start)));
    old.last = ends[0].map_or(old.first, |end| end.max(old.first));
    old.leads_to = None;
    runs.insert(run + 1, new);
}

/// The newest run if it `goes_on`, else a new one from `first` on.
fn current(
    runs: &mut Vec<Run>,
    first: Timestamp,
    line: usize,
    goes_on: impl Fn(&Run) -> bool,
) -> usize {
    if !runs.last().is_some_and(goes_on) {
        runs.push(Run::new(first, None, line));
    }
    stretch(runs, line);
    runs.len() - 1
}

/// The newest run in which this time can be.
fn place_of(runs: &mut Vec<Run>, at: Timestamp, line: usize) -> usize {
    let found = runs.iter().rposition(|run| run.first <= at);
    found.unwrap_or_else(|| if runs.is_empty() { current(runs, at, line, |_| true) } else { 0 })
}

/// The newest run has this line too.
fn stretch(runs: &mut [Run], line: usize) {
    if let Some(run) = runs.last_mut() {
        run.lines.end = line + 1;
    }
}
