//! Tours and hotspots on a wall: scenes. When a tour goes on is tested in `tour`, random operators in `app`.

use std::time::Duration;

use bevy::prelude::*;

use super::tests::Bench;
use super::*;
use crate::camera::{Camera, Health, Prewarmed};
use crate::operation::Touched;
use camwall_config::Action;
use camwall_media::FeedState;

const S: Duration = Duration::from_secs(1);

/// Two layouts that a tour shows, and one with a tour in a tile and a hotspot.
const TEXT: &str = r#"(
    cameras: { "a": (main: "./a"), "b": (main: "./b"), "c": (main: "./c"), "d": (main: "./d") },
    layouts: {
        "two": Grid(columns: 2, cameras: ["a", "b"]),
        "one": Grid(cameras: ["c"]),
        "desk": Tiles(columns: 2, rows: 2, tiles: [
            (hotspot: true, column: 0, row: 0),
            (tour: (every: "10s", resume_after: "20s", steps: [
                (show: "b"), (show: "c", for: "4s"), (show: "d"),
            ]), column: 1, row: 0),
            (camera: "a", column: 0, row: 1),
            (camera: "d", column: 1, row: 1),
        ]),
    },
    tours: { "rounds": (every: "10s", resume_after: "30s", steps: [
        (show: "two"), (show: "one", for: "20s"), (show: "desk"),
    ]) },
    show: SHOW,
)"#;

fn bench(show: &str) -> Bench {
    let mut bench = Bench::of(&TEXT.replace("SHOW", &format!("{show:?}")));
    // None has a picture, and each says so: none is waited for.
    say(&mut bench, &FeedState::Stale);
    bench.pass(Duration::ZERO);
    bench
}

fn say(bench: &mut Bench, state: &FeedState) {
    let mut all = bench.app.world_mut().query::<&mut Health>();
    for mut health in all.iter_mut(bench.app.world_mut()) {
        health.0 = state.clone();
    }
}

/// Lets so many seconds pass in updates ten a second.
fn play(bench: &mut Bench, seconds: f32) {
    for _ in 0..(seconds * 10.0).round() as u32 {
        bench.pass(S / 10);
    }
}

fn layout(bench: &Bench) -> usize {
    bench.get::<ActiveLayout>().0
}

/// The pace of the tour that the wall tells of, and its step.
fn told(bench: &Bench) -> Option<(Pace, usize)> {
    bench.get::<TourShown>().0.map(|line| (line.pace, line.step.0))
}

/// Lines for which cameras are kept warm, by number.
fn warm(bench: &mut Bench) -> Vec<(usize, Option<u32>)> {
    let mut cameras = bench.app.world_mut().query::<(&Camera, &Prewarmed)>();
    let found = cameras.iter(bench.app.world()).map(|(camera, warm)| (camera.number, warm.0));
    let mut found: Vec<_> = found.collect();
    found.sort_unstable();
    found
}

/// Number of the camera in a tile, and whether it is selected, in the order of the file.
fn tiles(bench: &mut Bench) -> Vec<(usize, bool)> {
    let selected = bench.get::<Selected>().0;
    let world = bench.app.world();
    let mut found: Vec<_> = world.get::<Tiles>(bench.wall).unwrap().iter().collect();
    found.sort_by_key(|tile| world.get::<Tile>(*tile).unwrap().index);
    let plain = |tile: Entity| {
        let number = world.get::<Tile>(tile).unwrap().number;
        let shows = world.get::<Shows>(tile).unwrap().0;
        assert_eq!(world.get::<Camera>(shows).unwrap().number, number);
        (number, Some(tile) == selected)
    };
    found.into_iter().map(plain).collect()
}

#[test]
fn a_wall_shows_its_layouts_in_turn_and_what_comes_next_is_warm() {
    let mut bench = bench("rounds");
    assert_eq!((layout(&bench), told(&bench)), (0, Some((Pace::Running, 0))));
    play(&mut bench, 6.9);
    assert_eq!(warm(&mut bench), []);
    play(&mut bench, 0.2);
    assert_eq!(warm(&mut bench), [(3, Some(720))]);
    play(&mut bench, 2.8);
    assert_eq!(layout(&bench), 0);
    play(&mut bench, 0.2);
    assert_eq!((layout(&bench), told(&bench)), (1, Some((Pace::Running, 1))));
    assert_eq!(warm(&mut bench), []);
    assert_eq!(bench.shown(), [3]);
    play(&mut bench, 17.2);
    // Its tile's tour begins with the second camera; the hotspot has none of its own.
    assert_eq!(warm(&mut bench), [1, 2, 4].map(|number| (number, Some(360))));
    play(&mut bench, 2.8);
    assert_eq!(layout(&bench), 2);
    play(&mut bench, 10.0);
    assert_eq!(layout(&bench), 0, "round and round");
}

#[test]
fn a_layout_without_pictures_is_waited_for() {
    let mut bench = bench("rounds");
    say(&mut bench, &FeedState::Connecting);
    play(&mut bench, 14.8);
    assert_eq!(layout(&bench), 0);
    play(&mut bench, 0.5);
    assert_eq!(layout(&bench), 1);
    say(&mut bench, &FeedState::Live);
    play(&mut bench, 20.2);
    assert_eq!(layout(&bench), 1);
    say(&mut bench, &FeedState::Stale);
    bench.pass(S / 10);
    assert_eq!(layout(&bench), 2);
}

#[test]
fn a_key_pauses_it_and_later_the_layout_of_its_step_comes_back() {
    let mut bench = bench("rounds");
    play(&mut bench, 5.0);
    bench.act(Action::Layout(3)).pass(S / 10);
    assert_eq!((layout(&bench), told(&bench)), (2, Some((Pace::Paused(30 * S), 0))));
    play(&mut bench, 14.5);
    assert_eq!(told(&bench), Some((Pace::Paused(16 * S), 0)));
    let (wall, world) = (bench.wall, bench.app.world_mut());
    world.trigger(Touched { entity: wall });
    // The tour of the tile does not wait for so long.
    play(&mut bench, 26.8);
    assert_eq!(warm(&mut bench), []);
    play(&mut bench, 0.4);
    let next = warm(&mut bench);
    assert!(next.contains(&(1, Some(720))) && next.contains(&(2, Some(720))), "{next:?}");
    assert_eq!(layout(&bench), 2);
    play(&mut bench, 3.0);
    assert_eq!((layout(&bench), told(&bench)), (0, Some((Pace::Running, 0))));
}

#[test]
fn while_somebody_looks_closely_it_does_not_go_on() {
    for (begin, end) in [
        (Action::OpenOrBack, Action::Back),
        (
            Action::ZoomAt { at: [9.0, 9.0], factor: 2.0 },
            Action::ZoomAt { at: [9.0, 9.0], factor: 0.1 },
        ),
        (Action::Help, Action::Help),
    ] {
        let mut bench = bench("rounds");
        bench.act(begin);
        play(&mut bench, 100.0);
        assert_eq!((layout(&bench), told(&bench)), (0, Some((Pace::Stopped, 0))), "{begin:?}");
        bench.act(end);
        play(&mut bench, 29.0);
        assert_eq!(layout(&bench), 0);
        play(&mut bench, 11.5);
        assert_eq!(layout(&bench), 1, "{begin:?}");
    }
}

#[test]
fn its_key_stops_it_has_it_go_on_at_once_and_begins_one() {
    let mut bench = bench("rounds");
    bench.act(Action::Tour);
    play(&mut bench, 100.0);
    bench.act(Action::Layout(2)).act(Action::OpenOrBack);
    play(&mut bench, 100.0);
    assert_eq!((layout(&bench), told(&bench)), (1, Some((Pace::Stopped, 0))));
    bench.act(Action::Tour).pass(S / 10);
    assert_eq!((layout(&bench), told(&bench)), (0, Some((Pace::Running, 0))));
    assert_eq!(bench.get::<Maximized>().open(), None);
    // A key paused it: the key of the tour has it go on.
    bench.act(Action::Layout(2)).act(Action::Tour).pass(S / 10);
    assert_eq!((layout(&bench), told(&bench)), (0, Some((Pace::Running, 0))));

    let mut bench = self::bench("one");
    assert_eq!((layout(&bench), told(&bench)), (1, None));
    bench.act(Action::Tour).pass(S / 10);
    assert_eq!((layout(&bench), told(&bench)), (0, Some((Pace::Running, 0))));
    play(&mut bench, 10.2);
    assert_eq!(layout(&bench), 1);
}

#[test]
fn a_tile_shows_its_cameras_in_turn_and_goes_on_where_it_was() {
    let mut bench = bench("desk");
    assert_eq!(tiles(&mut bench)[1], (2, true));
    assert_eq!(told(&bench), None, "it is seen on the tile");
    play(&mut bench, 7.2);
    assert_eq!(warm(&mut bench), [(3, Some(360))]);
    play(&mut bench, 3.0);
    assert_eq!(tiles(&mut bench)[1], (3, true));
    play(&mut bench, 4.0);
    assert_eq!(tiles(&mut bench)[1], (4, true));
    bench.act(Action::Layout(2)).act(Action::Layout(3)).pass(S / 10);
    assert_eq!(tiles(&mut bench)[1], (4, true));
    assert_eq!(told(&bench), Some((Pace::Paused(20 * S), 0)), "a key was pressed");
    play(&mut bench, 19.0);
    assert_eq!(tiles(&mut bench)[1], (4, true));
    play(&mut bench, 11.5);
    assert_eq!((tiles(&mut bench)[1], told(&bench)), ((2, true), None));
}

#[test]
fn a_tour_in_a_layout_of_a_tour_has_its_time_although_it_is_hidden_between() {
    let mut bench = bench("rounds");
    let mut seen = Vec::new();
    for _ in 0..120 * 10 {
        bench.pass(S / 10);
        if layout(&bench) == 2 {
            seen.push(tiles(&mut bench)[1].0);
        }
    }
    let mut counts = [0; 5];
    seen.iter().for_each(|camera| counts[*camera] += 1);
    seen.dedup();
    assert!(seen.starts_with(&[2, 3, 4]), "{seen:?} {counts:?}");
}

#[test]
fn a_hotspot_shows_what_is_selected_and_is_not_selected_itself_at_first() {
    let mut bench = bench("desk");
    // The tile of the tour is the first that is not a hotspot.
    bench.act(Action::Down).act(Action::Left).pass(Duration::ZERO);
    let shown = tiles(&mut bench);
    assert_eq!(shown, [(1, false), (2, false), (1, true), (4, false)]);
    bench.act(Action::Right).act(Action::Left).act(Action::Right).pass(Duration::ZERO);
    assert_eq!(tiles(&mut bench), [(4, false), (2, false), (1, false), (4, true)]);
    // Itself it keeps what it shows; so it does in full-screen.
    bench.act(Action::Left).act(Action::Up).pass(Duration::ZERO);
    assert_eq!(tiles(&mut bench), [(1, true), (2, false), (1, false), (4, false)]);
    bench.act(Action::OpenOrBack).rest();
    assert_eq!(bench.shown(), [1]);
    // From there to the next camera, in reading order and without the hotspot.
    bench.act(Action::NextCamera);
    assert_eq!(bench.shown(), [4]);
    for (action, shown) in
        [(Action::NextCamera, 2), (Action::NextCamera, 1), (Action::PreviousCamera, 2)]
    {
        bench.act(action);
        assert_eq!(bench.shown(), [shown]);
    }
    bench.act(Action::Back).rest();
    assert_eq!(tiles(&mut bench), [(2, false), (2, true), (1, false), (4, false)]);
    // A number opens the camera's own tile.
    bench.act(Action::Digit(1)).act(Action::OpenOrBack).act(Action::Back).rest();
    assert_eq!(tiles(&mut bench)[2], (1, true));
}

#[test]
fn a_hotspot_follows_a_tour_that_is_selected_and_pictures_keep_their_zoom() {
    let mut bench = bench("desk");
    assert_eq!(tiles(&mut bench)[..2], [(2, false), (2, true)]);
    bench.act(Action::ZoomAt { at: [700.0, 100.0], factor: 2.0 }).pass(Duration::ZERO);
    let zoom = bench.zoom(2);
    assert_ne!(zoom, Zoom::FIT);
    bench.act(Action::Tour);
    // In the first round nothing was running.
    play(&mut bench, 10.5);
    assert_eq!(tiles(&mut bench)[..2], [(3, false), (3, true)]);
    assert_eq!(bench.zoom(3), Zoom::FIT);
    play(&mut bench, 4.0 + 10.0);
    assert_eq!(tiles(&mut bench)[..2], [(2, false), (2, true)]);
    assert_eq!(bench.zoom(2), zoom);
}
