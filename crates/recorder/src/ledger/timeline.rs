//! One camera's time as the ledger tells it: every moment is in a segment or in a gap.
//!
//! Owned by the thread `ID.record`. Policy: a gap is begun with an `off` line, so that a kill does
//! not hide its cause, and closed with a `gap` line when the next segment opens; another cause cuts
//! it in two once it has lasted for [`STEADY`], but not behind the oldest picture that waits to be recorded: what
//! may still be recorded is not told to be missing. Behind a file that can't be repaired yet no gap is
//! told before it is known where that file ends: until then its `off` stands at its start. What earlier runs
//! left may be known only when files have been begun already: the gap before the first is told then.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp, civil};

use self::lines::late_lines;
pub use self::lines::{gap_lines, open_lines};
use super::Ledger;
use super::chain::FirstLines;
use super::entry::LedgerEntry;
use super::history::NextEntry;
use crate::Cause;
use crate::clock::WallClock;
use crate::disk::Disk;
use crate::paths;

/// How long another cause must last to be told.
const STEADY: Duration = Duration::from_secs(3);
/// How far the end of a file may be ahead of the clock that was not set, beside its last picture: what
/// counts as drift.
const AHEAD: SignedDuration = SignedDuration::from_secs(1);
/// How long a file lasts in which one picture plays: the shortest time that a ledger tells of.
const MOMENT: SignedDuration = SignedDuration::from_millis(1);
/// Longest picture that is believed.
const SLOWEST: Duration = Duration::from_secs(60);
/// Unsettled files that are remembered; what is beyond is for the next start, by the ledger.
pub const MAX_UNSETTLED: usize = 64;

/// A file that is being mended: nobody knows yet what plays of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsettled {
    /// The path of its file, without `.part`.
    pub path: PathBuf,
    /// When it was begun.
    pub start: Timestamp,
    /// It does not end later, whatever the camera's clock says.
    pub latest: Timestamp,
    /// What follows it; where that was told already, its end and why it was not gone on with.
    pub next: NextEntry,
    /// Whether the clock was set back to before it was written last, while nothing was recorded: what
    /// follows it may begin before its end.
    pub set_back: bool,
}

/// What was told before it was known what earlier runs left.
#[derive(Debug, Default)]
struct Blind {
    /// When the first file began.
    first: Option<Timestamp>,
    /// The first line in each ledger.
    lines: FirstLines,
}

/// What the ledger has, and what it is to be told next.
pub struct Timeline<D> {
    ledger: Ledger<D>,
    /// Since when nothing is recorded, and why; none while recording and before the first file.
    gap: Option<(Timestamp, Cause)>,
    /// The file at whose start that gap is told to begin, because its end is not known.
    behind: Option<PathBuf>,
    /// Files that could not be repaired yet, oldest first; [`MAX_UNSETTLED`] at most.
    pub unsettled: Vec<Unsettled>,
    /// Another cause than that of the gap, and since when.
    other: Option<(Cause, Instant)>,
    /// How long a picture of the camera lasts, by its newest file.
    picture: Duration,
    /// When the oldest picture came that a file may still begin with: so far nothing is missing for good.
    pub waits: Option<Instant>,
    /// None once it is known what earlier runs left.
    blind: Option<Blind>,
}

impl<D: Disk> Timeline<D> {
    /// Touches nothing.
    pub fn new(ledger: Ledger<D>) -> Self {
        let (gap, behind, unsettled) = (None, None, Vec::new());
        let picture = Duration::ZERO;
        let blind = Some(Blind::default());
        Self { ledger, gap, behind, unsettled, other: None, picture, waits: None, blind }
    }

    /// Whether it is known what earlier runs left.
    pub fn is_resumed(&self) -> bool {
        self.blind.is_none()
    }

    /// Whether what earlier runs left can be told from what this one tells: as long as nothing that it
    /// tells waits.
    pub fn can_resume(&self) -> bool {
        self.first_lines().is_empty() || self.pending() == 0
    }

    /// What this run wrote first into each ledger, before it is known what earlier ones left.
    pub fn first_lines(&self) -> FirstLines {
        self.blind.as_ref().map(|blind| blind.lines.clone()).unwrap_or_default()
    }

    /// When the first file was begun before that is known.
    pub fn first(&self) -> Option<Timestamp> {
        self.blind.as_ref()?.first
    }

    /// Takes up where an earlier run ended, with what it left `unsettled`.
    pub fn resume(&mut self, gap: Option<(Timestamp, Cause)>, mut unsettled: Vec<Unsettled>) {
        let first = self.blind.take().and_then(|blind| blind.first);
        let last = unsettled.iter().rfind(|file| file.next.at.is_none());
        let behind = last.map(|file| file.path.clone());
        let gap = match (gap, last) {
            (Some((_, cause)), Some(file)) => Some((file.start, cause)),
            (gap, _) => gap,
        };
        unsettled.append(&mut self.unsettled);
        unsettled.truncate(MAX_UNSETTLED);
        self.unsettled = unsettled;
        let now =
            (std::mem::replace(&mut self.gap, gap), std::mem::replace(&mut self.behind, behind));
        if let Some(first) = first {
            self.end_gap(first);
            (self.gap, self.behind) = now;
        }
    }

    /// Lines of the ledger that wait for the disk.
    pub fn pending(&self) -> usize {
        self.ledger.pending()
    }

    /// How long a picture of the camera lasts.
    pub fn set_picture(&mut self, picture: Duration) {
        self.picture = picture.min(SLOWEST);
    }

    /// When a file starts whose first picture arrived at `start`: not before the ledger's end,
    /// unless the wall clock `was_set` back.
    pub fn join(&self, start: Timestamp, was_set: bool) -> Timestamp {
        self.gap.filter(|_| !was_set).map_or(start, |(since, _)| start.max(since))
    }

    /// Whether the ledger's end is so far ahead of the wall clock's `now` that the clock was set back
    /// while nothing was recorded. The last picture of a file is told to last as long as those before.
    pub fn is_ahead(&self, now: Timestamp) -> bool {
        let picture = SignedDuration::try_from(self.picture * 2).unwrap_or_default();
        self.gap.is_some_and(|(since, _)| since.duration_since(now) > AHEAD + picture)
    }

    /// A segment is open: the gap before it is over.
    pub fn segment_opened(&mut self, file: String, start: Timestamp) {
        (self.other, self.waits) = (None, None);
        let after = self.gap.filter(|_| self.behind.is_some()).map(|(since, _)| since);
        self.end_gap(start);
        if let Some(blind) = &mut self.blind {
            blind.first.get_or_insert(start);
        }
        open_lines(file, start, after).for_each(|(day, open)| self.write(day, open));
    }

    /// The gap, if there is one, is over where a segment starts.
    fn end_gap(&mut self, start: Timestamp) {
        if let Some((since, cause)) = self.gap.take() {
            let cause = if start < since { Cause::ClockChanged } else { cause };
            self.write_gap(since, start, cause);
        }
    }

    /// A line for this day's ledger.
    pub fn write(&mut self, day: civil::Date, entry: LedgerEntry) {
        if let LedgerEntry::Segment(segment) = &entry {
            self.set_picture(segment.picture());
        }
        if let Some(blind) = &mut self.blind
            && let Ok(line) = serde_json::to_vec(&entry)
        {
            blind.lines.entry(day).or_insert(line);
        }
        self.ledger.write(day, entry);
    }

    /// A segment ended at `at` and another begins at once; told only if the two do not meet.
    pub fn segment_ended(&mut self, at: Timestamp, cause: Cause) {
        self.gap = Some((at, cause));
    }

    /// From `at` on nothing is recorded.
    pub fn off(&mut self, at: Timestamp, cause: Cause) {
        self.gap = Some((at, cause));
        self.other = None;
        self.write(paths::day_of(at), LedgerEntry::Off { at, cause });
    }

    /// Nothing is recorded any more since the unsettled file that was begun at `start` as `path`: since when
    /// is known once it is settled.
    pub fn off_behind(&mut self, path: PathBuf, start: Timestamp, cause: Cause) {
        self.off(start, cause);
        for file in self.unsettled.iter_mut().filter(|file| file.path == path) {
            file.next.cause = Some(cause);
        }
        self.behind = Some(path);
    }

    /// An unsettled file holds pictures up to `end` by the camera's clock, or none; gives its true end,
    /// and tells what follows.
    pub fn settle(&mut self, path: &Path, end: Option<Timestamp>) -> Option<Timestamp> {
        let at = self.unsettled.iter().position(|file| file.path == path)?;
        let Unsettled { start, latest, next, set_back, .. } = self.unsettled.remove(at);
        let end = end.map_or(start, |end| {
            let end = end.min(latest);
            let end = if set_back { end } else { next.end_of(start, end) };
            // A gap from its very start would give up what plays in it: of one picture nobody knows how long.
            if end == start && next.at != Some(start) { start + MOMENT } else { end }
        });
        match (next.at, self.gap) {
            (Some(at), _) if at < end => {
                let lines = late_lines(paths::day_of(start), end, at, Cause::ClockChanged);
                lines.for_each(|(day, gap)| self.write(day, gap));
            }
            (Some(at), _) => self.tell_gap(end, at, next.cause.unwrap_or(Cause::DiskError)),
            (None, Some((_, cause))) if self.behind.as_deref() == Some(path) => {
                self.behind = None;
                self.gap = Some((end, cause));
                if end != start {
                    self.write(paths::day_of(end), LedgerEntry::Off { at: end, cause });
                }
            }
            (None, _) => {}
        }
        Some(end)
    }

    /// Follows the cause of a gap once it is steady.
    pub fn watch(&mut self, cause: Cause, now: &WallClock) {
        if self.gap.is_none_or(|(_, known)| known == cause) {
            self.other = None;
            return;
        }
        match self.other {
            Some((other, since)) if other == cause => {
                if now.instant().duration_since(since) >= STEADY {
                    self.change(cause, since, now);
                }
            }
            _ => self.other = Some((cause, now.instant())),
        }
    }

    /// From `at` on, which was `now` or before, the gap has another cause; so has what waits since longer.
    pub fn change(&mut self, cause: Cause, at: Instant, now: &WallClock) {
        let Some((since, old)) = self.gap.filter(|(_, old)| *old != cause) else { return };
        let at = self.waits.map_or(at, |waits| at.min(waits));
        let at = now.wall(at).max(since);
        if at > since {
            self.write_gap(since, at, old);
        }
        self.off(at, cause);
    }

    /// Nobody wants a recording from `now` on. A gap that was meant before stays what it is.
    pub fn not_wanted(&mut self, cause: Cause, now: &WallClock) {
        self.other = None;
        if self.gap.is_some_and(|(_, old)| !old.is_intended()) {
            self.change(cause, now.instant(), now);
        }
    }

    /// When another cause is steady; never where there is none.
    pub fn next_due(&self) -> Option<Instant> {
        self.other.map(|(_, since)| since + STEADY)
    }

    /// Tries again what the disk refused.
    pub fn retry(&mut self) {
        self.ledger.retry();
    }

    /// Tries a last time; lines that are lost.
    pub fn finish(&mut self) -> usize {
        self.ledger.finish()
    }

    /// Tells of a gap, if there is one; behind an unsettled file that has to wait.
    fn write_gap(&mut self, start: Timestamp, end: Timestamp, cause: Cause) {
        if let Some(path) = self.behind.take() {
            if let Some(file) = self.unsettled.iter_mut().find(|file| file.path == path) {
                file.next = NextEntry { at: Some(end), cause: Some(cause) };
            }
        } else {
            self.tell_gap(start, end, cause);
        }
    }

    /// Tells that nothing was recorded in between, if that is any time.
    pub fn tell_gap(&mut self, start: Timestamp, end: Timestamp, cause: Cause) {
        for (day, gap) in gap_lines(start, end, cause) {
            self.write(day, gap);
        }
    }
}

mod lines;
#[cfg(test)]
mod tests;
