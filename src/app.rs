//! The program: a wall file and a command line become a running app.
//!
//! Owns the choice of plugins, the order of their steps within an update, and the loop: winit's
//! with a window, our own without. Policy: with and without a window the same systems draw the same
//! scene; only the target differs. What is read comes before what is decided, and what is decided
//! before what is drawn, so that an operator's input is on the screen with the next picture.

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
    window::{ExitCondition, ExitSystems, WindowPlugin},
    winit::{
        EventLoopProxy, EventLoopProxyWrapper, UpdateMode, WinitPlugin, WinitSettings,
        WinitUserEvent,
    },
};
use crossbeam_channel::bounded;

use crate::burn_in::{BurnInPlugin, BurnInSystems};
use crate::camera::{CameraPlugin, CameraSystems, WallFile, close_feeds, close_recorders};
use crate::cli::{Headless, RunArgs};
use crate::input::{InputSystems, OperatorPlugin};
use crate::interface::Interface;
use crate::opening::Opened;
use crate::overlay::{OverlayPlugin, OverlaySystems};
use crate::pacing::{FramePacer, HEARTBEAT, PacingPlugin};
use crate::reload::{Asker, ReloadPlugin, WatchedFile};
use crate::render::{ScenePlugin, SceneSystems};
use crate::sandbox::{Granted, SandboxReport};
use crate::shutdown::{Shutdown, ShutdownPlugin};
use crate::status::{StatusPlugin, StatusReporter, StatusSystems};
use crate::wall::{WallPlugin, WallSystems};
use crate::wall_picture::{WallPicturePlugin, WallPictureSystems};
use crate::watchdog::{Vitals, WatchdogPlugin};
use crate::window::{
    Desktop, DesktopPlugin, NoDisplay, PlacementPlugin, PlacementSystems, find_display,
};
use crate::{render, status};
use camwall_config::{Bindings, ConfigErrors, Loaded, Wall};
use camwall_media::BestEffort;

#[cfg(test)]
mod hidden_tests;
#[cfg(test)]
mod language_tests;
#[cfg(test)]
mod looks_tests;
#[cfg(test)]
mod monitors_tests;
#[cfg(test)]
mod plugins_tests;
#[cfg(test)]
mod quiet_tests;
#[cfg(test)]
mod reload_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tour_tests;
#[cfg(test)]
mod two_walls_tests;
#[cfg(test)]
mod words_tests;

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

/// Opens the wall of a wall file that was read, and returns when it is closed.
///
/// # Errors
/// When it could not be opened.
pub fn run(args: &RunArgs, opened: Opened) -> Result<AppExit, RunError> {
    let Opened { loaded, folder, sandbox } = opened;
    for warning in &loaded.warnings {
        warn!("{warning}");
    }
    say_sandbox(sandbox.as_ref());
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
    let size = args.size.map(UVec2::from);
    let pacer = match display {
        Some(display) => {
            let file = args.wall_name();
            with_windows(&mut app, Desktop { managed: display.managed, size, file })
        }
        None => without_window(&mut app),
    }?;
    let granted = sandbox.map_or_else(Granted::default, |report| report.granted().clone());
    let watched = watch(args.wall_file(), &loaded, granted, &pacer)?;
    let asker = watched.as_ref().map(WatchedFile::asker);
    let hung_up = move || asker.iter().for_each(Asker::ask);
    let shutdown = Shutdown::new(args.run_for, args.snapshot.clone(), &pacer, hung_up)?;
    let file = WallFile { wall: loaded.wall, folder };
    add_walls(&mut app, file, size, layout, reporter, pacer);
    let reload = ReloadPlugin::new(watched);
    app.add_plugins((ShutdownPlugin(shutdown), WatchdogPlugin::start()?, reload));
    // Behind what ends the program where the window was closed, or nothing would be closed then.
    app.add_systems(Last, shut_down.after(ExitSystems).run_if(on_message::<AppExit>));
    Ok(app.run())
}

/// Watches the wall file, where there is one, and unless it comes from a pipe and can't be read again.
fn watch(
    file: Option<&Path>,
    loaded: &Loaded,
    granted: Granted,
    pacer: &FramePacer,
) -> io::Result<Option<WatchedFile>> {
    let Some(file) = file.filter(|file| file.is_file()) else { return Ok(None) };
    WatchedFile::start(file.to_owned(), loaded.clone(), granted, pacer.clone()).map(Some)
}

/// Says once what the program gave up at its start.
fn say_sandbox(sandbox: Option<&SandboxReport>) {
    match sandbox {
        Some(report) if report.is_whole() => info!("{report}"),
        Some(report) => warn!("{report}"),
        None => info!("sandbox: off, as the wall file says"),
    }
    for remark in sandbox.map(SandboxReport::remarks).unwrap_or_default() {
        warn!("{remark}");
    }
}

/// Everything that is not Bevy's: the walls of a file, of the size and with the first wall's layout that
/// the command line names.
fn add_walls(
    app: &mut App,
    file: WallFile,
    size: Option<UVec2>,
    layout: Option<usize>,
    reporter: StatusReporter,
    pacer: FramePacer,
) {
    app.insert_resource(Interface::of(file.wall.language));
    app.add_plugins((
        OperatorPlugin(Bindings::resolve(&file.wall)),
        WallPlugin::of(&file.wall, size, layout),
        CameraPlugin(file),
        StatusPlugin::new(reporter),
        BurnInPlugin,
        OverlayPlugin,
        ScenePlugin,
        WallPicturePlugin,
        PacingPlugin(pacer),
    ));
    set_order(app);
}

/// The steps of one update, in order.
fn set_order(app: &mut App) {
    app.configure_sets(
        Update,
        (
            CameraSystems::Read,
            PlacementSystems,
            BurnInSystems,
            WallSystems::Follow,
            InputSystems,
            WallSystems::Place,
            CameraSystems::Act,
            SceneSystems::Scale,
            StatusSystems,
            SceneSystems::Fill,
            WallPictureSystems,
            OverlaySystems,
            SceneSystems::Present,
        )
            .chain(),
    );
}

/// The layout that the command line names.
fn first_layout(args: &RunArgs, wall: &Wall) -> Result<Option<usize>, RunError> {
    let Some(name) = &args.layout else { return Ok(None) };
    wall.layouts.get_index_of(name).map(Some).ok_or_else(|| {
        let known: Vec<&str> = wall.layouts.keys().map(String::as_str).collect();
        RunError::UnknownLayout(name.clone(), args.wall_name(), known.join(", "))
    })
}

/// What the walls need of Bevy, with or without windows, which are opened and closed in
/// [`crate::window`].
fn add_common(app: &mut App) {
    let exit_condition = ExitCondition::DontExit;
    app.add_plugins((
        TaskPoolPlugin::default(),
        FrameCountPlugin,
        TimePlugin,
        InputPlugin,
        bevy::transform::TransformPlugin,
        WindowPlugin {
            primary_window: None,
            exit_condition,
            close_when_requested: false,
            ..default()
        },
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

fn with_windows(app: &mut App, desktop: Desktop) -> io::Result<FramePacer> {
    add_common(app);
    app.add_plugins((PlacementPlugin(desktop), DesktopPlugin, WinitPlugin::default()));
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
    add_common(app);
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
    world.resource::<Vitals>().unwatch();
    status::print_final_table(world);
    close_recorders(world);
    close_feeds(world);
    // Last: readers of numbers may keep us waiting, files and cameras not.
    status::close(world);
}
