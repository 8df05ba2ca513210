//! The storage and its thread, on real folders and the real disk.

use std::fs;
use std::time::Instant;

use super::shared::WAITING;
use super::worker::RETRY;
use super::*;
use crate::ledger;
use crate::ledger::entry::{LedgerEntry, SegmentRecord};
use crate::paths;
use crate::system::RecorderSystem;

/// More than the time between two tries.
const SOON: Duration = Duration::from_secs(20);

fn open(root: &Path, limits: RetentionLimits) -> Arc<Storage> {
    let storage = Storage::new(spec(root, limits));
    storage.open();
    storage
}

fn spec(root: &Path, limits: RetentionLimits) -> StorageSpec {
    StorageSpec {
        root: root.to_owned(),
        must_exist: false,
        limits,
        known: vec!["gate".to_owned()],
        handler: Arc::new(|_| {}),
        clock: || Some(true),
    }
}

fn all() -> RetentionLimits {
    RetentionLimits { age: None, total: None, per_camera: None, free: 0 }
}

fn becomes(storage: &Storage, ready: Result<(), Cause>) -> bool {
    storage.shared.wait_for(SOON, |state| state.ready == ready)
}

fn eventually(is: impl Fn() -> bool) -> bool {
    let until = Instant::now() + SOON;
    while !is() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    is()
}

/// A closed segment that began an hour ago.
fn segment(root: &Path, bytes: u64) -> PathBuf {
    let end = jiff::Timestamp::now();
    let start = end - jiff::SignedDuration::from_hours(1);
    let day = paths::day_of(start);
    let folder = paths::day_folder(root, "gate", day);
    fs::create_dir_all(&folder).unwrap();
    let file = paths::file_name("gate", start, 1, "mp4");
    let path = folder.join(&file);
    fs::File::create(&path).unwrap().set_len(bytes).unwrap();
    let line = LedgerEntry::Segment(SegmentRecord {
        file,
        start,
        end,
        duration_ms: 3_600_000,
        packets: 1,
        audio_packets: 0,
        bytes,
        keyframes: 1,
        lost: 0,
        damaged: 0,
        hash: "0".repeat(64),
        video: "h264 16x16".to_owned(),
        audio: None,
        recovered: false,
    });
    ledger::append(&paths::ledger_path(root, "gate", day), &line).unwrap();
    path
}

#[test]
fn a_folder_is_made_locked_and_let_go() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("a/recordings");
    let storage = open(&root, all());
    assert!(storage.settled(SOON));
    assert_eq!((storage.shared.ready("gate"), storage.root()), (Ok(()), &*root));
    storage.shared.archive().check().unwrap();
    let file = fs::File::open(root.join(paths::LOCK)).unwrap();
    assert!(file.try_lock().is_err());
    let started = Instant::now();
    storage.close();
    assert!(started.elapsed() < Duration::from_secs(2));
    assert_eq!(storage.shared.ready("gate"), Err(Cause::ProgramEnded));
    file.try_lock().unwrap();
    file.unlock().unwrap();
    storage.close();
    storage.shared.closed(root.join("x"));
    storage.shared.no_space(&root);
    let dropped = open(&root, all());
    assert!(becomes(&dropped, Ok(())));
    drop(dropped);
    file.try_lock().unwrap();
}

#[test]
fn what_nobody_needs_is_not_opened() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("recordings");
    let storage = Storage::new(spec(&root, all()));
    assert_eq!(storage.doubts("gate"), Doubts::default());
    storage.confirm_clock();
    storage.close();
    assert_eq!(
        storage.shared.ready("gate"),
        Err(Cause::ProgramEnded),
        "not after it was closed either"
    );
    drop(storage);
    assert!(!root.exists());
}

#[test]
fn two_share_a_folder_one_after_the_other() {
    let temp = tempfile::tempdir().unwrap();
    let first = open(temp.path(), all());
    assert!(first.settled(SOON));
    let second = open(temp.path(), RetentionLimits { total: Some(0), ..all() });
    assert!(second.settled(SOON));
    assert_eq!(
        (first.shared.ready("gate"), second.shared.ready("gate")),
        (Ok(()), Err(Cause::NoFolder))
    );
    let path = segment(temp.path(), 10);
    // Nobody listens, and nobody waits.
    for _ in 0..2 * WAITING {
        second.shared.closed(path.clone());
    }
    assert!(second.shared.state().told.missed);
    assert!(path.exists(), "not its folder");
    first.close();
    assert!(becomes(&second, Ok(())));
    assert!(eventually(|| !path.exists()));
}

#[test]
fn what_is_closed_is_kept_within_limits_at_once() {
    let temp = tempfile::tempdir().unwrap();
    let storage = open(temp.path(), RetentionLimits { total: Some(5), ..all() });
    assert!(storage.settled(SOON));
    let path = segment(temp.path(), 10);
    let started = Instant::now();
    storage.shared.closed(path.clone());
    assert!(eventually(|| !path.exists()));
    assert!(started.elapsed() < RETRY, "not only at the next look");
    storage.close();
    let index = fs::read_to_string(temp.path().join(".camwall.days")).unwrap();
    assert!(index.contains("\"segments\":0"), "{index}");
    let text = fs::read_dir(path.parent().unwrap()).unwrap().next().unwrap().unwrap().path();
    let text = fs::read_to_string(text).unwrap();
    assert!(text.trim_end().ends_with("\"why\":\"total\"}"), "{text}");
}

#[test]
fn another_wall_file_counts_at_once() {
    let temp = tempfile::tempdir().unwrap();
    let storage = open(temp.path(), all());
    assert!(storage.settled(SOON));
    let path = segment(temp.path(), 10);
    storage.shared.closed(path.clone());
    assert!(eventually(|| storage.shared.state().told.closed.is_empty()));
    std::thread::sleep(Duration::from_millis(300));
    assert!(path.exists(), "no limit asks for it");
    let started = Instant::now();
    storage.set_limits(RetentionLimits { total: Some(5), ..all() });
    assert!(eventually(|| !path.exists()));
    assert!(started.elapsed() < RETRY, "not only at the next look");
    // Who mends leaves the files of a camera alone that is on the wall by now.
    storage.set_known(vec!["gate".to_owned(), "door".to_owned()]);
    assert!(storage.shared.state().known.contains(&"door".to_owned()));
    assert!(eventually(|| !storage.shared.state().told.described));
}

#[test]
fn below_the_floor_recording_goes_on_while_the_oldest_go() {
    let temp = tempfile::tempdir().unwrap();
    let path = segment(temp.path(), 10);
    let free = crate::disk::DiskSpace::of(temp.path()).unwrap().free;
    assert!(free > 300_000_000, "this test needs a disk with room: {free}");
    let storage = open(temp.path(), RetentionLimits { free: free + 1_000_000_000, ..all() });
    assert!(storage.settled(SOON));
    assert_eq!(storage.shared.ready("gate"), Ok(()), "before anything was looked at");
    assert!(eventually(|| !path.exists()));
    assert_eq!(storage.shared.ready("gate"), Ok(()));
}

#[test]
fn a_floor_above_the_disk_is_recorded_below() {
    let temp = tempfile::tempdir().unwrap();
    let path = segment(temp.path(), 10);
    let storage = open(temp.path(), RetentionLimits { free: u64::MAX, ..all() });
    assert!(storage.settled(SOON));
    assert!(eventually(|| !path.exists()), "it does what it can");
    assert_eq!(storage.shared.ready("gate"), Ok(()));
}

#[test]
fn no_folder_until_there_can_be_one() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("recordings");
    fs::write(&root, "a file").unwrap();
    let storage = open(&root, all());
    assert!(storage.settled(SOON));
    assert!(storage.shared.ready("gate").is_err());
    fs::remove_file(&root).unwrap();
    assert!(becomes(&storage, Ok(())));
}

#[test]
fn a_folder_that_disappears_is_noticed_and_made_again() {
    let temp = tempfile::tempdir().unwrap();
    let root = temp.path().join("recordings");
    let storage = open(&root, all());
    assert!(storage.settled(SOON));
    fs::rename(&root, temp.path().join("elsewhere")).unwrap();
    assert!(becomes(&storage, Err(Cause::NoFolder)));
    assert!(becomes(&storage, Ok(())));
    assert!(root.join(paths::LOCK).exists());
}

#[test]
fn a_camera_whose_own_disk_is_taken_away_waits_for_it_and_no_other_does() {
    let (temp, other) = (crate::simulation::new_folder(), tempfile::tempdir_in(".").unwrap());
    let (root, at) = (temp.path(), temp.path().join("gate"));
    let disk = other.path().canonicalize().unwrap();
    std::os::unix::fs::symlink(&disk, &at).unwrap();
    let storage = open(root, all());
    assert!(storage.settled(SOON));
    let cameras = || vec!["gate".to_owned(), "door".to_owned()];
    let shared = &storage.shared;
    storage.set_known(cameras());
    assert!(eventually(|| shared.archive().apart() == ["gate"]), "two disks");
    fs::remove_file(&at).unwrap();
    fs::create_dir(&at).unwrap();
    assert!(eventually(|| shared.ready("gate") == Err(Cause::NoFolder)));
    assert_eq!(shared.ready("door"), Ok(()));
    fs::remove_dir(&at).unwrap();
    std::os::unix::fs::symlink(&disk, &at).unwrap();
    assert!(eventually(|| shared.ready("gate") == Ok(())));
    // The next start knows, where all disks must be there.
    storage.close();
    fs::remove_file(&at).unwrap();
    fs::create_dir(&at).unwrap();
    for (must_exist, ready) in [(true, Err(Cause::NoFolder)), (false, Ok(()))] {
        let storage = Storage::new(StorageSpec { must_exist, ..spec(root, all()) });
        // From the first word on.
        assert!(storage.settled(SOON));
        assert_eq!(storage.shared.ready("gate"), ready, "{must_exist}");
        assert_eq!(storage.shared.ready("door"), Ok(()));
    }
}
