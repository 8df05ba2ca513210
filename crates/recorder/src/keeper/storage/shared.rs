//! What the storage's threads and all who record know of the folder, and what the thread `retention` is told.
//!
//! Any thread. Policy: nobody waits for the disk: what the threads find is published here, what they are told
//! waits, bounded, and what finds no room there is found by a walk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::StorageSpec;
use super::mending::Mending;
use super::thread::Bell;
use crate::Cause;
use crate::clock::WallClock;
use crate::disk::RealDisk;
use crate::keeper::RetentionLimits;
use crate::ledger::archive::Archive;
use crate::ledger::entry::RetentionRule;
use crate::repair::mender::{MendJob, Mended};
use crate::system::RecorderSystem;

/// Closed segments that may wait for the thread: ten of each of a hundred cameras.
pub(super) const WAITING: usize = 1000;
/// Wishes for room, and news of writes that went well, that may wait for the thread.
const WISHES: usize = 16;

/// What is known to all.
pub(crate) struct StorageShared {
    pub(super) spec: StorageSpec,
    pub(super) archive: Archive,
    state: Mutex<StorageState>,
    /// Notified when the first look at the folder is over.
    changed: Condvar,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) bell: Bell,
    pub(super) mending: Mending,
}

/// What is known of the folder, and what the thread `retention` is told.
#[derive(Debug)]
pub(super) struct StorageState {
    pub ready: Result<(), Cause>,
    pub settled: bool,
    /// Cameras that can't be recorded although others can, and why.
    pub barred: BTreeMap<Arc<str>, Cause>,
    /// Whether the clock is not believed.
    pub clock_doubted: bool,
    /// The limit that can't be met with a camera's segments.
    pub unmet: BTreeMap<Arc<str>, RetentionRule>,
    /// Whether anybody wants to hear that a write went well.
    pub waits_for_writes: bool,
    /// What is removed when, and the folders of the wall's cameras.
    pub limits: RetentionLimits,
    pub known: Vec<String>,
    /// Cameras' folders in which the thread `mend` finishes what was left.
    pub resting: Vec<String>,
    pub told: Told,
}

/// What the thread `retention` is told.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Segments that were closed or released.
    pub closed: Vec<PathBuf>,
    /// Whether one found no room there.
    pub missed: bool,
    /// Where room is wanted.
    pub asked: Vec<PathBuf>,
    /// Folders in which writes go well again.
    pub wrote: Vec<String>,
    /// Whether an operator said that the clock is right.
    pub clock_confirmed: bool,
    /// Whether limits or cameras are others.
    pub described: bool,
}

impl StorageShared {
    /// Files of which no line tells are looked for so long after this.
    pub(super) fn new(spec: StorageSpec, adopt_after: Duration) -> Self {
        let state = StorageState {
            ready: Err(Cause::NoFolder),
            settled: false,
            barred: BTreeMap::new(),
            clock_doubted: false,
            unmet: BTreeMap::new(),
            waits_for_writes: false,
            limits: spec.limits.clone(),
            known: spec.known.clone(),
            resting: Vec::new(),
            told: Told::default(),
        };
        Self {
            archive: Archive::new(&spec.root),
            spec,
            state: Mutex::new(state),
            changed: Condvar::new(),
            stop: Arc::default(),
            bell: Bell::new(),
            mending: Mending::new(adopt_after),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, StorageState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, ready: Result<(), Cause>) {
        let mut state = self.state();
        if !self.stopped() {
            (state.ready, state.settled) = (ready, true);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// From here on nothing is recorded.
    pub(super) fn end(&self) {
        let mut state = self.state();
        self.stop.store(true, Ordering::SeqCst);
        (state.ready, state.settled) = (Err(Cause::ProgramEnded), true);
        drop(state);
        self.changed.notify_all();
        self.bell.ring();
        self.mending.bell.ring();
    }

    pub(super) fn tell(&self, tell: impl FnOnce(&mut Told)) {
        tell(&mut self.state().told);
        self.bell.ring();
    }

    pub(super) fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Whether the folder is there and locked by us, whether or not there is room.
    pub(super) fn is_ours(&self) -> bool {
        let state = self.state();
        state.settled && !matches!(state.ready, Err(Cause::NoFolder | Cause::ProgramEnded))
    }

    pub(super) fn wait_for(&self, patience: Duration, is: impl Fn(&StorageState) -> bool) -> bool {
        let wait = self.changed.wait_timeout_while(self.state(), patience, |state| !is(state));
        is(&wait.unwrap_or_else(PoisonError::into_inner).0)
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
        self.state().settled
    }

    fn ready(&self, folder: &str) -> Result<(), Cause> {
        let state = self.state();
        // A camera that came onto the wall waits until it is let go of.
        if state.resting.iter().any(|it| it == folder) && state.known.iter().any(|it| it == folder)
        {
            return Err(Cause::NoFolder);
        }
        state.ready.and_then(|()| state.barred.get(folder).map_or(Ok(()), |cause| Err(*cause)))
    }

    fn archive(&self) -> &Archive {
        &self.archive
    }

    fn closed(&self, path: PathBuf) {
        self.tell(|told| match told.closed.len() {
            ..WAITING => told.closed.push(path),
            _ => told.missed = true,
        });
    }

    fn no_space(&self, path: &Path) {
        // Where so many wait that it finds no place, it is asked again.
        self.tell(|told| {
            if told.asked.len() < WISHES {
                told.asked.push(path.to_owned());
            }
        });
    }

    fn wrote(&self, folder: &str) {
        self.mending.wrote();
        if self.state().waits_for_writes {
            self.tell(|told| {
                if told.wrote.len() < WISHES {
                    told.wrote.push(folder.to_owned());
                }
            });
        }
    }

    fn mend(&self, job: MendJob) -> bool {
        self.mending.push(job)
    }

    fn mended(&self, folder: &str) -> Option<Mended> {
        self.mending.take(folder)
    }
}
