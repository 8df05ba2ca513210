//! How the wall ends when its window does.

use std::time::{Duration, Instant};

use testkit::window::session::{BARE, Desk, cards};
use testkit::{SECOND, turn};

#[test]
fn closing_the_window_ends_the_wall() {
    let _turn = turn();
    for managed in [false, true] {
        let desk = Desk::open_with(cards(BARE), &["--size", "640x360"], managed);
        desk.screen.close(desk.window);
        let ended = desk.camwall.finish(3 * SECOND);
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
}

#[test]
fn the_end_of_the_display_ends_the_wall() {
    let _turn = turn();
    let mut desk = Desk::open(cards(BARE));
    desk.screen.die();
    let start = Instant::now();
    let ended = desk.camwall.finish(10 * SECOND);
    assert!(start.elapsed() < Duration::from_secs(10));
    assert_ne!(ended.code, Some(0), "a wall without a screen has failed");
    assert!(!ended.stderr.contains("core dumped"), "{}", ended.stderr);
}

#[test]
fn ctrl_q_ends_the_wall_at_once() {
    let _turn = turn();
    let desk = Desk::open(cards(BARE));
    let start = Instant::now();
    desk.keys(&["ctrl+q"]);
    let ended = desk.camwall.finish(10 * SECOND);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(start.elapsed() < 2 * SECOND, "it took {:?}", start.elapsed());
}
