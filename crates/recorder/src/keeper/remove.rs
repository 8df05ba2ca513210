//! Removes a segment, and what is left of a day when its last segment is gone.
//!
//! Policy: the ledger says so first, so that a kill in between leaves a file that the next reading of its
//! day removes, never a hole without a reason; a segment that is protected at the last moment stays;
//! what fails is not tried again before the next walk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::Retention;
use super::key::SegmentKey;
use super::open_day::Row;
use super::system::{System, is_no_space};
use super::walk::{WarnOnce, put_there};
use crate::disk::Disk;
use crate::ledger::day::DayId;
use crate::ledger::entry::{LedgerEntry, RetentionRule};
use crate::ledger::write_through;
use crate::paths;

/// How many lines may wait for room on the disk, some 200 bytes each.
const OWED: usize = 10_000;
/// How many segments are remembered that can't be removed.
const STUCK: usize = 10_000;

impl<S: System> Retention<S> {
    /// Removes a segment of an opened day and says so in its ledger; its bytes, or none if it stays.
    pub(super) fn remove(
        &mut self,
        id: &DayId,
        key: SegmentKey,
        why: RetentionRule,
    ) -> Option<u64> {
        let folder = paths::day_folder(&self.root, &id.folder, id.date);
        let path = folder.join(key.name(&id.folder));
        let bytes = match fs::symlink_metadata(&path) {
            Ok(meta) => meta.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.gone(id, key);
                return None;
            }
            Err(error) => {
                self.leave_for_now(id, key, &path, &error);
                return None;
            }
        };
        let row = self.look_again(id, key)?;
        let ledger = paths::ledger_path(&self.root, &id.folder, id.date);
        let entry = LedgerEntry::Removed { file: key.name(&id.folder), at: self.system.now(), why };
        let mut owed = None;
        if row.removed.is_none() {
            match self.append(&ledger, &entry) {
                Ok(()) => {}
                // A line needs room, and here comes some.
                Err(error) if is_no_space(&error) => owed = Some((ledger, entry)),
                Err(error) => {
                    self.leave_for_now(id, key, &ledger, &error);
                    return None;
                }
            }
            // The disk may have taken its time, and somebody may have pressed a key meanwhile.
            self.look_again(id, key)?;
        }
        self.unlink(id, key, &path)?;
        if let Some(owed) = owed
            && self.owed.len() < OWED
        {
            self.owed.push(owed);
            self.write_owed();
        }
        self.finish_day(id);
        Some(bytes)
    }

    /// Removes segments of an opened day whose ledger says that they are removed: we were killed in
    /// between.
    pub(super) fn finish_removals(&mut self, id: &DayId) {
        let half = self.open.get(id).map(|day| day.half_removed()).unwrap_or_default();
        for row in half {
            if self.stopped() {
                return;
            }
            let folder = paths::day_folder(&self.root, &id.folder, id.date);
            let path = folder.join(row.key.name(&id.folder));
            let said = row.removed.map_or(i64::MIN, std::num::NonZeroI64::get);
            let found = fs::symlink_metadata(&path);
            let Some(day) = self.open.get_mut(id) else { return };
            match found {
                Ok(meta) if put_there(&meta) <= said => drop(self.unlink(id, row.key, &path)),
                // Put there by somebody, from a backup for instance.
                Ok(_) => day.forget(row.key),
                Err(_) => day.gone(row.key),
            }
        }
    }

    /// Days that were left behind without a segment.
    pub(super) fn finish_days(&mut self) {
        let read = self.days.iter().filter(|(_, day)| day.read.is_some());
        let empty = read.filter(|(_, day)| day.segments() == 0 && day.thinned);
        let empty: Vec<_> = empty.map(|(id, _)| id.clone()).collect();
        empty.iter().for_each(|id| self.finish_day(id));
    }

    /// Writes the lines for which there was no room.
    pub(super) fn write_owed(&mut self) {
        let mut waiting = std::mem::take(&mut self.owed).into_iter();
        for (ledger, entry) in waiting.by_ref() {
            match self.append(&ledger, &entry) {
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

    fn append(&self, ledger: &Path, entry: &LedgerEntry) -> io::Result<()> {
        // Behind the lines of the camera's own thread, in the one queue of both.
        let (folder, day) = paths::ledger_at(&self.root, ledger).ok_or(io::ErrorKind::NotFound)?;
        write_through(self.system.disk(), &self.root, &folder, day, entry.clone())
    }

    /// What the ledger says of a segment by now; none where it is not to be removed any more, or can't be
    /// read.
    fn look_again(&mut self, id: &DayId, key: SegmentKey) -> Option<Row> {
        let day = self.open.get_mut(id)?;
        let read = day.catch_up(&self.root, id);
        let row = day.get(key).filter(Row::is_removable);
        match read {
            Ok(()) if row.is_some() => row,
            Ok(()) => {
                self.note(id);
                None
            }
            Err(error) => {
                let ledger = paths::ledger_path(&self.root, &id.folder, id.date);
                self.leave_for_now(id, key, &ledger, &error);
                None
            }
        }
    }

    fn unlink(&mut self, id: &DayId, key: SegmentKey, path: &Path) -> Option<()> {
        match self.system.disk().remove(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                self.leave_for_now(id, key, path, &error);
                return None;
            }
            _ => self.gone(id, key),
        }
        sync_parent(self.system.disk(), path, &mut self.warnings);
        Some(())
    }

    fn gone(&mut self, id: &DayId, key: SegmentKey) {
        if let Some(day) = self.open.get_mut(id) {
            day.gone(key);
        }
        self.note(id);
    }

    fn leave_for_now(&mut self, id: &DayId, key: SegmentKey, path: &Path, error: &io::Error) {
        let name = key.name(&id.folder);
        self.warnings.warn(path, &format_args!("{name} can't be removed for now: {error}"));
        if self.stuck.len() < STUCK {
            self.stuck.insert((id.clone(), key));
        }
    }

    /// Removes the ledger and the folders of a day that has neither segments nor anything else,
    /// unless something may still come: today, and yesterday for what is closed after midnight.
    pub(super) fn finish_day(&mut self, id: &DayId) {
        let empty = |day: &super::DayEntry| day.segments() == 0 && day.thinned;
        let today = paths::day_of(self.system.now());
        let past = today.yesterday().is_ok_and(|yesterday| id.date < yesterday);
        let ledger = paths::ledger_path(&self.root, &id.folder, id.date);
        let owing = self.owed.iter().any(|(owed, _)| *owed == ledger);
        if !past || owing || !self.days.get(id).is_some_and(empty) {
            return;
        }
        let folder = paths::day_folder(&self.root, &id.folder, id.date);
        if !holds_only(&folder, &ledger).unwrap_or(false) {
            return;
        }
        let disk = self.system.disk();
        if let Err(error) = disk.remove(&ledger) {
            return self.warnings.warn(&ledger, &error);
        }
        self.open.remove(id);
        self.days.forget(id);
        // Day, month, year; the camera's own where nobody records into it any more.
        let levels = if self.known.contains(&*id.folder) { 3 } else { 4 };
        for folder in folder.ancestors().take(levels) {
            if disk.remove_dir(folder).is_err() {
                return;
            }
            sync_parent(disk, folder, &mut self.warnings);
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
fn sync_parent(disk: &impl Disk, path: &Path, warnings: &mut WarnOnce) {
    let Some(folder) = path.parent() else { return };
    if let Err(error) = disk.sync_dir(folder) {
        warnings.warn(folder, &error);
    }
}
