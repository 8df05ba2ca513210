//! What the ledgers tell behind the line that begins a file: where that file ended.
//!
//! Any thread. Policy: judged by the order of the lines that are written at once, because the clock
//! may have been set back; those that came late, such as a segment's, tell nothing of that order.

use std::path::Path;

use jiff::Timestamp;

use super::{History, Order};
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

/// A line that is written when it happens.
enum Mark {
    /// A file or a gap begins.
    Begins(Timestamp),
    /// Nothing is recorded any more.
    Off(Timestamp, Cause),
}

impl History {
    /// What follows the file that was begun at `start` as `path`; none where no line begins it.
    pub fn next_of(&self, path: &Path, start: Timestamp) -> Option<NextEntry> {
        let (_, line) = self.begun.get(path)?;
        let written = self.order(line);
        let begun = self.begun.values().map(|(at, line)| (*line, Mark::Begins(*at)));
        // One that ends where the file starts lies before it, and was written late.
        let gaps = self.gaps.iter().filter(|gap| gap.start > start && gap.end != start);
        let gaps = gaps.map(|gap| (gap.position, Mark::Begins(gap.start)));
        let offs = self.offs.iter().filter(|off| off.at >= start);
        let offs = offs.map(|off| (off.position, Mark::Off(off.at, off.cause)));
        let all = begun.chain(gaps).chain(offs).map(|(line, mark)| (self.order(&line), mark));
        let mut marks: Vec<(Order, Mark)> = all.filter(|(order, _)| *order > written).collect();
        marks.sort_by_key(|(order, _)| *order);
        let mut next = NextEntry::default();
        for (_, mark) in marks {
            match mark {
                // So it is told of a file whose end is not known.
                Mark::Off(at, cause) if at == start => next.cause = Some(cause),
                Mark::Off(at, _) | Mark::Begins(at) => {
                    next.at = Some(at);
                    break;
                }
            }
        }
        Some(next)
    }
}
