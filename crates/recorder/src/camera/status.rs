//! The status of a recording as its holder reads it, with the time that is needed to judge it.
//!
//! Written by the thread `ID.record`, read by any. Pure: told the time by whoever writes or reads.
//! Policy: a thread that is long at work without a word hangs on the disk, and does not record,
//! whatever it said last. One that sleeps has nothing to do, for as long as that may be.

use std::time::{Duration, Instant};

use crate::{Cause, RecorderStatus};

/// Longer at work, and the disk hangs.
const STUCK: Duration = Duration::from_millis(2500);
/// How long a recording that was just wanted, or just broke, may take before it is a fault.
const GRACE: Duration = Duration::from_secs(3);

/// What was published last.
#[derive(Clone, Copy)]
pub struct PublishedStatus {
    /// Whether the holder wished last that it is recorded.
    pub wanted: bool,
    status: RecorderStatus,
    /// Since when the thread is at work; none while it sleeps.
    busy_since: Option<Instant>,
    /// When the recording, if it is not as it should be now, last was: writing, or not wanted.
    healthy_at: Instant,
}

impl PublishedStatus {
    /// Nothing is recorded, and nothing wrong with that.
    pub fn new(now: Instant) -> Self {
        Self { wanted: false, status: RecorderStatus::default(), busy_since: None, healthy_at: now }
    }

    /// The thread is about to do what may take the disk long.
    pub fn busy(&mut self, now: Instant) {
        self.busy_since = Some(now);
    }

    /// The thread's word at `now`, before it sleeps; whether it is another than before.
    pub fn publish(&mut self, status: RecorderStatus, now: Instant) -> bool {
        self.busy_since = None;
        if is_healthy(&self.status) || is_healthy(&status) {
            self.healthy_at = now;
        }
        std::mem::replace(&mut self.status, status) != status
    }

    /// What it comes to at `now`.
    pub fn read(&self, now: Instant) -> RecorderStatus {
        let Self { wanted, status, .. } = *self;
        let busy = self.busy_since.map(|since| now.saturating_duration_since(since));
        let stuck = busy.is_some_and(|busy| busy > STUCK);
        let writing = wanted && status.writing && !stuck;
        let late = now.saturating_duration_since(self.healthy_at) > GRACE;
        let fault = match (wanted && !writing, stuck) {
            (false, _) => None,
            (true, true) => Some(Cause::DiskSlow),
            (true, false) => status.fault.filter(|_| late),
        };
        RecorderStatus { wanted, writing, fault, ..status }
    }
}

/// Whether the recording is as it should be.
fn is_healthy(status: &RecorderStatus) -> bool {
    !status.wanted || status.writing
}
