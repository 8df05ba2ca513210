//! A hotspot, and going from camera to camera.

use testkit::half_turn;
use testkit::window::screen::keep;
use testkit::window::session::{BARE, patterns};

use crate::open;

const HOTSPOT: [u32; 4] = [0, 0, 853, 720];
const SMALL: [([u32; 4], u32); 3] =
    [([853, 0, 427, 240], 3), ([853, 240, 427, 240], 5), ([853, 480, 427, 240], 2)];

fn wall() -> testkit::WallFile {
    let wall = patterns(BARE);
    let text = std::fs::read_to_string(wall.path()).unwrap();
    let desk = r#""desk": Tiles(columns: 3, rows: 3, tiles: [
        (hotspot: true, column: 0, row: 0, width: 2, height: 3),
        (camera: "cam3", column: 2, row: 0), (camera: "cam5", column: 2, row: 1),
        (camera: "cam2", column: 2, row: 2),
    ]), "all":"#;
    std::fs::write(wall.path(), text.replacen("\"all\":", desk, 1)).unwrap();
    wall
}

/// The layout, with this camera in the hotspot.
fn with(camera: u32) -> [([u32; 4], u32); 4] {
    let [one, two, three] = SMALL;
    [(HOTSPOT, camera), one, two, three]
}

#[test]
fn it_follows_the_selection() {
    let _turn = half_turn();
    let session = open(wall());
    session.until_tiles("the first camera at first", &with(3));
    for (step, (key, camera)) in
        [("Down", 5), ("Down", 2), ("Down", 2), ("Up", 5), ("Left", 5), ("Right", 5)]
            .into_iter()
            .enumerate()
    {
        session.keys(&[key]);
        let shot = session.until_tiles(&format!("step {step}: {key}"), &with(camera));
        keep(&shot, &format!("hotspot-{step}-{key}"));
    }
    // In full-screen it is the camera that it shows.
    session.keys(&["Left", "Return"]);
    session.until_alone("the hotspot alone", 5);
    session.keys(&["Return"]);
    session.until_tiles("back", &with(5));
    session.keys(&["2", "Return"]);
    session.until_alone("by its number", 2);
    session.keys(&["Escape"]);
    session.until_tiles("and it is selected", &with(2));
}

#[test]
fn n_and_p_go_from_camera_to_camera_round_and_round() {
    let _turn = half_turn();
    let session = open(wall());
    session.until_tiles("the first camera at first", &with(3));
    for (step, (key, camera)) in [("n", 5), ("n", 2), ("n", 3), ("p", 2)].into_iter().enumerate() {
        session.keys(&[key]);
        session.until_tiles(&format!("step {step}: {key}"), &with(camera));
    }
    session.keys(&["Return"]);
    session.until_alone("one camera alone", 2);
    for (step, (key, camera)) in
        [("n", 3), ("n", 5), ("p", 3), ("p", 2), ("p", 5)].into_iter().enumerate()
    {
        session.keys(&[key]);
        let shot = session.until_alone(&format!("alone, step {step}: {key}"), camera);
        keep(&shot, &format!("next-{step}-{key}"));
    }
    session.keys(&["Escape"]);
    session.until_tiles("the last one is selected", &with(5));
}
