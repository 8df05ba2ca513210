//! `camwall import`: the lists of others become a wall that the installed program opens.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use testkit::{Camsim, Ended, Run, SOON, half_turn};

/// In every password here.
const CANARY: &str = "k4nari";

fn import(folder: &Path, list: &str, output: &str) -> Ended {
    Run::bare(["import", list, "--output", output]).in_folder(folder).finish(SOON)
}

#[test]
fn lists_become_walls_that_open() {
    let _turn = half_turn();
    let login = format!("operator:{CANARY}");
    let server = Camsim::start(&["--cameras", "2", "--login", &login]);
    let url = |path: &str| server.url(path).replace("rtsp://", &format!("rtsp://{login}@"));
    let (one, two) = (url("cam1/sub"), url("cam2/sub"));
    let presets = format!(
        r#"[{{\"size\":{{\"width\":2,\"height\":1}},\"items\":[{{\"url\":\"{one}\"}},{{\"url\":\"{two}\"}}]}}]"#
    );
    for (name, text) in [
        ("cameras.csv", format!("Name;URL\nGate;{one}\nYard;{two}\n")),
        ("list", format!("#EXTM3U\n#EXTINF:-1,Gate\n{one}\n#EXTINF:-1,Yard\n{two}\n")),
        ("cctv-viewer.conf", format!("[ViewportsLayoutsCollection]\nmodels=\"{presets}\"\n")),
        (
            "monitor1.yml",
            format!(
                "essentials:\n  screens:\n  - streams:\n    - url: '{one}'\n    - url: '{two}'\n"
            ),
        ),
    ] {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path();
        fs::write(folder.join(name), text).unwrap();
        let ended = import(folder, name, "site.ron");
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{name}: {ended:?}");
        assert!(ended.stdout.contains("site.ron: written, 2 cameras, 1 layout\n"), "{ended:?}");
        let text = fs::read_to_string(folder.join("site.ron")).unwrap();
        assert!(!text.contains(CANARY) && !ended.stdout.contains(CANARY), "{name}: {text}");
        let logins: Vec<_> = fs::read_dir(folder.join("logins")).unwrap().flatten().collect();
        let mode = logins[0].metadata().unwrap().mode() & 0o777;
        assert_eq!((logins.len(), mode), (1, 0o600), "{name}");
        let checked =
            Run::bare(["check", "site.ron", "--probe"]).in_folder(folder).finish(2 * SOON);
        assert_eq!((checked.code, checked.stderr.as_str()), (Some(0), ""), "{name}: {checked:?}");
        // Once more: what is there stays.
        let again = import(folder, name, "site.ron");
        assert_eq!(again.code, Some(1), "{again:?}");
        assert!(again.stderr.contains("nothing is overwritten"), "{again:?}");
        assert_eq!(fs::read_to_string(folder.join("site.ron")).unwrap(), text);
    }
}

#[test]
fn what_is_not_taken_over_is_told_without_a_password() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path();
    let list = format!(
        "Gate,rtsp://op:{CANARY}@127.0.0.1/1\nBad,rtsp://op:{CANARY}/x@127.0.0.1/2\nNo,sftp://{CANARY}@h\n"
    );
    fs::write(folder.join("list.csv"), list).unwrap();
    let ended = import(folder, "list.csv", "wall.ron");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    for line in [
        "list.csv: line 2: left out: it can't be told",
        "list.csv: line 3: left out: unknown scheme",
    ] {
        assert!(ended.stderr.contains(line), "no {line} in {}", ended.stderr);
    }
    let said = format!("{}{}", ended.stdout, ended.stderr);
    assert!(!said.contains(CANARY), "{said}");
    for (text, code, why) in [
        ("nothing", 3, "no list of cameras"),
        ("Gate,sftp://h\n", 3, "no camera in it"),
        ("#EXTM3U\n#EXT-X-VERSION:3\n", 3, "HLS"),
    ] {
        fs::write(folder.join("other"), text).unwrap();
        let ended = import(folder, "other", "other.ron");
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.stderr.contains(why), "{ended:?}");
        assert!(!folder.join("other.ron").exists());
    }
    let ended = import(folder, "missing", "other.ron");
    assert_eq!(ended.code, Some(3), "{ended:?}");
}

#[test]
fn monitors_become_walls_and_their_screens_a_tour() {
    let temp = tempfile::tempdir().unwrap();
    let folder = temp.path();
    let screen = |number: usize| format!("  - streams: [{{url: 'rtsp://127.0.0.1/{number}'}}]\n");
    let monitor = |screens: &[usize]| {
        let screens: String = screens.iter().map(|number| screen(*number)).collect();
        format!("essentials:\n  screens:\n{screens}")
    };
    fs::write(folder.join("monitor1.yml"), monitor(&[1, 2])).unwrap();
    fs::write(folder.join("monitor2.yml"), monitor(&[2, 3])).unwrap();
    let run = |args: &[&str]| Run::bare(args.iter().copied()).in_folder(folder).finish(SOON);
    let ended = run(&["import", "monitor1.yml", "monitor2.yml", "--output", "site.ron"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    let written = "site.ron: written, 3 cameras, 4 layouts, 2 tours, 2 walls";
    assert!(ended.stdout.contains(written), "{ended:?}");
    let checked = run(&["check", "site.ron"]);
    assert_eq!((checked.code, checked.stderr.as_str()), (Some(0), ""), "{checked:?}");
    let found = "site.ron: 3 cameras, 4 layouts, 2 tours, 2 walls, no mistakes";
    assert!(checked.stdout.contains(found), "{checked:?}");
    fs::write(folder.join("list.csv"), "rtsp://h/1\n").unwrap();
    let mixed = run(&["import", "monitor1.yml", "list.csv", "--output", "other.ron"]);
    assert_eq!(mixed.code, Some(3), "{mixed:?}");
    assert!(mixed.stderr.starts_with("list.csv: several lists"), "{mixed:?}");
}
