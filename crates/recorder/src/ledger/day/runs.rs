//! The runs of a day: stretches of its ledger in which the time goes forward.

use std::collections::hash_map::Entry;

use jiff::Timestamp;

use super::Day;
use crate::ledger::records::{Gap, RecordingOff};
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
    /// Its first line; those of the run before that came late may stand behind it.
    pub line: usize,
    /// Where the clock was set back to its `first`: the end that was told before. It follows the run
    /// that ends there.
    pub after: Option<Timestamp>,
    /// Where the clock was set back at its end, into another day: where it goes on there.
    pub leads_to: Option<Timestamp>,
    /// Start of its newest file.
    opened: Option<Timestamp>,
}

impl Run {
    pub(super) fn reach(&mut self, end: Timestamp) {
        self.last = self.last.max(end);
    }

    /// Up to here a segment or a gap accounts for the time.
    pub(super) fn account(&mut self, end: Timestamp) {
        self.reach(end);
        self.told = self.told.max(Some(end));
    }
}

impl Day {
    /// A file begins; its run.
    pub(super) fn run_opened(&mut self, start: Timestamp) -> usize {
        let after = self.cuts.get(&self.lines).copied();
        // Back in a day that was left by a gap, or in one that was recorded before the clock was set back
        // over midnight, which another ledger tells.
        let goes_on =
            |run: &Run| run.leads_to.is_none() && start >= run.opened.unwrap_or(run.first);
        if after.is_some() || !self.runs.last().is_some_and(goes_on) {
            self.begin_run(start, after);
        }
        let at = self.runs.len() - 1;
        self.runs[at].opened = Some(start);
        self.runs[at].reach(start);
        at
    }

    /// Nothing is recorded any more; its run. One that was left into another day is not gone on with:
    /// whoever is back in this day lives it again.
    pub(super) fn run_off(&mut self, at: Timestamp) -> usize {
        match self.runs.last() {
            Some(newest) if newest.leads_to.is_some() => self.begin_run(at, None),
            _ => self.run_at_time(at),
        }
    }

    /// A gap is over; its run, where it is one of this day's.
    pub(super) fn run_gap(&mut self, gap: &Gap) -> Option<usize> {
        if gap.is_backward() {
            return self.run_set_back(gap);
        }
        // Into a day that was recorded before the clock was set back to an earlier one; a gap that is
        // told late ends where its run begins.
        let again = paths::day_of(gap.start) != self.id.date
            && self.runs.last().is_some_and(|newest| newest.first < gap.end);
        let run = match self.run_of_gap(gap) {
            Some(known) => known,
            None if again => self.begin_run(gap.start, None),
            None => self.run_at_time(gap.start),
        };
        self.runs[run].account(gap.end);
        Some(run)
    }

    /// The clock was set back; the run that begins there, where that is in this day.
    fn run_set_back(&mut self, gap: &Gap) -> Option<usize> {
        if paths::day_of(gap.end) != self.id.date {
            let run = self.run_at_time(gap.start);
            self.runs[run].reach(gap.start);
            self.runs[run].leads_to = Some(gap.end);
            return None;
        }
        // It comes late where the end before was not known at once; where that was told, another file had begun
        // at the same time of the era before.
        let is_known = self.offs.iter().any(|off| off.at == gap.start)
            || self.segments.iter().any(|it| it.segment.end == gap.start);
        let begun = self.begun.iter().rfind(|open| open.start == gap.end && !is_known);
        let late = begun.map(|open| {
            let cut = self.cuts.entry(open.position.line);
            self.is_cut_late |= matches!(cut, Entry::Vacant(_));
            (open.run, *cut.or_insert(gap.start))
        });
        match late {
            Some((run, before)) if before == gap.start => Some(run),
            _ => Some(self.begin_run(gap.end, Some(gap.start))),
        }
    }

    /// A run begins, unless one did there of which is told only now what it follows.
    fn begin_run(&mut self, first: Timestamp, after: Option<Timestamp>) -> usize {
        let untold = |run: &Run| after.is_some() && run.first == first && run.after.is_none();
        if let Some(at) = self.runs.iter().rposition(untold) {
            self.runs[at].after = after;
            self.runs[at].account(first);
            return at;
        }
        let (last, told, line) = (first, after.map(|_| first), self.lines);
        self.runs.push(Run { first, last, told, line, after, leads_to: None, opened: None });
        self.runs.len() - 1
    }

    /// The run that a gap which goes forward belongs to, as far as lines tell: it begins where something
    /// ended in the newest run, or it ends where something of an earlier one begins, and was told late.
    fn run_of_gap(&self, gap: &Gap) -> Option<usize> {
        let ends = self.segments.iter().filter(|it| it.segment.end == gap.start).map(|it| it.run);
        let begun = |at: Timestamp| {
            let files = self.begun.iter().filter(move |open| open.start == at);
            let offs = self.offs.iter().filter(move |off| off.at == at);
            let told = |off: &RecordingOff| {
                self.runs.iter().rposition(|run| run.line <= off.position.line)
            };
            files.map(|open| open.run).chain(offs.filter_map(told)).max()
        };
        let from = ends.max().max(begun(gap.start));
        let newest = self.runs.len().checked_sub(1);
        from.filter(|_| from == newest).or_else(|| begun(gap.end)).or(from)
    }

    /// The newest run in which this time can be.
    pub(super) fn run_at_time(&mut self, at: Timestamp) -> usize {
        if self.runs.is_empty() {
            return self.begin_run(at, None);
        }
        self.runs.iter().rposition(|run| run.first <= at).unwrap_or(0)
    }
}
