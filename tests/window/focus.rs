//! One camera alone and back, animated; the window full-screen and back; the window resized.

use std::time::{Duration, Instant};

use testkit::window::screen::{SIZE, keep};
use testkit::window::session::{BARE, WindowSession, all, patterns, until};
use testkit::window::test_pattern;
use testkit::{SOON, half_turn, turn};

#[test]
fn click_enter_and_esc_open_and_go_back() {
    let _turn = half_turn();
    let session = WindowSession::open(patterns(BARE));
    session.until_all("six patterns");
    session.click(1000, 500, 1, 1);
    keep(&session.until_alone("a click on camera 6", 6), "open-click");
    session.click(200, 200, 1, 1);
    session.until_all("a click anywhere goes back");
    session.until_selected("what was opened is selected", 6);
    for (open, close) in [("Return", "Return"), ("Return", "Escape"), ("KP_Enter", "Escape")] {
        session.keys(&[open]);
        session.until_alone(open, 6);
        session.keys(&[close]);
        session.until_all(close);
    }
    session.keys(&["Escape"]);
    session.until_selected("Esc in the layout does nothing", 6);
    session.until_all("Esc in the layout does nothing");
}

/// How wide the picture of camera 5 is in the row through the middle of its tile, in pixels. It
/// lies in the middle of the lower row of `all` and grows over its neighbours there.
fn width_of_5(session: &WindowSession) -> u32 {
    let strip = session.screen.rows(538, 5);
    let row = (6..u32::from(SIZE.0)).step_by(6);
    let own =
        row.filter(|x| test_pattern::seen(&strip, *x, 2).is_some_and(|seen| seen.camera == 5));
    own.count() as u32 * 6
}

/// How long the wall must stand still to have come to rest.
const REST: Duration = Duration::from_millis(400);

/// Runs xdotool and watches how wide camera 5 is, from the start until it has come to rest: time
/// since the start and width, where it changed.
fn file(session: &WindowSession, args: &str) -> Vec<(Duration, u32)> {
    std::thread::scope(|scope| {
        let start = Instant::now();
        let hand = scope.spawn(|| session.screen.xdotool(args.split(' ')));
        let mut file = vec![(start.elapsed(), width_of_5(session))];
        let mut changed = start;
        while !hand.is_finished() || changed.elapsed() < REST {
            if !hand.is_finished() {
                changed = Instant::now();
            }
            let width = width_of_5(session);
            // Ends of the picture are read off six pixels at a time.
            if file[file.len() - 1].1.abs_diff(width) > 12 {
                changed = Instant::now();
                file.push((start.elapsed(), width));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        file
    })
}

/// Widths of camera 5 alone and in its tile; leaves it in its tile, selected.
fn widths(session: &WindowSession) -> (u32, u32) {
    session.until_all("six patterns");
    session.keys(&["5", "Return"]);
    let at_rest = || file(session, "sleep 0").last().map_or(0, |(_, width)| *width);
    session.until_alone("camera 5", 5);
    let full = at_rest();
    session.keys(&["Escape"]);
    session.until_all("back");
    (full, at_rest())
}

#[test]
fn opening_is_animated_and_quick() {
    let _turn = turn();
    let session = WindowSession::open(patterns(BARE));
    let (full, small) = widths(&session);
    let mut fastest = Duration::MAX;
    let mut between = 0;
    for (key, from, to) in [("Return", small, full), ("Escape", full, small)].repeat(4) {
        let file = file(&session, &format!("key {key}"));
        eprintln!("{key}: {file:?}");
        let widths: Vec<u32> = file.iter().map(|(_, width)| *width).collect();
        assert!(widths[0].abs_diff(from) <= 12, "{key}: begins elsewhere: {file:?}");
        assert!(widths[widths.len() - 1].abs_diff(to) <= 12, "{key}: ends elsewhere: {file:?}");
        let monotonic = widths.windows(2).all(|w| (w[0] < w[1]) == (from < to));
        assert!(monotonic, "{key}: to and fro: {file:?}");
        between += widths.len() - 2;
        if widths.len() > 2 {
            fastest = fastest.min(file[file.len() - 1].0 - file[1].0);
        }
    }
    // One picture between might be an accident.
    assert!(between >= 8, "only {between} pictures on the way in eight flights");
    // A busy machine may be late, but not each time.
    assert!(fastest <= Duration::from_millis(150), "the fastest flight took {fastest:?}");
}

#[test]
fn an_animation_can_be_interrupted() {
    let _turn = turn();
    let session = WindowSession::open(patterns(BARE));
    let (full, small) = widths(&session);
    // How long xdotool really sleeps is up to the machine: one of some tries must be one where the
    // second key meets the animation.
    let turned_round = ["0.05", "0.03", "0.02", "0.01", "0.04"].repeat(4).iter().any(|pause| {
        let file = file(&session, &format!("key Return sleep {pause} key Escape"));
        eprintln!("{file:?}");
        session.until_all("the last key counts");
        let top = file.iter().map(|(_, width)| *width).max().unwrap_or_default();
        top > small + 24 && top < full - 24
    });
    assert!(turned_round, "the tile always went all the way");
    // All keys within one picture: the last one counts.
    session.keys(&["Return", "Escape", "Return"]);
    session.until_alone("open, back, open", 5);
}

/// Waits until the window has this place and the wall is laid out in it, as camera 1 shows, whose
/// tile is the left upper one of three by two.
fn until_window(session: &WindowSession, what: &str, x: i16, y: i16, width: u16, height: u16) {
    let mut last = None;
    until(what, SOON, || {
        let now = session.screen.geometry(session.window);
        if last.replace(now) == Some((x, y, width, height)) { Ok(()) } else { Err(now) }
    });
    let (left, top) = (u32::from(x.unsigned_abs()), u32::from(y.unsigned_abs()));
    let (width, height) = (u32::from(width), u32::from(height));
    let tiles: Vec<_> = (0..6)
        .map(|i| {
            let edge = |n: u32, of: u32, length: u32| (length * n + of / 2) / of;
            let (x, y) = (edge(i % 3, 3, width), edge(i / 3, 2, height));
            let size = [edge(i % 3 + 1, 3, width) - x, edge(i / 3 + 1, 2, height) - y];
            ([left + x, top + y, size[0], size[1]], i + 1)
        })
        .collect();
    session.until_tiles(what, &tiles);
}

#[test]
fn resizing_the_window_lays_out_anew() {
    let _turn = half_turn();
    let session = WindowSession::open_with(patterns(BARE), &["--size", "960x540"], false);
    let id = session.window.to_string();
    session.screen.xdotool(["windowmove", "--sync", &id, "0", "0"]);
    until_window(&session, "at the start", 0, 0, 960, 540);
    for (width, height) in [(1280, 720), (500, 700), (333, 217), (1200, 400)] {
        let size = [width, height].map(|side: u16| side.to_string());
        session.screen.xdotool(["windowsize", "--sync", &id, &size[0], &size[1]]);
        until_window(&session, "laid out anew", 0, 0, width, height);
        session.screen.keep(&format!("resize-{width}x{height}"));
    }
    session.keys(&["2", "Return"]);
    session.until_tiles("one camera", &[([0, 0, 1200, 400], 2)]);
    session.screen.xdotool(["windowsize", "--sync", &id, "640", "700"]);
    session.until_tiles("still alone after a resize", &[([0, 0, 640, 700], 2)]);
}

#[test]
fn f11_is_full_screen_and_back() {
    let _turn = half_turn();
    for managed in [true, false] {
        let session = WindowSession::open_with(patterns(BARE), &["--size", "800x450"], managed);
        let (x, y, width, height) = session.screen.geometry(session.window);
        assert_eq!((width, height), (800, 450));
        until_window(&session, "at the start", x, y, 800, 450);
        for round in 0..2 {
            session.keys(&["F11"]);
            until_window(&session, &format!("full, managed: {managed}"), 0, 0, SIZE.0, SIZE.1);
            session.keys(&["F11"]);
            until_window(&session, &format!("{round}: back, managed: {managed}"), x, y, 800, 450);
        }
    }
}

#[test]
fn without_a_size_the_wall_covers_the_screen() {
    let _turn = half_turn();
    for managed in [true, false] {
        let session = WindowSession::open_with(patterns(BARE), &[], managed);
        until_window(&session, &format!("managed: {managed}"), 0, 0, SIZE.0, SIZE.1);
        session.until_tiles("all", &all());
    }
}
