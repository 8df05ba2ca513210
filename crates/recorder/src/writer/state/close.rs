//! Ends a file: closes and names it, or gives up what of it is not on the disk.
//!
//! Run by the thread `ID.record`. Policy: a file that can't be closed or gone on with ends at its last
//! good sync; what is missing behind that is a gap for the disk's cause, whatever else ended the file;
//! trouble is said once, however often it is met.

use std::path::PathBuf;

use jiff::Timestamp;

use super::Writer;
use crate::Cause;
use crate::error::Error;
use crate::events::Trouble;
use crate::system::RecorderSystem;
use crate::writer::segment::SegmentSettings;

/// Where a file ended.
#[derive(Clone, Debug)]
pub(super) enum Ending {
    /// There.
    At(Timestamp),
    /// Nothing of it is on the disk, which says the same once the file is removed.
    Unknown { path: PathBuf, start: Timestamp },
}

impl<S: RecorderSystem> Writer<S> {
    /// Ends the recording after the last picture.
    pub(super) fn end(&mut self, cause: Cause) {
        let Some(segment) = &self.segment else { return };
        let last = segment.end();
        match self.close(last) {
            (Ending::At(end), Some(trouble)) => {
                self.timeline.tell_gap(end, last, trouble);
                self.off(Ending::At(last), cause);
            }
            (ending, _) => self.off(ending, cause),
        }
    }

    /// Closes the file, which ends at `end`. Gives its true end, and why it is another.
    pub(super) fn close(&mut self, end: Timestamp) -> (Ending, Option<Cause>) {
        let Some(segment) = self.segment.take() else { return (Ending::At(end), None) };
        let ended = (segment.file().to_owned(), segment.day());
        let is_new = !segment.progress.kept;
        let closed = match segment.close(end) {
            Ok(whole) => {
                self.name(whole);
                self.previous = is_new.then_some((ended, end));
                (Ending::At(end), None)
            }
            Err((failure, file)) => {
                let cause = failure.cause();
                self.tell(Trouble::NotClosed, &failure);
                self.ask_for_room(&failure);
                (self.abandon(file, cause), Some(cause))
            }
        };
        self.live.end();
        closed
    }

    /// The disk failed while a file was open.
    pub(super) fn abort_segment(&mut self, failure: Error) {
        if let Some(segment) = self.segment.take() {
            let ending = self.abandon(segment.give_up(), failure.cause());
            self.off(ending, failure.cause());
            self.live.end();
        }
        self.report_error(failure);
    }

    /// Nothing is recorded any more since a file ended.
    pub(super) fn off(&mut self, ending: Ending, cause: Cause) {
        match ending {
            Ending::At(end) => self.timeline.off(end, cause),
            Ending::Unknown { path, start } => self.timeline.off_behind(path, start, cause),
        }
    }

    /// Has room made where that is what was missing.
    pub(super) fn ask_for_room(&self, failure: &Error) {
        let SegmentSettings { root, folder, .. } = &self.settings;
        self.system.ask_for_room((root, folder), failure);
    }

    /// Remembers trouble and when to try again; says it once.
    pub(super) fn report_error(&mut self, failure: Error) {
        self.ask_for_room(&failure);
        if self.rules.failed(failure.clone(), self.system.now().instant()) {
            self.tell(Trouble::NotRecording, &failure);
        }
    }
}
