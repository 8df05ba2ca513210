//! Which camera is troubled next, and when.
//!
//! Random, but the same in each run.

use std::time::Duration;

/// Least and most time between two.
const PAUSE: (f64, f64) = (10.0, 30.0);

/// Whom it can hit.
pub struct Trouble {
    rows: &'static [&'static str],
    random: fastrand::Rng,
    next: Duration,
    count: usize,
}

impl Trouble {
    /// For these rows.
    pub fn new(rows: &'static [&'static str]) -> Self {
        Self { rows, random: fastrand::Rng::with_seed(16), next: Duration::ZERO, count: 0 }
    }

    /// Who is hit now, after `elapsed`.
    pub fn due(&mut self, elapsed: Duration) -> Option<&'static str> {
        if elapsed < self.next {
            return None;
        }
        let pause = PAUSE.0 + (PAUSE.1 - PAUSE.0) * self.random.f64();
        self.next = elapsed + Duration::from_secs_f64(pause);
        self.count += 1;
        self.random.choice(self.rows.iter().copied())
    }

    /// How often somebody was hit.
    pub fn count(&self) -> usize {
        self.count
    }
}
