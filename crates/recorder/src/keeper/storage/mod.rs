//! The recording folder as all recorders share it: its lock, the room on its disk, retention, mending.
//!
//! One [`Storage`] a wall; its threads `retention` and `mend` do all the work. Policies:
//! - nothing is opened before it is needed: a wall that records nothing makes no folder;
//! - calls never wait for the disk: what the threads find is published, what they are told waits,
//!   bounded, and what finds no room there is found by a walk;
//! - whatever is wrong with the folder is tried again for ever, and is one line in the log;
//! - a folder that disappears, or is exchanged under us, is locked anew before it is written to.

mod mend;
mod shared;
mod worker;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

pub(crate) use self::shared::StorageShared;
use self::worker::RetentionWorker;
use crate::clock::ClockWord;
use crate::events::StorageHandler;
use crate::keeper::RetentionLimits;
use crate::keeper::trust::Trust;
use crate::{Cause, Doubts};

/// How long a thread may take to end; it is left alone if the disk holds it longer.
const END: Duration = Duration::from_secs(1);
/// How often is looked meanwhile whether it has.
const SOON: Duration = Duration::from_millis(2);

/// What the recording folder is opened with.
#[derive(Clone)]
pub struct StorageSpec {
    /// The folder.
    pub root: PathBuf,
    /// Whether it must be there already, with its marker, because it is a disk that may not be mounted.
    pub must_exist: bool,
    /// What is removed when, until [`Storage::set_limits`] says otherwise.
    pub limits: RetentionLimits,
    /// The folders of the wall's cameras, until [`Storage::set_known`] says otherwise.
    pub known: Vec<String>,
    /// Whom to tell.
    pub handler: StorageHandler,
    /// Whether the system's clock is known to be right.
    pub clock: ClockWord,
}

/// The recording folder.
pub struct Storage {
    shared: Arc<StorageShared>,
    threads: OnceLock<Mutex<Vec<JoinHandle<()>>>>,
}

impl Storage {
    /// Opens nothing yet: a wall that records nothing makes no folder and has no thread for it.
    #[must_use]
    pub fn new(spec: StorageSpec) -> Arc<Self> {
        let shared = Arc::new(StorageShared::new(spec, mend::ADOPT));
        Arc::new(Self { shared, threads: OnceLock::new() })
    }

    /// Starts to look after the folder if nobody does yet; it is made if need be. Never blocks on the
    /// disk and never fails: whatever is wrong is retried by the thread `retention` and told to
    /// recorders.
    pub fn open(&self) {
        self.threads.get_or_init(|| {
            // What was closed is not opened any more.
            if self.shared.stopped() {
                return Mutex::default();
            }
            let (mend, retention) = (self.shared.clone(), self.shared.clone());
            let mend = start("mend", move || mend.run_mending());
            let retention = start("retention", move || {
                let (shared, trust) = (retention, Trust::default());
                RetentionWorker { shared, home: None, trust, reported: None }.run();
            });
            if retention.is_none() {
                self.shared.publish(Err(Cause::Internal));
            }
            Mutex::new(mend.into_iter().chain(retention).collect())
        });
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.shared.spec.root
    }

    /// It as a camera's recorder sees it, who opens it when it is needed.
    pub(crate) fn system(&self) -> Arc<StorageShared> {
        self.shared.clone()
    }

    /// Opens it and waits until the first look at the folder is over, at most `patience`; whether it is.
    #[cfg(test)]
    fn settled(&self, patience: Duration) -> bool {
        self.open();
        self.shared.wait_for(patience, |state| state.settled)
    }

    /// What is to be said of the archive on the tile of the camera of this folder. Cheap.
    #[must_use]
    pub fn doubts(&self, folder: &str) -> Doubts {
        let found = &self.shared.state().found;
        Doubts { clock: found.clock_doubted, limit: found.unmet.get(folder).copied() }
    }

    /// An operator says that the system's clock is right.
    pub fn confirm_clock(&self) {
        self.shared.change(|state| state.told.clock_confirmed = true);
    }

    /// Another wall file says what is removed when; it counts with the next look.
    pub fn set_limits(&self, limits: RetentionLimits) {
        self.shared.change(|state| (state.limits, state.told.described) = (limits, true));
    }

    /// Another wall file has other cameras: these are their folders.
    pub fn set_known(&self, known: Vec<String>) {
        self.shared.change(|state| (state.known, state.told.described) = (known, true));
    }

    /// Ends the threads within a second and releases the lock.
    pub fn close(&self) {
        self.shared.end();
        let Some(threads) = self.threads.get() else { return };
        let threads = std::mem::take(&mut *threads.lock().unwrap_or_else(PoisonError::into_inner));
        let (until, root) = (Instant::now() + END, self.root().display());
        for thread in threads {
            while !thread.is_finished() && Instant::now() < until {
                thread::sleep(SOON);
            }
            let name = thread.thread().name().unwrap_or_default().to_owned();
            if !thread.is_finished() {
                tracing::warn!("{root}: the disk holds the thread `{name}` up; not waiting");
            } else if thread.join().is_err() {
                tracing::error!("{root}: the thread `{name}` ended in a panic");
            }
        }
    }
}

/// A thread of that name; none where there is none to be had.
fn start(name: &str, work: impl FnOnce() + Send + 'static) -> Option<JoinHandle<()>> {
    let started = thread::Builder::new().name(name.into()).spawn(work);
    let failed = |error: &_| tracing::error!("no thread `{name}` for recordings: {error}");
    started.inspect_err(failed).ok()
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.close();
    }
}
