//! What there is: which days, and what each comes to.
//!
//! Run by the thread `retention`. Policies: folders are not followed through links, and names that are not
//! ours are passed over without a word; a day that can't be read keeps its segments, and is tried again at
//! the next walk.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::open_day::{OpenDay, stamp_of};
use super::room::Room;
use super::{Retention, notes};
use crate::disk::Disk;
use crate::ledger::day::DayId;
use crate::ledger::folders::{camera_folders, day_folders};
use crate::ledger::index::summary::{DayEntry, Stamp};
use crate::paths::{self, FileName};

/// Segments of opened days that are held, some kilobyte each with the order in which they go. Of more cameras
/// than have room their days are read again by turns.
const HELD: usize = 6_000;

impl<D: Disk> Retention<D> {
    /// Looks which days there are, and which disks; false where the folder can't be looked at, so that
    /// nobody knows.
    pub fn walk(&mut self) -> bool {
        self.take_up_notes();
        let Some(met) = self.find_days() else { return false };
        self.walked = true;
        let gone = self.days.which(|id, _| !met.contains(id));
        gone.iter().for_each(|id| self.days.forget(id));
        self.stuck.clear();
        self.open.clear();
        self.known.iter().for_each(|camera| drop(self.days.camera(camera)));
        for camera in self.days.cameras() {
            self.meet_disk(&camera, &self.root.join(&*camera));
        }
        self.unread = self.days.which(|_, day| day.read.is_none());
        self.unread.sort_by_key(|id| id.date);
        // Days that were left behind without a segment.
        let emptied = self.days.which(|_, day| day.read.is_some() && day.is_emptied());
        emptied.iter().for_each(|id| self.finish_day(id));
        true
    }

    /// Takes up what was noted and not told, and sees that there is room for notes.
    fn take_up_notes(&mut self) {
        if !self.owed.is_empty() || self.archive.check().is_err() {
            return;
        }
        match notes::read(&self.disk, &self.root) {
            Ok(owed) => {
                self.owed = owed;
                self.write_owed();
            }
            Err(error) => {
                let what =
                    format_args!("where there is no room for a line, its segment stays: {error}");
                self.report.warn(&self.root.join(notes::NAME), &what);
            }
        }
    }

    /// Looks which disk a folder of a camera is on; none where there is no such folder.
    pub(super) fn meet_disk(&mut self, camera: &Arc<str>, folder: &Path) -> Option<&mut Room> {
        let device = self.disk.space(folder).ok()?.device;
        self.days.set_home(camera, device);
        Some(self.rooms.entry(device).or_insert_with(|| Room::new(folder.to_owned())))
    }

    /// The days that have a folder; none where nobody knows, or it is told to stop before the end.
    fn find_days(&mut self) -> Option<HashSet<DayId>> {
        let mut met = HashSet::new();
        let cameras = match camera_folders(&self.root) {
            Ok(cameras) => cameras,
            Err(error) => {
                self.report.warn(&self.root, &format_args!("passed over by retention: {error}"));
                return None;
            }
        };
        for camera in cameras.iter().filter(|camera| !self.root.join(camera).is_symlink()) {
            for date in day_folders(&self.root, camera, false) {
                if self.stopped() {
                    return None;
                }
                match date {
                    Ok(date) => {
                        let id = DayId { folder: self.days.camera(camera), date };
                        self.days.meet(&id, stamp_of(&self.root, &id));
                        met.insert(id);
                    }
                    Err(error) => {
                        let folder = self.root.join(camera);
                        self.report.warn(&folder, &format_args!("passed over: {error}"));
                    }
                }
            }
        }
        Some(met)
    }

    /// Reads days that were not read yet or changed since, for about that long; whether any are left.
    pub fn read_days(&mut self, time: Duration) -> bool {
        if self.unread.is_empty() {
            return false;
        }
        let until = Instant::now() + time;
        while !self.stopped() && Instant::now() < until {
            let Some(id) = self.unread.pop() else { break };
            if self.days.get(&id).is_some_and(|day| day.read.is_none()) {
                let opened = self.open_day(&id);
                self.open.remove(&id);
                if opened {
                    self.finish_day(&id);
                }
            }
        }
        if self.unread.is_empty() {
            let cameras = self.days.cameras().into_iter();
            let strange = cameras.filter(|camera| !self.known.contains(&**camera));
            let bytes = strange.map(|camera| self.days.of_camera(&camera)).sum();
            self.report.unknown_cameras(&self.root, bytes);
        }
        !self.unread.is_empty()
    }

    /// A segment was closed, or is protected no longer.
    pub fn closed(&mut self, path: &Path) {
        let Some(name) = FileName::parse(&paths::name_of(path)) else { return };
        let date = paths::day_of(name.start);
        let folder = paths::day_folder(&self.root, &name.folder, date);
        if name.part || !name.is_of(&name.folder, date) || path.parent() != Some(&*folder) {
            return tracing::debug!("{}: not named like a segment", path.display());
        }
        // What is gone again, or can't be looked at, is found by a walk, or not any more.
        let Ok(meta) = fs::symlink_metadata(path) else { return };
        let id = DayId { folder: self.days.camera(&name.folder), date };
        // A disk of its own may have been mounted meanwhile.
        self.meet_disk(&id.folder, &self.root.join(&*id.folder));
        let now = (self.clock)().wall.as_millisecond();
        if meta.is_file() && !self.days.closed(&id, &name, now, meta.len()) {
            self.open_day(&id);
        }
    }

    /// Opens a day, or looks what changed in it; false where it can't be read, and then its segments stay.
    pub(super) fn open_day(&mut self, id: &DayId) -> bool {
        let opened = match self.open.remove(id) {
            Some(mut day) => day.refresh(&self.root).map(|()| day),
            None => OpenDay::read(&self.root, id),
        };
        let day = match opened {
            Ok(day) => day,
            Err(error) => {
                self.report.warn(&self.ledger(id), &error);
                let parts = self.days.get(id).map(|day| day.parts.clone()).unwrap_or_default();
                // To be tried again at the next walk.
                let read = Some(Stamp::default());
                self.days.put(id, DayEntry { parts, read, ..DayEntry::default() });
                return false;
            }
        };
        if self.open.values().map(OpenDay::len).sum::<usize>() + day.len() > HELD {
            self.open.clear();
        }
        self.open.insert(id.clone(), day);
        self.finish_removals(id);
        self.note(id);
        true
    }

    /// A day that was opened, or is now; none where it can't be read.
    pub(super) fn opened(&mut self, id: &DayId) -> Option<&OpenDay> {
        if !self.open.contains_key(id) {
            self.open_day(id);
        }
        self.open.get(id)
    }

    /// Takes over what an opened day comes to.
    pub(super) fn note(&mut self, id: &DayId) {
        if let Some(day) = self.open.get(id) {
            self.days.put(id, day.entry());
        }
    }
}
