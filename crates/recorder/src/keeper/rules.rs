//! The rules: which segments go by age, by bytes of their camera and by bytes of all.
//!
//! Run by the thread `retention`. Policy: a rule is asked about each part of a day first, and only where it
//! may take something the day is opened and the rule asked about its segments, from the oldest on.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};

use jiff::SignedDuration;

use super::Retention;
use super::days::Days;
use super::open_day::{Place, Row};
use super::system::System;
use crate::ledger::day::DayId;
use crate::ledger::entry::RetentionRule;

/// What a rule decides about a segment, or a part of a day.
pub(super) enum RuleOutcome {
    /// It goes, as far as it may.
    Remove,
    /// It stays; the rule is asked about the next one.
    Skip,
    /// The rule is satisfied; nothing further is looked at.
    Satisfied,
}

/// What a rule is asked about.
pub(super) struct Asked<'a> {
    /// Its day.
    pub id: &'a DayId,
    /// Its start, or that of the oldest of a part, ms since 1970.
    pub start: i64,
    /// Its end, or the earliest of a part, ms since 1970.
    pub end: i64,
    /// Whether it is a segment.
    pub is_segment: bool,
    /// Bytes that were removed so far.
    pub removed: u64,
}

/// What is next, by age and then by camera.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Next {
    age: (i64, u32, i64),
    id: DayId,
    run: Option<usize>,
    era: u32,
    latest: i64,
    end: i64,
}

impl<S: System> Retention<S> {
    pub(super) fn limit_age(&mut self) {
        let Some(age) = self.limits.age else { return };
        if self.trust.is_doubted() || !self.begun {
            return;
        }
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let oldest = self.system.now().as_millisecond().saturating_sub(age);
        let now = self.system.instant();
        let mut trust = std::mem::take(&mut self.trust);
        self.pass(RetentionRule::Age, |_, asked| {
            let length = SignedDuration::from_millis(asked.end.saturating_sub(asked.start));
            let goes = asked.end < oldest
                && match asked.is_segment {
                    true => trust.may_age(&asked.id.folder, length, now),
                    false => trust.may_age_more(&asked.id.folder, now),
                };
            if goes { RuleOutcome::Remove } else { RuleOutcome::Skip }
        });
        self.trust = trust;
    }

    pub(super) fn limit_cameras(&mut self) {
        let Some(limit) = self.limits.per_camera else { return };
        if self.days.is_any_above(limit) {
            self.pass(RetentionRule::PerCamera, |days, asked| {
                if days.of_camera(&asked.id.folder) > limit {
                    RuleOutcome::Remove
                } else if days.is_any_above(limit) {
                    RuleOutcome::Skip
                } else {
                    RuleOutcome::Satisfied
                }
            });
        }
        for camera in self.days.cameras_above(limit) {
            self.unmet.insert(camera, RetentionRule::PerCamera);
        }
    }

    pub(super) fn limit_total(&mut self) {
        let Some(limit) = self.limits.total else { return };
        let is_above = |days: &Days| days.total() > limit;
        if is_above(&self.days) {
            self.pass(RetentionRule::Total, |days, _| match is_above(days) {
                true => RuleOutcome::Remove,
                false => RuleOutcome::Satisfied,
            });
        }
        if is_above(&self.days) {
            let all = self.days.cameras().into_iter();
            self.unmet.extend(all.map(|camera| (camera, RetentionRule::Total)));
        }
    }

    /// Asks a rule about what there is from the oldest on, and removes what it takes; the bytes removed.
    pub(super) fn pass(
        &mut self,
        rule: RetentionRule,
        mut ask: impl FnMut(&Days, &Asked<'_>) -> RuleOutcome,
    ) -> u64 {
        let mut removed = 0;
        let mut opened: HashSet<DayId> = HashSet::new();
        let mut places: HashMap<(DayId, usize), Place> = HashMap::new();
        let mut queue = self.queue(&opened, &places);
        while let Some(Reverse(next)) = queue.pop() {
            if self.stopped() {
                break;
            }
            let row = next.run.filter(|_| opened.contains(&next.id));
            let row = row.map(|run| (run, places.get(&(next.id.clone(), run)).copied()));
            let Some((run, place)) = row else {
                let asked = next.asked(removed);
                match ask(&self.days, &asked) {
                    RuleOutcome::Satisfied => break,
                    RuleOutcome::Skip => {}
                    RuleOutcome::Remove => {
                        self.open_day(&next.id);
                        opened.insert(next.id);
                        // What is known of it now may change the order of all.
                        queue = self.queue(&opened, &places);
                    }
                }
                continue;
            };
            let Some(row) = self.row_after(&next.id, run, place) else { continue };
            let (start, end, is_segment) = (row.start, row.end, true);
            let asked = Asked { id: &next.id, start, end, is_segment, removed };
            match ask(&self.days, &asked) {
                RuleOutcome::Satisfied => break,
                RuleOutcome::Skip => {}
                RuleOutcome::Remove => {
                    if let Some(bytes) = self.remove(&next.id, row.key, rule) {
                        self.report.count(rule, bytes);
                        removed += bytes;
                    }
                }
            }
            places.insert((next.id.clone(), run), row.place());
            if let Some(row) = self.row_after(&next.id, run, Some(row.place())) {
                queue.push(Reverse(next.moved_to(&row)));
            }
        }
        removed
    }

    /// What may be removed, oldest first: of days that are open the next segment of each part.
    fn queue(
        &mut self,
        opened: &HashSet<DayId>,
        places: &HashMap<(DayId, usize), Place>,
    ) -> BinaryHeap<Reverse<Next>> {
        let mut queue = Vec::new();
        let mut open = Vec::new();
        for link in self.days.in_order() {
            let (era, latest, end) = (link.era, link.latest, link.part.first_end);
            // Of a day that was not read it ends after its midnight.
            let end = if link.run.is_some() { end } else { link.part.first };
            let (id, age) = (link.id.clone(), link.age(link.part.first));
            let next = Next { age, id, run: link.run, era, latest, end };
            match link.run {
                Some(run) if opened.contains(link.id) => open.push((next, run)),
                Some(_) if link.part.removable == 0 => {}
                None if opened.contains(link.id) => {}
                _ => queue.push(Reverse(next)),
            }
        }
        for (next, run) in open {
            let place = places.get(&(next.id.clone(), run)).copied();
            if let Some(row) = self.row_after(&next.id, run, place) {
                queue.push(Reverse(next.moved_to(&row)));
            }
        }
        queue.into()
    }

    /// The next segment of an opened day that may be removed and was not tried in vain.
    fn row_after(&mut self, id: &DayId, run: usize, mut place: Option<Place>) -> Option<Row> {
        if !self.open.contains_key(id) && !self.open_day(id) {
            return None;
        }
        let day = self.open.get(id)?;
        loop {
            let row = day.next(run, place)?;
            if self.stuck.is_empty() || !self.stuck.contains(&(id.clone(), row.key)) {
                return Some(row);
            }
            place = Some(row.place());
        }
    }
}

impl Next {
    fn asked(&self, removed: u64) -> Asked<'_> {
        Asked { id: &self.id, start: self.age.2, end: self.end, is_segment: false, removed }
    }

    fn moved_to(self, row: &Row) -> Self {
        let age = (row.start.min(self.latest), self.era, row.start);
        Self { age, end: row.end, ..self }
    }
}
