//! Another wall file is taken over by the program that draws offscreen.

use std::path::Path;

use super::two_walls_tests::{app_of, clip, picture, until};
use super::*;
use crate::camera::{Camera, CameraState, Feeds, Health};
use crate::operation::{Operation, Phase, operate};
use crate::reload::{NeedsRestart, Reload, take_over};
use crate::render::{Scene, textured};
use crate::sandbox::Lacking;
use crate::wall::{PicturePlacement, Selected, Shows, Wall as WallEntity};
use camwall_config::Action;

const SIZE: UVec2 = UVec2::new(640, 360);

/// One camera with these fields in the only tile.
fn file(fields: &str) -> String {
    format!("(cameras: {{ \"gate\": ({fields}) }}, overlay: (clock: false))")
}

fn reload(app: &mut App, text: &str) {
    let loaded = Wall::parse(text, "wall.ron").unwrap();
    take_over(app.world_mut(), loaded, Vec::new());
}

/// Frames of the camera's picture that were seen, and its number.
fn seen(world: &mut World) -> (u64, u64) {
    let mut feeds = world.query::<&Feeds>();
    let feeds = feeds.single(world).unwrap();
    (feeds.picture.shown(), feeds.picture.id())
}

/// What is written over the picture.
fn quads(world: &mut World) -> String {
    let scene = world.query::<&Scene>().single(world).unwrap();
    scene.quads.iter().map(|quad| format!("{:?} {:?}\n", quad.dst, quad.src)).collect()
}

fn state(world: &mut World) -> CameraState {
    world.query::<&Health>().single(world).unwrap().state()
}

#[test]
fn a_stream_that_is_another_one_takes_its_old_picture_along() {
    let folder = tempfile::tempdir().unwrap();
    clip(folder.path(), "red");
    clip(folder.path(), "blue");
    let mut app = app_of(folder.path(), &file(r#"main: "./red.mp4""#), SIZE);
    app.update();
    until(&mut app, "red", |world| seen(world).0 > 2);
    let (_, red) = seen(app.world_mut());
    // Another name, other eyes, another shape in the tile: the picture goes on.
    let other = r#"main: "./red.mp4", name: "Gate", fit: Stretch, watch: (dark: false)"#;
    reload(&mut app, &file(other));
    let (before, written) = (seen(app.world_mut()).0, quads(app.world_mut()));
    app.update();
    assert_eq!(seen(app.world_mut()).1, red, "the same picture");
    assert_eq!(state(app.world_mut()), CameraState::Live);
    assert_ne!(quads(app.world_mut()), written, "its name is on the tile with the next update");
    until(&mut app, "it goes on", |world| seen(world).0 > before + 2);
    let mut placements = app.world_mut().query::<&PicturePlacement>();
    let placed = placements.single(app.world()).unwrap().drawn.unwrap();
    assert_eq!(placed.dst.size(), SIZE, "stretched");
    // Nothing is there: the old picture is gone with this very update, and stays so.
    reload(&mut app, &file(r#"main: "./none.mp4""#));
    app.update();
    assert_ne!(state(app.world_mut()), CameraState::Live);
    assert_eq!(seen(app.world_mut()).0, 0, "nothing was seen of it");
    for _ in 0..20 {
        app.update();
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!((textured(&app), seen(app.world_mut()).0), (0, 0));
    reload(&mut app, &file(r#"main: "./blue.mp4""#));
    until(&mut app, "blue", |world| seen(world).0 > 2);
    let mut walls = app.world_mut().query_filtered::<Entity, With<WallEntity>>();
    let wall = walls.single(app.world()).unwrap();
    let shot = picture(&mut app, wall, &folder.path().join("blue.png"));
    let [red, _, blue] = shot.0.get_pixel(SIZE.x / 2, SIZE.y / 2).0;
    assert!(blue > 150 && red < 100, "{red} {blue}");
}

/// Cameras that are not there, in this order, all in one layout.
fn cameras(ids: &[&str]) -> String {
    let cameras: String = ids.iter().map(|id| format!("\"{id}\": (main: \"./{id}\"), ")).collect();
    format!(
        "(cameras: {{ {cameras} }}, layouts: {{ \"all\": Grid(columns: 2, cameras: {ids:?}) }})"
    )
}

/// The id of the camera that is selected.
fn selected(app: &mut App) -> String {
    let mut walls = app.world_mut().query::<&Selected>();
    let tile = walls.single(app.world()).unwrap().0.unwrap();
    let shows = app.world().get::<Shows>(tile).unwrap().0;
    app.world().get::<Camera>(shows).unwrap().id.to_string()
}

#[test]
fn a_camera_in_front_moves_numbers_and_nothing_else() {
    let mut app = app_of(Path::new("/nonexistent"), &cameras(&["a", "b"]), SIZE);
    app.update();
    let mut walls = app.world_mut().query_filtered::<Entity, With<WallEntity>>();
    let wall = walls.single(app.world()).unwrap();
    for action in [Action::Right, Action::OpenOrBack] {
        operate(app.world_mut(), Operation { entity: wall, action, phase: Phase::Pressed });
    }
    let entity = |app: &mut App, id: &str| {
        let mut cameras = app.world_mut().query::<(Entity, &Camera)>();
        cameras
            .iter(app.world())
            .find(|(_, it)| &*it.id == id)
            .map(|(entity, it)| (entity, it.number))
    };
    let before = entity(&mut app, "b").unwrap();
    assert_eq!((selected(&mut app).as_str(), before.1), ("b", 2));
    reload(&mut app, &cameras(&["c", "a", "b"]));
    app.update();
    assert_eq!(entity(&mut app, "b"), Some((before.0, 3)), "the same camera");
    assert_eq!(selected(&mut app), "b");
    assert!(app.world().get::<crate::wall::Maximized>(wall).unwrap().open().is_some());
    // It goes, full-screen and selected as it is.
    reload(&mut app, &cameras(&["c", "a"]));
    app.update();
    assert_eq!((entity(&mut app, "b"), selected(&mut app).as_str()), (None, "c"));
    assert!(app.world().get::<crate::wall::Maximized>(wall).unwrap().open().is_none());
    // What was asked of it finds nobody.
    reload(&mut app, &cameras(&["b"]));
    for (action, phase) in [
        (Action::Record, Phase::Pressed),
        (Action::Snapshot, Phase::Pressed),
        (Action::Record, Phase::Released),
    ] {
        operate(app.world_mut(), Operation { entity: wall, action, phase });
    }
    reload(&mut app, &cameras(&["c"]));
    operate(
        app.world_mut(),
        Operation { entity: wall, action: Action::Snapshot, phase: Phase::Released },
    );
    app.update();
    assert_eq!(selected(&mut app), "c");
}

#[test]
fn what_is_out_of_reach_is_left_as_it_is_and_said() {
    let mut app = app_of(Path::new("/nonexistent"), &file(r#"main: "./a""#), SIZE);
    app.update();
    let picture = seen(app.world_mut()).1;
    let text = file(r#"main: "./b", name: "Bee""#);
    let whose = crate::sandbox::Whose::Camera("gate".to_owned());
    let lacking = Lacking { camera: Some("gate".into()), whose, path: "/b".into() };
    let loaded = Wall::parse(&text.replace("clock", "state: false, clock"), "wall.ron").unwrap();
    take_over(app.world_mut(), loaded, vec![lacking.clone()]);
    app.update();
    let reload = app.world().resource::<Reload>();
    assert_eq!((reload.generation, reload.mistakes()), (1, 0));
    assert_eq!(reload.restart, [NeedsRestart::OutOfReach(lacking)]);
    assert!(!app.world().resource::<WallFile>().wall.overlay.state, "the rest counts");
    assert_eq!(seen(app.world_mut()).1, picture, "it goes on as it was");
    let mut cameras = app.world_mut().query::<&Camera>();
    assert_eq!(cameras.single(app.world()).unwrap().name, "gate");
}
