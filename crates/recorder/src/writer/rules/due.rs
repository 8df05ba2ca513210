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
        let soonest = if open {
            let last = self.stall_detector.last();
            let silent = last.map(|last| last + self.stall_detector.stall() + BEHIND);
            [
                self.unflushed.then(|| self.flush_at()),
                self.unsynced.then_some(self.sync_at),
                // REC goes out, and later the file is closed.
                silent.filter(|at| *at > self.ticked),
                last.map(|last| last + self.silence() + BEHIND),
                Some(self.ticked + LOOK),
            ]
        } else if self.wanted() {
            let retry = Some(self.retry_at).filter(|at| *at > now);
            [retry, Some(self.ticked + LOOK), None, None, None]
        } else {
            [None; 5]
        };
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
