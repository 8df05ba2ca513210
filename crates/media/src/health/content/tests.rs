//! Pictures in simulated time.

use super::*;

const WIDTH: usize = 640;
const HEIGHT: usize = 360;

/// Shows pictures at four a second, every eighth a key picture.
struct Show {
    content: Content,
    start: Instant,
    /// Quarters of a second.
    at: u64,
    rng: fastrand::Rng,
}

impl Show {
    fn new(watch: &Watch) -> Self {
        let (content, rng) = (Content::new(Arc::new(watch.clone())), fastrand::Rng::with_seed(7));
        Self { content, start: Instant::now(), at: 0, rng }
    }

    fn instant(&self, at: u64) -> Instant {
        self.start + Duration::from_millis(at * 250)
    }

    /// Shows pictures up to `until` quarters of a second: a scene with so much noise in its key
    /// pictures, drawn over by `paint`. Gives what is found after each: frozen, dark or nothing.
    fn run(&mut self, until: u64, noise: i16, paint: impl Fn(u64, &mut [u8])) -> String {
        let mut told = String::new();
        while self.at < until {
            let key = self.at.is_multiple_of(8);
            let mut luma: Vec<u8> = (0..WIDTH * HEIGHT)
                .map(|i| {
                    let noise = if key && noise > 0 { self.rng.i16(-noise..=noise) } else { 0 };
                    (40 + (i % WIDTH / 16) as i16 + noise) as u8
                })
                .collect();
            paint(self.at, &mut luma);
            let now = self.instant(self.at);
            let plane = Plane {
                data: &luma,
                stride: WIDTH,
                width: WIDTH as u32,
                height: HEIGHT as u32,
                channels: 1,
                bytes_per_sample: 1,
            };
            if self.content.wants(key, now) {
                self.content.look(&plane, 8, false, key, now);
            }
            let findings = self.content.findings(now);
            told.push(match (findings.frozen, findings.dark) {
                (Some(_), None) => 'F',
                (None, Some(_)) => 'D',
                (Some(_), Some(_)) => '!',
                (None, None) => '.',
            });
            self.at += 1;
        }
        told
    }
}

/// How often each character comes, one after the other.
fn runs(told: &str) -> Vec<(char, usize)> {
    let mut runs: Vec<(char, usize)> = Vec::new();
    for c in told.chars() {
        match runs.last_mut() {
            Some((last, count)) if *last == c => *count += 1,
            _ => runs.push((c, 1)),
        }
    }
    runs
}

fn all(luma: &mut [u8], shade: u8) {
    luma.fill(shade);
}

/// A block of this size at this place.
fn block(luma: &mut [u8], left: usize, size: usize) {
    for line in 100..100 + size {
        luma[line * WIDTH + left..][..size].fill(200);
    }
}

#[test]
fn frozen_since_the_last_change_after_ten_seconds() {
    let mut show = Show::new(&Watch::default());
    assert_eq!(runs(&show.run(16, 3, |_, _| {})), [('.', 16)]);
    assert_eq!(runs(&show.run(80, 0, |_, _| {})), [('.', 40), ('F', 24)]);
    assert_eq!(show.content.findings(show.instant(79)).frozen, Some(show.instant(16)));
    assert_eq!(runs(&show.run(112, 3, |_, _| {})), [('.', 32)], "it lives");
}

#[test]
fn noise_and_what_moves_are_no_freeze() {
    let mut show = Show::new(&Watch::default());
    assert_eq!(runs(&show.run(3000, 3, |_, _| {})), [('.', 3000)]);
    // Between key pictures only: someone crosses the scene and is gone at the next.
    let mut show = Show::new(&Watch::default());
    let crossing = |at: u64, luma: &mut [u8]| {
        if at % 24 == 4 {
            block(luma, 300, 60);
        }
    };
    assert_eq!(runs(&show.run(480, 0, crossing)), [('.', 480)]);
}

#[test]
fn the_same_key_frame_for_each_who_connects_is_no_freeze() {
    let mut show = Show::new(&Watch::default());
    for connection in 1..20 {
        assert_eq!(runs(&show.run(30 * connection, 0, |_, _| {})), [('.', 30)]);
        show.content.restart();
    }
}

#[test]
fn a_clock_in_the_picture_is_masked() {
    let clock = |at: u64, luma: &mut [u8]| block(luma, 40 + (at % 8) as usize * 60, 50);
    let mask = vec![[0.0, 0.2, 1.0, 0.3]];
    let mut seen = Show::new(&Watch::default());
    assert_eq!(runs(&seen.run(100, 0, clock)), [('.', 100)]);
    let mut masked = Show::new(&Watch { mask, ..Watch::default() });
    assert_eq!(runs(&masked.run(100, 0, clock)), [('.', 40), ('F', 60)]);
    let everything = Watch { mask: vec![[0.0, 0.0, 1.0, 1.0]], ..Watch::default() };
    assert_eq!(runs(&Show::new(&everything).run(100, 0, clock)), [('.', 100)]);
}

#[test]
fn dark_after_three_seconds_and_light_after_one() {
    for shade in [16, 25, 128, 235] {
        let mut show = Show::new(&Watch::default());
        show.run(8, 3, |_, _| {});
        assert_eq!(runs(&show.run(80, 0, |_, luma| all(luma, shade))), [('.', 12), ('D', 60)]);
        assert_eq!(show.content.findings(show.instant(79)).dark, Some(show.instant(8)));
        // A flash.
        assert_eq!(runs(&show.run(82, 3, |_, _| {})), [('D', 2)]);
        assert_eq!(runs(&show.run(88, 0, |_, luma| all(luma, shade))), [('D', 6)]);
        assert_eq!(runs(&show.run(108, 3, |_, _| {})), [('D', 4), ('.', 16)]);
    }
}

#[test]
fn what_is_not_watched_is_not_found() {
    let mut show = Show::new(&Watch { frozen: false, ..Watch::default() });
    assert_eq!(runs(&show.run(100, 0, |_, _| {})), [('.', 100)]);
    let mut show = Show::new(&Watch { dark: false, ..Watch::default() });
    assert_eq!(runs(&show.run(100, 0, |_, luma| all(luma, 16))), [('.', 100)]);
}

#[test]
fn every_key_picture_and_four_others_a_second_are_looked_at() {
    let (content, start) = (Content::new(Arc::default()), Instant::now());
    let mut content = Content { looked: Some(start), ..content };
    let after = |ms| start + Duration::from_millis(ms);
    assert!(!content.wants(false, after(249)) && content.wants(true, after(1)));
    assert!(content.wants(false, after(250)));
    content.watch = Watch { frozen: false, dark: false, mask: Vec::new() }.into();
    assert!(!content.wants(true, after(999)));
}
