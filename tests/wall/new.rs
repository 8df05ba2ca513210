//! `camwall new`: questions to the installed program, in front of real cameras.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use testkit::{Camsim, Ended, Run, SOON, half_turn};

/// In every password here.
const CANARY: &str = "k4nari";

fn new(folder: &Path, answers: &str) -> Ended {
    Run::bare(["new"]).in_folder(folder).finish_with(answers, 2 * SOON)
}

fn mode(path: &Path) -> u32 {
    path.metadata().unwrap().mode() & 0o777
}

#[test]
fn answers_become_a_wall_that_opens() {
    let _turn = half_turn();
    let folder = tempfile::tempdir().unwrap();
    let login = format!("operator:{CANARY} 1");
    let (server, open) = (Camsim::start(&["--login", &login]), Camsim::start(&[]));
    let answers = [
        &server.url("cam1/main"),
        &open.url("cam1/main"),
        "",
        // Who wants a login is asked for it, once wrongly.
        "operator",
        "wrong",
        "operator",
        &login[9..],
        "Main gate",
        &server.url("cam1/sub"),
        "Yard",
        "",
        "1",
        "key",
        "video",
    ];
    let ended = new(folder.path(), &answers.map(|answer| format!("{answer}\n")).concat());
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("wall.ron: written, 2 cameras, 1 layout\n"), "{ended:?}");
    assert!(ended.stderr.contains("the login is refused"), "{ended:?}");
    assert!(ended.stderr.contains("h264"), "{ended:?}");
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!said.contains(CANARY) && !said.contains("wrong"), "{said}");
    let wall = folder.path().join("wall.ron");
    let text = fs::read_to_string(&wall).unwrap();
    assert!(!text.contains(CANARY), "{text}");
    for line in ["// A wall of camwall", "name: \"Main gate\"", "File(\"logins/", "dir: \"video\""]
    {
        assert!(text.contains(line), "no {line} in {text}");
    }
    assert_eq!(mode(&folder.path().join("logins")), 0o700);
    let logins: Vec<_> = fs::read_dir(folder.path().join("logins")).unwrap().flatten().collect();
    assert_eq!((logins.len(), mode(&logins[0].path())), (1, 0o600));
    let checked = Run::bare(["check", "--probe"]).args([&wall]).finish(2 * SOON);
    assert_eq!((checked.code, checked.stderr.as_str()), (Some(0), ""), "{checked:?}");
    assert!(checked.stdout.contains("accepted"), "{checked:?}");
}

#[test]
fn a_wall_that_is_there_stays_and_half_an_answer_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let ended = new(folder.path(), "rtsp://127.0.0.1:1/x\n\n");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("nothing is written"), "{ended:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let wall = folder.path().join("wall.ron");
    fs::write(&wall, "mine").unwrap();
    let ended = new(folder.path(), "");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("nothing is overwritten"), "{ended:?}");
    assert!(!ended.stderr.contains("Camera 1"), "before the first question: {ended:?}");
    assert_eq!(fs::read_to_string(&wall).unwrap(), "mine");
}
