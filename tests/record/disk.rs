//! A small disk that fills up while cameras are recorded.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::rig::{Rig, all_recorded, assert_untouched, fails, recorded, wait_lines};
use testkit::archive::Archive;
use testkit::{Camwall, Disk, Ext4, Fault, Faults, SECOND, SOON, half_turn, turn};

const CAMERAS: [&str; 2] = ["cam1", "cam4"];

/// Takes all room there is, and all that comes free, until told to stop.
fn fill(path: &Path, stop: &AtomicBool) {
    let mut file = std::fs::File::create(path).expect("a file");
    let bytes = [0x55; 1 << 16];
    while !stop.load(Ordering::Relaxed) {
        // The disk is full: there may be room again later.
        if file.write(&bytes).is_err() {
            std::thread::sleep(SECOND / 50);
        }
    }
}

/// Has `work` done by a thread while the wall goes on, until `trial` is over.
fn beside<T>(work: impl Fn(&AtomicBool) + Sync, trial: impl FnOnce() -> T) -> T {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let working = scope.spawn(|| work(&stop));
        let tried = std::panic::catch_unwind(std::panic::AssertUnwindSafe(trial));
        stop.store(true, Ordering::Relaxed);
        working.join().expect("it is done");
        tried.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[test]
fn a_full_disk_is_waited_for() {
    let _turn = turn();
    let rig = Rig::new(
        &["cam1/main", "cam4/main"],
        r#"segment: "2s", pre_roll: "0s", memory: "8MB", keep: (per_camera: "1MB", free: "2MB")"#,
    );
    let disk = Disk::mount("10M", rig.archive.root());
    let archive = Archive::on(&disk);
    let mut camwall = rig.started(disk.give_to(rig.run()));
    let began = camwall.lines().len();
    camwall.wait_that("the oldest go", 3 * SOON, || {
        CAMERAS.iter().all(|camera| archive.camera(camera).removed().len() >= 2)
    });
    assert!(camwall.lines()[began..].iter().all(all_recorded), "retention stops nobody");

    let foreign = archive.root().join("foreign.bin");
    let fault = |line: &_| CAMERAS.iter().all(|camera| fails(line, camera, "disk_full"));
    let filled = camwall.lines().len();
    let trial = || {
        for _ in 0..4 {
            camwall.wait_for("it is said, and stays said", 2 * SOON, fault);
        }
    };
    beside(|stop| fill(&foreign, stop), trial);
    let last = camwall.lines().pop().expect("lines");
    assert!(fault(&last), "still no room: {last:#?}");
    std::fs::remove_file(&foreign).expect("the foreign file was left alone");
    camwall.wait_for("recorded again by itself", 10 * SECOND, all_recorded);
    let lines = camwall.lines();
    for camera in CAMERAS {
        assert_untouched(&lines[began..], camera);
        let seconds = lines[filled..].iter().filter(|line| fails(line, camera, "disk_full"));
        assert!(seconds.count() >= 4, "{camera}: a full disk is said to be full");
    }
    assert_eq!(camwall.terminate().code, Some(0));
    archive.assert_sound(&CAMERAS);
    for camera in CAMERAS {
        let timeline = archive.camera(camera);
        let full = timeline.gaps.iter().filter(|gap| gap.cause == "disk_full");
        let seconds: f64 = full.map(|gap| gap.seconds()).sum();
        assert!(seconds > 2.0, "{seconds} s: {:#?}", timeline.gaps);
    }
}

#[test]
fn a_full_disk_of_one_camera_costs_the_others_nothing() {
    let _turn = half_turn();
    let rig = Rig::new(
        &["cam1/sub", "cam4/main"],
        r#"segment: "2s", pre_roll: "0s", memory: "8MB", keep: (free: "1MB")"#,
    );
    let disk = Disk::mount("2M", &rig.archive.root().join("cam4"));
    // Nothing that could be removed would make enough room.
    let foreign = disk.seen_from_outside().join("foreign.bin");
    std::fs::write(&foreign, vec![0x55; 1_900_000]).expect("written");
    let mut camwall = disk.give_to(rig.run()).start();
    camwall.wait_for("recorded", SOON, |line| recorded(line, "cam1"));
    rig.wait_closed(&mut camwall, "cam1", 3, SOON);
    camwall.wait_for("it is said", SOON, |line| fails(line, "cam4", "disk_full"));
    let from = camwall.lines().len();
    // Room is looked for every five seconds.
    wait_lines(&mut camwall, 12);
    assert!(camwall.lines()[from..].iter().all(|line| recorded(line, "cam1")), "it records on");
    assert_eq!(rig.archive.camera("cam1").removed(), Vec::<String>::new());
    std::fs::remove_file(&foreign).expect("it is ours");
    camwall.wait_for("recorded again", SOON, |line| recorded(line, "cam4"));
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(rig.archive.camera("cam1").removed(), Vec::<String>::new());
    rig.archive.camera("cam1").assert_exact();
}

#[test]
fn less_than_keep_free_at_the_start_is_no_reason_not_to_record() {
    let _turn = half_turn();
    let fields = r#"segment: "2s", pre_roll: "0s", keep: (free: "60MB")"#;
    let rig = Rig::new(&["cam1/sub"], fields);
    let disk = Disk::mount("40M", rig.archive.root());
    let archive = Archive::on(&disk);
    let mut camwall = rig.started(disk.give_to(rig.run()));
    let from = camwall.lines().len();
    // The oldest go meanwhile, until there is no older one.
    camwall.wait_that("the oldest go", SOON, || archive.camera("cam1").removed().len() >= 2);
    assert!(camwall.lines()[from..].iter().all(all_recorded), "recorded all the time");
    assert_eq!(camwall.terminate().code, Some(0));
    archive.assert_sound(&["cam1"]);
}

/// Two cameras, `cam4` on a disk of its own, after some files of each.
fn two_disks(disk: &Disk, rig: &Rig, faults: Option<&Faults>) -> (Archive, Camwall) {
    let archive = Archive::above(disk, rig.archive.root());
    let run = faults.map_or(rig.run(), |faults| faults.given_to(rig.run()));
    let mut camwall = rig.started(disk.give_to(run));
    camwall.wait_that("some files of each", 2 * SOON, || {
        CAMERAS.iter().all(|camera| archive.camera(camera).segments.len() >= 6)
    });
    (archive, camwall)
}

/// Waits until `cam4` can't be recorded, and for so long then that a fourth file would have gone; only
/// files of `cam4` do, and its disk alone is called full. What of `cam4` is unfinished then.
fn assert_three_in_vain(archive: &Archive, camwall: &mut Camwall) -> Vec<PathBuf> {
    let from = camwall.lines().len();
    camwall.wait_for("it is said", SOON, |line| fails(line, "cam4", "disk_full"));
    camwall
        .wait_that("three are removed", 2 * SOON, || archive.camera("cam4").removed().len() >= 3);
    // Room is looked for every five seconds.
    wait_lines(camwall, 20);
    assert_eq!(archive.camera("cam4").removed().len(), 3, "no more are removed in vain");
    assert_eq!(archive.camera("cam1").removed(), Vec::<String>::new(), "it is not on that disk");
    let lines = camwall.lines();
    assert!(lines[from..].iter().all(|line| recorded(line, "cam1")), "it records on");
    assert!(fails(&lines[lines.len() - 1], "cam4", "disk_full"), "{:#?}", lines.last());
    let is_of = |path: &PathBuf| path.components().any(|part| part.as_os_str() == "cam4");
    archive.parts().into_iter().filter(is_of).collect()
}

/// Waits until both are recorded and what was `left` is finished, ends the wall, and checks that all is as
/// it should be; its log.
fn assert_survived(archive: &Archive, mut camwall: Camwall, left: &[PathBuf]) -> String {
    camwall.wait_for("recorded again by itself", 2 * SOON, all_recorded);
    // What was tried in vain for a while is tried once a minute.
    let finished = || left.iter().all(|path| !path.exists());
    camwall.wait_that("what was left is finished", 6 * SOON, finished);
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    archive.assert_sound(&CAMERAS);
    let timeline = archive.camera("cam4");
    assert!(timeline.causes().iter().all(|cause| *cause == "disk_full"), "{timeline:#?}");
    assert!(!timeline.gaps.is_empty(), "{timeline:#?}");
    assert_eq!(archive.camera("cam1").gaps, []);
    ended.stderr
}

#[test]
fn a_disk_without_inodes_costs_three_files_of_its_own_and_no_second() {
    let _turn = half_turn();
    let rig = Rig::new(
        &["cam1/sub", "cam4/sub"],
        r#"segment: "2s", pre_roll: "0s", keep: (free: "1MB")"#,
    );
    let ext4 = Ext4::mount(32, &["-N", "128"], &rig.archive.root().join("cam4"), false);
    let (archive, mut camwall) = two_disks(ext4.disk(), &rig, None);
    // Somebody takes all inodes that there are, and each that comes free.
    let foreign = ext4.disk().seen_from_outside().join("foreign");
    std::fs::create_dir(&foreign).expect("a folder");
    let take = |stop: &AtomicBool| {
        let mut next = 0;
        while !stop.load(Ordering::Relaxed) {
            match std::fs::File::create_new(foreign.join(next.to_string())) {
                Ok(_) => next += 1,
                // There may be another later.
                Err(_) => std::thread::sleep(SECOND / 1000),
            }
        }
    };
    // What is still open elsewhere brings no inode when it is removed, not for a moment either.
    let timeline = archive.camera("cam4");
    let opened =
        timeline.segments.iter().map(|segment| std::fs::File::open(timeline.path(segment)));
    let held: Vec<_> = opened.collect::<Result<_, _>>().expect("they are there");
    let from = camwall.lines().len();
    let open = beside(take, || {
        camwall.wait_that("three are removed", 2 * SOON, || {
            archive.camera("cam4").removed().len() >= 3
        });
        // Files are two seconds long, and it is looked each second.
        wait_lines(&mut camwall, 20);
        archive.growing("cam4").expect("it is open")
    });
    assert_eq!(archive.camera("cam4").removed().len(), 3, "no more are removed in vain");
    assert_eq!(archive.camera("cam1").removed(), Vec::<String>::new(), "it is not on that disk");
    assert!(camwall.lines()[from..].iter().all(all_recorded), "what is open is gone on with");
    drop(held);
    std::fs::remove_dir_all(&foreign).expect("what is foreign was left alone");
    camwall.wait_that("the next is begun", SOON, || !open.exists());
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    archive.assert_sound(&CAMERAS);
    CAMERAS.iter().for_each(|camera| assert_eq!(archive.camera(camera).gaps, []));
    let log = ended.stderr;
    let said = log.matches("inodes are free, and removing old segments brings no more").count();
    assert_eq!(said, 1, "{log}");
}

#[test]
fn a_quota_costs_three_files_of_its_disk_and_none_of_another() {
    let _turn = half_turn();
    let rig = Rig::new(
        &["cam1/sub", "cam4/sub"],
        r#"segment: "2s", pre_roll: "0s", keep: (free: "1MB")"#,
    );
    let disk = Disk::mount("32M", &rig.archive.root().join("cam4"));
    let faults = Faults::build();
    let (archive, mut camwall) = two_disks(&disk, &rig, Some(&faults));
    faults.begin(Fault::Quota);
    let left = assert_three_in_vain(&archive, &mut camwall);
    faults.end(Fault::Quota);
    let log = assert_survived(&archive, camwall, &left);
    let said = log.matches("fails for want of room").count();
    assert_eq!(said, 1, "{log}");
}
