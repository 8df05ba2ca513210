//! The window.
//!
//! Plain data, read on the caller's thread. Policy: everything has a default that suits a control
//! room.

use serde::Deserialize;

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
