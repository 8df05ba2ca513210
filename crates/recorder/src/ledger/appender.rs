//! The lines of one camera's ledgers on their way to the disk: one queue for all who write.
//!
//! Shared within the process by the threads `ID.record`, `retention` and `mend`, which find it by the
//! camera's folder. Policies:
//! - the order of the file is the order in which lines were given: whoever writes holds the *pen*, and
//!   writes what all have given before he puts it down; nobody waits for the lock while the disk works;
//! - who finds the pen taken leaves his lines in order and goes; who must know that his line is on the
//!   disk waits for it, for a while, and takes it back where it did not get there;
//! - what waits is bounded.

use std::collections::{HashMap, VecDeque};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use jiff::civil;

use super::entry::LedgerEntry;
use super::{append_in, join};
use crate::disk::{Disk, ops};
use crate::paths;

/// Lines that wait at most: 1 MB, and a day of a camera that comes and goes every 40 s.
pub(super) const WAITING: usize = 4096;
/// Lines that waited and are written together: a sync takes 10 ms on a hard disk, and who writes has
/// other things to do.
const AT_ONCE: usize = 256;

/// The queues of this process, by the camera's folder.
static QUEUES: LazyLock<Mutex<HashMap<PathBuf, Weak<Appender>>>> = LazyLock::new(Mutex::default);

/// On which disk a recording folder was locked: nothing is written below it on another, nor while it is
/// not locked. One of which nothing is said belongs to who writes.
static HOMES: LazyLock<Mutex<HashMap<PathBuf, Option<u64>>>> = LazyLock::new(Mutex::default);

/// Says on which disk a recording folder was locked; none while it is not.
pub fn set_home(root: &Path, home: Option<u64>) {
    HOMES.lock().unwrap_or_else(PoisonError::into_inner).insert(root.to_owned(), home);
}

/// A recording folder is not looked after any more.
pub fn forget_home(root: &Path) {
    HOMES.lock().unwrap_or_else(PoisonError::into_inner).remove(root);
}

/// That the folder is on the disk that was locked.
fn check_home(root: &Path) -> io::Result<()> {
    let known = HOMES.lock().unwrap_or_else(PoisonError::into_inner).get(root).copied();
    match known {
        None => Ok(()),
        Some(None) => Err(io::Error::new(ErrorKind::NotFound, "the recording folder is not ours")),
        Some(home) => ops::still_home(root, home),
    }
}

/// A line that was given.
#[derive(Clone, Debug)]
struct Waiting {
    number: u64,
    day: civil::Date,
    entry: LedgerEntry,
}

/// What waits, and who writes.
#[derive(Debug, Default)]
struct Lines {
    waiting: VecDeque<Waiting>,
    next: u64,
    /// How many of the first are being written now, by the one who holds the pen.
    in_hand: usize,
    pen_taken: bool,
    failing: bool,
    dropped: bool,
}

/// The lines of one camera.
#[derive(Debug)]
pub struct Appender {
    root: PathBuf,
    folder: String,
    lines: Mutex<Lines>,
    /// The pen was put down.
    put_down: Condvar,
}

/// By which a line is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(u64);

impl Appender {
    /// That of a camera's folder, the same for all who ask while anybody has it.
    pub fn of(root: &Path, folder: &str) -> Arc<Self> {
        let mut all = QUEUES.lock().unwrap_or_else(PoisonError::into_inner);
        let path = root.join(folder);
        if let Some(there) = all.get(&path).and_then(Weak::upgrade) {
            return there;
        }
        all.retain(|_, queue| queue.strong_count() > 0);
        let new = Arc::new(Self {
            root: root.to_owned(),
            folder: folder.to_owned(),
            lines: Mutex::default(),
            put_down: Condvar::new(),
        });
        all.insert(path, Arc::downgrade(&new));
        new
    }

    /// Takes a line, in order; touches no disk.
    pub fn give(&self, id: &str, day: civil::Date, entry: LedgerEntry) -> Ticket {
        let mut lines = self.lock();
        if lines.waiting.len() >= WAITING {
            lines.make_room(id);
        }
        let number = lines.next;
        lines.next += 1;
        lines.waiting.push_back(Waiting { number, day, entry });
        Ticket(number)
    }

    /// Writes what waits, unless somebody does; whether nothing waits then.
    ///
    /// # Errors
    /// The disk's, and with which ledger; all that it did not take waits.
    pub fn write(&self, disk: &impl Disk) -> Result<bool, (PathBuf, io::Error)> {
        while let Some(mut pen) = self.take_pen() {
            let path = paths::ledger_path(&self.root, &self.folder, pen.day);
            let lines: Vec<&LedgerEntry> = pen.batch.iter().collect();
            let written = check_home(&self.root);
            let written = written.and_then(|()| append_in(disk, &self.root, &path, &lines));
            written.map_err(|error| (path, error))?;
            pen.written = true;
        }
        Ok(self.pending() == 0)
    }

    /// Writes what waits, also where another is writing, which may take so long; lines that wait still.
    pub fn finish(&self, disk: &impl Disk, patience: Duration) -> usize {
        let until = Instant::now() + patience;
        while let Ok(false) = self.write(disk)
            && self.wait_for_pen(self.lock(), until)
        {}
        self.pending()
    }

    /// Whether the disk refused the last that was tried.
    #[cfg(test)]
    pub fn is_failing(&self) -> bool {
        self.lock().failing
    }

    /// Lines that wait.
    pub fn pending(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Gives a line and sees it on the disk; where that takes longer than `patience`, or the disk refuses, the
    /// line is taken back.
    ///
    /// # Errors
    /// The disk's; [`ErrorKind::TimedOut`] where another writes for so long.
    pub fn write_through(
        &self,
        disk: &impl Disk,
        (id, day): (&str, civil::Date),
        entry: LedgerEntry,
        patience: Duration,
    ) -> io::Result<()> {
        let Ticket(number) = self.give(id, day, entry);
        let until = Instant::now() + patience;
        loop {
            let outcome = self.write(disk);
            let lines = self.lock();
            if lines.waiting.iter().all(|line| line.number != number) {
                return Ok(());
            }
            if outcome.is_ok() && Instant::now() < until {
                self.wait_for_pen(lines, until);
                continue;
            }
            return take_back(lines, number, outcome);
        }
    }

    /// The first that waits.
    #[cfg(test)]
    pub fn oldest(&self) -> Option<LedgerEntry> {
        self.lock().waiting.front().map(|line| line.entry.clone())
    }

    /// Waits until the pen is put down; false where that takes too long.
    fn wait_for_pen(&self, lines: MutexGuard<'_, Lines>, until: Instant) -> bool {
        let left = until.saturating_duration_since(Instant::now());
        let woken = self.put_down.wait_timeout_while(lines, left, |lines| lines.pen_taken);
        !woken.unwrap_or_else(PoisonError::into_inner).0.pen_taken
    }

    /// The pen, with the first lines of one day; none where somebody has it, or nothing waits.
    fn take_pen(&self) -> Option<Pen<'_>> {
        let mut lines = self.lock();
        let day = lines.waiting.front().filter(|_| !lines.pen_taken)?.day;
        let batch = lines.waiting.iter().take(AT_ONCE).take_while(|line| line.day == day);
        let batch: Vec<_> = batch.map(|line| line.entry.clone()).collect();
        (lines.pen_taken, lines.in_hand) = (true, batch.len());
        Some(Pen { of: self, day, batch, written: false })
    }

    fn lock(&self) -> MutexGuard<'_, Lines> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Held by the one who writes; it is put down whatever happens to him.
struct Pen<'a> {
    of: &'a Appender,
    day: civil::Date,
    batch: Vec<LedgerEntry>,
    /// Whether the batch is on the disk.
    written: bool,
}

impl Drop for Pen<'_> {
    fn drop(&mut self) {
        let mut lines = self.of.lock();
        let count = std::mem::take(&mut lines.in_hand);
        if self.written {
            lines.waiting.drain(..count);
        }
        (lines.failing, lines.pen_taken) = (!self.written, false);
        lines.dropped &= !lines.waiting.is_empty();
        drop(lines);
        self.of.put_down.notify_all();
    }
}

/// A line that did not reach the disk is not to reach it later.
fn take_back(
    mut lines: MutexGuard<'_, Lines>,
    number: u64,
    outcome: Result<bool, (PathBuf, io::Error)>,
) -> io::Result<()> {
    let at = lines.waiting.iter().position(|line| line.number == number);
    // What is in hand may get there or not: the file is looked at again before anything is done by it.
    if let Some(at) = at.filter(|at| *at >= lines.in_hand) {
        lines.waiting.remove(at);
    }
    outcome.map_err(|(_, error)| error)?;
    Err(ErrorKind::TimedOut.into())
}

impl Lines {
    /// Room for one more line at the least possible loss: an `off` that another line has
    /// overtaken, then the border between two gaps, then the oldest line. What is being written stays.
    fn make_room(&mut self, id: &str) {
        let from = self.in_hand;
        let is_off = |line: &Waiting| matches!(line.entry, LedgerEntry::Off { .. });
        let last_off = self.waiting.iter().rposition(is_off);
        let mut at = 0;
        self.waiting.retain(|line| {
            at += 1;
            at <= from || !is_off(line) || Some(at - 1) == last_off
        });
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
        if !self.dropped {
            tracing::error!(
                "{id}: the ledger can't be written for so long that its oldest lines are lost"
            );
        }
        self.dropped = true;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;
    use crate::Cause;
    use crate::disk::{DiskSpace, OpenFile, RealDisk};

    const DAY: civil::Date = civil::date(2026, 11, 22);

    fn off(second: i64) -> LedgerEntry {
        let at = jiff::Timestamp::from_second(second).unwrap();
        LedgerEntry::Off { at, cause: Cause::DiskFull }
    }

    fn seconds(root: &Path) -> Vec<i64> {
        let text =
            std::fs::read_to_string(paths::ledger_path(root, "gate", DAY)).unwrap_or_default();
        let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
        let second = |line| match line {
            LedgerEntry::Off { at, .. } => at.as_second(),
            _ => 0,
        };
        lines.map(second).collect()
    }

    /// A disk whose syncs hang or fail while told to.
    #[derive(Clone, Debug, Default)]
    struct Moody {
        hangs: Arc<AtomicBool>,
        fails: Arc<AtomicBool>,
    }

    impl Disk for Moody {
        fn make_dir(&self, path: &Path) -> io::Result<()> {
            RealDisk.make_dir(path)
        }
        fn create(&self, path: &Path) -> io::Result<OpenFile> {
            RealDisk.create(path)
        }
        fn open_append(&self, path: &Path) -> io::Result<OpenFile> {
            RealDisk.open_append(path)
        }
        fn open_mend(&self, path: &Path) -> io::Result<OpenFile> {
            RealDisk.open_mend(path)
        }
        fn write_at(&self, file: &OpenFile, data: &[u8], at: u64) -> io::Result<usize> {
            RealDisk.write_at(file, data, at)
        }
        fn append(&self, file: &OpenFile, data: &[u8]) -> io::Result<usize> {
            RealDisk.append(file, data)
        }
        fn set_len(&self, file: &OpenFile, length: u64) -> io::Result<()> {
            RealDisk.set_len(file, length)
        }
        fn sync(&self, file: &OpenFile) -> io::Result<()> {
            while self.hangs.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(1));
            }
            if self.fails.load(Ordering::SeqCst) {
                return Err(ErrorKind::StorageFull.into());
            }
            RealDisk.sync(file)
        }
        fn sync_dir(&self, path: &Path) -> io::Result<()> {
            RealDisk.sync_dir(path)
        }
        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            RealDisk.rename(from, to)
        }
        fn remove(&self, path: &Path) -> io::Result<()> {
            RealDisk.remove(path)
        }
        fn remove_dir(&self, path: &Path) -> io::Result<()> {
            RealDisk.remove_dir(path)
        }
        fn read_at(&self, file: &OpenFile, buffer: &mut [u8], at: u64) -> io::Result<()> {
            RealDisk.read_at(file, buffer, at)
        }
        fn space(&self, path: &Path) -> io::Result<DiskSpace> {
            RealDisk.space(path)
        }
        fn exists(&self, path: &Path) -> io::Result<bool> {
            RealDisk.exists(path)
        }
    }

    #[test]
    fn all_who_write_share_one_queue_and_its_order_is_the_file_s() {
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (Appender::of(dir.path(), "gate"), Appender::of(dir.path(), "gate"));
        assert!(Arc::ptr_eq(&first, &second));
        assert!(!Arc::ptr_eq(&first, &Appender::of(dir.path(), "yard")));
        let order = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let (order, first) = (&order, &first);
                scope.spawn(move || {
                    for line in 0..50 {
                        let second = thread * 1000 + line;
                        let mut given = order.lock().unwrap();
                        first.give("gate", DAY, off(second));
                        given.push(second);
                        drop(given);
                        first.write(&RealDisk).unwrap();
                    }
                });
            }
        });
        assert_eq!(first.pending(), 0);
        assert_eq!(seconds(dir.path()), order.into_inner().unwrap());
    }

    #[test]
    fn nobody_waits_while_another_writes_but_who_must_know() {
        let dir = tempfile::tempdir().unwrap();
        let (disk, shared) = (Moody::default(), Appender::of(dir.path(), "gate"));
        disk.hangs.store(true, Ordering::SeqCst);
        let (its, slow) = (Arc::clone(&shared), disk.clone());
        its.give("gate", DAY, off(1));
        let writer = std::thread::spawn(move || its.write(&slow).is_ok());
        while !shared.lock().pen_taken {
            std::thread::yield_now();
        }
        let began = Instant::now();
        shared.give("gate", DAY, off(2));
        assert!(!shared.write(&disk).unwrap(), "the pen is taken: it waits");
        assert!(began.elapsed() < Duration::from_millis(100), "no lock over the disk");
        let brief = Duration::from_millis(50);
        let late = shared.write_through(&disk, ("gate", DAY), off(3), brief).unwrap_err();
        assert_eq!(late.kind(), ErrorKind::TimedOut);
        let (its, patient) = (Arc::clone(&shared), disk.clone());
        let sure = std::thread::spawn(move || {
            its.write_through(&patient, ("gate", DAY), off(4), Duration::from_secs(20))
        });
        while shared.pending() < 3 {
            std::thread::yield_now();
        }
        disk.hangs.store(false, Ordering::SeqCst);
        sure.join().unwrap().unwrap();
        assert!(writer.join().unwrap());
        assert_eq!(seconds(dir.path()), [1, 2, 4], "what was given up for late is taken back");
    }

    #[test]
    fn what_the_disk_refuses_who_must_know_is_taken_back_and_what_others_gave_waits() {
        let dir = tempfile::tempdir().unwrap();
        let (disk, shared) = (Moody::default(), Appender::of(dir.path(), "gate"));
        disk.fails.store(true, Ordering::SeqCst);
        shared.give("gate", DAY, off(1));
        assert!(shared.write(&disk).is_err() && shared.is_failing());
        let brief = Duration::from_millis(50);
        let refused = shared.write_through(&disk, ("gate", DAY), off(2), brief).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::StorageFull);
        shared.give("gate", DAY, off(3));
        disk.fails.store(false, Ordering::SeqCst);
        assert!(shared.write(&disk).unwrap() && !shared.is_failing());
        assert_eq!(seconds(dir.path()), [1, 3]);
    }

    #[test]
    fn nothing_is_written_below_a_disk_that_was_taken_away() {
        let dir = tempfile::tempdir().unwrap();
        let shared = Appender::of(dir.path(), "gate");
        let home = RealDisk.space(dir.path()).unwrap().device;
        for (other, words) in [(Some(home + 1), "is gone"), (None, "not ours")] {
            set_home(dir.path(), other);
            shared.give("gate", DAY, off(1));
            let (_, error) = shared.write(&RealDisk).unwrap_err();
            assert!(error.kind() == ErrorKind::NotFound && error.to_string().contains(words));
            assert!(std::fs::read_dir(dir.path()).unwrap().next().is_none(), "no folder either");
        }
        set_home(dir.path(), Some(home));
        assert!(shared.write(&RealDisk).unwrap(), "it is there again");
        assert_eq!(seconds(dir.path()), [1, 1]);
        forget_home(dir.path());
        assert!(check_home(dir.path()).is_ok());
    }

    #[test]
    fn making_room_leaves_alone_what_is_being_written() {
        let dir = tempfile::tempdir().unwrap();
        let shared = Appender::of(dir.path(), "gate");
        for second in 0..WAITING as i64 {
            shared.give("gate", DAY, off(second));
        }
        let mut pen = shared.take_pen().unwrap();
        let batch = pen.batch.len();
        shared.give("gate", DAY, off(-1));
        let numbers: Vec<u64> = shared.lock().waiting.iter().map(|line| line.number).collect();
        let in_hand: Vec<u64> = (0..batch as u64).collect();
        assert_eq!(numbers[..batch], in_hand);
        // Of all others the last `off` alone says anything.
        assert_eq!(numbers[batch..], [WAITING as u64 - 1, WAITING as u64]);
        pen.written = true;
        drop(pen);
        assert_eq!(shared.pending(), 2);
    }
}
