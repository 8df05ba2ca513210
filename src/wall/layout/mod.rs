//! Where everything on the wall is: tiles, pictures inside tiles, what a zoomed picture shows,
//! what a key or a click selects, and how large the letters are.
//!
//! Owns no state. Everything here is a pure function of its arguments: no ECS, no FFmpeg, no
//! clock (times are handed in), no window. Runs on the caller's thread and never blocks.
//!
//! Policy: rectangles are whole physical pixels and neighbouring edges come out of the same
//! integer expression, so tiles meet without a seam and without overlap at every window size.
//! What a camera is doing is no input: a camera that is lost keeps its tile.

mod cells;
mod direction;
mod maximize;
mod navigation;
mod placement;
mod rect;
mod rotation;
mod select;
#[cfg(test)]
mod tests;
mod text;
mod tile;
mod zoom;

pub use direction::Direction;
pub use maximize::Maximize;
pub use placement::{Placement, place};
pub use rect::PxRect;
pub use rotation::{Sight, turned};
pub use select::{by_number, camera_after, first, last, neighbour};
pub use text::{label_px, ui_scale};
pub use tile::{Content, LayoutTile, arrange, arrange_mirrored};
pub use zoom::Zoom;
