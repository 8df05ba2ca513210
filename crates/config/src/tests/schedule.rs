//! Weekly schedules: when they are on.

use jiff::{
    ToSpan,
    civil::{Date, DateTime, Time, date},
};
use proptest::{collection::vec, prelude::*};

use crate::Weekly;

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const DAY: usize = 24 * 60;
const WEEK: usize = 7 * DAY;

fn weekly(spans: &[&str]) -> Weekly {
    ron::from_str(&format!("{spans:?}")).unwrap_or_else(|why| panic!("{spans:?}: {why}"))
}

/// A time of the week that begins on Monday, 2026-11-23.
fn on(day: &str, time: &str) -> DateTime {
    let day = DAYS.iter().position(|known| *known == day).unwrap();
    let date = date(2026, 11, 23).checked_add(i64::try_from(day).unwrap().days()).unwrap();
    date.to_datetime(time.parse::<Time>().unwrap())
}

#[test]
fn office_hours() {
    let office = weekly(&["Mon-Fri 08:00-18:00"]);
    assert!(!office.is_on(on("Mon", "07:59:59")));
    assert!(office.is_on(on("Mon", "08:00")));
    assert!(office.is_on(on("Fri", "17:59:59.999")));
    assert!(!office.is_on(on("Fri", "18:00")));
    assert!(!office.is_on(on("Sat", "12:00")));
}

#[test]
fn nights_belong_to_the_day_they_begin() {
    let nights = weekly(&["Sat,Sun 22:00-06:00"]);
    for (day, time, expected) in [
        ("Sat", "05:00", false),
        ("Sat", "22:00", true),
        ("Sun", "05:59", true),
        ("Sun", "06:00", false),
        ("Sun", "23:00", true),
        ("Mon", "05:59:59", true),
        ("Mon", "06:00", false),
        ("Mon", "22:00", false),
    ] {
        assert_eq!(nights.is_on(on(day, time)), expected, "{day} {time}");
    }
}

#[test]
fn spans_that_cover_the_week_are_always_on() {
    for always in [
        &["Daily 00:00-24:00"][..],
        &["Mon-Sun 00:00-24:00"],
        &["Tue-Mon 00:00-24:00"],
        &["Daily 06:00-18:00", "Daily 18:00-06:00"],
    ] {
        let always = weekly(always);
        for (day, time) in [("Wed", "00:00"), ("Thu", "18:00"), ("Sun", "23:59:59")] {
            assert!(always.is_on(on(day, time)), "{day} {time}");
        }
    }
}

#[test]
fn times_that_join_are_one() {
    let joined = weekly(&["Fri 20:00-24:00", "Sat 00:00-24:00", "Sun 00:00-01:00"]);
    for (day, time) in
        [("Fri", "20:00"), ("Fri", "23:59:59.999"), ("Sat", "00:00"), ("Sun", "00:59:59")]
    {
        assert!(joined.is_on(on(day, time)), "{day} {time}");
    }
    assert!(!joined.is_on(on("Sun", "01:00")));
}

#[test]
fn it_is_as_it_is_since_it_last_changed() {
    let joined = weekly(&["Fri 20:00-24:00", "Sat 00:00-24:00", "Sun 00:00-01:00"]);
    for (day, time, since) in [
        ("Fri", "19:59:59", ("Sun", "01:00", 7)),
        ("Fri", "20:00", ("Fri", "20:00", 0)),
        ("Fri", "20:00:59.999", ("Fri", "20:00", 0)),
        ("Sun", "00:59:59", ("Fri", "20:00", 0)),
        ("Sun", "01:00", ("Sun", "01:00", 0)),
    ] {
        let (from, clock, weeks_ago) = since;
        let since = on(from, clock).checked_sub(weeks_ago.days()).unwrap();
        assert_eq!(joined.steady_since(on(day, time)), since, "{day} {time}");
    }
    // What is always on has been so for a week at least.
    let always = weekly(&["Daily 00:00-24:00"]);
    let since = always.steady_since(on("Wed", "12:00:30"));
    assert_eq!(since, on("Wed", "12:01").checked_sub(7.days()).unwrap());
}

#[test]
fn spans_may_be_written_in_other_ways() {
    let same = [
        "Fri-Mon 8:00-18:00",
        " Fri - Mon  08:00 - 18:00 ",
        "Fri,Sat , Sun,Mon08:00-18:00",
        "Sat-Sun,Mon,Fri,Fri 08:00-18:00",
    ];
    for text in same {
        assert_eq!(weekly(&[text]), weekly(&same[..1]), "{text}");
    }
    assert_eq!(weekly(&["Daily 20:00-00:00"]), weekly(&["Mon-Sun 20:00-24:00"]));
}

#[test]
fn the_end_of_time_is_no_panic() {
    let daily = weekly(&["Daily 12:00-13:00"]);
    assert!(!daily.is_on(DateTime::MAX) && !daily.is_on(DateTime::MIN));
}

/// Days, begin and end of a span, in minutes of the day.
type Parts = (Vec<usize>, usize, usize);

fn any_parts() -> impl Strategy<Value = Parts> {
    // Half of the spans touch at full hours, so that they join.
    let minute = || prop_oneof![0..DAY, (0..24usize).prop_map(|hour| hour * 60)];
    let end = prop_oneof![minute(), Just(DAY)];
    (vec(0..7usize, 1..4), minute(), end).prop_filter("empty", |(_, from, to)| from != to)
}

fn any_time() -> impl Strategy<Value = DateTime> {
    (0..40_000i64, 0..24i8, 0..60i8, 0..60i8, prop_oneof![Just(0), 0..1_000_000_000i32]).prop_map(
        |(day, hour, minute, second, nano)| {
            let day: Date = date(2000, 1, 1).checked_add(day.days()).unwrap();
            day.at(hour, minute, second, nano)
        },
    )
}

fn write((days, from, to): &Parts) -> String {
    let days: Vec<&str> = days.iter().map(|day| DAYS[*day]).collect();
    let clock = |minute: &usize| format!("{:02}:{:02}", minute / 60, minute % 60);
    format!("{} {}-{}", days.join(","), clock(from), clock(to))
}

/// The week, minute by minute.
fn minutes(spans: &[Parts]) -> Vec<bool> {
    let mut week = vec![false; WEEK];
    for (days, from, to) in spans {
        let end = if to < from { to + DAY } else { *to };
        for minute in days.iter().flat_map(|day| day * DAY + from..day * DAY + end) {
            week[minute % WEEK] = true;
        }
    }
    week
}

fn minute_of(at: DateTime) -> usize {
    let day = at.weekday().to_monday_zero_offset();
    usize::try_from((i64::from(day) * 24 + i64::from(at.hour())) * 60 + i64::from(at.minute()))
        .unwrap()
}

proptest! {
    #[test]
    fn a_schedule_is_on_in_its_minutes_and_in_no_others(
        spans in vec(any_parts(), 1..5), at in any_time(),
    ) {
        let texts: Vec<String> = spans.iter().map(write).collect();
        let schedule = weekly(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        let (week, now) = (minutes(&spans), minute_of(at));
        prop_assert_eq!(schedule.is_on(at), week[now], "{:?} at {}", texts, at);
        let begun = at.date().at(at.hour(), at.minute(), 0, 0);
        // One step on either side of the minute's ends: seconds and below never count.
        prop_assert_eq!(schedule.is_on(begun), week[now]);
        prop_assert_eq!(schedule.is_on(begun - 1.nanosecond()), week[(now + WEEK - 1) % WEEK]);
        prop_assert_eq!(schedule.is_on(begun + 1.minute()), week[(now + 1) % WEEK]);
    }
}
