//! How the wall ends with its window and its compositor, and where there is none.

use std::time::Instant;

use testkit::window::session::{BARE, WindowSession, patterns};
use testkit::window::sway::Sway;
use testkit::{Run, SECOND, SOON, StatusLine, half_turn};

fn open() -> WindowSession<Sway> {
    let wall = (patterns(BARE), &[][..]);
    WindowSession::open_windows(Sway::start_with(1), 1, wall, |run| run, StatusLine::all_live)
}

#[test]
fn closing_the_window_ends_the_wall() {
    let _turn = half_turn();
    let session = open();
    session.screen.close();
    let ended = session.camwall.finish(3 * SECOND);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn the_end_of_the_compositor_ends_the_wall() {
    let _turn = half_turn();
    let mut session = open();
    session.screen.die();
    let start = Instant::now();
    let ended = session.camwall.finish(10 * SECOND);
    assert!(start.elapsed() < 10 * SECOND);
    assert_ne!(ended.code, Some(0), "a wall without a display has failed");
    assert!(!ended.stderr.contains("core dumped"), "{}", ended.stderr);
}

/// A compositor that hangs takes no pictures and asks for none: that is no reason to end, the wall is
/// there again when it goes on.
#[test]
fn a_compositor_that_hangs_for_a_while_finds_the_wall_alive() {
    let _turn = half_turn();
    let mut session = open();
    let before = session.camwall.lines().last().expect("lines").t;
    let held = session.screen.hold();
    session.camwall.wait_for("a while", SOON, |line| line.t > before + 5.0);
    drop(held);
    session.keys(&["2", "Return"]);
    session.until_alone("a key acts", 2);
    assert_eq!(session.camwall.terminate().code, Some(0));
}

#[test]
fn a_compositor_that_does_not_answer_is_named() {
    let _turn = half_turn();
    let wall = patterns(BARE);
    let folder = wall.folder().to_owned();
    let run = || {
        let run = Run::bare([wall.path()]).env("XDG_RUNTIME_DIR", &folder);
        run.env("WAYLAND_DISPLAY", "wayland-7")
    };
    let ended = run().finish(SOON);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    assert!(ended.stderr.contains("the Wayland display wayland-7"), "{}", ended.stderr);
    let ended = run().args(["--headless=auto", "--for", "1s"]).finish(SOON);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("rendering the wall offscreen"), "{}", ended.stderr);
}
