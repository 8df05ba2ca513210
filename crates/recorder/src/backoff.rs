//! When something that failed is tried again: after a pause that doubles each time.

use std::time::{Duration, Instant};

/// The first pause.
pub const RETRY: Duration = Duration::from_secs(2);
/// The longest.
const RARELY: Duration = Duration::from_secs(64);

/// The next try.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// When it is.
    pub at: Instant,
    /// What follows where it fails.
    pause: Duration,
}

impl Backoff {
    /// At once.
    pub fn new(now: Instant) -> Self {
        Self { at: now, pause: RETRY }
    }

    /// It failed at `now`.
    pub fn failed(&mut self, now: Instant) {
        self.at = now + self.pause;
        self.pause = (self.pause * 2).min(RARELY);
    }
}
