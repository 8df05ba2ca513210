//! The `camwall` program as it is installed, against real RTSP servers, offscreen.
//!
//! Everything is read from where an operator's tools would read it: status lines, snapshots, exit
//! codes and the log. Two walls at a time, and one where rates are measured: several starve each
//! other on a machine of two cores.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

mod addresses;
mod files;
mod import;
mod languages;
mod live;
mod login;
mod names;
mod new;
mod program;
mod readers;
mod recordings;
mod sandbox;
mod status;
mod streams;
mod trouble;
