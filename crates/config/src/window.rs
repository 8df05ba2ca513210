//! Windows and walls: on which monitor, how large, and which way up.
//!
//! Plain data, read on the caller's thread. Policy: everything has a default that suits a control
//! room; a file with one wall describes its window, one with several a screen for each.

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
    /// How the picture is turned on the monitor, for one that hangs on its side. Default: `None`.
    pub rotation: Rotation,
}

impl Default for Window {
    fn default() -> Self {
        Self { monitor: None, fullscreen: true, size: (1280, 720), rotation: Rotation::None }
    }
}

/// One of several walls: a window on a monitor of its own, and what it begins with.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Screen {
    /// The layout or tour to begin with. Default: the first layout.
    pub show: Option<String>,
    /// Which monitor. Default: one that no other wall has, the primary one first.
    pub monitor: Option<Monitor>,
    /// Cover the monitor, without a frame. Default: true.
    pub fullscreen: bool,
    /// Size in pixels when not full-screen, and offscreen. Default: (1280, 720).
    pub size: (u32, u32),
    /// How the picture is turned on the monitor, for one that hangs on its side. Default: `None`.
    pub rotation: Rotation,
}

impl Default for Screen {
    fn default() -> Self {
        Self::of(Window::default(), None)
    }
}

impl Screen {
    /// What a window shows.
    #[must_use]
    pub fn of(window: Window, show: Option<String>) -> Self {
        let Window { monitor, fullscreen, size, rotation } = window;
        Self { show, monitor, fullscreen, size, rotation }
    }

    /// Its window.
    #[must_use]
    pub fn window(&self) -> Window {
        let Self { show: _, monitor, fullscreen, size, rotation } = self;
        Window {
            monitor: monitor.clone(),
            fullscreen: *fullscreen,
            size: *size,
            rotation: *rotation,
        }
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

/// How a picture is turned on its monitor, clockwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
pub enum Rotation {
    /// Not at all.
    #[default]
    None,
    /// By a quarter: its upper edge is on the right.
    Right,
    /// By half: it stands on its head.
    Half,
    /// By three quarters: its upper edge is on the left.
    Left,
}

impl Rotation {
    /// All of them, in quarters from 0.
    pub const ALL: [Self; 4] = [Self::None, Self::Right, Self::Half, Self::Left];

    /// How many quarters, clockwise: 0 to 3.
    #[must_use]
    pub const fn quarters(self) -> u32 {
        match self {
            Self::None => 0,
            Self::Right => 1,
            Self::Half => 2,
            Self::Left => 3,
        }
    }
}
