//! Lines that stand in two ledgers where the clock was set back into another day.
//!
//! Pure.

use jiff::{Timestamp, civil};

use crate::Cause;
use crate::ledger::entry::LedgerEntry;
use crate::paths;

/// The lines of a gap, and the ledgers that they belong into: none where it is no time. A gap of a clock
/// that was set back into another day stands in both, so that the one that it leaves says how it goes on.
pub fn gap_lines(
    start: Timestamp,
    end: Timestamp,
    cause: Cause,
) -> impl Iterator<Item = (civil::Date, LedgerEntry)> {
    late_lines(paths::day_of(start), start, end, cause)
}

/// The same of a gap that is told late, behind a file of the day that is `left`: what was recorded since may
/// have reached the day in which that file ends.
pub(super) fn late_lines(
    left: civil::Date,
    start: Timestamp,
    end: Timestamp,
    cause: Cause,
) -> impl Iterator<Item = (civil::Date, LedgerEntry)> {
    let day = paths::day_of(end);
    let gap = move |day| (day, LedgerEntry::Gap { start, end, cause, detail: None });
    let leaves = (end < start && left != day).then(|| gap(left));
    leaves.into_iter().chain((start != end).then(|| gap(day)))
}

/// The lines that begin a file, and the ledgers that they belong into. One that is begun in another day because
/// the clock was set back behind a file whose end is not known yet stands in both.
pub fn open_lines(
    file: String,
    start: Timestamp,
    after: Option<Timestamp>,
) -> impl Iterator<Item = (civil::Date, LedgerEntry)> {
    let day = paths::day_of(start);
    let left = after.filter(|after| start < *after).map(paths::day_of).filter(|left| *left != day);
    let open = LedgerEntry::Open { file, start, after };
    left.into_iter().chain([day]).map(move |day| (day, open.clone()))
}
