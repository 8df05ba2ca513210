//! Monitors that are unplugged and plugged in: their walls wait and return, and nothing else blinks.

use testkit::window::display::{Display, Monitors};
use testkit::window::screen::{SIZE, keep};
use testkit::window::session::{BARE, WindowSession, patterns};
use testkit::window::sway::Sway;
use testkit::window::xorg::Xorg;
use testkit::{Camsim, SOON, StatusLine, WallFile, half_turn, turn};

use super::site::{
    HEIGHT, WIDTH, alone, at, big, by_name, left, open, open_file, point_at, right, until_selected,
    walls,
};

fn what_is_unplugged_waits_and_returns_as_it_was(monitors: impl Monitors, name: &str) {
    let _turn = half_turn();
    let [left_name, right_name] = monitors.names();
    let mut session = open(monitors, "");
    session.until_tiles("the left wall", &left());
    session.until_tiles("the right wall", &right());
    point_at(&session, WIDTH);
    session.keys(&["F3", "Down"]);
    let changed = at(WIDTH, &big());
    session.until_tiles("another layout", &changed);
    until_selected(&session, "another tile", &changed, 6);
    // Sway brings what had the keyboard on the other monitor to the front of this one.
    point_at(&session, 0);
    session.screen.unplug(right_name);
    session.until_windows("the left window", 1);
    keep(
        &session.until_tiles("the left wall stays", &left()),
        &format!("monitors-unplugged-{name}"),
    );
    session.camwall.wait_for("all cameras are shown on the left", SOON, StatusLine::all_live);
    session.screen.plug(right_name, WIDTH);
    let windows = session.until_windows("both windows", 2);
    assert_eq!(windows[1].1, [WIDTH, 0, WIDTH, HEIGHT], "{windows:?}");
    session.until_tiles("its layout", &changed);
    point_at(&session, WIDTH);
    until_selected(&session, "its selection", &changed, 6);
    // The other one, which is then the last that was plugged in: another index. It has no keyboard.
    session.screen.unplug(left_name);
    session.until_windows("the right window", 1);
    session.until_tiles("the right wall stays", &changed);
    session.screen.plug(left_name, 0);
    session.until_windows("both windows", 2);
    session.until_tiles("the left wall is where it was", &left());
    session.until_tiles("the right wall is where it was", &changed);
    session.until_keyboard();
    point_at(&session, 0);
    session.keys(&["2", "Return"]);
    session.until_tiles("keys go there again", &alone(0, 2));
    keep(&session.screen.shot(), &format!("monitors-back-{name}"));
    let ended = session.camwall.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for name in [left_name, right_name] {
        for (level, words) in [(" WARN ", "is not there"), (" INFO ", "is there")] {
            let told =
                |line: &&str| line.contains(level) && line.contains(&format!("{name} {words}"));
            let count = ended.stderr.lines().filter(told).count();
            assert_eq!(count, 1, "{name}:{level}{words}: {}", ended.stderr);
        }
    }
}

#[test]
fn what_is_unplugged_waits_and_returns_as_it_was_on_x() {
    what_is_unplugged_waits_and_returns_as_it_was(Xorg::start(), "x");
}

#[test]
fn what_is_unplugged_waits_and_returns_as_it_was_on_wayland() {
    what_is_unplugged_waits_and_returns_as_it_was(Sway::start(), "wayland");
}

/// A number is where a monitor was at the start; from then on the wall is where that monitor is.
fn an_index_that_moves_does_not_move_the_wall(monitors: impl Monitors) {
    let _turn = half_turn();
    let [left_name, _] = monitors.names();
    let session = open_file(monitors, &format!("{BARE}\n{}", walls("Index(0)", "Index(1)")));
    session.until_tiles("the left wall", &left());
    session.until_tiles("the right wall", &right());
    point_at(&session, WIDTH);
    session.screen.unplug(left_name);
    session.until_windows("the right window", 1);
    session.until_tiles("the right wall stays", &right());
    session.screen.plug(left_name, 0);
    session.until_windows("both windows", 2);
    session.until_tiles("the left wall is where it was", &left());
    session.until_tiles("the right wall is where it was", &right());
}

#[test]
fn an_index_that_moves_does_not_move_the_wall_on_x() {
    an_index_that_moves_does_not_move_the_wall(Xorg::start());
}

#[test]
fn an_index_that_moves_does_not_move_the_wall_on_wayland() {
    an_index_that_moves_does_not_move_the_wall(Sway::start());
}

/// Desktops lay out what is left anew, and the wall goes where its monitor goes.
#[test]
fn a_wall_goes_where_its_monitor_goes() {
    let _turn = half_turn();
    let session = open(Xorg::start(), "");
    session.until_tiles("the right wall", &right());
    session.screen.unplug_and_move(session.screen.names()[0]);
    session.until_windows("the right window", 1);
    let fills = |place| place == [0, 0, u32::from(SIZE.0), u32::from(SIZE.1)];
    testkit::window::session::until("it covers the corner", SOON, || {
        let windows = session.screen.windows();
        if windows.len() == 1 && fills(windows[0].1) { Ok(()) } else { Err(windows) }
    });
    session.until_tiles("the right wall in the corner", &at(0, &super::site::four()));
    session.screen.plug(session.screen.names()[0], WIDTH);
    session.until_windows("both windows", 2);
    session.until_tiles("the left wall on the right", &at(WIDTH, &left()));
    session.until_tiles("the right wall on the left", &at(0, &super::site::four()));
}

fn a_monitor_that_comes_later_gets_its_wall(monitors: impl Monitors) {
    let _turn = half_turn();
    let [_, right_name] = monitors.names();
    monitors.unplug(right_name);
    let text = format!("{BARE}\n{}", by_name(&monitors));
    let wall = (patterns(&text), &[][..]);
    let session = WindowSession::open_windows(monitors, 1, wall, |run| run, StatusLine::all_live);
    session.until_tiles("the left wall", &left());
    session.screen.plug(right_name, WIDTH);
    session.until_windows("both windows", 2);
    session.until_tiles("the right wall", &right());
    session.until_tiles("the left wall", &left());
}

#[test]
fn a_monitor_that_comes_later_gets_its_wall_on_x() {
    a_monitor_that_comes_later_gets_its_wall(Xorg::start());
}

#[test]
fn a_monitor_that_comes_later_gets_its_wall_on_wayland() {
    a_monitor_that_comes_later_gets_its_wall(Sway::start());
}

/// One camera on each wall, so that each is seen by its monitor alone.
fn one_each(server: &Camsim, monitors: &impl Monitors) -> WallFile {
    let camera = |number: usize| {
        let url = server.url(&format!("cam{number}/sub"));
        (format!("cam{number}"), format!("main: {url:?}"))
    };
    let layouts = r#"layouts: { "one": Grid(cameras: ["cam1"]), "two": Grid(cameras: ["cam2"]) },"#;
    let [left, right] = monitors.names();
    let walls = format!(
        "walls: {{ \"left\": (monitor: Name({left:?}), show: \"one\"), \
         \"right\": (monitor: Name({right:?}), show: \"two\") }},"
    );
    WallFile::new(&[camera(1), camera(2)], &format!("{layouts}\n{walls}\n{BARE}"))
}

fn what_stays_plugged_in_misses_no_picture(monitors: impl Monitors) {
    let _turn = turn();
    let [_, right_name] = monitors.names();
    let mut server = Camsim::start(&["--cameras", "2"]);
    let wall = (one_each(&server, &monitors), &[][..]);
    let mut session =
        WindowSession::open_windows(monitors, 2, wall, |run| run, StatusLine::all_live);
    let window = session.until_windows("both windows", 2)[0].0;
    let begun = session.camwall.lines().len();
    session.camwall.wait_until("some lines before", SOON, |lines| lines.len() > begun + 3);
    session.screen.unplug(right_name);
    let decoded = |line: &StatusLine, id: &str| line.camera(id).fps_decoded > 0.0;
    // Nobody sees the second any more: it is received, and not decoded.
    session.camwall.wait_for("the second is not decoded", SOON, |line| {
        !decoded(line, "cam2") && line.is("cam2", "live")
    });
    let unplugged = session.camwall.lines().len();
    session.camwall.wait_until("some lines without", SOON, |lines| lines.len() > unplugged + 3);
    session.screen.plug(right_name, WIDTH);
    session.camwall.wait_for("both again", SOON, |line| line.all_live() && decoded(line, "cam2"));
    let lines = session.camwall.lines();
    let rate = |line: &StatusLine| line.camera("cam1").fps_shown;
    let least = lines[begun..begun + 3].iter().map(rate).fold(f64::MAX, f64::min);
    for line in &lines[begun..] {
        assert!(line.is("cam1", "live"), "{line:#?}");
        assert!(rate(line) > 0.6 * least, "{least} a second before, then: {line:#?}");
    }
    let now = session.until_windows("both windows", 2)[0].0;
    assert_eq!(format!("{now:?}"), format!("{window:?}"), "the window on the left is the same");
    assert_eq!(server.tell("stat")["connections"], 2, "one each, for the whole time");
    let ended = session.camwall.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn what_stays_plugged_in_misses_no_picture_on_x() {
    what_stays_plugged_in_misses_no_picture(Xorg::start());
}

#[test]
fn what_stays_plugged_in_misses_no_picture_on_wayland() {
    what_stays_plugged_in_misses_no_picture(Sway::start());
}

/// All at once, as when the desk is switched off.
fn all_of_them_come_back(monitors: impl Monitors) {
    let _turn = half_turn();
    let names = monitors.names();
    let mut session = open(monitors, "");
    session.until_tiles("the right wall", &right());
    for name in names {
        session.screen.unplug(name);
    }
    let line = session.camwall.lines().pop().unwrap();
    session.camwall.wait_for("it goes on", SOON, |later| later.t > line.t + 2.0);
    for (name, x) in names.into_iter().zip([0, WIDTH]) {
        session.screen.plug(name, x);
    }
    session.until_windows("both windows", 2);
    session.until_tiles("the left wall", &left());
    session.until_tiles("the right wall", &right());
    session.until_keyboard();
    point_at(&session, 0);
    session.keys(&["2", "Return"]);
    session.until_tiles("keys act", &alone(0, 2));
}

#[test]
fn all_of_them_come_back_on_x() {
    all_of_them_come_back(Xorg::start());
}

#[test]
fn all_of_them_come_back_on_wayland() {
    all_of_them_come_back(Sway::start());
}
