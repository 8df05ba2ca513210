//! The rules: which segments go by age, by bytes of their camera, by bytes of all and for room.
//!
//! Run by the thread `retention`. Policy: a rule is asked about each part of a day first, and only where it
//! may take something the day is opened and the rule asked about its segments, from the oldest on: the one
//! that was recorded first, whatever clock dated it.

use std::collections::HashSet;
use std::path::PathBuf;

use jiff::{SignedDuration, Timestamp};

use super::Retention;
use super::days::{Days, Now};
use super::open_day::{end_of, stamp_of};
use super::room::Room;
use super::trust::Trust;
use crate::Cause;
use crate::disk::Disk;
use crate::ledger::day::DayId;
use crate::ledger::entry::RetentionRule;
use crate::ledger::index::summary::Stamp;
use crate::paths;

/// A part of a day, or a segment of one that was opened; sorts by age, then by camera.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Next {
    age: (i64, u32, i64),
    id: DayId,
    /// The segment; none for a part.
    path: Option<PathBuf>,
    /// How long it is, ms; of no meaning for a part.
    length: i64,
    /// Its end, or the earliest of a part, as far as that can be known, ms since 1970.
    end: i64,
}

impl<D: Disk> Retention<D> {
    pub(super) fn limit_age(&mut self) {
        let Some(age) = self.limits.age else { return };
        if self.unbegun.is_some() {
            return;
        }
        let (age, now) = (i64::try_from(age.as_millis()).unwrap_or(i64::MAX), (self.clock)());
        let oldest = now.wall.as_millisecond().saturating_sub(age);
        let goes = |_: &Days, trust: &mut Trust, next: &Next| {
            let length = SignedDuration::from_millis(next.length);
            next.end < oldest
                && match next.path {
                    Some(_) => trust.may_age(&next.id.folder, length, now.instant),
                    None => trust.may_age_more(&next.id.folder, now.instant),
                }
        };
        self.pass(RetentionRule::Age, |_, _| true, goes);
    }

    pub(super) fn limit_cameras(&mut self) {
        let Some(limit) = self.limits.per_camera else { return };
        let is_any_above = |days: &Days, _| days.cameras_above(limit).next().is_some();
        let is_above =
            |days: &Days, _: &mut _, next: &Next| days.of_camera(&next.id.folder) > limit;
        self.pass(RetentionRule::PerCamera, is_any_above, is_above);
        let above = self.days.cameras_above(limit).cloned();
        self.found.unmet.extend(above.map(|camera| (camera, RetentionRule::PerCamera)));
    }

    pub(super) fn limit_total(&mut self) {
        let Some(limit) = self.limits.total else { return };
        self.pass(RetentionRule::Total, |days, _| days.total > limit, |_, _, _| true);
        if self.days.total > limit {
            let all = self.days.cameras().into_iter();
            self.found.unmet.extend(all.map(|camera| (camera, RetentionRule::Total)));
        }
    }

    /// Keeps the floor of free space of a disk.
    pub(super) fn make_room(&mut self, device: u64, room: &mut Room) -> Result<(), Cause> {
        self.finished = 0;
        let (mut disk, now) = (self.space(&room.folder)?, (self.clock)().instant);
        if let Some(demand) = room.demand(&self.limits, disk, now) {
            let is_on_it =
                |days: &Days, _: &mut _, next: &Next| days.home_of(&next.id.folder) == Some(device);
            let is_missing = |_: &Days, removed| removed < demand.missing;
            let removed = self.pass(RetentionRule::Free, is_missing, is_on_it);
            if removed > 0 {
                self.report.making_room(&room.folder, disk.free, demand.wanted);
            }
            disk = self.space(&room.folder)?;
            room.freed(&self.limits, &demand, (removed, !self.stopped()), disk, now);
        }
        // Also at a look that asks for nothing.
        room.unmet &= disk.free < self.limits.free;
        if room.unmet {
            let on_it = self.days.cameras_on(device).cloned();
            self.found.unmet.extend(on_it.map(|camera| (camera, RetentionRule::Free)));
        }
        room.verdict()
    }

    /// Asks a rule what goes of all there is, from the oldest on, and removes that, for as long as the rule
    /// is not satisfied: by days and the bytes that were removed. Those bytes, with what opening days
    /// finished of earlier removals.
    fn pass(
        &mut self,
        rule: RetentionRule,
        is_wanted: impl Fn(&Days, u64) -> bool,
        goes: impl Fn(&Days, &mut Trust, &Next) -> bool,
    ) -> u64 {
        let (mut removed, mut opened, mut queue) = (0, HashSet::new(), None);
        while is_wanted(&self.days, removed + self.finished)
            && !self.stopped()
            && let Some(next) = queue.get_or_insert_with(|| self.queue(rule, &opened)).pop()
        {
            let is_stuck = next.path.as_ref().is_some_and(|path| self.stuck.contains(path));
            if is_stuck || !goes(&self.days, &mut self.trust, &next) {
                continue;
            }
            let Some(path) = next.path else {
                self.open_day(&next.id);
                opened.insert(next.id);
                // What is known of it now may change the order of all.
                queue = None;
                continue;
            };
            if let Some(bytes) = self.remove(&next.id, &path, rule) {
                self.report.count(rule, bytes);
                removed += bytes;
            }
        }
        removed + self.finished
    }

    /// What may be removed, the oldest last: parts of days, and the segments of those that were opened.
    fn queue(&mut self, rule: RetentionRule, opened: &HashSet<DayId>) -> Vec<Next> {
        let (now, sure) = ((self.clock)().wall, self.trust.sure);
        let at = sure.map_or(now, |sure| sure.max(now)).as_millisecond();
        let late = if rule == RetentionRule::Free { self.late(now) } else { HashSet::new() };
        let now = Now { at, steps: &self.trust.steps, late: &late };
        let (parts, mut queue) = (self.days.in_order(&now).into_iter(), Vec::new());
        for link in parts.filter(|link| link.part.removable > 0) {
            let next = |start: i64, end: i64, path| {
                let (age, length) = (link.age(start), end.saturating_sub(start));
                Next { age, id: link.id.clone(), path, length, end: link.dated(end) }
            };
            if !opened.contains(&link.id) {
                queue.push(next(link.part.first, link.part.first_end, None));
            } else if let Some(day) = self.opened(&link.id) {
                queue.extend(day.removable(link.run).map(|it| {
                    next(it.segment.start.as_millisecond(), end_of(it), Some(it.path.clone()))
                }));
            }
        }
        queue.sort_unstable_by(|one: &Next, other| other.cmp(one));
        queue
    }

    /// Days that are still written, of which nothing is known that may go, and whose ledgers changed: on a
    /// full disk a segment's line waits for room, and comes later than the segment.
    fn late(&self, now: Timestamp) -> HashSet<DayId> {
        let today = paths::day_of(now);
        let from = today.yesterday().unwrap_or(today);
        let late = self.days.which(|id, day| {
            let is_same = |read: &Stamp| read.ledger == stamp_of(&self.root, id).ledger;
            id.date >= from
                && day.parts.iter().all(|part| part.removable == 0)
                && !day.read.as_ref().is_some_and(is_same)
        });
        late.into_iter().collect()
    }
}
