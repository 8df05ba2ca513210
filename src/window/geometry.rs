//! How large a window is, and where.
//!
//! Pure. Policy: where a window manager runs it is asked for full-screen and places what is not; without
//! one a window gets its place and size by hand.

use bevy::{
    math::{IVec2, UVec2},
    prelude::*,
    window::{Monitor, MonitorSelection, PresentMode, WindowMode, WindowResolution},
};

use super::WindowPlacement;

/// The place of a window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    mode: WindowMode,
    /// Width × height in pixels.
    size: UVec2,
    /// Where it is opened.
    position: WindowPosition,
    managed: bool,
}

impl Place {
    /// The place of a wall's window on this monitor, with its entity; `beside`: its number among those
    /// that share the monitor and do not cover it, and how many they are.
    pub fn of(
        placement: &WindowPlacement,
        monitor: Option<&(Entity, Monitor, bool)>,
        managed: bool,
        beside: (usize, usize),
    ) -> Self {
        let selection = monitor
            .map_or(MonitorSelection::Primary, |(entity, ..)| MonitorSelection::Entity(*entity));
        let mode = match placement.fullscreen && managed {
            true => WindowMode::BorderlessFullscreen(selection),
            false => WindowMode::Windowed,
        };
        let whole = monitor.map(|(_, it, _)| UVec2::new(it.physical_width, it.physical_height));
        // Of a monitor that is just being set up the size may not be known.
        let whole = whole.filter(|whole| whole.min_element() > 0);
        let size = match (placement.fullscreen, whole) {
            (true, Some(whole)) => whole,
            (false, Some(whole)) if !managed => placement.size().min(whole),
            (_, _) => placement.size(),
        };
        let corner = monitor.map(|(_, it, _)| it.physical_position);
        let position = match (corner, whole) {
            (Some(corner), Some(whole)) if !managed => {
                WindowPosition::At(corner + aside(whole - size, beside))
            }
            _ => WindowPosition::Centered(selection),
        };
        Self { mode, size, position, managed }
    }

    /// The window to open.
    pub fn window(&self, title: &str) -> Window {
        Window {
            title: title.to_owned(),
            name: Some("camwall".into()),
            // Sizes are in the pixels of the screen, whatever the desktop's scale.
            resolution: WindowResolution::new(self.size.x, self.size.y)
                .with_scale_factor_override(1.0),
            mode: self.mode,
            position: self.position,
            present_mode: PresentMode::Fifo,
            ..default()
        }
    }

    /// Places a window that is open; `anew`: on another monitor, or it is to have another size.
    pub fn apply(&self, window: &mut Mut<'_, Window>, anew: bool) {
        if window.mode != self.mode {
            window.mode = self.mode;
        }
        let by_hand = !self.managed || anew && self.mode == WindowMode::Windowed;
        if by_hand && window.physical_size() != self.size {
            window.resolution.set_physical_resolution(self.size.x, self.size.y);
        }
        if by_hand && window.position != self.position {
            window.position = self.position;
        }
    }
}

/// How far from the monitor's corner a window is that leaves so much room: in the middle, or side by
/// side with those that share the monitor.
fn aside(room: UVec2, (number, count): (usize, usize)) -> IVec2 {
    let middle = (room / 2).as_ivec2();
    if count < 2 {
        return middle;
    }
    let across = room.x as usize * number / (count - 1);
    IVec2::new(i32::try_from(across).unwrap_or_default(), middle.y)
}
