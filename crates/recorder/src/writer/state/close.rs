//! Ends a file: closes and names it, or repairs what can be saved.
//!
//! Run by the thread `ID.record`. Policy: a file that can't be closed is repaired at once, and the
//! ledger has what is in it; trouble is said once, however often it is met.

use jiff::Timestamp;

use super::Writer;
use super::pending::{Ending, UnnamedFile};
use crate::Cause;
use crate::error::RecordError;
use crate::events::RecorderEvent;
use crate::writer::segment::SegmentWriter;
use crate::writer::system::RecorderSystem;

impl<S: RecorderSystem> Writer<S> {
    /// Ends the recording after the last picture.
    pub(super) fn end(&mut self, cause: Cause) {
        let Some(segment) = &self.segment else { return };
        let end = self.close(self.last_end(segment));
        self.off(end, cause);
    }

    /// Where a file ends behind its last picture.
    fn last_end(&self, segment: &SegmentWriter<S::Disk>) -> Timestamp {
        let last = segment.progress.last_video + segment.picture();
        self.rules.clock().wall(last).max(segment.progress.start)
    }

    /// Closes the file, which ends at `end`; repairs it where that fails. Gives its true end.
    pub(super) fn close(&mut self, end: Timestamp) -> Ending {
        let Some(segment) = self.segment.take() else { return Ending::At(end) };
        let (start, day, file) = (segment.progress.start, segment.day(), segment.file());
        match segment.close(end) {
            Ok((entry, path, bytes)) => {
                self.name(UnnamedFile { entry, path, bytes, day });
                self.previous = Some((file, start, end));
                Ending::At(end)
            }
            Err((failure, path)) => {
                let camera = &*self.settings.id;
                (self.handler)(RecorderEvent::NotClosed { camera, error: &failure });
                self.repair(&path, start, end)
            }
        }
    }

    /// The disk failed while a file was open.
    pub(super) fn abort_segment(&mut self, failure: RecordError) {
        if let Some(segment) = self.segment.take() {
            let (start, path, latest) =
                (segment.progress.start, segment.path(), self.last_end(&segment));
            // Without its trailer; the packets in it stay.
            drop(segment);
            let end = self.repair(&path, start, latest);
            self.off(end, failure.cause());
        }
        if failure.cause() == Cause::DiskFull {
            self.system.no_space(&self.settings.root.join(&self.settings.folder));
        }
        self.report_error(failure);
    }

    /// Remembers trouble and when to try again; says it once.
    pub(super) fn report_error(&mut self, failure: RecordError) {
        self.tell_trouble(&failure);
        self.rules.failed(failure, self.system.now().instant());
    }

    /// Says trouble, once.
    pub(super) fn tell_trouble(&self, failure: &RecordError) {
        if self.rules.is_news(failure) {
            let camera = &*self.settings.id;
            (self.handler)(RecorderEvent::NotRecording { camera, error: failure });
        }
    }

    /// Says that trouble is over, if it is.
    pub(super) fn tell_over(&self, over: Option<RecordError>) {
        if let Some(failure) = over {
            let camera = &*self.settings.id;
            (self.handler)(RecorderEvent::RecordedAgain { camera, after: &failure });
        }
    }
}
