//! Files that are mended: what is claimed of them, and what a disk that fails costs.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::Path;

use std::time::Duration;

use super::*;
use crate::container::bytes::ReadAt;
use crate::disk::log::DiskCall;
use crate::disk::{DiskSpace, OpenFile, RealDisk};
use crate::hash::TreeHash;
use crate::repair::read::ReadOnce;
use crate::simulation::{GATE, SimulatedRecorder};

const SECOND: Duration = Duration::from_secs(1);

/// A recorder that was killed, and its file.
fn killed(extension: &str) -> (SimulatedRecorder, PathBuf) {
    killed_after(extension, 10 * SECOND)
}

/// The same after so long, in which there are 360 bytes a second in its file.
fn killed_after(extension: &str, time: Duration) -> (SimulatedRecorder, PathBuf) {
    let mut archive = SimulatedRecorder::new();
    if extension == "mp4" {
        archive.settings.container = camwall_media::Container::FragmentedMp4;
    }
    archive.record(time);
    archive.kill();
    let part = archive.part();
    (archive, part)
}

fn job(archive: &SimulatedRecorder, part: &Path, known: Option<Box<KnownPart>>) -> MendJob {
    let start = archive.at() - 10 * SECOND;
    let (folder, path) = (GATE.into(), part.with_extension(""));
    MendJob { id: GATE.into(), folder, archive: archive.archive().clone(), path, start, known }
}

/// As a writer knows a file whose last good sync was at this byte.
fn known(archive: &SimulatedRecorder, part: &Path, bytes: u64) -> Box<KnownPart> {
    let data = fs::read(part).unwrap();
    let mut hash = TreeHash::new();
    // In pieces, and what was written behind the checkpoint too.
    for (at, piece) in data.chunks(7000).enumerate() {
        hash.write(at as u64 * 7000, piece);
    }
    let record = SegmentRecord {
        file: crate::paths::name_of(&part.with_extension("")),
        start: archive.at() - 10 * SECOND,
        end: archive.at() - 2 * SECOND,
        duration_ms: 8000,
        packets: 7,
        audio_packets: 0,
        bytes,
        keyframes: 1,
        lost: 3,
        damaged: 0,
        hash: String::new(),
        video: "h264 96x64".to_owned(),
        audio: None,
        recovered: false,
    };
    Box::new(KnownPart { record, hash })
}

fn answer(mender: &mut Mender, disk: &impl Disk, now: Instant) -> Option<Mended> {
    mender.step(disk, now);
    mender.take(GATE)
}

#[test]
fn what_its_writer_knows_is_claimed_and_no_more() {
    for extension in ["mkv", "mp4"] {
        let (archive, part) = killed(extension);
        let all = fs::metadata(&part).unwrap().len();
        // Where a cluster or a fragment ends.
        let bytes = fs::read(&part).unwrap();
        let mark: &[u8] = if extension == "mkv" { &[0x1f, 0x43, 0xb6, 0x75] } else { b"moof" };
        let place = bytes.windows(4).rposition(|found| found == mark).unwrap();
        let end = place as u64 - if extension == "mkv" { 0 } else { 4 };
        assert!(end > 1000 && end < all);
        let mut mender = Mender::default();
        let now = Instant::now();
        assert!(mender.push(job(&archive, &part, Some(known(&archive, &part, end))), now));
        let Some(Mended { whole: Some(whole), .. }) = answer(&mut mender, &RealDisk, now) else {
            panic!("not mended")
        };
        let data = fs::read(&part).unwrap();
        assert_eq!((data.len() as u64, whole.bytes), (end, end));
        assert_eq!(whole.hash, blake3::hash(&data).to_string(), "{extension}");
        let segment = &whole;
        assert_eq!((segment.packets, segment.lost, segment.duration_ms), (7, 3, 8000));
        assert_eq!(segment.end, archive.at() - 2 * SECOND);
        let found = camwall_media::inspect(&part).unwrap();
        assert!(found.packets > 80, "and it plays");
        if extension == "mkv" {
            let head = &data[..1000];
            assert!(
                head.windows(3).any(|at| at == [0x44, 0x89, 0x88]),
                "its length is in its head"
            );
        }
        assert!(mender.next_at().is_none(), "asked once, answered once");
    }
}

#[test]
fn a_file_of_which_nothing_reached_the_disk_goes() {
    let (archive, part) = killed("mkv");
    let mut mender = Mender::default();
    let now = Instant::now();
    mender.push(job(&archive, &part, Some(known(&archive, &part, 0))), now);
    assert!(matches!(answer(&mut mender, &RealDisk, now), Some(Mended { whole: None, .. })));
    assert!(!part.exists());
}

#[test]
fn a_file_that_is_not_what_its_writer_knew_is_looked_into() {
    let (archive, part) = killed("mkv");
    let all = fs::metadata(&part).unwrap().len();
    let told = known(&archive, &part, all);
    fs::File::options().write(true).open(&part).unwrap().set_len(all / 2).unwrap();
    let mut mender = Mender::default();
    let now = Instant::now();
    mender.push(job(&archive, &part, Some(told)), now);
    let Some(Mended { whole: Some(whole), .. }) = answer(&mut mender, &RealDisk, now) else {
        panic!()
    };
    assert_eq!(whole.hash, blake3::hash(&fs::read(&part).unwrap()).to_string());
    assert!(whole.bytes <= all / 2 && whole.packets > 7);
}

/// Errors of the system that say nothing of a file's being there, on the way to it.
#[test]
fn a_disk_that_fails_is_no_missing_file() {
    let (archive, part) = killed("mkv");
    let folder = &archive.root().join(GATE);
    let (aside, now) = (folder.with_extension("aside"), Instant::now());
    let mut mender = Mender::default();
    mender.push(job(&archive, &part, None), now);
    fs::rename(folder, &aside).unwrap();
    // The camera's folder is gone, then a loop.
    assert!(answer(&mut mender, &RealDisk, now).is_none(), "without its folder the disk is gone");
    std::os::unix::fs::symlink(folder, folder).unwrap();
    let mut at = now;
    for pause in [2, 4, 8, 16, 32, 64, 64] {
        assert!(mender.next_at().unwrap() == at + pause * SECOND, "{pause}");
        at += pause * SECOND;
        assert!(answer(&mut mender, &RealDisk, at - SECOND).is_none(), "not before");
        assert!(answer(&mut mender, &RealDisk, at).is_none(), "ELOOP");
    }
    fs::remove_file(folder).unwrap();
    fs::rename(&aside, folder).unwrap();
    let Some(Mended { whole: Some(whole), .. }) = answer(&mut mender, &RealDisk, at + 64 * SECOND)
    else {
        panic!("not mended")
    };
    assert!((99..=100).contains(&whole.packets), "{}", whole.packets);
    for away in [part.as_path(), part.parent().unwrap()] {
        fs::rename(away, away.with_extension("elsewhere")).unwrap();
        mender.push(job(&archive, &part, None), now);
        let answered = answer(&mut mender, &RealDisk, now);
        assert!(matches!(answered, Some(Mended { whole: None, .. })), "gone, and with its day");
    }
}

#[test]
fn a_file_that_the_disk_does_not_give_is_tried_again_and_one_that_is_no_film_is_not() {
    let (archive, part) = killed("mkv");
    let now = Instant::now();
    let mut mender = Mender::default();
    mender.push(job(&archive, &part, None), now);
    let mut waiting = mender.next(now).unwrap();
    let whole = fs::metadata(&part).unwrap().len();
    let outcome = waiting.work(&RealDisk, &mut Stops(whole - 1));
    assert!(outcome.is_err(), "stopped in the last piece");
    let mut pace = Stops(whole);
    let outcome = waiting.work(&RealDisk, &mut pace);
    assert!(matches!(outcome, Ok(Some(_))));
    // The clusters are whole, but their codec is none.
    let data = fs::read(&part).unwrap();
    let codec = data.windows(5).position(|at| at == b"V_MPE").unwrap();
    let file = fs::File::options().write(true).open(&part).unwrap();
    file.write_all_at(b"X_XXX", codec as u64).unwrap();
    let mut foreign = Mender::default();
    foreign.push(job(&archive, &part, None), now);
    let given_up = answer(&mut foreign, &RealDisk, now);
    assert!(matches!(given_up, Some(Mended { whole: None, .. })), "{given_up:?}");
    assert!(part.exists(), "and left as it is");
}

/// Ends the reading after so many bytes.
struct Stops(u64);

impl Pace for Stops {
    fn took(&mut self, bytes: u64) -> std::io::Result<()> {
        self.0 = self.0.checked_sub(bytes).ok_or(std::io::ErrorKind::Interrupted)?;
        Ok(())
    }
}

#[test]
fn queues_are_bounded() {
    let archive = SimulatedRecorder::new();
    let mut mender = Mender::default();
    let part =
        |folder: &Path, number| folder.join(format!("gate_2026-11-22T07-20-00Z-{number}.mkv.part"));
    let (nowhere, now) = (Path::new("/nowhere"), Instant::now());
    for number in 0..WAITING {
        assert!(mender.push(job(&archive, &part(nowhere, number), None), now));
    }
    assert!(!mender.push(job(&archive, &part(nowhere, WAITING), None), now));
    let folder = archive.root().join(GATE);
    fs::create_dir_all(&folder).unwrap();
    let mut mender = Mender::default();
    for number in 0..2 * WAITING {
        mender.push(job(&archive, &part(&folder, number), None), now);
        mender.step(&RealDisk, now);
    }
    assert_eq!(std::iter::from_fn(|| mender.take(GATE)).count(), WAITING);
}

#[test]
fn a_file_that_is_asked_for_again_by_a_camera_that_is_back_is_mended_once() {
    let (archive, part) = killed("mp4");
    let mut mender = Mender::default();
    let now = Instant::now();
    // It waits, it is being worked on, and it is answered, when it is asked for again.
    assert!(mender.push(job(&archive, &part, None), now));
    assert!(mender.push(job(&archive, &part, None), now));
    let mut waiting = mender.next(now).unwrap();
    assert!(mender.next(now).is_none());
    assert!(mender.push(job(&archive, &part, None), now));
    let outcome = waiting.work(&RealDisk, &mut crate::pace::Unpaced);
    mender.done(waiting, outcome, now);
    assert!(mender.push(job(&archive, &part, None), now));
    assert!(mender.next(now).is_none());
    let whole = mender.take(GATE).unwrap().whole.unwrap();
    assert_eq!(whole.bytes, fs::metadata(&part).unwrap().len());
    assert!(mender.take(GATE).is_none());
}

/// Counts what is read through it.
#[derive(Clone, Debug, Default)]
struct Counting(Arc<std::sync::atomic::AtomicU64>);

macro_rules! as_the_real_disk {
    ($($name:ident($($arg:ident: $of:ty),*) -> $to:ty;)*) => {
        $(fn $name(&self, $($arg: $of),*) -> std::io::Result<$to> { RealDisk.$name($($arg),*) })*
    };
}

impl Disk for Counting {
    as_the_real_disk! {
        make_dir(path: &Path) -> ();
        create(path: &Path) -> OpenFile;
        open_append(path: &Path) -> OpenFile;
        open_mend(path: &Path) -> OpenFile;
        write_at(file: &OpenFile, data: &[u8], at: u64) -> usize;
        append(file: &OpenFile, data: &[u8]) -> usize;
        set_len(file: &OpenFile, length: u64) -> ();
        clear(file: &OpenFile, from: u64, length: u64) -> ();
        sync(file: &OpenFile) -> ();
        sync_dir(path: &Path) -> ();
        rename(from: &Path, to: &Path) -> ();
        remove(path: &Path) -> ();
        remove_dir(path: &Path) -> ();
        space(path: &Path) -> DiskSpace;
        exists(path: &Path) -> bool;
    }

    fn read_at(&self, file: &OpenFile, buffer: &mut [u8], at: u64) -> std::io::Result<()> {
        self.0.fetch_add(buffer.len() as u64, std::sync::atomic::Ordering::Relaxed);
        RealDisk.read_at(file, buffer, at)
    }
}

#[test]
fn a_file_is_read_once_and_what_is_written_of_it_once_more() {
    for extension in ["mkv", "mp4"] {
        let (archive, part) = killed_after(extension, 590 * SECOND);
        let (mut mender, now, disk) = (Mender::default(), Instant::now(), Counting::default());
        let length = fs::metadata(&part).unwrap().len();
        assert!(length > 150_000, "{length}");
        mender.push(job(&archive, &part, None), now);
        assert!(matches!(answer(&mut mender, &disk, now), Some(Mended { whole: Some(_), .. })));
        let read = disk.0.load(std::sync::atomic::Ordering::Relaxed);
        // The head and the end, in groups of 64 KiB.
        assert!((length..=length + (128 << 10)).contains(&read), "{read} of {length}");
    }
}

/// The head of a file, and behind it clusters of half a megabyte in packets of ten kilobytes.
fn of_large_packets(head: &[u8], clusters: u16) -> Vec<u8> {
    let element = |id: &[u8], body: &[u8]| {
        let size = (body.len() as u32 | 1 << 28).to_be_bytes();
        [id, &size[..], body].concat()
    };
    let first = head.windows(4).position(|id| *id == CLUSTER).unwrap();
    let mut file = head[..first].to_vec();
    for number in 0..clusters {
        let time = [&[0xe7, 0x82][..], &(number * 500).to_be_bytes()].concat();
        let block = element(&[0xa3], &[&[0x81, 0, 0, 0x80][..], &[7; 10_000]].concat());
        let body = [&time[..], &block.repeat(50)].concat();
        let crc = element(&[0xbf], &crc32fast::hash(&body).to_le_bytes());
        file.extend(element(&CLUSTER, &[crc, body].concat()));
    }
    file
}

const CLUSTER: [u8; 4] = [0x1f, 0x43, 0xb6, 0x75];

#[test]
fn a_file_of_large_packets_is_read_once() {
    let (archive, part) = killed("mkv");
    let file = of_large_packets(&fs::read(&part).unwrap(), 12);
    fs::write(&part, &file).unwrap();
    let (mut mender, now, disk) = (Mender::default(), Instant::now(), Counting::default());
    mender.push(job(&archive, &part, None), now);
    let Some(Mended { whole: Some(whole), .. }) = answer(&mut mender, &disk, now) else { panic!() };
    assert_eq!((whole.packets, whole.bytes), (600, file.len() as u64));
    let (read, length) = (disk.0.load(std::sync::atomic::Ordering::Relaxed), file.len() as u64);
    assert!((length..=length + (128 << 10)).contains(&read), "{read} of {length}");
}

#[test]
fn a_block_that_can_t_be_read_is_asked_for_once() {
    let (length, bad) = (3 << 20, 2 << 20);
    let (file, tries) = (tempfile::tempfile().unwrap(), std::cell::Cell::new(0));
    file.set_len(length).unwrap();
    let read = |buffer: &mut [u8], at: u64| {
        let is_bad = at <= bad && bad < at + buffer.len() as u64;
        tries.set(tries.get() + u32::from(is_bad));
        if is_bad { Err(rustix::io::Errno::IO.into()) } else { file.read_exact_at(buffer, at) }
    };
    let mut pace = crate::pace::Unpaced;
    let mut once = ReadOnce::new(&file, length, read, &mut pace);
    // As who looks for what is whole behind damage goes back to where that began.
    for piece in [0, 1, 2, 0, 1, 2] {
        once.read_at(&mut [0], piece << 20).unwrap();
    }
    assert_eq!(tries.get(), 2, "as a whole, and by itself");
}

#[test]
fn a_block_that_can_t_be_read_costs_the_clusters_in_which_it_is() {
    for (extension, clears) in [("mkv", true), ("mp4", true), ("mkv", false), ("mp4", false)] {
        let (mut archive, part) = killed_after(extension, 120 * SECOND);
        archive.world().clears = clears;
        let whole = camwall_media::inspect(&part).unwrap().packets;
        let (number, length) = {
            let found = fs::metadata(&part).unwrap();
            (std::os::unix::fs::MetadataExt::ino(&found), found.len())
        };
        archive.world().spoil(number, length / 2..length / 2 + 5000);
        archive.system().real().begin(Instant::now());
        archive.start();
        archive.record(10 * SECOND);
        archive.finish();
        let calls = archive.system().real().take();
        let cleared = calls.iter().filter(|it| matches!(it.call, DiskCall::Clear { .. })).count();
        assert_eq!(cleared > 0, clears, "by a call of its own where the disk has one");
        assert!(archive.world().read(number, 0..length).is_ok(), "no block is left so");
        let history = crate::ledger::history::History::read(archive.root(), GATE).unwrap();
        let told = &history.segments()[0].segment;
        assert!(told.damaged >= 5000 && told.damaged < length / 2, "{told:?}");
        assert!(told.recovered && told.packets < whole && told.packets > whole / 2, "{told:?}");
        let faults = crate::verify(archive.root(), GATE, false, &mut |_, _| {}).unwrap().1;
        assert!(faults.is_empty(), "{faults:?}");
        let path = &history.segments()[0].path;
        assert_eq!(camwall_media::inspect(path).unwrap().packets, told.packets, "{extension}");
        // Nothing is asked of it any more: who reads it meets packets on both sides.
        let start = told.start;
        let mut reader =
            crate::reader::ArchiveReader::open(archive.root(), GATE, start, None).unwrap();
        let mut times = Vec::new();
        while let Some(piece) = reader.next_piece().unwrap() {
            if let crate::reader::Piece::Group { packets, .. } = piece {
                times.extend(packets.iter().map(|it| it.at.duration_since(start).as_secs()));
            }
        }
        assert!(times.contains(&1) && times.contains(&115), "{times:?}");
    }
}

#[test]
fn a_disk_that_gives_nothing_is_not_taken_for_a_bad_block() {
    let (mut archive, part) = killed("mkv");
    let found = fs::metadata(&part).unwrap();
    let number = std::os::unix::fs::MetadataExt::ino(&found);
    let before = fs::read(&part).unwrap();
    archive.world().spoil(number, 0..found.len());
    archive.start();
    archive.record(10 * SECOND);
    assert!(part.exists(), "it is tried again");
    assert!(fs::read(&part).unwrap() == before, "and is as it was");
    archive.world().overwrite(number, 0..found.len() + 4096);
    archive.record(70 * SECOND);
    assert!(!part.exists(), "mended");
}
