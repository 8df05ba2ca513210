//! The status of a recording as its holder reads it, with the time that is needed to judge it.
//!
//! Written by the thread `ID.record`, read by any. Pure: told the time by whoever writes or reads.
//! Policy: a thread that does not prove that the disk answers does not record, whatever it said
//! last.

use std::time::{Duration, Instant};

use super::rules::Intent;
use super::state::WriterStatus;
use crate::{Cause, RecorderStatus};

/// A heartbeat older than this, and the disk hangs.
const STUCK: Duration = Duration::from_millis(2500);
/// How long a recording that was just wanted, or just broke, may take before it is a fault.
const GRACE: Duration = Duration::from_secs(3);

/// What was published last.
pub struct PublishedStatus {
    status: WriterStatus,
    /// When the thread last published its status.
    heartbeat: Instant,
    /// When the recording last was as it should be: writing, or not wanted.
    healthy_at: Instant,
}

impl PublishedStatus {
    /// Nothing is recorded, and nothing wrong with that.
    pub fn new(now: Instant) -> Self {
        Self { status: WriterStatus::default(), heartbeat: now, healthy_at: now }
    }

    /// The thread's word at `now`; whether it is another than before.
    pub fn publish(&mut self, status: WriterStatus, now: Instant) -> bool {
        self.heartbeat = now;
        if !status.wanted || status.writing {
            self.healthy_at = now;
        }
        std::mem::replace(&mut self.status, status) != status
    }

    /// Whether the camera was being recorded when an earlier run was killed.
    pub fn interrupted(&self) -> bool {
        self.status.interrupted
    }

    /// What it comes to at `now`, where that is the wish.
    pub fn read(&self, intent: Option<Intent>, now: Instant) -> RecorderStatus {
        let status = self.status;
        let wanted = intent == Some(Intent::On);
        let stuck = now.saturating_duration_since(self.heartbeat) > STUCK;
        let writing = wanted && status.writing && !stuck;
        let late = now.saturating_duration_since(self.healthy_at) > GRACE;
        let fault = match (wanted && !writing, stuck) {
            (false, _) => None,
            (true, true) => Some(Cause::DiskSlow),
            (true, false) => status.cause.filter(|_| late),
        };
        RecorderStatus { wanted, writing, fault, kept: status.kept }
    }
}
