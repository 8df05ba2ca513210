//! The wall on Wayland: a compositor without hardware (sway), keys that wtype presses, and what is then
//! to be seen, read back with grim. There is no X server, so nothing here can be X's doing.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

mod ends;
mod window;
