//! One window: full-screen and back, keys, the pointer, and a window that nobody sees.

use testkit::window::display::Display;
use testkit::window::screen::{SIZE, keep};
use testkit::window::session::{BARE, WindowSession, all, patterns, until};
use testkit::window::sway::Sway;
use testkit::{Camsim, Probe, SECOND, SOON, StatusLine, WallFile, half_turn, turn};

/// Longer than a wall may stand still before it ends itself.
const LONG: f64 = 12.0;

/// Six test patterns in a window on the one monitor that there is.
fn open(rest: &str, args: &[&str]) -> WindowSession<Sway> {
    open_on(Sway::start_with(1), patterns(&format!("{BARE}\n{rest}")), args)
}

fn open_on(sway: Sway, wall: WallFile, args: &[&str]) -> WindowSession<Sway> {
    WindowSession::open_windows(sway, 1, (wall, args), |run| run, StatusLine::all_live)
}

#[test]
fn the_wall_covers_its_monitor_and_keys_act() {
    let _turn = half_turn();
    let session = open("", &[]);
    let windows = session.until_windows("one", 1);
    assert_eq!(windows[0].1, [0, 0, SIZE.0.into(), SIZE.1.into()]);
    keep(&session.until_all("six patterns"), "wayland");
    for (key, selected) in [("Right", 2), ("Down", 5), ("Home", 1), ("End", 6)] {
        session.keys(&[key]);
        session.until_selected(key, selected);
    }
    session.keys(&["5", "Return"]);
    session.until_alone("camera 5 by its number", 5);
    session.keys(&["Escape"]);
    session.until_all("back");
    session.keys(&["F2"]);
    let four = [([0, 0, 640, 360], 1), ([640, 360, 640, 360], 4)];
    session.until_tiles("another layout", &four);
    session.keys(&["shift+Tab"]);
    session.until_all("back by Shift and Tab");
    session.keys(&["h"]);
    keep(&session.until_help("the help", true), "wayland-help");
    session.keys(&["Escape"]);
    session.until_help("no help", false);
    // A compositor gives the keyboard; there is no X server to ask for it.
    assert!(!session.camwall.threads().contains("focus"), "{}", session.camwall.threads());
    session.keys(&["ctrl+q"]);
    let ended = session.camwall.finish(10 * SECOND);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let said: Vec<_> = ended.stderr.lines().filter(|line| line.contains("sandbox:")).collect();
    assert!(said[0].contains("Landlock") && said[0].contains("seccomp"), "{said:#?}");
    let worse = ended.stderr.lines().find(|line| line.contains(" WARN ") || line.contains("ERROR"));
    assert_eq!(worse, None, "{}", ended.stderr);
}

/// What Wayland needs is nothing that the sandbox would have to open.
#[test]
fn no_thread_reaches_more_than_it_does_without_a_window() {
    let _turn = half_turn();
    let (probe, wall) = (Probe::build(), patterns(BARE));
    let path = wall.path();
    let prepare = |run| probe.given_to(run, &path);
    let session = WindowSession::open_windows(
        Sway::start_with(1),
        1,
        (wall, &[]),
        prepare,
        StatusLine::all_live,
    );
    session.until_all("six patterns");
    let answers = probe.ask(&session.camwall);
    assert!(answers.iter().any(|it| it.thread == "camwall"), "{answers:#?}");
    for it in &answers {
        let denied = (libc::EACCES, libc::EACCES, libc::EPERM);
        assert_eq!((it.read, it.create, it.exec), denied, "{it:?}");
    }
    session.keys(&["3", "Return"]);
    session.until_alone("keys act", 3);
}

#[test]
fn the_pointer_opens_what_it_clicks() {
    let _turn = half_turn();
    let session = open("", &[]);
    session.until_all("six patterns");
    session.point(1000, 500);
    session.screen.press();
    session.until_alone("a click on camera 6", 6);
    session.point(200, 200);
    session.screen.press();
    session.until_all("a click anywhere goes back");
}

#[test]
fn f11_is_a_window_and_full_screen_again() {
    let _turn = half_turn();
    let sway = Sway::start_with(1);
    sway.tell("for_window [app_id=camwall] floating enable");
    let session = open_on(sway, patterns(BARE), &["--size", "800x450"]);
    let placed = |what: &str, wanted: [u32; 2]| {
        until(what, SOON, || match session.screen.windows()[..] {
            [(_, place)] if place[2..] == wanted => Ok(place),
            ref other => Err(other.to_vec()),
        })
    };
    let scaled = |[x, y, width, height]: [u32; 4]| {
        let tiles = all().map(|(tile, camera)| {
            let [left, top, right, bottom] =
                [tile[0], tile[1], tile[0] + tile[2], tile[1] + tile[3]].map(f64::from);
            let (dx, dy) = (f64::from(width) / 1280.0, f64::from(height) / 720.0);
            let (left, right) = ((left * dx).round() as u32, (right * dx).round() as u32);
            let (top, bottom) = ((top * dy).round() as u32, (bottom * dy).round() as u32);
            ([x + left, y + top, right - left, bottom - top], camera)
        });
        session.until_tiles("laid out in its window", &tiles);
    };
    scaled(placed("at the start", [800, 450]));
    for round in 0..2 {
        session.keys(&["F11"]);
        scaled(placed(&format!("{round}: full-screen"), [1280, 720]));
        session.keys(&["F11"]);
        scaled(placed(&format!("{round}: a window"), [800, 450]));
    }
}

/// The compositor asks a window that nobody sees for no pictures: a wall that waited for that would
/// stand still, and end itself.
#[test]
fn a_wall_that_nobody_sees_goes_on() {
    let _turn = turn();
    let camsim = Camsim::start(&["--cameras", "2"]);
    let camera = |number: usize| {
        let url = camsim.url(&format!("cam{number}/sub"));
        (format!("cam{number}"), format!("main: {url:?}"))
    };
    let wall = WallFile::new(&[camera(1), camera(2)], BARE);
    let mut session = open_on(Sway::start_with(1), wall, &[]);
    session.screen.tell("workspace elsewhere");
    session.until_windows("hidden", 0);
    let hidden = session.camwall.lines().last().expect("lines").t;
    let later = session.camwall.wait_for("a while", SOON, |line| line.t > hidden + LONG);
    assert!(later.all_live(), "{later:#?}");
    session.screen.tell("workspace 1");
    session.until_windows("seen again", 1);
    session.keys(&["2", "Return"]);
    session.camwall.wait_for("it is drawn again", SOON, |line| line.camera("cam2").fps_shown > 5.0);
    let ended = session.camwall.terminate();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}
