//! Two walls of different size and layout in one program, drawn without a window.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use clap::Parser;
use testkit::{Picture, Tile, media::ffmpeg};

use super::*;
use crate::camera::{Camera, Feeds};
use crate::cli::Cli;
use crate::operation::{Operation, Phase, operate};
use crate::render::{DrawRequest, Scene, Snapshot};
use crate::wall::Wall as WallEntity;
use crate::wall::{ActiveLayout, ShownBy};
use camwall_config::Action;

const WIDE: UVec2 = UVec2::new(640, 360);
const TALL: UVec2 = UVec2::new(240, 480);

/// A clip of one colour, 320×180, that is played for ever.
pub(super) fn clip(folder: &Path, color: &str) {
    let path = folder.join(format!("{color}.mp4"));
    let source = format!("color={color}:size=320x180:rate=25:duration=1");
    let path = path.to_string_lossy();
    ffmpeg(["-f", "lavfi", "-i", &source, "-pix_fmt", "yuv420p", &path]);
}

/// An app that draws offscreen, with one wall of this size; updated by the test.
pub(super) fn app_of(folder: &Path, text: &str, size: UVec2) -> App {
    let wall = Wall::parse(text, "wall.ron").unwrap().wall;
    let mut app = App::new();
    let pacer = without_window(&mut app).unwrap();
    let reporter = StatusReporter::new(&Cli::parse_from(["camwall"]).run).unwrap();
    let file = WallFile { wall, folder: folder.to_owned() };
    add_walls(&mut app, file, Some(size), Some(0), reporter, pacer);
    while app.plugins_state() == PluginsState::Adding {
        bevy::tasks::tick_global_task_pools_on_main_thread();
    }
    app.finish();
    app.cleanup();
    app
}

/// Updates until something is true.
pub(super) fn until(app: &mut App, what: &str, mut done: impl FnMut(&mut World) -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !done(app.world_mut()) {
        assert!(Instant::now() < deadline, "not in time: {what}");
        app.update();
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The wall of an app, opened and with a picture of each of so many cameras.
pub(super) fn opened(app: &mut App, cameras: usize) -> Entity {
    app.update();
    let mut walls = app.world_mut().query_filtered::<Entity, With<WallEntity>>();
    let wall = walls.single(app.world()).unwrap();
    until(app, "a picture of each camera", |world| {
        let mut feeds = world.query::<&Feeds>();
        feeds.iter(world).filter(|feeds| feeds.picture.shown() > 0).count() == cameras
    });
    wall
}

/// What a wall shows, once it shows frames of all its cameras.
pub(super) fn picture(app: &mut App, wall: Entity, path: &Path) -> Picture {
    let drawn = app.world().get::<DrawRequest>(wall).unwrap().drawn();
    until(app, "drawn anew", |world| world.get::<DrawRequest>(wall).unwrap().drawn() > drawn + 2);
    let wanted = Snapshot::to_file(path.to_owned());
    app.world_mut().get_mut::<DrawRequest>(wall).unwrap().snapshots.push(wanted);
    until(app, "a snapshot", |_| path.exists());
    Picture::read(path)
}

/// Whether the middle of a part is of a colour: 0 red, 2 blue.
#[track_caller]
fn assert_color(picture: &Picture, tile: Tile, channel: usize) {
    let pixel = picture.0.get_pixel(tile.x + tile.width / 2, tile.y + tile.height / 2).0;
    let other = 2 - channel;
    assert!(pixel[channel] > 150 && pixel[other] < 100, "{pixel:?} in {tile:?}");
}

#[test]
fn two_walls_show_their_own_layouts_of_the_same_cameras() {
    let folder = tempfile::tempdir().unwrap();
    clip(folder.path(), "red");
    clip(folder.path(), "blue");
    let mut app = app_of(
        folder.path(),
        r#"(
            cameras: { "red": (main: "./red.mp4"), "blue": (main: "./blue.mp4") },
            layouts: {
                "beside": Grid(columns: 2, cameras: ["red", "blue"]),
                "over": Grid(columns: 1, cameras: ["blue", "red"]),
            },
            overlay: (clock: false),
        )"#,
        WIDE,
    );
    app.update();
    let mut walls = app.world_mut().query_filtered::<Entity, With<WallEntity>>();
    let wide = walls.single(app.world()).unwrap();
    let tall = app.world_mut().spawn((WallEntity { size: TALL }, ActiveLayout(1))).id();
    until(&mut app, "both cameras live", |world| {
        let mut feeds = world.query::<&Feeds>();
        feeds.iter(world).filter(|feeds| feeds.picture.shown() > 0).count() == 2
    });

    let (a, b) = (folder.path().join("wide.png"), folder.path().join("tall.png"));
    let (wide_picture, tall_picture) = (picture(&mut app, wide, &a), picture(&mut app, tall, &b));
    assert_eq!(wide_picture.0.dimensions(), (WIDE.x, WIDE.y));
    assert_eq!(tall_picture.0.dimensions(), (TALL.x, TALL.y));
    let beside = |index| Tile::of_grid((WIDE.x, WIDE.y), 2, 1, index);
    let over = |index| Tile::of_grid((TALL.x, TALL.y), 1, 2, index);
    assert_color(&wide_picture, beside(0), 0);
    assert_color(&wide_picture, beside(1), 2);
    assert_color(&tall_picture, over(0), 2);
    assert_color(&tall_picture, over(1), 0);

    // Each camera is decoded once: one feed, and the same picture on both walls.
    let mut cameras = app.world_mut().query::<(&Camera, &Feeds, &ShownBy)>();
    for (camera, feeds, shown_by) in cameras.iter(app.world()) {
        assert_eq!((feeds.all().count(), shown_by.len()), (1, 2), "{}", camera.id);
        for wall in [wide, tall] {
            let scene = app.world().get::<Scene>(wall).unwrap();
            let here = scene.tiles.iter().filter(|it| it.picture.id() == feeds.picture.id());
            assert_eq!(here.count(), 1, "{}", camera.id);
        }
    }
    // Each wall has its own text, and all of it on itself.
    for (wall, size) in [(wide, WIDE), (tall, TALL)] {
        let scene = app.world().get::<Scene>(wall).unwrap();
        let ends =
            scene.quads.iter().map(|quad| (quad.dst[0] + quad.dst[2], quad.dst[1] + quad.dst[3]));
        let (right, bottom) = ends.fold((0.0_f32, 0.0_f32), |a, b| (a.0.max(b.0), a.1.max(b.1)));
        assert!(right <= size.x as f32 && bottom <= size.y as f32, "{right} {bottom} on {size}");
        assert!(scene.quads.iter().any(|quad| quad.src[2] > 0.0), "there are letters");
    }

    // What is done on one is not done on the other.
    let action = Action::OpenOrBack;
    operate(app.world_mut(), Operation { entity: tall, action, phase: Phase::Pressed });
    until(&mut app, "full-screen", |world| world.get::<Scene>(tall).unwrap().tiles.len() == 1);
    let (c, d) = (folder.path().join("wide2.png"), folder.path().join("tall2.png"));
    let (wide_picture, tall_picture) = (picture(&mut app, wide, &c), picture(&mut app, tall, &d));
    assert_color(&tall_picture, Tile::of_grid((TALL.x, TALL.y), 1, 1, 0), 2);
    assert_color(&wide_picture, beside(0), 0);
    assert_color(&wide_picture, beside(1), 2);
}
