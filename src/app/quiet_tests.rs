//! An update in which nothing changed costs no memory.

use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

use allocation_counter::measure;
use bevy::{
    ecs::schedule::{Schedules, SingleThreadedExecutor},
    time::TimePlugin,
};
use clap::Parser;

use super::two_walls_tests::clip;
use super::*;
use crate::camera::{CameraState, Health, StreamStats};
use crate::cli::Cli;
use crate::operation::{Operation, Phase, operate};
use crate::wall::Wall as WallEntity;
use camwall_config::Action;

/// All systems of the program but the renderer's, with two cameras that are being connected for as
/// long as the test takes, one that is live, and one that is so in the first layout alone. `more` is what
/// the wall file says besides.
fn app(listener: &TcpListener, folder: &Path, more: &str) -> App {
    let address = listener.local_addr().unwrap();
    let text = format!(
        r#"(
            cameras: {{
                "a": (main: "rtsp://{address}/a", sub: "rtsp://{address}/b"),
                "b": (main: "rtsp://{address}/c"),
                "c": (main: "./red.mp4"),
                "d": (main: "./red.mp4"),
            }},
            layouts: {{
                "all": Grid(cameras: ["a", "b", "c", "d"]),
                "three": Grid(cameras: ["a", "b", "c"]),
                "toured": Tiles(columns: 2, rows: 2, tiles: [
                    (hotspot: true, column: 0, row: 0),
                    (tour: (every: "1h", steps: [(show: "a"), (show: "b")]), column: 1, row: 0),
                    (camera: "c", column: 0, row: 1), (camera: "d", column: 1, row: 1),
                ]),
            }},
            tours: {{ "rounds": (every: "1h", steps: [(show: "toured"), (show: "all")]) }},
            {more}
            recording: (dir: "recordings"),
            overlay: (clock: false),
        )"#
    );
    let wall = Wall::parse(&text, "wall.ron").unwrap().wall;
    let mut app = App::new();
    let reporter = StatusReporter::new(&Cli::parse_from(["camwall"]).run).unwrap();
    let file = WallFile { wall, folder: folder.to_owned() };
    app.add_plugins(TimePlugin);
    let pacer = FramePacer::start(|| {}).unwrap();
    add_walls(&mut app, file, None, None, reporter, pacer);
    app
}

#[test]
fn an_update_in_which_nothing_changed_allocates_nothing() {
    allocates_nothing("", Some(Action::NextLayout));
}

#[test]
fn tours_that_run_and_such_as_are_stopped_allocate_nothing() {
    allocates_nothing("show: \"rounds\",", None);
    allocates_nothing("show: \"rounds\",", Some(Action::Tour));
}

/// Runs a thousand updates of a wall of which the wall file says `more`, after this key.
fn allocates_nothing(more: &str, action: Option<Action>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let folder = tempfile::tempdir().unwrap();
    clip(folder.path(), "red");
    let mut app = app(&listener, folder.path(), more);
    // What is made once: tiles, glyphs, threads, buffers.
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut cameras = app.world_mut().query::<(&Health, &StreamStats)>();
    // Numbers were taken, too: for each camera something is made the first time.
    let is_live = |(health, stats): (&Health, &StreamStats)| {
        health.state() == CameraState::Live && stats.rates.kbps > 0.0
    };
    while cameras.iter(app.world()).filter(|it| is_live(*it)).count() < 2 {
        assert!(Instant::now() < deadline, "no camera is live");
        app.update();
        std::thread::sleep(Duration::from_millis(1));
    }
    let mut walls = app.world_mut().query_filtered::<Entity, With<WallEntity>>();
    let entity = walls.single(app.world()).unwrap();
    if let Some(action) = action {
        operate(app.world_mut(), Operation { entity, action, phase: Phase::Pressed });
    }
    app.update();
    app.update();
    let world = app.world_mut();
    let mut update = world.resource_mut::<Schedules>().remove(Update).unwrap();
    // All systems on this thread, where they are counted: none may allocate if their sum is none.
    update.set_executor(SingleThreadedExecutor::default());
    assert!(update.systems_len() > 20, "{}", update.systems_len());
    // The executor's own lists.
    update.run(world);
    for round in 0..1000 {
        if round == 500 {
            // What is done by time is done now.
            std::thread::sleep(Duration::from_millis(500));
        }
        world.resource_mut::<Time<Real>>().update();
        let counted = measure(|| update.run(world)).count_total;
        assert_eq!(counted, 0, "allocations in update {round}");
    }
}
