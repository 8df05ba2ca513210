//! The thread `retention`: locks the folder, and looks after it until it is told to stop.
//!
//! Policy: whatever is wrong with the folder is tried again for ever, and is one line in the log.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::{StorageShared, StorageSpec};
use crate::Cause;
use crate::disk::lock::FolderLock;
use crate::disk::ops;
use crate::error::StorageError;
use crate::events::StorageEvent;
use crate::keeper::{RealSystem, Retention};
use crate::ledger::appender;

/// How often a folder that can't be used is tried again.
pub(super) const RETRY: Duration = Duration::from_secs(5);
/// How often the whole folder is looked at: for what others removed, and what could not be.
const FULL_WALK: Duration = Duration::from_secs(3600);
/// How long days are read before it is looked whether there is anything else to do, and how long it is
/// rested then.
const READING: Duration = Duration::from_millis(100);
const REST: Duration = Duration::from_millis(200);

/// The thread's own.
pub(super) struct RetentionWorker {
    pub spec: StorageSpec,
    pub shared: Arc<StorageShared>,
    pub closed: Receiver<(PathBuf, u64)>,
    pub asked: Receiver<PathBuf>,
    pub wrote: Receiver<String>,
    pub bell: Receiver<()>,
    /// The disk that the folder was on when it was locked last.
    pub home: Option<u64>,
    /// What is wrong, as it was logged.
    pub reported: Option<String>,
}

impl RetentionWorker {
    /// The thread's whole life.
    pub fn run(mut self) {
        self.is_home(None);
        self.run_until_stopped();
        appender::forget_home(&self.spec.root);
    }

    /// On which disk the folder was locked, for all who write there.
    fn is_home(&self, home: Option<u64>) {
        self.shared.state().home = home;
        appender::set_home(&self.spec.root, home);
    }

    fn run_until_stopped(&mut self) {
        while !self.shared.stopped() {
            let error = match catch_unwind(AssertUnwindSafe(|| self.look_after())) {
                Ok(Ok(())) => return,
                Ok(Err(error)) => error,
                Err(panic) => {
                    StorageError::Panicked(camwall_media::panic_message(&*panic).to_string())
                }
            };
            self.is_home(None);
            self.shared.publish(Err(error.cause()));
            self.report(Some(&error));
            let retry = Instant::now() + RETRY;
            while Instant::now() < retry && !self.shared.stopped() {
                self.wait(retry.saturating_duration_since(Instant::now()));
            }
        }
    }

    /// Locks the folder and looks after it until told to stop, or until it is lost.
    fn look_after(&mut self) -> Result<(), StorageError> {
        let lock = FolderLock::take(&self.spec.root, self.spec.must_exist, &mut self.home)?;
        self.is_home(self.home);
        let stop = self.shared.stop.clone();
        let StorageSpec { root, limits, known, clock, .. } = self.spec.clone();
        let system = RealSystem { clock };
        let mut retention = Retention::new(root, limits, known, system, stop);
        match retention.has_room() {
            // To be true or not true when we have looked what may go.
            Err(cause @ Cause::DiskFull) => self.shared.publish_for_now(cause),
            room => self.publish(room),
        }
        let uuid = lock.marker().map(|marker| marker.uuid.clone());
        // What was closed before is found anyway.
        self.closed.try_iter().for_each(drop);
        uuid.iter().for_each(|uuid| retention.load_index(uuid));
        retention.walk();
        let (mut walked, mut saved) = (Instant::now(), Instant::now());
        let (mut reading, mut unread) = (true, true);
        while !self.shared.stopped() {
            lock.check()?;
            if self.shared.missed.swap(false, Ordering::Relaxed) || walked.elapsed() >= FULL_WALK {
                retention.walk();
                walked = Instant::now();
                (reading, unread) = (true, true);
            }
            for (path, bytes) in self.closed.try_iter() {
                retention.closed(&path, bytes);
            }
            // Who writes well now may have asked for room before.
            self.asked.try_iter().for_each(|path| retention.no_space(&path));
            self.wrote.try_iter().for_each(|folder| retention.wrote(&folder));
            if self.shared.clock_confirmed.swap(false, Ordering::Relaxed) {
                retention.confirm_clock();
            }
            let outcome = retention.look();
            let waits = retention.waits_for_writes();
            self.shared.waits_for_writes.store(waits, Ordering::Relaxed);
            self.shared.publish_beside(&retention);
            self.publish(outcome);
            let left = retention.read_days(READING);
            // When all is read, and from then on now and then.
            if !left && (reading || saved.elapsed() >= FULL_WALK) {
                self.save_index(&mut retention, uuid.as_deref());
                (reading, saved) = (false, Instant::now());
            }
            // What was read last may have news for the next look.
            let just_read = std::mem::replace(&mut unread, left);
            self.wait(if left || just_read { REST } else { retention.pause() });
        }
        if lock.check().is_ok() && !reading {
            self.save_index(&mut retention, uuid.as_deref());
        }
        Ok(())
    }

    /// Writes the index, if the folder has a marker and its disk was not taken away.
    fn save_index(&self, retention: &mut Retention<RealSystem>, uuid: Option<&str>) {
        if let Some(uuid) = uuid
            && ops::still_home(&self.spec.root, self.home).is_ok()
        {
            retention.save_index(uuid);
        }
    }

    fn publish(&mut self, ready: Result<(), Cause>) {
        self.shared.publish(ready);
        match ready {
            Ok(()) => self.report(None),
            // Retention says it in more words.
            Err(Cause::DiskFull) => {}
            Err(cause) => self.report(Some(&StorageError::NotReady(cause))),
        }
    }

    /// Tells when an error begins or changes, and when it is over.
    fn report(&mut self, error: Option<&StorageError>) {
        let text = error.map(StorageError::to_string);
        if self.reported == text {
            return;
        }
        let root = &*self.spec.root;
        (self.spec.handler)(match error {
            Some(error) => StorageEvent::Unusable { root, error },
            None => StorageEvent::Usable { root },
        });
        self.reported = text;
    }

    /// Waits until there is something to do, at most that long.
    fn wait(&self, time: Duration) {
        if self.bell.recv_timeout(time) == Err(RecvTimeoutError::Disconnected) {
            // Never: the bell is ours. But no busy loop if it were.
            thread::sleep(time);
        }
    }
}
