//! A pointer for a compositor that has none (the protocol `wlr-virtual-pointer-unstable-v1`), so that
//! windows have something to listen to. It moves and clicks when the compositor is told to.
//!
//! It speaks Wayland's wire protocol by itself: words of 32 bits in the computer's own order; a message
//! begins with the object it is about, its length in bytes above its number, and then its arguments;
//! texts have their length with the zero at their end before them, and are filled up to a word.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::SOON;

/// A pointer that is plugged in; gone when dropped.
pub struct VirtualPointer {
    connection: UnixStream,
}

const DISPLAY: u32 = 1;
const REGISTRY: u32 = 2;
const DONE: u32 = 3;
const MANAGER: u32 = 4;
const POINTER: u32 = 5;
const WANTED: &str = "zwlr_virtual_pointer_manager_v1";

fn message(object: u32, number: u32, arguments: &[u32]) -> Vec<u8> {
    let length = 8 + 4 * arguments.len() as u32;
    let words = [object, length << 16 | number].into_iter().chain(arguments.iter().copied());
    words.flat_map(u32::to_ne_bytes).collect()
}

/// A text as an argument.
fn text(text: &str) -> Vec<u32> {
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(0);
    let length = bytes.len() as u32;
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let words =
        bytes.chunks_exact(4).map(|word| u32::from_ne_bytes([word[0], word[1], word[2], word[3]]));
    std::iter::once(length).chain(words).collect()
}

/// The next message: its object, its number and its arguments.
fn receive(connection: &mut UnixStream) -> (u32, u32, Vec<u8>) {
    let mut head = [0; 8];
    connection.read_exact(&mut head).expect("the compositor answers");
    let word = |at: usize| u32::from_ne_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let mut arguments = vec![0; (word(4) >> 16).saturating_sub(8) as usize];
    connection.read_exact(&mut arguments).expect("the compositor answers");
    (word(0), word(4) & 0xffff, arguments)
}

impl VirtualPointer {
    /// Plugs one in at the compositor that listens there.
    pub fn plug_in(socket: &Path) -> Self {
        let mut connection = UnixStream::connect(socket).expect("the compositor listens");
        connection.set_read_timeout(Some(SOON)).expect("a limit");
        let ask = [message(DISPLAY, 1, &[REGISTRY]), message(DISPLAY, 0, &[DONE])].concat();
        connection.write_all(&ask).expect("the compositor listens");
        let mut manager = None;
        loop {
            let (object, _, arguments) = receive(&mut connection);
            if object == DONE {
                break;
            }
            assert_ne!(object, DISPLAY, "{:?}", String::from_utf8_lossy(&arguments));
            // A global: its number, its interface and the version.
            if object == REGISTRY && arguments[8..].starts_with(WANTED.as_bytes()) {
                let name = [arguments[0], arguments[1], arguments[2], arguments[3]];
                manager = Some(u32::from_ne_bytes(name));
            }
        }
        let name = manager.expect("a compositor that takes such pointers");
        let bind = [vec![name], text(WANTED), vec![1, MANAGER]].concat();
        let make = [message(REGISTRY, 0, &bind), message(MANAGER, 0, &[0, POINTER])].concat();
        connection.write_all(&make).expect("the compositor listens");
        Self { connection }
    }

    /// Moves it by a pixel and back.
    pub fn nudge(&self) {
        // In pixels of 1/256; a frame ends each movement.
        let moved = |by: i32| {
            let movement = message(POINTER, 0, &[0, by.cast_unsigned(), 0]);
            [movement, message(POINTER, 4, &[])].concat()
        };
        let movements = [moved(256), moved(-256)].concat();
        (&self.connection).write_all(&movements).expect("the compositor listens");
    }
}
