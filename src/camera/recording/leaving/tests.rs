//! A camera goes and comes back: one thread at a time, and no answer is lost.

use std::sync::Arc;
use std::time::Duration;

use bevy::{math::UVec2, time::TimePlugin};
use camwall_config::{Action, Wall};
use camwall_recorder::{Intent, Note};
use crossbeam_channel::bounded;
use tempfile::TempDir;

use super::super::settings::spec;
use super::*;
use crate::camera::{CameraPlugin, RecordingStorage, WallFile};
use crate::operation::{Operation, Phase, operate};
use crate::pacing::PacingPlugin;
use crate::wall::WallPlugin;

const SOON: Duration = Duration::from_secs(30);

/// A wall of one camera that is not there, and its entity.
fn app() -> (App, Entity, TempDir) {
    let text = r#"(cameras: { "a": (main: "./a", name: "Gate") })"#;
    let wall = Wall::parse(text, "wall.ron").unwrap().wall;
    let folder = tempfile::tempdir().unwrap();
    let mut app = App::new();
    app.add_plugins((
        TimePlugin,
        WallPlugin::of(&wall, Some(UVec2::new(640, 360)), None),
        CameraPlugin(WallFile { wall, folder: folder.path().to_owned() }),
        PacingPlugin(FramePacer::start(|| {}).unwrap()),
    ));
    app.update();
    let camera = camera(&mut app);
    (app, camera, folder)
}

fn camera(app: &mut App) -> Entity {
    let mut cameras = app.world_mut().query_filtered::<Entity, With<Camera>>();
    cameras.single(app.world()).unwrap()
}

fn press(app: &mut App, entity: Entity, action: Action) {
    operate(app.world_mut(), Operation { entity, action, phase: Phase::Pressed });
}

#[test]
fn what_came_of_the_snapshot_of_a_camera_that_is_gone_is_said_on_the_wall() {
    let (mut app, camera, _folder) = app();
    press(&mut app, camera, Action::Snapshot);
    retire(app.world_mut(), camera);
    app.world_mut().despawn(camera);
    let end = Instant::now() + SOON;
    while !app.world().resource::<Leaving>().0.is_empty() {
        assert!(Instant::now() < end, "its thread does not end");
        app.update();
        std::thread::sleep(Duration::from_millis(5));
    }
    let notice = app.world_mut().query::<&Notice>().single(app.world()).unwrap();
    let said = notice.0.as_ref().map(|(said, _)| said.as_str());
    assert_eq!(said, Some("Gate: NO SNAPSHOT: NO PICTURE"));
}

#[test]
fn a_camera_that_comes_back_is_recorded_once_the_recorder_before_has_ended() {
    let (mut app, camera, _folder) = app();
    let (enter, entered) = bounded(1);
    let (release, released) = bounded::<()>(0);
    // In place of its recorder one whose thread is held up.
    let known = app.world().get::<Camera>(camera).unwrap();
    let (file, storage) =
        (app.world().resource::<WallFile>(), app.world().resource::<RecordingStorage>());
    let (id, number, config) = (known.id.to_string(), known.number, known.config.clone());
    let spec = spec(known, file, storage.0.root());
    let handler = move |_: camwall_recorder::RecorderEvent<'_>| {
        enter.try_send(()).ok();
        released.recv_timeout(SOON).ok();
    };
    let storage = Arc::clone(&storage.0);
    let recorder =
        camwall_recorder::Recorder::open(None, spec, storage, Arc::new(handler)).unwrap();
    assert!(recorder.set_intent(Intent::On, None));
    entered.recv_timeout(SOON).unwrap();
    app.world_mut().despawn(camera);
    let left = Left { folder: folder_of(&id), name: id.clone(), recorder };
    app.world_mut().resource_mut::<Leaving>().0.push(left);
    let camera = app.world_mut().spawn(Camera::new(number, &id, &config)).id();
    app.update();
    app.update();
    assert!(app.world().resource::<Leaving>().0.is_empty(), "nobody waits for it");
    press(&mut app, camera, Action::Protect);
    let note = |app: &App| app.world().get::<Recorder>(camera).unwrap().recorder.note();
    let held = Instant::now() + Duration::from_millis(500);
    while Instant::now() < held {
        assert_eq!(note(&app), None, "two threads write the camera's archive");
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(release);
    let end = Instant::now() + SOON;
    let mut told = None;
    while told.is_none() && Instant::now() < end {
        told = note(&app);
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(told, Some(Note::NothingToProtect));
}
