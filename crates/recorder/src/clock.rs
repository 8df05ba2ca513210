//! When packets arrived, by the wall clock.
//!
//! Owned by the thread `ID.record`. Packets carry the monotonic clock's time, files and ledger the
//! wall clock's. Policy: within a segment the two move together, whatever is done to the wall
//! clock; they are compared again at each segment's start.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Up to here a difference is drift, which a segment's end absorbs; beyond, the clock was set.
const DRIFT: SignedDuration = SignedDuration::from_secs(1);

/// Whether the system's clock is known to be right: the kernel's word that it is synchronised, where it
/// gives one.
pub type ClockWord = fn() -> Option<bool>;

/// Rounds down to the ledger's precision.
#[must_use]
pub fn to_millis(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}

/// One instant by both clocks.
#[derive(Clone, Copy, Debug)]
pub struct WallClock {
    instant: Instant,
    wall: Timestamp,
}

impl WallClock {
    /// Compares the clocks now.
    pub fn now() -> Self {
        Self { instant: Instant::now(), wall: Timestamp::now() }
    }

    /// What simulated clocks say.
    #[cfg(any(test, feature = "fixtures"))]
    pub fn simulated(instant: Instant, wall: Timestamp) -> Self {
        Self { instant, wall }
    }

    /// Both clocks that much later.
    #[cfg(test)]
    pub fn later(&self, by: Duration) -> Self {
        Self { instant: self.instant + by, wall: self.wall + by }
    }

    /// The instant by the monotonic clock.
    pub fn instant(&self) -> Instant {
        self.instant
    }

    /// The instant by the wall clock.
    pub fn timestamp(&self) -> Timestamp {
        self.wall
    }

    /// The wall clock's time of an instant, with the ledger's precision.
    pub fn wall(&self, at: Instant) -> Timestamp {
        let wall = match at.checked_duration_since(self.instant) {
            Some(later) => self.wall.checked_add(later),
            None => self.wall.checked_sub(self.instant.duration_since(at)),
        };
        to_millis(wall.unwrap_or(self.wall))
    }

    /// Whether the wall clock was set between two comparisons.
    pub fn was_set(&self, later: &Self) -> bool {
        let moved = later.wall.duration_since(self.wall(later.instant)).abs();
        moved > DRIFT
    }
}

/// The first multiple of `length` after `start`, counted from midnight 1970 UTC: segments of ten
/// minutes end at 07:20, 07:30 and so on.
pub fn next_boundary(start: Timestamp, length: Duration) -> Timestamp {
    let length = i64::try_from(length.as_millis()).unwrap_or(i64::MAX).max(1);
    let millis = (start.as_millisecond().div_euclid(length) + 1).saturating_mul(length);
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

/// A part of `range`, of whole milliseconds, that is another for each camera and always the same for
/// one: so that not all do at the same moment what takes the disk's time.
pub fn phase_of(id: &str, range: Duration) -> Duration {
    let [first, second, third, fourth, ..] = *blake3::hash(id.as_bytes()).as_bytes();
    let number = u64::from(u32::from_le_bytes([first, second, third, fourth]));
    let range = u64::try_from(range.as_millis()).unwrap_or(u64::MAX).max(1);
    Duration::from_millis(number % range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_are_round() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let ten = Duration::from_secs(600);
        let next = |text: &str| next_boundary(at(text), ten).to_string();
        assert_eq!(next("2026-11-22T07:13:59.5Z"), "2026-11-22T07:20:00Z");
        assert_eq!(next("2026-11-22T07:20:00Z"), "2026-11-22T07:30:00Z");
    }

    #[test]
    fn cameras_have_phases_of_their_own() {
        let range = Duration::from_secs(2);
        let phases: Vec<Duration> =
            (1..=16).map(|number| phase_of(&format!("cam{number}"), range)).collect();
        assert!(phases.iter().all(|phase| *phase < range), "{phases:?}");
        let spread = *phases.iter().max().unwrap() - *phases.iter().min().unwrap();
        assert!(spread >= Duration::from_secs(1), "{phases:?}");
        assert_eq!(phase_of("cam1", range), phases[0]);
        assert_eq!(phase_of("cam1", Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn setting_the_clock_is_noticed_and_drift_is_not() {
        let clock = WallClock::now();
        let later = |seconds: i64| WallClock {
            instant: clock.instant + Duration::from_secs(60),
            wall: clock.wall + SignedDuration::from_secs(60 + seconds),
        };
        assert!(!clock.was_set(&later(0)) && !clock.was_set(&later(-1)));
        assert!(clock.was_set(&later(2)) && clock.was_set(&later(-3600)));
    }

    #[test]
    fn arrivals_before_the_comparison_have_a_time_too() {
        let clock =
            WallClock { instant: Instant::now() + Duration::from_secs(9), ..WallClock::now() };
        let (early, late) = (clock.instant - Duration::from_secs(2), clock.instant);
        assert_eq!(clock.wall(late).duration_since(clock.wall(early)).as_millis(), 2000);
    }
}
