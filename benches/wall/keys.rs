//! A hand on the keyboard: key presses by the extension XTEST, without starting a program for each.

use std::io::IoSlice;

use x11rb::{
    connection::{Connection, RequestConnection},
    protocol::xproto::ConnectionExt,
    rust_connection::RustConnection,
};

/// Of F1 (X11/keysymdef.h); the others follow.
const F1: u32 = 0xffbe;

/// The key of the layout with this number, from 1.
pub fn layout(number: u32) -> u32 {
    F1 + number - 1
}

/// "Next layout" (X11/keysymdef.h).
pub const TAB: u32 = 0xff09;

/// Requests and events of XTEST (xtestproto): FakeInput, and X11's KeyPress and KeyRelease.
const FAKE_INPUT: u8 = 2;
const PRESS_AND_RELEASE: [u8; 2] = [2, 3];

/// A keyboard on a screen.
pub struct Keyboard {
    server: RustConnection,
    xtest: u8,
}

impl Keyboard {
    /// The keyboard of this display.
    pub fn on(display: &str) -> Self {
        let (server, _) = x11rb::connect(Some(display)).expect("Xvfb answers");
        let xtest = server.extension_information("XTEST").expect("Xvfb answers");
        let xtest = xtest.expect("Xvfb has XTEST").major_opcode;
        Self { server, xtest }
    }

    /// Presses a key and lets it go; it has happened when this returns.
    pub fn press(&self, keysym: u32) {
        let code = self.code(keysym);
        for event in PRESS_AND_RELEASE {
            let mut request = [0; 36];
            // The length is in words; detail is the key code; time 0 is now.
            request[..6].copy_from_slice(&[self.xtest, FAKE_INPUT, 9, 0, event, code]);
            let sent = self.server.send_request_without_reply(&[IoSlice::new(&request)], vec![]);
            sent.expect("Xvfb listens").check().expect("a key is pressed");
        }
    }

    fn code(&self, keysym: u32) -> u8 {
        let (first, last) = (self.server.setup().min_keycode, self.server.setup().max_keycode);
        let map = self.server.get_keyboard_mapping(first, last - first + 1);
        let map = map.expect("Xvfb answers").reply().expect("a keyboard");
        let width = usize::from(map.keysyms_per_keycode);
        let place = map.keysyms.chunks(width).position(|syms| syms[0] == keysym);
        first + u8::try_from(place.expect("the keyboard has this key")).expect("a key code")
    }
}
