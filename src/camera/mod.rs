//! Cameras as entities: what the wall file says of each, and how it is doing.
//!
//! Main world. Owns [`Camera`] and [`CameraStatus`]; [`crate::camera::live`] connects them to
//! threads. Policy: one entity a camera, whatever is shown; its number is its place in the file,
//! from 1.

pub mod messages;

mod feeds;
mod live;
mod picture;
mod recording;
mod stream_choice;

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use bevy::prelude::*;

use camwall_config as config;
use camwall_config::{Action, Wall};
use camwall_media::FeedStatus;
use camwall_recorder::RecorderStatus;

pub use feeds::Feeds;
pub use live::{choose_streams, close_feeds, feed_spec, open_feeds, read_feeds};
pub use picture::LivePicture;
#[cfg(test)]
pub use recording::Recording;
pub use recording::{
    apply_actions, close_recorders, drive_recorders, find_storage, follow_schedule, open_recorders,
    read_recorders,
};

/// The wall file, read and checked.
#[derive(Resource, Debug)]
pub struct WallFile {
    /// The content of the file.
    pub wall: Wall,
    /// The folder of the file: paths in the file are relative to it.
    pub folder: PathBuf,
}

/// What the adapter's textures can hold, said at startup by what draws; feeds are opened with it.
#[derive(Resource, Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextureSupport {
    /// Planes of more than 8 bits a sample: 16-bit normalised textures.
    pub deep: bool,
}

impl Default for TextureSupport {
    /// Everything, where nothing draws.
    fn default() -> Self {
        Self { deep: true }
    }
}

/// One camera of the wall file.
#[derive(Component, Debug)]
pub struct Camera {
    /// Place in the file, from 0; operators see this plus one.
    pub index: usize,
    /// The camera's key in the file.
    pub id: Arc<str>,
    /// The name that operators read.
    pub name: String,
    /// Everything else the file says.
    pub config: config::Camera,
}

/// Which of a camera's streams is on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// The large one.
    Main,
    /// The small one.
    Sub,
}

impl StreamKind {
    /// The word in the status lines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Sub => "sub",
        }
    }
}

/// What is known of a camera, once per update.
#[derive(Component, Debug, Clone)]
pub struct CameraStatus {
    /// State and counters of the stream on the wall.
    pub feed: FeedStatus,
    /// Which stream is on the wall.
    pub stream: StreamKind,
    /// Pictures handed to the display since the start.
    pub shown: u64,
    /// From the arrival of the newest frame's last packet to its hand-over to the display.
    pub delay: Duration,
    /// How its recording goes; set by the recorder alone.
    pub record: RecorderStatus,
    /// A word to the operator about what a key just did, and how long it is shown.
    pub note: Option<(String, Instant)>,
    /// Measured over the last second.
    pub rates: Rates,
}

/// How many lines a camera's picture needs to be sharp in its largest tile, pixels; `None` while no
/// tile shows the camera. Set by the wall; chooses the stream.
#[derive(Component, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TileLines(pub Option<u32>);

/// What an operator wants of a camera, with the camera that was selected when the key was pressed:
/// input that follows within the same update must not change which camera is meant.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub struct CameraAction {
    /// What the key does.
    pub action: Action,
    /// The selected camera; none where the layout has no tile or the camera is gone.
    pub camera: Option<Entity>,
}

/// Rates over the last second.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Rates {
    /// Frames decoded, 1/s.
    pub decoded: f32,
    /// Frames handed to the display, 1/s.
    pub shown: f32,
    /// Received, kbit/s.
    pub kbps: f32,
}

/// The five words for a camera's state, plus `ended`, as scripts and operators know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CameraState {
    /// First connection under way.
    Connecting,
    /// Frames arrive.
    Live,
    /// Connected, but no frame for too long.
    Stale,
    /// Not connected; a retry is planned.
    Offline,
    /// The camera refused the login.
    AuthFailed,
    /// The source was a file and is over.
    Ended,
}

impl CameraState {
    /// The word in the status lines; part of the stable interface.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Live => "live",
            Self::Stale => "stale",
            Self::Offline => "offline",
            Self::AuthFailed => "auth_failed",
            Self::Ended => "ended",
        }
    }
}

impl CameraStatus {
    /// The state as one word.
    #[must_use]
    pub fn state(&self) -> CameraState {
        use camwall_media::FeedState as S;
        match self.feed.state {
            S::Connecting => CameraState::Connecting,
            S::Live => CameraState::Live,
            S::Stale => CameraState::Stale,
            S::Offline { .. } => CameraState::Offline,
            S::AuthFailed { .. } => CameraState::AuthFailed,
            S::Ended => CameraState::Ended,
        }
    }

    /// Age of the newest frame; `None` before the first.
    #[must_use]
    pub fn frame_age(&self, now: Instant) -> Option<Duration> {
        self.feed.last_frame_at.map(|at| now.saturating_duration_since(at))
    }
}

/// The cameras' entities in the order of the file: [`Camera::index`] → entity.
#[derive(Resource, Debug, Default)]
pub struct CameraOrder(pub Vec<Entity>);

/// Takes a component off all entities that have it.
fn take_all<T: Component>(world: &mut World) -> Vec<T> {
    let mut query = world.query_filtered::<Entity, With<T>>();
    let entities: Vec<Entity> = query.iter(world).collect();
    entities.into_iter().filter_map(|entity| world.entity_mut(entity).take()).collect()
}

/// One entity per camera of the file.
pub fn spawn_cameras(mut commands: Commands, file: Res<WallFile>) {
    let spawn = |(index, (id, config)): (usize, (&String, &config::Camera))| {
        let camera = Camera {
            index,
            id: Arc::from(id.as_str()),
            name: config.label(id).to_owned(),
            config: config.clone(),
        };
        commands.spawn((camera, TileLines::default())).id()
    };
    let order = file.wall.cameras.iter().enumerate().map(spawn).collect();
    commands.insert_resource(CameraOrder(order));
}
