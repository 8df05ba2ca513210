//! What the thread `mend` is told, and its answers.
//!
//! Any thread. Policy: nobody waits for the disk: what is handed over waits in a bounded queue, and answers
//! wait until they are asked for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::thread::Bell;
use crate::repair::mender::{MendJob, Mended, Mender};

/// How long nothing must have been written for nobody to record: every camera syncs each second.
const QUIET: Duration = Duration::from_secs(10);

/// What the thread is told, and its answers.
pub(super) struct Mending {
    mender: Mutex<Mender>,
    /// Wakes the thread.
    pub bell: Bell,
    /// When it was made.
    pub began: Instant,
    /// Files written before are not this run's.
    pub started: SystemTime,
    /// How long after that files of which no line tells are looked for.
    pub adopt_after: Duration,
    /// When something was last recorded, in milliseconds since `began`.
    wrote: AtomicU64,
}

impl Mending {
    /// Nothing is told yet.
    pub fn new(adopt_after: Duration) -> Self {
        Self {
            mender: Mutex::default(),
            bell: Bell::new(),
            began: Instant::now(),
            started: SystemTime::now(),
            adopt_after,
            wrote: AtomicU64::new(0),
        }
    }

    /// Takes a file; false where too many wait already.
    pub fn push(&self, job: MendJob) -> bool {
        let taken = self.mender().push(job, Instant::now());
        self.bell.ring();
        taken
    }

    /// The next answer to what was handed over of this folder.
    pub fn take(&self, folder: &str) -> Option<Mended> {
        self.mender().take(folder)
    }

    /// Something was recorded just now.
    pub fn wrote(&self) {
        let millis = self.began.elapsed().as_millis();
        self.wrote.store(u64::try_from(millis).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Its jobs.
    pub fn mender(&self) -> MutexGuard<'_, Mender> {
        self.mender.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anybody records, or may begin to.
    pub fn is_busy(&self) -> bool {
        let wrote = Duration::from_millis(self.wrote.load(Ordering::Relaxed));
        self.began.elapsed().saturating_sub(wrote) < QUIET
    }
}
