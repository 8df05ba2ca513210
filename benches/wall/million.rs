//! A start on an archive of a million segments, which nobody has looked at since this computer was
//! switched on: the time until a camera is recorded, and what the archive costs in memory, also while it is
//! looked through for files of which no ledger tells.
//!
//! Takes root (an ext4 of its own, and dropped caches) and some 2 GB on the disk of the temporary folder.
//! `million=DAYS` is an archive of so many days, to see it work: 23,040 segments each.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use camwall_recorder::simulation::{LedgerEntry, day_of, file_name, ledger_path};
use camwall_recorder::{Cause, SegmentRecord};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use testkit::{Camsim, Camwall, Ext4, Process, Run, SOON, StatusLine, WallFile};

/// 16 cameras for 44 days, in files of a minute: 1,013,760, unless other days are asked for.
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

/// How long each start is watched from then on: what is done in the background takes its time, and a minute
/// passes before days are looked through for files that no ledger tells of.
const SPAN: Duration = Duration::from_secs(90);

/// What a start found.
#[derive(Default)]
struct Found {
    /// Until the new file had bytes in it.
    recorded: Duration,
    /// The time of the first status line that calls the camera recorded, by the wall.
    said: f64,
    /// The most memory there was meanwhile, in MB: what it has to itself, which is heap and stacks, and
    /// with its share of files (PSS), which depends on who else uses the same libraries.
    own_mb: f64,
    with_files_mb: f64,
    /// CPU seconds of the thread that looks days through, and whether it was still at it at the end.
    mended: f64,
    mends: bool,
}

/// Makes the archive, starts on it and on an empty one, and says whether the limits are kept.
pub fn measure(days: Option<&str>) -> bool {
    let days = days.map_or(DAYS, |days| days.parse().expect("million=DAYS"));
    let wall = WallFile::verbatim("");
    let ext4 = Ext4::mount(DISK_MB, &["-N", FILES, "-m", "0"], &wall.file("disk"), false);
    let disk = ext4.disk().seen_from_outside();
    let begun = Instant::now();
    fill(&disk.join("full"), days);
    fs::create_dir(disk.join("empty")).expect("a folder");
    println!(
        "\n{} segments of {CAMERAS} cameras in {days} days, made in {:.0} s",
        CAMERAS as i64 * days * A_DAY,
        begun.elapsed().as_secs_f64()
    );
    println!(
        "start, caches dropped           recorded s   said s   most memory MB: its own   with files   \
         mending CPU s"
    );
    let sim = Camsim::start(&["--cameras", "11"]);
    let start = |name: &str, folder: &str, free: u64| {
        let found = start(&wall, &sim, &ext4, folder, free);
        let (recorded, said) = (found.recorded.as_secs_f64(), found.said);
        let (own, all) = (found.own_mb, found.with_files_mb);
        let (mended, mends) = (found.mended, if found.mends { " and on" } else { "" });
        println!(
            "{name:<30} {recorded:>11.2} {said:>8.1} {own:>24.1} {all:>12.1} {mended:>15.2}{mends}"
        );
        found
    };
    let empty = start("an empty archive", "empty", 50 << 20);
    let mut kept = true;
    // What the program notes for its next start is there from the second on.
    for name in ["a full archive", "a full archive, again"] {
        kept &= is_kept(&start(name, "full", 50 << 20), &empty);
    }
    // There is less free than the floor, by what a few hundred of the oldest take.
    let free = free_bytes(&disk) + 256 * TAKEN;
    let below = start("a full one, below keep.free", "full", free);
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
fn fill(root: &Path, days: i64) {
    let today = day_of(Timestamp::now()).to_zoned(TimeZone::UTC).expect("midnight").timestamp();
    let first = today - SignedDuration::from_hours(24 * days);
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for share in 0..threads {
            scope.spawn(move || {
                for camera in (0..CAMERAS).filter(|camera| camera % threads == share) {
                    for day in 0..days {
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
        write(&LedgerEntry::Open { file: file.clone(), start: at(minute), after: None })?;
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
        damaged: 0,
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
    let found = Found { recorded, said, ..watch(&camwall, Instant::now() + SPAN) };
    assert_eq!(camwall.terminate().code, Some(0));
    found
}

/// What there is to see until then.
fn watch(camwall: &Camwall, until: Instant) -> Found {
    let process = Process(camwall.pid());
    let mut found = Found::default();
    let mut changed = Instant::now();
    while Instant::now() < until {
        found.own_mb = found.own_mb.max(process.anonymous_mb());
        found.with_files_mb = found.with_files_mb.max(process.proportional_mb());
        let mended = process.cpu_seconds_of(|name| name == "mend");
        if mended > found.mended {
            (found.mended, changed) = (mended, Instant::now());
        }
        thread::sleep(Duration::from_millis(200));
    }
    Found { mends: changed.elapsed() < Duration::from_secs(2), ..found }
}

/// What is being written for a camera today.
fn parts(root: &Path, camera: &str) -> Vec<PathBuf> {
    let ledger = ledger_path(root, camera, day_of(Timestamp::now()));
    let Some(folder) = ledger.parent() else { return Vec::new() };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.extension().is_some_and(|found| found == "part")).collect()
}
