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

/// As on X: what the wall showed last would stay there.
#[test]
fn a_wall_whose_compositor_hangs_ends_itself() {
    let _turn = half_turn();
    let session = open();
    session.until_all("six patterns");
    let held = session.screen.hold();
    let start = Instant::now();
    let ended = session.camwall.finish(40 * SECOND);
    let took = start.elapsed();
    drop(held);
    assert_eq!(ended.code, Some(6), "{}", ended.stderr);
    assert!(took > 9 * SECOND, "it took {took:?}");
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
