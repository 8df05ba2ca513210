//! What runs without a wall.

pub mod check;
pub mod recordings;
