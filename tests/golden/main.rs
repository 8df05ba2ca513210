//! Golden pictures: what the program draws of a clip, against a reference made by zimg.
//!
//! End to end through the real program on whatever adapter there is (on servers: llvmpipe):
//! FFmpeg's decoder, the tags, the planes, the shader, the snapshot. `golden/NOTES.md` says how
//! clips and references are made. All clips are made anew in a temporary folder.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

mod clip;
mod colours;
mod devices;
mod picture;
mod record;
mod sizes;
mod states;
mod wall;
mod window;
