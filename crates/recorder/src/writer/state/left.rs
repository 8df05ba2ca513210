//! What is made of what an earlier run left: the lines that tell of it, and the files that are to be mended.
//!
//! Pure. Policies:
//! - every moment up to the next file is told, and nothing twice; the gap before a file is told before its line;
//! - behind a file whose end is not known a gap waits until it is;
//! - where files were begun before any of this was known, nothing is told that would read as a clock that was
//!   set back since: a `.part` that no line tells of waits for the next start, a whole file for who takes it in.

use std::path::Path;

use jiff::{Timestamp, civil};

use crate::Cause;
use crate::ledger::chain::{LastState, LeftFile};
use crate::ledger::entry::LedgerEntry;
use crate::ledger::history::NextEntry;
use crate::ledger::timeline::{Unsettled, gap_lines, open_lines};
use crate::paths;

/// What is to be told of what was left, and done with it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TakeUp {
    /// Lines, in order, and the days in whose ledgers they belong.
    pub lines: Vec<(civil::Date, LedgerEntry)>,
    /// What is to be mended, oldest first.
    pub files: Vec<Unsettled>,
    /// Up to when the camera's time is accounted for then, and why not from there on, unless others tell that.
    pub gap: Option<(Timestamp, Cause)>,
}

/// What is to be told and mended at `now`: where the first file of this run `is_begun`, at its start.
/// `written` says when a file was written last, by the clock of then.
pub(super) fn take_up(
    left: LastState,
    now: Timestamp,
    is_begun: bool,
    written: impl Fn(&Path) -> Option<Timestamp>,
) -> TakeUp {
    let LastState { mut until, mut cause, open, mut whole, .. } = left;
    let (open, later): (Vec<_>, Vec<_>) =
        open.into_iter().partition(|file| !is_begun || file.next.is_some());
    let later = later.into_iter().filter(|file| !paths::is_part(&file.path));
    whole.extend(later.map(|file| file.start));
    let (mut lines, mut files) = (Vec::new(), Vec::<Unsettled>::new());
    let (mut since, mut seen, count) = (until, false, open.len());
    for (at, LeftFile { path, start, next: told }) in open.into_iter().enumerate() {
        let path = paths::whole_of(&path);
        let between = whole.iter().copied().find(|at| (since..start).contains(at));
        since = start;
        let mut after = None;
        if let Some(last) = files.last_mut().filter(|file| file.next.at.is_none()) {
            last.next.at = between.or(Some(start));
            // Begun by a start that saw the clock set back behind that one, it may begin before its end.
            last.set_back &= seen;
            after = Some(last.start);
        } else if told.is_none() && between.is_none() {
            // What is missing beside whole files is told by who takes them in.
            let why = if start < until { Cause::ClockChanged } else { cause };
            lines.extend(gap_lines(until, start, why));
        }
        if told.is_none() {
            // It was being recorded until the program was killed, whatever was the matter before.
            if start < until {
                cause = Cause::ProgramKilled;
            }
            until = start;
            lines.extend(open_lines(paths::name_of(&path), start, after));
        }
        let mut next = told.unwrap_or_default();
        let set_back = written(&path).filter(|at| *at > now && next.at.is_none());
        // Where what follows is told already, it may have been written last by who began to mend it;
        // so that a start sees the clock set back, the one before tells that.
        seen = next.cause == Some(Cause::ClockChanged);
        // Also behind what an earlier start told, which saw the clock as it had been.
        let is_seen =
            set_back.is_some() && at + 1 == count && !next.cause.is_some_and(Cause::is_intended);
        if next == NextEntry::default() || is_seen && !seen {
            let why = if is_seen { Cause::ClockChanged } else { cause };
            // One that is ahead of the clock is not told behind what was begun since.
            if !is_begun || start < now {
                lines.push((paths::day_of(start), LedgerEntry::Off { at: start, cause: why }));
            }
            next.cause.get_or_insert(cause);
        } else if seen {
            next.cause = Some(Cause::ProgramKilled);
        }
        let latest = if seen { Timestamp::MAX } else { latest_end(start, &next, set_back, now) };
        let set_back = set_back.is_some() || seen;
        files.push(Unsettled { path, start, latest, next, set_back });
    }
    // Whole files may lie between all that and the first file of this run.
    let whole = whole.into_iter().find(|at| is_begun && *at >= since);
    if let Some(last) = files.last_mut().filter(|file| file.next.at.is_none()) {
        last.next.at = whole;
    }
    TakeUp { lines, files, gap: whole.is_none().then_some((until, cause)) }
}

/// When a file ended at the latest that was begun at `start`. Unless the clock was set back, it ended before now,
/// else before it was written last: by the camera's clock, a burst lasts longer than the time in which it came.
/// Where it ended may have been told before the clock was set back.
fn latest_end(
    start: Timestamp,
    next: &NextEntry,
    set_back: Option<Timestamp>,
    now: Timestamp,
) -> Timestamp {
    let ended = next.at.map_or(now, |at| at.max(now));
    if start <= now { set_back.unwrap_or(ended) } else { Timestamp::MAX }
}

/// Up to when the camera was recorded by a run of the program that was to record it until it was killed; before
/// its newest file is mended, that is when it was `written` last. Nothing may have come in the end: whoever is
/// killed while the camera is away, or the disk, was to record it all the same.
pub(super) fn interrupted(
    left: &LastState,
    now: Timestamp,
    written: impl Fn(&Path) -> Option<Timestamp>,
) -> Option<Timestamp> {
    let last = left.open.last().map_or(left.until, |LeftFile { path, start, .. }| {
        written(&paths::whole_of(path)).map_or(*start, |at| at.min(now).max(*start))
    });
    (!left.cause.is_intended()).then_some(last.max(left.until))
}

#[cfg(test)]
mod tests;
