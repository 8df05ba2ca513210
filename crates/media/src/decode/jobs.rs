//! What the decoder is to do next: packets out of the hub, and how each is to be taken.
//!
//! The decode thread runs it. Policies:
//! - decoding begins at the newest key frame in memory. Everything up to the newest picture of that
//!   moment is decoded without being shown, so that a picture is there at once, and never an old one;
//! - packets that are too old when their turn comes are left out where a newer key frame is in memory;
//!   where none is, they are decoded without being shown. So an overloaded wall skips and does not lag;
//! - where each picture is a key frame nothing is gained by decoding them all: much sooner the newest
//!   one is taken;
//! - a stream without key frames is decoded all the same after [`KEYFRAME_PATIENCE`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::Job;
use crate::health::feed_health::FeedHealth;
use crate::hub::{Delivery, HubReader, Session};
use crate::packet::{MediaType, nal};

/// A stream without key frames (periodic intra refresh without recovery points) is decoded anyway
/// after this long, and its pictures count as damaged. Key frames are up to half a minute apart.
pub(crate) const KEYFRAME_PATIENCE: Duration = Duration::from_secs(30);
/// Age of a packet from which on newer ones are gone for.
const LATE: Duration = Duration::from_secs(1);
/// The same where each picture is a key frame: two and a half pictures at 25 Hz.
const LATE_INTRA: Duration = Duration::from_millis(100);

/// Reads the hub for one decoder.
pub(crate) struct JobReader {
    reader: HubReader,
    /// The packet from which on pictures are shown.
    shown_from: u64,
    /// The latest packet, and its connection.
    last: Option<(u64, Arc<Session>)>,
    /// The number of the packet that follows the latest one that was read.
    read: u64,
    /// Since when packets come that can't be read, because none was a key frame.
    waiting: Option<Instant>,
    /// Whether decoding begins without a key frame, or began so and none came since.
    blind: bool,
    /// Whether the next job is the first.
    begins: bool,
    /// Packets that were no longer in memory when their turn came.
    missed: u64,
    /// Whether the latest picture was a key frame, and the one before it, too.
    intra: [bool; 2],
}

impl JobReader {
    /// Begins where the reader begins.
    pub fn new(reader: HubReader) -> Self {
        let (shown_from, read) = (reader.newest_picture(), reader.end());
        Self {
            reader,
            shown_from,
            read,
            last: None,
            waiting: None,
            blind: false,
            begins: true,
            missed: 0,
            intra: [false; 2],
        }
    }

    /// Waits until there may be a job; false where none will come but those that are there.
    pub fn wait(&self) -> bool {
        self.reader.bell().recv().is_ok()
    }

    /// The next job at `now`, if there is one; `reopen` is whether the decoder is to be opened anew,
    /// which is done with a key frame.
    pub fn next(&mut self, health: &FeedHealth, reopen: &AtomicBool, now: Instant) -> Option<Job> {
        loop {
            let skipped = self.skip_late(health, now);
            let Some(delivery) = self.reader.next() else {
                self.wait_for_key(now);
                return None;
            };
            (self.read, self.waiting) = (delivery.number + 1, None);
            let picture = delivery.packet.media_type() == MediaType::Video;
            let reopens = picture && reopen.load(Ordering::Acquire);
            if reopens && !delivery.packet.keyframe && !self.blind {
                self.reader.wait_for_key();
                continue;
            }
            if !picture {
                self.follow(&delivery);
                continue;
            }
            if reopens {
                reopen.store(false, Ordering::Release);
            }
            return Some(self.job(delivery, skipped, reopens, now));
        }
    }

    /// Goes on with newer packets where the next one is too old; true if it did.
    fn skip_late(&mut self, health: &FeedHealth, now: Instant) -> bool {
        let limit = if self.intra == [true; 2] { LATE_INTRA } else { LATE };
        let mut left_out = now.checked_sub(limit).map_or(0, |old| self.reader.jump_if_late(old));
        // A reader that was ended knows no more what it missed.
        let missed = self.reader.missed().max(self.missed);
        left_out += missed - std::mem::replace(&mut self.missed, missed);
        if left_out > 0 {
            health.packets_dropped.fetch_add(left_out, Ordering::Relaxed);
            self.shown_from = self.reader.newest_picture();
        }
        left_out > 0
    }

    /// There is nothing to read: where packets come that can't be read, patience ends one day.
    fn wait_for_key(&mut self, now: Instant) {
        if self.reader.end() <= self.read {
            return;
        }
        let since = *self.waiting.get_or_insert(now);
        if now.saturating_duration_since(since) >= KEYFRAME_PATIENCE {
            self.reader.start_anywhere();
            (self.blind, self.begins, self.waiting) = (true, true, None);
        }
    }

    /// Takes note of a packet. Whether it is the first of its connection, and whether it does not follow
    /// the latest one.
    fn follow(&mut self, delivery: &Delivery) -> (bool, bool) {
        let last = self.last.replace((delivery.number, delivery.session.clone()));
        let first = !last.as_ref().is_some_and(|(_, known)| Arc::ptr_eq(known, &delivery.session));
        (first, first || last.is_some_and(|(number, _)| number + 1 != delivery.number))
    }

    fn job(&mut self, delivery: Delivery, skipped: bool, reopen: bool, now: Instant) -> Job {
        let begins = std::mem::take(&mut self.begins);
        let (first, restart) = self.follow(&delivery);
        let Delivery { packet, session, number } = delivery;
        let key = packet.keyframe;
        self.intra = [self.intra[1], key];
        self.blind &= !key;
        let (codec, prefixed) = (packet.info.codec, packet.info.length_prefixed());
        let gradual = key && nal::recovers_gradually(codec, packet.data(), prefixed);
        let old = now.saturating_duration_since(packet.arrived) > LATE;
        let silent = number < self.shown_from || (old && number < self.reader.newest_picture());
        Job {
            restart: restart || begins || skipped || reopen,
            first: first || begins,
            reopen,
            blind: self.blind,
            // What was lost before a session's first picture is missed by none.
            whole: (packet.loss_before == 0 || first || begins) && !(skipped && gradual),
            lossy: session.lossy,
            gradual,
            silent,
            packet,
        }
    }
}

#[cfg(test)]
mod tests;
