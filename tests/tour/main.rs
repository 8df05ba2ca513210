//! Tours and hotspots in a real window (Xvfb, xdotool): what is to be seen at each boundary between two
//! steps, and what keys do to it.
//!
//! Pictures are test patterns: each pixel tells which camera it is and where in its picture it lies, so a
//! tile without a picture, or with another's, is known from any screenshot.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

mod cameras;
mod hotspot;
mod layouts;
mod tiles;

use image::RgbImage;
use testkit::window::screen::Screen;
use testkit::window::session::{WindowSession, patterns};
use testkit::window::test_pattern::seen;
use testkit::{StatusLine, WallFile};

/// A tile, x, y, width and height in pixels, and its camera.
type Shown = ([u32; 4], u32);

/// A wall of six test patterns with this rest, and with these layouts before the usual ones. They are
/// still pictures, and not to be called frozen.
fn wall(layouts: &str, rest: &str) -> WallFile {
    let wall = patterns(rest);
    let text = std::fs::read_to_string(wall.path()).unwrap();
    let text = text.replace("fit: Stretch", "fit: Stretch, watch: (frozen: false)");
    std::fs::write(wall.path(), text.replacen("\"all\":", &format!("{layouts}\"all\":"), 1))
        .unwrap();
    wall
}

/// Opens a wall of which not all cameras are seen at first.
fn open(wall: WallFile) -> WindowSession {
    let seen = |line: &StatusLine| line.cameras.iter().any(|camera| camera.fps_shown > 0.0);
    WindowSession::open_until(Screen::start(), (wall, &["--size", "1280x720"]), false, seen)
}

/// Whether these tiles show these cameras, by points of their pictures over which nothing is written.
fn shows(shot: &RgbImage, tiles: &[Shown]) -> Result<(), String> {
    tiles.iter().try_for_each(|([x, y, width, height], camera)| {
        [(0.1, 0.8), (0.9, 0.4), (0.5, 0.7)].into_iter().try_for_each(|(across, down)| {
            let at = (f64::from(*width) * across, f64::from(*height) * down);
            let found = seen(shot, x + at.0 as u32, y + at.1 as u32);
            let near = |one: f64, other: f64| (one - other).abs() < 0.03;
            let right = found.is_some_and(|it| {
                it.camera == *camera && near(it.at.0, across) && near(it.at.1, down)
            });
            let there = || format!("camera {camera} wanted at {x},{y}, there is {found:?}");
            if right { Ok(()) } else { Err(there()) }
        })
    })
}

/// Waits until these tiles show these cameras.
fn until(session: &WindowSession, what: &str, tiles: &[Shown]) -> RgbImage {
    session.until_shot(what, |shot| shows(shot, tiles))
}

/// One camera over the whole wall.
const fn alone(camera: u32) -> [Shown; 1] {
    [([0, 0, 1280, 720], camera)]
}
