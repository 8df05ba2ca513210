//! All that retention holds of the archive: a summary of each camera's day, in some 200 bytes.
//!
//! Pure; owned by the thread `retention`. Policies:
//! - a day that was not read yet counts nothing, so that what is known of all is never too much;
//! - a segment that was just closed counts before its day is read again, once;
//! - what is older is (era, time), never the time alone: each time the clock was set back an era of the
//!   camera begins, and else what was recorded after that would be the oldest. Between cameras, which have
//!   eras of their own, times are compared, and what a wrong clock dated into the future counts as no
//!   younger than what was recorded after it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::entry::{DayEntry, Part, Stamp};
use crate::ledger::day::DayId;
use crate::ledger::eras::{Reach, eras};
use crate::paths::FileName;

/// All days, and where they are.
#[derive(Debug, Default)]
pub(super) struct Days {
    days: BTreeMap<DayId, DayEntry>,
    cameras: BTreeMap<Arc<str>, Camera>,
    /// Bytes of all our segments.
    pub total: u64,
    /// The disk of the root, where cameras without a folder are.
    pub root_home: Option<u64>,
}

/// A camera that was heard of.
#[derive(Debug, Default)]
struct Camera {
    /// Bytes of its segments.
    bytes: u64,
    /// The disk that its folder is on.
    home: Option<u64>,
}

/// A part of a day at its place in the order.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// The day.
    pub id: DayId,
    /// Which of its parts; none where the day was not read.
    pub run: Option<usize>,
    /// What is known of it.
    pub part: Part,
    /// How often the clock was set back before.
    pub era: u32,
    /// Not younger than this, ms since 1970.
    pub latest: i64,
}

impl Days {
    /// The one copy of a camera's name.
    pub fn camera(&mut self, name: &str) -> Arc<str> {
        if let Some((camera, _)) = self.cameras.get_key_value(name) {
            return camera.clone();
        }
        let camera: Arc<str> = name.into();
        self.cameras.insert(camera.clone(), Camera::default());
        camera
    }

    /// All cameras that were heard of.
    pub fn cameras(&self) -> Vec<Arc<str>> {
        self.cameras.keys().cloned().collect()
    }

    /// A camera's folder is on that disk.
    pub fn set_home(&mut self, camera: &Arc<str>, device: u64) {
        self.cameras.entry(camera.clone()).or_default().home = Some(device);
    }

    /// The disk that a camera's folder is on.
    pub fn home_of(&self, camera: &str) -> Option<u64> {
        self.cameras.get(camera).and_then(|camera| camera.home).or(self.root_home)
    }

    /// The cameras whose folders are on that disk.
    pub fn cameras_on(&self, device: u64) -> impl Iterator<Item = &Arc<str>> {
        self.cameras.keys().filter(move |camera| self.home_of(camera) == Some(device))
    }

    /// Bytes of a camera's segments.
    pub fn of_camera(&self, camera: &str) -> u64 {
        self.cameras.get(camera).map_or(0, |camera| camera.bytes)
    }

    /// The cameras with more bytes than that.
    pub fn cameras_above(&self, limit: u64) -> impl Iterator<Item = &Arc<str>> {
        self.cameras.keys().filter(move |camera| self.of_camera(camera) > limit)
    }

    /// All days, by camera.
    pub fn iter(&self) -> impl Iterator<Item = (&DayId, &DayEntry)> {
        self.days.iter()
    }

    /// What is known of a day.
    pub fn get(&self, id: &DayId) -> Option<&DayEntry> {
        self.days.get(id)
    }

    /// The days of which that is so.
    pub fn which(&self, is: impl Fn(&DayId, &DayEntry) -> bool) -> Vec<DayId> {
        self.days.iter().filter(|(id, day)| is(id, day)).map(|(id, _)| id.clone()).collect()
    }

    /// Whether the newest days of each camera were read: the one that is recorded to, and the one before.
    pub fn are_newest_read(&self) -> bool {
        let mut newest = self.cameras.keys().flat_map(|camera| self.of(camera).rev().take(2));
        newest.all(|(_, day)| day.read.is_some())
    }

    /// Up to when anything was ever recorded, by the clock of then, ms since 1970.
    pub fn furthest(&self) -> Option<i64> {
        self.days.values().flat_map(|day| &day.parts).map(|part| part.run.last).max()
    }

    /// Up to when it was recorded in what had begun before that time, ms since 1970.
    pub fn newest_before(&self, time: i64) -> Option<i64> {
        let parts = self.days.values().flat_map(|day| &day.parts);
        let old = parts.filter(|part| part.segments > 0 && part.begins < time);
        old.map(|part| part.run.last.min(time)).max()
    }

    /// The parts of all days in the order in which a camera's were recorded; a day that was not read is
    /// one part from its midnight on.
    pub fn in_order(&self) -> Vec<Link> {
        self.cameras.keys().flat_map(|camera| order(self.of(camera))).collect()
    }

    fn of(&self, camera: &Arc<str>) -> impl DoubleEndedIterator<Item = (&DayId, &DayEntry)> {
        let day = |date| DayId { folder: camera.clone(), date };
        self.days.range(day(Date::MIN)..=day(Date::MAX))
    }

    /// A walk met a day's folder, which is like this now.
    pub fn meet(&mut self, id: &DayId, stamp: Stamp) {
        let day = self.days.entry(id.clone()).or_default();
        // What it comes to counts until it is read again.
        day.read = day.read.filter(|read| *read == stamp && stamp.changed != 0);
    }

    /// What is known of a day, from the index or by reading it.
    pub fn put(&mut self, id: &DayId, entry: DayEntry) {
        let id = DayId { folder: self.camera(&id.folder), date: id.date };
        self.change(&id, |day| *day = entry);
    }

    /// A segment was closed that does not count yet; false where its day must be read to know.
    pub fn closed(&mut self, id: &DayId, name: &FileName, end: i64, bytes: u64) -> bool {
        let Some(day) = self.days.get(id) else { return false };
        let newest = Some((name.start, name.number));
        if day.read.is_none() || day.parts.is_empty() || day.newest >= newest {
            return false;
        }
        self.change(id, |day| {
            day.newest = newest;
            if let Some(part) = day.parts.last_mut() {
                let start = name.start.as_millisecond();
                part.count(start, end.max(start), bytes, true);
                part.run.last = part.run.last.max(end);
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
        let camera = self.cameras.entry(id.folder.clone()).or_default();
        for sum in [&mut self.total, &mut camera.bytes] {
            *sum = sum.saturating_sub(before).saturating_add(after);
        }
    }
}

/// One camera's days, which are sorted by date, as they were recorded.
fn order<'a>(days: impl Iterator<Item = (&'a DayId, &'a DayEntry)>) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for (id, day) in days {
        let link = |run, part| Link { id: id.clone(), run, part, era: 0, latest: i64::MAX };
        let parts = day.parts.iter().enumerate();
        links.extend(parts.map(|(run, part)| link(Some(run), *part)));
        if day.read.is_none() && day.parts.is_empty() {
            let first = midnight(id.date);
            let run = Reach { first, last: first, ..Reach::default() };
            links.push(link(None, Part { first, ..Part::of_run(run) }));
        }
    }
    let runs: Vec<_> = links.iter().map(|link| (link.id.date, link.part.run)).collect();
    links.iter_mut().zip(eras(&runs)).for_each(|(link, era)| link.era = era);
    links.sort_by_key(|link| (link.era, link.part.run.first));
    // What is newer than each began no earlier than this.
    let (mut latest, mut newer) = (i64::MAX, i64::MAX);
    for at in (0..links.len()).rev() {
        if links.get(at + 1).is_some_and(|next| links[at].era < next.era) {
            latest = newer;
        }
        links[at].latest = latest;
        newer = newer.min(links[at].part.run.first);
    }
    links
}

/// The beginning of a day, ms since 1970.
fn midnight(date: Date) -> i64 {
    date.to_zoned(TimeZone::UTC).map_or(i64::MIN, |midnight| midnight.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
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
        assert_eq!((days.total, days.of_camera("gate"), days.of_camera("door")), (12, 12, 0));
        days.put(&id(22), entry(1));
        assert_eq!(
            (days.total, days.cameras_above(7).count(), days.cameras_above(8).count()),
            (8, 1, 0)
        );
        days.forget(&id(23));
        assert_eq!((days.total, days.iter().count()), (1, 1));
    }

    #[test]
    fn what_changed_is_read_again() {
        let mut days = Days::default();
        days.put(&id(22), entry(5));
        days.put(&id(23), entry(7));
        days.meet(&id(22), Stamp { ledger: 1, changed: 1 });
        days.meet(&id(23), Stamp { ledger: 2, changed: 1 });
        days.meet(&id(24), Stamp { ledger: 2, changed: 1 });
        assert_eq!(days.which(|_, day| day.read.is_none()), [id(23), id(24)]);
        assert_eq!(days.total, 12, "what it was counts until it is read");
    }

    #[test]
    fn a_closed_segment_counts_once() {
        let mut days = Days::default();
        let name = |name: &str| FileName::parse(name).unwrap();
        let (old, new) =
            (name("gate_2026-11-22T07-20-00Z.mkv"), name("gate_2026-11-22T07-30-00Z.mkv"));
        assert!(!days.closed(&id(22), &new, 0, 5), "its day was not read");
        days.put(&id(22), DayEntry { newest: Some((old.start, 1)), ..entry(5) });
        assert!(days.closed(&id(22), &new, 0, 5));
        assert!(!days.closed(&id(22), &new, 0, 5) && !days.closed(&id(22), &old, 0, 5));
        let second = name("gate_2026-11-22T07-30-00Z_2.mkv");
        assert!(days.closed(&id(22), &second, 0, 0), "the number counts too");
        assert_eq!(days.total, 10);
    }

    #[test]
    fn a_thousand_days_take_some_hundred_kilobytes() {
        let day = size_of::<DayId>() + size_of::<DayEntry>() + size_of::<Part>();
        assert!(day <= 256, "{day}");
    }

    const HOUR: i64 = 3_600_000;

    /// A day of November 2026 with runs from hour to hour of the month.
    fn day(date: i8, runs: &[(i64, i64, Option<i64>)]) -> (DayId, DayEntry) {
        let id = DayId { folder: "gate".into(), date: jiff::civil::date(2026, 11, date) };
        let hour = |hour: i64| midnight(jiff::civil::date(2026, 11, 1)) + hour * HOUR;
        let part = |(from, to, after): &(i64, i64, Option<i64>)| Part {
            run: Reach {
                first: hour(*from),
                last: hour(*to),
                after: after.map(hour),
                leads_to: None,
            },
            first: hour(*from),
            ..Part::default()
        };
        let parts = runs.iter().map(part).collect();
        (id, DayEntry { parts, read: Some(Stamp::default()), ..DayEntry::default() })
    }

    fn age(link: &Link) -> (i64, u32, i64) {
        (link.part.first.min(link.latest), link.era, link.part.first)
    }

    fn sorted(days: &[(DayId, DayEntry)]) -> Vec<(i8, usize, u32)> {
        let mut links = order(days.iter().map(|(id, day)| (id, day)));
        links.sort_by_key(age);
        links.iter().map(|link| (link.id.date.day(), link.run.unwrap(), link.era)).collect()
    }

    #[test]
    fn without_a_backward_gap_the_time_counts() {
        let days =
            [day(1, &[(1, 24, None)]), day(2, &[(24, 48, None)]), day(5, &[(100, 110, None)])];
        assert_eq!(sorted(&days), [(1, 0, 0), (2, 0, 0), (5, 0, 0)]);
    }

    #[test]
    fn what_follows_a_backward_gap_is_newer_whatever_its_time() {
        // In one day; over midnight; and a day that was left and come back to.
        let one = [day(1, &[(1, 10, None), (8, 24, Some(10))]), day(2, &[(24, 30, None)])];
        assert_eq!(sorted(&one), [(1, 0, 0), (1, 1, 1), (2, 0, 1)]);
        let midnight = [day(1, &[(1, 24, None), (20, 24, Some(25))]), day(2, &[(24, 25, None)])];
        assert_eq!(sorted(&midnight), [(1, 0, 0), (2, 0, 0), (1, 1, 1)]);
        let ahead = [
            day(1, &[(1, 10, None), (11, 24, Some(220))]),
            day(2, &[(24, 30, None)]),
            day(10, &[(10, 220, None)]),
        ];
        assert_eq!(sorted(&ahead), [(1, 0, 0), (10, 0, 0), (1, 1, 1), (2, 0, 1)]);
    }

    #[test]
    fn a_chain_that_is_broken_goes_by_date() {
        let lost =
            [day(1, &[(1, 10, None)]), day(2, &[(24, 30, Some(500))]), day(3, &[(50, 60, None)])];
        assert_eq!(sorted(&lost), [(1, 0, 0), (2, 0, 1), (3, 0, 1)]);
        // Each says that it follows the other.
        let round = [day(1, &[(1, 10, Some(30))]), day(2, &[(24, 30, Some(10))])];
        assert_eq!(sorted(&round).len(), 2);
    }

    #[test]
    fn a_future_that_never_was_is_no_younger_than_what_followed() {
        let days = [day(3, &[(50, 60, Some(220))]), day(10, &[(216, 220, None)])];
        let links = order(days.iter().map(|(id, day)| (id, day)));
        let ten = links.iter().find(|link| link.id.date.day() == 10).unwrap();
        let three = links.iter().find(|link| link.id.date.day() == 3).unwrap();
        assert!(age(ten) < age(three));
        assert_eq!(age(ten).0, three.part.first, "so another camera's day 4 is younger");
    }
}
