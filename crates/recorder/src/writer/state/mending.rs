//! Files that can't be gone on with, or that an earlier run left: handed over to be mended, and their
//! fate told.
//!
//! Run by the thread `ID.record`, which reads none of them; the mender does, on its own thread. Policies:
//! - a file that fails ends at its last good sync, at once, and no more of it is claimed, whatever can
//!   still be read; one of which nothing reached the disk is removed;
//! - no picture of an earlier run is given up before the disk has said that there is none;
//! - answers are looked for each second while files are out: nobody rings for them;
//! - at most [`MAX_UNSETTLED`] files are remembered; the ledger tells the next start of the others.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Writer;
use super::close::Ending;
use crate::Cause;
use crate::disk::{Disk, ops};
use crate::ledger::entry::SegmentRecord;
use crate::ledger::history::NextEntry;
use crate::ledger::timeline::{MAX_UNSETTLED, Unsettled};
use crate::paths::part_of;
use crate::repair::KnownPart;
use crate::repair::mender::{MendJob, Mended};
use crate::system::RecorderSystem;
use crate::writer::rules::due::LOOK;
use crate::writer::segment::{AbandonedFile, SegmentSettings, WholeFile};

impl<S: RecorderSystem> Writer<S> {
    /// Gives a file up that can't be gone on with; gives where it ends.
    pub(super) fn abandon(&mut self, file: AbandonedFile, cause: Cause) -> Ending {
        let AbandonedFile { path, known } = file;
        let (start, end) = (known.record.start, known.record.end);
        let file = Unsettled {
            path: path.clone(),
            start,
            latest: end,
            next: NextEntry { at: Some(end), cause: Some(cause) },
            set_back: false,
            asked: false,
        };
        if self.is_gone(&path) {
            return Ending::At(start);
        }
        if known.record.packets > 0 {
            self.unsettle(file, known);
            return Ending::At(end);
        }
        let Err(error) = ops::remove(self.system.disk(), &part_of(&path)) else {
            return Ending::At(start);
        };
        let (id, part) = (&self.settings.id, part_of(&path));
        tracing::error!("{id}: {} can't be removed yet: {error}", part.display());
        self.unsettle(Unsettled { next: NextEntry::default(), ..file }, known);
        Ending::Unknown { path, start }
    }

    /// Remembers a file whose end is not known, or what of it plays, and asks for it to be mended.
    fn unsettle(&mut self, mut file: Unsettled, known: Box<KnownPart>) {
        if self.timeline.unsettled.len() >= MAX_UNSETTLED {
            let id = &self.settings.id;
            tracing::error!("{id}: {}: the next start mends it", part_of(&file.path).display());
            return;
        }
        file.asked = self.system.mend(job((&self.settings, &self.system), &file, Some(known)));
        self.timeline.unsettled.push(file);
        self.mend_at = self.system.now().instant();
    }

    /// Asks for what nobody was asked to mend yet.
    pub(super) fn hand_over(&mut self) {
        for file in self.timeline.unsettled.iter_mut().filter(|file| !file.asked) {
            file.asked = self.system.mend(job((&self.settings, &self.system), file, None));
        }
    }

    /// Takes the answers that there are, if it is time to look for them.
    pub(super) fn take_mended(&mut self, now: Instant) {
        if !self.is_mending() || now < self.mend_at {
            return;
        }
        self.mend_at = now + LOOK;
        while let Some(Mended { path, whole }) = self.system.mended(&self.settings.folder) {
            self.settle(path, whole);
        }
        if self.system.ready(&self.settings.folder).is_ok() {
            self.settle_gone();
        }
        self.hand_over();
    }

    /// Settles files that are gone though the folder is ours: somebody deleted them, and what is begun
    /// now follows the gap that they leave.
    pub(super) fn settle_gone(&mut self) {
        let waits = self.timeline.unsettled.iter().map(|file| file.path.clone());
        let gone: Vec<PathBuf> = waits.filter(|path| self.is_gone(path)).collect();
        gone.into_iter().for_each(|path| self.settle(path, None));
    }

    /// Tells what became of a file. An answer to what an earlier life of the thread asked finds nobody
    /// who waits for it.
    fn settle(&mut self, path: PathBuf, whole: Option<SegmentRecord>) {
        let end = self.timeline.settle(&path, whole.as_ref().map(|record| record.end));
        if let (Some(end), Some(record)) = (end, whole) {
            let id = &self.settings.id;
            tracing::warn!("{id}: {} is mended; it is whole up to {end}", path.display());
            self.name(WholeFile { path, record: SegmentRecord { end, ..record } });
        }
    }

    /// Whether a file is gone from a folder that is ours: somebody deleted it.
    pub(super) fn is_deleted(&self, path: &Path) -> bool {
        self.system.ready(&self.settings.folder).is_ok() && self.is_gone(path)
    }

    /// Whether the disk says that there is no such file, whole or not, in a camera's folder that is
    /// there; a disk that says nothing does not, and without the folder the disk itself may be gone. So
    /// may it be where the folder is on another: that is asked last.
    fn is_gone(&self, path: &Path) -> bool {
        let disk = self.system.disk();
        let folder = self.settings.root.join(&self.settings.folder);
        let none = |path: &Path| matches!(disk.exists(path), Ok(false));
        let is_missing = none(path) && none(&part_of(path));
        is_missing
            && matches!(disk.exists(&folder), Ok(true))
            && self.system.archive().check_folder(&self.settings.folder).is_ok()
    }
}

/// What is asked for: what its writer knows can't be told a second time.
fn job(
    (settings, system): (&SegmentSettings, &impl RecorderSystem),
    file: &Unsettled,
    known: Option<Box<KnownPart>>,
) -> MendJob {
    let (folder, archive) = (settings.folder.as_str().into(), system.archive().clone());
    let (id, path) = (settings.id.clone(), file.path.clone());
    MendJob { id, folder, archive, path, start: file.start, known }
}
