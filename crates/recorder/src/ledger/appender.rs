//! The lines of one camera's ledgers on their way to the disk: one queue for all who write.
//!
//! Used by the threads `ID.record`, `retention` and `mend`, each with a [`Ledger`] in hand; what they give
//! goes through the one queue of the camera's folder. Policies:
//! - the order of the file is the order in which lines were given: whoever writes holds the *pen*, and
//!   writes what all have given before he puts it down; nobody waits for the lock while the disk works;
//! - who finds the pen taken leaves his lines in order and goes; who must know that his line is on the
//!   disk waits for it, for a while, and takes it back where it did not get there;
//! - what the disk does not take waits, in order and bounded, and a failure is logged when it begins and
//!   when it is over.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, MutexGuard, TryLockError};
use std::time::{Duration, Instant};

use jiff::civil;

use super::append_in;
use super::archive::Archive;
use super::entry::LedgerEntry;
use super::queue::{Lines, Queue, WAITING, Waiting, lock};
use crate::disk::Disk;
use crate::paths;

/// Lines that waited and are written together: a sync takes 10 ms on a hard disk, and who writes has
/// other things to do.
const AT_ONCE: usize = 256;
/// How long another may take at the end who is writing.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often is looked meanwhile whether he is done.
const SOON: Duration = Duration::from_millis(2);

/// The ledger of one camera, in the hand of one who writes it.
#[derive(Debug)]
pub struct Ledger<D> {
    disk: D,
    archive: Archive,
    id: String,
    folder: String,
    queue: Arc<Queue>,
}

impl<D: Disk> Ledger<D> {
    /// The ledger of camera `id` in its folder. Touches nothing.
    pub fn new(disk: D, archive: &Archive, id: &str, folder: &str) -> Self {
        let (archive, queue) = (archive.clone(), archive.queue(folder));
        Self { disk, archive, id: id.to_owned(), folder: folder.to_owned(), queue }
    }

    /// Appends a line to a day's ledger, or keeps it until that can be done.
    pub fn write(&mut self, day: civil::Date, entry: LedgerEntry) {
        self.give(day, entry);
        // Behind others that could not be written, the next `retry` is early enough.
        if !self.lines().failing {
            self.retry();
        }
    }

    /// Tries again what waits; to be called once a second.
    pub fn retry(&mut self) {
        // What the disk does not take waits, and that is said already.
        drop(self.write_all());
    }

    /// Tries a last time, also where another is writing; lines that are lost.
    pub fn finish(&mut self) -> usize {
        let until = Instant::now() + PATIENCE;
        while let Ok(false) = self.write_all()
            && Instant::now() < until
        {
            std::thread::sleep(SOON);
        }
        self.pending()
    }

    /// Lines that wait.
    pub fn pending(&self) -> usize {
        self.lines().waiting.len()
    }

    /// Appends a line and sees it on the disk, behind all that wait there; where the disk refuses, or
    /// another writes for longer than `patience`, it is taken back.
    ///
    /// # Errors
    /// The disk's; [`ErrorKind::TimedOut`] where another writes for so long.
    pub fn write_through(
        &self,
        day: civil::Date,
        entry: LedgerEntry,
        patience: Duration,
    ) -> io::Result<()> {
        let (number, until) = (self.give(day, entry), Instant::now() + patience);
        loop {
            let outcome = self.write_all();
            let mut lines = self.lines();
            let Some(at) = lines.waiting.iter().position(|line| line.number == number) else {
                return Ok(());
            };
            if outcome.is_err() || Instant::now() >= until {
                // What is in hand may get there or not: who asks looks at the file again before anything
                // is done by it.
                if at >= lines.in_hand {
                    lines.waiting.remove(at);
                }
                return outcome.and(Err(ErrorKind::TimedOut.into()));
            }
            drop(lines);
            std::thread::sleep(SOON);
        }
    }

    /// Takes a line, in order, to be written with the next; touches no disk. Its number.
    pub(crate) fn give(&self, day: civil::Date, entry: LedgerEntry) -> u64 {
        let mut lines = self.lines();
        if lines.waiting.len() >= WAITING {
            lines.make_room(&self.id);
        }
        let number = lines.next;
        lines.next += 1;
        lines.waiting.push_back(Waiting { number, day, entry });
        number
    }

    /// Writes what waits, unless somebody does; whether nothing waits then.
    fn write_all(&self) -> io::Result<bool> {
        while self.pending() > 0 {
            let _pen = match self.queue.pen.try_lock() {
                Ok(pen) => pen,
                // Put down, whatever happened to him who held it.
                Err(TryLockError::Poisoned(pen)) => pen.into_inner(),
                Err(TryLockError::WouldBlock) => return Ok(false),
            };
            while let Some((day, batch)) = self.take_in_hand() {
                let root = self.archive.root();
                let path = paths::ledger_path(root, &self.folder, day);
                let lines: Vec<&LedgerEntry> = batch.iter().collect();
                let written = self.archive.check_folder(&self.folder);
                let written = written.and_then(|()| append_in(&self.disk, root, &path, &lines));
                self.is_written(&path, &written);
                written?;
            }
            // Who found the pen taken meanwhile left his lines: it is looked again once it is put down.
        }
        Ok(true)
    }

    /// The first lines of one day; none where nothing waits.
    fn take_in_hand(&self) -> Option<(civil::Date, Vec<LedgerEntry>)> {
        let mut lines = self.lines();
        let day = lines.waiting.front()?.day;
        let batch = lines.waiting.iter().take(AT_ONCE).take_while(|line| line.day == day);
        let batch: Vec<_> = batch.map(|line| line.entry.clone()).collect();
        lines.in_hand = batch.len();
        Some((day, batch))
    }

    /// What is in hand was written to this ledger, or it was not.
    fn is_written(&self, path: &Path, written: &io::Result<()>) {
        let (mut lines, id) = (self.lines(), &self.id);
        let count = std::mem::take(&mut lines.in_hand);
        if written.is_ok() {
            lines.waiting.drain(..count);
        }
        lines.dropped &= !lines.waiting.is_empty();
        let failed = std::mem::replace(&mut lines.failing, written.is_err());
        match written {
            Err(error) if !failed => tracing::error!(
                "{id}: can't write the ledger {}: {error}; check the disk and `recording: (dir: …)`; \
                 its lines wait and are tried again every second",
                path.display()
            ),
            Ok(()) if failed => tracing::info!("{id}: the ledger is written again"),
            _ => {}
        }
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        lock(&self.queue.lines)
    }

    /// The first that waits.
    #[cfg(test)]
    pub fn oldest(&self) -> Option<LedgerEntry> {
        self.lines().waiting.front().map(|line| line.entry.clone())
    }
}

#[cfg(test)]
mod tests;
