//! What the sandbox does not let through is said, and costs nothing that runs.

use std::fs;
use std::os::unix::fs::symlink;

use testkit::{Camsim, SOON, StatusLine, WallFile, half_turn, rtsp};

use super::site::{SEEN, Save, opened, save_sound, start, text};

const LOGIN: &str = "operator:secret";

#[test]
fn what_is_out_of_reach_needs_a_restart_and_what_runs_goes_on() {
    let _turn = half_turn();
    let mut server = Camsim::start(&["--cameras", "2", "--login", LOGIN]);
    let outside = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("login"), LOGIN).unwrap();
    let (gate, dock) = (rtsp(&server.url("cam1/sub")), rtsp(&server.url("cam2/sub")));
    let wall = WallFile::verbatim("");
    wall.write_login(LOGIN);
    fs::copy(wall.file("login"), wall.file("second")).unwrap();
    let of = |login: &str, name: &str, rest: &str| {
        let cameras = [
            ("gate", format!("{gate}, login: File({login:?})")),
            ("dock", format!("{dock}, login: File(\"login\"), name: {name:?}")),
        ];
        text(&cameras, rest)
    };
    fs::write(wall.path(), of("login", "Dock", "")).unwrap();
    let mut camwall = start(&wall, "320x180");
    camwall.wait_for("live", SOON, StatusLine::all_live);
    // Beside the other one: within reach, and connected with.
    let line = save_sound(&mut camwall, &wall, Save::Rename, &of("second", "Dock", ""));
    assert!(!line.config.restart, "{line:?}");
    camwall.wait_for("connected anew", SOON, StatusLine::all_live);
    assert_eq!((opened(&mut server, "cam1/sub"), opened(&mut server, "cam2/sub")), (2, 1));
    let login = outside.path().join("login");
    let elsewhere = of(login.to_str().unwrap(), "Pier", "");
    let line = save_sound(&mut camwall, &wall, Save::Rename, &elsewhere);
    assert!(line.config.restart && line.all_live(), "{line:?}");
    // Mended; and what a new start would change is not changed.
    let line = save_sound(&mut camwall, &wall, Save::Rename, &of("second", "Pier", ""));
    assert!(!line.config.restart, "{line:?}");
    for rest in ["sandbox: Off", "recording: (dir: \"elsewhere\")"] {
        let line = save_sound(&mut camwall, &wall, Save::Write, &of("second", "Pier", rest));
        assert!(line.config.restart && line.all_live(), "{rest}: {line:?}");
    }
    let line = save_sound(&mut camwall, &wall, Save::Write, &of("second", "Pier", ""));
    assert!(!line.config.restart, "{line:?}");
    // The file itself is elsewhere by now.
    fs::write(outside.path().join("wall.ron"), of("login", "Pier", "")).unwrap();
    symlink(outside.path().join("wall.ron"), wall.file("link")).unwrap();
    fs::rename(wall.file("link"), wall.path()).unwrap();
    camwall.wait_for("out of reach", SEEN, |line| line.config.restart && line.all_live());
    assert_eq!((opened(&mut server, "cam1/sub"), opened(&mut server, "cam2/sub")), (2, 1));
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let says = |words: &str| assert!(ended.stderr.contains(words), "{words}: {}", ended.stderr);
    let path = login.display();
    says(&format!("RESTART NEEDED: camera gate: the login: {path} is out of the sandbox's reach"));
    says("RESTART NEEDED: the sandbox can't be entered or left");
    says("RESTART NEEDED: the recordings stay in the folder that they are in");
    let path = outside.path().join("wall.ron");
    says(&format!("RESTART NEEDED: the wall file: {}", path.display()));
}

#[test]
fn without_a_sandbox_everything_is_within_reach() {
    let _turn = half_turn();
    let mut server = Camsim::start(&["--cameras", "1", "--login", LOGIN]);
    let outside = tempfile::tempdir().expect("a folder");
    let login = outside.path().join("login");
    fs::write(&login, LOGIN).unwrap();
    let gate = rtsp(&server.url("cam1/sub"));
    let of =
        |login: &str| text(&[("gate", format!("{gate}, login: File({login:?})"))], "sandbox: Off");
    let wall = WallFile::verbatim(&of("login"));
    wall.write_login(LOGIN);
    let mut camwall = start(&wall, "320x180");
    camwall.wait_for("live", SOON, StatusLine::all_live);
    let line = save_sound(&mut camwall, &wall, Save::Rename, &of(login.to_str().unwrap()));
    assert!(!line.config.restart, "{line:?}");
    camwall.wait_for("live again", SOON, StatusLine::all_live);
    assert_eq!(opened(&mut server, "cam1/sub"), 2);
    assert_eq!(camwall.terminate().code, Some(0));
}
