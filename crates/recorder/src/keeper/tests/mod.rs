//! Retention on real folders, with clock, disk and its failures made up.

mod clock;
mod days;
mod failures;
mod power_cuts;
mod random;
mod random_age;
mod rules;

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use walkdir::WalkDir;

use super::trust::Moment;
use super::{Retention, RetentionLimits, notes};
use crate::Cause;
use crate::disk::{Disk, DiskSpace, OpenFile, RealDisk};
use crate::ledger::archive::Archive;
use crate::ledger::entry::{LedgerEntry, RetentionRule, SegmentRecord};
use crate::paths;
use crate::paths::FileName;

/// What retention did, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Deed {
    Said { file: String, why: RetentionRule },
    Removed { file: String },
}

/// The made-up part of the world.
struct World {
    root: PathBuf,
    now: Timestamp,
    start: Instant,
    passed: Duration,
    /// Size of the disk.
    size: u64,
    /// Cameras whose folders are on a disk of their own, and its size.
    own_disks: BTreeMap<String, u64>,
    /// Bytes that were freed and don't show yet.
    late: u64,
    /// How many files there can be.
    files: Option<u64>,
    /// What the kernel says of the clock.
    synchronised: Option<bool>,
    /// Whether removals show late.
    lazy: bool,
    read_only: bool,
    deeds: Vec<Deed>,
    /// Appends that fail from now on, and how.
    refuse: Option<(u32, io::ErrorKind)>,
    /// Whether there is no room for another file.
    no_file: bool,
    /// Syncs until one fails.
    lost_sync: Option<u32>,
    /// Files that can't be removed.
    stuck: Option<String>,
    /// Deeds left before the program is killed.
    life: u32,
    /// Called after each append.
    meanwhile: Option<Box<dyn Fn() + Send>>,
}

#[derive(Clone, Debug)]
struct Fake(Arc<Mutex<World>>);

impl Fake {
    fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fake {
    fn moment(&self) -> Moment {
        let world = self.world();
        let (wall, synchronised) = (world.now, world.synchronised);
        Moment { instant: world.start + world.passed, wall, synchronised }
    }

    fn clock(&self) -> Box<dyn Fn() -> Moment> {
        let this = self.clone();
        Box::new(move || this.moment())
    }
}

/// The real disk, but for its room, and for what it refuses.
impl Disk for Fake {
    fn append(&self, file: &OpenFile, data: &[u8]) -> io::Result<usize> {
        let mut world = self.world();
        world.spend_life()?;
        if let Some((left, kind)) = &mut world.refuse
            && *left > 0
        {
            *left -= 1;
            return Err((*kind).into());
        }
        let written = RealDisk.append(file, data)?;
        assert_eq!(written, data.len());
        for line in data.split_inclusive(|byte| *byte == b'\n') {
            let line = serde_json::from_slice::<LedgerEntry>(line).unwrap();
            let LedgerEntry::Removed { file, why, .. } = line else { panic!("{line:?}") };
            world.deeds.push(Deed::Said { file, why });
        }
        if let Some(meanwhile) = &world.meanwhile {
            meanwhile();
        }
        Ok(written)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut world = self.world();
        world.spend_life()?;
        let name = name(path);
        if world.stuck.as_ref() == Some(&name) {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        let bytes = fs::metadata(path)?.len();
        RealDisk.remove(path)?;
        if FileName::parse(&name).is_some() {
            world.late += if world.lazy { bytes } else { 0 };
            world.deeds.push(Deed::Removed { file: name });
        }
        Ok(())
    }

    fn space(&self, folder: &Path) -> io::Result<DiskSpace> {
        let world = self.world();
        let below = folder.strip_prefix(&world.root).unwrap();
        fs::metadata(folder)?;
        let on = |camera: &String| below.starts_with(camera);
        let own = world.own_disks.iter().enumerate().find(|(_, (camera, _))| on(camera));
        let (device, size, used) = match own {
            Some((number, (camera, size))) => (number + 2, *size, used(&world.root.join(camera))),
            None => {
                let own = world.own_disks.keys().map(|camera| used(&world.root.join(camera)));
                (1, world.size, used(&world.root) + world.late - own.sum::<u64>())
            }
        };
        Ok(DiskSpace {
            free: size.saturating_sub(used),
            size,
            files_free: world.files.map(|files| files.saturating_sub(count(&world.root))),
            device: device.try_into().unwrap(),
            read_only: world.read_only,
        })
    }

    fn make_dir(&self, path: &Path) -> io::Result<()> {
        RealDisk.make_dir(path)
    }

    fn create(&self, path: &Path) -> io::Result<OpenFile> {
        if self.world().no_file {
            return Err(io::ErrorKind::StorageFull.into());
        }
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

    fn set_len(&self, file: &OpenFile, length: u64) -> io::Result<()> {
        RealDisk.set_len(file, length)
    }

    fn clear(&self, file: &OpenFile, from: u64, length: u64) -> io::Result<()> {
        RealDisk.clear(file, from, length)
    }

    fn sync(&self, file: &OpenFile) -> io::Result<()> {
        let mut world = self.world();
        let fails = world.lost_sync == Some(0);
        world.lost_sync = world.lost_sync.and_then(|left| left.checked_sub(1));
        if fails {
            return Err(rustix::io::Errno::IO.into());
        }
        RealDisk.sync(file)
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        RealDisk.sync_dir(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove_dir(path)
    }

    fn read_at(&self, file: &OpenFile, buffer: &mut [u8], at: u64) -> io::Result<()> {
        RealDisk.read_at(file, buffer, at)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        RealDisk.exists(path)
    }
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("root", &self.root).finish_non_exhaustive()
    }
}

impl World {
    fn spend_life(&mut self) -> io::Result<()> {
        self.life = self.life.checked_sub(1).ok_or(io::ErrorKind::Other)?;
        Ok(())
    }
}

/// Bytes of everything but ledgers and notes, which are left out so that numbers in tests stay round.
fn used(root: &Path) -> u64 {
    let files = WalkDir::new(root).into_iter().filter_map(Result::ok);
    let files =
        files.filter(|found| found.file_type().is_file() && found.file_name() != notes::NAME);
    let counted = files.filter(|found| found.path().extension().is_none_or(|ext| ext != "jsonl"));
    counted.map(|found| found.metadata().unwrap().len()).sum()
}

/// Number of segments and the like.
fn count(root: &Path) -> u64 {
    let files = WalkDir::new(root).into_iter().filter_map(Result::ok);
    files.filter(|found| found.path().extension().is_some_and(|ext| ext == "mkv")).count() as u64
}

fn write_line(ledger: &Path, line: &LedgerEntry) -> io::Result<()> {
    let mut file = OpenOptions::new().append(true).create(true).open(ledger)?;
    let text = serde_json::to_string(line).unwrap();
    file.write_all(format!("{text}\n").as_bytes())
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

impl Retention<Fake> {
    /// Looks at the whole folder.
    fn scan(&mut self) {
        self.walk();
        while self.read_days(Duration::from_secs(60)) {}
    }

    /// A look; `no_space` where a write of the gate failed before.
    fn apply(&mut self, no_space: bool) -> Result<(), Cause> {
        if no_space {
            self.no_space(&self.root.join("gate"));
        }
        self.look()?;
        self.found.barred.get("gate").map_or(Ok(()), |cause| Err(*cause))
    }
}

/// A recording folder at noon.
struct Yard {
    dir: tempfile::TempDir,
    fake: Fake,
}

/// Ahead of the files' own times, which are the system's: what a ledger says here is later.
const NOON: &str = "2126-11-22T12:00:00Z";

impl Yard {
    fn new() -> Self {
        // In memory where that can be: syncing thousands of folders is not what is tested.
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let fake = Self::at(dir.path());
        Self { dir, fake }
    }

    /// The world around a folder.
    fn at(root: &Path) -> Fake {
        let world = World {
            root: root.to_owned(),
            now: at(NOON),
            start: Instant::now(),
            passed: Duration::ZERO,
            size: u64::MAX,
            own_disks: BTreeMap::new(),
            late: 0,
            files: None,
            synchronised: Some(true),
            lazy: false,
            read_only: false,
            deeds: Vec::new(),
            refuse: None,
            no_file: false,
            lost_sync: None,
            stuck: None,
            life: u32::MAX,
            meanwhile: None,
        };
        Fake(Arc::new(Mutex::new(world)))
    }

    fn root(&self) -> &Path {
        self.dir.path()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.fake.world()
    }

    fn retention(&self, limits: RetentionLimits) -> Retention<Fake> {
        let known = ["gate".to_owned(), "door".to_owned()];
        let stop = Arc::new(AtomicBool::new(false));
        let system = (self.fake.clone(), self.fake.clock());
        Retention::new(Archive::new(self.root()), limits, known, system, stop)
    }

    /// One that has looked around.
    fn scanned(&self, limits: RetentionLimits) -> Retention<Fake> {
        let mut retention = self.retention(limits);
        retention.scan();
        retention
    }

    /// A file of that size that no ledger knows.
    fn file(&self, camera: &str, start: Timestamp, extension: &str, bytes: u64) -> PathBuf {
        let folder = paths::day_folder(self.root(), camera, paths::day_of(start));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(paths::file_name(camera, start, 1, extension));
        File::create(&path).unwrap().set_len(bytes).unwrap();
        path
    }

    /// A closed segment of ten minutes.
    fn segment(&self, camera: &str, start: Timestamp, bytes: u64) -> PathBuf {
        self.segment_until(camera, start, start + SignedDuration::from_mins(10), bytes)
    }

    /// One of 10 bytes and so many hours.
    fn long(&self, camera: &str, start: Timestamp, hours: i64) -> PathBuf {
        self.segment_until(camera, start, start + SignedDuration::from_hours(hours), 10)
    }

    fn segment_until(&self, camera: &str, start: Timestamp, end: Timestamp, bytes: u64) -> PathBuf {
        let path = self.file(camera, start, "mkv", bytes);
        let file = name(&path);
        self.line(&path, &LedgerEntry::Open { file: file.clone(), start, after: None });
        let line = LedgerEntry::Segment(SegmentRecord {
            file,
            start,
            end,
            duration_ms: 600_000,
            packets: 15_000,
            audio_packets: 0,
            bytes,
            keyframes: 300,
            lost: 0,
            damaged: 0,
            hash: "0".repeat(64),
            video: "h264 1920x1080".to_owned(),
            audio: None,
            recovered: false,
        });
        self.line(&path, &line);
        path
    }

    /// Segments of 10 bytes, one an hour, the last of them from 11:00 to 11:10.
    fn hours(&self, camera: &str, count: i64) -> Vec<PathBuf> {
        let start = |back| at(NOON) - SignedDuration::from_hours(back);
        (1..=count).rev().map(|back| self.segment(camera, start(back), 10)).collect()
    }

    fn line(&self, segment: &Path, line: &LedgerEntry) {
        write_line(&ledger_of(segment), line).unwrap();
    }

    fn keep(&self, segment: &Path, keep: bool) {
        self.line(segment, &LedgerEntry::Keep { file: name(segment), keep, at: at(NOON) });
    }

    /// What was removed and why, and that the ledger was told first.
    fn removed(&self) -> Vec<(String, RetentionRule)> {
        let deeds = &self.world().deeds;
        let pairs = deeds.chunks(2).map(|pair| match pair {
            [Deed::Said { file, why }, Deed::Removed { file: removed }] if file == removed => {
                (file.clone(), *why)
            }
            other => panic!("{other:?}"),
        });
        pairs.collect()
    }

    fn pass_time(&self, time: Duration) {
        let mut world = self.world();
        world.passed += time;
        world.now += time;
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_str().unwrap().to_owned()
}

fn ledger_of(segment: &Path) -> PathBuf {
    let named = FileName::parse(&name(segment)).unwrap();
    let day = paths::day_of(named.start);
    segment.with_file_name(format!("{}_{day}.ledger.jsonl", named.folder))
}

/// Keeps everything.
fn all() -> RetentionLimits {
    RetentionLimits { age: None, total: None, per_camera: None, free: 0 }
}
