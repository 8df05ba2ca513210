//! Streams in simulated time.

use super::*;

/// A stream at 25 pictures a second, whose delay can be changed.
struct Stream {
    lateness: Lateness,
    start: Instant,
    /// Stream time of the next picture, milliseconds, which is also when it is taken.
    next: u64,
}

impl Stream {
    fn new() -> Self {
        let start = Instant::now();
        Self { lateness: Lateness::new(start), start, next: 0 }
    }

    fn at(&self, ms: u64) -> Instant {
        self.start + Duration::from_millis(ms)
    }

    /// Sends pictures taken up to `until`, each `delay` late; none arrives before `not_before`.
    fn send(&mut self, until: u64, delay: u64, not_before: u64) -> Instant {
        let mut arrived = self.start;
        while self.next < until {
            arrived = self.at((self.next + delay).max(not_before));
            self.lateness.packet(self.next as f64 / 1000.0, arrived);
            self.next += 40;
        }
        arrived
    }

    fn report(&mut self, at: u64, camera_is_ahead: f64) {
        let seconds = at as f64 / 1000.0;
        let wall = 1.7e9 + seconds;
        let camera = wall + camera_is_ahead;
        let arrived = self.at(at);
        // The camera stamps with what it takes at that moment.
        self.lateness.report(&SenderReport { stream: seconds, camera, wall, arrived });
    }
}

#[test]
fn pictures_that_come_late_after_a_stall_are_late_within_half_a_second() {
    let mut stream = Stream::new();
    stream.send(10_000, 100, 0);
    assert!(!stream.lateness.is_late(stream.at(10_000)));
    // Nothing for 6 s, then everything 6 s late.
    stream.send(10_400, 6100, 16_000);
    let first = 16_100;
    assert!(!stream.lateness.is_late(stream.at(first + 300)));
    assert!(stream.lateness.is_late(stream.at(first + 400)));
    assert_eq!(
        stream.lateness.by(stream.at(first + 400)).map(|by| by.as_secs_f64().round() as u64),
        Some(6)
    );
    // In time again with the first picture that is.
    stream.send(20_000, 6100, 0);
    assert!(stream.lateness.is_late(stream.at(26_100)));
    stream.send(26_200, 6100, 0);
    let now = stream.send(26_240, 800, 32_300);
    assert!(stream.lateness.is_late(now), "6 s");
    stream.next = 32_000;
    let now = stream.send(32_080, 900, 0);
    assert!(!stream.lateness.is_late(now));
}

#[test]
fn of_a_delay_that_grows_slowly_only_reports_tell() {
    for reports in [true, false] {
        let mut stream = Stream::new();
        let mut late = false;
        for picture in 0..15_000_u64 {
            let taken = picture * 40;
            if reports && picture % 125 == 0 {
                stream.report(taken, 0.0);
            }
            // 1 % of ten minutes.
            let now = stream.at(taken + taken / 100);
            stream.lateness.packet(taken as f64 / 1000.0, now);
            late |= stream.lateness.is_late(now);
        }
        assert_eq!(late, reports);
    }
}

#[test]
fn a_delay_after_a_stall_of_minutes_is_one() {
    let mut stream = Stream::new();
    stream.send(60_000, 100, 0);
    // Nothing for ten minutes, and then 6 s late: 1 % of that time.
    stream.next = 660_000;
    let now = stream.send(960_000, 6_100, 0);
    assert!(stream.lateness.is_late(now));
}

#[test]
fn a_stall_that_ends_in_a_burst_is_over() {
    let mut stream = Stream::new();
    stream.send(10_000, 100, 0);
    // What was held back for 6 s comes at once, and the rest in time.
    stream.send(16_000, 100, 16_000);
    let now = stream.send(17_000, 100, 0);
    assert!(!stream.lateness.is_late(now));
    assert!((0..1000).all(|ms| !stream.lateness.is_late(stream.at(16_100 + ms))));
}

#[test]
fn large_key_frames_and_pictures_out_of_order_are_not_late() {
    let mut stream = Stream::new();
    for second in 0..60_u64 {
        for picture in 0..5_u64 {
            // Five a second: order P B B, a key frame that takes 2.5 s longer each ten seconds.
            let taken = second * 1000 + picture * 200;
            let shown = taken + [400, 0, 0][(picture % 3) as usize];
            let large = if second % 10 == 9 && picture == 0 { 2500 } else { 0 };
            let arrived = stream.at(taken + 100 + large);
            stream.lateness.packet(shown as f64 / 1000.0, arrived);
            assert!(!stream.lateness.is_late(arrived + ENTER_AFTER), "second {second}");
        }
    }
}

#[test]
fn a_drifting_clock_is_in_time_and_a_growing_delay_is_not() {
    for (ppm, late) in [(200.0, false), (-200.0, false), (2000.0, false), (30_000.0, true)] {
        let mut stream = Stream::new();
        let mut now = stream.start;
        for picture in 0..36_000_u64 {
            now = stream.at(picture * 100);
            let stream_time = picture as f64 / 10.0 * (1.0 - ppm * 1e-6);
            stream.lateness.packet(stream_time, now);
        }
        assert_eq!(stream.lateness.is_late(now), late, "{ppm} ppm for an hour");
    }
}

#[test]
fn a_delay_that_stays_is_not_taken_for_normal() {
    let mut stream = Stream::new();
    stream.send(10_000, 100, 0);
    let now = stream.send(1_800_000, 6100, 0);
    assert_eq!(
        stream.lateness.by(now).map(|by| by.as_secs_f64().round() as u64),
        Some(6 - 1),
        "0.54 s of drift at most"
    );
}

#[test]
fn steps_are_no_delay() {
    for step in [-3_600_000.0, -30_000.0, -1500.0, 30_000.0, 3_600_000.0] {
        let mut stream = Stream::new();
        let mut now = stream.send(10_000, 100, 0);
        for picture in 0..100_u64 {
            now = stream.at(10_100 + picture * 40);
            let stream_time = (10_000.0 + step + picture as f64 * 40.0) / 1000.0;
            stream.lateness.packet(stream_time, now);
            assert!(!stream.lateness.is_late(now + ENTER_AFTER), "{step}");
        }
        assert_eq!(stream.lateness.by(now), None, "unknown");
    }
    // Also where the camera was silent meanwhile.
    let mut stream = Stream::new();
    stream.send(10_000, 100, 0);
    stream.lateness.packet(0.0, stream.at(15_000));
    stream.lateness.packet(0.04, stream.at(15_040));
    assert!(!stream.lateness.is_late(stream.at(16_000)));
}

#[test]
fn the_first_picture_is_late_only_by_a_clock_that_was_right() {
    let late = |ahead: f64, agreed: bool, pause: u64| {
        let mut stream = Stream::new();
        if agreed {
            stream.send(10_000, 100, 0);
            stream.report(10_000, ahead);
        }
        stream.lateness.session();
        stream.next = 20_000 + pause;
        stream.send(20_200 + pause, 6100, 0);
        stream.report(26_300 + pause, ahead);
        let now = stream.send(21_000 + pause, 6100, 0);
        (
            stream.lateness.is_late(now),
            stream.lateness.by(now).map(|by| by.as_secs_f64().round() as u64),
        )
    };
    assert_eq!(late(0.0, true, 0), (true, Some(6)));
    assert_eq!(late(0.5, true, 0), (true, Some(6)));
    assert_eq!(late(0.0, false, 0), (false, None), "never agreed");
    assert_eq!(late(9.0, true, 0), (false, None), "a clock that is wrong");
    assert_eq!(late(0.0, true, 6 * 3_600_000), (false, None), "too long ago");
}

#[test]
fn a_clock_that_stepped_is_not_believed() {
    for ours in [true, false] {
        let mut stream = Stream::new();
        stream.send(10_000, 100, 0);
        stream.report(10_000, 0.0);
        let now = stream.send(10_200, 100, 0);
        assert_eq!(stream.lateness.by(now).map(|by| by.as_millis() < 200), Some(true));
        let (wall, camera) =
            if ours { (1.7e9 + 23.0, 1.7e9 + 20.0) } else { (1.7e9 + 20.0, 1.7e9 + 17.0) };
        let arrived = stream.at(20_000);
        stream.lateness.report(&SenderReport { stream: 20.0, camera, wall, arrived });
        let now = stream.send(20_000, 100, 0);
        assert_eq!((stream.lateness.is_late(now), stream.lateness.by(now)), (false, None));
    }
}

#[test]
fn a_camera_that_counts_pictures_instead_of_time_is_not_late() {
    for reports in [true, false] {
        let mut stream = Stream::new();
        let mut late = false;
        // 20 pictures a second, stamped as if they were 25.
        for picture in 0..1200_u64 {
            let (now, stamp) = (stream.at(picture * 50), picture as f64 / 25.0);
            if reports && picture % 100 == 0 {
                let wall = 1.7e9 + picture as f64 / 20.0;
                let report = SenderReport { stream: stamp, camera: wall, wall, arrived: now };
                stream.lateness.report(&report);
            }
            stream.lateness.packet(stamp, now);
            late |= picture > 250 && stream.lateness.is_late(now);
        }
        assert_eq!(late, !reports, "only the reports tell");
    }
}

#[test]
fn a_clock_that_is_wrong_after_a_reboot_makes_nothing_late() {
    for off in [-59.0, -3.0, -1.5, 3.0] {
        let mut stream = Stream::new();
        stream.send(10_000, 100, 0);
        stream.report(10_000, 0.0);
        stream.lateness.session();
        stream.next = 20_000;
        stream.send(20_200, 100, 0);
        stream.report(20_300, off);
        let now = stream.send(22_000, 100, 0);
        assert!(!stream.lateness.is_late(now), "{off}");
        assert_eq!(stream.lateness.by(now), None, "{off}: unknown");
        // Set right.
        stream.report(25_000, 0.0);
        let now = stream.send(85_000, 100, 0);
        assert!(!stream.lateness.is_late(now), "{off}, set right");
        stream.report(85_100, 0.0);
        let now = stream.send(86_000, 100, 0);
        let by = stream.lateness.by(now);
        assert!(by.is_some_and(|by| by.as_millis() < 200), "{off}: {by:?}");
    }
}

#[test]
fn a_clock_that_steps_while_pictures_are_late_leaves_them_late() {
    let mut stream = Stream::new();
    stream.send(10_000, 100, 0);
    stream.report(10_000, 0.0);
    stream.send(20_000, 6100, 0);
    stream.report(26_000, -3.0);
    let now = stream.send(22_000, 6100, 0);
    assert!(stream.lateness.is_late(now), "measured in this session");
}

#[test]
fn the_first_report_of_a_session_may_be_late_itself() {
    let mut stream = Stream::new();
    stream.send(10_000, 100, 0);
    stream.report(10_000, 0.0);
    stream.lateness.session();
    stream.next = 20_000;
    stream.send(25_000, 100, 0);
    stream.send(25_400, 6_100, 31_000);
    // Held back for 6 s like the pictures.
    stream.report(31_200, -6.0);
    let now = stream.send(26_000, 6_100, 0);
    assert!(stream.lateness.is_late(now), "measured by what came in time");
}

#[test]
fn an_agreement_that_was_wrong_is_not_kept_as_the_floor() {
    let mut stream = Stream::new();
    stream.send(10_000, 100, 0);
    stream.report(10_000, 0.0);
    stream.lateness.session();
    stream.next = 20_000;
    stream.send(20_200, 2_900, 0);
    stream.report(23_000, -0.4);
    // By the camera's clock they are late, and then that clock is set.
    let now = stream.send(21_000, 2_900, 0);
    assert!(stream.lateness.is_late(now));
    stream.report(24_000, 5.0);
    let now = stream.send(22_000, 2_900, 0);
    assert_eq!((stream.lateness.is_late(now), stream.lateness.by(now)), (false, None));
}

#[test]
fn a_camera_whose_clock_drifts_out_of_agreement_is_in_time() {
    let mut stream = Stream::new();
    for second in 0..8 * 3600_u64 {
        let now = stream.at(second * 1000 + 100);
        // All of the camera's clocks run slow.
        let slow = second as f64 * (1.0 - 250e-6);
        stream.lateness.packet(slow, now);
        if second % 10 == 0 {
            let (camera, wall) = (1.7e9 + slow, 1.7e9 + second as f64 + 0.1);
            stream.lateness.report(&SenderReport { stream: slow, camera, wall, arrived: now });
        }
        assert!(!stream.lateness.is_late(now), "after {second} s");
    }
}

#[test]
fn jitter_around_a_delay_that_stays_does_not_make_it_normal() {
    let mut rng = fastrand::Rng::with_seed(9);
    let mut stream = Stream::new();
    stream.send(10_000, 100, 0);
    let mut now = stream.start;
    // The smallest delay of ten seconds changes by up to 0.8 s, up slowly or fast, and down again.
    for _ in 0..180 {
        let more = rng.u64(0..800);
        now = stream.send(stream.next + 10_000, 6100 + more, 0);
    }
    let by = stream.lateness.by(now).expect("late").as_secs_f64();
    assert!((4.5..7.0).contains(&by), "{by}");
}

/// A stream at 25 pictures a second whose clock runs at this rate, with sender reports that are
/// right or without; `stalls` after so many seconds, and all pictures are 6 s later from then on.
/// Gives whether it is late at the end, and when it first was, in seconds.
fn at_rate(rate: f64, reports: bool, stalls: u64, jitter: u64) -> (bool, Option<u64>) {
    let mut rng = fastrand::Rng::with_seed(rate.to_bits());
    let mut stream = Stream::new();
    let (mut first, mut late) = (None, false);
    for picture in 0..45_000_u64 {
        let taken = picture * 40;
        let delay = if taken < stalls * 1000 { 100 } else { 6_100 };
        let now = stream.at(taken + delay + rng.u64(0..=jitter));
        let stamp = taken as f64 / 1000.0 * rate;
        if reports && picture % 125 == 0 {
            let wall = 1.7e9 + taken as f64 / 1000.0;
            let report =
                SenderReport { stream: stamp, camera: wall, wall, arrived: stream.at(taken) };
            stream.lateness.report(&report);
        }
        stream.lateness.packet(stamp, now);
        late = stream.lateness.is_late(now);
        if late {
            first.get_or_insert(taken / 1000);
        }
    }
    (late, first)
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    #[test]
    fn a_clock_that_is_off_by_up_to_two_per_cent_makes_nothing_late_and_a_stall_does(
        rate in 0.98..1.02_f64,
        reports in proptest::bool::ANY,
        jitter in 0..400_u64,
    ) {
        let never = at_rate(rate, reports, u64::MAX / 2_000, jitter);
        proptest::prop_assert_eq!(never, (false, None));
        let (_, first) = at_rate(rate, reports, 900, jitter);
        proptest::prop_assert!(first.is_some_and(|at| (900..903).contains(&at)), "{:?}", first);
    }
}

#[test]
fn a_delay_that_came_with_a_stall_stays_also_where_the_clock_is_slow() {
    for (rate, reports) in [(0.999, true), (0.999, false), (0.98, true), (1.02, true)] {
        assert!(at_rate(rate, reports, 900, 40).0, "{rate} {reports}");
    }
}
