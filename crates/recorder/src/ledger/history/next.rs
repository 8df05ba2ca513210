//! What the ledgers tell behind the line that begins a file: where that file ended.
//!
//! Any thread. Policy: judged by the order of the lines that are written at once, because the clock
//! may have been set back; those that came late, such as a segment's, tell nothing of that order, but a gap
//! that leads to what follows tells the end.

use jiff::Timestamp;

use super::{Gap, History, OpenSegment};
use crate::Cause;

/// What follows a file that no line closes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NextEntry {
    /// Start of what follows; none where nothing does.
    pub at: Option<Timestamp>,
    /// Why nothing was recorded between the file's end, which nobody knew, and that; none where it
    /// ended there.
    pub cause: Option<Cause>,
}

impl NextEntry {
    /// Where a file ends that holds pictures from `start` up to `end` by the camera's clock.
    pub fn end_of(&self, start: Timestamp, end: Timestamp) -> Timestamp {
        match (self.at, self.cause) {
            (Some(at), None) if at > start => at,
            (Some(at), Some(_)) if at >= start => at.min(end),
            _ => end,
        }
    }
}

impl History {
    /// What follows a file that no line closes.
    pub fn next_of(&self, open: &OpenSegment) -> NextEntry {
        let (start, written) = (open.start, self.order(&open.position));
        // Lines that are written when it happens: when a file or a gap begins, or all ends, and why.
        let begun = self.begun.iter().map(|(at, line)| (self.order(line), *at, None));
        let gaps = self.gaps.iter().filter(|gap| gap.start > start && !gap.late);
        let gaps = gaps.map(|gap| (self.order_of(gap), gap.start, None));
        let offs = self.offs.iter().filter(|off| off.at >= start);
        let offs = offs.map(|off| (self.order(&off.position), off.at, Some(off.cause)));
        let all = begun.chain(gaps).chain(offs);
        let mut lines: Vec<_> = all.filter(|(order, ..)| *order > written).collect();
        lines.sort_by_key(|(order, ..)| *order);
        // So it is told of a file whose end is not known; late where the ledger could not be read.
        let is_unknown =
            |(_, at, off): &(_, Timestamp, Option<Cause>)| off.is_some() && *at == start;
        let cause = lines.iter().rfind(|line| is_unknown(line)).and_then(|(.., off)| *off);
        let at = lines.iter().find(|line| !is_unknown(line)).map(|(_, at, _)| *at);
        // It had been told already, behind the line of what follows, when the power went.
        let told = |gap: &&Gap| Some(gap.end) == at && gap.end != start && gap.start > start;
        match self.gaps.iter().find(told) {
            Some(gap) => NextEntry { at: Some(gap.start), cause: None },
            None => NextEntry { at, cause },
        }
    }
}
