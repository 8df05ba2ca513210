//! The window and what is written over the pictures.
//!
//! Plain data, read on the caller's thread. Policy: everything has a default that suits a control
//! room.

use std::time::Duration;

use serde::Deserialize;

use super::units::duration;

/// The window on the control room's screen.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Window {
    /// Which monitor. Default: the primary one.
    pub monitor: Option<Monitor>,
    /// Cover the monitor, without a frame. Default: true.
    pub fullscreen: bool,
    /// Size in pixels when not full-screen, and offscreen. Default: (1280, 720).
    pub size: (u32, u32),
}

impl Default for Window {
    fn default() -> Self {
        Self { monitor: None, fullscreen: true, size: (1280, 720) }
    }
}

/// A monitor.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub enum Monitor {
    /// By its name, as the system reports it.
    Name(String),
    /// By its index, from 0.
    Index(usize),
}

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
}

impl Default for Overlay {
    fn default() -> Self {
        let stale_after = Duration::from_secs(2);
        Self { name: true, state: true, stats: false, clock: true, stale_after }
    }
}
