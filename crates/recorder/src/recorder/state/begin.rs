//! Begins files: the first file of a recording, and each that follows at a rotation.
//!
//! Run by the thread `ID.record`. Policy: the ledger is told before anything is written, so that
//! whatever happens to the file, it is known; files that follow one another join at a key frame.

use camwall_media::Delivery;

use super::Writer;
use super::pending::Ending;
use crate::Cause;
use crate::error::RecordError;
use crate::recorder::rules::Rotation;
use crate::recorder::system::RecorderSystem;
use crate::segment::SegmentWriter;

impl<S: RecorderSystem> Writer<S> {
    /// Begins a file with what the prebuffer holds, if there is anything to begin with.
    pub(super) fn begin(&mut self) {
        let now = self.system.now().instant();
        if self.segment.is_some() || !self.rules.may_try(now) {
            return;
        }
        let oldest = self.prebuffer.fresh().next().map(|first| first.packet.arrived);
        if !oldest.is_some_and(|oldest| self.rules.may_begin(oldest, now)) {
            return;
        }
        if let Err(cause) = self.system.ready() {
            let root = self.settings.root.clone();
            return self.report_error(RecordError::NotReady { root, cause });
        }
        if !self.resume() {
            return;
        }
        self.settle_gone();
        let Some(first) = self.prebuffer.fresh().next() else { return };
        let clock = self.system.now();
        let start = clock.wall(first.packet.arrived);
        self.clock_set |= self.rules.set_clock(clock) || self.timeline.is_ahead(clock.timestamp());
        let start = self.timeline.join(start, self.clock_set);
        let (disk, reorder) = (self.system.disk(), self.rules.reorder());
        match SegmentWriter::begin(disk, &self.settings, first, start, reorder) {
            Err(failure) => self.report_error(failure),
            Ok(segment) => {
                // First the ledger: whatever happens to the file, it is known.
                self.opened(segment);
                let Some(segment) = &mut self.segment else { return };
                let written =
                    self.prebuffer.fresh().try_for_each(|delivery| segment.write(delivery));
                self.prebuffer.mark_written();
                if let Err(failure) = written {
                    self.abort_segment(failure);
                }
            }
        }
    }

    /// Notes that a file is open.
    fn opened(&mut self, segment: SegmentWriter<S::Disk>) {
        if let Some(why) = segment.left_out().filter(|_| !self.warned_sound) {
            tracing::warn!("{}: recorded without sound: {why}", self.settings.id);
            self.warned_sound = true;
        }
        let over = self.rules.begun(self.system.now().instant());
        self.tell_over(over);
        self.clock_set = false;
        self.timeline.segment_opened(segment.file(), segment.progress.start);
        self.segment = Some(segment);
    }

    /// At a key frame: ends the open file and begins the next.
    pub(super) fn rotate(&mut self, key: &Delivery, rotation: &Rotation) {
        let Rotation { clock, end, start } = *rotation;
        self.clock_set |= self.rules.set_clock(clock);
        let closed = self.close(end);
        match closed.clone() {
            // Written only where the two do not meet.
            Ending::At(closed) => {
                let cause = if closed < end { Cause::DiskError } else { Cause::ClockChanged };
                self.timeline.segment_ended(closed, cause);
            }
            unknown @ Ending::Unknown { .. } => self.off(unknown, Cause::DiskError),
        }
        // A file that was repaired ends by the camera's clock, which may be a moment later.
        let start = self.timeline.join(start, self.clock_set);
        let (disk, reorder) = (self.system.disk(), self.rules.reorder());
        match SegmentWriter::begin(disk, &self.settings, key, start, reorder) {
            Ok(next) => self.opened(next),
            Err(failure) => {
                if let Ending::At(closed) = closed {
                    self.timeline.off(closed, failure.cause());
                }
                self.report_error(failure);
            }
        }
    }
}
