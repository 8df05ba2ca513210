//! Mends files, one after the other, for all cameras.
//!
//! [`Mender`] is a queue without a thread, told the time, so that simulated time can stand behind it:
//! whoever owns it takes a job by [`Mender::next`], works on it without holding the queue, and brings
//! it back to [`Mender::done`], so that nobody who asks has to wait for the disk. Policies:
//! - a job is asked for once and answered once, by the camera's folder; what the disk refuses is tried again
//!   here, less and less often, and is answered when it is done; both queues are bounded, and who finds no
//!   room asks again;
//! - what is playable of a file is kept, whoever left it: this run, or a kill, a power cut or a full disk
//!   before it; what can't be recovered is left as it is, and said;
//! - that a file is gone is believed of a disk that says so, not of one that fails;
//! - a file that is finished only lacks its name. The camera's own writer names it and tells of it, see
//!   `writer::state`.

use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;

use super::{KnownPart, repair};
use crate::backoff::Backoff;
use crate::disk::{Disk, ops};
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

impl MendJob {
    /// Finishes the file, reading at this pace, but does not rename it. None: nothing in it plays, or it is
    /// gone.
    fn finish(
        &mut self,
        disk: &impl Disk,
        pace: &mut dyn Pace,
    ) -> Result<Option<SegmentRecord>, Why> {
        let Some(from) = self.find(disk)? else { return Ok(None) };
        let whole = repair(disk, &from, self.start, self.known.as_deref_mut(), pace)?;
        if whole.is_none() && from == self.path {
            tracing::error!("{}: nothing in {} plays; it stays as it is", self.id, from.display());
        } else if whole.is_none() {
            tracing::debug!("{}: {} holds no whole picture and goes", self.id, from.display());
            ops::remove(disk, &from)?;
        }
        Ok(whole)
    }

    /// The `.part`, or the whole file where that is there instead; none where the disk says that neither
    /// is, and that the camera's folder is there: where that is not either, the disk is not.
    fn find(&self, disk: &impl Disk) -> io::Result<Option<PathBuf>> {
        let folder = self.archive.root().join(&*self.folder);
        for path in [part_of(&self.path), self.path.clone()] {
            if disk.exists(&path)? {
                return Ok(Some(path));
            }
        }
        if !disk.exists(&folder)? {
            return Err(io::ErrorKind::NotFound.into());
        }
        self.archive.check_folder(&self.folder).map(|()| None)
    }
}

/// A job, and when it is tried next.
#[derive(Debug)]
pub struct WaitingJob {
    job: MendJob,
    again: Backoff,
}

impl WaitingJob {
    /// Tries it, reading at this pace; none where nothing plays, the file is gone, or it can never be mended.
    ///
    /// # Errors
    /// The disk refuses; another time it may not.
    pub fn work(
        &mut self,
        disk: &impl Disk,
        pace: &mut dyn Pace,
    ) -> Result<Option<SegmentRecord>, Error> {
        #[cfg(test)]
        assert!(!self.job.path.ends_with(PANICS), "that file");
        self.job.finish(disk, pace).or_else(|why| self.failed(why))
    }

    /// It was tried in vain: none unless it is to be tried again.
    ///
    /// # Errors
    /// It is.
    pub fn failed(&self, why: Why) -> Result<Option<SegmentRecord>, Error> {
        let error = Error::new("finish", &part_of(&self.job.path), why);
        if matches!(error.why, Why::Io(_)) {
            return Err(error);
        }
        // It is said once: no line waits for it from now on.
        tracing::error!(
            "{}: {error}; it stays as it is: a player may make something of it, else remove it",
            self.job.id
        );
        Ok(None)
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
