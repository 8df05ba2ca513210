//! The whole wall as a picture, by key.
//!
//! Main world; saving runs on the renderer's thread `snapshot`. Policy: the picture lies beside the
//! snapshots of cameras, in a folder that no camera can have, under the same rules; what came of it is said
//! on the wall.

use std::time::{Duration, Instant};

use bevy::prelude::*;
use crossbeam_channel::{Receiver, Sender, bounded};
use image::RgbImage;
use tracing::{error, info, warn};

use crate::camera::messages::recording as messages;
use crate::camera::{Notice, RecordingStorage};
use crate::interface::Interface;
use crate::operation::{Operation, Phase};
use crate::pacing::FramePacer;
use crate::render::{DrawRequest, Snapshot, SnapshotError};
use crate::wall::{Waiting, Wall, WallName};
use camwall_config::{Action, folder_of};
use camwall_media::BestEffort;
use camwall_recorder::{Cause, Storage, save_beside};

/// The step of an update in which it is said what came of pictures; before the overlay is written.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct WallPictureSystems;

/// Takes pictures of walls.
pub struct WallPicturePlugin;

impl Plugin for WallPicturePlugin {
    fn build(&self, app: &mut App) {
        let (said, heard) = bounded(WORDS);
        app.insert_resource(Saved { said, heard })
            .add_observer(take)
            .add_systems(Update, tell.in_set(WallPictureSystems));
    }
}

/// Words about pictures that may wait.
const WORDS: usize = 8;

/// How long what came of a picture is said.
const NOTE_DURATION: Duration = Duration::from_secs(4);

/// What came of pictures, and of which wall.
#[derive(Resource)]
struct Saved {
    said: Sender<(Entity, Outcome)>,
    heard: Receiver<(Entity, Outcome)>,
}

/// The picture's file, or why there is none.
type Outcome = Result<String, Cause>;

/// Has a picture taken with the next draw of the wall.
fn take(
    operation: On<Operation>,
    storage: Res<RecordingStorage>,
    saved: Res<Saved>,
    pacer: Res<FramePacer>,
    mut walls: Query<(&WallName, &mut DrawRequest, Has<Waiting>)>,
) {
    if (operation.action, operation.phase) != (Action::WallSnapshot, Phase::Pressed) {
        return;
    }
    let wall = operation.entity;
    let Ok((name, mut request, waits)) = walls.get_mut(wall) else { return };
    if waits {
        // Nobody is there to be told.
        warn!("no picture of the wall {}: its monitor is not there", name.name);
        return;
    }
    let (folder, storage) = (folder(&name.name), storage.storage());
    let (said, pacer) = (saved.said.clone(), pacer.clone());
    request.snapshots.push(Snapshot::new(move |picture| {
        // One that finds no place is in the log.
        said.try_send((wall, save(&storage, &folder, picture))).best_effort();
        pacer.notify();
    }));
}

/// The folder of a wall's pictures: a camera's never has such a sign.
fn folder(wall: &str) -> String {
    match wall {
        "" => "@wall".to_owned(),
        name => format!("@{}", folder_of(name)),
    }
}

fn save(storage: &Storage, folder: &str, picture: Result<RgbImage, SnapshotError>) -> Outcome {
    let picture = picture.map_err(|error| {
        error!("no picture of the wall: {error}");
        Cause::Internal
    })?;
    let path = save_beside(storage, folder, &picture).map_err(|error| {
        error!("no picture of the wall: {}", messages::error(&error));
        error.cause()
    })?;
    info!("wrote the wall's picture to {}", path.display());
    Ok(path.file_name().unwrap_or_default().to_string_lossy().into_owned())
}

/// Says on the walls what came of their pictures, for a while.
fn tell(
    saved: Res<Saved>,
    interface: Res<Interface>,
    pacer: Res<FramePacer>,
    mut walls: Query<&mut Notice, With<Wall>>,
) {
    let words = interface.0;
    for (wall, outcome) in saved.heard.try_iter() {
        let Ok(mut notice) = walls.get_mut(wall) else { continue };
        let until = Instant::now() + NOTE_DURATION;
        let said = match outcome {
            Ok(file) => (words.walls.picture_saved)(&file),
            Err(cause) => (words.walls.picture_failed)(messages::cause(&words.causes, cause)),
        };
        notice.0 = Some((said, until));
        pacer.wake_at(until);
    }
    for mut notice in &mut walls {
        if notice.0.as_ref().is_some_and(|(_, until)| *until <= Instant::now()) {
            notice.0 = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::camera::WallFile;

    #[test]
    fn no_camera_has_the_folder_of_a_wall() {
        for name in ["", "wall", "left", "Küche Süd", "@wall", "../wall", "a@b"] {
            assert!(folder(name).starts_with('@'), "{name}");
            assert!(
                !folder_of(&folder(name)).contains('@') && !folder(name).contains('/'),
                "{name}"
            );
        }
        assert_ne!(folder("left"), folder("right"));
    }

    #[test]
    fn no_picture_is_asked_of_a_wall_that_waits_for_its_monitor() {
        let wall = camwall_config::Wall::parse(r#"(cameras: { "a": (main: "./a") })"#, "wall.ron");
        let (wall, folder) = (wall.unwrap().wall, tempfile::tempdir().unwrap());
        let mut app = App::new();
        app.add_plugins((
            bevy::time::TimePlugin,
            crate::wall::WallPlugin::of(&wall, Some(UVec2::new(640, 360)), None),
            crate::camera::CameraPlugin(WallFile { wall, folder: folder.path().to_owned() }),
            crate::pacing::PacingPlugin(FramePacer::start(|| {}).unwrap()),
            WallPicturePlugin,
        ));
        app.update();
        let mut walls = app.world_mut().query_filtered::<Entity, With<Wall>>();
        let entity = walls.single(app.world()).unwrap();
        let (action, phase) = (Action::WallSnapshot, Phase::Pressed);
        for (waits, asked) in [(true, 0), (false, 1)] {
            app.world_mut().entity_mut(entity).insert(DrawRequest::default());
            if waits {
                app.world_mut().entity_mut(entity).insert(Waiting);
            } else {
                app.world_mut().entity_mut(entity).remove::<Waiting>();
            }
            crate::operation::operate(app.world_mut(), Operation { entity, action, phase });
            let request = app.world().get::<DrawRequest>(entity).unwrap();
            assert_eq!(request.snapshots.len(), asked, "it waits: {waits}");
        }
    }
}
