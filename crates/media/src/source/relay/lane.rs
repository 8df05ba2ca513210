//! One direction of the relay: what came from one side on its way to the other.
//!
//! Pure; the relay's task runs it. Policies:
//! - frames pass through the buffer they were read into, many with one write; nothing is allocated
//!   for them;
//! - messages come out of [`Lane::next`] once everything before them was written; what is sent in
//!   their place, and what the relay itself says, goes into [`Lane::inserted`] and leaves between
//!   two frames;
//! - what the other side does not take stays here, and then there is no room to read into.

use super::limits::{Fault, Limits};
use super::message::{Head, Scanner, Step};

/// How much is read and written at once. A key frame of a large camera fits.
const CAPACITY: usize = 64 << 10;

#[derive(Debug)]
pub(super) struct Lane {
    buffer: Vec<u8>,
    /// What was read and not yet dealt with is `start..end`; of that, `start..passable` are frames
    /// to be written.
    start: usize,
    passable: usize,
    end: usize,
    /// Bytes of the frame at `passable` that are still to come.
    open: usize,
    scanner: Scanner,
    messages: Vec<u8>,
    /// Bytes of `messages` that were written.
    said: usize,
}

impl Default for Lane {
    fn default() -> Self {
        Self {
            buffer: vec![0; CAPACITY],
            start: 0,
            passable: 0,
            end: 0,
            open: 0,
            scanner: Scanner::default(),
            messages: Vec::new(),
            said: 0,
        }
    }
}

impl Lane {
    /// Where to read into; empty where the other side has to read first. Grows for a message that
    /// is within the limits only.
    pub fn room(&mut self, limits: &Limits) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.passable, self.end) = (0, 0, 0);
            if self.buffer.len() > CAPACITY {
                // That was for one long message.
                self.buffer = vec![0; CAPACITY];
            }
        }
        if self.end == self.buffer.len() && self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.passable -= self.start;
            self.end -= self.start;
            self.start = 0;
        }
        let largest = limits.head_bytes + limits.body_bytes;
        let message = self.scanner.announced().unwrap_or(0).min(largest);
        if message > self.buffer.len() && self.passable == self.start {
            self.buffer.resize(message, 0);
        }
        &mut self.buffer[self.end..]
    }

    /// So many bytes were read into [`room`](Self::room).
    pub fn filled(&mut self, bytes: usize) {
        self.end += bytes;
    }

    /// What was read and not yet dealt with.
    pub fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// The next message, once all before it was written.
    pub fn next(&mut self, limits: &Limits) -> Result<Option<(Head, Vec<u8>)>, Fault> {
        loop {
            let arrived = self.open.min(self.end - self.passable);
            self.passable += arrived;
            self.open -= arrived;
            if self.open > 0 || !self.inserted_is_written() || self.passable == self.end {
                return Ok(None);
            }
            if self.buffer[self.passable] != b'$' && self.passable != self.start {
                return Ok(None);
            }
            let at = self.passable;
            match self.scanner.scan(&self.buffer[at..self.end], limits)? {
                Step::More => return Ok(None),
                Step::Blank(bytes) => self.drop_front(bytes),
                Step::Frame(bytes) => self.open = bytes,
                Step::Message { head, head_bytes, body_bytes } => {
                    let body = self.buffer[at + head_bytes..][..body_bytes].to_vec();
                    self.drop_front(head_bytes + body_bytes);
                    return Ok(Some((head, body)));
                }
            }
        }
    }

    fn drop_front(&mut self, bytes: usize) {
        self.start += bytes;
        self.passable = self.start;
    }

    /// Where messages to the other side are appended.
    pub fn inserted(&mut self) -> &mut Vec<u8> {
        &mut self.messages
    }

    fn inserted_is_written(&self) -> bool {
        self.said == self.messages.len()
    }

    /// What is to be written next.
    pub fn output(&self) -> &[u8] {
        if self.passable > self.start {
            &self.buffer[self.start..self.passable]
        } else if self.open == 0 {
            &self.messages[self.said..]
        } else {
            &[]
        }
    }

    /// So many bytes of [`output`](Self::output) were written.
    pub fn written(&mut self, bytes: usize) {
        if self.passable > self.start {
            self.start += bytes;
            return;
        }
        self.said += bytes;
        if self.inserted_is_written() {
            self.said = 0;
            self.messages.clear();
            self.messages.shrink_to(CAPACITY);
        }
    }
}
