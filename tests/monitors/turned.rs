//! Monitors that hang on their side or upside down: the picture is turned, and the pointer with it.

use image::RgbImage;
use image::imageops::{crop_imm, rotate90, rotate180, rotate270};

use testkit::half_turn;
use testkit::window::display::{Monitors, Rect};
use testkit::window::screen::keep;
use testkit::window::session::{BARE, WindowSession, fills};
use testkit::window::sway::Sway;
use testkit::window::xorg::Xorg;

use super::site::{HEIGHT, WIDTH, left, open_file};

/// The right monitor as the operator sees it who has turned it as the word says.
fn seen(shot: &RgbImage, word: &str) -> RgbImage {
    let monitor = crop_imm(shot, WIDTH, 0, WIDTH, HEIGHT).to_image();
    match word {
        "Right" => rotate270(&monitor),
        "Left" => rotate90(&monitor),
        "Half" => rotate180(&monitor),
        other => panic!("no rotation: {other}"),
    }
}

/// The tiles of layout `four` on a wall of this size.
fn four([width, height]: [u32; 2]) -> Vec<(Rect, u32)> {
    let (x, y) = (width / 2, height / 2);
    vec![([0, 0, x, y], 1), ([x, 0, x, y], 2), ([0, y, x, y], 3), ([x, y, x, y], 4)]
}

/// Where on the monitors the operator points who points there.
fn on_monitor(word: &str, x: u32, y: u32) -> (u32, u32) {
    let (x, y) = match word {
        "Right" => (WIDTH - 1 - y, x),
        "Left" => (y, HEIGHT - 1 - x),
        "Half" => (WIDTH - 1 - x, HEIGHT - 1 - y),
        other => panic!("no rotation: {other}"),
    };
    (WIDTH + x, y)
}

fn until_seen<On: Monitors>(
    session: &WindowSession<On>,
    word: &str,
    what: &str,
    tiles: &[(Rect, u32)],
) {
    session.until_shot(what, |shot| {
        let turned = seen(shot, word);
        tiles.iter().try_for_each(|(tile, camera)| fills(&turned, *tile, *camera))
    });
}

fn a_turned_monitor_shows_its_wall_upright(monitors: impl Monitors, word: &str, name: &str) {
    let _turn = half_turn();
    let [left_name, right_name] = monitors.names();
    let walls = format!(
        "walls: {{ \"left\": (monitor: Name({left_name:?}), show: \"all\"), \
         \"right\": (monitor: Name({right_name:?}), show: \"four\", rotation: {word}) }},"
    );
    let session = open_file(monitors, &format!("{BARE}\n{walls}"));
    let size = if word == "Half" { [WIDTH, HEIGHT] } else { [HEIGHT, WIDTH] };
    until_seen(&session, word, "four pictures, upright", &four(size));
    keep(
        &session.until_tiles("the left wall is not turned", &left()),
        &format!("monitors-turned-{name}"),
    );
    // The tile of camera 2 is right at the top.
    let (x, y) = on_monitor(word, size[0] * 3 / 4, size[1] / 4);
    session.point(x, y);
    session.screen.press();
    until_seen(&session, word, "camera 2, which was clicked", &[([0, 0, size[0], size[1]], 2)]);
    session.keys(&["Escape", "Down", "Return"]);
    until_seen(&session, word, "camera 4, which is below it", &[([0, 0, size[0], size[1]], 4)]);
    session.until_tiles("the left wall stays", &left());
}

#[test]
fn a_monitor_turned_to_the_right_shows_its_wall_upright() {
    a_turned_monitor_shows_its_wall_upright(Xorg::start(), "Right", "right");
}

#[test]
fn a_monitor_turned_to_the_left_shows_its_wall_upright() {
    a_turned_monitor_shows_its_wall_upright(Sway::start(), "Left", "left");
}

#[test]
fn a_monitor_upside_down_shows_its_wall_upright() {
    a_turned_monitor_shows_its_wall_upright(Xorg::start(), "Half", "half");
}
