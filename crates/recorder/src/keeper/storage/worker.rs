//! The thread `retention`: locks the folder, and looks after it until it is told to stop.
//!
//! Policy: whatever is wrong with the folder is tried again for ever, and is one line in the log.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::StorageSpec;
use super::shared::{StorageShared, Told};
use crate::Cause;
use crate::disk::RealDisk;
use crate::disk::lock::FolderLock;
use crate::disk::marker::{Marker, own_disks};
use crate::error::{Error, Why};
use crate::events::StorageEvent;
use crate::keeper::trust::{Gist, Moment, Trust};
use crate::keeper::{Retention, RetentionLimits};
use crate::ledger::archive::Home;

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
    pub shared: Arc<StorageShared>,
    /// The disk that the folder was on when it was locked last.
    pub home: Option<u64>,
    /// What is believed of the clock, also while the folder is lost.
    pub trust: Trust,
    /// What is wrong, as it was logged.
    pub reported: Option<String>,
}

impl RetentionWorker {
    /// The thread's whole life.
    pub fn run(mut self) {
        self.shared.archive.set_home(Home::Nowhere);
        while !self.shared.stopped() {
            let error = match catch_unwind(AssertUnwindSafe(|| self.look_after())) {
                Ok(Ok(())) => break,
                Ok(Err(error)) => error,
                Err(panic) => {
                    let said = camwall_media::panic_message(&*panic);
                    let why = Why::Internal(format!("internal error: {said}"));
                    Error::new("look after", &self.shared.spec.root, why)
                }
            };
            self.shared.archive.set_home(Home::Nowhere);
            self.shared.publish(Err(error.cause()));
            self.report(Some(&error));
            self.shared.wait_for(RETRY, |_| false);
        }
        self.shared.archive.set_home(Home::Unlocked);
    }

    /// Locks the folder and looks after it until told to stop, or until it is lost.
    fn look_after(&mut self) -> Result<(), Error> {
        let StorageSpec { root, must_exist, clock, .. } = self.shared.spec.clone();
        let is_new = !Marker::is_there(&root);
        let lock = FolderLock::take(&root, must_exist, &mut self.home)?;
        let archive = self.shared.archive.clone();
        self.home.into_iter().for_each(|home| archive.set_home(Home::Disk(home)));
        if must_exist {
            let apart = own_disks(&root).map_err(|error| Error::new("look into", &root, error))?;
            archive.expect_apart(apart);
        }
        let system = (RealDisk, Box::new(move || Moment::now(clock)) as Box<_>);
        let (limits, known) = self.described();
        let mut retention =
            Retention::new(archive, limits, known, system, self.shared.stop.clone());
        retention.trust = std::mem::take(&mut self.trust);
        let outcome = self.until_stopped((&lock, is_new), &mut retention);
        self.trust = std::mem::take(&mut retention.trust);
        retention.write_owed();
        outcome
    }

    /// Looks after the folder of this lock, which `is_new` or was ours before, until told to stop, or until
    /// it is lost.
    fn until_stopped(
        &mut self,
        (lock, is_new): (&FolderLock, bool),
        retention: &mut Retention<RealDisk>,
    ) -> Result<(), Error> {
        let room = retention.has_room();
        self.shared.state().found.barred.clone_from(&retention.found.barred);
        match room {
            // To be true or not true when we have looked what may go.
            full @ Err(Cause::DiskFull) => self.shared.state().ready = full,
            room => self.publish(room),
        }
        let uuid = lock.marker().map(|marker| marker.uuid.clone());
        // What was closed before is found anyway.
        self.shared.state().told.closed.clear();
        uuid.iter().for_each(|uuid| retention.load_index(uuid, is_new));
        // When all was looked at; when the index was written since, and what it says of the clock.
        let (mut walked, mut saved) = (None::<Instant>, None::<(Instant, Gist)>);
        while !self.shared.stopped() {
            lock.check()?;
            let told = std::mem::take(&mut self.shared.state().told);
            if told.described {
                let (limits, known) = self.described();
                (retention.limits, retention.known) = (limits, known.into_iter().collect());
            }
            let walks =
                told.missed || told.described || walked.is_none_or(|at| at.elapsed() >= FULL_WALK);
            if walks {
                walked = retention.walk().then(Instant::now);
                saved = saved.filter(|_| walked.is_none());
            }
            let left = retention.read_days(READING);
            let outcome = Self::turn(retention, told);
            self.shared.state().found = retention.found.clone();
            self.publish(outcome);
            // When all is read, and from then on now and then.
            let gist = retention.trust.gist();
            if !left && saved.is_none_or(|(at, said)| at.elapsed() >= FULL_WALK || said != gist) {
                uuid.iter().for_each(|uuid| retention.save_index(uuid));
                saved = Some((Instant::now(), gist));
            }
            let pause = if left { REST } else { retention.pause() };
            self.shared.wait_for(pause, |state| state.told != Told::default());
        }
        if lock.check().is_ok() && saved.is_some() {
            uuid.iter().for_each(|uuid| retention.save_index(uuid));
        }
        Ok(())
    }

    /// What the wall file says by now: limits, and the cameras' folders.
    fn described(&self) -> (RetentionLimits, Vec<String>) {
        let state = self.shared.state();
        (state.limits.clone(), state.known.clone())
    }

    /// Takes in what was told, and looks.
    fn turn(retention: &mut Retention<RealDisk>, told: Told) -> Result<(), Cause> {
        told.closed.iter().for_each(|path| retention.closed(path));
        told.wrote.iter().for_each(|(folder, bytes)| retention.wrote(folder, *bytes));
        told.asked.iter().for_each(|path| retention.no_space(path));
        if told.clock_confirmed {
            retention.trust.confirm();
        }
        retention.look()
    }

    fn publish(&mut self, ready: Result<(), Cause>) {
        self.shared.publish(ready);
        match ready {
            Ok(()) => self.report(None),
            // Retention says it in more words.
            Err(Cause::DiskFull) => {}
            Err(cause) => {
                let why = Why::NotReady(cause);
                self.report(Some(&Error::new("record into", &self.shared.spec.root, why)));
            }
        }
    }

    /// Tells when an error begins or changes, and when it is over.
    fn report(&mut self, error: Option<&Error>) {
        let text = error.map(Error::to_string);
        if self.reported == text {
            return;
        }
        let spec = &self.shared.spec;
        (spec.handler)(StorageEvent { root: &spec.root, error });
        self.reported = text;
    }
}
