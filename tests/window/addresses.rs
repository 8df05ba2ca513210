//! A wall of addresses in a real window.

use testkit::window::screen::{Screen, keep};
use testkit::window::session::until;
use testkit::{Camsim, Run, SOON, StatusLine, half_turn};

/// How bright a rectangle of the screen is by the mean, and how much its points differ from that.
fn contrast(shot: &image::RgbImage, [x, y, width, height]: [u32; 4]) -> (f64, f64) {
    let points = (y..y + height).flat_map(|y| (x..x + width).map(move |x| (x, y)));
    let values: Vec<f64> = points.map(|(x, y)| f64::from(shot.get_pixel(x, y).0[1])).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let differ = values.iter().map(|value| (value - mean).abs()).sum::<f64>() / values.len() as f64;
    (mean, differ)
}

#[test]
fn addresses_open_a_window_with_their_pictures() {
    let _turn = half_turn();
    let folder = tempfile::tempdir().unwrap();
    let (screen, server) = (Screen::start(), Camsim::start(&["--cameras", "2"]));
    let mut camwall = Run::bare([server.url("cam1/main"), server.url("cam2/main")])
        .args(["--for", "150s"])
        .env("DISPLAY", screen.name())
        .status_file(folder.path().join("status.jsonl"))
        .in_folder(folder.path())
        .start();
    until("the window is there", SOON, || screen.window("camwall").ok_or("none"));
    camwall.wait_for("both live", SOON, StatusLine::all_live);
    // Two tiles beside each other, a picture in the middle of each.
    let shot = until("two pictures", SOON, || {
        let shot = screen.shot();
        let tiles = [[120, 260, 400, 200], [760, 260, 400, 200]];
        let seen = tiles.map(|tile| contrast(&shot, tile));
        if seen.iter().all(|(mean, differ)| *mean > 20.0 && *differ > 5.0) {
            Ok(shot)
        } else {
            Err(seen)
        }
    });
    keep(&shot, "addresses");
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}
