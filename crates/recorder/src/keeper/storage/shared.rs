//! What the storage's threads and all who record know of the folder, and what the thread `retention` is told.
//!
//! Any thread. Policy: nobody waits for the disk: what the threads find is published here, what they are told
//! waits, bounded, and what finds no room there is found by a walk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::StorageSpec;
use crate::Cause;
use crate::clock::WallClock;
use crate::disk::RealDisk;
use crate::keeper::{Findings, RetentionLimits};
use crate::ledger::archive::Archive;
use crate::repair::mender::{MendJob, Mended, Mender};
use crate::system::RecorderSystem;

/// Closed segments that may wait for the thread: ten of each of a hundred cameras.
pub(super) const WAITING: usize = 1000;
/// How long nothing must have been written for nobody to record: every camera syncs each second.
const QUIET: Duration = Duration::from_secs(10);

/// What is known to all.
pub(crate) struct StorageShared {
    pub(super) spec: StorageSpec,
    pub(super) archive: Archive,
    state: Mutex<StorageState>,
    /// Notified when the state has changed for somebody who waits.
    changed: Condvar,
    pub(super) stop: Arc<AtomicBool>,
    /// When files of which no line tells are looked for.
    pub(super) adopt_at: Instant,
}

/// What is known of the folder, and what the threads are told.
#[derive(Debug)]
pub(super) struct StorageState {
    pub ready: Result<(), Cause>,
    /// Whether the first look at the folder is over.
    pub settled: bool,
    /// What was found beside.
    pub found: Findings,
    /// What is removed when, and the folders of the wall's cameras.
    pub limits: RetentionLimits,
    pub known: Vec<String>,
    /// Cameras' folders in which the thread `mend` is at work as their recorders would be: but for mending
    /// files, of which each knows by itself.
    pub resting: Vec<String>,
    /// What that thread is to mend, and its answers.
    pub mender: Mender,
    /// When something was last recorded; at first, when somebody may begin to.
    pub wrote: Instant,
    pub told: Told,
}

/// What the thread `retention` is told.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Segments that were closed or released.
    pub closed: Vec<PathBuf>,
    /// Whether one found no room there.
    pub missed: bool,
    /// Where room is wanted: cameras' folders, or that of all.
    pub asked: BTreeSet<PathBuf>,
    /// Bytes that reached the disk in each folder.
    pub wrote: BTreeMap<String, u64>,
    /// Whether an operator said that the clock is right.
    pub clock_confirmed: bool,
    /// Whether limits or cameras are others.
    pub described: bool,
}

impl StorageState {
    /// Whether the folder is there and locked by us, whether or not there is room.
    pub fn is_ours(&self) -> bool {
        self.settled && self.ready != Err(Cause::NoFolder)
    }

    /// Whether the thread `mend` has a file to mend at once.
    pub fn is_mending_due(&self) -> bool {
        self.is_ours() && self.mender.next_at().is_some_and(|at| at <= Instant::now())
    }
}

impl StorageShared {
    /// Files of which no line tells are looked for so long after this.
    pub(super) fn new(spec: StorageSpec, adopt_after: Duration) -> Self {
        let now = Instant::now();
        let state = StorageState {
            ready: Err(Cause::NoFolder),
            settled: false,
            found: Findings::default(),
            limits: spec.limits.clone(),
            known: spec.known.clone(),
            resting: Vec::new(),
            mender: Mender::default(),
            wrote: now,
            told: Told::default(),
        };
        Self {
            archive: Archive::new(&spec.root),
            spec,
            state: Mutex::new(state),
            changed: Condvar::new(),
            stop: Arc::default(),
            adopt_at: now + adopt_after,
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, StorageState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state, and wakes whoever waits for that.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut StorageState) -> T) -> T {
        let outcome = change(&mut self.state());
        self.changed.notify_all();
        outcome
    }

    /// What became of a look at the folder.
    pub(super) fn publish(&self, ready: Result<(), Cause>) {
        self.change(|state| (state.ready, state.settled) = (ready, true));
    }

    /// From here on nothing is recorded.
    pub(super) fn end(&self) {
        self.change(|_| self.stop.store(true, Ordering::SeqCst));
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Whether anybody records, or may begin to.
    pub(super) fn is_busy(&self) -> bool {
        self.state().wrote.elapsed() < QUIET
    }

    /// Waits until that is so, or until nothing is recorded any more, at most that long; whether it is.
    pub(super) fn wait_for(&self, patience: Duration, is: impl Fn(&StorageState) -> bool) -> bool {
        let over = |state: &StorageState| is(state) || self.stopped();
        let wait = self.changed.wait_timeout_while(self.state(), patience, |state| !over(state));
        over(&wait.unwrap_or_else(PoisonError::into_inner).0)
    }
}

impl RecorderSystem for Arc<StorageShared> {
    type Disk = RealDisk;

    fn disk(&self) -> &RealDisk {
        &RealDisk
    }

    fn now(&self) -> WallClock {
        WallClock::now()
    }

    fn settled(&self) -> bool {
        self.state().settled || self.stopped()
    }

    fn ready(&self, folder: &str) -> Result<(), Cause> {
        let state = self.state();
        let has = |folders: &[String]| folders.iter().any(|it| it == folder);
        if self.stopped() {
            return Err(Cause::ProgramEnded);
        }
        // A camera that came onto the wall waits until it is let go of.
        if has(&state.resting) && has(&state.known) {
            return Err(Cause::NoFolder);
        }
        state
            .ready
            .and_then(|()| state.found.barred.get(folder).map_or(Ok(()), |cause| Err(*cause)))
    }

    fn archive(&self) -> &Archive {
        &self.archive
    }

    fn closed(&self, path: PathBuf) {
        self.change(|StorageState { told, .. }| match told.closed.len() {
            ..WAITING => told.closed.push(path),
            _ => told.missed = true,
        });
    }

    fn no_space(&self, path: &Path) {
        self.change(|state| state.told.asked.insert(path.to_owned()));
    }

    fn wrote(&self, folder: &str, bytes: u64) {
        let mut state = self.state();
        state.wrote = Instant::now();
        if state.found.waits_for_writes {
            // For the next look, whenever that is.
            *state.told.wrote.entry(folder.to_owned()).or_default() += bytes;
        }
    }

    fn mend(&self, job: MendJob) -> bool {
        self.change(|state| state.mender.push(job, Instant::now()))
    }

    fn mended(&self, folder: &str) -> Option<Mended> {
        self.state().mender.take(folder)
    }
}
