//! A tour of cameras in one tile.

use std::time::{Duration, Instant};

use testkit::half_turn;
use testkit::window::screen::keep;
use testkit::window::session::{BARE, fills, patterns};

use crate::open;

/// A large tile that tours, beside two others.
const TOURED: [u32; 4] = [0, 0, 853, 720];

fn wall(every: &str) -> testkit::WallFile {
    let wall = patterns(BARE);
    let text = std::fs::read_to_string(wall.path()).unwrap();
    let desk = format!(
        r#""desk": Tiles(columns: 3, rows: 2, tiles: [
            (tour: (every: {every:?}, resume_after: "5s", steps: [
                (show: "cam1"), (show: "cam2", for: "4s"), (show: "cam6"),
            ]), column: 0, row: 0, width: 2, height: 2),
            (camera: "cam4", column: 2, row: 0), (camera: "cam5", column: 2, row: 1),
        ]), "all":"#
    );
    std::fs::write(wall.path(), text.replacen("\"all\":", &desk, 1)).unwrap();
    wall
}

#[test]
fn every_camera_of_a_tile_is_there_from_its_first_moment_on_and_the_others_stay() {
    let _turn = half_turn();
    let session = open(wall("3s"));
    session.until_tiles("the first camera", &[(TOURED, 1)]);
    let start = Instant::now();
    let mut seen: Vec<(u32, Duration)> = Vec::new();
    while start.elapsed() < Duration::from_secs(24) {
        let (shot, at) = (session.screen.shot(), start.elapsed());
        let camera = [1, 2, 6].into_iter().find(|it| fills(&shot, TOURED, *it).is_ok());
        let others = [([853, 0, 427, 360], 4), ([853, 360, 427, 360], 5)];
        let there = others.iter().all(|(tile, camera)| fills(&shot, *tile, *camera).is_ok());
        let Some(camera) = camera.filter(|_| there) else {
            keep(&shot, "FAILED tile tour");
            panic!("a tile without its picture after {seen:?}");
        };
        if seen.last().is_none_or(|(last, _)| *last != camera) {
            keep(&shot, &format!("tile-tour-{}-{camera}", seen.len()));
            seen.push((camera, at));
        }
    }
    let order: Vec<u32> = seen.iter().map(|(camera, _)| *camera).collect();
    assert!(order.len() >= 6, "{seen:?}");
    assert!(order.iter().eq([1, 2, 6].iter().cycle().take(order.len())), "{order:?}");
    for pair in seen.windows(2).skip(1) {
        let (wanted, time) = (if pair[0].0 == 2 { 4.0 } else { 3.0 }, pair[1].1 - pair[0].1);
        assert!((wanted - 0.4..wanted + 3.0).contains(&time.as_secs_f64()), "{pair:?}");
    }
}

#[test]
fn it_waits_for_who_looks_at_it() {
    let _turn = half_turn();
    let session = open(wall("2s"));
    session.until_tiles("the third camera", &[(TOURED, 6)]);
    session.keys(&["Home", "Return"]);
    let first = session.until_shot("one camera of the tour alone", |shot| {
        let alone = [1, 2, 6].into_iter().find(|it| fills(shot, [0, 0, 1280, 720], *it).is_ok());
        alone.map(|_| ()).ok_or_else(|| "none".to_owned())
    });
    let camera = [1, 2, 6].into_iter().find(|it| fills(&first, [0, 0, 1280, 720], *it).is_ok());
    let camera = camera.unwrap();
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(8) {
        let shot = session.screen.shot();
        assert!(fills(&shot, [0, 0, 1280, 720], camera).is_ok(), "after {:?}", start.elapsed());
    }
    session.keys(&["Escape"]);
    session.until_tiles("back", &[(TOURED, camera)]);
    let pressed = Instant::now();
    let next = [(1, 2), (2, 6), (6, 1)].into_iter().find(|(it, _)| *it == camera).unwrap().1;
    session.until_tiles("it goes on", &[(TOURED, next)]);
    let paused = pressed.elapsed();
    assert!(paused > Duration::from_secs(5), "{paused:?}");
}
