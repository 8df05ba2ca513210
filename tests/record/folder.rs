//! Folders that are taken away, or were never there to be written to: the picture goes on, the
//! cause is said, and recording resumes by itself.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::names::as_anybody;
use super::rig::{Rig, SHORT, assert_untouched, fails, recorded, wait_lines};
use testkit::archive::Archive;
use testkit::{Camwall, Disk, SOON, turn};

/// How long recording may take to resume: it is tried again every few seconds.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(15);

fn rig() -> Rig {
    Rig::new(&["cam1/sub"], SHORT)
}

/// Waits for the fault, mends what is wrong, and waits until the camera is recorded again.
fn survives(camwall: &mut Camwall, cause: &str, mend: impl FnOnce()) {
    camwall.wait_for("it is said", SOON, |line| fails(line, "cam1", cause));
    mend();
    camwall.wait_for("recorded again", AGAIN, |line| recorded(line, "cam1"));
}

fn permit(folder: &Path, mode: u32) {
    std::fs::set_permissions(folder, PermissionsExt::from_mode(mode)).expect("it is ours");
}

#[test]
fn a_deleted_folder_is_made_again() {
    let _turn = turn();
    let rig = rig();
    let mut camwall = rig.record();
    let from = camwall.lines().len();
    let root = rig.archive.root();
    // Away, and no way to make it again.
    let aside = rig.wall.file("aside");
    std::fs::rename(root, &aside).expect("renamed");
    std::fs::write(root, "in the way").expect("written");
    std::fs::remove_dir_all(&aside).expect("removed");
    survives(&mut camwall, "no_folder", || std::fs::remove_file(root).expect("removed"));
    // Away, and nothing in the way: it may be made again before anybody notices.
    std::fs::remove_dir_all(root).expect("removed");
    camwall.wait_that("it is there again", AGAIN, || rig.archive.growing("cam1").is_some());
    camwall.wait_for("recorded again", AGAIN, |line| recorded(line, "cam1"));
    assert_untouched(&camwall.lines()[from..], "cam1");
    assert_eq!(camwall.terminate().code, Some(0));
    rig.archive.assert_sound(&["cam1"]);
}

#[test]
fn a_folder_without_permission_is_waited_for() {
    let _turn = turn();
    let rig = rig();
    let mut camwall = rig.started(as_anybody(rig.run()));
    rig.wait_closed(&mut camwall, "cam1", 1, SOON);
    let from = camwall.lines().len();
    camwall.wait_that("a file is open", SOON, || rig.archive.growing("cam1").is_some());
    let open = rig.archive.growing("cam1").expect("it is only begun");
    let day = open.parent().expect("a folder");
    permit(day, 0o555);
    survives(&mut camwall, "no_folder", || permit(day, 0o755));
    assert_untouched(&camwall.lines()[from..], "cam1");
    assert_eq!(camwall.terminate().code, Some(0));
    rig.archive.assert_sound(&["cam1"]);
    let timeline = rig.archive.camera("cam1");
    assert!(timeline.gap("no_folder").seconds() > 1.0, "{timeline:#?}");
    assert_eq!(timeline.gaps.len(), 1, "{timeline:#?}");
}

#[test]
fn a_read_only_disk_is_waited_for() {
    let _turn = turn();
    let rig = rig();
    let disk = Disk::mount("60M", rig.archive.root());
    disk.remount("ro");
    let mut camwall = disk.give_to(rig.run()).start();
    survives(&mut camwall, "disk_read_only", || disk.remount("rw"));
    let lines = camwall.lines();
    let live: Vec<_> = lines.into_iter().skip_while(|line| !line.all_live()).skip(1).collect();
    assert_untouched(&live, "cam1");
    assert_eq!(camwall.terminate().code, Some(0));
    Archive::on(&disk).assert_sound(&["cam1"]);
}

#[test]
fn a_ledger_that_cannot_be_read_at_a_start_leaves_no_hole() {
    let _turn = turn();
    let rig = rig();
    let mut camwall = rig.record();
    rig.wait_closed(&mut camwall, "cam1", 1, SOON);
    camwall.kill();
    let ledgers = rig.archive.files_of("jsonl");
    let refuse = |mode| ledgers.iter().for_each(|ledger| permit(ledger, mode));
    refuse(0o000);
    let mut camwall = rig.started(as_anybody(rig.run()));
    wait_lines(&mut camwall, 5);
    let left = rig.archive.parts();
    assert!(left.len() >= 2, "not taken up, and recorded: {left:?}");
    refuse(0o644);
    camwall.wait_that("it is finished", SOON, || !left[0].exists());
    assert_eq!(camwall.terminate().code, Some(0));
    rig.archive.assert_sound(&["cam1"]);
    assert_eq!(rig.archive.camera("cam1").causes(), ["program_killed"]);
}
