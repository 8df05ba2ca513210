//! Removes a segment, and what is left of a day when its last segment is gone.
//!
//! Policy: the ledger says so first, so that a kill in between leaves a file that the next survey
//! removes, never a hole without a reason; a segment that is protected at the last moment stays;
//! what fails is not tried again before the next survey.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use super::Retention;
use super::index::Entry;
use super::key::Key;
use super::scan;
use super::system::{Machine, is_no_space};
use crate::ledger::entry::{Line, Rule};
use crate::storage::{dirs, paths};

/// How many lines may wait for room on the disk, some 200 bytes each.
const OWED: usize = 10_000;

impl<M: Machine> Retention<M> {
    /// Removes a segment and says so in its ledger; its bytes, or none if it stays.
    pub(super) fn remove(&mut self, key: &Key, why: Rule) -> Option<u64> {
        let path = key.path(&self.root);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.shelf.gone(key);
                return None;
            }
            _ => self.refresh(key)?,
        }
        let entry = self.shelf.get(key).filter(|entry| entry.is_removable())?;
        let (bytes, told) = (entry.bytes(), entry.removed().is_some());
        let ledger = paths::ledger_path(&self.root, key.camera(), key.day());
        let line = Line::Removed { file: key.name(), at: self.machine.now(), why };
        let mut owed = None;
        if !told {
            match self.machine.append(&ledger, &line) {
                Ok(()) => {}
                // A line needs room, and here comes some.
                Err(error) if is_no_space(&error) => owed = Some((ledger, line)),
                Err(error) => {
                    self.stick(key, &ledger, &error);
                    return None;
                }
            }
            // The disk may have taken its time, and somebody may have pressed a key meanwhile.
            self.refresh(key)?;
            self.shelf.get(key).filter(|entry| entry.is_removable())?;
        }
        self.unlink(key, &path)?;
        if let Some(owed) = owed
            && self.owed.len() < OWED
        {
            self.owed.push(owed);
            self.pay();
        }
        self.tidy(key.camera(), key.day());
        Some(bytes)
    }

    /// Removes segments whose ledgers say that they are removed: we were killed in between.
    pub(super) fn finish_removals(&mut self) {
        let half =
            |(key, entry): (&Key, &Entry)| Some((key.clone(), entry.removed()?, entry.is_kept()));
        let left: Vec<_> = self.shelf.after(None).filter_map(half).collect();
        for (key, at, kept) in left {
            if self.stopped() {
                return;
            }
            let path = key.path(&self.root);
            match fs::symlink_metadata(&path) {
                _ if kept => {}
                Ok(meta) if millis(&meta) <= at => {
                    if self.unlink(&key, &path).is_some() {
                        tracing::info!("{}: removed, as its ledger says", path.display());
                    }
                }
                // Put back by somebody, from a backup for instance.
                Ok(_) => self.shelf.disown(&key),
                Err(_) => self.shelf.gone(&key),
            }
        }
    }

    /// Days that were left behind without a segment.
    pub(super) fn finish_days(&mut self) {
        let empty = self.shelf.days().filter(|(_, day)| day.files == 0 && day.thinned);
        let empty: Vec<_> = empty.map(|(at, _)| at.clone()).collect();
        empty.iter().for_each(|(camera, day)| self.tidy(camera, *day));
    }

    /// Writes the lines for which there was no room.
    pub(super) fn pay(&mut self) {
        let mut waiting = std::mem::take(&mut self.owed).into_iter();
        for (ledger, line) in waiting.by_ref() {
            match self.machine.append(&ledger, &line) {
                Ok(()) => {}
                Err(error) if is_no_space(&error) => {
                    self.owed.push((ledger, line));
                    break;
                }
                Err(error) => self.complaints.about(&ledger, &error),
            }
        }
        self.owed.extend(waiting);
    }

    /// Takes in what the ledger says by now; none if it can't be read, and then the segment stays.
    fn refresh(&mut self, key: &Key) -> Option<()> {
        let read = scan::catch_up(&self.root, &mut self.shelf, key.camera(), key.day());
        read.map_err(|error| {
            let ledger = paths::ledger_path(&self.root, key.camera(), key.day());
            self.stick(key, &ledger, &error);
        })
        .ok()
    }

    fn unlink(&mut self, key: &Key, path: &Path) -> Option<()> {
        match self.machine.unlink(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                self.stick(key, path, &error);
                return None;
            }
            _ => self.shelf.gone(key),
        }
        sync_parent(path, &mut self.complaints);
        Some(())
    }

    fn stick(&mut self, key: &Key, path: &Path, error: &io::Error) {
        let name = key.name();
        self.complaints.about(path, &format_args!("{name} can't be removed for now: {error}"));
        self.shelf.stick(key);
    }

    /// Removes the ledger and the folders of a day that has neither segments nor anything else,
    /// unless something may still come: today, and yesterday for what is closed after midnight.
    fn tidy(&mut self, camera: &Arc<str>, day: Date) {
        let today = paths::day_of(self.machine.now());
        let past = today.yesterday().is_ok_and(|yesterday| day < yesterday);
        let ledger = paths::ledger_path(&self.root, camera, day);
        let owing = self.owed.iter().any(|(owed, _)| *owed == ledger);
        if !past || owing || self.shelf.day(camera, day).files > 0 {
            return;
        }
        let folder = paths::day_folder(&self.root, camera, day);
        if !holds_only(&folder, &ledger).unwrap_or(false) {
            return;
        }
        if let Err(error) = self.machine.unlink(&ledger) {
            return self.complaints.about(&ledger, &error);
        }
        self.shelf.forget_day(camera, day);
        // Day, month, year; the camera's own where nobody records into it any more.
        let levels = if self.known.contains(&**camera) { 3 } else { 4 };
        for folder in folder.ancestors().take(levels) {
            if fs::remove_dir(folder).is_err() {
                return;
            }
            sync_parent(folder, &mut self.complaints);
        }
    }
}

/// Whether a folder holds one file and nothing else.
fn holds_only(folder: &Path, file: &Path) -> io::Result<bool> {
    let mut names: Vec<PathBuf> = Vec::new();
    for found in fs::read_dir(folder)?.take(2) {
        names.push(found?.path());
    }
    Ok(names == [file])
}

/// Makes a removal last.
fn sync_parent(path: &Path, complaints: &mut scan::Complaints) {
    let Some(folder) = path.parent() else { return };
    if let Err(error) = dirs::sync(folder) {
        complaints.about(folder, &error);
    }
}

/// When a file was last written, renamed or put there, ms since 1970. Nobody can set this time.
fn millis(meta: &fs::Metadata) -> i64 {
    meta.ctime().saturating_mul(1000).saturating_add(meta.ctime_nsec() / 1_000_000)
}
