//! Ends a file: closes and names it, or repairs what can be saved.
//!
//! Run by the thread `ID.record`. Policy: a file that can't be closed is repaired at once, and the
//! ledger has what is in it; trouble is said once, however often it is met.

use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::{Timestamp, civil};

use super::Writer;
use crate::Cause;
use crate::disk::Disk;
use crate::error::RecordError;
use crate::events::RecorderEvent;
use crate::ledger::entry::LedgerEntry;
use crate::paths;
use crate::paths::part_of;
use crate::recorder::system::RecorderSystem;
use crate::repair::leftovers;

/// Files that may wait for their names: no more are begun where none can be named.
const MAX_UNNAMED: usize = 16;

/// A file that is whole and only lacks its name.
pub(super) struct UnnamedFile {
    /// For the ledger.
    pub entry: LedgerEntry,
    /// Its path once it is named.
    pub path: PathBuf,
    /// Size of the file, bytes.
    pub bytes: u64,
    /// The day whose folder and ledger it is in.
    pub day: civil::Date,
}

impl<S: RecorderSystem> Writer<S> {
    /// Ends the recording after the last picture.
    pub(super) fn end(&mut self, cause: Cause) {
        let Some(segment) = &self.segment else { return };
        let last = segment.progress.last_video + segment.picture();
        let end = self.rules.clock().wall(last).max(segment.progress.start);
        let end = self.close(end);
        self.timeline.off(end, cause);
    }

    /// Closes the file, which ends at `end`; repairs it where that fails. Gives its true end.
    pub(super) fn close(&mut self, end: Timestamp) -> Timestamp {
        let Some(segment) = self.segment.take() else { return end };
        let (start, day, file) = (segment.progress.start, segment.day(), segment.file());
        match segment.close(end) {
            Ok((entry, path, bytes)) => {
                self.name(UnnamedFile { entry, path, bytes, day });
                self.previous = Some((file, start, end));
                end
            }
            Err((failure, path)) => {
                let camera = &*self.settings.id;
                (self.handler)(RecorderEvent::NotClosed { camera, error: &failure });
                self.repair(&path, start)
            }
        }
    }

    /// Gives a whole file its name, and tells of it; where that fails it is tried again.
    fn name(&mut self, file: UnnamedFile) {
        match self.system.disk().rename(&part_of(&file.path), &file.path) {
            Ok(()) => {
                self.timeline.write(file.day, file.entry);
                self.system.closed(file.path, file.bytes);
            }
            Err(error) => {
                self.report_error(RecordError::from_io("rename to", &file.path, error));
                if self.unnamed.len() < MAX_UNNAMED {
                    self.unnamed.push(file);
                }
            }
        }
    }

    /// Tries again to name files, if it is time to.
    pub(super) fn name_files(&mut self, now: Instant) {
        if !self.unnamed.is_empty() && now >= self.rules.retry_at() {
            for file in std::mem::take(&mut self.unnamed) {
                self.name(file);
            }
        }
    }

    /// Saves what can be saved of a file that could not be closed.
    fn repair(&mut self, path: &Path, start: Timestamp) -> Timestamp {
        let Some(repaired) = leftovers::finish(self.system.disk(), &self.settings.id, path, start)
        else {
            return start;
        };
        let (entry, path, bytes) = (repaired.entry, repaired.path, repaired.bytes);
        self.name(UnnamedFile { entry, path, bytes, day: paths::day_of(start) });
        repaired.end
    }

    /// The disk failed while a file was open.
    pub(super) fn abort_segment(&mut self, failure: RecordError) {
        if let Some(segment) = self.segment.take() {
            let (start, path) = (segment.progress.start, segment.path());
            // Without its trailer; the packets in it stay.
            drop(segment);
            let end = self.repair(&path, start);
            self.timeline.off(end, failure.cause());
        }
        if failure.cause() == Cause::DiskFull {
            self.system.no_space();
        }
        self.report_error(failure);
    }

    /// Remembers trouble and when to try again; says it once.
    pub(super) fn report_error(&mut self, failure: RecordError) {
        if self.rules.is_news(&failure) {
            let camera = &*self.settings.id;
            (self.handler)(RecorderEvent::NotRecording { camera, error: &failure });
        }
        self.rules.failed(failure, self.system.now().instant());
    }
}
