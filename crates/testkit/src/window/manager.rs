//! A window manager in a hundred lines: it shows windows where they ask to be, and makes them as
//! large as the screen when they ask for that (the freedesktop.org "Extended Window Manager
//! Hints", `_NET_WM_STATE_FULLSCREEN`). Without one nobody would answer that request.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ClientMessageEvent, ConfigureWindowAux,
    ConnectionExt as _, EventMask, InputFocus, PropMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use super::screen::{Geometry, SIZE, Screen};
use crate::SECOND;

x11rb::atom_manager! {
    /// The words of the protocol.
    Atoms: AtomsCookie {
        _NET_SUPPORTED,
        _NET_SUPPORTING_WM_CHECK,
        _NET_WM_NAME,
        _NET_WM_STATE,
        _NET_WM_STATE_FULLSCREEN,
        UTF8_STRING,
    }
}

/// A running window manager; ends when dropped, or with its screen.
pub struct Manager {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Desktop {
    x: RustConnection,
    root: Window,
    atoms: Atoms,
    /// Where full-screen windows were before.
    before: HashMap<Window, Geometry>,
}

impl Manager {
    /// Takes over a screen on which there is nothing yet.
    pub fn start(screen: &Screen) -> Self {
        let (x, _) = x11rb::connect(Some(&screen.name())).expect("the X server answers");
        let atoms = Atoms::new(&x).unwrap().reply().expect("atoms");
        let desktop = Desktop { x, root: screen.root, atoms, before: HashMap::new() };
        desktop.announce();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || desktop.run(&stopped));
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Desktop {
    fn announce(&self) {
        let (x, root, atoms) = (&self.x, self.root, &self.atoms);
        let events = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        let manage = ChangeWindowAttributesAux::new().event_mask(events);
        x.change_window_attributes(root, &manage).unwrap().check().expect("nobody else manages");
        let own = x.generate_id().unwrap();
        let (copy, only) = (x11rb::COPY_FROM_PARENT, WindowClass::INPUT_ONLY);
        x.create_window(0, own, root, -1, -1, 1, 1, 0, only, copy, &Default::default()).unwrap();
        let check = atoms._NET_SUPPORTING_WM_CHECK;
        for window in [root, own] {
            x.change_property32(PropMode::REPLACE, window, check, AtomEnum::WINDOW, &[own])
                .unwrap();
        }
        let (name, utf8) = (atoms._NET_WM_NAME, atoms.UTF8_STRING);
        x.change_property8(PropMode::REPLACE, own, name, utf8, b"test").unwrap();
        let known = [check, atoms._NET_WM_STATE, atoms._NET_WM_STATE_FULLSCREEN];
        let supported = atoms._NET_SUPPORTED;
        x.change_property32(PropMode::REPLACE, root, supported, AtomEnum::ATOM, &known).unwrap();
        x.flush().unwrap();
    }

    fn run(mut self, stop: &AtomicBool) {
        // An error is the end of the screen.
        while !stop.load(Ordering::Relaxed) {
            match self.x.poll_for_event() {
                Ok(Some(event)) => {
                    if self.obey(&event).is_none() {
                        return;
                    }
                }
                Ok(None) => std::thread::sleep(SECOND / 200),
                Err(_) => return,
            }
        }
    }

    /// `None` when the screen is gone.
    fn obey(&mut self, event: &Event) -> Option<()> {
        match event {
            Event::MapRequest(request) => {
                self.x.map_window(request.window).ok()?;
                let now = x11rb::CURRENT_TIME;
                self.x.set_input_focus(InputFocus::PARENT, request.window, now).ok()?;
            }
            Event::ConfigureRequest(request) => {
                let as_asked = ConfigureWindowAux::from_configure_request(request);
                self.x.configure_window(request.window, &as_asked).ok()?;
            }
            Event::ClientMessage(message) if message.type_ == self.atoms._NET_WM_STATE => {
                self.change_state(message)?;
            }
            _ => {}
        }
        self.x.flush().ok()
    }

    fn change_state(&mut self, message: &ClientMessageEvent) -> Option<()> {
        let [action, first, second, ..] = message.data.as_data32();
        let (window, full) = (message.window, self.atoms._NET_WM_STATE_FULLSCREEN);
        if ![first, second].contains(&full) {
            return Some(());
        }
        let wanted = action == 1 || (action == 2 && !self.before.contains_key(&window));
        let place = if wanted {
            let now = self.x.get_geometry(window).ok()?.reply().ok()?;
            self.before.entry(window).or_insert((now.x, now.y, now.width, now.height));
            (0, 0, SIZE.0, SIZE.1)
        } else {
            self.before.remove(&window)?
        };
        let states = if wanted { vec![full] } else { Vec::new() };
        let (x, y, width, height) = place;
        let there = ConfigureWindowAux::new()
            .x(i32::from(x))
            .y(i32::from(y))
            .width(u32::from(width))
            .height(u32::from(height));
        self.x.configure_window(window, &there).ok()?;
        let state = self.atoms._NET_WM_STATE;
        self.x.change_property32(PropMode::REPLACE, window, state, AtomEnum::ATOM, &states).ok()?;
        Some(())
    }
}
