//! All that retention holds of the archive: a summary of each camera's day, in some 200 bytes.
//!
//! Pure; owned by the thread `retention`. Policies:
//! - a day that was not read yet counts nothing, so that what is known of all is never too much;
//! - a segment that was just closed counts before its day is read again, once.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::civil::Date;

use super::chain;
use super::entry::{DayEntry, Stamp};
use super::key::SegmentKey;
use crate::ledger::day::DayId;

/// All days, and where they are.
#[derive(Debug, Default)]
pub(super) struct Days {
    days: BTreeMap<DayId, DayEntry>,
    cameras: HashSet<Arc<str>>,
    total: u64,
    per_camera: HashMap<Arc<str>, u64>,
    /// The disk that each camera's folder is on, and the root's.
    homes: HashMap<Arc<str>, u64>,
    root_home: Option<u64>,
}

impl Days {
    /// The one copy of a camera's name.
    pub fn camera(&mut self, name: &str) -> Arc<str> {
        if let Some(camera) = self.cameras.get(name) {
            return camera.clone();
        }
        let camera: Arc<str> = name.into();
        self.cameras.insert(camera.clone());
        camera
    }

    /// All cameras that were heard of.
    pub fn cameras(&self) -> Vec<Arc<str>> {
        self.cameras.iter().cloned().collect()
    }

    /// The root is on that disk, and so are cameras without a folder.
    pub fn set_root_home(&mut self, device: u64) {
        self.root_home = Some(device);
    }

    /// A camera's folder is on that disk.
    pub fn set_home(&mut self, camera: &Arc<str>, device: u64) {
        self.homes.insert(camera.clone(), device);
    }

    /// The disk that a camera's folder is on.
    pub fn home_of(&self, camera: &str) -> Option<u64> {
        self.homes.get(camera).copied().or(self.root_home)
    }

    /// The cameras whose folders are on that disk.
    pub fn cameras_on(&self, device: u64) -> impl Iterator<Item = &Arc<str>> {
        self.cameras.iter().filter(move |camera| self.home_of(camera) == Some(device))
    }

    /// Bytes of all our segments.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Bytes of a camera's segments.
    pub fn of_camera(&self, camera: &str) -> u64 {
        self.per_camera.get(camera).copied().unwrap_or(0)
    }

    /// The cameras with more bytes than that.
    pub fn cameras_above(&self, limit: u64) -> Vec<Arc<str>> {
        let above = self.per_camera.iter().filter(|(_, bytes)| **bytes > limit);
        above.map(|(camera, _)| camera.clone()).collect()
    }

    /// Whether any camera has more bytes than that.
    pub fn is_any_above(&self, limit: u64) -> bool {
        self.per_camera.values().any(|bytes| *bytes > limit)
    }

    /// Number of our segments and their bytes whose camera is not among the known ones.
    pub fn unknown_cameras(&self, known: &HashSet<String>) -> (u64, u64) {
        let strange = self.days.iter().filter(|(id, _)| !known.contains(&*id.folder));
        strange.fold((0, 0), |(files, sum), (_, day)| {
            (files + day.segments(), sum.saturating_add(day.bytes()))
        })
    }

    /// All days, by camera.
    pub fn iter(&self) -> impl Iterator<Item = (&DayId, &DayEntry)> {
        self.days.iter()
    }

    /// What is known of a day.
    pub fn get(&self, id: &DayId) -> Option<&DayEntry> {
        self.days.get(id)
    }

    /// Days that were not read, or changed since.
    pub fn unread(&self) -> Vec<DayId> {
        let unread = self.days.iter().filter(|(_, day)| day.read.is_none());
        unread.map(|(id, _)| id.clone()).collect()
    }

    /// Whether the newest days of each camera were read: the one that is recorded to, and the one before.
    pub fn are_newest_read(&self) -> bool {
        let mut newest = self.cameras.iter().flat_map(|camera| self.of(camera).rev().take(2));
        newest.all(|(_, day)| day.read.is_some())
    }

    /// Up to when anything was ever recorded, by the clock of then, ms since 1970.
    pub fn furthest(&self) -> Option<i64> {
        self.days.values().flat_map(|day| &day.parts).map(|part| part.reaches).max()
    }

    /// Up to when it was recorded in what had begun before that time, ms since 1970.
    pub fn newest_before(&self, time: i64) -> Option<i64> {
        let parts = self.days.values().flat_map(|day| &day.parts);
        let old = parts.filter(|part| part.segments > 0 && part.begins < time);
        old.map(|part| part.reaches.min(time)).max()
    }

    /// The parts of all days in the order in which a camera's were recorded; a day that was not read is
    /// one part from its midnight on.
    pub fn in_order(&self) -> Vec<chain::Link<'_>> {
        self.cameras.iter().flat_map(|camera| chain::order(self.of(camera))).collect()
    }

    fn of(&self, camera: &Arc<str>) -> impl DoubleEndedIterator<Item = (&DayId, &DayEntry)> {
        let from = DayId { folder: camera.clone(), date: Date::MIN };
        let to = DayId { folder: camera.clone(), date: Date::MAX };
        self.days.range(from..=to)
    }

    /// A walk begins: what it doesn't meet is gone.
    pub fn begin_walk(&mut self) {
        self.days.values_mut().for_each(|day| day.seen = false);
    }

    /// The walk met a day's folder, which is like this now.
    pub fn meet(&mut self, id: DayId, stamp: Stamp) {
        let id = DayId { folder: self.camera(&id.folder), ..id };
        let day = self.days.entry(id).or_default();
        day.seen = true;
        // What it comes to counts until it is read again.
        day.read = day.read.filter(|read| *read == stamp && stamp.changed != 0);
    }

    /// The walk is over.
    pub fn end_walk(&mut self) {
        let gone = self.days.iter().filter(|(_, day)| !day.seen).map(|(id, _)| id.clone());
        gone.collect::<Vec<_>>().iter().for_each(|id| self.forget(id));
    }

    /// What is known of a day, from the index or by reading it.
    pub fn put(&mut self, id: &DayId, entry: DayEntry) {
        let id = DayId { folder: self.camera(&id.folder), date: id.date };
        self.change(&id, |day| *day = DayEntry { seen: day.seen, ..entry });
    }

    /// A segment was closed that does not count yet; false where its day must be read to know.
    pub fn closed(&mut self, id: &DayId, key: SegmentKey, end: i64, bytes: u64) -> bool {
        let Some(day) = self.days.get(id) else { return false };
        let next = day.newest.is_none_or(|newest| newest < key);
        if day.read.is_none() || day.parts.is_empty() || !next {
            return false;
        }
        self.change(id, |day| {
            day.newest = Some(key);
            if let Some(part) = day.parts.last_mut() {
                part.count(key.start(), end.max(key.start()), bytes, true);
                part.reach(end);
            }
        });
        true
    }

    /// A day's folder is gone.
    pub fn forget(&mut self, id: &DayId) {
        self.change(id, |day| *day = DayEntry::default());
        self.days.remove(id);
    }

    /// The one way to change an entry: keeps the sums right.
    fn change(&mut self, id: &DayId, change: impl FnOnce(&mut DayEntry)) {
        let day = self.days.entry(id.clone()).or_default();
        let before = day.bytes();
        change(day);
        let after = day.bytes();
        self.total = self.total.saturating_sub(before).saturating_add(after);
        let camera = self.per_camera.entry(id.folder.clone()).or_default();
        *camera = camera.saturating_sub(before).saturating_add(after);
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::Part;
    use super::*;

    fn id(day: i8) -> DayId {
        DayId { folder: "gate".into(), date: jiff::civil::date(2026, 11, day) }
    }

    fn entry(bytes: u64) -> DayEntry {
        let mut part = Part::default();
        part.count(1, 2, bytes, true);
        DayEntry {
            parts: vec![part],
            read: Some(Stamp { ledger: 1, changed: 1 }),
            ..Default::default()
        }
    }

    #[test]
    fn sums_follow_days() {
        let mut days = Days::default();
        days.put(&id(22), entry(5));
        days.put(&id(23), entry(7));
        assert_eq!((days.total(), days.of_camera("gate"), days.of_camera("door")), (12, 12, 0));
        days.put(&id(22), entry(1));
        assert_eq!((days.total(), days.is_any_above(7), days.is_any_above(8)), (8, true, false));
        days.forget(&id(23));
        assert_eq!((days.total(), days.iter().count()), (1, 1));
    }

    #[test]
    fn what_a_walk_does_not_meet_is_gone_and_what_changed_is_read_again() {
        let mut days = Days::default();
        days.put(&id(21), entry(3));
        days.put(&id(22), entry(5));
        days.put(&id(23), entry(7));
        days.begin_walk();
        days.meet(id(22), Stamp { ledger: 1, changed: 1 });
        days.meet(id(23), Stamp { ledger: 2, changed: 1 });
        days.meet(id(24), Stamp { ledger: 2, changed: 1 });
        days.end_walk();
        assert_eq!(days.unread(), [id(23), id(24)]);
        assert_eq!(days.total(), 12, "what it was counts until it is read");
    }

    #[test]
    fn a_closed_segment_counts_once() {
        let mut days = Days::default();
        let key = |name: &str| SegmentKey::parse("gate", id(22).date, name).unwrap();
        let (old, new) =
            (key("gate_2026-11-22T07-20-00Z.mkv"), key("gate_2026-11-22T07-30-00Z.mkv"));
        assert!(!days.closed(&id(22), new, 0, 5), "its day was not read");
        days.put(&id(22), DayEntry { newest: Some(old), ..entry(5) });
        assert!(days.closed(&id(22), new, 0, 5));
        assert!(!days.closed(&id(22), new, 0, 5) && !days.closed(&id(22), old, 0, 5));
        assert_eq!(days.total(), 10);
    }

    #[test]
    fn a_thousand_days_take_some_hundred_kilobytes() {
        let day = size_of::<DayId>() + size_of::<DayEntry>() + size_of::<Part>();
        assert!(day <= 256, "{day}");
    }
}
