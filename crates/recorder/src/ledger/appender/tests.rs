//! Many who write, and disks that hang, fail or are gone.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::Cause;
use crate::disk::{DiskSpace, OpenFile, RealDisk};
use crate::ledger::archive::Home;

const DAY: civil::Date = civil::date(2026, 11, 22);

fn off(second: i64) -> LedgerEntry {
    let at = jiff::Timestamp::from_second(second).unwrap();
    LedgerEntry::Off { at, cause: Cause::DiskFull }
}

fn gate<D: Disk>(disk: &D, archive: &Archive) -> Ledger<D> {
    Ledger::new(disk.clone(), archive, "gate", "gate")
}

fn seconds(root: &Path) -> Vec<i64> {
    let text = std::fs::read_to_string(paths::ledger_path(root, "gate", DAY)).unwrap_or_default();
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
    fn clear(&self, file: &OpenFile, from: u64, length: u64) -> io::Result<()> {
        RealDisk.clear(file, from, length)
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
    let archive = Archive::new(dir.path());
    let first = gate(&RealDisk, &archive);
    assert!(Arc::ptr_eq(&first.queue, &gate(&RealDisk, &archive).queue));
    assert!(!Arc::ptr_eq(&first.queue, &archive.queue("yard")));
    let order = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (order, its) = (&order, gate(&RealDisk, &archive));
            scope.spawn(move || {
                for line in 0..50 {
                    let second = thread * 1000 + line;
                    let mut given = order.lock().unwrap();
                    its.give(DAY, off(second));
                    given.push(second);
                    drop(given);
                    its.write_all().unwrap();
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
    let disk = Moody::default();
    let archive = Archive::new(dir.path());
    let (shared, its) = (gate(&disk, &archive), gate(&disk, &archive));
    disk.hangs.store(true, Ordering::SeqCst);
    its.give(DAY, off(1));
    let writer = std::thread::spawn(move || its.write_all().is_ok());
    while shared.lines().in_hand == 0 {
        std::thread::yield_now();
    }
    let began = Instant::now();
    shared.give(DAY, off(2));
    assert!(!shared.write_all().unwrap(), "the pen is taken: it waits");
    assert!(began.elapsed() < Duration::from_millis(100), "no lock over the disk");
    let brief = Duration::from_millis(50);
    let late = shared.write_through(DAY, off(3), brief).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::TimedOut);
    let its = gate(&disk, &archive);
    let sure = std::thread::spawn(move || its.write_through(DAY, off(4), Duration::from_secs(20)));
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
    let disk = Moody::default();
    let shared = gate(&disk, &Archive::new(dir.path()));
    disk.fails.store(true, Ordering::SeqCst);
    shared.give(DAY, off(1));
    assert!(shared.write_all().is_err() && shared.lines().failing);
    let brief = Duration::from_millis(50);
    let refused = shared.write_through(DAY, off(2), brief).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::StorageFull);
    shared.give(DAY, off(3));
    disk.fails.store(false, Ordering::SeqCst);
    assert!(shared.write_all().unwrap() && !shared.lines().failing);
    assert_eq!(seconds(dir.path()), [1, 3]);
}

#[test]
fn nothing_is_written_below_a_disk_that_was_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let archive = Archive::new(dir.path());
    let shared = gate(&RealDisk, &archive);
    let home = RealDisk.space(dir.path()).unwrap().device;
    for away in [Home::Disk(home + 1), Home::Nowhere] {
        archive.set_home(away);
        shared.give(DAY, off(1));
        let error = shared.write_all().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(std::fs::read_dir(dir.path()).unwrap().next().is_none(), "no folder either");
    }
    archive.set_home(Home::Disk(home));
    assert!(shared.write_all().unwrap(), "it is there again");
    assert_eq!(seconds(dir.path()), [1, 1]);
}

#[test]
fn making_room_leaves_alone_what_is_being_written() {
    let dir = tempfile::tempdir().unwrap();
    let shared = gate(&RealDisk, &Archive::new(dir.path()));
    for second in 0..WAITING as i64 {
        shared.give(DAY, off(second));
    }
    let batch = shared.take_in_hand().unwrap().1.len();
    shared.give(DAY, off(-1));
    let numbers: Vec<u64> = shared.lines().waiting.iter().map(|line| line.number).collect();
    let in_hand: Vec<u64> = (0..batch as u64).collect();
    assert_eq!(numbers[..batch], in_hand);
    // Of all others the last `off` alone says anything.
    assert_eq!(numbers[batch..], [WAITING as u64 - 1, WAITING as u64]);
    shared.is_written(dir.path(), &Ok(()));
    assert_eq!(shared.pending(), 2);
}
