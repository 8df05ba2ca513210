//! Files that can't be gone on with, or that an earlier run left: handed over to be mended, and their
//! fate told.
//!
//! Run by the thread `ID.record`, which reads none of them; the mender does, on its own thread. Policies:
//! - a file that fails ends at its last good sync, at once, and no more of it is claimed, whatever can
//!   still be read; one of which nothing reached the disk is removed;
//! - no picture of an earlier run is given up before the disk has said that there is none;
//! - answers are looked for each second while files are out: nobody rings for them;
//! - at most [`MOST`] files are remembered; the ledger tells the next start of the others.

use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;

use super::Writer;
use super::pending::Ending;
use crate::Cause;
use crate::checkpoint::KnownPart;
use crate::disk::{Disk, ops};
use crate::ledger::entry::LedgerEntry;
use crate::paths;
use crate::paths::part_of;
use crate::repair::leftovers::RecoveredSegment;
use crate::repair::mender::{MendJob, Mended};
use crate::writer::rules::due::LOOK;
use crate::writer::segment::AbandonedFile;
use crate::writer::system::RecorderSystem;

/// Files that are out at a time.
const MOST: usize = 64;

/// A file that the mender has, or will have.
pub(super) struct MendingFile {
    pub path: PathBuf,
    start: Timestamp,
    /// Where it ends; of the others the timeline knows that they are unsettled.
    known: Option<KnownEnd>,
    /// Whether there was room for the job.
    handed: bool,
}

/// Where a file ends whose last good sync is known.
struct KnownEnd {
    end: Timestamp,
    packets: u64,
    /// Why it was not gone on with.
    cause: Cause,
}

impl<S: RecorderSystem> Writer<S> {
    /// Gives a file up that can't be gone on with; gives where it ends.
    pub(super) fn abandon(&mut self, file: AbandonedFile, cause: Cause) -> Ending {
        let AbandonedFile { path, start, known } = file;
        if self.is_gone(&path) {
            return Ending::At(start);
        }
        let (end, packets) = (known.checkpoint.end, known.checkpoint.packets);
        if packets > 0 {
            self.hand_over(path, start, Some(known), Some(KnownEnd { end, packets, cause }));
            return Ending::At(end);
        }
        match ops::remove(self.system.disk(), &part_of(&path)) {
            Ok(()) => Ending::At(start),
            Err(error) => {
                let (id, part) = (&self.settings.id, part_of(&path));
                tracing::error!("{id}: {} can't be removed yet: {error}", part.display());
                self.hand_over(path.clone(), start, Some(known), None);
                Ending::Unknown { path, start, latest: start }
            }
        }
    }

    /// Hands over what an earlier run left, of which nothing is known.
    pub(super) fn hand_over_unsettled(&mut self) {
        for file in self.timeline.unsettled().to_vec() {
            self.hand_over(file.path, file.start, None, None);
        }
    }

    fn hand_over(
        &mut self,
        path: PathBuf,
        start: Timestamp,
        part: Option<Box<KnownPart>>,
        known: Option<KnownEnd>,
    ) {
        if self.mending.len() >= MOST {
            let id = &self.settings.id;
            tracing::error!("{id}: {}: the next start mends it", part_of(&path).display());
            return;
        }
        // What it knows of a file can't be told a second time.
        let again = part.is_none();
        let handed = self.system.mend(self.job(&path, start, part)) || !again;
        self.mending.push(MendingFile { path, start, known, handed });
        self.mend_at = self.system.now().instant();
    }

    fn job(&self, path: &Path, start: Timestamp, known: Option<Box<KnownPart>>) -> MendJob {
        let (id, folder) = (self.settings.id.clone(), self.settings.folder.as_str().into());
        MendJob { id, folder, path: path.to_owned(), start, known }
    }

    /// Takes the answers that there are, if it is time to look for them.
    pub(super) fn take_mended(&mut self, now: Instant) {
        if self.mending.is_empty() || now < self.mend_at {
            return;
        }
        self.mend_at = now + LOOK;
        while let Some(answer) = self.system.mended(&self.settings.folder) {
            self.settle_mended(answer);
        }
        if self.system.ready(&self.settings.folder).is_ok() {
            self.settle_gone();
        }
        let mut mending = std::mem::take(&mut self.mending);
        for file in mending.iter_mut().filter(|file| !file.handed) {
            file.handed = self.system.mend(self.job(&file.path, file.start, None));
        }
        self.mending = mending;
    }

    /// Settles files that are gone though the folder is ours: somebody deleted them, and what is begun
    /// now follows the gap that they leave.
    pub(super) fn settle_gone(&mut self) {
        let gone: Vec<PathBuf> = self.mending.iter().map(|file| file.path.clone()).collect();
        for path in gone.into_iter().filter(|path| self.is_gone(path)).collect::<Vec<_>>() {
            self.settle_mended(Mended::Nothing { path });
        }
    }

    /// Tells what became of a file. An answer to what an earlier life of the thread asked finds nobody
    /// who waits for it.
    fn settle_mended(&mut self, answer: Mended) {
        let (Mended::Whole(RecoveredSegment { path, .. }) | Mended::Nothing { path }) = &answer;
        let Some(at) = self.mending.iter().position(|file| file.path == *path) else { return };
        let MendingFile { path, start, known, .. } = self.mending.remove(at);
        match (answer, known) {
            (Mended::Nothing { .. }, None) => drop(self.timeline.settle(&path, None)),
            (Mended::Nothing { .. }, Some(known)) => self.gap(start, known.end, known.cause),
            (Mended::Whole(mut mended), None) => {
                let end = mended.segment.end;
                mended.segment.end = self.timeline.settle(&path, Some(end)).unwrap_or(end);
                self.name_mended(mended);
            }
            (Mended::Whole(mut mended), Some(known)) => {
                // By the camera's clock it may end a moment before or after.
                let end = mended.segment.end.min(known.end);
                let whole = mended.segment.packets >= known.packets;
                mended.segment.end = if whole { known.end } else { end };
                self.gap(mended.segment.end, known.end, known.cause);
                self.name_mended(mended);
            }
        }
    }

    fn name_mended(&mut self, mended: RecoveredSegment) {
        let (id, path) = (&self.settings.id, mended.path.display());
        tracing::warn!("{id}: {path} is mended; it is whole up to {}", mended.segment.end);
        self.name(mended.into());
    }

    /// Tells that nothing is recorded in between, if that is any time.
    pub(super) fn gap(&mut self, start: Timestamp, end: Timestamp, cause: Cause) {
        if start != end {
            let gap = LedgerEntry::Gap { start, end, cause, detail: None };
            self.timeline.write(paths::day_of(end), gap);
        }
    }

    /// Whether a file is gone from a folder that is ours: somebody deleted it.
    pub(super) fn is_deleted(&self, path: &Path) -> bool {
        self.system.ready(&self.settings.folder).is_ok() && self.is_gone(path)
    }

    /// Whether the disk says that there is no such file, whole or not, in a camera's folder that is
    /// there; a disk that says nothing does not, and without the folder the disk itself may be gone.
    pub(super) fn is_gone(&self, path: &Path) -> bool {
        let disk = self.system.disk();
        let folder = self.settings.root.join(&self.settings.folder);
        let none = |path: &Path| matches!(disk.exists(path), Ok(false));
        none(path) && none(&part_of(path)) && matches!(disk.exists(&folder), Ok(true))
    }
}
