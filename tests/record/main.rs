//! Recording, from outside: simulated cameras are recorded by the `camwall` program, and what then
//! lies in the folder is read back with `ffprobe`, `ffmpeg` and the promises of docs/recording.md.
//!
//! Each picture and piece of sound in the files is compared with what the cameras sent.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

mod rig;

mod bad_block;
mod causes;
mod clock;
mod disk;
mod encrypted;
mod ends;
mod ext4;
mod folder;
mod harness;
mod keys;
mod names;
mod packets;
mod power;
mod reconnect;
mod restart;
mod retention;
mod slow_disk;
mod strace;
mod verify;
