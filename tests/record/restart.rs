//! Killed while it recorded, or while there was nothing to record: the next start finishes what was
//! left, and the ledger knows of the time in between.

use jiff::{SignedDuration, Timestamp};

use super::rig::{Rig, SHORT, fails, recorded, wait_lines};
use testkit::access_units::{Clip, assert_run, sent};
use testkit::archive::Archive;
use testkit::window::session::WindowSession;
use testkit::{Camsim, Run, SOON, WallFile, half_turn};

#[test]
fn a_restart_finishes_what_a_kill_left() {
    for container in ["Matroska", "Mp4"] {
        let _turn = half_turn();
        let rig = Rig::new(&["cam5/main"], &format!("container: {container}, {SHORT}"));
        let mut camwall = rig.record();
        rig.wait_closed(&mut camwall, "cam5", 1, SOON);
        camwall.wait_that("a file is open", SOON, || rig.archive.growing("cam5").is_some());
        camwall.wait_for("a line later", SOON, |_| true);
        let killed = Timestamp::now();
        camwall.kill();
        let left = rig.archive.parts();
        assert_eq!(left.len(), 1, "{left:?}");
        let camwall = rig.record();
        assert!(!left[0].exists() && left[0].with_extension("").exists(), "{left:?} is finished");
        assert_eq!(camwall.terminate().code, Some(0));
        rig.archive.assert_sound(&["cam5"]);
        let timeline = rig.archive.camera("cam5");
        let gap = timeline.gap("program_killed");
        assert_eq!(timeline.gaps.len(), 1, "{timeline:#?}");
        let loss = killed.duration_since(gap.start);
        assert!(loss <= SignedDuration::from_secs(1), "{loss} lost: {timeline:#?}");
        let recovered: Vec<_> = timeline.segments.iter().filter(|s| s.recovered).collect();
        assert_eq!(recovered.len(), 1, "{timeline:#?}");
        assert_eq!(recovered[0].end, gap.start);
        assert_eq!(recovered[0].video, "h264 1280x720");
        assert_eq!(recovered[0].audio.as_deref(), Some("aac 16000 Hz 1 ch"));
        // What was before the kill joins what was recovered.
        let clip = Clip::read("cam5-720.h264");
        let before = timeline.segments.iter().filter(|segment| segment.start < gap.start);
        let units: Vec<usize> =
            before.flat_map(|segment| clip.units_of(&timeline.path(segment))).collect();
        assert_run(&units, &sent(&rig.trace(), "cam5", "main", &clip));
    }
}

#[test]
fn a_kill_during_an_outage_is_known() {
    let _turn = half_turn();
    let mut rig = Rig::new(&["cam1/sub", "cam2/sub"], SHORT);
    let mut camwall = rig.record();
    rig.server.tell("drop cam1");
    camwall.wait_for("it is said", SOON, |line| fails(line, "cam1", "camera_offline"));
    camwall.kill();
    rig.server.tell("restore cam1");
    let camwall = rig.record();
    assert_eq!(camwall.terminate().code, Some(0));
    rig.archive.assert_sound(&["cam1", "cam2"]);
    let timeline = rig.archive.camera("cam1");
    // Whether anything could have been recorded is not known from the kill on; that it was not
    // before is.
    assert_eq!(timeline.causes().first(), Some(&"camera_offline"), "{timeline:#?}");
    assert!(timeline.segments.iter().all(|segment| !segment.recovered), "{timeline:#?}");
    assert_eq!(rig.archive.camera("cam2").causes(), ["program_killed"]);
}

#[test]
fn a_start_after_a_proper_end_says_so() {
    let _turn = half_turn();
    let rig = Rig::new(&["cam1/sub"], SHORT);
    for _ in 0..2 {
        assert_eq!(rig.record().terminate().code, Some(0));
    }
    rig.archive.assert_sound(&["cam1"]);
    assert_eq!(rig.archive.camera("cam1").causes(), ["program_ended"]);
}

#[test]
fn what_a_key_began_goes_on_after_a_kill_although_the_wall_file_has_nothing_about_recording() {
    // Its disk is mounted before the next start, or after it.
    for late in [false, true] {
        let _turn = half_turn();
        let server = Camsim::start(&["--cameras", "1"]);
        let wall = WallFile::new(&[("cam1", format!("main: {:?}", server.url("cam1/sub")))], "");
        let archive = Archive::at(wall.file("recordings"));
        let mut session = WindowSession::open_with(wall, &["--size", "640x360"], false);
        session.keys(&["r"]);
        session.camwall.wait_for("recorded", SOON, |line| recorded(line, "cam1"));
        session.camwall.wait_that("a file is open", SOON, || archive.growing("cam1").is_some());
        session.camwall.kill();
        let left = archive.parts();
        assert_eq!(left.len(), 1, "{left:?}");
        let (root, aside) = (archive.root(), session.wall.file("aside"));
        if late {
            std::fs::rename(root, &aside).expect("renamed");
        }
        let mut camwall = Run::offscreen_of("320x180", &session.wall).start();
        if late {
            wait_lines(&mut camwall, 3);
            assert!(!root.exists(), "nothing is made where nothing is recorded");
            std::fs::rename(&aside, root).expect("renamed");
        }
        camwall.wait_for("it goes on", SOON, |line| recorded(line, "cam1"));
        camwall.wait_that("it is finished", SOON, || !left[0].exists());
        assert_eq!(camwall.terminate().code, Some(0));
        archive.assert_sound(&["cam1"]);
        assert_eq!(archive.camera("cam1").causes(), ["program_killed"]);
    }
}
