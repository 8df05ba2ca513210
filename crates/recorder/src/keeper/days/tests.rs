//! Sums, and the order in which days were recorded.

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
    let (old, new) = (name("gate_2026-11-22T07-20-00Z.mkv"), name("gate_2026-11-22T07-30-00Z.mkv"));
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
        run: Reach { first: hour(*from), last: hour(*to), after: after.map(hour), leads_to: None },
        first: hour(*from),
        ..Part::default()
    };
    let parts = runs.iter().map(part).collect();
    (id, DayEntry { parts, read: Some(Stamp::default()), ..DayEntry::default() })
}

fn age(link: &Link) -> (i64, u32, i64) {
    link.age(link.part.first)
}

/// As it is at an hour of that month.
fn order_at(days: &[(DayId, DayEntry)], hour: i64) -> Vec<Link> {
    let at = midnight(jiff::civil::date(2026, 11, 1)) + hour * HOUR;
    let now = Now { at, steps: &[], late: &HashSet::new() };
    order(days.iter().map(|(id, day)| (id, day)), &now)
}

/// Whatever the time is.
fn sorted(days: &[(DayId, DayEntry)]) -> Vec<(i8, usize, u32)> {
    let mut sorted = [0, 12, 60, 1000].map(|now| {
        let mut links = order_at(days, now);
        links.sort_by_key(age);
        links.iter().map(|link| (link.id.date.day(), link.run, link.era)).collect()
    });
    assert!(sorted.iter().all(|other| *other == sorted[0]));
    std::mem::take(&mut sorted[0])
}

#[test]
fn without_a_backward_gap_the_time_counts() {
    let days = [day(1, &[(1, 24, None)]), day(2, &[(24, 48, None)]), day(5, &[(100, 110, None)])];
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
    let links = order_at(&days, 60);
    let ten = links.iter().find(|link| link.id.date.day() == 10).unwrap();
    let three = links.iter().find(|link| link.id.date.day() == 3).unwrap();
    assert!(age(ten) < age(three));
    assert_eq!(age(ten).0, three.part.first, "so another camera's day 4 is younger");
}
