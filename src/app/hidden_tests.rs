//! Only what somebody sees is decoded, and only that wakes the wall.

use std::{
    sync::{Arc, atomic::AtomicU32, atomic::Ordering::Relaxed},
    time::{Duration, Instant},
};

use bevy::time::{TimePlugin, TimeUpdateStrategy};
use clap::Parser;

use super::two_walls_tests::{app_of, clip, until};
use super::*;
use crate::camera::{Camera, CameraState, Feeds, Health, RecordingStatus, StreamKind, StreamStats};
use crate::cli::Cli;
use crate::operation::{Operation, Phase, operate};
use crate::render::textured;
use crate::wall::Wall as WallEntity;
use camwall_config::Action;

/// The cameras `a` and `b` in the first layout, `b` and `c` in the second, and nobody in the third.
const LAYOUTS: &str = r#"
    layouts: {
        "one": Grid(columns: 2, cameras: ["a", "b"]),
        "two": Grid(columns: 2, cameras: ["b", "c"]),
        "none": Grid(cameras: [""]),
    },
"#;

/// Cameras without a sub stream, that are not there.
const MAINS: &str = r#"cameras: { "a": (main: "./a"), "b": (main: "./b"), "c": (main: "./c") },"#;

/// The program without window and renderer, in a folder, with this wall file and this pacer, after
/// its first update.
fn program(folder: &Path, text: &str, pacer: FramePacer) -> App {
    let wall = Wall::parse(&format!("({text})"), "wall.ron").unwrap().wall;
    let mut app = App::new();
    let reporter = StatusReporter::new(&Cli::parse_from(["camwall"]).run).unwrap();
    let file = WallFile { wall, folder: folder.to_owned() };
    app.add_plugins(TimePlugin);
    add_walls(&mut app, file, None, None, reporter, pacer);
    app.update();
    app
}

/// The same for tests of what is decoded; further updates are 100 ms apart.
fn wall(text: &str) -> App {
    let folder = tempfile::tempdir().unwrap();
    let mut app = program(folder.path(), text, FramePacer::start(|| {}).unwrap());
    let tenth = Duration::from_millis(100);
    app.insert_resource(TimeUpdateStrategy::ManualDuration(tenth));
    app
}

/// What an operator does at the wall; seen by the next update.
fn order(app: &mut App, action: Action) {
    let mut walls = app.world_mut().query_filtered::<Entity, With<WallEntity>>();
    let entity = walls.single(app.world()).unwrap();
    operate(app.world_mut(), Operation { entity, action, phase: Phase::Pressed });
}

/// The ids of the cameras that are decoded, after one more update.
fn decoded(app: &mut App) -> String {
    app.update();
    let mut cameras = app.world_mut().query::<(&Camera, &Feeds)>();
    let cameras = cameras.iter(app.world());
    let mut ids: Vec<&str> =
        cameras.filter(|(_, feeds)| feeds.is_decoded()).map(|(camera, _)| &*camera.id).collect();
    ids.sort_unstable();
    ids.concat()
}

/// What a camera has on the wall, and how many connections.
fn streams(app: &mut App, id: &str) -> (StreamKind, usize) {
    let mut cameras = app.world_mut().query::<(&Camera, &Feeds, &StreamStats)>();
    let mut cameras = cameras.iter(app.world());
    let (_, feeds, stats) = cameras.find(|(camera, ..)| &*camera.id == id).unwrap();
    (stats.stream, feeds.all().count())
}

#[test]
fn what_the_layout_shows_is_decoded() {
    let mut app = wall(&format!("{MAINS}{LAYOUTS}"));
    assert_eq!(decoded(&mut app), "ab");
    for shown in ["bc", "", "ab", "bc"] {
        order(&mut app, Action::NextLayout);
        assert_eq!(decoded(&mut app), shown);
        assert_eq!(streams(&mut app, "a"), (StreamKind::Main, 1), "it stays connected");
    }
}

#[test]
fn what_a_camera_in_full_screen_hides_is_not_decoded_from_the_end_of_its_flight_on() {
    let mut app = wall(&format!("{MAINS}{LAYOUTS}"));
    order(&mut app, Action::OpenOrBack);
    assert_eq!(decoded(&mut app), "ab", "it is on its way");
    assert_eq!(decoded(&mut app), "a");
    order(&mut app, Action::Right);
    assert_eq!(decoded(&mut app), "b");
    order(&mut app, Action::Back);
    assert_eq!(decoded(&mut app), "ab", "at once, while it flies back");
    assert_eq!(decoded(&mut app), "ab");
}

#[test]
fn what_the_wall_file_wants_warm_is_decoded_whoever_sees_it() {
    let mut app = wall(&format!("{MAINS}{LAYOUTS} prewarm: [\"two\"],"));
    assert_eq!(decoded(&mut app), "abc");
    order(&mut app, Action::OpenOrBack);
    for _ in 0..3 {
        assert_eq!(decoded(&mut app), "abc");
    }
    order(&mut app, Action::NextLayout);
    assert_eq!(decoded(&mut app), "bc");
    order(&mut app, Action::NextLayout);
    assert_eq!(decoded(&mut app), "bc");
}

/// `c` alone with these fields, which nobody sees at the start.
fn unseen(fields: &str) -> App {
    wall(&format!(
        r#"
        cameras: {{ "a": (main: "./a"), "c": (main: "./c", sub: "./s", {fields}) }},
        layouts: {{ "one": Grid(cameras: ["a"]), "two": Grid(cameras: ["c"]) }},
        "#
    ))
}

#[test]
fn a_camera_that_was_never_seen_begins_with_its_sub_stream_and_gets_the_main_stream_when_it_is() {
    let mut app = unseen("");
    for _ in 0..5 {
        app.update();
        assert_eq!(streams(&mut app, "c"), (StreamKind::Sub, 1));
    }
    order(&mut app, Action::NextLayout);
    assert_eq!(decoded(&mut app), "c");
    assert_eq!(streams(&mut app, "c"), (StreamKind::Sub, 2), "it fills the wall");
    // Nobody waits for a main stream that nobody sees.
    order(&mut app, Action::NextLayout);
    assert_eq!(decoded(&mut app), "a");
    assert_eq!(streams(&mut app, "c"), (StreamKind::Sub, 1));
}

#[test]
fn a_camera_that_is_kept_warm_is_on_the_stream_of_the_tile_that_it_is_kept_for() {
    let text = |layouts: &str| {
        format!(
            r#"
            cameras: {{ "a": (main: "./a"), "c": (main: "./c", sub: "./s") }},
            layouts: {{ {layouts} }},
            prewarm: ["warm"],
            "#
        )
    };
    let large = r#""one": Grid(cameras: ["a"]), "warm": Grid(cameras: ["c"])"#;
    let mut app = wall(&text(large));
    assert_eq!((decoded(&mut app).as_str(), streams(&mut app, "c")), ("ac", (StreamKind::Main, 1)));

    let small = r#"
        "large": Grid(cameras: ["c"]),
        "one": Grid(cameras: ["a"]),
        "warm": Grid(columns: 3, cameras: ["c", "", "", "", "", "", "", "", ""]),
    "#;
    let mut app = wall(&text(small));
    assert_eq!((decoded(&mut app).as_str(), streams(&mut app, "c")), ("c", (StreamKind::Main, 1)));
    order(&mut app, Action::NextLayout);
    assert_eq!(decoded(&mut app), "ac");
    let deadline = Instant::now() + Duration::from_secs(60);
    while streams(&mut app, "c").1 < 2 {
        assert!(Instant::now() < deadline, "its sub stream is not fetched");
        app.update();
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_camera_that_was_never_seen_and_is_recorded_has_its_main_stream_alone() {
    let mut app = unseen("record: Always");
    for _ in 0..5 {
        assert_eq!(decoded(&mut app), "a");
        assert_eq!(streams(&mut app, "c"), (StreamKind::Main, 1));
    }
}

/// Pictures decoded of a camera, bytes received, and frames on the wall.
fn figures(world: &mut World, id: &str) -> (u64, u64, u64) {
    let mut cameras = world.query::<(&Camera, &StreamStats)>();
    let mut cameras = cameras.iter(world);
    let (_, stats) = cameras.find(|(camera, _)| &*camera.id == id).unwrap();
    (stats.feed.frames_decoded, stats.feed.bytes, stats.shown)
}

#[test]
fn a_camera_that_nobody_sees_is_received_and_has_neither_frames_nor_textures() {
    let folder = tempfile::tempdir().unwrap();
    clip(folder.path(), "red");
    clip(folder.path(), "blue");
    let text = r#"(
        cameras: { "red": (main: "./red.mp4"), "blue": (main: "./blue.mp4") },
        layouts: {
            "both": Grid(columns: 2, cameras: ["red", "blue"]),
            "red": Grid(cameras: ["red"]),
        },
        overlay: (clock: false),
    )"#;
    let mut app = app_of(folder.path(), text, UVec2::new(640, 360));
    app.update();
    let both = |world: &mut World| ["red", "blue"].iter().all(|id| figures(world, id).2 > 1);
    until(&mut app, "both on the wall", both);
    assert_eq!(textured(&app), 2);

    order(&mut app, Action::NextLayout);
    app.update();
    let mut feeds = app.world_mut().query::<(&Camera, &Feeds)>();
    let blue = feeds.iter(app.world()).find(|(camera, _)| &*camera.id == "blue").unwrap().1;
    let (queue, before) = (Arc::clone(&blue.picture.frame_queue), blue.picture.shown());
    assert_eq!(before, 0, "what was seen is off the wall");
    // What the decoder has in hand may still come. Then two rounds of the clip bring nothing.
    let rounds = 2 * folder.path().join("blue.mp4").metadata().unwrap().len();
    let mut still = figures(app.world_mut(), "blue");
    until(&mut app, "it is received and not decoded", |world| {
        let now = figures(world, "blue");
        if now.0 != still.0 {
            still = now;
        }
        now.1 > still.1 + rounds
    });
    assert!(!queue.has_new(), "no old picture waits");
    let mut stats = app.world_mut().query::<(&Camera, &StreamStats)>();
    let has_age = |(camera, stats): (&Camera, &StreamStats)| {
        assert_eq!(stats.feed.last_frame_at.is_some(), &*camera.id == "red", "{}", camera.id);
    };
    stats.iter(app.world()).for_each(has_age);
    assert_eq!(textured(&app), 1);
    let seen = figures(app.world_mut(), "blue").2;

    order(&mut app, Action::PreviousLayout);
    until(&mut app, "it is back", |world| figures(world, "blue").2 > seen + 1);
    assert_eq!(textured(&app), 2);
}

#[test]
fn whom_nobody_sees_does_not_wake_the_wall() {
    let folder = tempfile::tempdir().unwrap();
    clip(folder.path(), "red");
    let wakes = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&wakes);
    let pacer = FramePacer::start(move || {
        count.fetch_add(1, Relaxed);
    });
    let text = r#"
        cameras: { "red": (main: "./red.mp4", record: Always) },
        layouts: { "none": Grid(cameras: [""]), "red": Grid(cameras: ["red"]) },
        recording: (dir: "recordings", keep: (free: "0B")),
        prewarm: ["red"],
    "#;
    let mut app = program(folder.path(), text, pacer.unwrap());
    until(&mut app, "received, decoded and recorded", |world| {
        let mut cameras = world.query::<(&Health, &StreamStats, &RecordingStatus)>();
        let (health, stats, recording) = cameras.single(world).unwrap();
        let live = health.state() == CameraState::Live && stats.feed.frames_decoded > 0;
        live && recording.0.writing
    });
    // Nobody updates: nobody but the cameras can wake it, or its own clock.
    let heartbeats = |since: Instant| (since.elapsed().as_millis() / HEARTBEAT.as_millis()) as u32;
    let (start, before) = (Instant::now(), wakes.load(Relaxed));
    std::thread::sleep(Duration::from_secs(2));
    let woken = wakes.load(Relaxed) - before;
    // One was perhaps on its way.
    assert!(woken <= heartbeats(start) + 1, "{woken} wake-ups in {:?}", start.elapsed());

    order(&mut app, Action::NextLayout);
    app.update();
    let (start, before) = (Instant::now(), wakes.load(Relaxed));
    while wakes.load(Relaxed) - before <= heartbeats(start) + 10 {
        assert!(start.elapsed() < Duration::from_secs(60), "who is seen does not wake it");
        std::thread::sleep(Duration::from_millis(10));
    }
}
