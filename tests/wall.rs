//! The `camwall` program as it is installed, against real RTSP servers, offscreen.
//!
//! Everything is read from where an operator's tools would read it: status lines, snapshots, exit
//! codes and the log. One wall at a time, as several starve each other on a machine of two cores.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

mod support;

#[path = "wall/files.rs"]
mod files;
#[path = "wall/live.rs"]
mod live;
#[path = "wall/login.rs"]
mod login;
#[path = "wall/names.rs"]
mod names;
#[path = "wall/program.rs"]
mod program;
#[path = "wall/readers.rs"]
mod readers;
#[path = "wall/recordings.rs"]
mod recordings;
#[path = "wall/status.rs"]
mod status;
#[path = "wall/streams.rs"]
mod streams;
#[path = "wall/trouble.rs"]
mod trouble;
