//! Mends files, one after the other, for all cameras.
//!
//! [`Mender`] is a queue without a thread, told the time, so that simulated time can stand behind it:
//! whoever owns it takes a job by [`Mender::next`], works on it without holding the queue, and brings
//! it back to [`Mender::done`], so that nobody who asks has to wait for the disk. Policies: a job is asked
//! for once and answered once, by the camera's folder; what the disk refuses is tried again here, less and
//! less often, and is answered when it is done; both queues are bounded, and who finds no room asks again.

use std::collections::VecDeque;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::KnownPart;
use super::finish::finish;
use crate::backoff::Backoff;
use crate::disk::Disk;
use crate::error::{Error, Why};
use crate::ledger::archive::Archive;
use crate::ledger::entry::SegmentRecord;
use crate::pace::Pace;
use crate::paths::part_of;

/// Jobs that may wait, and answers that nobody took.
const WAITING: usize = 256;

/// A file that makes tests' mending panic.
#[cfg(test)]
pub const PANICS: &str = "gate_2026-11-22T09-00-00Z.mkv";

/// A file to be finished.
#[derive(Debug)]
pub struct MendJob {
    /// The camera's id, for messages.
    pub id: Arc<str>,
    /// The camera's folder, by which the answer is asked for, and where it is.
    pub folder: Arc<str>,
    /// The recording folder.
    pub archive: Archive,
    /// Its path once it is whole, without `.part`.
    pub path: PathBuf,
    /// When it begins.
    pub start: Timestamp,
    /// What its writer knows to be on the disk; none of a file that a kill left behind.
    pub known: Option<Box<KnownPart>>,
}

/// What became of a file.
#[derive(Debug)]
pub struct Mended {
    /// Its path once it is whole.
    pub path: PathBuf,
    /// Its line: it only lacks its name. None where nothing in it plays, it is gone, or it can never be
    /// mended.
    pub whole: Option<SegmentRecord>,
}

/// A job, and when it is tried next.
#[derive(Debug)]
pub struct WaitingJob {
    job: MendJob,
    again: Backoff,
}

impl WaitingJob {
    /// Tries it, reading at this pace.
    pub fn work(
        &mut self,
        disk: &impl Disk,
        pace: &mut dyn Pace,
    ) -> Result<Option<SegmentRecord>, Error> {
        let MendJob { id, folder, archive, path, start, known } = &mut self.job;
        #[cfg(test)]
        assert!(!path.ends_with(PANICS), "that file");
        let whole = finish(disk, id, path, *start, known.as_deref_mut(), pace)?;
        if whole.is_none() {
            // What is not there was looked for on its disk.
            let away = |error| Error::new("finish", &part_of(path), error);
            archive.check_folder(folder).map_err(away)?;
        }
        Ok(whole)
    }

    /// That trying it made us panic.
    pub fn panicked(&self, said: impl Display) -> Error {
        Error::new(
            "finish",
            &part_of(&self.job.path),
            Why::Internal(format!("internal error: {said}")),
        )
    }
}

/// Jobs and answers.
#[derive(Debug, Default)]
pub struct Mender {
    jobs: VecDeque<WaitingJob>,
    /// The file of the job that was taken out.
    at_work: Option<PathBuf>,
    done: VecDeque<(Arc<str>, Mended)>,
}

impl Mender {
    /// Takes a job, to be done from `now` on; false where too many wait already. A file that was asked for
    /// by a camera that went from the wall and is back is not mended a second time: what it is answered
    /// is taken by whoever asks now.
    pub fn push(&mut self, job: MendJob, now: Instant) -> bool {
        if self.has(&job.path) {
            return true;
        }
        let room = self.jobs.len() < WAITING;
        if room {
            self.jobs.push_back(WaitingJob { job, again: Backoff::new(now) });
        }
        room
    }

    fn has(&self, path: &Path) -> bool {
        self.at_work.as_deref() == Some(path)
            || self.jobs.iter().any(|waiting| waiting.job.path == path)
            || self.done.iter().any(|(_, mended)| mended.path == path)
    }

    /// Does the first job that is due; when to come again, where there is anything left to do.
    #[cfg(any(test, feature = "fixtures"))]
    pub fn step(&mut self, disk: &impl Disk, now: Instant) -> Option<Instant> {
        if let Some(mut waiting) = self.next(now) {
            let outcome = waiting.work(disk, &mut crate::pace::Unpaced);
            self.done(waiting, outcome, now);
        }
        self.next_at()
    }

    /// When to come again, where there is anything left to do.
    pub fn next_at(&self) -> Option<Instant> {
        self.jobs.iter().map(|waiting| waiting.again.at).min()
    }

    /// Takes out the first job that is due.
    pub fn next(&mut self, now: Instant) -> Option<WaitingJob> {
        let due = self.jobs.iter().position(|waiting| waiting.again.at <= now)?;
        let waiting = self.jobs.remove(due)?;
        self.at_work = Some(waiting.job.path.clone());
        Some(waiting)
    }

    /// What came of a job until `now`: it is answered, or tried again later.
    pub fn done(
        &mut self,
        mut waiting: WaitingJob,
        outcome: Result<Option<SegmentRecord>, Error>,
        now: Instant,
    ) {
        self.at_work = None;
        match outcome {
            Ok(whole) => {
                let MendJob { folder, path, .. } = waiting.job;
                if self.done.len() >= WAITING {
                    self.done.pop_front();
                }
                self.done.push_back((folder, Mended { path, whole }));
            }
            Err(error) => {
                tracing::debug!("{}: {error}; it is tried again", waiting.job.id);
                waiting.again.failed(now);
                self.jobs.push_back(waiting);
            }
        }
    }

    /// The oldest answer for a camera's folder.
    pub fn take(&mut self, folder: &str) -> Option<Mended> {
        let at = self.done.iter().position(|(of, _)| **of == *folder)?;
        self.done.remove(at).map(|(_, answer)| answer)
    }
}

#[cfg(test)]
mod tests;
