//! The program: a wall file and a command line become a running app.
//!
//! Owns the choice of Bevy's plugins and the loop: winit's with a window, our own without. Policy:
//! with and without a window the same systems draw the same scene; only the target differs.

mod systems;
#[cfg(test)]
mod tests;

use std::{
    io,
    path::{Path, PathBuf},
};

use bevy::{
    app::{AppExit, PluginsState},
    diagnostic::FrameCountPlugin,
    input::InputPlugin,
    log::tracing::{info, warn},
    math::UVec2,
    prelude::*,
    render::RenderPlugin,
    time::TimePlugin,
    window::{ExitCondition, WindowPlugin},
    winit::{
        EventLoopProxy, EventLoopProxyWrapper, UpdateMode, WinitPlugin, WinitSettings,
        WinitUserEvent,
    },
};
use crossbeam_channel::bounded;

use crate::camera::{WallFile, close_feeds, close_recorders};
use crate::cli::{Headless, RunArgs};
use crate::input::Keyboard;
use crate::pacing::{FramePacer, HEARTBEAT};
use crate::shutdown::Shutdown;
use crate::status::StatusReporter;
use crate::wall::WallView;
use crate::window::{NoDisplay, WindowPlacement, find_display, keep_focus};
use crate::{render, status};
use camwall_config::{Bindings, ConfigErrors, Wall};
use camwall_media::BestEffort;

/// Why the wall could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The wall file has mistakes.
    #[error(transparent)]
    Config(#[from] ConfigErrors),
    /// `--layout` names none.
    #[error("--layout {0}: there is no such layout in {1}; it has: {2}")]
    UnknownLayout(String, PathBuf, String),
    /// No window can be opened.
    #[error("{0}; open the wall on a screen, or use --headless to render without a window")]
    Display(#[from] NoDisplay),
    /// The status file can't be written.
    #[error("--status {0}: {1}")]
    Status(PathBuf, io::Error),
    /// The wall's picture can't be written.
    #[error("--snapshot {0}: {1}")]
    Snapshot(PathBuf, io::Error),
    /// A thread or a signal handler can't be set up.
    #[error("can't start: {0}")]
    Start(#[from] io::Error),
}

/// Opens the wall and returns when it is closed.
///
/// # Errors
/// When it could not be opened.
pub fn run(args: &RunArgs) -> Result<AppExit, RunError> {
    let loaded = Wall::load(&args.wall)?;
    for warning in &loaded.warnings {
        warn!("{warning}");
    }
    let display = match args.headless {
        Headless::Always => None,
        Headless::Never => Some(find_display()?),
        Headless::Auto => match find_display() {
            Ok(display) => Some(display),
            Err(error) => {
                info!("{error}: rendering the wall offscreen");
                None
            }
        },
    };
    let layout = first_layout(args, &loaded.wall)?;
    let reporter = StatusReporter::new(args)
        .map_err(|e| RunError::Status(args.status.clone().unwrap_or_default(), e))?;
    if let Some(path) = &args.snapshot {
        render::check_writable(path).map_err(|e| RunError::Snapshot(path.clone(), e))?;
    }
    camwall_media::init();
    let mut app = App::new();
    let pacer = match display {
        Some(display) => {
            let placement = WindowPlacement::new(&loaded.wall.window, args.size, display.managed);
            with_window(&mut app, placement, &args.wall)
        }
        None => without_window(&mut app),
    }?;
    let stats = loaded.wall.overlay.stats;
    let (width, height) = args.size.unwrap_or(loaded.wall.window.size);
    let folder = args.wall.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    app.add_plugins((render::plugin, systems::plugin))
        .insert_resource(Shutdown::new(args.run_for, args.snapshot.clone(), &pacer)?)
        .insert_resource(pacer)
        .insert_resource(reporter)
        .insert_resource(Keyboard(Bindings::resolve(&loaded.wall.keys)))
        .insert_resource(WallView::new(UVec2::new(width, height), layout, stats))
        .insert_resource(WallFile { wall: loaded.wall, folder });
    app.add_systems(Last, shut_down.run_if(on_message::<AppExit>));
    Ok(app.run())
}

fn first_layout(args: &RunArgs, wall: &Wall) -> Result<usize, RunError> {
    let Some(name) = &args.layout else { return Ok(wall.first_layout()) };
    wall.layouts.get_index_of(name).ok_or_else(|| {
        let known: Vec<&str> = wall.layouts.keys().map(String::as_str).collect();
        RunError::UnknownLayout(name.clone(), args.wall.clone(), known.join(", "))
    })
}

/// What the wall needs of Bevy, with or without a window.
fn add_common(app: &mut App, window: Option<Window>) {
    let exit_condition =
        if window.is_some() { ExitCondition::OnPrimaryClosed } else { ExitCondition::DontExit };
    app.add_plugins((
        TaskPoolPlugin::default(),
        FrameCountPlugin,
        TimePlugin,
        InputPlugin,
        bevy::transform::TransformPlugin,
        WindowPlugin { primary_window: window, exit_condition, ..default() },
        bevy::a11y::AccessibilityPlugin,
        AssetPlugin::default(),
    ));
}

fn add_renderer(app: &mut App) {
    app.add_plugins((
        RenderPlugin { render_creation: render::render_creation(), ..default() },
        bevy::image::ImagePlugin::default(),
        bevy::mesh::MeshPlugin,
        bevy::camera::CameraPlugin,
    ));
}

fn with_window(app: &mut App, placement: WindowPlacement, wall: &Path) -> io::Result<FramePacer> {
    add_common(app, Some(placement.window(wall)));
    app.insert_resource(placement).add_systems(Update, keep_focus);
    app.add_plugins(WinitPlugin::default());
    let mode = UpdateMode::reactive_low_power(HEARTBEAT);
    app.insert_resource(WinitSettings { focused_mode: mode, unfocused_mode: mode });
    let proxy = EventLoopProxy::clone(app.world().resource::<EventLoopProxyWrapper>());
    add_renderer(app);
    FramePacer::start(move || {
        // A closed event loop means that the program is ending.
        proxy.send_event(WinitUserEvent::WakeUp).best_effort();
    })
}

/// Runs updates whenever the pacer calls, or a heartbeat has passed.
fn without_window(app: &mut App) -> io::Result<FramePacer> {
    add_common(app, None);
    add_renderer(app);
    let (wake, woken) = bounded(1);
    app.set_runner(move |mut app| {
        while app.plugins_state() == PluginsState::Adding {
            bevy::tasks::tick_global_task_pools_on_main_thread();
        }
        app.finish();
        app.cleanup();
        loop {
            app.update();
            if let Some(exit) = app.should_exit() {
                return exit;
            }
            // A time-out is the heartbeat; the pacer lives in the app and can't be gone.
            woken.recv_timeout(HEARTBEAT).best_effort();
        }
    });
    FramePacer::start(move || {
        // Full means that a wake-up is pending already.
        wake.try_send(()).best_effort();
    })
}

/// Ends everything that must end properly, and says how it went.
fn shut_down(world: &mut World) {
    status::print_final_table(world);
    close_recorders(world);
    close_feeds(world);
    // Last: readers of numbers may keep us waiting, files and cameras not.
    status::close(world);
}
