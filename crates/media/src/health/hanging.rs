//! Whether the decoder comes back from a packet.
//!
//! Pure; told by the decode thread, and asked by the feed's task before it reads a packet. Policies:
//! - a decoder that hangs is left behind and another one started, but for one that hangs while as
//!   many hang already as [may](crate::hung_decoders::MOST): then nothing is decoded, and said so,
//!   until one comes back. Packets are still read, for the recorder;
//! - where there is no decode thread, one is started, unless too many others are about to end;
//! - those are forgotten once a decoder has worked for [`WORKS_AFTER`].

use std::time::{Duration, Instant};

use super::{Remedy, seconds};
use crate::hung_decoders::Room;

/// How long a decoder may work on one packet: the slowest takes a fraction of a second.
pub(super) const HUNG_AFTER: Duration = seconds(10);
/// A decoder that works for so long does not hang on what the stream is now.
const WORKS_AFTER: Duration = seconds(600);

/// What is known of the decode thread.
#[derive(Debug, Default)]
pub(super) struct Hanging {
    /// When the decoder began with the packet it works on.
    busy: Option<Instant>,
    /// Whether there is no decode thread, and when another one was last asked for.
    no_thread: bool,
    replacing: Option<Instant>,
    /// Since when the decoder hangs and no other may be started.
    stuck: Option<Instant>,
    /// Since when the decoder makes pictures.
    works_since: Option<Instant>,
}

impl Hanging {
    /// The decoder begins with a packet.
    pub fn begin(&mut self, now: Instant) {
        self.busy = Some(now);
    }

    /// The decoder is done with it.
    pub fn end(&mut self) {
        (self.busy, self.stuck) = (None, None);
    }

    /// A clean picture came of it.
    pub fn works(&mut self, now: Instant) {
        self.works_since.get_or_insert(now);
    }

    /// Pictures are no longer decoded, and there is no decode thread.
    pub fn hide(&mut self) {
        *self = Self::default();
    }

    /// There is no decode thread.
    pub fn no_thread(&mut self) {
        self.no_thread = true;
    }

    /// Another decode thread was started.
    pub fn replaced(&mut self) {
        *self = Self { replacing: self.replacing, ..Self::default() };
    }

    /// Since when the decoder hangs and no other may be started.
    pub fn since(&self) -> Option<Instant> {
        self.stuck
    }

    /// What is to be done at `now`, if anything. `room`: whether another thread may be started.
    pub fn remedy(&mut self, room: impl FnOnce() -> Room, now: Instant) -> Option<Remedy> {
        let since = |at: Instant| now.saturating_duration_since(at);
        let hangs = self.busy.is_some_and(|busy| since(busy) >= HUNG_AFTER);
        if !hangs && !self.no_thread {
            return None;
        }
        match room() {
            Room::Free => {}
            Room::Soon => return None,
            Room::None => {
                let begins = self.stuck.is_none();
                self.stuck.get_or_insert(now);
                return begins.then_some(Remedy::DecodeNoMore);
            }
        }
        // Where no thread could be started, it is tried again, but not with each packet.
        if self.replacing.is_some_and(|at| since(at) < HUNG_AFTER) {
            return None;
        }
        self.replacing = Some(now);
        Some(if hangs { Remedy::ReplaceDecoder } else { Remedy::StartDecoder })
    }

    /// Whether the decoder has worked for long. Said once, then after as long again.
    pub fn works_well(&mut self, now: Instant) -> bool {
        let long = |since: Instant| now.saturating_duration_since(since) >= WORKS_AFTER;
        let well = self.works_since.is_some_and(long);
        if well {
            self.works_since = Some(now);
        }
        well
    }
}
