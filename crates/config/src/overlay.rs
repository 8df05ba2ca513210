//! What is written over the pictures, and how.
//!
//! Plain data, read on the caller's thread. Policy: everything has a default that suits a control
//! room; who sees or moves otherwise than most can have letters, colours and motion to suit.

use std::{ops::RangeInclusive, time::Duration};

use serde::Deserialize;

use super::units::duration;

/// What is written over the pictures.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Overlay {
    /// Camera number and name. Default: true.
    pub name: bool,
    /// State of a live camera too; a picture that is not live always says so. Default: true.
    pub state: bool,
    /// Rate, bitrate and frame age. Default: false.
    pub stats: bool,
    /// Wall clock. Default: true.
    pub clock: bool,
    /// After how long without a new frame a picture counts as not live, `"200ms"` to `"60s"`.
    /// Default: `"2s"`.
    #[serde(deserialize_with = "duration")]
    pub stale_after: Duration,
    /// Black grounds, white text and wider frames. Default: false.
    pub high_contrast: bool,
    /// Height of all letters in percent, 75 to 200, as far as a tile has room for them. Default: 100.
    pub letter_size: u32,
    /// Nothing flies: a camera is full-screen, or back in its place, at once. Default: false.
    pub reduced_motion: bool,
}

impl Overlay {
    /// Allowed values of [`Overlay::letter_size`].
    pub const LETTER_SIZES: RangeInclusive<u32> = 75..=200;
}

impl Default for Overlay {
    fn default() -> Self {
        Self {
            name: true,
            state: true,
            stats: false,
            clock: true,
            stale_after: Duration::from_secs(2),
            high_contrast: false,
            letter_size: 100,
            reduced_motion: false,
        }
    }
}
