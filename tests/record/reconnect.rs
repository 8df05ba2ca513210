//! Cameras that fail while they are recorded: each time is a gap with its cause, and a new file
//! after it.

use super::rig::{Rig, SHORT, fails, recorded};
use testkit::access_units::Clip;
use testkit::{
    Camsim, Camwall, SOON, WallFile, archive::Archive, half_turn, probed_file::ProbedFile,
};

#[test]
fn a_lost_camera_is_a_gap() {
    let _turn = half_turn();
    let mut rig = Rig::new(&["cam2/sub", "cam3/sub"], SHORT);
    let mut camwall = rig.record();
    rig.server.tell("drop cam2");
    let line = camwall.wait_for("it is said", SOON, |line| fails(line, "cam2", "camera_offline"));
    assert!(recorded(&line, "cam3"), "{line:#?}");
    rig.server.tell("restore cam2");
    camwall.wait_for("recorded again", SOON, |line| recorded(line, "cam2"));
    assert_eq!(camwall.terminate().code, Some(0));
    rig.archive.assert_sound(&["cam2", "cam3"]);
    let timeline = rig.archive.camera("cam2");
    assert!(timeline.gap("camera_offline").seconds() > 0.5, "{timeline:#?}");
    assert_eq!(timeline.gaps.len(), 1, "{timeline:#?}");
    assert_eq!(rig.archive.camera("cam3").gaps, []);
}

#[test]
fn a_frozen_camera_is_a_gap() {
    let _turn = half_turn();
    let mut rig = Rig::new(&["cam3/sub"], SHORT);
    let mut camwall = rig.record();
    rig.server.tell("freeze cam3");
    camwall.wait_for("it is said", SOON, |line| fails(line, "cam3", "camera_stalled"));
    rig.server.tell("thaw cam3");
    camwall.wait_for("recorded again", SOON, |line| recorded(line, "cam3"));
    assert_eq!(camwall.terminate().code, Some(0));
    rig.archive.assert_sound(&["cam3"]);
    let timeline = rig.archive.camera("cam3");
    assert!(timeline.gap("camera_stalled").seconds() > 1.5, "{timeline:#?}");
    assert_eq!(timeline.gaps.len(), 1, "{timeline:#?}");
    // Each file is what came in one go.
    for path in timeline.films() {
        ProbedFile::read(&path).assert_even();
    }
}

#[test]
fn a_refused_login_is_a_gap() {
    let _turn = half_turn();
    let mut server = Camsim::start(&["--login", "viewer:right"]);
    let fields =
        format!(r#"main: {:?}, login: File("login.txt"), record: Always"#, server.url("cam1/sub"));
    let wall = WallFile::new(&[("cam1", fields)], &format!(r#"recording: (dir: "rec", {SHORT})"#));
    std::fs::write(wall.file("login.txt"), "viewer:right\n").expect("written");
    let archive = Archive::of(&wall);
    let mut camwall = testkit::Run::offscreen_of("320x180", &wall).start();
    camwall.wait_for("recorded", SOON, |line| recorded(line, "cam1"));
    server.tell("login viewer:other");
    server.tell("drop cam1");
    server.tell("restore cam1");
    camwall.wait_for("it is said", SOON, |line| fails(line, "cam1", "login_refused"));
    camwall.wait_that("the ledger is done with the outage before it", SOON, || {
        archive.camera("cam1").causes() == ["camera_offline"]
    });
    assert_eq!(camwall.terminate().code, Some(0));
    // A wall that runs on asks once a minute; the next start does so at once.
    server.tell("login viewer:right");
    let mut camwall = testkit::Run::offscreen_of("320x180", &wall).start();
    camwall.wait_for("recorded again", SOON, |line| recorded(line, "cam1"));
    assert_eq!(camwall.terminate().code, Some(0));
    archive.assert_sound(&["cam1"]);
    let timeline = archive.camera("cam1");
    assert!(timeline.gap("login_refused").seconds() > 1.0, "{timeline:#?}");
    let others = ["login_refused", "camera_offline", "program_ended"];
    assert!(timeline.causes().iter().all(|cause| others.contains(cause)), "{timeline:#?}");
}

#[test]
fn another_size_is_another_file() {
    let _turn = half_turn();
    let mut rig = Rig::new(
        &["cam5/main", "cam8/main"],
        r#"segment: "1h", pre_roll: "0s", keep: (free: "50MB")"#,
    );
    let mut camwall: Camwall = rig.record();
    for camera in ["cam5", "cam8"] {
        rig.server.tell(&format!("resize {camera}"));
        rig.wait_closed(&mut camwall, camera, 1, SOON);
    }
    camwall.wait_for("two lines later", SOON, |_| true);
    camwall.wait_for("two lines later", SOON, |_| true);
    assert_eq!(camwall.terminate().code, Some(0));
    rig.archive.assert_sound(&["cam5", "cam8"]);
    for (camera, codec, clips) in [
        ("cam5", "h264", ["cam5-720.h264", "cam1-1080.h264"]),
        ("cam8", "h265", ["cam8-720.h265", "cam7-1080.h265"]),
    ] {
        let timeline = rig.archive.camera(camera);
        assert_eq!(timeline.gaps, [], "the camera never stopped");
        let sizes: Vec<&str> = timeline.segments.iter().map(|s| s.video.as_str()).collect();
        assert_eq!(sizes, [format!("{codec} 1280x720"), format!("{codec} 1920x1080")]);
        // The one goes on where the other has ended.
        let units: Vec<Vec<usize>> = timeline
            .films()
            .iter()
            .zip(clips)
            .map(|(path, clip)| Clip::read(clip).units_of(path))
            .collect();
        let (last, first) = (units[0][units[0].len() - 1], units[1][0]);
        assert_eq!((last + 1) % 100, first, "nothing is missing between the two");
    }
}
