//! What has the file read: that it is saved, in whatever way, a signal, and time.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use testkit::{Camsim, SECOND, SOON, StatusLine, WallFile, half_turn, rtsp};

use super::site::{SEEN, Save, config, opened, save_sound, save_wrong, start, text};

/// Two cameras and a text that differs with `number`.
fn walls(server: &Camsim) -> impl Fn(u32) -> String + use<> {
    let cameras = [("gate", server.url("cam1/sub")), ("dock", server.url("cam2/sub"))];
    move |number| {
        let named = |(id, url): &(&'static str, String)| {
            (*id, format!("{}, name: \"{id} {number}\"", rtsp(url)))
        };
        text(&cameras.each_ref().map(named), "")
    }
}

#[test]
fn a_file_is_taken_over_however_it_is_saved() {
    let _turn = half_turn();
    let mut server = Camsim::start(&["--cameras", "2"]);
    let text = walls(&server);
    let wall = WallFile::verbatim(&text(0));
    let mut camwall = start(&wall, "320x180");
    camwall.wait_for("live", SOON, StatusLine::all_live);
    assert_eq!(config(&camwall).generation, 0, "what it was started with");
    for (number, how) in (1..).zip(Save::ALL) {
        save_sound(&mut camwall, &wall, how, &text(number));
    }
    // The file itself is a link by now, and then the folder that it leads through is another.
    for folder in ["a", "b"] {
        fs::create_dir(wall.file(folder)).unwrap();
    }
    symlink("a", wall.file("now")).unwrap();
    symlink("now/site.ron", wall.file("link")).unwrap();
    fs::write(wall.file("a/site.ron"), text(10)).unwrap();
    fs::write(wall.file("b/site.ron"), text(11)).unwrap();
    let next = |camwall: &mut testkit::Camwall, what: &str, change: &dyn Fn()| {
        let generation = config(camwall).generation + 1;
        change();
        camwall.wait_for(what, SEEN, |line| line.config.generation == generation);
    };
    next(&mut camwall, "a link", &|| fs::rename(wall.file("link"), wall.path()).unwrap());
    next(&mut camwall, "a link's folder is another", &|| {
        symlink("b", wall.file("next")).unwrap();
        fs::rename(wall.file("next"), wall.file("now")).unwrap();
    });
    next(&mut camwall, "the link's target is written", &|| {
        fs::write(wall.file("b/site.ron"), text(12)).unwrap();
    });
    // The same once more is nothing new.
    let before = config(&camwall);
    fs::write(wall.file("b/site.ron"), text(12)).unwrap();
    Save::Rename.save(&wall.path(), text(12).as_bytes());
    let lines = camwall.lines().len();
    camwall.wait_until("a second", SOON, |now| now.len() >= lines + 15);
    assert_eq!(config(&camwall), before);
    for path in ["cam1/sub", "cam2/sub"] {
        assert_eq!(opened(&mut server, path), 1, "{path}: labels alone changed");
    }
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(!ended.stderr.contains("has mistakes"), "a step of an editor: {}", ended.stderr);
}

#[test]
fn a_file_that_is_wrong_or_gone_changes_nothing_until_it_is_mended() {
    let _turn = half_turn();
    let mut server = Camsim::start(&["--cameras", "2"]);
    let text = walls(&server);
    let wall = WallFile::verbatim(&text(0));
    let mut camwall = start(&wall, "320x180");
    camwall.wait_for("live", SOON, StatusLine::all_live);
    let typo = text(1).replace("cameras", "camras").replace("name", "nmae");
    let wrong = save_wrong(&mut camwall, &wall, Save::Write, typo.as_bytes());
    assert!(wrong.config.mistakes > 1, "{wrong:?}");
    assert!(wrong.all_live(), "{wrong:?}");
    save_sound(&mut camwall, &wall, Save::Rename, &text(2));
    for bytes in [&b""[..], b"(", b"(cameras: \xff)", &[b' '; 4_000_001]] {
        save_wrong(&mut camwall, &wall, Save::Write, bytes);
        save_sound(&mut camwall, &wall, Save::Write, &text(3));
        save_sound(&mut camwall, &wall, Save::Write, &text(2));
    }
    fs::remove_file(wall.path()).unwrap();
    camwall.wait_for("it is gone", SEEN, |line| line.config.mistakes == 1);
    fs::create_dir(wall.path()).unwrap();
    // One mistake as before, and only the log tells which: until it is looked at, and no longer than
    // until it is looked at without having been told.
    std::thread::sleep(6 * SECOND);
    fs::remove_dir(wall.path()).unwrap();
    save_sound(&mut camwall, &wall, Save::Write, &text(2));
    for path in ["cam1/sub", "cam2/sub"] {
        assert_eq!(opened(&mut server, path), 1, "{path}");
    }
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let says = |words: &str| assert!(ended.stderr.contains(words), "{words}: {}", ended.stderr);
    says("wall.ron:2:3: unknown field `camras`");
    says("not UTF-8 text");
    says("no such file");
    says("is a folder");
    says("is longer than 4000000 bytes");
}

/// A name of the file in another folder: what is written through it is told to nobody who watches this.
fn back_door(wall: &WallFile) -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir_in(wall.folder().parent().unwrap()).unwrap();
    let door = folder.path().join("door");
    fs::hard_link(wall.path(), &door).unwrap();
    (folder, door)
}

#[test]
fn a_signal_has_it_read_and_so_does_time() {
    let _turn = half_turn();
    let server = Camsim::start(&["--cameras", "2"]);
    let text = walls(&server);
    let wall = WallFile::verbatim(&text(0));
    let (_folder, door) = back_door(&wall);
    let mut camwall = start(&wall, "320x180");
    camwall.wait_for("live", SOON, StatusLine::all_live);
    let taken = |generation| move |line: &StatusLine| line.config.generation == generation;
    // Nothing changed: it is read, and says so.
    camwall.signal(libc::SIGHUP);
    std::thread::sleep(SECOND);
    fs::write(&door, text(1)).unwrap();
    let asked = Instant::now();
    camwall.signal(libc::SIGHUP);
    camwall.wait_for("read by the signal", SEEN, taken(1));
    let soon = asked.elapsed();
    std::thread::sleep(SECOND);
    fs::write(&door, text(2)).unwrap();
    camwall.wait_for("read without one", SEEN, taken(2));
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "a hang-up ends no wall: {ended:?}");
    assert_eq!(ended.stderr.matches("it says what it said before").count(), 1, "{}", ended.stderr);
    assert!(soon < Duration::from_millis(3500), "{soon:?} are no answer to a signal");
}

#[test]
fn a_folder_that_is_moved_away_is_found_again() {
    let _turn = half_turn();
    let server = Camsim::start(&["--cameras", "2"]);
    let text = walls(&server);
    let outer = WallFile::verbatim("");
    let site = outer.file("site");
    fs::create_dir(&site).unwrap();
    fs::write(site.join("wall.ron"), text(0)).unwrap();
    let run = testkit::Run::bare([site.join("wall.ron")]).args([
        "--headless",
        "--for",
        "150s",
        "--size",
        "320x180",
        "--status-every",
        "100ms",
    ]);
    let mut camwall = run.status_file(outer.file("status.jsonl")).start();
    camwall.wait_for("live", SOON, StatusLine::all_live);
    fs::rename(&site, outer.file("away")).unwrap();
    camwall.wait_for("it is gone", SEEN, |line| line.config.mistakes == 1);
    // What moved back is the folder that the sandbox knows.
    fs::write(outer.file("away/wall.ron"), text(1)).unwrap();
    fs::rename(outer.file("away"), &site).unwrap();
    camwall.wait_for("it is back", SEEN, |line| {
        line.config.mistakes == 0 && line.config.generation == 1
    });
    // And it is watched again.
    fs::write(site.join("wall.ron"), text(2)).unwrap();
    camwall.wait_for("saved there", SEEN, |line| line.config.generation == 2);
    assert_eq!(camwall.terminate().code, Some(0));
}
