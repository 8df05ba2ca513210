//! The wall file is read anew while the program runs: when it is saved, by SIGHUP and by key.
//!
//! Main world. Owns [`Reload`], what came of it; [`watch`] reads the file on a thread of its own.
//! Policies: a file that is in order is taken over at once, between two updates, and only what it
//! says differently changes; of one that is not, nothing is taken over, and its mistakes stand on the
//! wall until it is mended; what only a new start brings about stays as it was, and is said.

mod folders;
mod watch;

use std::sync::Arc;

use bevy::prelude::*;
use tracing::{error, info, warn};

use self::watch::News;
pub use self::watch::{Asker, WatchedFile};
use crate::camera::{self, CameraSystems, WallFile};
use crate::input::Keyboard;
use crate::interface::Interface;
use crate::operation::{Operation, Phase};
use crate::sandbox::Lacking;
use crate::wall;
use camwall_config::{Action, Bindings, Change, ConfigErrors, Diff, Loaded};

/// Takes over what is read of the wall file; nothing where there is none to be read again.
#[derive(Default)]
pub struct ReloadPlugin(std::sync::Mutex<Option<WatchedFile>>);

impl ReloadPlugin {
    /// Of this file.
    #[must_use]
    pub fn new(file: Option<WatchedFile>) -> Self {
        Self(std::sync::Mutex::new(file))
    }
}

impl Plugin for ReloadPlugin {
    fn build(&self, app: &mut App) {
        // Built once: Bevy refuses a plugin that is added twice.
        if let Some(file) = self.0.lock().ok().and_then(|mut file| file.take()) {
            app.insert_resource(Source(file));
        }
        app.init_resource::<Reload>()
            .add_systems(Update, take_news.before(CameraSystems::Read))
            .add_observer(by_key);
    }
}

/// Where news come from.
#[derive(Resource)]
struct Source(WatchedFile);

/// What came of the wall file since the start.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct Reload {
    /// How many files were taken over.
    pub generation: u64,
    /// What is wrong with the file as it is now, which is not taken over; until it is mended.
    pub mistakes: Option<Arc<ConfigErrors>>,
    /// What of the newest file that was in order only a new start brings about.
    pub restart: Vec<NeedsRestart>,
}

impl Reload {
    /// How many mistakes are in the file as it is now; one where it can't be read at all.
    #[must_use]
    pub fn mistakes(&self) -> usize {
        match self.mistakes.as_deref() {
            None => 0,
            Some(ConfigErrors::Unreadable { .. }) => 1,
            Some(ConfigErrors::Wrong(mistakes)) => mistakes.len(),
        }
    }
}

/// What a running program can't do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NeedsRestart {
    /// The sandbox does not let it reach this.
    OutOfReach(Lacking),
    /// Recordings are to be elsewhere: one run keeps to one folder.
    RecordingFolder,
    /// The sandbox is to be on or off.
    Sandbox,
}

impl NeedsRestart {
    fn of(change: &Change) -> Option<Self> {
        match change {
            Change::RecordingFolder => Some(Self::RecordingFolder),
            Change::Sandbox => Some(Self::Sandbox),
            _ => None,
        }
    }
}

impl std::fmt::Display for NeedsRestart {
    /// For the log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OutOfReach(Lacking { whose, path, .. }) => {
                write!(f, "{whose}: {} is out of the sandbox's reach", path.display())
            }
            Self::RecordingFolder => {
                f.write_str("the recordings stay in the folder that they are in")
            }
            Self::Sandbox => f.write_str("the sandbox can't be entered or left"),
        }
    }
}

fn by_key(operation: On<Operation>, source: Option<Res<Source>>) {
    if (operation.action, operation.phase) == (Action::Reload, Phase::Pressed)
        && let Some(source) = source
    {
        source.0.asker().ask();
    }
}

/// Takes over what was read, if anything was.
fn take_news(world: &mut World) {
    let Some(news) = world.get_resource::<Source>().and_then(|source| source.0.news()) else {
        return;
    };
    match news {
        News::Sound(loaded, lacking) => take_over(world, *loaded, lacking),
        News::Wrong(errors) => refuse(world, errors),
        News::OutOfReach(path) => {
            let whose = crate::sandbox::Whose::WallFile;
            let lacking = NeedsRestart::OutOfReach(Lacking { camera: None, whose, path });
            warn!("RESTART NEEDED: {lacking}");
            let mut reload = world.resource_mut::<Reload>();
            (reload.mistakes, reload.restart) = (None, vec![lacking]);
        }
    }
}

/// Mistakes that the log says of one file.
const MOST_LINES: usize = 20;

fn refuse(world: &mut World, errors: ConfigErrors) {
    error!("wall file: it has mistakes and is not taken over; the wall goes on as it was");
    errors.to_string().lines().take(MOST_LINES).for_each(|line| error!("{line}"));
    world.resource_mut::<Reload>().mistakes = Some(Arc::new(errors));
}

/// Takes over a wall file that is in order, of which this is out of reach.
pub fn take_over(world: &mut World, loaded: Loaded, lacking: Vec<Lacking>) {
    for warning in &loaded.warnings {
        warn!("{warning}");
    }
    let Some(file) = world.get_resource::<WallFile>() else { return };
    let old = file.wall.clone();
    let asked = Diff::of(&old, &loaded.wall);
    let mut new = loaded.wall.over(&old);
    for camera in lacking.iter().filter_map(|it| it.camera.as_ref()) {
        // One that is connected stays so.
        new.keep_camera(camera, &old);
    }
    let restart = asked.rest.iter().filter_map(NeedsRestart::of);
    let restart: Vec<_> =
        restart.chain(lacking.into_iter().map(NeedsRestart::OutOfReach)).collect();
    restart.iter().for_each(|why| warn!("RESTART NEEDED: {why}"));
    let diff = Diff::of(&old, &new);
    let (cameras, rest) = (diff.cameras.len(), diff.rest.len());
    info!("wall file: taken over; {cameras} changes of cameras, {rest} others");
    if !diff.is_empty() {
        world.resource_mut::<WallFile>().wall = new;
        camera::follow_file(world, &diff);
        wall::follow_file(world, &diff, &old);
        follow_rest(world, &diff);
    }
    let generation = world.resource::<Reload>().generation + 1;
    *world.resource_mut::<Reload>() = Reload { generation, mistakes: None, restart };
}

/// Keys, which may name walls, and the language.
fn follow_rest(world: &mut World, diff: &Diff) {
    let new = &world.resource::<WallFile>().wall;
    let (bindings, language) = (Bindings::resolve(new), new.language);
    if diff.rest.iter().any(|it| matches!(it, Change::Keys | Change::Walls))
        && let Some(mut keyboard) = world.get_resource_mut::<Keyboard>()
    {
        keyboard.0 = bindings;
    }
    if diff.rest.contains(&Change::Language) {
        world.insert_resource(Interface(language.words()));
    }
}
