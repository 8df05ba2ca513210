//! All that retention holds of the archive: a summary of each camera's day, in some 200 bytes.
//!
//! Pure; owned by the thread `retention`. Policies:
//! - a day that was not read yet counts nothing, so that what is known of all is never too much;
//! - a segment that was just closed counts before its day is read again, once;
//! - what is older is (era, time), never the time alone: each time the clock was set back an era of the
//!   camera begins, and else what was recorded after that would be the oldest. Between cameras, which have
//!   eras of their own, and by age, times are compared: nothing counts as older than what its camera
//!   recorded before it, as far as that did not end in the future, and what a wrong clock dated into the
//!   future counts as no younger than what was recorded after it. The future begins at the clock's time, or
//!   where that is behind, when the clock was believed last;
//! - what was recorded before the clock was seen to be set forward, by more than a day, is as much younger
//!   than it says. What the first clock of all dated too early, and was set right while nobody looked, is
//!   taken for as old as it says.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::ledger::day::DayId;
use crate::ledger::eras::{Reach, eras};
use crate::ledger::index::summary::{DayEntry, Part, Stamp};
use crate::paths::FileName;

/// So far ahead of the clock what was recorded may end and not lie in the future, ms: by a picture, and by
/// what was recorded since the clock was looked at last.
const SLACK: i64 = 60_000;

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

/// The clock was set forward; times in ms since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Step {
    /// Since when it had been behind, by itself.
    pub since: i64,
    /// By how much.
    pub by: i64,
    /// To when.
    pub to: i64,
}

impl Step {
    /// Whether what it calls so may be a time before it.
    fn covers(&self, from: i64, to: i64) -> bool {
        let until = self.to.saturating_sub(self.by);
        self.since.saturating_sub(SLACK) <= to && from <= until.saturating_add(SLACK)
    }
}

/// When it is, and what is known of the clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now<'a> {
    /// By the clock, or where that is behind, when it was believed last, ms since 1970.
    pub at: i64,
    /// How it was set forward.
    pub steps: &'a [Step],
    /// Days that were read before the line of a segment of theirs may have come.
    pub late: &'a HashSet<DayId>,
}

/// A part of a day at its place in the order.
#[derive(Clone, Debug)]
pub(super) struct Link {
    /// The day.
    pub id: DayId,
    /// Which of its parts; the first where the day was not read.
    pub run: usize,
    /// What is known of it.
    pub part: Part,
    /// How often the clock was set back before.
    pub era: u32,
    /// How the clock that it was dated by was set right.
    pub step: Option<Step>,
    /// Not older than this, ms since 1970.
    pub earliest: i64,
    /// Not younger than this, ms since 1970.
    pub latest: i64,
}

impl Link {
    /// When it was what its clock calls `at`, as far as that can be known.
    pub fn dated(&self, at: i64) -> i64 {
        let by = self.step.filter(|step| step.covers(at, at)).map_or(0, |step| step.by);
        at.saturating_add(by).min(self.latest).max(self.earliest)
    }

    /// By which it goes, or a segment of it that starts there; whoever began first, if that is the same.
    pub fn age(&self, start: i64) -> (i64, u32, i64) {
        (self.dated(start), self.era, start)
    }
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

    /// Whether a day is missing before one on which it was recorded, up to `today` and after the day `sure`:
    /// of any camera, because a clock is every camera's.
    pub fn jumped(&self, sure: Option<Date>, today: Date) -> bool {
        let recorded = |(id, day): (&DayId, &DayEntry)| {
            (day.read.is_none() || day.segments() > 0).then_some(id.date)
        };
        let dates: BTreeSet<Date> = self.iter().filter_map(recorded).collect();
        let pairs = dates.iter().zip(dates.iter().skip(1));
        let news =
            pairs.filter(|(_, next)| **next <= today && sure.is_none_or(|sure| **next > sure));
        { news }.any(|(before, next)| before.tomorrow().is_ok_and(|tomorrow| tomorrow < *next))
    }

    /// The parts of all days in the order in which a camera's were recorded; a day that was not read is
    /// one part from its midnight on.
    pub fn in_order(&self, now: &Now<'_>) -> Vec<Link> {
        self.cameras.keys().flat_map(|camera| order(self.of(camera), now)).collect()
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
fn order<'a>(days: impl Iterator<Item = (&'a DayId, &'a DayEntry)>, now: &Now<'_>) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for (id, day) in days {
        let (earliest, latest) = (i64::MIN, i64::MAX);
        let link =
            |run, part| Link { id: id.clone(), run, part, era: 0, step: None, earliest, latest };
        let parts = day.parts.iter().enumerate();
        links.extend(parts.map(|(run, part)| link(run, *part)));
        if day.read.is_none() || now.late.contains(id) {
            if day.parts.is_empty() {
                let first = midnight(id.date);
                links.push(link(0, Part::of_run(Reach { first, last: first, ..Reach::default() })));
            }
            // It may have one that nobody knows, which ends where all ends that is known of it.
            links.last_mut().into_iter().for_each(|link| {
                link.part.count(link.part.run.last, link.part.run.last, 0, true);
            });
        }
    }
    let runs: Vec<_> = links.iter().map(|link| (link.id.date, link.part.run)).collect();
    links.iter_mut().zip(eras(&runs)).for_each(|(link, era)| link.era = era);
    links.sort_by_key(|link| (link.era, link.part.run.first));
    // What is older than each ended no later than this, and what is newer began no earlier.
    let mut earliest = i64::MIN;
    let past = |time: &i64| *time <= now.at.saturating_add(SLACK);
    for link in &mut links {
        let Reach { after, last, .. } = link.part.run;
        earliest = after.filter(past).map_or(earliest, |after| earliest.max(after));
        // Of several the first: for what came later, what is older tells more.
        let of_it = |step: &&Step| step.to <= now.at && step.covers(link.part.begins, last);
        link.step = now.steps.iter().filter(of_it).min_by_key(|step| step.by).copied();
        link.earliest = earliest;
        if past(&last) {
            earliest = link.dated(last);
        }
    }
    let (mut latest, mut newer) = (i64::MAX, i64::MAX);
    for at in (0..links.len()).rev() {
        if links.get(at + 1).is_some_and(|next| links[at].era < next.era) {
            latest = newer;
        }
        links[at].latest = latest;
        newer = newer.min(links[at].dated(links[at].part.run.first));
    }
    links
}

/// The beginning of a day, ms since 1970.
fn midnight(date: Date) -> i64 {
    date.to_zoned(TimeZone::UTC).map_or(i64::MIN, |midnight| midnight.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests;
