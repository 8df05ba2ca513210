//! A reader's end of the hub.

use std::fmt;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use super::ring::Ring;
use super::{Delivery, Keep, NextPacket, PacketHub, Reader};

/// Reads a hub from a position of its own, on one thread.
pub(crate) struct HubReader {
    hub: PacketHub,
    id: u64,
    bell: Receiver<()>,
}

/// Ends a [`HubReader`] from another thread.
#[derive(Clone, Debug)]
pub(crate) struct ReaderStop {
    hub: PacketHub,
    id: u64,
}

impl ReaderStop {
    /// The reader's bell is hung up, and it reads nothing more.
    pub fn stop(&self) {
        self.hub.remove(self.id);
    }
}

impl HubReader {
    pub(super) fn new(hub: PacketHub, id: u64, bell: Receiver<()>) -> Self {
        Self { hub, id, bell }
    }

    /// Receives once when there may be something to read; hung up when nothing will follow.
    pub fn bell(&self) -> &Receiver<()> {
        &self.bell
    }

    /// What ends this reader.
    pub fn stop(&self) -> ReaderStop {
        ReaderStop { hub: self.hub.clone(), id: self.id }
    }

    /// The next packet, if it has come; never waits.
    pub fn next(&mut self) -> Option<Delivery> {
        let mut hub = self.hub.lock();
        let (reader, ring) = hub.reader(self.id)?;
        reader.take(ring)
    }

    /// Whether there is something to read.
    pub fn is_behind(&self) -> bool {
        let mut hub = self.hub.lock();
        hub.reader(self.id).is_some_and(|(reader, ring)| {
            !reader.parked
                && match reader.next {
                    NextPacket::Any => reader.position < ring.end(),
                    NextPacket::Key => ring.key_from(reader.position).is_some(),
                }
        })
    }

    /// Packets that this reader should have got and did not.
    pub fn missed(&self) -> u64 {
        self.hub.lock().reader(self.id).map_or(0, |(reader, _)| reader.missed)
    }

    /// The number of the next packet that will come.
    pub fn end(&self) -> u64 {
        self.hub.lock().ring.end()
    }

    /// The number of the newest picture in memory, or of the next packet where there is none.
    pub fn newest_picture(&self) -> u64 {
        let hub = self.hub.lock();
        hub.ring.newest_picture().unwrap_or(hub.ring.end())
    }

    /// Begins at the newest key frame in memory, or with the next that comes.
    pub fn start_at_newest_key(&mut self) {
        self.change(|reader, ring| {
            reader.position = ring.newest_key().unwrap_or(ring.end());
            (reader.next, reader.session) = (NextPacket::Key, None);
        });
    }

    /// Begins with the newest packet, whatever it is: for streams without key frames.
    pub fn start_anywhere(&mut self) {
        self.change(|reader, ring| {
            reader.position = ring.end().saturating_sub(1).max(ring.base());
            (reader.next, reader.session) = (NextPacket::Any, None);
        });
    }

    /// Goes on with the next key frame that was not read.
    pub fn wait_for_key(&mut self) {
        self.change(|reader, _| reader.next = NextPacket::Key);
    }

    /// Begins `span` before the newest packet, or with the oldest key frame in memory that is not
    /// before `floor`; with the next that comes where there is none. No connection and no change of
    /// the stream's parameters lies between there and now. Gives the number it begins with.
    pub fn start_back(&mut self, span: Duration, floor: u64) -> u64 {
        self.change(|reader, ring| {
            reader.position = ring.key_back(span, floor).unwrap_or(ring.end());
            (reader.next, reader.session) = (NextPacket::Key, None);
            reader.position
        })
        .unwrap_or_default()
    }

    /// Has so much kept for it from now on. What it has not read and does not fit any more is missed.
    pub fn set_keep(&mut self, keep: Keep) {
        if let Some((reader, _)) = self.hub.lock().reader(self.id) {
            reader.keep = Some(keep);
        }
    }

    /// Goes to the packet of this number, which this reader has read before.
    pub fn seek(&mut self, number: u64) {
        self.change(|reader, _| {
            reader.position = number;
            (reader.next, reader.session) = (NextPacket::Key, None);
        });
    }

    /// Reads nothing and holds nothing until it is started.
    pub fn park(&mut self) {
        self.change(|reader, _| reader.parked = true);
        // What is kept for it no longer.
        self.hub.lock().trim();
    }

    /// Goes on at the newest key frame, where the next packet came before `old` and a newer key frame
    /// is in memory. Gives the pictures that are left out: none where it goes on as it was.
    pub fn jump_if_late(&mut self, old: Instant) -> u64 {
        let mut hub = self.hub.lock();
        let Some((reader, ring)) = hub.reader(self.id) else { return 0 };
        let late = ring.get(reader.position).is_some_and(|next| next.packet.arrived < old);
        let Some(key) = ring.newest_key().filter(|key| late && *key > reader.position) else {
            return 0;
        };
        let skipped = ring.pictures(reader.position, key).count();
        (reader.position, reader.next) = (key, NextPacket::Key);
        skipped as u64
    }

    fn change<T>(&mut self, change: impl FnOnce(&mut Reader, &Ring) -> T) -> Option<T> {
        let mut hub = self.hub.lock();
        let (reader, ring) = hub.reader(self.id)?;
        reader.parked = false;
        Some(change(reader, ring))
    }
}

impl Drop for HubReader {
    fn drop(&mut self) {
        self.hub.remove(self.id);
    }
}

impl fmt::Debug for HubReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubReader").field("id", &self.id).finish_non_exhaustive()
    }
}
