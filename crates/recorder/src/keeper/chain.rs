//! In which order a camera's days were recorded, whatever the clock said then.
//!
//! Pure. Each backward gap of the ledgers begins an era of the camera; within one, times go forward. What
//! is older is (era, time), never the time alone: else what was recorded after the clock was set back
//! would be the oldest. Between cameras, which have eras of their own, times are compared, and what a
//! wrong clock dated into the future counts as no younger than what was recorded after it.

use std::collections::HashMap;

use super::entry::{DayEntry, Part, midnight};
use crate::ledger::day::DayId;

/// A part of a day at its place in the order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link<'a> {
    /// The day.
    pub id: &'a DayId,
    /// Which of its parts; none where the day was not read.
    pub run: Option<usize>,
    /// What is known of it.
    pub part: Part,
    /// How often the clock was set back before.
    pub era: u32,
    /// Not younger than this, ms since 1970.
    pub latest: i64,
}

impl Link<'_> {
    /// What it is sorted by with its oldest segment at `start`.
    pub fn age(&self, start: i64) -> (i64, u32, i64) {
        (start.min(self.latest), self.era, start)
    }
}

/// One camera's days, which are sorted by date, as they were recorded.
pub(super) fn order<'a>(days: impl Iterator<Item = (&'a DayId, &'a DayEntry)>) -> Vec<Link<'a>> {
    let mut links: Vec<Link<'a>> = Vec::new();
    for (id, day) in days {
        let link = |run, part: Part| Link { id, run, part, era: 0, latest: i64::MAX };
        if day.read.is_none() && day.parts.is_empty() {
            let start = midnight(id.date);
            links.push(link(
                None,
                Part { takes_up: start, reaches: start, first: start, ..Part::default() },
            ));
        }
        let parts = day.parts.iter().enumerate();
        links.extend(parts.map(|(run, part)| link(Some(run), *part)));
    }
    // A run that goes back without a gap's word follows the one before it in its ledger.
    let goes_back = |pair: &[Link<'_>]| {
        pair[0].id == pair[1].id && pair[1].part.takes_up < pair[0].part.reaches
    };
    if links.iter().any(|link| link.part.after.is_some()) || links.windows(2).any(goes_back) {
        set_eras(&mut links);
        links.sort_by_key(|link| (link.era, link.part.takes_up));
        let mut latest = i64::MAX;
        for at in (1..links.len()).rev() {
            if links[at - 1].era < links[at].era {
                let (_, newer) = links.split_at(at);
                latest = newer.iter().map(|link| link.part.takes_up).min().unwrap_or(latest);
            }
            links[at - 1].latest = latest;
        }
    }
    links
}

/// Counts for each the backward gaps on the way to it.
fn set_eras(links: &mut [Link<'_>]) {
    let ends: HashMap<i64, usize> =
        links.iter().enumerate().map(|(at, link)| (link.part.reaches, at)).collect();
    // What each follows, and whether the clock was set back between.
    let before: Vec<Option<(usize, bool)>> = (0..links.len())
        .map(|at| {
            let (id, part) = (links[at].id, links[at].part);
            let told = ends.get(&part.after.unwrap_or(part.takes_up)).filter(|end| **end != at);
            // Where that is gone, the one before it by date and line.
            let found = told.copied().or_else(|| at.checked_sub(1))?;
            let same_day = links[found].id == id && links[found].part.reaches > part.takes_up;
            Some((found, part.after.is_some() || same_day))
        })
        .collect();
    let mut known: Vec<Option<u32>> = vec![None; links.len()];
    for at in 0..links.len() {
        let mut way = Vec::new();
        let mut here = at;
        let mut era = loop {
            if let Some(era) = known[here] {
                break era;
            }
            // Ledgers that lead round in a circle begin where they were met.
            if way.contains(&here) {
                break 0;
            }
            way.push(here);
            match before[here] {
                Some((next, _)) => here = next,
                None => break 0,
            }
        };
        for here in way.into_iter().rev() {
            if known[here].is_none() {
                era += u32::from(before[here].is_some_and(|(_, back)| back));
                known[here] = Some(era);
            }
        }
    }
    for (link, era) in links.iter_mut().zip(known) {
        link.era = era.unwrap_or(0);
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::Stamp;
    use super::*;

    const HOUR: i64 = 3_600_000;

    /// A day of November 2026 with runs from hour to hour of the month.
    fn day(date: i8, runs: &[(i64, i64, Option<i64>)]) -> (DayId, DayEntry) {
        let id = DayId { folder: "gate".into(), date: jiff::civil::date(2026, 11, date) };
        let hour = |hour: i64| midnight(jiff::civil::date(2026, 11, 1)) + hour * HOUR;
        let part = |(from, to, after): &(i64, i64, Option<i64>)| Part {
            takes_up: hour(*from),
            reaches: hour(*to),
            after: after.map(hour),
            first: hour(*from),
            ..Part::default()
        };
        let parts = runs.iter().map(part).collect();
        (id, DayEntry { parts, read: Some(Stamp::default()), ..DayEntry::default() })
    }

    fn sorted(days: &[(DayId, DayEntry)]) -> Vec<(i8, usize, u32)> {
        let mut links = order(days.iter().map(|(id, day)| (id, day)));
        links.sort_by_key(|link| link.age(link.part.first));
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
        assert!(ten.age(ten.part.first) < three.age(three.part.first));
        assert_eq!(
            ten.age(ten.part.first).0,
            three.part.first,
            "so another camera's day 4 is younger"
        );
    }
}
