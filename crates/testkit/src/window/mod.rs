//! Real windows on displays of their own: what is on the screen, and hands on keyboard and mouse.

pub mod display;
pub mod manager;
pub mod screen;
pub mod session;
pub mod sway;
pub mod test_pattern;
mod virtual_pointer;
pub mod xorg;
