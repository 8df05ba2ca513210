//! The deadline that FFmpeg's interrupt callback looks at.
//!
//! The thread `ID.demux` sets it; the callback reads it, on that thread or on one of FFmpeg's own while
//! FFmpeg waits for the network.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A deadline that the interrupt callback watches. Nanoseconds since `start`, so that it fits an
/// atomic.
pub(crate) struct IoDeadline {
    start: Instant,
    deadline: AtomicU64,
    /// Whether the input is being closed: from then on only the deadline counts.
    closing: AtomicBool,
}

impl IoDeadline {
    /// Expires after `allowance`.
    pub fn new(allowance: Duration) -> Self {
        let this = Self {
            start: Instant::now(),
            deadline: AtomicU64::new(u64::MAX),
            closing: AtomicBool::new(false),
        };
        this.extend(allowance);
        this
    }

    /// From now, waiting may take this long.
    pub fn extend(&self, allowance: Duration) {
        let nanos = (self.start.elapsed() + allowance).as_nanos();
        self.deadline.store(u64::try_from(nanos).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Closing may take this long, and nothing else ends it.
    pub fn close(&self, allowance: Duration) {
        self.extend(allowance);
        self.closing.store(true, Ordering::Relaxed);
    }

    /// Whether the input is being closed.
    pub fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Relaxed)
    }

    /// Whether the deadline is past.
    pub fn is_expired(&self) -> bool {
        self.start.elapsed().as_nanos() >= u128::from(self.deadline.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expires_and_can_be_fed() {
        let deadline = IoDeadline::new(Duration::ZERO);
        assert!(deadline.is_expired() && !deadline.is_closing());
        deadline.extend(Duration::from_secs(60));
        assert!(!deadline.is_expired());
        deadline.close(Duration::ZERO);
        assert!(deadline.is_expired() && deadline.is_closing());
    }
}
