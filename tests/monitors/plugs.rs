//! Monitors that are unplugged and plugged in: their walls wait and return, and nothing else blinks.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use image::RgbImage;
use testkit::window::display::{Display, Eye, Monitors};
use testkit::window::screen::{SIZE, keep};
use testkit::window::session::{BARE, WindowSession, patterns, until};
use testkit::window::sway::Sway;
use testkit::window::xorg::Xorg;
use testkit::{Camsim, SECOND, SOON, StatusLine, WallFile, half_turn, turn};

use super::site::{
    HEIGHT, WIDTH, alone, at, big, by_name, left, open, open_file, point_at, right, until_selected,
    waits, walls,
};

/// How long a picture of a camera with 25 a second may stand still on a busy computer.
const STANDS: Duration = Duration::from_millis(300);

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
    session.camwall.wait_for("all cameras are shown on the left", SOON, |line| {
        line.all_live()
            && waits(line, "right", right_name)
            && line.walls.iter().any(|wall| wall.name == "left" && wall.state == "open")
    });
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
    let names = format!("{right_name} is not there; it waits for it; there are: {left_name}\n");
    assert!(ended.stderr.contains(&names), "{}", ended.stderr);
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
    until("it covers the corner", SOON, || {
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

/// What was seen of pictures that have numbers.
#[derive(Debug)]
struct Watched {
    /// How often it was looked, and how often there was no picture.
    looks: usize,
    without: usize,
    /// How many pictures followed each other.
    pictures: usize,
    /// How long one of them was seen at most.
    longest: Duration,
}

/// Looks at the picture on the left until it is enough.
fn watch(mut eye: Eye, enough: &AtomicBool) -> Watched {
    let (mut last, mut since) = (None, Instant::now());
    let mut watched = Watched { looks: 0, without: 0, pictures: 0, longest: Duration::ZERO };
    while !enough.load(Relaxed) {
        let Some(shot) = eye() else { continue };
        watched.looks += 1;
        let number = number_in(&shot);
        watched.without += usize::from(number.is_none());
        if number.is_some() && number != last {
            (watched.longest, watched.pictures) =
                (watched.longest.max(since.elapsed()), watched.pictures + 1);
            (last, since) = (number, Instant::now());
        }
        std::thread::sleep(SECOND / 100);
    }
    watched.longest = watched.longest.max(since.elapsed());
    watched
}

/// The number in the picture of a camera that fills the wall (tests/clips/NOTES.md).
fn number_in(shot: &RgbImage) -> Option<u32> {
    let cell = WIDTH / 40;
    let light = |at: u32| shot.get_pixel(at * cell + cell / 2, cell / 2).0[1] > 128;
    let sound = light(0) && !light(1);
    sound.then(|| (2..18).fold(0, |bits, at| bits << 1 | u32::from(light(at))))
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
    let mut eye = session.screen.eye(HEIGHT as u16 / 20);
    until("the picture on the left", SOON, || eye().as_ref().and_then(number_in).ok_or("none"));
    let enough = Arc::new(AtomicBool::new(false));
    let watching = std::thread::spawn({
        let enough = Arc::clone(&enough);
        move || watch(eye, &enough)
    });
    let decoded = |line: &StatusLine, id: &str| line.camera(id).fps_decoded > 0.0;
    for _ in 0..3 {
        session.screen.unplug(right_name);
        // Nobody sees the second any more: it is received, and not decoded.
        session.camwall.wait_for("the second is not decoded", SOON, |line| {
            !decoded(line, "cam2") && line.is("cam2", "live") && waits(line, "right", right_name)
        });
        session.screen.plug(right_name, WIDTH);
        session.camwall.wait_for("both again", SOON, |line| {
            line.all_live() && decoded(line, "cam2") && !waits(line, "right", right_name)
        });
    }
    enough.store(true, Relaxed);
    let watched = watching.join().expect("an eye");
    eprintln!("{watched:?}");
    assert_eq!(watched.without, 0, "{watched:?}");
    assert!(watched.longest < STANDS, "{watched:?}");
    assert!(watched.pictures > 50, "{watched:?}");
    for line in &session.camwall.lines()[begun..] {
        assert!(line.is("cam1", "live"), "{line:#?}");
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
