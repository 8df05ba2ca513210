//! How the wall ends, and the pictures it leaves.
//!
//! Owns the thread `signals` (SIGINT, SIGTERM; SIGHUP, which ends nothing), the time limit of `--for` and
//! when `--snapshot` is written. Policy: every way to end takes the same road, so that feeds and files are closed
//! properly; a second signal ends the program at once.

use std::{
    io,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use bevy::{app::AppExit, prelude::*};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};
use tracing::{info, warn};

use crate::camera::{CameraState, Health, StreamStats};
use crate::logging;
use crate::operation::{Operation, Phase};
use crate::pacing::FramePacer;
use crate::render::{DrawRequest, Snapshot};
use crate::status::{StatusReporter, StatusSystems, sample};
use crate::wall::{Waiting, WallName};
use camwall_config::Action;

/// Ends the program, after what it leaves is written.
pub struct ShutdownPlugin(pub Shutdown);

impl Plugin for ShutdownPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(self.0.clone())
            .add_systems(Update, watch.after(sample).in_set(StatusSystems))
            .add_observer(quit);
    }
}

/// Ends the program at once: an operator who wants to is not kept.
pub fn quit(operation: On<Operation>, mut exit: MessageWriter<AppExit>) {
    if (operation.action, operation.phase) == (Action::Quit, Phase::Pressed) {
        exit.write(AppExit::Success);
    }
}

/// When the wall ends, and which picture it leaves.
#[derive(Resource, Debug, Clone)]
pub struct Shutdown {
    run_for: Option<Duration>,
    snapshot: Option<PathBuf>,
    first_written: bool,
    signalled: Arc<AtomicBool>,
    /// How often the pass had drawn when the end began.
    ending: Option<u64>,
}

/// When the first snapshot is written though not every camera has a picture.
const FIRST_SNAPSHOT: Duration = Duration::from_secs(10);

/// Exit code of a program that a signal ended, less the signal's number (POSIX shells).
const BY_SIGNAL: i32 = 128;

impl Shutdown {
    /// Ends after `run_for` or on a signal, and writes `snapshot` before. Calls `hung_up` on SIGHUP: that
    /// the terminal is gone ends no wall.
    ///
    /// # Errors
    /// When the signals can't be watched.
    pub fn new(
        run_for: Option<Duration>,
        snapshot: Option<PathBuf>,
        pacer: &FramePacer,
        hung_up: impl Fn() + Send + 'static,
    ) -> io::Result<Self> {
        let signalled = Arc::new(AtomicBool::new(false));
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
        let (flag, pacer) = (Arc::clone(&signalled), pacer.clone());
        thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in signals.forever() {
                if signal == SIGHUP {
                    hung_up();
                    continue;
                }
                if flag.swap(true, Relaxed) {
                    warn!("second signal: ending at once");
                    logging::flush();
                    std::process::exit(BY_SIGNAL + signal);
                }
                pacer.notify();
            }
        })?;
        Ok(Self { run_for, snapshot, first_written: false, signalled, ending: None })
    }
}

/// Ends the program when it is time, after the last snapshot was drawn.
pub fn watch(
    mut shutdown: ResMut<Shutdown>,
    reporter: Res<StatusReporter>,
    cameras: Query<(&Health, &StreamStats)>,
    mut walls: Query<(&WallName, &mut DrawRequest), Without<Waiting>>,
    mut app_exit: MessageWriter<AppExit>,
    pacer: Res<FramePacer>,
) {
    // The picture that the command line asks for is that of the first wall that is seen.
    let first = walls.iter_mut().min_by_key(|(name, _)| name.number);
    let mut wall = first.map(|(_, request)| request);
    let drawn = wall.as_ref().map_or(0, |wall| wall.drawn());
    let mut leave = |snapshot: Option<PathBuf>| {
        if let Some(wall) = &mut wall {
            wall.snapshots.extend(snapshot.map(Snapshot::to_file));
        }
    };
    let elapsed = reporter.elapsed();
    if !shutdown.first_written && shutdown.snapshot.is_some() {
        let waiting = |(health, stats): (&Health, &StreamStats)| {
            health.state() == CameraState::Connecting || stats.feed.frames_decoded == 0
        };
        if elapsed >= FIRST_SNAPSHOT || !cameras.iter().any(waiting) {
            shutdown.first_written = true;
            leave(shutdown.snapshot.clone());
        }
    }
    if let Some(before) = shutdown.ending {
        // Drawn, or the window can't draw: either way there is nothing left to wait for.
        let waited = shutdown.run_for.is_some_and(|limit| elapsed > limit + FIRST_SNAPSHOT);
        if drawn > before || shutdown.snapshot.is_none() || waited {
            app_exit.write(AppExit::Success);
        }
        pacer.notify();
        return;
    }
    let over = shutdown.run_for.is_some_and(|limit| elapsed >= limit);
    if over || shutdown.signalled.load(Relaxed) {
        info!("ending after {:.1} s", elapsed.as_secs_f32());
        leave(shutdown.snapshot.clone());
        shutdown.run_for = Some(elapsed);
        shutdown.ending = Some(drawn);
        pacer.notify();
    } else if let Some(limit) = shutdown.run_for {
        pacer.wake_at(std::time::Instant::now() + limit.saturating_sub(elapsed));
    }
}
