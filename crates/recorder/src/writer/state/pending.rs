//! Files that the disk refused to name or to repair: tried again, and their fate told.
//!
//! Run by the thread `ID.record`. Policy: no picture in them is given up before the disk has said
//! that there is none; what can't be repaired is tried less and less often, because that reads the
//! file while packets wait.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::{Timestamp, civil};

use super::Writer;
use crate::Cause;
use crate::disk::{Disk, ops};
use crate::error::RecordError;
use crate::ledger::entry::LedgerEntry;
use crate::paths;
use crate::paths::part_of;
use crate::repair::leftovers::{self, Outcome, RecoveredSegment};
use crate::writer::rules::RETRY;
use crate::writer::system::RecorderSystem;

/// Files that may wait for their names: no more are begun where none can be named.
pub(super) const MAX_UNNAMED: usize = 16;
/// Longest time between two tries to repair.
const RARELY: Duration = Duration::from_secs(64);

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

impl From<RecoveredSegment> for UnnamedFile {
    fn from(recovered: RecoveredSegment) -> Self {
        let RecoveredSegment { segment, path } = recovered;
        let (bytes, day) = (segment.bytes, paths::day_of(segment.start));
        Self { entry: LedgerEntry::Segment(segment), path, bytes, day }
    }
}

/// Where a file ended.
#[derive(Clone, Debug)]
pub(super) enum Ending {
    /// There.
    At(Timestamp),
    /// Not known before the file can be repaired, but not after `latest`.
    Unknown { path: PathBuf, start: Timestamp, latest: Timestamp },
}

/// When files are tried again that could not be repaired.
#[derive(Clone, Copy, Debug)]
pub(super) struct RepairRetry {
    at: Instant,
    pause: Duration,
}

impl RepairRetry {
    /// A while after `now`, when the disk refused.
    pub fn after(now: Instant) -> Self {
        Self { at: now + RETRY, pause: RETRY }
    }

    /// When.
    pub fn at(&self) -> Instant {
        self.at
    }
}

impl<S: RecorderSystem> Writer<S> {
    /// Gives a whole file its name, and tells of it; where that fails it is tried again.
    pub(super) fn name(&mut self, file: UnnamedFile) {
        let (disk, part) = (self.system.disk(), part_of(&file.path));
        let renamed = match file.path.parent() {
            // It has its name, but a kill or the disk came in between.
            Some(day) if !part.exists() && file.path.exists() => disk.sync_dir(day),
            _ => ops::rename(disk, &part, &file.path),
        };
        match renamed {
            Ok(()) => {
                self.timeline.write(file.day, file.entry);
                self.system.closed(file.path, file.bytes);
            }
            Err(error) => {
                let failure = RecordError::from_io("rename to", &file.path, error);
                self.tell_trouble(&failure);
                self.rules.not_named(failure, self.system.now().instant());
                if self.unnamed.len() < MAX_UNNAMED {
                    self.unnamed.push(file);
                }
            }
        }
    }

    /// Tries again to name files, if it is time to.
    pub(super) fn name_files(&mut self, now: Instant) {
        if now < self.rules.name_at() {
            return;
        }
        for file in std::mem::take(&mut self.unnamed) {
            self.name(file);
        }
        if self.unnamed.is_empty() {
            let over = self.rules.all_named();
            self.tell_over(over);
        }
    }

    /// Saves what can be saved of a file that could not be closed, whose last picture ended at
    /// `latest`: by the camera's clock, a burst lasts longer than the time in which it came.
    pub(super) fn repair(&mut self, path: &Path, start: Timestamp, latest: Timestamp) -> Ending {
        let (disk, id) = (self.system.disk(), &self.settings.id);
        match leftovers::finish(disk, id, path, start) {
            Outcome::Mended(mut repaired) => {
                let end = repaired.segment.end.min(latest);
                repaired.segment.end = end;
                self.name(repaired.into());
                Ending::At(end)
            }
            Outcome::Nothing => Ending::At(start),
            Outcome::Refused(error) => {
                let part = part_of(path);
                tracing::error!(
                    "{id}: {} can't be finished: {error}; it is tried again",
                    part.display()
                );
                let now = self.system.now().instant();
                self.repair_retry = RepairRetry::after(now);
                Ending::Unknown { path: path.to_owned(), start, latest }
            }
        }
    }

    /// Nothing is recorded any more since a file ended.
    pub(super) fn off(&mut self, ending: Ending, cause: Cause) {
        match ending {
            Ending::At(end) => self.timeline.off(end, cause),
            Ending::Unknown { path, start, latest } => {
                self.timeline.off_behind(path, start, latest, cause);
            }
        }
    }

    /// Settles files that are gone though the folder is ours: somebody deleted them, and what is begun
    /// now follows the gap that they leave.
    pub(super) fn settle_gone(&mut self) {
        for file in self.timeline.unsettled().to_vec() {
            if is_gone(&file.path) && is_gone(&part_of(&file.path)) {
                self.timeline.settle(&file.path, None);
            }
        }
    }

    /// Tries again to repair files, if it is time to and the folder is ours.
    pub(super) fn repair_files(&mut self, now: Instant) {
        if self.timeline.unsettled().is_empty()
            || now < self.repair_retry.at
            || self.system.ready(&self.settings.folder).is_err()
        {
            return;
        }
        self.settle_gone();
        for file in self.timeline.unsettled().to_vec() {
            let (disk, id) = (self.system.disk(), &self.settings.id);
            match leftovers::finish(disk, id, &file.path, file.start) {
                Outcome::Refused(error) => {
                    tracing::debug!("{id}: {} still can't be: {error}", file.path.display());
                }
                Outcome::Nothing => drop(self.timeline.settle(&file.path, None)),
                Outcome::Mended(mut repaired) => {
                    let end = self.timeline.settle(&file.path, Some(repaired.segment.end));
                    repaired.segment.end = end.unwrap_or(repaired.segment.end);
                    tracing::warn!(
                        "{id}: {} could be finished after all; it is whole up to {}",
                        file.path.display(),
                        repaired.segment.end
                    );
                    self.name(repaired.into());
                }
            }
        }
        let RepairRetry { at, pause } = &mut self.repair_retry;
        *at = self.system.now().instant() + *pause;
        *pause = (*pause * 2).min(RARELY);
    }
}

/// Whether the disk says that there is no such file; a disk that says nothing does not.
fn is_gone(path: &Path) -> bool {
    matches!(path.try_exists(), Ok(false))
}
