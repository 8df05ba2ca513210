//! The colours of what is written on the wall.
//!
//! Plain data. Policy: a state is never told by its colour alone, but who sees few colours can tell
//! the colours of any two states apart as well: each pair, and each state beside either frame of the
//! selection, is at least 15 apart by CIEDE2000, for ordinary sight and where one of the three kinds of
//! cones is missing. The tests of this module count it. [`RECORDING`] and [`KEPT`] are none of these:
//! they stand on a tile beside any state, are told by shape and word, a disc with REC and a square with
//! KEPT, and their colours only repeat it.

use crate::camera::CameraState;

/// Ground under text; colours are red, green, blue, cover, gamma-encoded, 0 to 1.
pub const GROUND: [f32; 4] = [0.04, 0.045, 0.055, 0.8];
/// The line between two tiles.
pub const SEAM: [f32; 4] = [0.0, 0.0, 0.0, 1.0];
/// Ordinary text.
pub const TEXT: [f32; 4] = [0.95, 0.96, 0.97, 1.0];
/// Text that matters less.
pub const QUIET: [f32; 4] = [0.72, 0.75, 0.79, 1.0];
/// A camera whose stream reaches the disk.
pub const RECORDING: [f32; 4] = [0.93, 0.2, 0.24, 1.0];
/// A segment that retention leaves alone (reddish purple).
pub const KEPT: [f32; 4] = [0.85, 0.55, 0.72, 1.0];
/// What is wrong with a picture that is live, and a picture that is not new.
pub const WARNING: [f32; 4] = [1.0, 0.97, 0.17, 1.0];
/// Ground of what must be seen from across the room: a recording that is not made.
pub const ALARM: [f32; 4] = [0.78, 0.02, 0.07, 1.0];
/// Letters and signs on [`ALARM`]; their contrast is 6 to 1.
pub const ON_ALARM: [f32; 4] = [1.0, 1.0, 1.0, 1.0];
/// The selected tile, and keys in the help: almost white, which no state is.
pub const SELECTED: [f32; 4] = [0.9, 0.95, 1.0, 1.0];
/// The selected tile of a wall that keys are not for: darker than any state.
pub const UNHEARD: [f32; 4] = [0.45, 0.48, 0.52, 1.0];

const LIVE: [f32; 4] = [0.31, 1.0, 0.74, 1.0];
const CONNECTING: [f32; 4] = [0.36, 0.67, 0.89, 1.0];
const DOWN: [f32; 4] = [1.0, 0.48, 0.23, 1.0];
const ENDED: [f32; 4] = [0.67, 0.67, 0.68, 1.0];

/// The colour of a state: aquamarine, sky blue, yellow, orange or grey.
#[must_use]
pub fn state_color(state: CameraState) -> [f32; 4] {
    match state {
        CameraState::Live => LIVE,
        CameraState::Connecting => CONNECTING,
        CameraState::Stale | CameraState::Late | CameraState::Busy => WARNING,
        CameraState::Undecodable
        | CameraState::Offline
        | CameraState::NoLogin
        | CameraState::NotTrusted
        | CameraState::AuthFailed => DOWN,
        CameraState::Ended => ENDED,
    }
}

#[cfg(test)]
mod tests;
