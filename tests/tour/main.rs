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

mod hotspot;
mod layouts;
mod tiles;

use testkit::window::screen::Screen;
use testkit::window::session::WindowSession;
use testkit::{StatusLine, WallFile};

/// Opens a wall of which not all cameras are seen at first.
fn open(wall: WallFile) -> WindowSession {
    let seen = |line: &StatusLine| line.cameras.iter().any(|camera| camera.fps_shown > 0.0);
    WindowSession::open_until(Screen::start(), (wall, &["--size", "1280x720"]), false, seen)
}
