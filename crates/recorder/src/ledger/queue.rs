//! The lines of one camera's ledgers that wait to be written.
//!
//! Pure. Policy: they are bounded; where there are too many, what says least goes first.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::civil;

use super::entry::LedgerEntry;

/// Lines that wait at most: 1 MB, and a day of a camera that comes and goes every 40 s.
pub(super) const WAITING: usize = 4096;

/// The lines of one camera.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// What waits.
    pub lines: Mutex<Lines>,
    /// Held by the one who writes.
    pub pen: Mutex<()>,
}

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// In the order in which they were given.
    pub waiting: VecDeque<Waiting>,
    /// The number of the next.
    pub next: u64,
    /// How many of the first are being written now, by the one who holds the pen.
    pub in_hand: usize,
    /// Whether the disk refused the last that was tried.
    pub failing: bool,
    /// Whether lines were lost since.
    pub dropped: bool,
}

/// A line that was given.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    /// Counts the lines of the queue.
    pub number: u64,
    /// In whose ledger it belongs.
    pub day: civil::Date,
    /// The line.
    pub entry: LedgerEntry,
}

impl Lines {
    /// Room for one more line at the least possible loss: an `off` that another line has
    /// overtaken, then the border between two gaps, then the oldest line. What is being written stays.
    pub fn make_room(&mut self, id: &str) {
        let from = self.in_hand;
        let free = self.waiting.get(from).map_or(u64::MAX, |line| line.number);
        let is_off = |line: &&Waiting| matches!(line.entry, LedgerEntry::Off { .. });
        let last_off = self.waiting.iter().rfind(is_off).map(|line| line.number);
        self.waiting
            .retain(|line| line.number < free || !is_off(&line) || Some(line.number) == last_off);
        if self.waiting.len() < WAITING {
            return;
        }
        let joined = (from + 1..self.waiting.len())
            .find_map(|at| Some((at, join(&self.waiting[at - 1].entry, &self.waiting[at].entry)?)));
        if let Some((at, entry)) = joined {
            self.waiting[at].entry = entry;
            self.waiting.remove(at - 1);
            return;
        }
        self.waiting.remove(from);
        if !std::mem::replace(&mut self.dropped, true) {
            tracing::error!(
                "{id}: the ledger can't be written for so long that its oldest lines are lost"
            );
        }
    }
}

/// Two gaps that join as one, with the cause of the longer.
fn join(one: &LedgerEntry, next: &LedgerEntry) -> Option<LedgerEntry> {
    use LedgerEntry::Gap;
    let (Gap { start, end: border, cause, .. }, Gap { start: begins, end, cause: next_cause, .. }) =
        (one, next)
    else {
        return None;
    };
    let longer = border.duration_since(*start) >= end.duration_since(*begins);
    (border == begins).then(|| Gap {
        start: *start,
        end: *end,
        cause: if longer { *cause } else { *next_cause },
        detail: Some("several gaps in one line: the ledger could not be written".to_owned()),
    })
}

/// Whatever happened to him who held it.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
