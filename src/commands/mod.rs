//! What runs without a wall.

mod archive;
mod check;
mod recordings;

pub use check::{check, print_mistakes, refuse_addresses};
pub use recordings::recordings;
