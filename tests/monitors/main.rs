//! Several walls in one program, each on its monitor: what is on which, where keys go, and what happens when
//! a monitor is unplugged and plugged in again.
//!
//! Each rule is tried on X (Xorg with its driver `dummy`, without a window manager, as in a kiosk) and
//! on Wayland (sway without hardware); monitors lie beside each other, so one picture shows both.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

mod cameras;
mod keys;
mod plugs;
mod site;
mod turned;
