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

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError, Weak};
use std::time::{Duration, Instant};

use jiff::civil;

use super::append_in;
use super::entry::LedgerEntry;
use crate::disk::{Disk, ops};
use crate::paths;

/// Lines that wait at most: 1 MB, and a day of a camera that comes and goes every 40 s.
pub(super) const WAITING: usize = 4096;
/// Lines that waited and are written together: a sync takes 10 ms on a hard disk, and who writes has
/// other things to do.
const AT_ONCE: usize = 256;
/// How long another may take at the end who is writing.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often is looked meanwhile whether he is done.
const SOON: Duration = Duration::from_millis(2);

/// The queues of this process, by the camera's folder.
static QUEUES: Mutex<BTreeMap<PathBuf, Weak<Queue>>> = Mutex::new(BTreeMap::new());

/// On which disk a recording folder was locked: nothing is written below it on another, nor while it is
/// not locked. One of which nothing is said belongs to who writes.
static HOMES: Mutex<BTreeMap<PathBuf, Option<u64>>> = Mutex::new(BTreeMap::new());

/// Says on which disk a recording folder was locked; none while it is not.
pub fn set_home(root: &Path, home: Option<u64>) {
    lock(&HOMES).insert(root.to_owned(), home);
}

/// A recording folder is not looked after any more.
pub fn forget_home(root: &Path) {
    lock(&HOMES).remove(root);
}

/// That the folder is on the disk that was locked.
fn check_home(root: &Path) -> io::Result<()> {
    let known = lock(&HOMES).get(root).copied();
    match known {
        None => Ok(()),
        Some(None) => Err(io::Error::new(ErrorKind::NotFound, "the recording folder is not ours")),
        Some(home) => ops::still_home(root, home),
    }
}

/// The ledger of one camera, in the hand of one who writes it.
#[derive(Debug)]
pub struct Ledger<D> {
    disk: D,
    id: String,
    queue: Arc<Queue>,
}

/// The lines of one camera.
#[derive(Debug)]
struct Queue {
    root: PathBuf,
    folder: String,
    lines: Mutex<Lines>,
    /// Held by the one who writes.
    pen: Mutex<()>,
}

/// What waits.
#[derive(Debug, Default)]
struct Lines {
    waiting: VecDeque<Waiting>,
    next: u64,
    /// How many of the first are being written now, by the one who holds the pen.
    in_hand: usize,
    /// Whether the disk refused the last that was tried, and whether lines were lost since.
    failing: bool,
    dropped: bool,
}

/// A line that was given.
#[derive(Clone, Debug)]
struct Waiting {
    number: u64,
    day: civil::Date,
    entry: LedgerEntry,
}

impl<D: Disk> Ledger<D> {
    /// The ledger of camera `id` in its folder of `root`. Touches nothing.
    pub fn new(disk: D, root: &Path, id: &str, folder: &str) -> Self {
        Self { disk, id: id.to_owned(), queue: Queue::of(root, folder) }
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

    /// Takes a line, in order; touches no disk. Its number.
    fn give(&self, day: civil::Date, entry: LedgerEntry) -> u64 {
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
                let Queue { root, folder, .. } = &*self.queue;
                let path = paths::ledger_path(root, folder, day);
                let lines: Vec<&LedgerEntry> = batch.iter().collect();
                let written = check_home(root);
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

impl Queue {
    /// That of a camera's folder, the same for all who ask while anybody has it.
    fn of(root: &Path, folder: &str) -> Arc<Self> {
        let mut all = lock(&QUEUES);
        let path = root.join(folder);
        if let Some(there) = all.get(&path).and_then(Weak::upgrade) {
            return there;
        }
        all.retain(|_, queue| queue.strong_count() > 0);
        let (lines, pen) = (Mutex::default(), Mutex::default());
        let new = Arc::new(Self { root: root.to_owned(), folder: folder.to_owned(), lines, pen });
        all.insert(path, Arc::downgrade(&new));
        new
    }
}

impl Lines {
    /// Room for one more line at the least possible loss: an `off` that another line has
    /// overtaken, then the border between two gaps, then the oldest line. What is being written stays.
    fn make_room(&mut self, id: &str) {
        let from = self.in_hand;
        let free = self.waiting.get(from).map_or(u64::MAX, |line| line.number);
        let is_off = |line: &&Waiting| matches!(line.entry, LedgerEntry::Off { .. });
        let last_off = self.waiting.iter().rfind(is_off).map(|line| line.number);
        self.waiting
            .retain(|line| line.number < free || !is_off(&line) || Some(line.number) == last_off);
        if self.waiting.len() < WAITING {
            return;
        }
        let joined = (from + 1..self.waiting.len())
            .find_map(|at| Some((at, join(&self.waiting[at - 1].entry, &self.waiting[at].entry)?)));
        if let Some((at, entry)) = joined {
            self.waiting[at].entry = entry;
            self.waiting.remove(at - 1);
            return;
        }
        self.waiting.remove(from);
        if !std::mem::replace(&mut self.dropped, true) {
            tracing::error!(
                "{id}: the ledger can't be written for so long that its oldest lines are lost"
            );
        }
    }
}

/// Two gaps that join as one, with the cause of the longer.
fn join(one: &LedgerEntry, next: &LedgerEntry) -> Option<LedgerEntry> {
    use LedgerEntry::Gap;
    let (Gap { start, end: border, cause, .. }, Gap { start: begins, end, cause: next_cause, .. }) =
        (one, next)
    else {
        return None;
    };
    let longer = border.duration_since(*start) >= end.duration_since(*begins);
    (border == begins).then(|| Gap {
        start: *start,
        end: *end,
        cause: if longer { *cause } else { *next_cause },
        detail: Some("several gaps in one line: the ledger could not be written".to_owned()),
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
