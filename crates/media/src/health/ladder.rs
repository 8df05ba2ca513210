//! Paces a remedy that did not help: the pauses between one and the next.
//!
//! Pure; the feed's task asks it. Policy: the pauses grow and the last one repeats; after
//! [`WELL_AFTER`] without the trouble the first pause is the next one again.

use std::time::{Duration, Instant};

/// A stream that was well for so long is taken to be a healthy one: its next trouble is a new one.
const WELL_AFTER: Duration = Duration::from_secs(600);

/// How often a remedy was used, and when last.
#[derive(Clone, Debug)]
pub(super) struct Ladder {
    pauses: &'static [Duration],
    used: usize,
    latest: Option<Instant>,
    /// When the trouble was last seen.
    trouble: Option<Instant>,
}

impl Ladder {
    /// `pauses` are those after the first use, after the second, …
    pub fn new(pauses: &'static [Duration]) -> Self {
        Self { pauses, used: 0, latest: None, trouble: None }
    }

    /// The trouble is there at `now`.
    pub fn troubled(&mut self, now: Instant) {
        self.used = self.times(now);
        self.trouble = Some(now);
    }

    /// Whether the remedy may be used at `now`.
    pub fn is_due(&self, now: Instant) -> bool {
        let (Some(latest), Some(last)) = (self.latest, self.pauses.len().checked_sub(1)) else {
            return true;
        };
        let Some(before) = self.used.checked_sub(1) else { return true };
        now.saturating_duration_since(latest) >= self.pauses[before.min(last)]
    }

    /// The remedy is used.
    pub fn used(&mut self, now: Instant) {
        self.used = self.used.saturating_add(1);
        self.latest = Some(now);
    }

    /// How often it was used for the trouble that is there at `now`; 0 once that is over.
    pub fn times(&self, now: Instant) -> usize {
        let well = |at: Instant| now.saturating_duration_since(at) >= WELL_AFTER;
        let over = self.trouble.is_none_or(well) && self.latest.is_none_or(well);
        if over { 0 } else { self.used }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    #[test]
    fn pauses_grow_and_begin_anew_after_ten_good_minutes() {
        let start = Instant::now();
        const PAUSES: [Duration; 2] = [seconds(30), seconds(120)];
        let mut ladder = Ladder::new(&PAUSES);
        let mut used = Vec::new();
        for second in 0..400 {
            let now = start + seconds(second);
            ladder.troubled(now);
            if ladder.is_due(now) {
                ladder.used(now);
                used.push(second);
            }
        }
        assert_eq!(used, [0, 30, 150, 270, 390]);
        let now = start + seconds(399 + 599);
        assert_eq!(ladder.times(now), 5, "not yet well");
        assert_eq!(ladder.times(now + seconds(1)), 0, "without another trouble");
        ladder.troubled(now);
        assert_eq!(ladder.times(now), 5, "the same trouble");
        ladder.troubled(now + seconds(600));
        assert_eq!(ladder.times(now + seconds(600)), 0);
    }
}
