//! The windows: their monitors, their sizes, full-screen and back.
//!
//! Main world. Owns [`WindowPlacement`] of each wall, and opens and closes its window. Policy: full-screen
//! means the whole monitor that the wall file names, also in a kiosk without a window manager, where the
//! window is placed and sized by hand; a wall whose monitor is not there has no window and waits for it;
//! and [`input_focus`] gives the walls the keyboard.

mod choice;
mod display;
mod geometry;
mod hotplug;
mod input_focus;
mod monitors;
mod place;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use bevy::{math::UVec2, prelude::*, window::ExitSystems};

use crate::operation::{Operation, Phase};
use crate::wall::{OnScreen, Wall, WallName};
use camwall_config::{Action, Screen};

pub use display::{NoDisplay, find_display};
pub use place::Spot;

/// The step of an update in which windows are opened, placed and closed; before walls follow them.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlacementSystems;

/// The windows of walls that have some.
#[derive(Debug, Clone)]
pub struct PlacementPlugin(pub Desktop);

impl Plugin for PlacementPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(self.0.clone())
            .init_resource::<monitors::ListedAnew>()
            .add_observer(monitors::count)
            .add_observer(monitors::unlink)
            .add_observer(place::close)
            .add_observer(switch_fullscreen)
            .add_systems(
                Update,
                (follow_screens, place::place_windows).chain().in_set(PlacementSystems),
            )
            .add_systems(Last, place::close_when_asked.in_set(ExitSystems));
    }
}

/// What only a real desktop has: monitors that change, and a keyboard that somebody has to have.
pub struct DesktopPlugin;

impl Plugin for DesktopPlugin {
    fn build(&self, app: &mut App) {
        let keep_focus = input_focus::keep_focus.in_set(PlacementSystems);
        app.add_systems(
            Update,
            (hotplug::announce, monitors::list_anew.before(PlacementSystems), keep_focus),
        );
    }
}

/// What all windows have in common.
#[derive(Resource, Debug, Clone)]
pub struct Desktop {
    /// A window manager makes windows full-screen. Without one nobody does but we.
    pub managed: bool,
    /// The command line says how large windows are, in pixels; none of them is full-screen then.
    pub size: Option<UVec2>,
    /// The wall file, for the titles.
    pub file: PathBuf,
}

impl Desktop {
    /// What a window is called.
    fn title(&self, wall: &WallName) -> String {
        let title = format!("camwall – {}", self.file.display());
        if wall.name.is_empty() { title } else { format!("{title} – {}", wall.name) }
    }
}

/// How a wall's window is placed on its monitor.
#[derive(Component, Debug, Clone, PartialEq)]
#[require(place::Spot)]
pub struct WindowPlacement {
    /// The window covers the monitor.
    pub fullscreen: bool,
    /// What the wall file says.
    screen: Screen,
    /// The command line says how large the window is.
    size: Option<UVec2>,
}

impl WindowPlacement {
    /// As the wall file asks for it; `size` (pixels) overrides it and full-screen.
    fn new(screen: &Screen, size: Option<UVec2>) -> Self {
        let fullscreen = screen.fullscreen && size.is_none();
        Self { fullscreen, screen: screen.clone(), size }
    }

    /// Follows another wall file; what the command line or an operator says otherwise stays where the
    /// file says nothing new of it.
    fn follow(&mut self, new: &Screen) {
        if self.size.is_none() && self.screen.fullscreen != new.fullscreen {
            self.fullscreen = new.fullscreen;
        }
        self.screen = new.clone();
    }

    /// Size of a window that does not cover the monitor, width × height in pixels.
    fn size(&self) -> UVec2 {
        self.size.unwrap_or_else(|| self.screen.size.into())
    }
}

/// Walls get a placement, which follows the wall file.
fn follow_screens(
    mut walls: Query<(Entity, &OnScreen, Option<&mut WindowPlacement>), Changed<OnScreen>>,
    desktop: Res<Desktop>,
    mut commands: Commands,
) {
    for (wall, OnScreen(screen), placement) in &mut walls {
        match placement {
            Some(mut placement) => placement.follow(screen),
            None => {
                commands.entity(wall).insert(WindowPlacement::new(screen, desktop.size));
            }
        }
    }
}

/// Full-screen or window.
fn switch_fullscreen(operation: On<Operation>, mut walls: Query<&mut WindowPlacement, With<Wall>>) {
    if (operation.action, operation.phase) == (Action::Fullscreen, Phase::Pressed)
        && let Ok(mut placement) = walls.get_mut(operation.entity)
    {
        placement.fullscreen = !placement.fullscreen;
    }
}
