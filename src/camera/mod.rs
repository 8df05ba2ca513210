//! Cameras as entities: what the wall file says of each, and how it is doing.
//!
//! Main world. Owns [`Camera`] and what is told of it; [`crate::camera::live`] connects cameras to
//! threads. Policy: one entity a camera, whatever is shown, as long as the file has its id; its number
//! is its place in the file, from 1. What an operator is told and what only is counted ([`StreamStats`]) are different
//! components; the former are written only where they differ, so that `Changed` means that the wall
//! looks different.

pub mod messages;

mod feeds;
mod follow;
mod importance;
mod live;
mod picture;
mod recording;
mod recording_plan;
mod stream_choice;
mod stream_trouble;
mod waker;

use std::{
    ops::AddAssign,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use bevy::{ecs::query::QueryData, math::UVec2, prelude::*};

use crate::interface::Interface;
use camwall_config as config;
use camwall_config::Wall;
use camwall_media::{FeedState, FeedStatus, OutageKind, Warnings};
use camwall_recorder::RecorderStatus;

pub use feeds::Feeds;
pub use follow::follow_file;
pub use live::{close_feeds, feed_spec};
pub use picture::LivePicture;
#[cfg(test)]
pub use recording::Recording;
pub use recording::{RecordingStorage, close_recorders};

/// The steps of one update.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CameraSystems {
    /// Feeds and recorders are opened, their state is read.
    Read,
    /// Streams are chosen by the tiles, recordings follow schedule and keys.
    Act,
}

/// The cameras of a wall file, their feeds and their recorders.
pub struct CameraPlugin(pub WallFile);

impl Plugin for CameraPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(self.0.clone())
            .init_resource::<TextureSupport>()
            .init_resource::<Interface>()
            .add_systems(PreStartup, spawn_cameras)
            .add_systems(
                Update,
                (
                    (live::open_feeds, live::read_feeds).chain().in_set(CameraSystems::Read),
                    live::choose_streams.in_set(CameraSystems::Act),
                ),
            )
            .add_plugins((recording::plugin, importance::plugin));
    }
}

/// The wall file, read and checked.
#[derive(Resource, Debug, Clone)]
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
    /// The longest side, in texels: a frame with a larger picture would be refused as a whole, with all
    /// others in it.
    pub side: u32,
}

impl Default for TextureSupport {
    /// Everything, where nothing draws.
    fn default() -> Self {
        Self { deep: true, side: 16_384 }
    }
}

/// One camera of the wall file.
#[derive(Component, Debug)]
#[require(
    Health,
    PictureWarnings,
    PictureShape,
    StreamStats,
    RecordingStatus,
    Notice,
    TileLines,
    Important
)]
pub struct Camera {
    /// Place in the file, from 1: the number that operators type.
    pub number: usize,
    /// The camera's key in the file.
    pub id: Arc<str>,
    /// The name that operators read.
    pub name: String,
    /// Everything else the file says.
    pub config: config::Camera,
}

/// Which of a camera's streams is on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StreamKind {
    /// The large one.
    #[default]
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

/// What the operator is told of a camera's picture: the state of the stream on the wall.
#[derive(Component, Debug, Clone, PartialEq, Default)]
pub struct Health(pub FeedState);

/// What the operator is told of a picture that is live, and still not what it should be.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PictureWarnings(pub Warnings);

/// The shape of the newest picture, as the camera sent it.
#[derive(Component, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PictureShape {
    /// Width × height in pixels; zero before the first picture.
    pub size: UVec2,
    /// Sample aspect ratio, numerator and denominator; a zero in it means unknown.
    pub sar: (u32, u32),
}

/// Figures of a camera's stream: different in every update, so nothing is redrawn for them.
#[derive(Component, Debug, Clone, Default)]
pub struct StreamStats {
    /// Counters of the stream on the wall.
    pub feed: FeedStatus,
    /// Which stream is on the wall.
    pub stream: StreamKind,
    /// Pictures handed to the display since the start.
    pub shown: u64,
    /// From the arrival of the newest frame's last packet to its hand-over to the display.
    pub delay: Duration,
    /// Measured over the last second.
    pub rates: Rates,
    /// Of all streams since the start.
    pub totals: Totals,
    /// Bytes of packets that are kept in memory, of all connected streams.
    pub memory: usize,
    /// When the word for the camera's state became what it is.
    pub state_since: Option<Instant>,
}

/// Counters of all of a camera's streams since the start, closed ones too: they never go back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Frames and packets that were not shown because newer ones were there, or too late.
    pub dropped: u64,
    /// RTP packets lost on the way.
    pub lost: u64,
    /// Packets that could not be decoded, and frames of which parts are guessed.
    pub errors: u64,
    /// Connections lost and made anew.
    pub reconnects: u64,
}

impl Totals {
    /// Those of one stream.
    #[must_use]
    pub fn of(status: &FeedStatus) -> Self {
        Self {
            dropped: status.frames_replaced + status.packets_dropped,
            lost: status.frames_lost,
            errors: status.decode_errors,
            reconnects: status.reconnects,
        }
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, more: Self) {
        self.dropped += more.dropped;
        self.lost += more.lost;
        self.errors += more.errors;
        self.reconnects += more.reconnects;
    }
}

/// How a camera's recording goes.
#[derive(Component, Debug, Clone, PartialEq, Eq, Default)]
pub struct RecordingStatus(pub RecorderStatus);

/// A word to the operator about what a key just did, and how long it is shown.
#[derive(Component, Debug, Clone, PartialEq, Eq, Default)]
pub struct Notice(pub Option<(String, Instant)>);

/// All that is told of a camera.
#[derive(QueryData)]
pub struct CameraReport {
    /// What the wall file says.
    pub camera: &'static Camera,
    /// The state of its picture.
    pub health: &'static Health,
    /// What is wrong with it though it is live.
    pub warnings: &'static PictureWarnings,
    /// The figures of its stream.
    pub stats: &'static StreamStats,
    /// How its recording goes.
    pub recording: &'static RecordingStatus,
    /// What a key just did.
    pub notice: &'static Notice,
    /// Whether somebody sees it, and how large.
    pub lines: &'static TileLines,
}

/// How many lines a camera's picture needs to be sharp in its largest tile, pixels; `None` while
/// nobody sees the camera: no tile shows it, or only such as the full-screen one hides. Set by the
/// wall; chooses the stream, and whether it is decoded.
#[derive(Component, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TileLines(pub Option<u32>);

/// This camera is decoded also while nobody sees it, so that its picture is there at once: with as many
/// lines as it needs to be sharp in its largest tile of the layouts that are kept warm, pixels. Set by
/// the wall; chooses the stream while nobody sees the camera.
#[derive(Component, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prewarmed(pub Option<u32>);

/// Whether somebody looks at the camera more than at others: it is selected or full-screen on a wall.
/// Set by the wall; its feeds are decoded first where this computer can't keep up.
#[derive(Component, Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Important(pub bool);

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

/// States with their words: the list of all of them can't lack one.
macro_rules! states {
    ($(#[$meta:meta])* enum {
        $($(#[$doc:meta])* $state:ident = $word:literal,)*
    }) => {
        $(#[$meta])*
        pub enum CameraState {
            $($(#[$doc])* $state,)*
        }

        impl CameraState {
            /// All of them.
            #[cfg(test)]
            pub const ALL: &[Self] = &[$(Self::$state),*];

            /// The word in the status lines; part of the stable interface.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$state => $word,)*
                }
            }
        }
    };
}

states! {
    /// The words for a camera's state, as scripts and operators know them. The first that is true of a
    /// camera, from the last to the first but for `ended`, is said.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum {
        /// First connection under way.
        Connecting = "connecting",
        /// Frames arrive.
        Live = "live",
        /// Frames arrive long after they were taken.
        Late = "late",
        /// Connected, but no frame for too long.
        Stale = "stale",
        /// Packets arrive, but no clean frame can be made of them.
        Undecodable = "undecodable",
        /// The camera is there and has no time; a retry is planned.
        Busy = "busy",
        /// The camera refused the login.
        AuthFailed = "auth_failed",
        /// There is no login to try with.
        NoLogin = "no_login",
        /// The camera's certificate is not trusted.
        NotTrusted = "not_trusted",
        /// Not connected; a retry is planned.
        Offline = "offline",
        /// The source was a file and is over.
        Ended = "ended",
    }
}

impl Health {
    /// The state as one word.
    #[must_use]
    pub fn state(&self) -> CameraState {
        match &self.0 {
            FeedState::Connecting => CameraState::Connecting,
            FeedState::Live => CameraState::Live,
            FeedState::Late { .. } => CameraState::Late,
            FeedState::Stale => CameraState::Stale,
            FeedState::Undecodable { .. } => CameraState::Undecodable,
            FeedState::Down(outage) => match outage.error.outage() {
                OutageKind::Offline => CameraState::Offline,
                OutageKind::NoLogin => CameraState::NoLogin,
                OutageKind::LoginRefused => CameraState::AuthFailed,
                OutageKind::Busy => CameraState::Busy,
                OutageKind::NotTrusted => CameraState::NotTrusted,
            },
            FeedState::Ended => CameraState::Ended,
        }
    }
}

impl StreamStats {
    /// Age of the newest frame; `None` before the first.
    #[must_use]
    pub fn frame_age(&self, now: Instant) -> Option<Duration> {
        self.feed.last_frame_at.map(|at| now.saturating_duration_since(at))
    }
}

/// Takes a component off all entities that have it.
fn take_all<T: Component>(world: &mut World) -> Vec<T> {
    let mut query = world.query_filtered::<Entity, With<T>>();
    let entities: Vec<Entity> = query.iter(world).collect();
    entities.into_iter().filter_map(|entity| world.entity_mut(entity).take()).collect()
}

impl Camera {
    /// As the wall file has it, in its place `number`, from 1.
    fn new(number: usize, id: &str, config: &config::Camera) -> Self {
        let (id, name) = (Arc::from(id), config.label(id).to_owned());
        Self { number, id, name, config: config.clone() }
    }
}

/// One entity per camera of the file.
pub fn spawn_cameras(mut commands: Commands, file: Res<WallFile>) {
    for (number, (id, config)) in (1..).zip(&file.wall.cameras) {
        let mut camera = commands.spawn(Camera::new(number, id, config));
        if file.wall.is_prewarmed(id) {
            camera.insert(Prewarmed::default());
        }
    }
}
