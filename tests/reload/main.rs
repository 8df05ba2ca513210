//! The wall file is changed while the program runs: what the cameras' server counts, what is recorded,
//! and what the program says of it.
//!
//! Real cameras (camsim), the program as it is installed, and a file that is saved as editors save.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

mod cameras;
mod random;
mod recordings;
mod sandbox;
mod site;
mod triggers;
mod window;
