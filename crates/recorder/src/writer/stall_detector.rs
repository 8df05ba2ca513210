//! Measures the interval of a camera's pictures, and detects when pictures have stopped coming.
//!
//! Owned by the thread `ID.record`. Policy: judged by packets, not by decoding, and by the camera's
//! own pace: one that sends a picture every ten seconds has not stalled after three.

use std::time::{Duration, Instant};

/// A distance between two pictures above which pictures are missing, unless the camera is that
/// slow.
const STALL: Duration = Duration::from_secs(2);
/// Longest distance that counts as a pace.
const SLOWEST: Duration = Duration::from_secs(60);

/// Knows when the pictures of a camera arrive.
#[derive(Debug, Default)]
pub struct StallDetector {
    last: Option<Instant>,
    /// Distance of pictures, averaged over the last eight or so.
    interval: Duration,
}

impl StallDetector {
    /// A picture arrived.
    pub fn frame_arrived(&mut self, arrived: Instant) {
        if let Some(last) = self.last.replace(arrived) {
            let distance = arrived.saturating_duration_since(last).min(SLOWEST);
            self.interval =
                if self.interval.is_zero() { distance } else { (self.interval * 7 + distance) / 8 };
        }
    }

    /// Another connection: nothing came by it yet.
    pub fn restart(&mut self) {
        self.last = None;
    }

    /// When the last picture of this connection arrived.
    pub fn last(&self) -> Option<Instant> {
        self.last
    }

    /// Distance of pictures from which on some are missing.
    pub fn stall(&self) -> Duration {
        STALL.max(self.interval * 3)
    }

    /// Since the last picture; for ever before the first.
    pub fn silent_for(&self, now: Instant) -> Duration {
        self.last.map_or(Duration::MAX, |last| now.saturating_duration_since(last))
    }

    /// Whether pictures are missing before one that arrived now.
    pub fn is_late(&self, arrived: Instant) -> bool {
        self.last.is_some_and(|last| arrived.saturating_duration_since(last) > self.stall())
    }

    /// Whether pictures have stopped coming.
    pub fn is_silent(&self, now: Instant) -> bool {
        self.silent_for(now) > self.stall()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_camera_is_not_silent() {
        let (start, second) = (Instant::now(), Duration::from_secs(1));
        let mut stall_detector = StallDetector::default();
        assert!(stall_detector.is_silent(start));
        for n in 0..4 {
            stall_detector.frame_arrived(start + second * n * 10);
        }
        assert!(!stall_detector.is_silent(start + second * 50));
        assert!(stall_detector.is_silent(start + second * 61));
        stall_detector.restart();
        assert!(stall_detector.is_silent(start + second * 31));
    }

    #[test]
    fn a_fast_camera_is_silent_after_two_seconds() {
        let (start, frame) = (Instant::now(), Duration::from_millis(40));
        let mut stall_detector = StallDetector::default();
        for n in 0..100 {
            stall_detector.frame_arrived(start + frame * n);
        }
        let last = start + frame * 99;
        assert!(
            !stall_detector.is_silent(last + STALL)
                && stall_detector.is_silent(last + STALL + frame)
        );
    }
}
