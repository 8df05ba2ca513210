//! What walls share: a camera is received and decoded once, however often it is shown.

use testkit::window::display::Monitors;
use testkit::window::screen::keep;
use testkit::window::session::{BARE, WindowSession};
use testkit::window::sway::Sway;
use testkit::window::xorg::Xorg;
use testkit::{Camsim, Picture, Process, SOON, StatusLine, Tile, WallFile, turn};

use super::site::{HEIGHT, WIDTH};

/// The same two cameras on both walls.
fn wall(server: &Camsim, monitors: &impl Monitors) -> WallFile {
    let camera = |number: usize| {
        let url = server.url(&format!("cam{number}/sub"));
        (format!("cam{number}"), format!("main: {url:?}, fit: Stretch"))
    };
    let layouts = r#"layouts: {
        "one": Grid(columns: 2, cameras: ["cam1", "cam2"]),
        "two": Grid(columns: 2, cameras: ["cam2", "cam1"]),
    },"#;
    let [left, right] = monitors.names();
    let walls = format!(
        "walls: {{ \"left\": (monitor: Name({left:?}), show: \"one\"), \
         \"right\": (monitor: Name({right:?}), show: \"two\") }},"
    );
    WallFile::new(&[camera(1), camera(2)], &format!("{layouts}\n{walls}\n{BARE}"))
}

fn a_camera_on_both_walls_is_received_and_decoded_once(monitors: impl Monitors, name: &str) {
    let _turn = turn();
    let mut server = Camsim::start(&["--cameras", "2"]);
    let wall = (wall(&server, &monitors), &[][..]);
    let mut session =
        WindowSession::open_windows(monitors, 2, wall, |run| run, StatusLine::all_live);
    let tiles = [0, WIDTH / 2, WIDTH, WIDTH + WIDTH / 2]
        .map(|x| Tile { x, y: 0, width: WIDTH / 2, height: HEIGHT }.inner(0.1));
    // Crossed: left of the left wall is what is right on the right wall.
    let shot = session.until_shot("both cameras on both walls", |shot| {
        let picture = Picture(shot.clone());
        let distance = |a: usize, b: usize| picture.distance(tiles[a], &picture, tiles[b]);
        let (same, other) = (distance(0, 3).max(distance(1, 2)), distance(0, 1));
        // The walls are drawn together, and shown one after the other.
        if same < other / 3.0 { Ok(()) } else { Err(format!("{same} alike, {other} apart")) }
    });
    keep(&shot, &format!("monitors-shared-{name}"));
    let line = session.camwall.wait_for("a line later", SOON, StatusLine::all_live);
    assert_eq!(server.tell("stat")["connections"], 2, "{line:#?}");
    let mut threads = Process(session.camwall.pid()).threads();
    threads.retain(|thread| thread.ends_with(".decode"));
    threads.sort();
    assert_eq!(threads, ["cam1.decode", "cam2.decode"]);
    assert_eq!(session.camwall.terminate().code, Some(0));
}

#[test]
fn a_camera_on_both_walls_is_received_and_decoded_once_on_x() {
    a_camera_on_both_walls_is_received_and_decoded_once(Xorg::start(), "x");
}

#[test]
fn a_camera_on_both_walls_is_received_and_decoded_once_on_wayland() {
    a_camera_on_both_walls_is_received_and_decoded_once(Sway::start(), "wayland");
}
