//! In a real window: a key has the file read, what the operator looks at stays, and what is wrong with the
//! file is to be seen until it is mended.

use std::fs;

use image::RgbImage;
use testkit::window::screen::{SIZE, keep};
use testkit::window::session::{BARE, WindowSession, patterns};
use testkit::{SECOND, half_turn};

use super::site::{SEEN, Save, save_sound, save_wrong};

#[test]
fn a_key_has_the_file_read_and_what_is_looked_at_stays() {
    let _turn = half_turn();
    let wall = patterns(BARE);
    let text = fs::read_to_string(wall.path()).unwrap();
    // Nobody who watches the folder is told of what is written through another name.
    let folder = tempfile::tempdir_in(wall.folder().parent().unwrap()).unwrap();
    let door = folder.path().join("door");
    fs::hard_link(wall.path(), &door).unwrap();
    let mut session = WindowSession::open(wall);
    session.until_all("six patterns");
    session.keys(&["Right", "Return"]);
    session.until_alone("the second is full-screen", 2);
    std::thread::sleep(SECOND);
    // The first camera goes, and with it its tiles: all numbers are others.
    let lines = text.lines().filter(|line| !line.starts_with("\"cam1\": "));
    let without: String = lines.map(|line| format!("{line}\n")).collect();
    let large = r#"(camera: "cam1", column: 0, row: 0, width: 2, height: 2),"#;
    let without = without.replace(large, "").replace("\"cam1\"", "\"\"");
    fs::write(&door, without).unwrap();
    session.keys(&["ctrl+r"]);
    session.camwall.wait_for("read by the key", 4 * SECOND, |line| line.config.generation == 1);
    session.until_alone("the second still is", 2);
    session.keys(&["Escape"]);
    session.until_tiles("the others in their places", &testkit::window::session::all()[1..]);
    session.until_selected("the second is selected", 2);
    session.keys(&["Return"]);
    session.until_alone("and opens", 2);
}

/// How many rows of pixels the red strip has along the upper edge: beside its letters, left and right.
fn strip(shot: &RgbImage) -> u32 {
    let red = |x: u32, y: u32| {
        let [red, green, blue] = shot.get_pixel(x, y).0;
        red.abs_diff(199) < 6 && green.abs_diff(5) < 6 && blue.abs_diff(18) < 6
    };
    let rows = (0..shot.height()).take_while(|y| red(3, *y) && red(u32::from(SIZE.0) - 4, *y));
    rows.count() as u32
}

/// Waits until the strip is as high as wanted, in rows of pixels.
fn until_strip(session: &WindowSession, what: &str, wanted: impl Fn(u32) -> bool) -> u32 {
    let shot = session.until_shot(what, |shot| {
        let rows = strip(shot);
        if wanted(rows) { Ok(()) } else { Err(format!("{rows} rows are red")) }
    });
    keep(&shot, &format!("strip {what}"));
    strip(&shot)
}

#[test]
fn what_is_wrong_with_the_file_stands_in_the_window_until_it_is_mended() {
    let _turn = half_turn();
    let wall = patterns(BARE);
    let sound = fs::read_to_string(wall.path()).unwrap();
    let mut session = WindowSession::open(wall);
    session.until_all("six patterns");
    assert_eq!(strip(&session.screen.shot()), 0);
    let wrong = sound.replacen("\"cam6\"]", "\"cam9\"]", 1);
    assert_ne!(wrong, sound);
    let (camwall, wall) = (&mut session.camwall, &session.wall);
    save_wrong(camwall, wall, Save::Rename, wrong.as_bytes());
    let whole = until_strip(&session, "the mistake", |rows| rows > 40);
    session.keys(&["Escape"]);
    let folded = until_strip(&session, "folded", |rows| rows > 0 && rows < whole);
    assert!((20..=40).contains(&folded), "{folded} rows are a line of letters");
    save_sound(&mut session.camwall, &session.wall, Save::Rename, &sound);
    until_strip(&session, "mended", |rows| rows == 0);
    session.until_all("six patterns, and nothing over them");
    // What needs a restart stands there the same way, and is not folded because another was.
    let out_of_reach = sound.replacen(BARE, &format!("{BARE} sandbox: Off,"), 1);
    assert_ne!(out_of_reach, sound);
    Save::Write.save(&session.wall.path(), out_of_reach.as_bytes());
    session.camwall.wait_for("it needs a restart", SEEN, |line| line.config.restart);
    until_strip(&session, "restart needed", |rows| rows > 40);
    save_sound(&mut session.camwall, &session.wall, Save::Write, &sound);
    until_strip(&session, "as it was", |rows| rows == 0);
}
