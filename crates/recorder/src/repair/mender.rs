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
use std::path::PathBuf;
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

/// A job, and when it is tried next.
#[derive(Debug)]
pub struct WaitingJob {
    job: MendJob,
    again: Backoff,
}

impl WaitingJob {
    /// Tries to finish the file, reading at this pace, but does not rename it. None: nothing in it plays, or it
    /// is gone.
    ///
    /// # Errors
    /// The disk refuses, another time it may not; any other where it can never be mended.
    pub fn work(
        &mut self,
        disk: &impl Disk,
        pace: &mut dyn Pace,
    ) -> Result<Option<SegmentRecord>, Why> {
        #[cfg(test)]
        assert!(!self.job.path.ends_with(PANICS), "that file");
        let Some(from) = find(disk, &self.job)? else { return Ok(None) };
        let MendJob { id, path, start, known, .. } = &mut self.job;
        let whole = repair(disk, &from, *start, known.as_deref_mut(), pace)?;
        if whole.is_none() && from == *path {
            tracing::error!("{id}: nothing in {} plays; it stays as it is", from.display());
        } else if whole.is_none() {
            tracing::debug!("{id}: {} holds no whole picture and goes", from.display());
            ops::remove(disk, &from)?;
        }
        Ok(whole)
    }
}

/// The `.part`, or the whole file where that is there instead; none where the disk says that neither
/// is, and that the camera's folder is there: where that is not either, the disk is not.
fn find(disk: &impl Disk, job: &MendJob) -> io::Result<Option<PathBuf>> {
    let folder = job.archive.root().join(&*job.folder);
    for path in [part_of(&job.path), job.path.clone()] {
        if disk.exists(&path)? {
            return Ok(Some(path));
        }
    }
    if !disk.exists(&folder)? {
        return Err(io::ErrorKind::NotFound.into());
    }
    job.archive.check_folder(&job.folder).map(|()| None)
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
        let is_known = self.at_work.as_ref() == Some(&job.path)
            || self.jobs.iter().any(|waiting| waiting.job.path == job.path)
            || self.done.iter().any(|(_, mended)| mended.path == job.path);
        let room = self.jobs.len() < WAITING;
        if room && !is_known {
            self.jobs.push_back(WaitingJob { job, again: Backoff::new(now) });
        }
        room || is_known
    }

    /// Does the first job that is due.
    #[cfg(any(test, feature = "fixtures"))]
    pub fn step(&mut self, disk: &impl Disk, now: Instant) {
        if let Some(mut waiting) = self.next(now) {
            let outcome = waiting.work(disk, &mut crate::pace::Unpaced);
            self.done(waiting, outcome, now);
        }
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
        outcome: Result<Option<SegmentRecord>, Why>,
        now: Instant,
    ) {
        self.at_work = None;
        let MendJob { id, folder, path, .. } = &waiting.job;
        let whole = outcome.map_err(|why| Error::new("finish", &part_of(path), why));
        if let Err(error @ Error { why: Why::Io(_), .. }) = &whole {
            tracing::debug!("{id}: {error}; it is tried again");
            waiting.again.failed(now);
            return self.jobs.push_back(waiting);
        }
        if let Err(error) = &whole {
            // It is said once: no line waits for it from now on.
            tracing::error!(
                "{id}: {error}; it stays as it is: a player may make something of it, else remove it"
            );
        }
        if self.done.len() >= WAITING {
            self.done.pop_front();
        }
        let mended = Mended { path: path.clone(), whole: whole.unwrap_or(None) };
        self.done.push_back((Arc::clone(folder), mended));
    }

    /// The oldest answer for a camera's folder.
    pub fn take(&mut self, folder: &str) -> Option<Mended> {
        let at = self.done.iter().position(|(of, _)| **of == *folder)?;
        self.done.remove(at).map(|(_, answer)| answer)
    }
}

#[cfg(test)]
mod tests;
