//! Begins files: the first file of a recording, and each that follows at a rotation.
//!
//! Run by the thread `ID.record`. Policy: the ledger is told before anything is written, so that
//! whatever happens to the file, it is known; files that follow one another join at a key frame.

use std::time::{Duration, Instant};

use camwall_media::Delivery;

use super::{Intent, SYNC, Writer};
use crate::Cause;
use crate::clock::WallClock;
use crate::error::RecordError;
use crate::events::RecorderEvent;
use crate::segment::SegmentWriter;

/// How long a file waits for the order of the first pictures to become clear.
const ORDER: Duration = Duration::from_millis(500);

impl Writer {
    /// Begins a file with what the prebuffer holds, if there is anything to begin with.
    pub(super) fn begin(&mut self) {
        let now = Instant::now();
        if self.intent != Some(Intent::On) || self.segment.is_some() || now < self.retry_at {
            return;
        }
        let Some(oldest) = self.prebuffer.fresh().next().map(|first| first.packet.arrived) else {
            return;
        };
        if !self.reorder.settled() && now.saturating_duration_since(oldest) < ORDER {
            return;
        }
        if let Err(cause) = self.storage.get().ready() {
            let root = self.settings.root.clone();
            return self.report_error(RecordError::NotReady { root, cause });
        }
        if !self.resume() {
            return;
        }
        let Some(first) = self.prebuffer.fresh().next() else { return };
        let clock = WallClock::now();
        let start = clock.wall(first.packet.arrived);
        let start = self.timeline.join(start, self.clock.was_set(&clock));
        self.clock = clock;
        match SegmentWriter::begin(&self.settings, first, start, self.reorder.depth()) {
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
    fn opened(&mut self, segment: SegmentWriter) {
        if let Some(why) = segment.left_out().filter(|_| !self.warned_sound) {
            tracing::warn!("{}: recorded without sound: {why}", self.settings.id);
            self.warned_sound = true;
        }
        if let Some(failure) = self.last_error.take() {
            let camera = &*self.settings.id;
            (self.handler)(RecorderEvent::RecordedAgain { camera, after: &failure });
        }
        self.timeline.segment_opened(segment.file(), segment.start);
        self.on_disk = false;
        // The first bytes go to the disk at once: REC waits for them.
        self.synced = Instant::now().checked_sub(SYNC).unwrap_or(self.synced);
        self.segment = Some(segment);
    }

    /// At a key frame: begins the next file where it is time to.
    pub(super) fn rotate(&mut self, key: &Delivery) {
        let Some(segment) = &self.segment else { return };
        let clock = WallClock::now();
        let set = self.clock.was_set(&clock);
        let old = self.clock.wall(key.packet.arrived);
        if !set && !segment.must_rotate(key, old) {
            return;
        }
        let start = clock.wall(key.packet.arrived);
        let end = if set { old } else { start }.max(segment.start);
        self.clock = clock;
        let closed = self.close(end);
        let start = if set { start } else { end };
        let cause = if closed < end { Cause::DiskError } else { Cause::ClockChanged };
        // Written only where the two do not meet.
        self.timeline.segment_ended(closed, cause);
        match SegmentWriter::begin(&self.settings, key, start, self.reorder.depth()) {
            Ok(next) => self.opened(next),
            Err(failure) => {
                self.timeline.off(closed, failure.cause());
                self.report_error(failure);
            }
        }
    }
}
