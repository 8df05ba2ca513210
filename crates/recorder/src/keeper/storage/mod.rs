//! The recording folder as all recorders share it: its lock, the room on its disk, retention, mending.
//!
//! One [`Storage`] a wall; its threads `retention` and `mend` do all the work. Policies:
//! - nothing is opened before it is needed: a wall that records nothing makes no folder;
//! - calls never wait for the disk: what the threads find is published, what they are told waits,
//!   bounded, and what finds no room there is found by a walk;
//! - whatever is wrong with the folder is tried again for ever, and is one line in the log;
//! - a folder that disappears, or is exchanged under us, is locked anew before it is written to.

mod mend;
mod worker;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use self::mend::Mending;
use self::worker::RetentionWorker;
use crate::Cause;
use crate::Doubts;
use crate::clock::{ClockWord, WallClock};
use crate::disk::RealDisk;
use crate::events::StorageHandler;
use crate::keeper::RetentionLimits;
use crate::ledger::entry::RetentionRule;
use crate::repair::mender::{MendJob, Mended};
use crate::system::RecorderSystem;
use camwall_media::BestEffort;

/// Closed segments that may wait for the thread: ten of each of a hundred cameras.
const WAITING: usize = 1000;
/// Wishes for room, and news of writes that went well, that may wait for the thread.
const WISHES: usize = 16;
/// How long a thread may take to end; it is left alone if the disk holds it longer.
const END: Duration = Duration::from_secs(1);

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
    threads: OnceLock<Mutex<Vec<RunningThread>>>,
}

/// A thread that is waited for only so long.
struct RunningThread {
    name: &'static str,
    handle: JoinHandle<()>,
    /// Disconnected when the thread is over.
    over: Receiver<()>,
}

/// What is known to all.
pub(crate) struct StorageShared {
    spec: StorageSpec,
    state: Mutex<StorageState>,
    /// Notified when the first look at the folder is over.
    changed: Condvar,
    stop: Arc<AtomicBool>,
    bell: Bell,
    mending: Mending,
}

/// What is known of the folder, and what the thread `retention` is told.
#[derive(Debug)]
struct StorageState {
    ready: Result<(), Cause>,
    settled: bool,
    /// The disk that the folder was locked on; none while it is not locked.
    home: Option<u64>,
    /// Cameras that can't be recorded although others can, and why.
    barred: BTreeMap<Arc<str>, Cause>,
    /// Whether the clock is not believed.
    clock_doubted: bool,
    /// The limit that can't be met with a camera's segments.
    unmet: BTreeMap<Arc<str>, RetentionRule>,
    /// Whether anybody wants to hear that a write went well.
    waits_for_writes: bool,
    /// What is removed when, and the folders of the wall's cameras.
    limits: RetentionLimits,
    known: Vec<String>,
    /// Cameras' folders in which the thread `mend` finishes what was left.
    resting: Vec<String>,
    told: Told,
}

/// What the thread `retention` is told.
#[derive(Debug, Default)]
struct Told {
    /// Segments that were closed or released.
    closed: Vec<PathBuf>,
    /// Whether one found no room there.
    missed: bool,
    /// Where room is wanted.
    asked: Vec<PathBuf>,
    /// Folders in which writes go well again.
    wrote: Vec<String>,
    /// Whether an operator said that the clock is right.
    clock_confirmed: bool,
    /// Whether limits or cameras are others.
    described: bool,
}

/// Wakes a thread; one that was woken already and did not look yet needs no second time.
struct Bell(Sender<()>, Receiver<()>);

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
            let mend = RunningThread::start("mend", move || mend.run_mending());
            let retention = RunningThread::start("retention", move || {
                RetentionWorker { shared: retention, home: None, reported: None }.run();
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

    /// Waits until the first look at the folder is over, at most `patience`; whether it is. Where
    /// less than the hard floor is left, that includes the first try to make room.
    pub fn settled(&self, patience: Duration) -> bool {
        self.open();
        self.shared.wait_for(patience, |state| state.settled)
    }

    /// What is to be said of the archive on the tile of the camera of this folder. Cheap.
    #[must_use]
    pub fn doubts(&self, folder: &str) -> Doubts {
        let state = self.shared.state();
        Doubts { clock: state.clock_doubted, limit: state.unmet.get(folder).copied() }
    }

    /// An operator says that the system's clock is right.
    pub fn confirm_clock(&self) {
        self.shared.state().told.clock_confirmed = true;
        self.shared.bell.ring();
    }

    /// Another wall file says what is removed when; it counts with the next look.
    pub fn set_limits(&self, limits: RetentionLimits) {
        self.describe(|state| state.limits = limits);
    }

    /// Another wall file has other cameras: these are their folders.
    pub fn set_known(&self, known: Vec<String>) {
        self.describe(|state| state.known = known);
    }

    fn describe(&self, describe: impl FnOnce(&mut StorageState)) {
        let mut state = self.shared.state();
        describe(&mut state);
        state.told.described = true;
        drop(state);
        self.shared.bell.ring();
        self.shared.mending.ring();
    }

    /// Ends the threads within a second and releases the lock.
    pub fn close(&self) {
        self.shared.end();
        let Some(threads) = self.threads.get() else { return };
        let threads = std::mem::take(&mut *threads.lock().unwrap_or_else(PoisonError::into_inner));
        let until = Instant::now() + END;
        threads.into_iter().for_each(|thread| thread.end(until, self.root()));
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.close();
    }
}

impl RunningThread {
    /// None where there is no thread to be had.
    fn start(name: &'static str, work: impl FnOnce() + Send + 'static) -> Option<Self> {
        let (alive, over) = bounded::<()>(0);
        let work = move || {
            work();
            drop(alive);
        };
        match thread::Builder::new().name(name.into()).spawn(work) {
            Ok(handle) => Some(Self { name, handle, over }),
            Err(error) => {
                tracing::error!("no thread `{name}` for recordings: {error}");
                None
            }
        }
    }

    /// Waits for one that was told to end, and not for a disk that hangs.
    fn end(self, until: Instant, root: &Path) {
        let (name, root) = (self.name, root.display());
        if self.over.recv_deadline(until) == Err(RecvTimeoutError::Timeout) {
            tracing::warn!("{root}: the disk holds the thread `{name}` up; not waiting");
        } else if self.handle.join().is_err() {
            tracing::error!("{root}: the thread `{name}` ended in a panic");
        }
    }
}

impl StorageShared {
    /// Files of which no line tells are looked for so long after this.
    fn new(spec: StorageSpec, adopt_after: Duration) -> Self {
        let state = StorageState {
            ready: Err(Cause::NoFolder),
            settled: false,
            home: None,
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
            spec,
            state: Mutex::new(state),
            changed: Condvar::new(),
            stop: Arc::default(),
            bell: Bell::new(),
            mending: Mending::new(adopt_after),
        }
    }

    fn state(&self) -> MutexGuard<'_, StorageState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, ready: Result<(), Cause>) {
        let mut state = self.state();
        if !self.stopped() {
            (state.ready, state.settled) = (ready, true);
        }
        drop(state);
        self.changed.notify_all();
    }

    /// From here on nothing is recorded.
    fn end(&self) {
        let mut state = self.state();
        self.stop.store(true, Ordering::SeqCst);
        (state.ready, state.settled) = (Err(Cause::ProgramEnded), true);
        drop(state);
        self.changed.notify_all();
        self.bell.ring();
        self.mending.ring();
    }

    fn tell(&self, tell: impl FnOnce(&mut Told)) {
        tell(&mut self.state().told);
        self.bell.ring();
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Whether the folder is there and locked by us, whether or not there is room.
    fn is_ours(&self) -> bool {
        let state = self.state();
        state.settled && !matches!(state.ready, Err(Cause::NoFolder | Cause::ProgramEnded))
    }

    fn wait_for(&self, patience: Duration, is: impl Fn(&StorageState) -> bool) -> bool {
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

    fn home(&self) -> Option<u64> {
        self.state().home
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

impl Bell {
    fn new() -> Self {
        let (ring, rung) = bounded(1);
        Self(ring, rung)
    }

    fn ring(&self) {
        self.0.try_send(()).best_effort();
    }

    /// Waits until it is rung, at most that long.
    fn wait(&self, time: Duration) {
        self.1.recv_timeout(time).best_effort();
    }
}
