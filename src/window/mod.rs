//! The window: its monitor, its size, full-screen and back.
//!
//! Main world. Owns [`WindowPlacement`]. Policy: full-screen means the whole monitor that the wall
//! file names, also in a kiosk without a window manager, where the window is placed and sized by
//! hand; and [`input_focus`] gives it the keyboard.

mod display;
mod input_focus;

use std::path::Path;

use bevy::{
    math::UVec2,
    prelude::*,
    window::{
        Monitor, MonitorSelection, PresentMode, PrimaryMonitor, PrimaryWindow, WindowMode,
        WindowResolution,
    },
};

use crate::operation::{Operation, Phase};
use camwall_config as config;
use camwall_config::Action;

pub use display::{NoDisplay, find_display};

/// The step of an update in which the window is placed; before walls follow it.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PlacementSystems;

/// The program's window, for a wall that has one.
#[derive(Debug, Clone)]
pub struct PlacementPlugin(pub WindowPlacement);

impl Plugin for PlacementPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(self.0.clone())
            .add_systems(Update, place_window.in_set(PlacementSystems))
            .add_observer(switch_fullscreen);
    }
}

/// Gives the window the keyboard where nobody else does.
pub struct FocusPlugin;

impl Plugin for FocusPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Update, input_focus::keep_focus.in_set(PlacementSystems));
    }
}

/// Follows another wall file, where there is a window: `old` is what the file said of it before.
pub fn follow_file(world: &mut World, old: &config::Window, new: &config::Window) {
    let Some(mut placement) = world.get_resource_mut::<WindowPlacement>() else { return };
    placement.follow(old, new);
    let WindowPlacement { fullscreen, size, managed, .. } = *placement;
    // Where nobody manages it, it is sized when it is placed.
    if managed && !fullscreen && old.size != new.size {
        let mut windows = world.query_filtered::<&mut Window, With<PrimaryWindow>>();
        for mut window in windows.iter_mut(world) {
            window.resolution.set_physical_resolution(size.x, size.y);
        }
    }
}

/// Full-screen or window.
fn switch_fullscreen(operation: On<Operation>, mut placement: ResMut<WindowPlacement>) {
    if (operation.action, operation.phase) == (Action::Fullscreen, Phase::Pressed) {
        placement.fullscreen = !placement.fullscreen;
    }
}

/// How the window is placed on its monitor.
#[derive(Resource, Debug, Clone)]
pub struct WindowPlacement {
    /// The window covers the monitor.
    pub fullscreen: bool,
    /// Size of a window that does not cover the monitor, width × height in pixels.
    size: UVec2,
    monitor: Option<config::Monitor>,
    managed: bool,
    /// The command line says how large the window is.
    sized: bool,
}

impl WindowPlacement {
    /// The window that the wall file asks for; `size` (pixels) overrides it and full-screen.
    #[must_use]
    pub fn new(config: &config::Window, size: Option<(u32, u32)>, managed: bool) -> Self {
        Self {
            fullscreen: config.fullscreen && size.is_none(),
            size: size.unwrap_or(config.size).into(),
            monitor: config.monitor.clone(),
            managed,
            sized: size.is_some(),
        }
    }

    /// Follows another wall file; what the command line or an operator says otherwise stays where the
    /// file says nothing new of it.
    fn follow(&mut self, old: &config::Window, new: &config::Window) {
        self.monitor.clone_from(&new.monitor);
        if self.sized {
            return;
        }
        self.size = new.size.into();
        if old.fullscreen != new.fullscreen {
            self.fullscreen = new.fullscreen;
        }
    }

    /// The window to open.
    #[must_use]
    pub fn window(&self, wall: &Path) -> Window {
        Window {
            title: format!("camwall – {}", wall.display()),
            name: Some("camwall".into()),
            // Sizes are in the pixels of the screen, whatever the desktop's scale.
            resolution: WindowResolution::new(self.size.x, self.size.y)
                .with_scale_factor_override(1.0),
            mode: self.mode(self.selection(None)),
            position: WindowPosition::Centered(self.selection(None)),
            present_mode: PresentMode::Fifo,
            ..default()
        }
    }

    fn mode(&self, monitor: MonitorSelection) -> WindowMode {
        if self.fullscreen && self.managed {
            WindowMode::BorderlessFullscreen(monitor)
        } else {
            WindowMode::Windowed
        }
    }

    fn selection(&self, named: Option<Entity>) -> MonitorSelection {
        match (&self.monitor, named) {
            (_, Some(entity)) => MonitorSelection::Entity(entity),
            (Some(config::Monitor::Index(index)), _) => MonitorSelection::Index(*index),
            _ => MonitorSelection::Primary,
        }
    }
}

/// Places the window when full-screen is switched, and when monitors come: the system lists them
/// only after the window was asked for, and they can be plugged in later.
pub fn place_window(
    placement: Res<WindowPlacement>,
    added: Query<(), Added<Monitor>>,
    monitors: Query<(Entity, &Monitor, Has<PrimaryMonitor>)>,
    mut windows: Query<&mut Window, With<PrimaryWindow>>,
) {
    if !placement.is_changed() && added.is_empty() {
        return;
    }
    let Ok(mut window) = windows.single_mut() else { return };
    let sorted: Vec<_> = monitors.iter().sort::<Entity>().collect();
    let wanted = match &placement.monitor {
        Some(config::Monitor::Name(name)) => {
            sorted.iter().find(|(_, monitor, _)| monitor.name.as_deref() == Some(name))
        }
        Some(config::Monitor::Index(index)) => sorted.get(*index),
        None => sorted.iter().find(|(.., primary)| *primary).or(sorted.first()),
    };
    let Some((entity, monitor, _)) = wanted else { return };
    window.mode = placement.mode(placement.selection(Some(*entity)));
    if placement.managed {
        return;
    }
    let whole = UVec2::new(monitor.physical_width, monitor.physical_height);
    let size = if placement.fullscreen { whole } else { placement.size.min(whole) };
    if window.physical_size() != size {
        window.resolution.set_physical_resolution(size.x, size.y);
    }
    let corner = monitor.physical_position + ((whole - size) / 2).as_ivec2();
    window.position = WindowPosition::At(corner);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(managed: bool, monitor: Option<config::Monitor>) -> App {
        let config = config::Window { monitor, ..default() };
        let placement = WindowPlacement::new(&config, None, managed);
        let mut app = App::new();
        app.world_mut().spawn((placement.window(Path::new("wall.ron")), PrimaryWindow));
        app.insert_resource(placement).add_systems(Update, place_window);
        for (name, x) in [("left", 0), ("right", 1920)] {
            app.world_mut().spawn(Monitor {
                name: Some(name.to_owned()),
                physical_width: 1920,
                physical_height: 1080,
                physical_position: IVec2::new(x, 0),
                refresh_rate_millihertz: None,
                scale_factor: 1.0,
                video_modes: Vec::new(),
            });
        }
        app.update();
        app
    }

    fn window(app: &mut App) -> Window {
        app.world_mut().query::<&Window>().single(app.world()).unwrap().clone()
    }

    #[test]
    fn without_a_window_manager_the_window_is_the_monitor() {
        let mut app = app(false, Some(config::Monitor::Name("right".into())));
        let found = window(&mut app);
        assert_eq!(found.physical_size(), UVec2::new(1920, 1080));
        assert_eq!(found.position, WindowPosition::At(IVec2::new(1920, 0)));
        app.world_mut().resource_mut::<WindowPlacement>().fullscreen = false;
        app.update();
        assert_eq!(window(&mut app).physical_size(), UVec2::new(1280, 720));
    }

    #[test]
    fn a_window_manager_is_asked_for_full_screen_on_the_named_monitor() {
        let mut app = app(true, Some(config::Monitor::Name("right".into())));
        let mode = window(&mut app).mode;
        assert!(matches!(mode, WindowMode::BorderlessFullscreen(MonitorSelection::Entity(_))));
        app.world_mut().resource_mut::<WindowPlacement>().fullscreen = false;
        app.update();
        assert_eq!(window(&mut app).mode, WindowMode::Windowed);
    }
}
