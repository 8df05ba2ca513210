//! A hotspot, and going from camera to camera.

use testkit::half_turn;
use testkit::window::screen::keep;
use testkit::window::session::BARE;

use crate::{Shown, alone, open, until, wall};

const HOTSPOT: [u32; 4] = [0, 0, 853, 720];
const SMALL: [Shown; 3] =
    [([853, 0, 427, 240], 3), ([853, 240, 427, 240], 5), ([853, 480, 427, 240], 2)];

const DESK: &str = r#""desk": Tiles(columns: 3, rows: 3, tiles: [
    (hotspot: true, column: 0, row: 0, width: 2, height: 3),
    (camera: "cam3", column: 2, row: 0), (camera: "cam5", column: 2, row: 1),
    (camera: "cam2", column: 2, row: 2),
]), "#;

/// The layout, with this camera in the hotspot.
fn with(camera: u32) -> [Shown; 4] {
    let [one, two, three] = SMALL;
    [(HOTSPOT, camera), one, two, three]
}

#[test]
fn it_follows_the_selection() {
    let _turn = half_turn();
    let session = open(wall(DESK, BARE));
    until(&session, "the first camera at first", &with(3));
    for (step, (key, camera)) in
        [("Down", 5), ("Down", 2), ("Down", 2), ("Up", 5), ("Left", 5), ("Right", 5)]
            .into_iter()
            .enumerate()
    {
        session.keys(&[key]);
        let shot = until(&session, &format!("step {step}: {key}"), &with(camera));
        keep(&shot, &format!("hotspot-{step}-{key}"));
    }
    // In full-screen it is the camera that it shows.
    session.keys(&["Left", "Return"]);
    until(&session, "the hotspot alone", &alone(5));
    session.keys(&["Return"]);
    until(&session, "back", &with(5));
    session.keys(&["2", "Return"]);
    until(&session, "by its number", &alone(2));
    session.keys(&["Escape"]);
    until(&session, "and it is selected", &with(2));
}

#[test]
fn n_and_p_go_from_camera_to_camera_round_and_round() {
    let _turn = half_turn();
    let session = open(wall(DESK, BARE));
    until(&session, "the first camera at first", &with(3));
    for (step, (key, camera)) in [("n", 5), ("n", 2), ("n", 3), ("p", 2)].into_iter().enumerate() {
        session.keys(&[key]);
        until(&session, &format!("step {step}: {key}"), &with(camera));
    }
    session.keys(&["Return"]);
    until(&session, "one camera alone", &alone(2));
    for (step, (key, camera)) in
        [("n", 3), ("n", 5), ("p", 3), ("p", 2), ("p", 5)].into_iter().enumerate()
    {
        session.keys(&[key]);
        let shot = until(&session, &format!("alone, step {step}: {key}"), &alone(camera));
        keep(&shot, &format!("next-{step}-{key}"));
    }
    session.keys(&["Escape"]);
    until(&session, "the last one is selected", &with(5));
}
