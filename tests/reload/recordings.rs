//! What is recorded while the file changes: nothing is lost, and who goes leaves a finished file.

use testkit::access_units::{Clip, assert_run, sent};
use testkit::archive::Archive;
use testkit::{Camsim, SECOND, SOON, WallFile, half_turn, rtsp};

use super::site::{Save, save_sound, start, text};

#[test]
fn a_camera_that_goes_leaves_a_finished_file_and_comes_back_to_it() {
    let _turn = half_turn();
    let server = Camsim::start(&["--cameras", "2"]);
    let camera = |path: &str| format!("{}, record: Always", rtsp(&server.url(path)));
    let (gate, dock) = (camera("cam1/sub"), camera("cam2/sub"));
    let rest = r#"recording: (dir: "video", pre_roll: "0s", keep: (free: "20MB"))"#;
    let both = text(&[("gate", gate.clone()), ("dock", dock.clone())], rest);
    let wall = WallFile::verbatim(&both);
    let archive = Archive::at(wall.file("video"));
    let mut camwall = start(&wall, "320x180");
    let recorded = |line: &testkit::StatusLine| line.cameras.iter().all(|it| it.recording);
    camwall.wait_for("recorded", SOON, recorded);
    std::thread::sleep(2 * SECOND);
    assert_eq!(archive.camera("gate").segments.len(), 0, "still the first file");
    save_sound(&mut camwall, &wall, Save::Rename, &text(&[("dock", dock)], rest));
    camwall.wait_that("its file is finished", SOON, || {
        archive.camera("gate").segments.len() == 1
            && !archive.parts().iter().any(|part| part.to_string_lossy().contains("gate"))
    });
    // It comes back at once, under the same id and with the same ledger.
    save_sound(&mut camwall, &wall, Save::Rename, &both);
    camwall.wait_for("recorded again", SOON, |line| line.cameras.len() == 2 && recorded(line));
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    archive.assert_sound(&["gate", "dock"]);
    assert_eq!(archive.camera("gate").segments.len(), 2);
    assert_eq!(archive.camera("dock").segments.len(), 1, "nothing happened to it");
}

#[test]
fn a_camera_that_goes_and_comes_in_one_breath_is_recorded_by_one_thread() {
    let _turn = half_turn();
    let server = Camsim::start(&["--cameras", "2"]);
    let camera = |path: &str| format!("{}, record: Always", rtsp(&server.url(path)));
    let (gate, dock) = (camera("cam1/sub"), camera("cam2/sub"));
    let rest = r#"recording: (dir: "video", pre_roll: "2s", keep: (free: "20MB"))"#;
    let both = text(&[("gate", gate.clone()), ("dock", dock.clone())], rest);
    let wall = WallFile::verbatim(&both);
    let archive = Archive::at(wall.file("video"));
    let mut camwall = start(&wall, "320x180");
    let recorded = |line: &testkit::StatusLine| line.cameras.iter().all(|it| it.recording);
    camwall.wait_for("recorded", SOON, recorded);
    for _ in 0..5 {
        save_sound(&mut camwall, &wall, Save::Write, &text(&[("dock", dock.clone())], rest));
        save_sound(&mut camwall, &wall, Save::Write, &both);
    }
    camwall.wait_for("recorded again", SOON, |line| line.cameras.len() == 2 && recorded(line));
    let threads = camwall.threads();
    assert_eq!(threads.matches("gate.record").count(), 1, "{threads}");
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    archive.assert_sound(&["gate", "dock"]);
}

#[test]
fn other_words_for_recordings_count_from_the_next_file_on_and_lose_nothing() {
    let _turn = half_turn();
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("sent");
    let server = Camsim::start(&["--cameras", "10", "--trace-sent", trace.to_str().unwrap()]);
    let gate = format!("{}, record: Always", rtsp(&server.url("cam10/main")));
    let of = |name: &str, recording: &str| {
        let rest = format!("recording: (dir: \"video\", keep: (free: \"20MB\"), {recording})");
        text(&[("cam10", format!("{gate}, name: {name:?}"))], &rest)
    };
    let wall = WallFile::verbatim(&of("Gate", r#"segment: "1h", pre_roll: "0s""#));
    let archive = Archive::at(wall.file("video"));
    let mut camwall = start(&wall, "320x180");
    camwall.wait_for("recorded", SOON, |line| line.camera("cam10").recording);
    std::thread::sleep(3 * SECOND);
    // The file that is open ends when the new length says so.
    for (name, recording, files) in [
        ("Gate", r#"segment: "4s", pre_roll: "0s""#, 2),
        ("Door", r#"segment: "4s", pre_roll: "0s", container: Mp4, memory: "32MB""#, 4),
        ("Door", r#"segment: "2s", pre_roll: "3s", segment_size: "2GB""#, 7),
    ] {
        save_sound(&mut camwall, &wall, Save::Write, &of(name, recording));
        camwall.wait_that("files of the new length", 3 * SOON, || {
            archive.camera("cam10").segments.len() >= files
        });
    }
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    archive.assert_sound(&["cam10"]);
    let timeline = archive.camera("cam10");
    assert_eq!(timeline.gaps, [], "nothing is missing");
    let clip = Clip::read("cam10-360.h264");
    let units: Vec<usize> = timeline
        .segments
        .iter()
        .flat_map(|segment| clip.units_of(&timeline.path(segment)))
        .collect();
    assert_run(&units, &sent(&trace, "cam10", "main", &clip));
    let ends: Vec<&str> =
        timeline.segments.iter().filter_map(|it| it.file.rsplit('.').next()).collect();
    assert_eq!(ends.first(), Some(&"mkv"));
    assert!(ends.contains(&"mp4") && ends.last() == Some(&"mkv"), "{ends:?}");
}
