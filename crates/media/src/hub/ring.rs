//! The packets of one stream that are in memory, from the oldest to the newest.
//!
//! Pure: the hub calls it under its lock. Policies:
//! - whole GOPs are kept, and dropped from the oldest on: where the rest covers the time that is
//!   asked for and nobody still has to read them, or where the packets take more bytes than allowed;
//! - the newest GOP stays whole, unless it alone is larger than a GOP may be: then only its newest part
//!   stays, in which nothing can begin, for readers that are in the middle of it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::Delivery;
use crate::packet::MediaType;

/// Bytes a packet costs beside its payload: FFmpeg's packet and buffer with padding, our own
/// counters (measured as sizes of the types, rounded up).
const OVERHEAD: usize = 512;

/// Packets of one GOP that may be kept: more than half a minute of pictures and sound. To begin
/// with a longer one would take a decoder longer than to wait for its end.
pub(super) const LONGEST_GOP: usize = 4096;

/// How long the next GOP may last before one that a decoder has not read is dropped: a decoder that is
/// later than that goes on at a newer key frame by itself.
const WANTED: Duration = Duration::from_secs(2);

/// What is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    /// Time from the first packet to the newest that is to be covered, where it fits.
    pub span: Duration,
    /// Bytes that all packets may take where they are of more than one GOP.
    pub bytes: usize,
    /// Bytes that the newest GOP alone may take.
    pub gop_bytes: usize,
    /// The oldest packet that somebody still has to read.
    pub held: Option<u64>,
    /// The oldest that a decoder has not read: not worth keeping for long.
    pub wanted: Option<u64>,
}

/// Packets with consecutive numbers.
#[derive(Debug, Default)]
pub(super) struct Ring {
    packets: VecDeque<Delivery>,
    /// Numbers of the key frames among them.
    keys: VecDeque<u64>,
    /// Number of the first packet, or of the next where there is none.
    base: u64,
    /// Number of the first packet of the newest connection.
    session: u64,
    /// Number of the first packet after which neither the connection nor the stream's parameters
    /// changed.
    stretch: u64,
    bytes: usize,
}

impl Ring {
    /// The number of the next packet.
    pub fn end(&self) -> u64 {
        self.base + self.packets.len() as u64
    }

    /// The number of the oldest packet.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// Bytes that the packets take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The packet of this number, if it is in memory.
    pub fn get(&self, number: u64) -> Option<&Delivery> {
        let offset = usize::try_from(number.checked_sub(self.base)?).ok()?;
        self.packets.get(offset)
    }

    /// Adds the packet of number [`end`](Self::end).
    pub fn push(&mut self, delivery: Delivery) {
        let number = self.end();
        debug_assert_eq!(delivery.number, number, "numbers are consecutive");
        let other = |last: &Delivery| !Arc::ptr_eq(&last.session, &delivery.session);
        if self.packets.back().is_none_or(other) {
            (self.session, self.stretch) = (number, number);
        }
        if delivery.is_key() {
            if self.newest_key().and_then(|key| self.get(key)).is_some_and(|key| {
                let (known, info) = (&key.packet.info, &delivery.packet.info);
                !Arc::ptr_eq(known, info) && !known.same_as(info)
            }) {
                self.stretch = number;
            }
            self.keys.push_back(number);
        }
        self.bytes += cost(&delivery);
        self.packets.push_back(delivery);
    }

    /// What follows is of another connection.
    pub fn begin_session(&mut self) {
        (self.session, self.stretch) = (self.end(), self.end());
    }

    /// The number of the first packet of the newest connection.
    pub fn session(&self) -> u64 {
        self.session
    }

    /// Drops what is not to be kept.
    pub fn trim(&mut self, bounds: &Bounds) {
        while let Some(next) = self.second_beginning() {
            let before = |number: Option<u64>| number.is_some_and(|number| number < next);
            let span = if before(bounds.wanted) { bounds.span.max(WANTED) } else { bounds.span };
            let covered = !before(bounds.held) && self.span_from(next) >= span;
            if !covered && self.bytes <= bounds.bytes {
                return;
            }
            self.forget_until(next);
        }
        while (self.bytes > bounds.gop_bytes || self.packets.len() > LONGEST_GOP)
            && self.packets.len() > 1
        {
            self.forget_until(self.base + 1);
        }
    }

    /// The newest key frame of the newest connection.
    pub fn newest_key(&self) -> Option<u64> {
        self.keys.back().copied().filter(|key| *key >= self.session)
    }

    /// The newest picture.
    pub fn newest_picture(&self) -> Option<u64> {
        let pictures = self.packets.iter().rev();
        let mut pictures =
            pictures.filter(|delivery| delivery.packet.media_type() == MediaType::Video);
        pictures.next().map(|delivery| delivery.number)
    }

    /// The first key frame from this number on.
    pub fn key_from(&self, number: u64) -> Option<u64> {
        self.keys.get(self.keys.partition_point(|key| *key < number)).copied()
    }

    /// The key frame from which on what is in memory covers `span` before the newest packet, or the
    /// oldest there is; none before `floor`, and none of another connection or other parameters.
    pub fn key_back(&self, span: Duration, floor: u64) -> Option<u64> {
        let from = floor.max(self.stretch);
        let keys = self.keys.range(self.keys.partition_point(|key| *key < from)..);
        let covering = keys.clone().rev().find(|key| self.span_from(**key) >= span);
        covering.or(keys.clone().next()).copied()
    }

    /// Pictures from this number on, up to another.
    pub fn pictures(&self, from: u64, until: u64) -> impl Iterator<Item = &Delivery> {
        let offset = |number: u64| {
            let offset = usize::try_from(number.saturating_sub(self.base)).unwrap_or(usize::MAX);
            offset.min(self.packets.len())
        };
        let (from, until) = (offset(from), offset(until));
        let packets = self.packets.range(from..until.max(from));
        packets.filter(|delivery| delivery.packet.media_type() == MediaType::Video)
    }

    /// Where the second GOP begins, or the first after a beginning that is none.
    fn second_beginning(&self) -> Option<u64> {
        let first_is_key = self.keys.front() == Some(&self.base);
        self.keys.get(usize::from(first_is_key)).copied()
    }

    /// Time from the arrival of the packet of this number to that of the newest.
    fn span_from(&self, number: u64) -> Duration {
        let arrived = |delivery: &Delivery| delivery.packet.arrived;
        let newest: Option<Instant> = self.packets.back().map(arrived);
        newest
            .zip(self.get(number).map(arrived))
            .map_or(Duration::ZERO, |(newest, then)| newest.saturating_duration_since(then))
    }

    /// Drops what comes before this number.
    pub fn forget_until(&mut self, number: u64) {
        while self.base < number
            && let Some(gone) = self.packets.pop_front()
        {
            self.bytes -= cost(&gone);
            self.base += 1;
        }
        while self.keys.front().is_some_and(|key| *key < self.base) {
            self.keys.pop_front();
        }
    }
}

/// Bytes that a packet takes.
fn cost(delivery: &Delivery) -> usize {
    delivery.packet.data().len() + OVERHEAD
}
