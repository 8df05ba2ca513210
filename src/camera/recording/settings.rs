//! The recordings as the wall file describes them: the folder, and one specification a camera.
//!
//! Main world. Owns [`RecordingStorage`]. Policy: nothing here waits for the disk; the folder is opened at
//! once where the wall file speaks of recording, because cameras that are no longer on the wall may have
//! left something to finish, else with the first camera that needs it.

use std::{path::Path, sync::Arc};

use bevy::prelude::*;

use super::Recorder;
use super::events::log_storage;
use crate::camera::{Camera, WallFile};
use crate::kernel;
use camwall_config as config;
use camwall_config::{CameraChange, CameraDiff, CameraFields, Change, Diff, Record};
use camwall_media::{Container, Keep};
use camwall_recorder::{RecorderSpec, RetentionLimits, SegmentSettings, Storage, StorageSpec};

/// The recording folder.
#[derive(Resource)]
pub struct RecordingStorage(pub(super) Arc<Storage>);

impl RecordingStorage {
    /// The folder, to be written to beside the recorders.
    #[must_use]
    pub fn storage(&self) -> Arc<Storage> {
        Arc::clone(&self.0)
    }
}

/// Knows the recording folder.
pub fn find_storage(mut commands: Commands, file: Res<WallFile>) {
    let recording = file.wall.recording.clone().unwrap_or_default();
    let root = std::path::absolute(recording.folder(&file.folder))
        .unwrap_or_else(|_no_such_folder| recording.folder(&file.folder));
    let known = known(&file);
    let storage = Storage::new(StorageSpec {
        root,
        must_exist: recording.must_exist,
        limits: limits(&recording.keep),
        known,
        handler: Arc::new(log_storage),
        clock: kernel::clock_is_synchronised,
    });
    if file.wall.recording.is_some() {
        storage.open();
    }
    commands.insert_resource(RecordingStorage(storage));
}

/// Follows another wall file: the storage learns of whom recordings are kept and for how long, recorders
/// how their files are to be.
pub fn follow_file(world: &mut World, diff: &Diff) {
    let (Some(file), Some(storage)) =
        (world.get_resource::<WallFile>(), world.get_resource::<RecordingStorage>())
    else {
        return;
    };
    let is = |change| diff.rest.contains(&change);
    if is(Change::Retention) {
        let keep = file.wall.recording.clone().unwrap_or_default().keep;
        storage.0.set_limits(limits(&keep));
    }
    if diff.cameras.iter().any(|it| matches!(it.what, CameraChange::Added | CameraChange::Removed))
    {
        storage.0.set_known(known(file));
    }
    if file.wall.recording.is_some() {
        storage.0.open();
    }
    let label = |it: &CameraDiff| {
        matches!(it.what, CameraChange::Changed(CameraFields { label: true, .. }))
    };
    if is(Change::RecordingFiles) || is(Change::PreRoll) || diff.cameras.iter().any(label) {
        let mut recorders = world.query::<&mut Recorder>();
        recorders.iter_mut(world).for_each(|mut recorder| recorder.outdated = true);
    }
}

/// The folders of the wall's cameras.
fn known(file: &WallFile) -> Vec<String> {
    file.wall.cameras.keys().map(|id| config::folder_of(id)).collect()
}

fn limits(keep: &config::Retention) -> RetentionLimits {
    let config::Retention { age, total, per_camera, free } = *keep;
    RetentionLimits { age, total, per_camera, free }
}

fn container(asked: config::Container) -> Container {
    match asked {
        config::Container::Matroska => Container::Matroska,
        config::Container::Mp4 => Container::FragmentedMp4,
    }
}

/// What the recorder of a camera is opened with.
pub(super) fn spec(camera: &Camera, file: &WallFile, root: &Path) -> RecorderSpec {
    let eager = file.wall.recording.is_some() || camera.config.record != Record::Never;
    RecorderSpec { eager, ..described(camera, file, root) }
}

/// The same for one that is open.
pub(super) fn described(camera: &Camera, file: &WallFile, root: &Path) -> RecorderSpec {
    let recording = file.wall.recording.clone().unwrap_or_default();
    let folder = config::folder_of(&camera.id);
    RecorderSpec {
        settings: SegmentSettings {
            id: Arc::clone(&camera.id),
            title: camera.name.clone(),
            root: root.to_owned(),
            folder,
            container: container(recording.container),
            length: recording.segment,
            size: recording.segment_size,
        },
        keep: Keep {
            span: recording.pre_roll,
            bytes: usize::try_from(recording.memory).unwrap_or(usize::MAX),
        },
        eager: false,
    }
}
