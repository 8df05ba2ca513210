//! Removes a segment, and what is left of a day when its last segment is gone.
//!
//! Policy: the ledger says so first, so that a kill in between leaves a file that the next scan
//! removes, never a hole without a reason; a segment that is protected at the last moment stays;
//! what fails is not tried again before the next scan.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use super::Retention;
use super::index::IndexEntry;
use super::key::SegmentKey;
use super::scan;
use super::system::{System, is_no_space};
use crate::disk::{Disk, RealDisk};
use crate::ledger::entry::{LedgerEntry, RetentionRule};
use crate::paths;

/// How many lines may wait for room on the disk, some 200 bytes each.
const OWED: usize = 10_000;

impl<S: System> Retention<S> {
    /// Removes a segment and says so in its ledger; its bytes, or none if it stays.
    pub(super) fn remove(&mut self, key: &SegmentKey, why: RetentionRule) -> Option<u64> {
        let path = key.path(&self.root);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.index.file_gone(key);
                return None;
            }
            _ => self.refresh(key)?,
        }
        let entry = self.index.get(key).filter(|entry| entry.is_removable())?;
        let (bytes, told) = (entry.bytes(), entry.removed().is_some());
        let ledger = paths::ledger_path(&self.root, key.camera(), key.day());
        let entry = LedgerEntry::Removed { file: key.name(), at: self.system.now(), why };
        let mut owed = None;
        if !told {
            match self.system.append(&ledger, &entry) {
                Ok(()) => {}
                // A line needs room, and here comes some.
                Err(error) if is_no_space(&error) => owed = Some((ledger, entry)),
                Err(error) => {
                    self.leave_for_now(key, &ledger, &error);
                    return None;
                }
            }
            // The disk may have taken its time, and somebody may have pressed a key meanwhile.
            self.refresh(key)?;
            self.index.get(key).filter(|entry| entry.is_removable())?;
        }
        self.unlink(key, &path)?;
        if let Some(owed) = owed
            && self.owed.len() < OWED
        {
            self.owed.push(owed);
            self.write_owed();
        }
        self.remove_if_empty(key.camera(), key.day());
        Some(bytes)
    }

    /// Removes segments whose ledgers say that they are removed: we were killed in between.
    pub(super) fn finish_removals(&mut self) {
        let half = |(key, entry): (&SegmentKey, &IndexEntry)| {
            Some((key.clone(), entry.removed()?, entry.is_kept()))
        };
        let left: Vec<_> = self.index.after(None).filter_map(half).collect();
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
                Ok(_) => self.index.forget_entry(&key),
                Err(_) => self.index.file_gone(&key),
            }
        }
    }

    /// Days that were left behind without a segment.
    pub(super) fn finish_days(&mut self) {
        let empty = self.index.days().filter(|(_, day)| day.files == 0 && day.thinned);
        let empty: Vec<_> = empty.map(|(at, _)| at.clone()).collect();
        empty.iter().for_each(|(camera, day)| self.remove_if_empty(camera, *day));
    }

    /// Writes the lines for which there was no room.
    pub(super) fn write_owed(&mut self) {
        let mut waiting = std::mem::take(&mut self.owed).into_iter();
        for (ledger, entry) in waiting.by_ref() {
            match self.system.append(&ledger, &entry) {
                Ok(()) => {}
                Err(error) if is_no_space(&error) => {
                    self.owed.push((ledger, entry));
                    break;
                }
                Err(error) => self.warnings.warn(&ledger, &error),
            }
        }
        self.owed.extend(waiting);
    }

    /// Takes in what the ledger says by now; none if it can't be read, and then the segment stays.
    fn refresh(&mut self, key: &SegmentKey) -> Option<()> {
        let read = scan::catch_up(&self.root, &mut self.index, key.camera(), key.day());
        read.map_err(|error| {
            let ledger = paths::ledger_path(&self.root, key.camera(), key.day());
            self.leave_for_now(key, &ledger, &error);
        })
        .ok()
    }

    fn unlink(&mut self, key: &SegmentKey, path: &Path) -> Option<()> {
        match self.system.unlink(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                self.leave_for_now(key, path, &error);
                return None;
            }
            _ => self.index.file_gone(key),
        }
        sync_parent(path, &mut self.warnings);
        Some(())
    }

    fn leave_for_now(&mut self, key: &SegmentKey, path: &Path, error: &io::Error) {
        let name = key.name();
        self.warnings.warn(path, &format_args!("{name} can't be removed for now: {error}"));
        self.index.mark_stuck(key);
    }

    /// Removes the ledger and the folders of a day that has neither segments nor anything else,
    /// unless something may still come: today, and yesterday for what is closed after midnight.
    fn remove_if_empty(&mut self, camera: &Arc<str>, day: Date) {
        let today = paths::day_of(self.system.now());
        let past = today.yesterday().is_ok_and(|yesterday| day < yesterday);
        let ledger = paths::ledger_path(&self.root, camera, day);
        let owing = self.owed.iter().any(|(owed, _)| *owed == ledger);
        if !past || owing || self.index.day(camera, day).files > 0 {
            return;
        }
        let folder = paths::day_folder(&self.root, camera, day);
        if !holds_only(&folder, &ledger).unwrap_or(false) {
            return;
        }
        if let Err(error) = self.system.unlink(&ledger) {
            return self.warnings.warn(&ledger, &error);
        }
        self.index.forget_day(camera, day);
        // Day, month, year; the camera's own where nobody records into it any more.
        let levels = if self.known.contains(&**camera) { 3 } else { 4 };
        for folder in folder.ancestors().take(levels) {
            if fs::remove_dir(folder).is_err() {
                return;
            }
            sync_parent(folder, &mut self.warnings);
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
fn sync_parent(path: &Path, warnings: &mut scan::WarnOnce) {
    let Some(folder) = path.parent() else { return };
    if let Err(error) = RealDisk.sync_dir(folder) {
        warnings.warn(folder, &error);
    }
}

/// When a file was last written, renamed or put there, ms since 1970. Nobody can set this time.
fn millis(meta: &fs::Metadata) -> i64 {
    meta.ctime().saturating_mul(1000).saturating_add(meta.ctime_nsec() / 1_000_000)
}
