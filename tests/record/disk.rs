//! A small disk that fills up while cameras are recorded.

use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use super::rig::{Rig, all_recorded, assert_untouched, fails};
use testkit::archive::Archive;
use testkit::{Disk, SECOND, SOON, turn};

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
