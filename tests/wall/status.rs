//! The status lines and the table: what others' scripts rely on.

use std::time::Duration;

use testkit::{Run, SOON, StatusLine, WallFile, half_turn, media::clip, rtsp, turn};

/// A file that plays, and a camera that is not there: every field has its value, and its absence.
fn wall() -> WallFile {
    let wall = WallFile::new(
        &[("gate", rtsp("gate.mp4")), ("yard", rtsp("rtsp://127.0.0.1:1/x"))],
        "overlay: (clock: false)",
    );
    clip(&wall.file("gate.mp4"), 50);
    wall
}

#[test]
fn one_line_a_second_on_standard_output() {
    let _turn = turn();
    let wall = wall();
    let args = ["--headless", "--size", "640x360", "--for", "4s", "--status", "-"];
    let ended = Run::bare([wall.path()]).args(args).finish(SOON);
    assert_eq!(ended.code, Some(0));
    // Nothing else is on standard output, and every line holds exactly the promised keys.
    let lines: Vec<StatusLine> = ended.stdout.lines().map(StatusLine::parse).collect();
    assert!(ended.stdout.ends_with('\n'));
    assert!((3..=4).contains(&lines.len()), "{} lines in 4 s", lines.len());
    // Each has a second of its own: one that is late does not make the next one late.
    let seconds: Vec<u64> = lines.iter().map(|line| line.t as u64).collect();
    assert!(seconds[0] >= 1 && seconds.windows(2).all(|pair| pair[0] < pair[1]), "{seconds:?}");
    let ids = |line: &StatusLine| line.cameras.iter().map(|c| c.id.clone()).collect::<Vec<_>>();
    assert!(lines.iter().all(|line| ids(line) == ["gate", "yard"]), "in the order of the file");
    let last = lines.last().expect("lines");
    let (gate, yard) = (last.camera("gate"), last.camera("yard"));
    assert!(gate.is_live() && gate.frame_age_ms.is_some_and(|age| age < 1000), "{last:#?}");
    assert_eq!((gate.codec.as_deref(), gate.width, gate.height), (Some("h264"), 640, 360));
    assert_eq!((yard.state.as_str(), yard.codec.as_ref()), ("offline", None));
    assert_eq!((yard.width, yard.frame_age_ms, yard.bitrate_kbps), (0, None, 0));
    // Nobody asked for a recording: none is made, and none is missing.
    for camera in [gate, yard] {
        assert_eq!((camera.recording, camera.record_fault.as_deref()), (false, None));
    }
}

#[test]
fn a_file_has_each_line_at_once() {
    let _turn = half_turn();
    let wall = wall();
    let mut camwall = Run::offscreen(&wall).start();
    // `wait_for` reads the file while it is written, and refuses unknown and missing keys.
    let first = camwall.wait_for("live", SOON, |line| line.camera("gate").is_live());
    let second = camwall.wait_for("another line", SOON, |line| line.t > first.t);
    assert!(second.t - first.t < 5.0, "{first:#?} {second:#?}");
    assert_eq!(camwall.terminate().stdout, "");
}

#[test]
fn a_table_at_the_end() {
    let _turn = half_turn();
    let wall = wall();
    let args = ["--headless", "--size", "320x180", "--table", "--for", "3s"];
    let ended = Run::bare([wall.path()]).args(args).finish(SOON + Duration::from_secs(3));
    assert_eq!(ended.code, Some(0));
    assert!(ended.stdout.ends_with("1 of 2 cameras live\n"), "{}", ended.stdout);
    let row = |id: &str| ended.stdout.lines().find(|line| line.starts_with(id)).expect("a row");
    assert!(row("gate").contains("live") && row("gate").contains("640x360"), "{}", ended.stdout);
    assert!(row("yard").contains("offline"), "{}", ended.stdout);
    assert!(row("camera").ends_with(" rec") && row("gate").ends_with(" -"), "{}", ended.stdout);
    // Not into a terminal: no escape sequences.
    assert!(!ended.stdout.contains('\u{1b}'), "{}", ended.stdout);
}
