//! Names of files that are whole: given, and where the disk refuses, tried again.
//!
//! Run by the thread `ID.record`. Policy: what is recorded goes on meanwhile, and that a name is missing
//! is no word about that; tries come less and less often, and all at once as soon as one is named; a line
//! is written once its file has its name.

use std::io;
use std::path::Path;
use std::time::Instant;

use super::Writer;
use crate::Cause;
use crate::backoff::Backoff;
use crate::disk::{Disk, ops};
use crate::error::Error;
use crate::events::Trouble;
use crate::ledger::entry::LedgerEntry;
use crate::paths;
use crate::paths::part_of;
use crate::system::RecorderSystem;
use crate::writer::segment::WholeFile;

/// Files that may wait for their names: no more are begun where none can be named.
const MAX_UNNAMED: usize = 16;

/// Files that are whole but could not be given their names, why, and when they are tried again.
pub(super) struct Naming {
    pub files: Vec<WholeFile>,
    trouble: Option<Error>,
    again: Backoff,
}

impl Naming {
    /// None waits.
    pub fn new(now: Instant) -> Self {
        Self { files: Vec::new(), trouble: None, again: Backoff::new(now) }
    }
}

impl<S: RecorderSystem> Writer<S> {
    /// Gives a whole file its name, and tells of it; where that fails it is tried again. One that somebody
    /// deleted meanwhile is a gap. While the ledger takes no lines it waits: of a `.part` that no line
    /// tells of, the next start knows that it was left, and of a whole file it does not.
    pub(super) fn name(&mut self, file: WholeFile) {
        let has_room = self.naming.files.len() < MAX_UNNAMED;
        if self.timeline.pending() > 0 && has_room {
            return self.naming.files.push(file);
        }
        let now = self.system.now().instant();
        match give_name(self.system.disk(), &file.path) {
            Ok(()) => {
                // The others may be at once.
                self.naming.again.at = self.naming.again.at.min(now);
                let day = paths::day_of(file.record.start);
                self.timeline.write(day, LedgerEntry::Segment(file.record));
                self.system.closed(file.path);
            }
            Err(error) if self.is_deleted(&error) => {
                let (id, path) = (&self.settings.id, file.path.display());
                tracing::error!("{id}: {path} was deleted before it had its name");
                self.timeline.tell_gap(file.record.start, file.record.end, Cause::DiskError);
            }
            Err(error) => {
                self.not_named(Error::new("rename to", &file.path, error), now);
                if has_room {
                    self.naming.files.push(file);
                }
            }
        }
    }

    /// Whether by this error a file is not there, in a camera's folder that is: somebody deleted it.
    fn is_deleted(&self, error: &io::Error) -> bool {
        let away = || self.system.archive().check_folder(&self.settings.folder).is_err();
        error.kind() == io::ErrorKind::NotFound && !away()
    }

    /// Remembers why a file has no name; says it once for each cause. It is tried again with the others
    /// that wait.
    fn not_named(&mut self, trouble: Error, now: Instant) {
        self.ask_for_room(&trouble);
        let known = self.naming.trouble.replace(trouble.clone());
        if known.is_none() {
            self.naming.again = Backoff::new(now);
            self.naming.again.failed(now);
        }
        if known.is_none_or(|known| known.cause() != trouble.cause()) {
            self.tell(Trouble::NotNamed, &trouble);
        }
    }

    /// When naming files is tried again; never where none waits.
    pub(super) fn name_at(&self) -> Option<Instant> {
        (!self.naming.files.is_empty()).then_some(self.naming.again.at)
    }

    /// Tries again to name the files that wait.
    pub(super) fn name_files(&mut self) {
        for file in std::mem::take(&mut self.naming.files) {
            self.name(file);
        }
        if self.naming.files.is_empty() {
            if let Some(trouble) = self.naming.trouble.take() {
                self.tell(Trouble::NamedAgain, &trouble);
            }
        } else if self.naming.trouble.is_some() {
            self.naming.again.failed(self.system.now().instant());
        }
    }
}

/// Renames a `.part`, unless it has its name, but a kill or the disk came in between. A disk that does not say
/// what is there does not say that nothing is.
fn give_name(disk: &impl Disk, path: &Path) -> io::Result<()> {
    let part = part_of(path);
    match path.parent() {
        Some(day) if !disk.exists(&part)? && disk.exists(path)? => disk.sync_dir(day),
        _ => ops::rename(disk, &part, path),
    }
}
