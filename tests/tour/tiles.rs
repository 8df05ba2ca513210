//! A tour of cameras in one tile.

use std::time::{Duration, Instant};

use testkit::half_turn;
use testkit::window::screen::keep;
use testkit::window::session::BARE;

use crate::{Shown, alone, open, shows, until, wall};

/// A large tile that tours, beside two others.
const TOURED: [u32; 4] = [0, 0, 853, 720];

fn toured(every: &str) -> testkit::WallFile {
    let desk = format!(
        r#""desk": Tiles(columns: 3, rows: 2, tiles: [
            (tour: (every: {every:?}, resume_after: "5s", steps: [
                (show: "cam1"), (show: "cam2", for: "4s"), (show: "cam6"),
            ]), column: 0, row: 0, width: 2, height: 2),
            (camera: "cam4", column: 2, row: 0), (camera: "cam5", column: 2, row: 1),
        ]), "#
    );
    wall(&desk, BARE)
}

/// The layout, with this camera in the tile that tours.
fn with(camera: u32) -> [Shown; 3] {
    [(TOURED, camera), ([853, 0, 427, 360], 4), ([853, 360, 427, 360], 5)]
}

/// The camera that is alone on the wall.
fn alone_there(shot: &image::RgbImage) -> Option<u32> {
    [1, 2, 6].into_iter().find(|camera| shows(shot, &alone(*camera)).is_ok())
}

#[test]
fn every_camera_of_a_tile_is_there_from_its_first_moment_on_and_the_others_stay() {
    let _turn = half_turn();
    let session = open(toured("3s"));
    until(&session, "all are there", &with(1));
    let start = Instant::now();
    let mut seen: Vec<(u32, Duration)> = Vec::new();
    while start.elapsed() < Duration::from_secs(24) {
        let (shot, at) = (session.screen.shot(), start.elapsed());
        let camera = [1, 2, 6].into_iter().find(|it| shows(&shot, &with(*it)).is_ok());
        let Some(camera) = camera else {
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
        assert!((wanted - 1.0..wanted + 3.0).contains(&time.as_secs_f64()), "{pair:?}");
    }
}

#[test]
fn it_waits_for_who_looks_at_it() {
    let _turn = half_turn();
    let session = open(toured("2s"));
    until(&session, "the third camera", &with(6));
    session.keys(&["Home", "Return"]);
    let first = session.until_shot("one camera of the tour alone", |shot| {
        alone_there(shot).map(|_| ()).ok_or_else(|| "none".to_owned())
    });
    let camera = alone_there(&first).unwrap();
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(8) {
        let shot = session.screen.shot();
        assert_eq!(alone_there(&shot), Some(camera), "after {:?}", start.elapsed());
    }
    let pressed = Instant::now();
    session.keys(&["Escape"]);
    until(&session, "back", &with(camera));
    let next = [(1, 2), (2, 6), (6, 1)].into_iter().find(|(it, _)| *it == camera).unwrap().1;
    until(&session, "it goes on", &with(next));
    let paused = pressed.elapsed();
    assert!(paused > Duration::from_secs(5), "{paused:?}");
}
