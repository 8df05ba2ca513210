//! Power cuts on a real file system: what was on the disk at some moment is all that a start finds.
//!
//! What the kernel had not written by then is lost, and its journal is replayed. Which writes a disk may
//! have lost or torn beyond that is played through in simulated time, from the recorder's own calls.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::rig::{Rig, all_recorded};
use testkit::archive::{Archive, DIR};
use testkit::{Camwall, Ext4, SOON, Snapshot, WallFile, half_turn};

const CAMERAS: [&str; 2] = ["cam1", "cam5"];

/// How many cuts.
const CUTS: usize = 6;

/// The most that a cut costs.
const LOSS: SignedDuration = SignedDuration::from_secs(1);

/// Cuts at a random moment: nothing is written while what is on the disk is copied.
fn cut(camwall: &Camwall, ext4: &Ext4, rng: &mut fastrand::Rng) -> (Timestamp, Snapshot) {
    // Not a wait for anything: files turn every two seconds, and are synced more often.
    std::thread::sleep(Duration::from_secs_f64(0.2 + 1.8 * rng.f64()));
    camwall.signal(libc::SIGSTOP);
    let at = Timestamp::now();
    let snapshot = ext4.snapshot();
    camwall.signal(libc::SIGCONT);
    (at, snapshot)
}

/// Starts on what a cut left, and checks that little is lost.
fn survives(rig: &Rig, (at, snapshot): (Timestamp, Snapshot)) {
    let wall = WallFile::verbatim("");
    std::fs::copy(rig.wall.path(), wall.path()).expect("a wall file");
    let ext4 = snapshot.mount(&wall.file(DIR));
    let archive = Archive::on(ext4.disk());
    let run = testkit::Run::offscreen_of("320x180", &wall);
    let mut camwall = ext4.disk().give_to(run).start();
    camwall.wait_for("all cameras are recorded", SOON, all_recorded);
    camwall.wait_that("what was left is finished", SOON, || {
        CAMERAS.iter().all(|camera| archive.camera(camera).causes() == ["program_killed"])
    });
    assert_eq!(camwall.terminate().code, Some(0));
    archive.assert_sound(&CAMERAS);
    for camera in CAMERAS {
        let timeline = archive.camera(camera);
        let lost = at.duration_since(timeline.gap("program_killed").start);
        assert!(lost <= LOSS, "{camera}, cut at {at}: {lost} lost: {timeline:#?}");
    }
}

#[test]
fn a_power_cut_costs_less_than_a_second() {
    let _turn = half_turn();
    let seed = fastrand::u64(..);
    eprintln!("seed {seed}");
    let recording = r#"segment: "2s", pre_roll: "0s", keep: (free: "5MB")"#;
    let rig = Rig::new(&["cam1/sub", "cam5/sub"], recording);
    let ext4 = Ext4::mount(64, &[], rig.archive.root(), false);
    let mut camwall = rig.started(ext4.disk().give_to(rig.run()));
    camwall.wait_for("a line later", SOON, all_recorded);
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut cuts: Vec<_> = (0..CUTS).map(|_| cut(&camwall, &ext4, &mut rng)).collect();
    assert_eq!(camwall.terminate().code, Some(0));
    while !cuts.is_empty() {
        std::thread::scope(|scope| {
            for cut in cuts.split_off(cuts.len().saturating_sub(2)) {
                scope.spawn(|| survives(&rig, cut));
            }
        });
    }
}
