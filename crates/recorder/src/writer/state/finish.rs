//! What files that ended still lack, while the program runs and at its end.
//!
//! Run by the camera's thread. Policy: at the end what still waits is written first; what is being mended
//! is waited for a moment, and what is left then is for the next start, and said.

use std::time::Instant;

use super::resume::SOON;
use super::{FINISH_TIMEOUT, Writer};
use crate::Cause;
use crate::clock::WallClock;
use crate::system::RecorderSystem;
use crate::writer::rules::due::LOOK;

impl<S: RecorderSystem> Writer<S> {
    /// Looks, if it is time to, for what rings no bell: whether what was left can be taken up, what became of
    /// files that are mended elsewhere, and whether the ledger takes what waits. Names what waits.
    pub(super) fn look_after(&mut self, now: Instant) {
        if self.look_at <= now {
            self.look_at = now + if self.awaits_first_look(now) { SOON } else { LOOK };
            self.resume();
            self.take_mended();
            self.timeline.retry();
        }
        if self.name_at().is_some_and(|at| at <= now) {
            self.name_files();
        }
    }

    /// When it is looked next; never where nothing is awaited.
    pub(super) fn look_due(&self) -> Option<Instant> {
        let waits = self.is_resuming() || self.is_mending() || self.timeline.pending() > 0;
        waits.then_some(self.look_at)
    }

    /// Whether files are mended elsewhere.
    pub(super) fn is_mending(&self) -> bool {
        !self.timeline.unsettled.is_empty()
    }

    /// Whether files that ended still lack anything, or the ledger a line.
    pub(super) fn has_rest(&self) -> bool {
        self.is_mending() || !self.naming.files.is_empty() || self.timeline.pending() > 0
    }

    /// Ends everything because the program ends; first what still waits is written.
    pub(super) fn finish(&mut self, now: &WallClock) {
        self.read(now.instant() + FINISH_TIMEOUT);
        if self.segment.is_some() {
            self.end(Cause::ProgramEnded);
        } else if self.rules.wanted() {
            self.timeline.change(Cause::ProgramEnded, now.instant(), now);
        }
        self.settle_rest();
    }

    /// Names what is whole by now, and tells of it, however lately that was tried.
    pub fn settle_rest(&mut self) {
        self.take_mended();
        // What the ledger does not take holds up names.
        self.timeline.finish();
        self.name_files();
        self.timeline.finish();
    }

    /// Whether files are mended that may soon be done.
    pub fn awaits_mends(&self) -> bool {
        self.is_mending() && self.system.ready(&self.settings.folder).is_ok()
    }

    /// Says what is left for the next start.
    pub fn say_rest(&mut self) {
        let id = &self.settings.id;
        let unnamed = self.naming.files.iter().map(|file| &file.path);
        let mending = self.timeline.unsettled.iter().map(|file| &file.path);
        for path in unnamed.chain(mending) {
            let path = path.display();
            tracing::error!("{id}: {path} still is a .part; the next start finishes it");
        }
        let lines = self.timeline.finish();
        if lines > 0 {
            tracing::error!("{id}: {lines} lines of the ledger are lost: the disk refuses them");
        }
    }
}
