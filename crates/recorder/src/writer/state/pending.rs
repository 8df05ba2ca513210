//! Files that the disk refused to name: tried again.
//!
//! Run by the thread `ID.record`. Policy: what is recorded goes on meanwhile, and that a name is missing
//! is no word about that; tries come less and less often, and all at once as soon as one is named; a line
//! is written once its file has its name.

use std::path::PathBuf;
use std::time::Instant;

use jiff::{Timestamp, civil};

use super::Writer;
use crate::Cause;
use crate::disk::{Disk, ops};
use crate::error::RecordError;
use crate::events::RecorderEvent;
use crate::ledger::entry::LedgerEntry;
use crate::paths;
use crate::paths::part_of;
use crate::repair::leftovers::RecoveredSegment;
use crate::writer::system::RecorderSystem;

/// Files that may wait for their names: no more are begun where none can be named.
pub(super) const MAX_UNNAMED: usize = 16;

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

impl<S: RecorderSystem> Writer<S> {
    /// Gives a whole file its name, and tells of it; where that fails it is tried again. One that somebody
    /// deleted meanwhile is a gap. While the ledger takes no lines it waits: of a `.part` that no line
    /// tells of, the next start knows that it was left, and of a whole file it does not.
    pub(super) fn name(&mut self, file: UnnamedFile) {
        if self.timeline.pending() > 0 && self.unnamed.len() < MAX_UNNAMED {
            return self.unnamed.push(file);
        }
        let (disk, part) = (self.system.disk(), part_of(&file.path));
        let there = |path| matches!(disk.exists(path), Ok(true));
        let renamed = match file.path.parent() {
            // It has its name, but a kill or the disk came in between.
            Some(day) if !there(&part) && there(&file.path) => disk.sync_dir(day),
            _ => ops::rename(disk, &part, &file.path),
        };
        let now = self.system.now().instant();
        match renamed {
            Ok(()) => {
                self.rules.named(now);
                self.timeline.write(file.day, file.entry);
                self.system.closed(file.path, file.bytes);
            }
            Err(_) if self.is_deleted(&file.path) => self.tell_deleted(&file),
            Err(error) => {
                let failure = RecordError::from_io("rename to", &file.path, error);
                self.ask_for_room(&failure);
                if self.rules.not_named(&failure, now) {
                    let camera = &*self.settings.id;
                    (self.handler)(RecorderEvent::NotNamed { camera, error: &failure });
                }
                if self.unnamed.len() < MAX_UNNAMED {
                    self.unnamed.push(file);
                }
            }
        }
    }

    /// Tells that there is nothing of a segment any more.
    fn tell_deleted(&mut self, file: &UnnamedFile) {
        let (id, path) = (&self.settings.id, file.path.display());
        tracing::error!("{id}: {path} was deleted before it had its name");
        if let LedgerEntry::Segment(segment) = &file.entry {
            self.gap(segment.start, segment.end, Cause::DiskError);
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
        if !self.unnamed.is_empty() {
            if self.rules.waits_for_names() {
                self.rules.still_not_named(self.system.now().instant());
            }
        } else if let Some(failure) = self.rules.all_named() {
            let camera = &*self.settings.id;
            (self.handler)(RecorderEvent::NamedAgain { camera, after: &failure });
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
}
