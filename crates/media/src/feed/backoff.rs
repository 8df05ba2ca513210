//! Decides when a lost camera is connected again.
//!
//! Pure: the time and a random number are passed in. The feed's task runs it. Policy: after 1, 2,
//! 5, 10 s, then every 30 s, each ±20 % so that a hundred cameras behind one switch do not come
//! back in the same instant; back to the start after 30 s of live picture; 60 s after a refused
//! login, because cameras lock an account after a few wrong tries; at most 10 s where the camera is
//! there and busy, because it has time again soon, or when it says itself; 10 s where there is no
//! login, which troubles nobody.

use std::time::{Duration, Instant};

/// Seconds before the first, second, … retry; the last one repeats.
const STEPS: [u64; 5] = [1, 2, 5, 10, 30];
/// A connection that lived this long proves the camera is well again.
const RESET_AFTER: Duration = Duration::from_secs(30);
/// Seconds between tries with a login that the camera refused.
const AUTH_RETRY: u64 = 60;
/// Longest delay before a busy camera is asked again.
const BUSY_RETRY: Duration = Duration::from_secs(10);
/// Delay before a missing login is looked for again.
pub(crate) const LOGIN_RETRY: Duration = Duration::from_secs(10);
/// Bounds of what a camera may ask for.
const ASKED: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// Largest relative deviation of a delay.
const JITTER: f64 = 0.2;

/// Counts failed attempts.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: usize,
}

impl Backoff {
    /// The delay before the next try. `live` is when the connection that just ended came up, if it
    /// did; `random` is in 0..1.
    pub fn next(&mut self, live: Option<Instant>, now: Instant, random: f64) -> Duration {
        if live.is_some_and(|live| now.saturating_duration_since(live) >= RESET_AFTER) {
            self.failures = 0;
        }
        let step = STEPS[self.failures.min(STEPS.len() - 1)];
        self.failures = self.failures.saturating_add(1);
        jittered(step, random)
    }

    /// The delay after a busy camera, which may have `asked` for one.
    pub fn after_busy(
        &mut self,
        asked: Option<Duration>,
        live: Option<Instant>,
        now: Instant,
        random: f64,
    ) -> Duration {
        let ordinary = self.next(live, now, random);
        asked.map_or(ordinary.min(BUSY_RETRY), |asked| asked.clamp(ASKED.0, ASKED.1))
    }

    /// The delay after a refused login.
    pub fn after_refused_login(random: f64) -> Duration {
        jittered(AUTH_RETRY, random)
    }
}

fn jittered(seconds: u64, random: f64) -> Duration {
    Duration::from_secs(seconds).mul_f64(1.0 + JITTER * (2.0 * random - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_to_thirty_seconds_and_stays() {
        let now = Instant::now();
        let mut backoff = Backoff::default();
        let delays: Vec<_> = (0..7).map(|_| backoff.next(None, now, 0.5).as_secs()).collect();
        assert_eq!(delays, [1, 2, 5, 10, 30, 30, 30]);
    }

    #[test]
    fn starts_over_after_thirty_live_seconds_only() {
        let start = Instant::now();
        let mut backoff = Backoff::default();
        for _ in 0..3 {
            backoff.next(None, start, 0.5);
        }
        let short = start + Duration::from_secs(29);
        assert_eq!(backoff.next(Some(start), short, 0.5).as_secs(), 10);
        let long = start + Duration::from_secs(30);
        assert_eq!(backoff.next(Some(start), long, 0.5).as_secs(), 1);
    }

    #[test]
    fn a_busy_camera_is_asked_soon_or_when_it_says() {
        let now = Instant::now();
        let mut backoff = Backoff::default();
        let mut busy = |asked, random| backoff.after_busy(asked, None, now, random).as_secs_f64();
        let delays: Vec<_> = (0..7).map(|_| busy(None, 1.0)).collect();
        assert_eq!(delays, [1.2, 2.4, 6.0, 10.0, 10.0, 10.0, 10.0]);
        for (asked, delay) in [(0, 1.0), (7, 7.0), (60, 60.0), (86_400, 60.0)] {
            assert_eq!(busy(Some(Duration::from_secs(asked)), 0.0), delay);
        }
        assert_eq!(backoff.next(None, now, 0.5).as_secs(), 30, "and gone it waits like any other");
    }

    #[test]
    fn jitter_is_twenty_percent_either_way() {
        let now = Instant::now();
        assert_eq!(Backoff::default().next(None, now, 0.0), Duration::from_millis(800));
        assert_eq!(Backoff::default().next(None, now, 1.0), Duration::from_millis(1200));
        assert_eq!(Backoff::after_refused_login(0.5), Duration::from_secs(60));
    }
}
