//! Removes a segment, and what is left of a day when its last segment is gone.
//!
//! Policy: the ledger says so first, so that a kill in between leaves a file that the next reading of its
//! day removes, never a hole without a reason; where there is no room for its line it is noted first, and
//! told when there is; a segment that is protected at the last moment stays; what fails is not tried again
//! before the next walk.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::open_day::put_there;
use super::report::RemovalReport;
use super::{Retention, notes};
use crate::Cause;
use crate::cause::cause_of;
use crate::disk::Disk;
use crate::ledger::Ledger;
use crate::ledger::day::{Day, DayId};
use crate::ledger::entry::{LedgerEntry, RetentionRule};
use crate::ledger::index::summary::DayEntry;
use crate::paths::{self, FileName};

/// How long another may take who is writing to the same ledger.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many segments are remembered that can't be removed.
const STUCK: usize = 10_000;

impl<D: Disk> Retention<D> {
    /// Removes a segment and says so in its ledger; its bytes, or none if it stays.
    pub(super) fn remove(&mut self, id: &DayId, path: &Path, why: RetentionRule) -> Option<u64> {
        self.opened(id)?;
        let bytes = match fs::symlink_metadata(path) {
            Ok(meta) => meta.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.gone(id, path);
                return None;
            }
            Err(error) => return self.leave_for_now(path, path, &error),
        };
        let said = self.look_again(id, path)?;
        let at = (self.clock)().wall;
        let entry = LedgerEntry::Removed { file: paths::name_of(path), at, why };
        if !said {
            match self.write_line(id, entry.clone()) {
                Ok(()) => {}
                // A line needs room, and here comes some.
                Err(error) if cause_of(&error) == Cause::DiskFull => self.owe(path, entry)?,
                Err(error) => return self.leave_for_now(path, &self.ledger(id), &error),
            }
            // The disk may have taken its time, and somebody may have pressed a key meanwhile.
            self.look_again(id, path)?;
        }
        self.unlink(id, path)?;
        self.write_owed();
        self.finish_day(id);
        Some(bytes)
    }

    /// Writes a line behind those of the camera's own thread, in the one queue of both.
    fn write_line(&self, id: &DayId, line: LedgerEntry) -> io::Result<()> {
        let ledger = Ledger::new(self.disk.clone(), &self.archive, &id.folder, &id.folder);
        ledger.write_through(id.date, line, PATIENCE)
    }

    /// Notes a line for which there is no room; none where its segment stays, because even that fails.
    fn owe(&mut self, path: &Path, line: LedgerEntry) -> Option<()> {
        self.owed.push(line);
        let Err(error) = notes::write(&self.disk, &self.root, &self.owed) else { return Some(()) };
        let notes = self.root.join(notes::NAME);
        // There never was room for notes: that is what it goes for.
        if cause_of(&error) == Cause::DiskFull && matches!(self.disk.exists(&notes), Ok(false)) {
            return Some(());
        }
        self.owed.pop();
        self.leave_for_now(path, &notes, &error)
    }

    /// Removes segments of an opened day whose ledger says that they are removed: we were killed in
    /// between.
    pub(super) fn finish_removals(&mut self, id: &DayId) {
        let half = self.open.get(id).map(|day| day.half_removed()).unwrap_or_default();
        for (path, said) in half {
            match fs::symlink_metadata(&path) {
                Ok(_) if self.stopped() => return,
                Ok(meta) if put_there(&meta) <= said => {
                    let freed = self.unlink(id, &path).map_or(0, |()| meta.len());
                    self.finished = self.finished.saturating_add(freed);
                }
                // Gone by now, or put there by somebody, from a backup for instance: not ours any more.
                _ => self.gone(id, &path),
            }
        }
    }

    /// Writes the lines for which there was no room, or notes them.
    pub(super) fn write_owed(&mut self) {
        if self.owed.is_empty() {
            return;
        }
        let told = self.owed.iter().filter(|line| self.tell(line).is_ok()).count();
        let left = if told == self.owed.len() { &[] } else { &self.owed[..] };
        if notes::write(&self.disk, &self.root, left).is_ok() && left.is_empty() {
            self.owed.clear();
        }
    }

    /// Writes a line that was noted, unless that is done, or its segment was not removed after all.
    fn tell(&self, line: &LedgerEntry) -> io::Result<()> {
        let LedgerEntry::Removed { file, .. } = line else { return Ok(()) };
        let Some(name) = FileName::parse(file) else { return Ok(()) };
        self.archive.check_folder(&name.folder)?;
        let id = DayId { date: paths::day_of(name.start), folder: name.folder.into() };
        let day = Day::read(&self.root, &id)?;
        let is_owed =
            day.file(file).is_some_and(|file| file.closed.is_some() && file.removed.is_none());
        if !is_owed || self.disk.exists(&day.path.join(file))? {
            return Ok(());
        }
        self.write_line(&id, line.clone())
    }

    /// Whether the ledger says of a segment by now that it was taken away; none where it is not to be
    /// removed any more, or can't be read.
    fn look_again(&mut self, id: &DayId, path: &Path) -> Option<bool> {
        let (day, file) = (self.open.get_mut(id)?, paths::name_of(path));
        match day.catch_up(&self.root) {
            Ok(()) if day.is_removable(&file) => Some(day.removed(&file).is_some()),
            Ok(()) => {
                self.note(id);
                None
            }
            Err(error) => self.leave_for_now(path, &self.ledger(id), &error),
        }
    }

    fn unlink(&mut self, id: &DayId, path: &Path) -> Option<()> {
        match self.disk.remove(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return self.leave_for_now(path, path, &error);
            }
            _ => self.gone(id, path),
        }
        sync_parent(&self.disk, path, &mut self.report);
        Some(())
    }

    fn gone(&mut self, id: &DayId, path: &Path) {
        if let Some(day) = self.open.get_mut(id) {
            day.gone(&paths::name_of(path));
        }
        self.note(id);
    }

    /// A segment stays, because of an error with the file `with`.
    fn leave_for_now<T>(&mut self, path: &Path, with: &Path, error: &io::Error) -> Option<T> {
        let name = paths::name_of(path);
        self.report.warn(with, &format_args!("{name} can't be removed for now: {error}"));
        if self.stuck.len() < STUCK {
            self.stuck.insert(path.to_owned());
        }
        None
    }

    /// Removes the ledger and the folders of a day that has neither segments nor anything else,
    /// unless something may still come: today, and yesterday for what is closed after midnight.
    pub(super) fn finish_day(&mut self, id: &DayId) {
        let today = paths::day_of((self.clock)().wall);
        let past = today.yesterday().is_ok_and(|yesterday| id.date < yesterday);
        if !past || !self.days.get(id).is_some_and(DayEntry::is_emptied) {
            return;
        }
        let (ledger, folder) =
            (self.ledger(id), paths::day_folder(&self.root, &id.folder, id.date));
        if !holds_only(&folder, &ledger).unwrap_or(false) {
            return;
        }
        if let Err(error) = self.disk.remove(&ledger) {
            return self.report.warn(&ledger, &error);
        }
        self.open.remove(id);
        self.days.forget(id);
        // Day, month, year; the camera's own where nobody records into it any more.
        let levels = if self.known.contains(&*id.folder) { 3 } else { 4 };
        for folder in folder.ancestors().take(levels) {
            if self.disk.remove_dir(folder).is_err() {
                return;
            }
            sync_parent(&self.disk, folder, &mut self.report);
        }
    }
}

/// Whether a folder holds one file and nothing else.
fn holds_only(folder: &Path, file: &Path) -> io::Result<bool> {
    let found = fs::read_dir(folder)?.take(2).map(|found| Ok(found?.path()));
    Ok(found.collect::<io::Result<Vec<_>>>()? == [file])
}

/// Makes a removal last.
fn sync_parent(disk: &impl Disk, path: &Path, report: &mut RemovalReport) {
    let Some(folder) = path.parent() else { return };
    if let Err(error) = disk.sync_dir(folder) {
        report.warn(folder, &error);
    }
}
