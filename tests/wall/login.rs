//! Logins: right ones get in, wrong ones are refused soon, and no password is ever told.

use testkit::{Camsim, Run, SOON, WallFile, half_turn, rtsp};

/// Begins all passwords here; what camwall says never holds it.
const CANARY: &str = "k4nari";

/// A wall with the right password by variable and by file, a wrong one, and none.
fn logs_in_with(auth: &str) {
    let _turn = half_turn();
    let right = format!("operator:{CANARY}:right &%41");
    let server = Camsim::start(&["--cameras", "4", "--login", &right, "--auth", auth]);
    let camera = |id: &str, n: usize, login: &str| {
        (id.to_owned(), format!("{}{login}", rtsp(&server.url(&format!("cam{n}/sub")))))
    };
    let in_url = format!("rtsp://operator:{CANARY}-url@127.0.0.1:{}/cam4/sub", server.port);
    let wall = WallFile::new(
        &[
            camera("variable", 1, r#", login: Env("CAMWALL_TEST_RIGHT")"#),
            camera("file", 2, r#", login: File("right.txt")"#),
            camera("wrong", 3, r#", login: Env("CAMWALL_TEST_WRONG")"#),
            camera("none", 4, ""),
            ("url".to_owned(), rtsp(&in_url)),
        ],
        "",
    );
    // Beside the wall file, which is not where camwall runs.
    std::fs::write(wall.file("right.txt"), format!("{right}\nnot this line\n")).expect("written");
    let run = Run::offscreen(&wall)
        .env("CAMWALL_TEST_RIGHT", &right)
        .env("CAMWALL_TEST_WRONG", format!("operator:{CANARY}-wrong"))
        .env("RUST_LOG", "debug");
    let mut camwall = run.start();
    let refused = ["wrong", "none", "url"];
    let line = camwall.wait_for("two live, three refused", SOON, |line| {
        ["variable", "file"].iter().all(|id| line.camera(id).is_live())
            && refused.iter().all(|id| line.is(id, "auth_failed"))
    });
    assert!(line.t < 10.0, "soon: {line:#?}");
    for id in refused {
        assert_eq!((line.camera(id).codec.as_ref(), line.camera(id).width), (None, 0));
    }
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0));
    let status = std::fs::read_to_string(wall.file("status.jsonl")).expect("status lines");
    assert!(ended.stderr.contains("login"), "the log says what is wrong:\n{}", ended.stderr);
    for (what, text) in
        [("stdout", &ended.stdout), ("the log", &ended.stderr), ("the status", &status)]
    {
        assert!(!text.contains(CANARY), "a password in {what}:\n{text}");
    }
}

#[test]
fn digest() {
    logs_in_with("digest");
}

#[test]
fn basic() {
    logs_in_with("basic");
}
