//! The judge itself: what is right passes, and each kind of lie is seen.

use std::time::{Duration, Instant};

use super::super::expected::{Expected, TCP, begins, row};
use super::{Seen, judge};

const ROW: Expected = row(
    "late",
    &[
        begins("live", "good", 0.0, 2.0),
        begins("stale", "held", 2.0, 2.0),
        begins("live", "good#2", 0.0, 0.0),
    ],
);

/// Phases at 0, 10 and 20 s, these words, and a last status line at 40 s.
fn seen(words: &[(f64, &str)]) -> Seen {
    let start = Instant::now();
    let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
    let phases = [(0.0, "good"), (10.0, "held"), (20.0, "good")];
    let phases = phases.map(|(second, phase)| (at(second), phase.to_owned())).into();
    let mut seen = Seen { phases, ways: vec![TCP.to_owned()], ..Seen::default() };
    for (second, word) in words {
        seen.says(at(*second), word);
    }
    if let Some((_, last)) = words.last() {
        seen.says(at(40.0), last);
    }
    seen
}

const RIGHT: [(f64, &str); 4] =
    [(0.3, "connecting"), (0.9, "live"), (12.1, "stale"), (19.8, "live")];

#[test]
fn what_is_as_typed_is_right() {
    assert_eq!(judge(&ROW, &seen(&RIGHT)), [""; 0]);
    let again =
        [(0.9, "live"), (12.1, "stale"), (12.2, "connecting"), (12.3, "stale"), (20.0, "live")];
    assert_eq!(judge(&ROW, &seen(&again)), [""; 0]);
}

#[test]
fn another_word_another_time_and_a_word_too_many_are_wrong() {
    for (words, wrong) in [
        (
            &[(0.9, "live"), (13.0, "stale"), (20.0, "live")][..],
            "stale 3.00 s after held, not 2 to 2",
        ),
        (&[(0.9, "live"), (12.0, "late"), (20.0, "live")], "late instead of stale"),
        (&[(0.9, "live"), (12.0, "stale")], "never live"),
        (&[(0.9, "live"), (12.0, "stale"), (20.0, "live"), (21.0, "stale")], "then stale"),
        (&[], "never live"),
    ] {
        assert_eq!(judge(&ROW, &seen(words)), [wrong], "{words:?}");
    }
}

#[test]
fn connecting_ends() {
    let words = [(0.0, "connecting"), (5.0, "live")];
    const SLOW: Expected = row("slow", &[begins("live", "good", 0.0, 9.0)]);
    assert_eq!(judge(&SLOW, &seen(&words)), ["connecting for 5.0 s, not 4"]);
    assert_eq!(judge(&SLOW.connecting(4.0), &seen(&words)), [""; 0]);
    // Only the first has to wait for its turn.
    let words =
        [(0.9, "live"), (12.0, "stale"), (20.0, "live"), (21.0, "connecting"), (24.0, "live")];
    assert_eq!(judge(&ROW, &seen(&words)), ["connecting for 3.0 s, not 2"]);
    let words = [(0.9, "live"), (12.0, "stale"), (20.0, "live"), (39.0, "connecting")];
    assert_eq!(judge(&ROW, &seen(&words)), ["connecting at the end"]);
}

#[test]
fn what_may_come_and_go_is_passed_over_and_may_not_stay() {
    let row = ROW.also(&[("live damaged", 11.0)]);
    let mut words = vec![
        (0.9, "live damaged"),
        (1.2, "live"),
        (1.5, "live damaged"),
        (12.0, "stale"),
        (20.0, "live"),
        (21.0, "live damaged"),
        (22.0, "live"),
    ];
    assert_eq!(judge(&row, &seen(&words)), [""; 0]);
    assert_eq!(judge(&ROW, &seen(&words))[0], "live damaged instead of live");
    let ends = row.ends(begins("live", "good#2", 1.0, 3.0));
    assert_eq!(judge(&ends, &seen(&words)), [""; 0]);
    words.extend([(23.0, "live damaged"), (24.0, "live")]);
    assert_eq!(judge(&ends, &seen(&words)), ["in the end live 4.00 s after good#2, not 1 to 3"]);
    words.push((38.5, "live damaged"));
    assert_eq!(judge(&row, &seen(&words)), [""; 0]);
    assert_eq!(judge(&ends, &seen(&words)), ["in the end live damaged, not live"]);
    words.pop();
    words.push((28.0, "live damaged"));
    assert_eq!(judge(&row, &seen(&words)), ["live damaged for 12.0 s, not 11"]);
}

#[test]
fn connections_and_their_ways_are_held() {
    let mut seen = seen(&RIGHT);
    seen.reconnects = 1;
    assert_eq!(judge(&ROW, &seen), ["1 reconnects, not 0 to 0"]);
    assert_eq!(judge(&ROW.reconnects(1, 2), &seen), [""; 0]);
    seen.ways = vec!["FFmpeg".to_owned()];
    assert_eq!(judge(&ROW.reconnects(1, 1), &seen), [r#"by ["FFmpeg"], not ["retina over TCP"]"#]);
}

#[test]
fn an_outage_ends_with_the_try_that_was_announced() {
    const GONE: Expected =
        row("gone", &[begins("offline", "good", 0.0, 0.5), begins("live", "good", 0.0, 40.0)]);
    let told = |pauses: &[(f64, f64)], live: f64| {
        let mut seen = seen(&[(0.2, "offline"), (live, "live")]);
        let start = seen.phases[0].0;
        let at = |(second, pause): &(f64, f64)| (start + Duration::from_secs_f64(*second), *pause);
        seen.pauses = pauses.iter().map(at).collect();
        judge(&GONE, &seen)
    };
    assert_eq!(told(&[(0.2, 1.0), (1.3, 2.0), (3.3, 5.0)], 8.5), [""; 0]);
    assert_eq!(told(&[(0.2, 1.0), (1.3, 5.0)], 7.0), ["pause 2 of 5 s, not 2"]);
    assert_eq!(told(&[(0.2, 1.0), (1.3, 2.0)], 7.3), ["live 4.00 s after the try, not 0 to 2.5"]);
    assert_eq!(told(&[(0.2, 1.0), (1.3, 2.0)], 1.7), ["live -1.60 s after the try, not 0 to 2.5"]);
    assert_eq!(told(&[], 1.2), ["live without a try that was announced"]);
}
