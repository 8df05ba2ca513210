//! Recording, from outside: simulated cameras are recorded by the `camwall` program, and what then
//! lies in the folder is read back with `ffprobe`, `ffmpeg` and the promises of the README.
//!
//! Each picture and piece of sound in the files is compared with what the cameras sent.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

mod support;

#[path = "record/studio.rs"]
mod studio;

// The real window of `window.rs`, whose own tests use more of it.
#[allow(dead_code, reason = "the tests of the window use the rest")]
#[path = "window/card.rs"]
mod card;
#[allow(dead_code, reason = "the tests of the window use the rest")]
#[path = "window/desk.rs"]
mod desk;
#[allow(dead_code, reason = "the tests of the window use the rest")]
#[path = "window/manager.rs"]
mod manager;
#[allow(dead_code, reason = "the tests of the window use the rest")]
#[path = "window/screen.rs"]
mod screen;

#[path = "record/disk.rs"]
mod disk;
#[path = "record/ends.rs"]
mod ends;
#[path = "record/eyes.rs"]
mod eyes;
#[path = "record/folder.rs"]
mod folder;
#[path = "record/keys.rs"]
mod keys;
#[path = "record/kills.rs"]
mod kills;
#[path = "record/names.rs"]
mod names;
#[path = "record/packets.rs"]
mod packets;
#[path = "record/reconnect.rs"]
mod reconnect;
#[path = "record/restart.rs"]
mod restart;
#[path = "record/retention.rs"]
mod retention;
#[path = "record/stall.rs"]
mod stall;
