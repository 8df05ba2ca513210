//! The recording folder as all recorders share it: its lock, the room on its disk, retention.
//!
//! One [`Storage`] a wall; its thread `retention` does all the work. Policies:
//! - nothing is opened before it is needed: a wall that records nothing makes no folder;
//! - calls never wait for the disk: what the thread finds is published, what it is
//!   told waits in a bounded channel, and what finds no room there is found by a walk;
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
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use self::mend::MendThread;
use self::worker::RetentionWorker;
use crate::Cause;
use crate::Doubts;
use crate::clock::ClockWord;
use crate::events::StorageHandler;
use crate::keeper::RetentionLimits;
use crate::keeper::{RealSystem, Retention};
use crate::ledger::entry::RetentionRule;
use crate::repair::mender::{MendJob, Mended};
use camwall_media::BestEffort;

/// Closed segments that may wait for the thread: ten of each of a hundred cameras.
const WAITING: usize = 1000;
/// Wishes for room, and news of writes that went well, that may wait for the thread.
const WISHES: usize = 16;
/// How long the thread may take to end; it is left alone if the disk holds it longer.
const END: Duration = Duration::from_secs(1);

/// What the recording folder is opened with.
#[derive(Clone)]
pub struct StorageSpec {
    /// The folder.
    pub root: PathBuf,
    /// Whether it must be there already, with its marker, because it is a disk that may not be mounted.
    pub must_exist: bool,
    /// What is removed when.
    pub limits: RetentionLimits,
    /// The folders of the wall's cameras.
    pub known: Vec<String>,
    /// Whom to tell.
    pub handler: StorageHandler,
    /// Whether the system's clock is known to be right.
    pub clock: ClockWord,
}

/// The recording folder.
pub struct Storage {
    spec: StorageSpec,
    shared: Arc<StorageShared>,
    closed: Sender<(PathBuf, u64)>,
    /// Where room is wanted.
    asked: Sender<PathBuf>,
    /// Folders in which writes go well again.
    wrote: Sender<String>,
    /// The thread's own, until it is needed.
    worker: Mutex<Option<RetentionWorker>>,
    threads: OnceLock<Threads>,
}

/// Those of an open folder.
struct Threads {
    mend: MendThread,
    retention: Mutex<Option<RunningThread>>,
}

#[derive(Debug)]
struct RunningThread {
    handle: JoinHandle<()>,
    /// Disconnected when the thread is over.
    over: Receiver<()>,
}

/// What is known to all.
#[derive(Debug)]
struct StorageShared {
    state: Mutex<Readiness>,
    changed: Condvar,
    stop: Arc<AtomicBool>,
    /// Whether anybody wants to hear that a write went well.
    waits_for_writes: AtomicBool,
    /// Whether an operator said that the clock is right.
    clock_confirmed: AtomicBool,
    /// Whether a closed segment found no room in the channel.
    missed: AtomicBool,
    bell: Sender<()>,
}

#[derive(Clone, Debug)]
struct Readiness {
    ready: Result<(), Cause>,
    /// The disk that the folder was locked on; none while it is not locked.
    home: Option<u64>,
    /// Cameras that can't be recorded although others can, and why.
    barred: BTreeMap<Arc<str>, Cause>,
    /// Whether the clock is not believed.
    clock_doubted: bool,
    /// The limit that can't be met with a camera's segments.
    unmet: BTreeMap<Arc<str>, RetentionRule>,
    settled: bool,
}

impl Storage {
    /// Opens nothing yet: a wall that records nothing makes no folder and has no thread for it.
    #[must_use]
    pub fn new(spec: StorageSpec) -> Arc<Self> {
        let (bell, rung) = bounded(1);
        let (closed, waiting) = bounded(WAITING);
        let (asked, wishes) = bounded(WISHES);
        let (wrote, good_news) = bounded(WISHES);
        let shared = Arc::new(StorageShared {
            state: Mutex::new(Readiness {
                ready: Err(Cause::NoFolder),
                home: None,
                barred: BTreeMap::new(),
                clock_doubted: false,
                unmet: BTreeMap::new(),
                settled: false,
            }),
            changed: Condvar::new(),
            stop: Arc::default(),
            waits_for_writes: AtomicBool::new(false),
            clock_confirmed: AtomicBool::new(false),
            missed: AtomicBool::new(false),
            bell,
        });
        let worker = RetentionWorker {
            spec: spec.clone(),
            shared: shared.clone(),
            closed: waiting,
            asked: wishes,
            wrote: good_news,
            bell: rung,
            home: None,
            reported: None,
        };
        let (worker, threads) = (Mutex::new(Some(worker)), OnceLock::new());
        Arc::new(Self { spec, shared, closed, asked, wrote, worker, threads })
    }

    /// Starts to look after the folder if nobody does yet; it is made if need be. Never blocks on the
    /// disk and never fails: whatever is wrong is retried by the thread `retention` and told by
    /// [`Storage::ready`].
    pub fn open(&self) {
        self.threads();
    }

    fn threads(&self) -> &Threads {
        self.threads.get_or_init(|| {
            let its = self.shared.clone();
            let StorageSpec { root, known, .. } = &self.spec;
            let mend = MendThread::start(root, known, Box::new(move || its.is_ours()));
            let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
            let retention = worker.and_then(|worker| self.start(worker));
            Threads { mend, retention: Mutex::new(retention) }
        })
    }

    fn start(&self, worker: RetentionWorker) -> Option<RunningThread> {
        let (alive, over) = bounded::<()>(0);
        let work = move || {
            worker.run();
            drop(alive);
        };
        match thread::Builder::new().name("retention".into()).spawn(work) {
            Ok(handle) => Some(RunningThread { handle, over }),
            Err(error) => {
                tracing::error!("{}: no thread for retention: {error}", self.root().display());
                self.shared.publish(Err(Cause::Internal));
                None
            }
        }
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.spec.root
    }

    /// Whether a recorder may begin or go on writing in its camera's folder. Cheap.
    ///
    /// # Errors
    /// The cause why not: [`Cause::NoFolder`] while the folder can't be made, is locked by another
    /// camwall, or was not looked at yet; [`Cause::DiskReadOnly`]; [`Cause::DiskFull`] while less
    /// than [`RetentionLimits::hard_floor`] is left; [`Cause::DiskError`];
    /// [`Cause::ProgramEnded`] after [`Storage::close`].
    pub fn ready(&self, folder: &str) -> Result<(), Cause> {
        self.open();
        let state = self.shared.state();
        state.ready.and_then(|()| state.barred.get(folder).map_or(Ok(()), |cause| Err(*cause)))
    }

    /// The disk (`st_dev`) that the folder was locked on; none while it is not locked. Cheap.
    pub(crate) fn home(&self) -> Option<u64> {
        self.open();
        self.shared.state().home
    }

    /// Waits until the first look at the folder is over, at most `patience`; whether it is. Where
    /// less than the hard floor is left, that includes the first try to make room.
    pub fn settled(&self, patience: Duration) -> bool {
        self.open();
        self.shared.wait_for(patience, |state| state.settled)
    }

    /// A segment was closed: its file and size.
    pub fn closed(&self, path: PathBuf, bytes: u64) {
        self.open();
        if self.closed.try_send((path, bytes)).is_err() {
            self.shared.missed.store(true, Ordering::Relaxed);
        }
        self.shared.prebuffer();
    }

    /// Writing to `path`, or making it, failed for lack of space: make room now.
    pub fn no_space(&self, path: &Path) {
        self.open();
        // Where so many wait that it finds no place, it is asked again.
        self.asked.try_send(path.to_owned()).best_effort();
        self.shared.prebuffer();
    }

    /// What was written in the camera's folder reached the disk: it has room. Cheap.
    pub fn wrote(&self, folder: &str) {
        self.threads().mend.wrote();
        if self.shared.waits_for_writes.load(Ordering::Relaxed)
            && self.wrote.try_send(folder.to_owned()).is_ok()
        {
            self.shared.prebuffer();
        }
    }

    /// What is to be said of the archive on the tile of the camera of this folder. Cheap.
    #[must_use]
    pub fn doubts(&self, folder: &str) -> Doubts {
        let state = self.shared.state();
        Doubts { clock: state.clock_doubted, limit: state.unmet.get(folder).copied() }
    }

    /// An operator says that the system's clock is right.
    pub fn confirm_clock(&self) {
        self.shared.clock_confirmed.store(true, Ordering::Relaxed);
        self.shared.prebuffer();
    }

    /// Hands a file over to be finished; false where too many wait already.
    pub(crate) fn mend(&self, job: MendJob) -> bool {
        self.threads().mend.push(job)
    }

    /// The next answer to what was handed over of this folder.
    pub(crate) fn mended(&self, folder: &str) -> Option<Mended> {
        self.threads().mend.take(folder)
    }

    /// Ends the thread within a second and releases the lock.
    pub fn close(&self) {
        self.shared.end();
        // One that is not open is not opened any more.
        let worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Threads { mend, retention }) = self.threads.get() else { return drop(worker) };
        mend.close();
        let thread = retention.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        match thread.over.recv_timeout(END) {
            Err(RecvTimeoutError::Timeout) => {
                tracing::warn!(
                    "{}: the disk holds retention up; not waiting",
                    self.root().display()
                );
            }
            _ => {
                if thread.handle.join().is_err() {
                    tracing::error!("{}: retention ended in a panic", self.root().display());
                }
            }
        }
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.close();
    }
}

impl StorageShared {
    fn state(&self) -> MutexGuard<'_, Readiness> {
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

    /// Like [`StorageShared::publish`], where the first look is not over yet.
    fn publish_for_now(&self, cause: Cause) {
        let mut state = self.state();
        if !self.stopped() {
            state.ready = Err(cause);
        }
    }

    /// What holds for some cameras, and what is to be said beside.
    fn publish_beside(&self, retention: &Retention<RealSystem>) {
        let mut state = self.state();
        if state.barred != *retention.barred() {
            state.barred.clone_from(retention.barred());
        }
        if state.unmet != *retention.unmet() {
            state.unmet.clone_from(retention.unmet());
        }
        state.clock_doubted = retention.doubts_clock();
    }

    /// From here on nothing is recorded.
    fn end(&self) {
        let mut state = self.state();
        self.stop.store(true, Ordering::SeqCst);
        (state.ready, state.settled) = (Err(Cause::ProgramEnded), true);
        drop(state);
        self.changed.notify_all();
        self.prebuffer();
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Whether the folder is there and locked by us, whether or not there is room.
    fn is_ours(&self) -> bool {
        let state = self.state();
        state.settled && !matches!(state.ready, Err(Cause::NoFolder | Cause::ProgramEnded))
    }

    /// Wakes the thread; one that was woken already and did not look yet needs no second time.
    fn prebuffer(&self) {
        self.bell.try_send(()).best_effort();
    }

    fn wait_for(&self, patience: Duration, is: impl Fn(&Readiness) -> bool) -> bool {
        let wait = self.changed.wait_timeout_while(self.state(), patience, |state| !is(state));
        is(&wait.unwrap_or_else(PoisonError::into_inner).0)
    }
}
