//! A screen without a window manager: nobody gives the wall the keyboard.
//!
//! Keys come from the X server's own test keyboard (XTEST), nobody clicks, and the pointer is
//! outside the window: a key acts only where the wall has seen to that itself.

use std::time::{Duration, Instant};

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    ConnectionExt as _, CreateWindowAux, EventMask, InputFocus, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;

use testkit::window::manager::Manager;
use testkit::window::screen::{SIZE, Screen};
use testkit::window::session::{BARE, WindowSession, patterns, until};
use testkit::{SECOND, SOON, half_turn};

/// The window, in the middle of the screen, and the pointer in the far corner.
const SMALL: [&str; 2] = ["--size", "640x360"];
const TILE: [u32; 4] = [320, 180, 640, 360];

/// Longer than the wall takes to look who has the focus, more than twice.
const LONG: Duration = Duration::from_millis(2500);

fn screen() -> Screen {
    let screen = Screen::start();
    screen.xdotool(["mousemove", &(SIZE.0 - 1).to_string(), &(SIZE.1 - 1).to_string()]);
    screen
}

/// Keys open this camera.
fn act(session: &WindowSession, what: &str, camera: u32) {
    session.keys(&["Escape", &camera.to_string(), "Return"]);
    session.until_tiles(what, &[(TILE, camera)]);
}

/// Another program with a window; gone when dropped.
struct Another {
    x: RustConnection,
    window: Window,
}

impl Another {
    /// Opens its window and takes the focus, which goes to `revert_to` when it dies.
    fn start(screen: &Screen, revert_to: InputFocus) -> Self {
        let (x, _) = x11rb::connect(Some(&screen.name())).expect("Xvfb answers");
        let window = x.generate_id().unwrap();
        let (copy, class) = (x11rb::COPY_FROM_PARENT, WindowClass::INPUT_OUTPUT);
        let keys = CreateWindowAux::new().event_mask(EventMask::KEY_PRESS);
        x.create_window(0, window, screen.root, 0, 0, 60, 60, 0, class, copy, &keys).unwrap();
        x.map_window(window).unwrap();
        x.set_input_focus(revert_to, window, x11rb::CURRENT_TIME).unwrap();
        x.flush().unwrap();
        until("the other window has the focus", SOON, || screen.is_focused(window));
        Self { x, window }
    }

    /// How many keys it was sent since it was last asked.
    fn pressed(&self) -> usize {
        let events = std::iter::from_fn(|| self.x.poll_for_event().expect("Xvfb answers"));
        events.filter(|event| matches!(event, Event::KeyPress(_))).count()
    }
}

/// The focus stays where it is for a while.
fn stays(screen: &Screen, focused: Window) {
    let start = Instant::now();
    while start.elapsed() < LONG {
        assert_eq!(screen.focused(), focused, "after {:?}", start.elapsed());
        std::thread::sleep(SECOND / 50);
    }
}

#[test]
fn keys_act_without_a_window_manager() {
    let _turn = half_turn();
    let session = WindowSession::open_on(screen(), patterns(BARE), &SMALL, false);
    act(&session, "a key acts at the start", 1);
    let ends = [InputFocus::NONE, InputFocus::POINTER_ROOT, InputFocus::PARENT];
    for (camera, end) in (2..).zip(ends) {
        let another = Another::start(&session.screen, end);
        stays(&session.screen, another.window);
        session.keys(&["Escape", "6", "Return"]);
        until("the other program gets the keys", SOON, || match another.pressed() {
            0 => Err("none"),
            _ => Ok(()),
        });
        session.until_tiles("the wall got none of them", &[(TILE, camera - 1)]);
        drop(another);
        until("the wall has the keyboard again", SOON, || {
            session.screen.is_focused(session.window)
        });
        act(&session, &format!("a key acts again, the focus went to {end:?}"), camera);
    }
    // Hidden and shown: a hidden window can't have the focus.
    let id = session.window.to_string();
    session.screen.xdotool([
        "windowunmap",
        "--sync",
        &id,
        "sleep",
        "0.5",
        "windowmap",
        "--sync",
        &id,
    ]);
    until("the wall has the keyboard again", SOON, || session.screen.is_focused(session.window));
    act(&session, "a key acts after the window was hidden", 5);
}

#[test]
fn a_window_manager_that_comes_later_gives_the_focus_until_it_goes() {
    let _turn = half_turn();
    let session = WindowSession::open_on(screen(), patterns(BARE), &SMALL, false);
    act(&session, "a key acts at the start", 1);
    let manager = Manager::start(&session.screen);
    let none = u32::from(InputFocus::NONE);
    session.screen.x.set_input_focus(InputFocus::NONE, none, x11rb::CURRENT_TIME).unwrap();
    until("nobody has the focus", SOON, || session.screen.is_focused(none));
    stays(&session.screen, none);
    drop(manager);
    until("the wall has the keyboard again", SOON, || session.screen.is_focused(session.window));
    act(&session, "a key acts when the window manager is gone", 2);
}

#[test]
fn what_a_dead_window_manager_left_behind_is_not_taken_for_one() {
    let _turn = half_turn();
    let screen = screen();
    drop(Manager::start(&screen));
    let session = WindowSession::open_on(screen, patterns(BARE), &[], false);
    until("it covers the screen", SOON, || match session.screen.geometry(session.window) {
        (0, 0, width, height) if (width, height) == SIZE => Ok(()),
        other => Err(other),
    });
    session.keys(&["3", "Return"]);
    session.until_alone("a key acts", 3);
}
