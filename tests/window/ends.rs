//! How the wall ends when its window does.

use std::time::{Duration, Instant};

use testkit::window::screen::Screen;
use testkit::window::session::{BARE, WindowSession, patterns};
use testkit::{Preloaded, Run, SECOND, half_turn, turn};

#[test]
fn closing_the_window_ends_the_wall() {
    let _turn = half_turn();
    for managed in [false, true] {
        let session = WindowSession::open_with(patterns(BARE), &["--size", "640x360"], managed);
        session.screen.close(session.window);
        let ended = session.camwall.finish(3 * SECOND);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
}

#[test]
fn the_end_of_the_display_ends_the_wall() {
    let _turn = half_turn();
    let mut session = WindowSession::open(patterns(BARE));
    session.screen.die();
    let start = Instant::now();
    let ended = session.camwall.finish(10 * SECOND);
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_ne!(ended.code, Some(0), "a wall without a screen has failed");
    assert!(!ended.stderr.contains("core dumped"), "{}", ended.stderr);
}

/// A display that takes no more pictures holds the main thread, and what the wall showed last would
/// stay there.
#[test]
fn a_wall_that_stands_still_ends_itself() {
    let _turn = half_turn();
    let session = WindowSession::open(patterns(BARE));
    session.until_all("six patterns");
    let held = session.screen.hold();
    let start = Instant::now();
    let ended = session.camwall.finish(20 * SECOND);
    let took = start.elapsed();
    drop(held);
    assert_eq!(ended.code, Some(6), "{}", ended.stderr);
    assert!(took > 9 * SECOND, "it took {took:?}");
    assert!(ended.stderr.contains("has drawn nothing for 10 s"), "{}", ended.stderr);
}

/// As NVIDIA's driver does on a display that is not its own: the wall said nothing of its own.
#[test]
fn a_gpu_that_does_not_run_the_display_is_named_once() {
    let _turn = half_turn();
    let (screen, wall, library) =
        (Screen::start(), patterns(BARE), Preloaded::build("no_present.c"));
    let run = Run::bare([wall.path()]).args(["--for", "5s"]).env("DISPLAY", screen.name());
    let ended = run.env("LD_PRELOAD", library.library()).finish(20 * SECOND);
    let said = ended.stderr.matches("can't show pictures in this window").count();
    assert_eq!(said, 1, "{}", ended.stderr);
}

#[test]
fn ctrl_q_ends_the_wall_at_once() {
    let _turn = turn();
    let session = WindowSession::open(patterns(BARE));
    let start = Instant::now();
    session.keys(&["ctrl+q"]);
    let ended = session.camwall.finish(10 * SECOND);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(start.elapsed() < 2 * SECOND, "it took {:?}", start.elapsed());
}
