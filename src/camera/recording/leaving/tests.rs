//! A camera goes: no answer is lost.

use std::time::Duration;

use bevy::{math::UVec2, time::TimePlugin};
use camwall_config::{Action, Wall};
use tempfile::TempDir;

use super::*;
use crate::camera::{CameraPlugin, WallFile};
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
