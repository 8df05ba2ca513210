//! A start on an archive of a million segments, which nobody has looked at since this computer was
//! switched on: the time until a camera is recorded, and what the archive costs in memory.
//!
//! Takes root (an ext4 of its own, and dropped caches) and some 2 GB on the disk of the temporary folder.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use camwall_recorder::simulation::{LedgerEntry, day_of, file_name, ledger_path};
use camwall_recorder::{Cause, SegmentRecord};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use testkit::{Camsim, Camwall, Ext4, Process, Run, SOON, StatusLine, WallFile};

/// 16 cameras for 44 days, in files of a minute: 1,013,760.
const CAMERAS: usize = 16;
const DAYS: i64 = 44;
const A_DAY: i64 = 24 * 60;

/// What a file's line says that it is large, and what the files of the first day do take of the disk, so
/// that removing them helps.
const BYTES: u64 = 3_000_000;
const TAKEN: u64 = 64 << 10;

/// The disk, in megabytes, and how many files fit on it.
const DISK_MB: u64 = 6 * 1024;
const FILES: &str = "1400000";

/// Until a camera is recorded, from the start of the program on.
const SOON_ENOUGH: Duration = Duration::from_secs(2);

/// What the archive may cost, in MB.
const MEMORY_MB: f64 = 30.0;

/// How long each start is watched from then on: what is done in the background takes its time.
const SPAN: Duration = Duration::from_secs(50);

/// What a start found.
struct Found {
    /// Until the new file had bytes in it.
    recorded: Duration,
    /// The time of the first status line that calls the camera recorded, by the wall.
    said: f64,
    /// The most memory there was meanwhile, in MB: what it has to itself, which is heap and stacks, and
    /// with its share of files (PSS), which depends on who else uses the same libraries.
    own_mb: f64,
    with_files_mb: f64,
}

/// Makes the archive, starts on it and on an empty one, and says whether the limits are kept.
pub fn measure(_: Option<&str>) -> bool {
    let wall = WallFile::verbatim("");
    let ext4 = Ext4::mount(DISK_MB, &["-N", FILES, "-m", "0"], &wall.file("disk"), false);
    let disk = ext4.disk().seen_from_outside();
    let begun = Instant::now();
    fill(&disk.join("full"));
    fs::create_dir(disk.join("empty")).expect("a folder");
    println!(
        "\n{} segments of {CAMERAS} cameras in {DAYS} days, made in {:.0} s",
        CAMERAS as i64 * DAYS * A_DAY,
        begun.elapsed().as_secs_f64()
    );
    println!(
        "start, caches dropped           recorded s   said s   most memory MB: its own   with files"
    );
    let sim = Camsim::start(&["--cameras", "11"]);
    let start = |name: &str, folder: &str, free: u64| {
        let found = start(&wall, &sim, &ext4, folder, free);
        let (recorded, said) = (found.recorded.as_secs_f64(), found.said);
        let (own, all) = (found.own_mb, found.with_files_mb);
        println!("{name:<30} {recorded:>11.2} {said:>8.1} {own:>24.1} {all:>12.1}");
        found
    };
    let empty = start("an empty archive", "empty", 50 << 20);
    let mut kept = true;
    // What the program notes for its next start is there from the second on.
    for name in ["a million segments", "a million segments, again"] {
        kept &= is_kept(&start(name, "full", 50 << 20), &empty);
    }
    // There is less free than the floor, by what a few hundred of the oldest take.
    let free = free_bytes(&disk) + 256 * TAKEN;
    let below = start("a million, below keep.free", "full", free);
    kept &= is_kept(&below, &empty);
    println!(
        "limits: recorded within {} s, at most {MEMORY_MB} MB more than an empty archive: {}",
        SOON_ENOUGH.as_secs(),
        if kept { "kept" } else { "NOT KEPT" }
    );
    kept
}

fn is_kept(found: &Found, empty: &Found) -> bool {
    found.recorded <= SOON_ENOUGH && found.own_mb - empty.own_mb <= MEMORY_MB
}

/// Writes files and ledgers of all cameras, from so many days ago to the last midnight.
fn fill(root: &Path) {
    let today = day_of(Timestamp::now()).to_zoned(TimeZone::UTC).expect("midnight").timestamp();
    let first = today - SignedDuration::from_hours(24 * DAYS);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for share in 0..threads {
            scope.spawn(move || {
                for camera in (0..CAMERAS).filter(|camera| camera % threads == share) {
                    for day in 0..DAYS {
                        let start = first + SignedDuration::from_hours(24 * day);
                        fill_day(root, &name(camera), start, day == 0)
                            .expect("room for the archive");
                    }
                }
            });
        }
    });
}

fn name(camera: usize) -> String {
    format!("cam{:02}", camera + 1)
}

/// Writes one day of a camera, and into its ledger what a recorder would.
fn fill_day(root: &Path, camera: &str, start: Timestamp, taken: bool) -> io::Result<()> {
    let path = ledger_path(root, camera, day_of(start));
    let folder = path.parent().expect("a folder");
    fs::create_dir_all(folder)?;
    let mut ledger = BufWriter::new(File::create(&path)?);
    let mut write = |line: &LedgerEntry| -> io::Result<()> {
        serde_json::to_writer(&mut ledger, line)?;
        ledger.write_all(b"\n")
    };
    for minute in 0..A_DAY {
        let at = |minute: i64| start + SignedDuration::from_mins(minute);
        let file = file_name(camera, at(minute), 1, "mkv");
        let opened = File::create(folder.join(&file))?;
        opened.set_len(BYTES)?;
        if taken {
            let kept = rustix::fs::FallocateFlags::KEEP_SIZE;
            rustix::fs::fallocate(&opened, kept, 0, TAKEN)?;
        }
        write(&LedgerEntry::Open { file: file.clone(), start: at(minute) })?;
        write(&LedgerEntry::Segment(segment(file, at(minute), at(minute + 1))))?;
    }
    write(&LedgerEntry::Off {
        at: start + SignedDuration::from_mins(A_DAY),
        cause: Cause::ProgramEnded,
    })?;
    ledger.into_inner()?.sync_data()
}

fn segment(file: String, start: Timestamp, end: Timestamp) -> SegmentRecord {
    // Nobody reads the files.
    let hash = format!("{:064x}", start.as_millisecond());
    SegmentRecord {
        file,
        start,
        end,
        duration_ms: 60_000,
        packets: 1500,
        audio_packets: 938,
        bytes: BYTES,
        keyframes: 30,
        lost: 0,
        hash,
        video: "h264 1920x1080".to_owned(),
        audio: Some("aac 16000 Hz 1 ch".to_owned()),
        recovered: false,
    }
}

fn free_bytes(at: &Path) -> u64 {
    let disk = rustix::fs::statvfs(at).expect("a disk");
    disk.f_bavail * disk.f_frsize
}

/// Forgets all that the kernel has read of any disk.
fn drop_caches() {
    rustix::fs::sync();
    fs::write("/proc/sys/vm/drop_caches", "3").expect("root may drop caches");
}

/// Starts a wall that records one camera into `folder`, and watches it.
fn start(wall: &WallFile, sim: &Camsim, ext4: &Ext4, folder: &str, free: u64) -> Found {
    // Each of its pictures is a key frame: none has to be waited for.
    let (camera, url) = (name(0), sim.url("cam11/sub"));
    let text = format!(
        r#"(cameras: {{ {camera:?}: (main: {url:?}, record: Always) }},
            recording: (dir: "disk/{folder}", pre_roll: "0s", keep: (free: "{free}B")))"#
    );
    fs::write(wall.path(), text).expect("a wall file");
    // That of the start before, if there was one.
    fs::remove_file(wall.file("status.jsonl")).ok();
    let root = ext4.disk().seen_from_outside().join(folder);
    let before = parts(&root, &camera);
    drop_caches();
    let began = Instant::now();
    let mut camwall = ext4.disk().give_to(Run::offscreen_of("320x180", wall)).start();
    camwall.wait_that("bytes of a new file", 4 * SOON, || {
        let new =
            |path: &PathBuf| !before.contains(path) && path.metadata().is_ok_and(|m| m.len() > 0);
        parts(&root, &camera).iter().any(new)
    });
    let recorded = began.elapsed();
    let is_recorded = |line: &StatusLine| line.camera(&camera).recording;
    camwall.wait_until("it is said", SOON, |lines| lines.iter().any(is_recorded));
    let said =
        camwall.lines().iter().find(|line| is_recorded(line)).map_or(f64::NAN, |line| line.t);
    let (own_mb, with_files_mb) = watch(&camwall, Instant::now() + SPAN);
    assert_eq!(camwall.terminate().code, Some(0));
    Found { recorded, said, own_mb, with_files_mb }
}

/// The most memory until then: its own, and with its share of files.
fn watch(camwall: &Camwall, until: Instant) -> (f64, f64) {
    let (process, mut own, mut with_files) = (Process(camwall.pid()), 0.0_f64, 0.0_f64);
    while Instant::now() < until {
        own = own.max(process.anonymous_mb());
        with_files = with_files.max(process.proportional_mb());
        thread::sleep(Duration::from_millis(200));
    }
    (own, with_files)
}

/// What is being written for a camera today.
fn parts(root: &Path, camera: &str) -> Vec<PathBuf> {
    let ledger = ledger_path(root, camera, day_of(Timestamp::now()));
    let Some(folder) = ledger.parent() else { return Vec::new() };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|found| found == "part")).collect()
}
