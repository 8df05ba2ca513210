//! Cameras' clocks as they are met, and as nobody should meet them.

use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// RTP's ticks of video.
const CLOCK: TimeBase = (1, 90_000);
/// A picture at 25 a second.
const F: i64 = 3600;

/// A clock of video and the time of the first arrival.
struct Bench {
    tracker: PtsTracker,
    start: Instant,
}

impl Bench {
    fn new(depth: usize) -> Self {
        Self { tracker: PtsTracker::new(CLOCK, depth, F), start: Instant::now() }
    }

    /// What becomes of a time that arrives so many ticks after the start.
    fn at(&mut self, pts: impl Into<Option<i64>>, arrived: i64) -> i64 {
        let said = ObservedTime { pts: pts.into(), dts: None, arrived: later(self.start, arrived) };
        self.tracker.read(said)
    }

    /// Pictures at an even pace, arriving in time.
    fn pace(&mut self, range: std::ops::Range<i64>) {
        for i in range {
            assert_eq!(self.at(i * F, i * F), i * F);
        }
    }
}

fn later(start: Instant, ticks: i64) -> Instant {
    start + Duration::from_nanos(u64::try_from(ticks * 1_000_000 / 90).expect("later"))
}

const fn seconds(count: i64) -> i64 {
    count * 90_000
}

#[test]
fn an_even_camera_is_believed() {
    let mut bench = Bench::new(0);
    assert_eq!(bench.at(1_000_000, 0), 1_000_000);
    assert_eq!(bench.at(1_000_000 + F, F + 700), 1_000_000 + F);
    // A picture left out, and one a little early.
    assert_eq!(bench.at(1_000_000 + 3 * F, 3 * F), 1_000_000 + 3 * F);
    assert_eq!(bench.at(1_000_000 + 4 * F - 90, 4 * F), 1_000_000 + 4 * F - 90);
    assert!(!bench.tracker.broken());
    assert_eq!(bench.tracker.length(), 5 * F - 90);
}

#[test]
fn length_of_nothing_and_of_one() {
    let mut bench = Bench::new(0);
    assert_eq!(bench.tracker.length(), 0);
    bench.at(77, 0);
    assert_eq!(bench.tracker.length(), F);
}

#[test]
fn wraps_are_undone() {
    for wrap in [32, 33] {
        let start = (1_i64 << wrap) - 5 * F / 2;
        let mut bench = Bench::new(0);
        for i in 0..10 {
            let time = start + i * F;
            assert_eq!(bench.at(time % (1 << wrap), i * F), time);
        }
        assert!(!bench.tracker.broken());
    }
}

#[test]
fn wraps_are_undone_out_of_order() {
    let start = (1_i64 << 32) - 5 * F / 2;
    let mut bench = Bench::new(2);
    for (i, place) in [0, 4, 2, 1, 3, 8, 6, 5, 7].into_iter().enumerate() {
        let time = start + place * F;
        assert_eq!(bench.at(time % (1 << 32), i as i64 * F), time);
    }
    assert!(!bench.tracker.broken());
}

#[test]
fn sound_goes_on_also_where_a_tick_is_longer_than_any_step() {
    // As a file may say: 255 seconds.
    let (mut tracker, arrived) = (PtsTracker::in_order((255, 1), 1024), Instant::now());
    let mut read = |pts| tracker.read(ObservedTime { pts: Some(pts), dts: None, arrived });
    assert_eq!([read(-1), read(-1), read(-1)], [-1, 0, 1]);
}

#[test]
fn jumps_are_bridged_by_arrival() {
    for jump in [seconds(3600), seconds(-3600), seconds(6), seconds(-6), 1 << 40] {
        let mut bench = Bench::new(0);
        bench.pace(0..50);
        assert_eq!(bench.at(50 * F + jump, 50 * F), 50 * F, "{jump}");
        assert!(bench.tracker.broken());
        assert_eq!(bench.at(51 * F + jump, 51 * F), 51 * F);
    }
}

#[test]
fn a_jump_behind_a_stall_keeps_the_stall() {
    let mut bench = Bench::new(0);
    bench.pace(0..50);
    let late = 50 * F + seconds(20);
    assert_eq!(bench.at(50 * F + seconds(3600), late), late);
    assert!(bench.tracker.broken());
}

#[test]
fn a_stall_with_a_burst_behind_it_is_no_jump() {
    for depth in [0, 2] {
        let mut bench = Bench::new(depth);
        bench.pace(0..50);
        for i in 50..250 {
            assert_eq!(bench.at(i * F, seconds(10)), i * F);
        }
        assert_eq!(bench.at(250 * F, 250 * F), 250 * F);
        assert!(!bench.tracker.broken());
    }
}

#[test]
fn what_a_stall_swallowed_is_missing_and_no_jump() {
    let mut bench = Bench::new(0);
    bench.pace(0..50);
    // Out of ten seconds the first is still delivered, all at once, and then the present.
    for i in 50..75 {
        assert_eq!(bench.at(i * F, seconds(12)), i * F);
    }
    assert_eq!(bench.at(300 * F, 300 * F), 300 * F);
    assert!(!bench.tracker.broken());
}

#[test]
fn a_slow_camera_is_even_too() {
    let mut bench = Bench::new(0);
    for i in 0..10 {
        assert_eq!(bench.at(i * seconds(30), i * seconds(30)), i * seconds(30));
    }
    // Two at once after a hold-up.
    assert_eq!(bench.at(seconds(300), seconds(330)), seconds(300));
    assert_eq!(bench.at(seconds(330), seconds(330)), seconds(330));
    assert!(!bench.tracker.broken());
}

#[test]
fn without_a_time_arrival_helps_out() {
    let mut bench = Bench::new(0);
    bench.pace(0..10);
    assert_eq!(bench.at(None, 10 * F + 5), 10 * F + 5);
    assert_eq!(bench.at(None, 10 * F + 5), 10 * F + 6);
    assert_eq!(bench.at(11 * F, 11 * F), 11 * F);
    assert!(!bench.tracker.broken());
    let arrived = later(bench.start, 12 * F);
    assert_eq!(bench.tracker.read(ObservedTime { pts: None, dts: Some(12 * F), arrived }), 12 * F);
}

#[test]
fn a_camera_that_tells_its_time_late_is_taken_up_on_it() {
    let mut bench = Bench::new(0);
    assert_eq!(bench.at(None, 0), 0);
    assert_eq!(bench.at(None, F), F);
    assert_eq!(bench.at(seconds(5000), 2 * F), 2 * F);
    assert_eq!(bench.at(seconds(5000) + F, 3 * F), 3 * F);
    assert!(!bench.tracker.broken());
}

#[test]
fn two_at_once_are_set_apart() {
    let mut bench = Bench::new(0);
    bench.pace(0..10);
    assert_eq!(bench.at(9 * F, 10 * F), 9 * F + 1);
    assert_eq!(bench.at(9 * F - 900, 10 * F), 9 * F + 2);
    assert_eq!(bench.at(11 * F, 11 * F), 11 * F);
    assert!(!bench.tracker.broken());
}

#[test]
fn a_clock_that_stands_still_is_not_followed_for_ever() {
    let mut bench = Bench::new(0);
    let mut last = bench.at(500, 0);
    for i in 1..1000 {
        let pts = bench.at(500, i * F);
        assert!(pts > last);
        assert!(i * F + 500 - pts <= seconds(JUMP) + F, "{i}");
        last = pts;
    }
    assert!(bench.tracker.broken());
}

#[test]
fn unannounced_b_frames_keep_their_times() {
    let mut bench = Bench::new(0);
    for (i, place) in [0, 1, 2, 6, 4, 3, 5, 7].into_iter().enumerate() {
        assert_eq!(bench.at(place * F, i as i64 * F), place * F);
    }
    assert!(bench.tracker.broken());
}

#[test]
fn sound_never_goes_back() {
    let mut bench = Bench { tracker: PtsTracker::in_order(CLOCK, F), start: Instant::now() };
    bench.pace(0..10);
    assert_eq!(bench.at(7 * F, 10 * F), 9 * F + 1);
    assert_eq!(bench.at(5 * F, 11 * F), 9 * F + 2);
    assert_eq!(bench.at(12 * F, 12 * F), 12 * F);
    assert!(!bench.tracker.broken());
}

#[test]
fn a_clock_set_back_a_little_is_bridged() {
    let mut bench = Bench::new(0);
    bench.pace(0..100);
    for i in 100..120 {
        assert_eq!(bench.at(i * F - seconds(3), i * F), i * F);
    }
    assert!(bench.tracker.broken());
}

/// The stamps of pictures at these places, in a file of 90 kHz.
fn stamps(depth: usize, places: &[i64]) -> Vec<(i64, i64)> {
    let tracker = PtsTracker::new(CLOCK, depth, F);
    let mut track = Track::new(tracker, DtsGenerator::new(depth, 1), CLOCK);
    track.begin(0, 0);
    let stamp = |place: &i64| {
        let stamp = track.stamp(place * F);
        (stamp.pts / F, stamp.dts / F)
    };
    places.iter().map(stamp).collect()
}

#[test]
fn pictures_are_decoded_before_they_are_shown() {
    assert_eq!(stamps(0, &[0, 1, 2]), [(0, 0), (1, 1), (2, 2)]);
    let found = stamps(1, &[0, 2, 1, 4, 3]);
    assert_eq!(found, [(0, -1), (2, 0), (1, 1), (4, 2), (3, 3)]);
    let found = stamps(2, &[0, 4, 2, 1, 3, 8, 6, 5, 7]);
    let decoded: Vec<_> = found.iter().map(|(_, dts)| *dts).collect();
    assert_eq!(decoded, [-2, -1, 0, 1, 2, 3, 4, 5, 6]);
}

#[test]
fn a_depth_learned_too_late_keeps_the_file_valid() {
    let tracker = PtsTracker::new(CLOCK, 1, F);
    let mut track = Track::new(tracker, DtsGenerator::new(1, 2), CLOCK);
    track.begin(0, 0);
    let mut last = i64::MIN;
    for place in [0, 4, 2, 1, 3] {
        let stamp = track.stamp(place * F);
        assert!(stamp.dts > last && stamp.pts >= stamp.dts);
        last = stamp.dts;
    }
    assert!(track.broken());
}

/// A sound track at 8 kHz beside video that began at `shared` of the same clock.
fn sound() -> Track {
    Track::new(PtsTracker::in_order((1, 8000), 160), DtsGenerator::new(0, 1), (1, 8000))
}

#[test]
fn sound_joins_by_the_clock_or_else_by_arrival() {
    let start = Instant::now();
    let arrived = start + Duration::from_millis(500);
    let mut same = sound();
    same.join(80_000 + 3200, arrived, start, 80_000);
    assert_eq!(same.stamp(80_000 + 3200).pts, 3200);
    let mut other = sound();
    other.join(777, arrived, start, 80_000);
    assert_eq!(other.stamp(777).pts, 4000);
    assert_eq!(other.stamp(937).pts, 4160);
    // Older than the first picture.
    let mut early = sound();
    early.join(80_000 - 240, start, start, 80_000);
    let found: Vec<_> = [-240, -80, 80].iter().map(|at| early.stamp(80_000 + at).pts).collect();
    assert_eq!(found, [0, 1, 80]);
}

#[test]
fn rescaling_rounds_to_the_nearest() {
    assert_eq!(rescale(45, CLOCK, (1, 1000)), 1);
    assert_eq!(rescale(44, CLOCK, (1, 1000)), 0);
    assert_eq!(rescale(-45, CLOCK, (1, 1000)), -1);
    assert_eq!(rescale(1, (1001, 30_000), CLOCK), 3003);
    assert_eq!(rescale(i64::MAX, (1, 1), CLOCK), LIMIT);
    assert_eq!(rescale(5, (0, 0), (0, 0)), 5);
}

/// An order of decoding in which no picture has more than `depth` later ones before it.
fn decode_order(depth: usize, choices: &[usize]) -> Vec<i64> {
    let mut waiting: Vec<i64> = (0..choices.len() as i64).collect();
    let mut order: Vec<i64> = Vec::new();
    for choice in choices {
        let ahead = order.iter().filter(|place| **place > waiting[0]).count();
        let pick = if ahead < depth { choice % waiting.len().min(8) } else { 0 };
        order.push(waiting.remove(pick));
    }
    order
}

proptest! {
    #[test]
    fn reordered_pictures_keep_their_times(
        depth in 0..5_usize,
        choices in prop::collection::vec(0..100_usize, 1..200),
        start in -(1_i64 << 40)..(1 << 40),
        jitter in prop::collection::vec(0..3 * F, 200),
    ) {
        let order = decode_order(depth, &choices);
        let mut bench = Bench::new(depth);
        let mut generator = DtsGenerator::new(depth, 2);
        let mut sorted = order.clone();
        sorted.sort_unstable();
        generator.begin(0, F);
        for (i, place) in order.iter().enumerate() {
            let pts = start + place * F;
            prop_assert_eq!(bench.at(pts, i as i64 * F + jitter[i]), pts);
            let (shown, decoded) = generator.next(place * F);
            prop_assert_eq!(shown, place * F);
            let wanted = if i < depth { i as i64 - depth as i64 } else { sorted[i - depth] };
            prop_assert_eq!(decoded, wanted * F);
        }
        prop_assert!(!bench.tracker.broken());
    }

    #[test]
    fn wraps_are_undone_anywhere(
        depth in 0..3_usize,
        choices in prop::collection::vec(0..100_usize, 100),
        before in 0..100_i64,
    ) {
        let start = (1_i64 << 32) - before * F - 1;
        let order = decode_order(depth, &choices);
        let mut bench = Bench::new(depth);
        let first = (start + order[0] * F) % (1 << 32);
        for (i, place) in order.iter().enumerate() {
            let pts = first + (place - order[0]) * F;
            prop_assert_eq!(bench.at(pts.rem_euclid(1 << 32), i as i64 * F), pts);
        }
        prop_assert!(!bench.tracker.broken());
    }

    /// Late by anything, but in order and even.
    #[test]
    fn no_hold_up_on_the_way_is_a_jump(
        holds in prop::collection::vec(prop_oneof![9 => Just(0), 1 => 0..seconds(60)], 1..300),
        drift in -3..4_i64,
    ) {
        let mut bench = Bench::new(0);
        let mut arrived = 0;
        for (i, hold) in (0..).zip(&holds) {
            let pts = i * (F + drift);
            arrived = arrived.max(i * F + hold);
            prop_assert_eq!(bench.at(pts, arrived), pts);
        }
        prop_assert!(!bench.tracker.broken());
    }

    /// Whatever a camera says, the file stays valid.
    #[test]
    fn anything_becomes_valid(
        depth in 0..17_usize,
        told in prop::collection::vec(
            prop_oneof![
                4 => any::<i64>().prop_map(Some),
                4 => (0..seconds(30)).prop_map(Some),
                1 => Just(None),
                1 => Just(Some(i64::MIN)),
            ],
            1..100,
        ),
        waits in prop::collection::vec(0..seconds(20), 100),
        to in prop_oneof![Just(CLOCK), Just((1, 1000)), Just((1, 12_800))],
    ) {
        let start = Instant::now();
        let mut track = Track::new(PtsTracker::new(CLOCK, depth, F), DtsGenerator::new(depth, 1), to);
        let mut arrived = 0;
        let mut last = i64::MIN;
        for (pts, wait) in told.iter().zip(&waits) {
            arrived += wait;
            let said = ObservedTime { pts: *pts, dts: None, arrived: later(start, arrived) };
            let pts = track.tracker.read(said);
            if !track.has_begun() {
                track.begin(pts, pts);
            }
            let stamp = track.stamp(pts);
            prop_assert!(stamp.dts > last && stamp.pts >= stamp.dts && stamp.duration > 0);
            last = stamp.dts;
            prop_assert!(track.tracker.length() > 0);
        }
    }

    /// Without B frames, pictures follow one another whatever the camera says, or it is told.
    #[test]
    fn time_moves_on(steps in prop::collection::vec(-seconds(8)..seconds(8), 1..200)) {
        let mut bench = Bench::new(0);
        let (mut told, mut last) = (0, i64::MIN);
        for (i, step) in (0..).zip(&steps) {
            told += step;
            let pts = bench.at(told, i * F);
            prop_assert!(pts > last || bench.tracker.broken());
            last = pts;
        }
    }
}
