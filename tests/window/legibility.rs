//! What is written on the wall can be read from across the room.

use image::RgbImage;

use testkit::half_turn;
use testkit::window::screen::keep;
use testkit::window::session::{WindowSession, patterns};

/// Rows of the part (x, y, width, height) in which there is a pixel as bright as text, as runs:
/// first row and how many.
fn lines(shot: &RgbImage, [x, y, width, height]: [u32; 4]) -> Vec<(u32, u32)> {
    let bright = |y: u32| (x..x + width).any(|x| shot.get_pixel(x, y).0.iter().all(|s| *s > 225));
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for row in (y..y + height).filter(|row| bright(*row)) {
        match runs.last_mut() {
            Some((first, count)) if *first + *count == row => *count += 1,
            _ => runs.push((row, 1)),
        }
    }
    runs
}

/// Whether a pixel is as light as text that matters less.
fn is_light(shot: &RgbImage, x: u32, y: u32) -> bool {
    shot.get_pixel(x, y).0.iter().all(|sample| *sample > 150)
}

#[test]
fn labels_are_readable_and_grow_with_the_window() {
    let _turn = half_turn();
    let session = WindowSession::open(patterns(""));
    let shot = session.until_shot("a label in the first tile", |shot| {
        if lines(shot, [6, 6, 40, 40]).is_empty() { Err("none".into()) } else { Ok(()) }
    });
    keep(&shot, "labels");
    // The number of the camera, a figure as high as capital letters: 30 px at 1080 lines is the
    // height of a line of this font, of which capitals take 0.63.
    let figure = lines(&shot, [6, 6, 40, 40])[0].1;
    assert!((9..=24).contains(&figure), "{figure} pixels high in 720 lines");
    let clock = lines(&shot, [1150, 670, 130, 50]);
    assert!(clock.iter().any(|(_, height)| *height >= 12), "the clock: {clock:?}");
    // The figures under it, by I.
    let figures = |shot: &RgbImage| (8..150).any(|x| (38..60).any(|y| is_light(shot, x, y)));
    assert!(!figures(&shot), "there are none at the start");
    for wanted in [true, false] {
        session.keys(&["i"]);
        let shot = session.until_shot("figures", |shot| {
            if figures(shot) == wanted { Ok(()) } else { Err(format!("wanted: {wanted}")) }
        });
        keep(&shot, &format!("figures-{wanted}"));
    }
    // Half the window, smaller letters, still some.
    let id = session.window.to_string();
    session.screen.xdotool(["windowsize", "--sync", &id, "640", "480"]);
    let small = session.until_shot("a label in a small window", |shot| {
        let lines = lines(shot, [3, 3, 30, 24]);
        match lines.first() {
            Some((_, height)) if *height < figure => Ok(()),
            other => Err(format!("{other:?}")),
        }
    });
    keep(&small, "labels-small");
    assert!(lines(&small, [3, 3, 30, 24])[0].1 >= 7, "too small to read");
}
