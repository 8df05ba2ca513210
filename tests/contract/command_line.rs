//! Help and exit codes.

use testkit::{Run, SOON, WallFile, rtsp};

#[test]
fn help_is_as_it_was() {
    for (name, args) in [
        ("help", vec!["--help"]),
        ("help_check", vec!["check", "--help"]),
        ("help_recordings", vec!["recordings", "--help"]),
    ] {
        let ended = Run::bare(args).finish(SOON);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
        insta::assert_snapshot!(name, ended.stdout);
    }
}

#[test]
fn exit_codes_are_as_they_were() {
    let wall = WallFile::new(&[("gate", rtsp("rtsp://127.0.0.1:1/x"))], "");
    let wrong = WallFile::verbatim("(cameras: {})");
    let empty = tempfile::tempdir().expect("a folder");
    let text = |path: &std::path::Path| path.to_str().expect("a plain path").to_owned();
    let (wall, wrong, empty) = (text(&wall.path()), text(&wrong.path()), text(empty.path()));
    let cases = [
        "--version",
        "--no-such-option",
        "WALL --size large",
        "WALL --table --status -",
        "check WALL --headless",
        "WALL --headless --for 1s --size 64x64",
        "WALL",
        "WALL --headless --layout nowhere",
        "WALL --headless --status /nonexistent/status.jsonl",
        "WALL --headless --snapshot /nonexistent/wall.png",
        "WRONG --headless",
        "/nonexistent/wall.ron --headless",
        "check WALL",
        "check WRONG",
        "check WALL --probe",
        "recordings EMPTY",
        "recordings EMPTY --verify",
        "recordings EMPTY --camera gate",
        "recordings /nonexistent",
        "recordings",
    ];
    let lines: Vec<String> = cases
        .iter()
        .map(|case| {
            let args = case.split(' ').map(|word| match word {
                "WALL" => wall.as_str(),
                "WRONG" => wrong.as_str(),
                "EMPTY" => empty.as_str(),
                word => word,
            });
            let ended = Run::bare(args).finish(2 * SOON);
            format!("{:?} camwall {case}", ended.code.expect("an exit code"))
        })
        .collect();
    insta::assert_snapshot!("exit_codes", lines.join("\n"));
}
