//! When the next tick of a recording has something to do, so that its thread sleeps until then.
//!
//! Pure, like the rules that it foretells. Policy: what comes by itself, such as packets, orders and
//! changes of the connection, rings and is not foretold; the storage does not ring and is asked again
//! each second while a recording is wanted.

use std::time::{Duration, Instant};

use super::{FLUSH, Rules};

/// How often is looked for what rings no bell, such as the storage's word, while a recording is wanted.
pub(in crate::writer) const LOOK: Duration = Duration::from_secs(1);
/// What is due after a moment is due this much behind it: times are compared for being later.
const BEHIND: Duration = Duration::from_nanos(1);

impl Rules {
    /// When, at the latest, a tick has something to do where nothing happens after `now`; never where
    /// that is none. `open` says whether a segment is.
    pub fn next_due(&self, open: bool, now: Instant) -> Option<Instant> {
        if !(open || self.wanted()) {
            return None;
        }
        let last = self.stall_detector.last().filter(|_| open);
        let silent = last.map(|last| last + self.stall_detector.stall() + BEHIND);
        let soonest = [
            Some(self.ticked + LOOK),
            Some(self.retry_at).filter(|at| !open && *at > now),
            Some(self.flush_at()).filter(|_| open && self.unflushed),
            Some(self.sync_at).filter(|_| open && self.unsynced),
            // REC goes out, and later the file is closed.
            silent.filter(|at| *at > self.ticked),
            last.map(|last| last + self.silence() + BEHIND),
        ];
        soonest.into_iter().flatten().map(|due| self.not_again(due)).min()
    }

    /// What was due at the last tick and still is can't be done now: it is looked at again later.
    pub fn not_again(&self, due: Instant) -> Instant {
        if due > self.ticked { due } else { self.ticked + LOOK }
    }

    /// When what was written is handed to the system.
    pub fn flush_at(&self) -> Instant {
        self.flushed + FLUSH
    }
}
