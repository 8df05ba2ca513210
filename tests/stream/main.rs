//! Feeds against real servers, retina and FFmpeg alike: what plays, what fails, what comes back.
//!
//! The cameras are camsim's (gst-rtsp-server); files are made with the `ffmpeg` program; servers
//! that misbehave at the level of the protocol are a few lines of TCP each.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

mod busy;
mod files;
mod logins;
mod rtsp;
mod teardown;
mod trouble;
mod udp;
mod web;
