//! Whether what a ledger tells covers all of the time: segments and gaps join from the first to the last.
//!
//! Asks the disk only whether what a line begins is there, and a day's ledger.

use std::collections::HashMap;

use jiff::{Timestamp, ToSpan};

use super::fault::{Fault, FaultKind, IntervalName};
use super::{at_line, holds_no_time, is_gone};
use crate::ledger::history::{EntryPosition, History, RecordedSegment};
use crate::paths;

/// Something that covers time, as the timeline sees it.
struct Interval<'a> {
    start: Timestamp,
    /// None where only a later start of camwall will know it.
    end: Option<Timestamp>,
    what: IntervalName,
    position: &'a EntryPosition,
}

/// Whether segments and gaps join from the first to the last: all starts but the first are ends of
/// others. A clock that was set back joins like the rest, by a gap that ends before it starts.
pub(super) fn joins(history: &History, faults: &mut Vec<Fault>) {
    let all = stretches(history);
    let mut ends: HashMap<Timestamp, usize> = HashMap::new();
    for end in all.iter().filter_map(|it| it.end) {
        *ends.entry(end).or_default() += 1;
    }
    let mut loose = Vec::new();
    for it in &all {
        match ends.get_mut(&it.start) {
            Some(left) if *left > 0 => *left -= 1,
            _ => loose.push(it),
        }
    }
    // Something has to be the first, and what follows an open one may well join it.
    let mut unknown: Vec<Timestamp> =
        all.iter().filter(|it| it.end.is_none()).map(|it| it.start).collect();
    for it in loose.into_iter().skip(1) {
        match unknown.iter().position(|open| *open < it.start) {
            Some(at) => {
                unknown.remove(at);
            }
            None if forgotten(history, it, &all) => {}
            None => faults.push(at_line(history, *it.position, joint(it, &all))),
        }
    }
}

/// Whether retention took the ledger of a day between this stretch and what ends before it: only a
/// kept segment outlives the days after it.
fn forgotten(history: &History, it: &Interval<'_>, all: &[Interval<'_>]) -> bool {
    let before = all.iter().filter_map(|other| other.end).filter(|end| *end <= it.start).max();
    let kept = |recorded: &RecordedSegment| recorded.kept && recorded.segment.start < it.start;
    before.filter(|_| history.segments().iter().any(kept)).is_some_and(|end| {
        let mut days =
            paths::day_of(end).series(1.day()).take_while(|day| *day <= paths::day_of(it.start));
        days.any(|day| !history.ledger(day).exists())
    })
}

/// Segments, gaps and what is open, by their starts.
fn stretches(history: &History) -> Vec<Interval<'_>> {
    let segments = history.segments().iter().map(|it| Interval {
        start: it.segment.start,
        end: Some(it.segment.end),
        what: IntervalName::Segment(it.segment.file.clone()),
        position: &it.position,
    });
    let gaps = history.gaps().iter().map(|gap| Interval {
        start: gap.start,
        end: Some(gap.end),
        what: IntervalName::Gap(gap.cause),
        position: &gap.position,
    });
    let opens = history.opens().iter().filter(|it| !is_gone(it) || !holds_no_time(history, it));
    let opens = opens.map(|it| Interval {
        start: it.start,
        end: None,
        what: IntervalName::Segment(paths::name_of(&it.path)),
        position: &it.position,
    });
    let mut all: Vec<_> = segments.chain(gaps).chain(opens).collect();
    all.sort_by_key(|it| (it.start, it.end.is_none(), it.end, it.position));
    all
}

/// What is wrong where a stretch begins that joins no other.
fn joint(it: &Interval<'_>, all: &[Interval<'_>]) -> FaultKind {
    let (what, start) = (it.what.clone(), it.start);
    let over = |other: &&Interval<'_>| {
        other.position != it.position
            && other.start <= start
            && other.end.is_some_and(|end| start < end)
    };
    let before = || all.iter().filter_map(|other| other.end).filter(|end| *end <= start).max();
    match (all.iter().find(over), before()) {
        (Some(Interval { end: Some(end), what: last, .. }), _) => {
            let by = end.duration_since(start);
            FaultKind::Overlap { what, start, by, last: last.clone() }
        }
        (_, Some(end)) => FaultKind::Hole { from: end, to: start },
        _ => FaultKind::Loose { what, start },
    }
}

/// What ends before it begins.
pub(super) fn turned(history: &History, faults: &mut Vec<Fault>) {
    for it in history.segments().iter().filter(|it| it.segment.end < it.segment.start) {
        let what = it.segment.file.clone();
        faults.push(at_line(history, it.position, FaultKind::Reversed { what }));
    }
    for gap in history.gaps().iter().filter(|gap| gap.end < gap.start && !gap.is_backward()) {
        let what = "the gap".to_owned();
        faults.push(at_line(history, gap.position, FaultKind::Reversed { what }));
    }
}
