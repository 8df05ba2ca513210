//! What retention is asked to keep to. Plain data.

use std::time::Duration;

/// How long recordings are kept: the oldest closed segments are removed first, whichever limit is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetentionLimits {
    /// Age at which a segment is removed. None: at any age it stays.
    pub age: Option<Duration>,
    /// Bytes for all cameras together. None: what the disk holds.
    pub total: Option<u64>,
    /// Bytes for each camera. None: what the disk holds.
    pub per_camera: Option<u64>,
    /// Bytes that are to stay free on the disk: below it the oldest segments go, and recording goes on.
    pub free: u64,
}

impl RetentionLimits {
    /// Free bytes below which nothing is recorded: a quarter of `free`, at most 256 MB, so that what
    /// else lives on the disk still has room.
    #[must_use]
    pub fn hard_floor(&self) -> u64 {
        (self.free / 4).min(256_000_000)
    }
}
