//! Recording by key in a real window, and what is recorded of cameras that are not shown, or not
//! so.

use std::path::PathBuf;

use image::RgbImage;
use jiff::{SignedDuration, Timestamp};

use super::rig::{Rig, SHORT, all_recorded, fails, recorded, wait_lines};
use testkit::access_units::{Clip, assert_run, sent};
use testkit::archive::{Archive, DIR};
use testkit::window::session::{WindowSession, until};
use testkit::{Camsim, SECOND, SOON, StatusLine, WallFile, half_turn};

const SMALL: [&str; 2] = ["--size", "640x360"];

/// Pre-roll of ten seconds.
const ROLLING: &str = r#"segment: "1h", pre_roll: "10s", keep: (free: "50MB")"#;

fn is_off(line: &StatusLine) -> bool {
    line.cameras.iter().all(|camera| !camera.recording && camera.record_fault.is_none())
}

#[test]
fn r_records_what_just_happened_until_r() {
    let _turn = half_turn();
    let rig = Rig::named(&[("cam1", "cam1/main")], "", ROLLING, "");
    let (archive, trace) = (rig.archive.clone(), rig.trace());
    let Rig { wall, server: _server, folder: _folder, .. } = rig;
    let mut session = WindowSession::open_with(wall, &SMALL, false);
    wait_lines(&mut session.camwall, 5);
    let line = session.camwall.lines().pop().expect("lines");
    assert!(is_off(&line), "nothing is recorded before somebody says so: {line:#?}");
    let pressed = Timestamp::now();
    session.keys(&["r"]);
    session.camwall.wait_for("recorded", SOON, |line| recorded(line, "cam1"));
    wait_lines(&mut session.camwall, 1);
    session.keys(&["r"]);
    session.camwall.wait_that("the file is closed", 5 * SECOND, || {
        archive.parts().is_empty() && archive.camera("cam1").segments.len() == 1
    });
    session.camwall.wait_for("no longer recorded", SOON, is_off);
    // A second time, so soon that the pre-roll reaches back to the first.
    session.keys(&["r"]);
    session.camwall.wait_for("recorded again", SOON, |line| recorded(line, "cam1"));
    assert_eq!(session.camwall.terminate().code, Some(0));
    archive.assert_sound(&["cam1"]);
    let timeline = archive.camera("cam1");
    let before = pressed.duration_since(timeline.segments[0].start);
    assert!(before >= SignedDuration::from_secs(2), "began only {before} before the key");
    assert!(timeline.causes().iter().all(|cause| *cause == "stopped_by_hand"), "{timeline:#?}");
    let clip = Clip::read("cam1-1080.h264");
    let sent = sent(&trace, "cam1", "main", &clip);
    timeline.films().iter().for_each(|path| assert_run(&clip.units_of(path), &sent));
}

#[test]
fn what_a_key_ended_is_a_gap_until_it_begins_again() {
    let _turn = half_turn();
    let rig = Rig::new(&["cam1/sub"], SHORT);
    let archive = rig.archive.clone();
    let Rig { wall, server: _server, .. } = rig;
    let mut session = WindowSession::open_with(wall, &SMALL, false);
    session.camwall.wait_for("recorded", SOON, all_recorded);
    session.keys(&["r"]);
    session.camwall.wait_for("it is said", SOON, |line| fails(line, "cam1", "stopped_by_hand"));
    wait_lines(&mut session.camwall, 2);
    session.keys(&["r"]);
    session.camwall.wait_for("recorded again", SOON, all_recorded);
    assert_eq!(session.camwall.terminate().code, Some(0));
    archive.assert_sound(&["cam1"]);
    let timeline = archive.camera("cam1");
    assert_eq!(timeline.causes(), ["stopped_by_hand"], "{timeline:#?}");
    assert!(timeline.gap("stopped_by_hand").seconds() > 1.0, "{timeline:#?}");
}

#[test]
fn shift_r_records_all_and_k_keeps() {
    let _turn = half_turn();
    let cameras = [("cam1", "cam1/sub"), ("cam2", "cam2/sub"), ("cam3", "cam3/sub")];
    let rig = Rig::named(&cameras, "", ROLLING, "");
    let archive = rig.archive.clone();
    let Rig { wall, server: _server, .. } = rig;
    let mut session = WindowSession::open_with(wall, &SMALL, false);
    session.keys(&["shift+r"]);
    session.camwall.wait_for("all are recorded", SOON, all_recorded);
    session.keys(&["Right", "k"]);
    session.camwall.wait_that("it is kept", SOON, || !archive.camera("cam2").kept().is_empty());
    session.keys(&["shift+r"]);
    session.camwall.wait_for("none is recorded", SOON, is_off);
    session.camwall.wait_that("all are closed", 5 * SECOND, || archive.parts().is_empty());
    assert_eq!(session.camwall.terminate().code, Some(0));
    archive.assert_sound(&["cam1", "cam2", "cam3"]);
    let timeline = archive.camera("cam2");
    assert_eq!(timeline.kept(), [timeline.segments[0].file.clone()]);
    for other in ["cam1", "cam3"] {
        assert_eq!(archive.camera(other).kept(), Vec::<String>::new());
    }
}

#[test]
fn k_keeps_all_that_is_recorded_until_k() {
    let _turn = half_turn();
    let rig = Rig::new(&["cam1/sub"], SHORT);
    let archive = rig.archive.clone();
    let Rig { wall, server: _server, .. } = rig;
    let mut session = WindowSession::open_with(wall, &SMALL, false);
    session.camwall.wait_for("recorded", SOON, all_recorded);
    let closed = |count: usize| archive.camera("cam1").segments.len() >= count;
    session.camwall.wait_that("files before", SOON, || closed(2));
    let begun = Timestamp::now();
    session.keys(&["k"]);
    let before = archive.camera("cam1").segments.len();
    // Over three rotations.
    session.camwall.wait_that("files meanwhile", SOON, || closed(before + 3));
    let ended = Timestamp::now();
    session.keys(&["k"]);
    session.camwall.wait_that("files behind", SOON, || closed(before + 6));
    assert_eq!(session.camwall.terminate().code, Some(0));
    archive.assert_sound(&["cam1"]);
    let timeline = archive.camera("cam1");
    let kept = timeline.kept();
    for segment in &timeline.segments {
        // A key takes a moment to arrive, and soon after a file turned it is meant for the one before,
        // too.
        let moment = SignedDuration::from_millis(500);
        let within = segment.end > begun + moment && segment.start < ended;
        let before = segment.end + SignedDuration::from_millis(1500) < begun;
        let outside = before || segment.start > ended + moment;
        let is_kept = kept.contains(&segment.file);
        assert!(is_kept || !within, "{segment:#?} is not kept: {timeline:#?}");
        assert!(!is_kept || !outside, "{segment:#?} is kept: {timeline:#?}");
    }
}

/// A wall of two cameras of which the first layout has one, and the second, which is shown first,
/// both.
fn two_layouts(server: &Camsim, fields: &str) -> WallFile {
    let camera = |id: &'static str| {
        let [main, sub] = ["main", "sub"].map(|kind| server.url(&format!("{id}/{kind}")));
        (id, format!("main: {main:?}, sub: {sub:?}, {fields}"))
    };
    let rest = format!(
        r#"recording: (dir: {DIR:?}, {SHORT}), show: "two", layouts: {{
            "one": Grid(cameras: ["cam1"]), "two": Grid(cameras: ["cam2", "cam1"]),
        }}, overlay: (name: false, state: false, clock: false)"#
    );
    WallFile::new(&[camera("cam1"), camera("cam2")], &rest)
}

#[test]
fn what_is_shown_does_not_matter() {
    let _turn = half_turn();
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("sent");
    let trace_arg = trace.to_str().expect("a plain path");
    let server = Camsim::start(&["--cameras", "2", "--trace-sent", trace_arg]);
    let wall = two_layouts(&server, "record: Always");
    let archive = Archive::of(&wall);
    let mut session = WindowSession::open_with(wall, &SMALL, false);
    session.camwall.wait_for("all are recorded", SOON, all_recorded);
    let line = session.camwall.lines().pop().expect("lines");
    assert_eq!(line.camera("cam1").stream, "sub", "{line:#?}");
    // Hidden, alone, in a layout again, hidden again.
    for keys in [&["F1"][..], &["2", "Return"], &["F2"], &["F1"]] {
        session.keys(keys);
        wait_lines(&mut session.camwall, 2);
    }
    let lines = session.camwall.lines();
    let since = lines.iter().skip_while(|line| !all_recorded(line));
    assert!(since.clone().all(all_recorded), "recorded throughout: {lines:#?}");
    assert_eq!(session.camwall.terminate().code, Some(0));
    archive.assert_sound(&["cam1", "cam2"]);
    for (camera, name) in [("cam1", "cam1-1080.h264"), ("cam2", "cam2-1080.h264")] {
        let timeline = archive.camera(camera);
        assert_eq!(timeline.gaps, []);
        let clip = Clip::read(name);
        let units: Vec<usize> =
            timeline.films().iter().flat_map(|path| clip.units_of(path)).collect();
        assert_run(&units, &sent(&trace, camera, "main", &clip));
    }
}

#[test]
fn s_saves_the_picture_as_the_camera_sent_it() {
    let _turn = half_turn();
    let server = Camsim::start(&["--cameras", "2"]);
    let wall = two_layouts(&server, "");
    let archive = Archive::of(&wall);
    let session = WindowSession::open_with(wall, &SMALL, false);
    session.keys(&["Home", "s"]);
    let of = |camera: &str| -> Result<PathBuf, Vec<PathBuf>> {
        let files = archive.files_of("png");
        let found = files.iter().find(|path| path.starts_with(archive.root().join(camera)));
        found.cloned().ok_or(files)
    };
    let second = until("a picture of the selected camera", SOON, || of("cam2"));
    session.keys(&["End", "s"]);
    let first = until("a picture of the other camera", SOON, || of("cam1"));
    for (camera, path) in [("cam1", &first), ("cam2", &second)] {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let time = name.strip_prefix(&format!("{camera}_")).and_then(|n| n.strip_suffix("Z.png"));
        let time = time.unwrap_or_else(|| panic!("camera and time: {name}"));
        jiff::civil::DateTime::strptime("%Y-%m-%dT%H-%M-%S", time).expect("a time");
        let picture = image::open(path).expect("a picture").to_rgb8();
        assert_eq!(picture.dimensions(), (1920, 1080), "{name}");
        assert!(barcode(&picture).is_some_and(|frame| frame < 100), "{name}: no frame of a clip");
    }
    // Nobody asked for more than a picture.
    assert_eq!(session.camwall.terminate().code, Some(0));
    assert_eq!((archive.files_of("mkv").len(), archive.parts().len()), (0, 0));
}

/// The frame's number in the clip (tests/clips/NOTES.md).
fn barcode(picture: &RgbImage) -> Option<u32> {
    let cell = picture.width() / 40;
    let light = |at: u32| picture.get_pixel(at * cell + cell / 2, cell / 2).0[1];
    let middle = (u32::from(light(0)) + u32::from(light(1))) / 2;
    let sound = light(0) > 200 && light(1) < 60;
    let bit = |at: u32| u32::from(u32::from(light(at)) > middle);
    sound.then(|| (2..18).fold(0, |bits, at| bits << 1 | bit(at)))
}
