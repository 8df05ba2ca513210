//! Where recordings go: mistakes are said by `check`, and nothing lands outside the folder.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::rig::{Rig, SHORT};
use testkit::archive::DIR;
use testkit::{Disk, Ended, Run, SOON, WallFile, half_turn, rtsp};

/// A wall that records a camera of this id, which is not there, into `dir`.
fn wall(id: &str, dir: &str) -> WallFile {
    let camera = format!("{}, record: Always", rtsp("rtsp://127.0.0.1:1/x"));
    WallFile::new(&[(id, camera)], &format!("recording: (dir: {dir:?}, {SHORT})"))
}

fn check(wall: &WallFile) -> Run {
    Run::bare(["check"]).args([wall.path()])
}

/// Root may write anywhere; this takes that right away, as from everybody else.
pub fn as_anybody(run: Run) -> Run {
    run.through(&["setpriv", "--bounding-set=-dac_override,-dac_read_search"])
}

/// Everything below a folder.
fn listing(folder: &Path) -> Vec<PathBuf> {
    let entries = WalkDir::new(folder).sort_by_file_name().into_iter().flatten();
    entries.map(walkdir::DirEntry::into_path).collect()
}

fn assert_refused(ended: &Ended, words: &[&str]) {
    assert_eq!(ended.code, Some(3), "{ended:?}");
    for word in words {
        assert!(ended.stderr.contains(word), "not {word}: {}", ended.stderr);
    }
}

#[test]
fn check_refuses_a_folder_that_is_a_file() {
    for dir in [DIR, "rec/below"] {
        let wall = wall("gate", dir);
        std::fs::write(wall.file(DIR), "not a folder").expect("written");
        let before = listing(wall.folder());
        assert_refused(&check(&wall).finish(SOON), &["wall.ron:", "is no folder", DIR]);
        assert_eq!(listing(wall.folder()), before);
    }
}

#[test]
fn check_refuses_a_folder_without_permission() {
    for dir in [DIR, "rec/below/it"] {
        let wall = wall("gate", dir);
        let folder = wall.file(DIR);
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::set_permissions(&folder, PermissionsExt::from_mode(0o555)).expect("it is ours");
        let before = listing(wall.folder());
        let ended = as_anybody(check(&wall)).finish(SOON);
        assert_refused(&ended, &["wall.ron:", "no permission", DIR]);
        assert_eq!(listing(wall.folder()), before);
    }
}

#[test]
fn check_refuses_a_read_only_disk() {
    let wall = wall("gate", DIR);
    let disk = Disk::mount("1M", &wall.file(DIR));
    disk.remount("ro");
    assert_refused(&disk.give_to(check(&wall)).finish(SOON), &["wall.ron:", "read-only", DIR]);
    disk.remount("rw");
    assert_eq!(disk.give_to(check(&wall)).finish(SOON).code, Some(0));
}

#[test]
fn check_refuses_ids_that_lead_elsewhere() {
    for id in ["../x", "a/b", "..", ".", "/etc", "a\\b"] {
        let wall = wall(id, DIR);
        let before = listing(wall.folder());
        assert_refused(&check(&wall).finish(SOON), &["wall.ron:3:", "camera id", "folder"]);
        assert_eq!(listing(wall.folder()), before);
        // Nor does the wall start.
        let ended = Run::offscreen(&wall).finish(SOON);
        assert_eq!(ended.code, Some(3), "{ended:?}");
        assert_eq!(listing(wall.folder()), before);
    }
}

#[test]
fn check_leaves_no_trace_of_a_folder_that_is_fine() {
    for dir in [DIR, "rec/below/it"] {
        let wall = wall("gate", dir);
        let before = listing(wall.folder());
        let ended = check(&wall).finish(SOON);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(listing(wall.folder()), before);
    }
}

#[test]
fn odd_ids_stay_in_the_folder() {
    let _turn = half_turn();
    let cameras = [
        ("Küche Süd", "cam1/sub"),
        ("x y", "cam2/sub"),
        ("a:b*?", "cam3/sub"),
        ("...", "cam4/sub"),
        ("-rf", "cam5/sub"),
    ];
    let rig = Rig::named(&cameras, "record: Always", SHORT, "");
    let before = listing(rig.wall.folder());
    let camwall = rig.record();
    assert_eq!(camwall.terminate().code, Some(0));
    let outside = |path: &PathBuf| !path.starts_with(rig.archive.root());
    let mut after: Vec<PathBuf> = listing(rig.wall.folder()).into_iter().filter(outside).collect();
    after.retain(|path| !path.ends_with("status.jsonl"));
    assert_eq!(after, before, "nothing is outside the folder");
    let entries = std::fs::read_dir(rig.archive.root()).expect("a folder").flatten();
    let names = entries.map(|entry| entry.file_name().into_string().expect("UTF-8"));
    let mut folders: Vec<String> = names.filter(|name| !name.starts_with(".camwall.")).collect();
    folders.sort();
    assert_eq!(folders.len(), cameras.len(), "{folders:?}");
    for plain in ["Küche Süd", "x y"] {
        assert!(folders.iter().any(|folder| folder == plain), "{folders:?}");
    }
    let folders: Vec<&str> = folders.iter().map(String::as_str).collect();
    rig.archive.assert_sound(&folders);
}
