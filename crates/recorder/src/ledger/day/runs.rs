//! The runs of a day: stretches of its ledger in which the time goes forward.
//!
//! A gap back is told where the clock was set back: before the line of what it leads to, which begins a file or
//! is an `off`. Where nobody knew yet when the recording before had ended, it is told late, behind that line: all
//! from there on was written after the clock was set back. So one came late that ends where an earlier line
//! begins a file, or else where an `off` is; unless a line between both tells where it starts, as an `off` or
//! as the end of a segment: then that file had begun at the very same time before the clock was set back. Nor
//! is one late that leads to where another led already.

use jiff::Timestamp;

use super::Day;
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
    /// Its first line; those of the run before that came late may stand behind it.
    pub line: usize,
    /// What it follows, where that does not end at its `first`: the end that was told before the clock was
    /// set back, or the start of a file whose end is not known yet. It follows the run that ends there.
    pub after: Option<Timestamp>,
    /// Where the clock was set back at its end, into another day: where it goes on there.
    pub leads_to: Option<Timestamp>,
}

impl Run {
    /// Whether the clock was set back where it begins.
    fn is_back(&self) -> bool {
        self.after.is_some_and(|after| after > self.first)
    }

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
    /// A file begins, behind one that began at `after` where the end of that is not known yet; its run.
    pub(super) fn run_opened(&mut self, start: Timestamp, after: Option<Timestamp>) -> usize {
        let cut = self.cuts.get(&self.lines).copied();
        let before = self.begun.last().filter(|open| open.run + 1 == self.runs.len());
        // Back in a day that was left, or in one that was recorded before the clock was set back over
        // midnight, which another ledger tells.
        let follows = |at| before.is_some_and(|open| open.start == at);
        let goes_on = |run: &Run| {
            run.leads_to.is_none()
                && start >= before.map_or(run.first, |open| open.start)
                && after.is_none_or(follows)
        };
        if cut.is_some() || !self.runs.last().is_some_and(goes_on) {
            return self.begin_run(start, cut.or(after));
        }
        let at = self.runs.len() - 1;
        self.runs[at].reach(start);
        at
    }

    /// The clock was set back behind the file that begins at `from`, whose end is not known yet: another begins
    /// at `to`, in another day.
    pub(super) fn leave(&mut self, from: Timestamp, to: Timestamp) {
        let run = self.file_at(from).and_then(|line| self.run_of_line(line));
        let run = run.unwrap_or_else(|| self.run_at_time(from));
        self.runs[run].leads_to = Some(to);
    }

    /// Nothing is recorded any more; its run. One that was left into another day is not gone on with:
    /// whoever is back in this day lives it again.
    pub(super) fn run_off(&mut self, at: Timestamp) -> usize {
        let after = self.cuts.get(&self.lines).copied();
        let is_left = |newest: &Run| newest.leads_to.is_some();
        if after.is_some() || self.runs.last().is_some_and(is_left) {
            return self.begin_run(at, after);
        }
        self.run_at_time(at)
    }

    /// A gap is over; it is put into its run, where that is one of this day's.
    pub(super) fn place(&mut self, gap: Gap) -> Option<Gap> {
        if gap.is_backward() {
            return self.place_back(gap);
        }
        // Into what was recorded before the clock was set back, to an earlier day or to this one; a gap that is
        // told late ends where its run begins.
        let again = self.runs.last().is_some_and(|it| {
            it.leads_to.is_some() || (gap.start < it.first && it.first < gap.end)
        });
        let run = match self.run_of_gap(&gap) {
            Some(known) => known,
            None if again => self.begin_run(gap.start, None),
            None => self.run_at_time(gap.start),
        };
        let it = &mut self.runs[run];
        if it.first == gap.end && !it.is_back() {
            // Told late: what it follows is known only now.
            (it.first, it.after) = (gap.start, None);
        }
        it.account(gap.end);
        Some(Gap { run, ..gap })
    }

    /// The clock was set back: the gap belongs to the run that begins there, where that is in this day.
    fn place_back(&mut self, gap: Gap) -> Option<Gap> {
        if paths::day_of(gap.end) != self.id.date {
            let led = self.runs.iter().rposition(|run| run.leads_to == Some(gap.end));
            let run = led.unwrap_or_else(|| self.run_at_time(gap.start));
            self.runs[run].reach(gap.start);
            self.runs[run].leads_to = Some(gap.end);
            return None;
        }
        let ends = self.segments.iter().filter(|it| it.segment.end == gap.start);
        let known = ends.map(|it| it.position.line).max().max(self.off_at(gap.start));
        let line = self.file_at(gap.end).or_else(|| self.off_at(gap.end));
        let line = line.filter(|line| known < Some(*line));
        let late = line.filter(|line| *self.cuts.entry(*line).or_insert(gap.start) == gap.start);
        let run = late.and_then(|line| self.run_of_line(line));
        let run = run.unwrap_or_else(|| self.begin_run(gap.end, Some(gap.start)));
        Some(Gap { run, late: late.is_some(), ..gap })
    }

    /// The last line that begins a file at this time.
    fn file_at(&self, at: Timestamp) -> Option<usize> {
        self.begun.iter().rfind(|open| open.start == at).map(|open| open.position.line)
    }

    /// The last line that tells that nothing is recorded from then on.
    fn off_at(&self, at: Timestamp) -> Option<usize> {
        self.offs.iter().rfind(|off| off.at == at).map(|off| off.position.line)
    }

    /// The newest run when a line was written that tells of what happens.
    fn run_of_line(&self, line: usize) -> Option<usize> {
        self.runs.iter().rposition(|run| run.line <= line)
    }

    /// A run begins.
    fn begin_run(&mut self, first: Timestamp, after: Option<Timestamp>) -> usize {
        let (last, told, line) = (first, after.map(|_| first), self.lines);
        self.runs.push(Run { first, last, told, line, after, leads_to: None });
        self.runs.len() - 1
    }

    /// The run that a gap which goes forward belongs to, as far as lines tell: it begins where something
    /// ended in the newest run, or it ends where something of an earlier one begins, and was told late.
    fn run_of_gap(&self, gap: &Gap) -> Option<usize> {
        let ends = self.segments.iter().filter(|it| it.segment.end == gap.start).map(|it| it.run);
        let begun = |at| self.file_at(at).max(self.off_at(at)).and_then(|it| self.run_of_line(it));
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
