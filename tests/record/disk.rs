//! A small disk that fills up while cameras are recorded.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::rig::{Rig, all_recorded, assert_untouched, fails, recorded, wait_lines};
use testkit::archive::Archive;
use testkit::{Disk, SECOND, SOON, half_turn, turn};

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

    let (stop, foreign) = (AtomicBool::new(false), archive.root().join("foreign.bin"));
    let fault = |line: &_| CAMERAS.iter().all(|camera| fails(line, camera, "disk_full"));
    let filled = camwall.lines().len();
    std::thread::scope(|scope| {
        let filling = scope.spawn(|| fill(&foreign, &stop));
        let trial = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..4 {
                camwall.wait_for("it is said, and stays said", 2 * SOON, fault);
            }
        }));
        stop.store(true, Ordering::Relaxed);
        filling.join().expect("the disk is filled");
        trial.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
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
