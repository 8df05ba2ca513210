//! Where keys go: to the wall that was pointed at or clicked, or that a key names.

use testkit::half_turn;
use testkit::window::display::Monitors;
use testkit::window::screen::keep;
use testkit::window::sway::Sway;
use testkit::window::xorg::Xorg;

use super::site::{WIDTH, alone, at, big, left, open, point_at, right, until_selected};

fn each_wall_is_on_its_own_and_has_the_keys_while_it_is_pointed_at(
    monitors: impl Monitors,
    name: &str,
) {
    let _turn = half_turn();
    let session = open(monitors, "");
    session.until_tiles("the left wall", &left());
    keep(&session.until_tiles("the right wall", &right()), &format!("monitors-{name}"));
    point_at(&session, WIDTH);
    session.keys(&["Right"]);
    until_selected(&session, "the right wall's selection", &right(), 2);
    session.keys(&["Return"]);
    session.until_tiles("camera 2 alone on the right", &alone(WIDTH, 2));
    session.until_tiles("the left wall stays", &left());
    keep(&session.screen.shot(), &format!("monitors-alone-{name}"));
    point_at(&session, 0);
    session.keys(&["F3"]);
    session.until_tiles("another layout on the left", &big());
    session.keys(&["End", "Return"]);
    session.until_tiles("camera 4, the last one, alone on the left", &alone(0, 4));
    session.until_tiles("camera 2 alone on the right", &alone(WIDTH, 2));
    session.point(WIDTH + 300, 300);
    session.screen.press();
    session.until_tiles("a click goes back on the right", &right());
    session.keys(&["F3"]);
    session.until_tiles("and keys go there", &at(WIDTH, &big()));
    session.until_tiles("camera 4 alone on the left", &alone(0, 4));
    session.keys(&["ctrl+q"]);
    let ended = session.camwall.finish(testkit::SOON);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn each_wall_is_on_its_own_on_x() {
    each_wall_is_on_its_own_and_has_the_keys_while_it_is_pointed_at(Xorg::start(), "x");
}

#[test]
fn each_wall_is_on_its_own_on_wayland() {
    each_wall_is_on_its_own_and_has_the_keys_while_it_is_pointed_at(Sway::start(), "wayland");
}

fn a_key_that_names_a_wall_acts_there(monitors: impl Monitors) {
    let _turn = half_turn();
    let keys = r#"keys: { "layout_3@left": ["Ctrl+F1"], "layout_3@right": ["Ctrl+F2"] },"#;
    let session = open(monitors, keys);
    session.until_tiles("the left wall", &left());
    session.until_tiles("the right wall", &right());
    point_at(&session, 0);
    session.keys(&["ctrl+F2"]);
    session.until_tiles("the right wall, which nobody points at", &at(WIDTH, &big()));
    session.until_tiles("the left wall stays", &left());
    point_at(&session, WIDTH);
    session.keys(&["ctrl+F1"]);
    session.until_tiles("the left wall, which nobody points at", &big());
    // What names no wall goes where it went before.
    session.keys(&["F2"]);
    session.until_tiles("the right wall, which is pointed at", &right());
    session.until_tiles("the left wall stays", &big());
}

#[test]
fn a_key_that_names_a_wall_acts_there_on_x() {
    a_key_that_names_a_wall_acts_there(Xorg::start());
}

#[test]
fn a_key_that_names_a_wall_acts_there_on_wayland() {
    a_key_that_names_a_wall_acts_there(Sway::start());
}
