//! The recording folder as all recorders share it: its lock, the room on its disk, retention.
//!
//! One [`Vault`] a wall; its thread `retention` does all the work. Policies:
//! - asking and telling never wait for the disk: what the thread finds is published, what it is
//!   told waits in a bounded channel, and what finds no room there is found by a survey;
//! - whatever is wrong with the folder is tried again for ever, and is one line in the log;
//! - a folder that disappears, or is exchanged under us, is locked anew before it is written to.

pub(crate) mod dirs;
pub(crate) mod lazy;
pub mod paths;
pub(crate) mod writable;

mod lock;
#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

pub(super) use self::lock::cause_of;
use self::lock::{Lock, Refusal};
use super::Cause;
use super::retention::RetentionLimits;
use super::retention::{Retention, System};
use camwall_media as stream;
use camwall_media::BestEffort;

/// How often a folder that can't be used is tried again.
const RETRY: Duration = Duration::from_secs(5);
/// How often the whole folder is looked at: for what others removed, and what could not be.
const SURVEY: Duration = Duration::from_secs(3600);
/// Closed segments that may wait for the thread: ten of each of a hundred cameras.
const WAITING: usize = 1000;
/// How long the thread may take to end; it is left alone if the disk holds it longer.
const END: Duration = Duration::from_secs(1);

/// The recording folder.
#[derive(Debug)]
pub struct Vault {
    root: PathBuf,
    shared: Arc<Shared>,
    closed: Sender<(PathBuf, u64)>,
    thread: Mutex<Option<Thread>>,
}

#[derive(Debug)]
struct Thread {
    handle: JoinHandle<()>,
    /// Disconnected when the thread is over.
    over: Receiver<()>,
}

/// What is known to all.
#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    stop: Arc<AtomicBool>,
    no_space: AtomicBool,
    /// Whether a closed segment found no room in the channel.
    missed: AtomicBool,
    bell: Sender<()>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    ready: Result<(), Cause>,
    settled: bool,
}

impl Vault {
    /// Starts to look after the folder `root`, which is made if need be. Never blocks on the disk
    /// and never fails: whatever is wrong is retried by the thread `retention` and told by
    /// [`Vault::ready`]. `known` are the folders of
    /// the cameras of the wall file.
    pub fn open(root: PathBuf, limits: RetentionLimits, known: Vec<String>) -> Arc<Self> {
        let (bell, rung) = bounded(1);
        let (closed, waiting) = bounded(WAITING);
        let (alive, over) = bounded::<()>(0);
        let shared = Arc::new(Shared {
            state: Mutex::new(State { ready: Err(Cause::NoFolder), settled: false }),
            changed: Condvar::new(),
            stop: Arc::default(),
            no_space: AtomicBool::new(false),
            missed: AtomicBool::new(false),
            bell,
        });
        let keeper = Keeper {
            root: root.clone(),
            limits,
            known,
            shared: shared.clone(),
            closed: waiting,
            bell: rung,
            home: None,
            trouble: None,
        };
        let work = move || {
            keeper.run();
            drop(alive);
        };
        let thread = match thread::Builder::new().name("retention".into()).spawn(work) {
            Ok(handle) => Some(Thread { handle, over }),
            Err(error) => {
                tracing::error!("{}: no thread for retention: {error}", root.display());
                shared.publish(Err(Cause::Internal));
                None
            }
        };
        Arc::new(Self { root, shared, closed, thread: Mutex::new(thread) })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether recorders may begin or go on writing. Cheap.
    ///
    /// # Errors
    /// The cause why not: [`Cause::NoFolder`] while the folder can't be made, is locked by another
    /// camwall, or was not looked at yet; [`Cause::DiskReadOnly`]; [`Cause::DiskFull`] while less
    /// than `keep.free` is left and nothing more can be removed; [`Cause::DiskError`];
    /// [`Cause::ProgramEnded`] after [`Vault::close`].
    pub fn ready(&self) -> Result<(), Cause> {
        self.shared.state().ready
    }

    /// Waits until the first look at the folder is over, at most `patience`; whether it is. Where
    /// less than `keep.free` is left, that includes the first try to make room.
    pub fn settled(&self, patience: Duration) -> bool {
        self.shared.wait_for(patience, |state| state.settled)
    }

    /// A segment was closed: its file and size.
    pub fn closed(&self, path: PathBuf, bytes: u64) {
        if self.closed.try_send((path, bytes)).is_err() {
            self.shared.missed.store(true, Ordering::Relaxed);
        }
        self.shared.ring();
    }

    /// A write failed for lack of space: make room now.
    pub fn no_space(&self) {
        self.shared.no_space.store(true, Ordering::Relaxed);
        self.shared.ring();
    }

    /// Ends the thread within a second and releases the lock.
    pub fn close(&self) {
        self.shared.end();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(thread) = thread else { return };
        match thread.over.recv_timeout(END) {
            Err(RecvTimeoutError::Timeout) => {
                tracing::warn!("{}: the disk holds retention up; not waiting", self.root.display());
            }
            _ => {
                if thread.handle.join().is_err() {
                    tracing::error!("{}: retention ended in a panic", self.root.display());
                }
            }
        }
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, ready: Result<(), Cause>) {
        let mut state = self.state();
        if !self.stopped() {
            *state = State { ready, settled: true };
        }
        drop(state);
        self.changed.notify_all();
    }

    /// Like [`Shared::publish`], where the first look is not over yet.
    fn publish_for_now(&self, cause: Cause) {
        let mut state = self.state();
        if !self.stopped() {
            state.ready = Err(cause);
        }
    }

    /// From here on nothing is recorded.
    fn end(&self) {
        let mut state = self.state();
        self.stop.store(true, Ordering::SeqCst);
        *state = State { ready: Err(Cause::ProgramEnded), settled: true };
        drop(state);
        self.changed.notify_all();
        self.ring();
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Wakes the thread; one that was woken already and did not look yet needs no second time.
    fn ring(&self) {
        self.bell.try_send(()).best_effort();
    }

    fn wait_for(&self, patience: Duration, is: impl Fn(&State) -> bool) -> bool {
        let wait = self.changed.wait_timeout_while(self.state(), patience, |state| !is(state));
        is(&wait.unwrap_or_else(PoisonError::into_inner).0)
    }
}

/// The thread's own.
struct Keeper {
    root: PathBuf,
    limits: RetentionLimits,
    known: Vec<String>,
    shared: Arc<Shared>,
    closed: Receiver<(PathBuf, u64)>,
    bell: Receiver<()>,
    /// The disk that the folder was on when it was locked last.
    home: Option<u64>,
    /// What is wrong, as it was logged.
    trouble: Option<String>,
}

impl Keeper {
    /// The thread's whole life.
    fn run(mut self) {
        while !self.shared.stopped() {
            let refusal = match catch_unwind(AssertUnwindSafe(|| self.tend())) {
                Ok(Ok(())) => return,
                Ok(Err(refusal)) => refusal,
                Err(panic) => {
                    let what = format!("retention panicked: {}", stream::panic_message(&*panic));
                    Refusal::new(Cause::Internal, what)
                }
            };
            self.shared.publish(Err(refusal.cause));
            self.report(Some(refusal.what));
            let retry = Instant::now() + RETRY;
            while Instant::now() < retry && !self.shared.stopped() {
                self.wait(retry.saturating_duration_since(Instant::now()));
            }
        }
    }

    /// Locks the folder and looks after it until told to stop, or until it is lost.
    fn tend(&mut self) -> Result<(), Refusal> {
        let lock = Lock::take(&self.root, &mut self.home)?;
        let stop = self.shared.stop.clone();
        let (root, limits, known) = (self.root.clone(), self.limits.clone(), self.known.clone());
        let mut retention = Retention::new(root, limits, known, System, stop);
        match retention.has_room() {
            Ok(true) => self.publish(Ok(())),
            // To be true or not true when we have looked what may go.
            Ok(false) => self.shared.publish_for_now(Cause::DiskFull),
            Err(cause) => self.publish(Err(cause)),
        }
        // What was closed before is found anyway.
        self.closed.try_iter().for_each(drop);
        retention.survey();
        let mut surveyed = Instant::now();
        while !self.shared.stopped() {
            lock.check()?;
            if self.shared.missed.swap(false, Ordering::Relaxed) || surveyed.elapsed() >= SURVEY {
                retention.survey();
                surveyed = Instant::now();
            }
            for (path, bytes) in self.closed.try_iter() {
                retention.closed(&path, bytes);
            }
            let no_space = self.shared.no_space.swap(false, Ordering::Relaxed);
            let outcome = retention.apply(no_space);
            self.publish(outcome);
            self.wait(retention.pause());
        }
        Ok(())
    }

    fn publish(&mut self, ready: Result<(), Cause>) {
        self.shared.publish(ready);
        match ready {
            Ok(()) => self.report(None),
            // Retention says it in more words.
            Err(Cause::DiskFull) => {}
            Err(cause) => self.report(Some(cause.words().to_owned())),
        }
    }

    /// One line when trouble begins or changes, one when it is over.
    fn report(&mut self, trouble: Option<String>) {
        if self.trouble == trouble {
            return;
        }
        let root = self.root.display();
        match &trouble {
            Some(what) => tracing::warn!("{root}: nothing is recorded: {what}; trying again"),
            None => tracing::info!("{root}: can be recorded to again"),
        }
        self.trouble = trouble;
    }

    /// Waits until there is something to do, at most that long.
    fn wait(&self, time: Duration) {
        if self.bell.recv_timeout(time) == Err(RecvTimeoutError::Disconnected) {
            // Never: the bell is ours. But no busy loop if it were.
            thread::sleep(time);
        }
    }
}
