//! A real window on an X server of its own: what is on the screen, and hands on keyboard and mouse.

pub mod manager;
pub mod screen;
pub mod session;
pub mod test_pattern;
