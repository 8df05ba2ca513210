//! Files that can't be gone on with, or that an earlier run left: handed over to be mended, and their
//! fate told.
//!
//! Run by the thread `ID.record`, which reads none of them; the mender does, on its own thread. Policies:
//! - a file that fails ends at its last good sync, at once, and no more of it is claimed, whatever can
//!   still be read; one of which nothing reached the disk is removed;
//! - no picture of an earlier run is given up before the disk has said that there is none;
//! - answers are looked for each second while files are out: nobody rings for them; one that somebody deleted
//!   is answered like one in which nothing plays, and what is begun follows the gap that it leaves;
//! - at most [`MAX_UNSETTLED`] files are remembered; the ledger tells the next start of the others.

use std::path::PathBuf;

use super::Writer;
use super::close::Ending;
use crate::Cause;
use crate::disk::ops;
use crate::ledger::entry::SegmentRecord;
use crate::ledger::history::NextEntry;
use crate::ledger::timeline::{MAX_UNSETTLED, Unsettled};
use crate::paths::part_of;
use crate::repair::KnownPart;
use crate::repair::mender::{MendJob, Mended};
use crate::system::RecorderSystem;
use crate::writer::segment::{AbandonedFile, SegmentSettings, WholeFile};

impl<S: RecorderSystem> Writer<S> {
    /// Gives a file up that can't be gone on with; gives where it ends.
    pub(super) fn abandon(&mut self, file: AbandonedFile, cause: Cause) -> Ending {
        let AbandonedFile { path, known } = file;
        let (start, end) = (known.record.start, known.record.end);
        let next = NextEntry { at: Some(end), cause: Some(cause) };
        let file = Unsettled { path: path.clone(), start, latest: end, next, set_back: false };
        if known.record.packets > 0 {
            self.unsettle(file, known);
            return Ending::At(end);
        }
        let part = part_of(&path);
        let Err(error) = ops::remove(self.system.disk(), &part) else {
            return Ending::At(start);
        };
        tracing::error!("{}: {} can't be removed yet: {error}", self.settings.id, part.display());
        self.unsettle(Unsettled { next: NextEntry::default(), ..file }, known);
        Ending::Unknown { path, start }
    }

    /// Remembers a file whose end is not known, or what of it plays, and asks for it to be mended.
    fn unsettle(&mut self, file: Unsettled, known: Box<KnownPart>) {
        if self.timeline.unsettled.len() >= MAX_UNSETTLED {
            let id = &self.settings.id;
            tracing::error!("{id}: {}: the next start mends it", part_of(&file.path).display());
            return;
        }
        self.ask_to_mend(&file, Some(known));
        self.timeline.unsettled.push(file);
        self.look_at = self.system.now().instant();
    }

    /// Asks for all that is to be mended: who was asked before does it once, and who had no room then may
    /// have some now.
    pub(super) fn hand_over(&self) {
        self.timeline.unsettled.iter().for_each(|file| self.ask_to_mend(file, None));
    }

    /// What its writer knows of a file can't be told a second time.
    fn ask_to_mend(&self, file: &Unsettled, known: Option<Box<KnownPart>>) {
        let SegmentSettings { id, folder, .. } = &self.settings;
        let (id, folder, path) = (id.clone(), folder.as_str().into(), file.path.clone());
        let archive = self.system.archive().clone();
        self.system.mend(MendJob { id, folder, archive, path, start: file.start, known });
    }

    /// Takes the answers that there are.
    pub(super) fn take_mended(&mut self) {
        while let Some(Mended { path, whole }) = self.system.mended(&self.settings.folder) {
            self.settle(path, whole);
        }
        self.hand_over();
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
}
