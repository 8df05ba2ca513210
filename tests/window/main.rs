//! The wall in a real window: an X server without a screen (Xvfb), real key presses and a real
//! pointer (xdotool), and what is then to be seen, read back from the server.
//!
//! Most walls here show test patterns instead of video: every pixel of a card tells which camera it
//! is and where in its picture it lies, so a screenshot answers what the wall shows where.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

mod addresses;
mod ends;
mod focus;
mod hidden;
mod keys;
mod kiosk;
mod legibility;
mod live;
mod zoom;
