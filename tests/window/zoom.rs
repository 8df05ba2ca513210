//! Digital zoom: at the pointer, by wheel and keys, moved by dragging, never outside the picture.

use image::RgbImage;

use testkit::half_turn;
use testkit::window::screen::keep;
use testkit::window::session::{BARE, WindowSession, patterns, patterns_fitted};
use testkit::window::test_pattern::{self, Seen};

/// One step of wheel and keys.
const STEP: f64 = 1.25;

/// Steps that one turn of xdotool's wheel makes. Its mouse has only buttons for a wheel, no axis,
/// and of those winit 0.30 tells the press and the release as one notch each
/// (`xinput2_button_input`); of a real mouse it tells the axis.
const PER_TURN: i32 = 2;

/// The part of its picture that camera `number` shows in a rectangle (x, y, width, height), as
/// (left, top, width, height) of the whole; read off near its corners.
fn part(shot: &RgbImage, number: u32, rect: [u32; 4]) -> Result<[f64; 4], String> {
    let [x, y, width, height] = rect;
    let (dx, dy) = (width / 10, height / 10);
    let look = |x: u32, y: u32| match test_pattern::seen(shot, x, y) {
        Some(Seen { camera, at }) if camera == number => Ok(at),
        other => Err(format!("camera {number} wanted at {x},{y}, there is {other:?}")),
    };
    let (a, b) = (look(x + dx, y + dy)?, look(x + width - dx, y + height - dy)?);
    let inner = |length: u32, d: u32| f64::from(length - 2 * d) / f64::from(length);
    let size = ((b.0 - a.0) / inner(width, dx), (b.1 - a.1) / inner(height, dy));
    let margin = |length: u32, d: u32| f64::from(d) / f64::from(length);
    Ok([a.0 - size.0 * margin(width, dx), a.1 - size.1 * margin(height, dy), size.0, size.1])
}

/// Waits until camera `number` shows this part of its picture in a rectangle.
fn until_part(
    session: &WindowSession,
    what: &str,
    number: u32,
    rect: [u32; 4],
    want: [f64; 4],
) -> RgbImage {
    session.until_shot(what, |shot| {
        let part = part(shot, number, rect)?;
        let near = part.iter().zip(want).all(|(part, want)| (part - want).abs() < 0.025);
        if near { Ok(()) } else { Err(format!("{part:.3?} instead of {want:.3?}")) }
    })
}

/// The part after `steps` of zoom at a fraction of the picture.
fn zoomed(steps: i32, at: (f64, f64)) -> [f64; 4] {
    let size = STEP.powi(-steps);
    [at.0 * (1.0 - size), at.1 * (1.0 - size), size, size]
}

const FULL: [u32; 4] = [0, 0, 1280, 720];
const WHOLE: [f64; 4] = [0.0, 0.0, 1.0, 1.0];

#[test]
fn wheel_and_keys_zoom_at_the_pointer() {
    let _turn = half_turn();
    let session = WindowSession::open(patterns(BARE));
    session.keys(&["3", "Return"]);
    session.until_alone("camera 3", 3);
    let at = (0.25, 0.75);
    let (x, y) = (320, 540);
    session.click(x, y, 4, 2);
    let shot = until_part(&session, "two turns in", 3, FULL, zoomed(2 * PER_TURN, at));
    keep(&shot, "zoom-wheel");
    session.click(x, y, 5, 1);
    until_part(&session, "one turn out", 3, FULL, zoomed(PER_TURN, at));
    session.keys(&["0"]);
    until_part(&session, "0 shows the whole", 3, FULL, WHOLE);
    session.point(x, y);
    session.keys(&["plus", "plus", "equal"]);
    keep(&until_part(&session, "+ three times", 3, FULL, zoomed(3, at)), "zoom-keys");
    session.keys(&["minus"]);
    until_part(&session, "- once", 3, FULL, zoomed(2, at));
    session.keys(&["KP_Add", "KP_Add", "KP_Subtract"]);
    until_part(&session, "the number pad", 3, FULL, zoomed(3, at));
    // Far more out than in, and the whole picture is all there is.
    session.click(x, y, 5, 20);
    until_part(&session, "never less than the whole", 3, FULL, WHOLE);
    // Far in: sixteen times and no further.
    session.click(x, y, 4, 40);
    let most = 1.0 / 16.0;
    let want = [0.25 * (1.0 - most), 0.75 * (1.0 - most), most, most];
    until_part(&session, "sixteen times", 3, FULL, want);
    session.keys(&["Escape"]);
    session.until_all("going back forgets the zoom");
}

#[test]
fn keys_zoom_into_the_middle_when_the_pointer_is_hidden() {
    let _turn = half_turn();
    let session = WindowSession::open(patterns(BARE));
    session.point(1200, 60);
    session.keys(&["2", "Return"]);
    session.until_alone("camera 2", 2);
    session.until_shot("the pointer hides", |_| {
        if session.screen.pointer_shows() { Err("it is to be seen".into()) } else { Ok(()) }
    });
    session.keys(&["plus", "plus"]);
    until_part(&session, "the middle", 2, FULL, zoomed(2, (0.5, 0.5)));
}

#[test]
fn dragging_moves_the_picture_and_stops_at_its_edges() {
    let _turn = half_turn();
    let session = WindowSession::open(patterns(BARE));
    session.click(640, 180, 1, 1);
    session.until_alone("camera 2", 2);
    let size = STEP.powi(-2 * PER_TURN);
    session.click(640, 360, 4, 2);
    until_part(&session, "zoomed in", 2, FULL, zoomed(2 * PER_TURN, (0.5, 0.5)));
    // A tenth of the screen to the right and down: the picture follows the hand.
    session.drag(&[(600, 300), (650, 320), (728, 372)]);
    let moved = 0.5 * (1.0 - size) - 0.1 * size;
    let shot = until_part(&session, "a tenth", 2, FULL, [moved, moved, size, size]);
    keep(&shot, "drag");
    // Again and again: the edge of the picture stops at the edge of the screen.
    for _ in 0..3 {
        session.drag(&[(100, 100), (600, 400), (1200, 700)]);
    }
    keep(&until_part(&session, "top left", 2, FULL, [0.0, 0.0, size, size]), "drag-edge");
    for _ in 0..3 {
        session.drag(&[(1200, 700), (600, 400), (100, 100)]);
    }
    let rest = 1.0 - size;
    until_part(&session, "bottom right", 2, FULL, [rest, rest, size, size]);
    // A drag is no click: the camera is still alone; a click goes back.
    session.click(640, 360, 1, 1);
    session.until_all("a click goes back");
}

#[test]
fn a_drag_that_ends_outside_the_window_has_ended() {
    let _turn = half_turn();
    // The window covers the left upper quarter of the screen.
    let session = WindowSession::open_with(patterns(BARE), &["--size", "640x360"], false);
    session.screen.xdotool(["windowmove", "--sync", &session.window.to_string(), "0", "0"]);
    let rect = [0, 0, 640, 360];
    session.keys(&["4", "Return"]);
    until_part(&session, "camera 4", 4, rect, WHOLE);
    session.click(320, 180, 4, 2);
    let size = STEP.powi(-2 * PER_TURN);
    until_part(&session, "zoomed in", 4, rect, zoomed(2 * PER_TURN, (0.5, 0.5)));
    session.drag(&[(100, 100), (700, 500), (1000, 700)]);
    until_part(&session, "follows beyond the window", 4, rect, [0.0, 0.0, size, size]);
    // Back without a button held: the picture must stay. The wheel proves that it was seen.
    session.point(600, 330);
    session.point(20, 20);
    session.click(0, 0, 4, 1);
    let closer = size * STEP.powi(-PER_TURN);
    until_part(&session, "only the wheel turned", 4, rect, [0.0, 0.0, closer, closer]);
}

#[test]
fn zoom_keeps_what_is_under_the_pointer_beside_bars() {
    let _turn = half_turn();
    let session = WindowSession::open(patterns_fitted("Contain", BARE));
    // Camera 1 in its tile of 427×360: the picture is 427×240 and begins 60 pixels down.
    let rect = [0, 60, 427, 240];
    until_part(&session, "a picture with bars", 1, rect, WHOLE);
    session.click(107, 120, 4, 2);
    let shot = until_part(&session, "at the pointer", 1, rect, zoomed(2 * PER_TURN, (0.25, 0.25)));
    keep(&shot, "zoom-bars");
    session.keys(&["0"]);
    until_part(&session, "0 resets what is pointed at", 1, rect, WHOLE);
}

#[test]
fn the_pointer_hides_after_three_seconds() {
    let _turn = half_turn();
    let session = WindowSession::open(patterns(BARE));
    let shows = |wanted: bool| {
        let until = format!("pointer visible: {wanted}");
        session.until_shot(&until, |_| {
            if session.screen.pointer_shows() == wanted { Ok(()) } else { Err("no".into()) }
        });
    };
    for at in [(300, 300), (700, 200)] {
        let start = std::time::Instant::now();
        session.point(at.0, at.1);
        shows(true);
        shows(false);
        let rest = start.elapsed().as_secs_f64();
        assert!((3.0..4.5).contains(&rest), "hidden after {rest:.2} s at rest");
    }
    // A key does not bring it back, the mouse does.
    session.keys(&["Right"]);
    session.until_selected("a key", 2);
    assert!(!session.screen.pointer_shows());
    session.point(640, 360);
    shows(true);
}
