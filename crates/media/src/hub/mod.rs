//! The packet hub of a stream: one ring of whole GOPs, which all who want its packets read.
//!
//! Whoever reads the camera puts packets in ([`PacketHub::push`]) and waits for nobody. Decoder and
//! recorder each have a [`HubReader`] with a position of its own, and take packets out at their own
//! pace, on their own threads; snapshots copy the newest GOP. The lock is held for one packet.
//! Policies:
//! - nobody begins in the middle of a GOP, nor goes on in one of which he missed something: a reader
//!   that is too slow for the ring goes on at the next key frame, and the numbers of its packets
//!   tell it what is missing. So no reader ever sees a packet whose references it did not get;
//! - what a [`Subscription`] has not read yet is kept while it fits into the bytes it allows; what a
//!   decoder has not read, for a moment only: later it is better off at a newer key frame;
//! - a decoder reads nothing of a connection that is over;
//! - without a subscription the newest GOP is kept and no more: enough to begin at once; what a
//!   subscription allows bounds what is kept beside it, so that none takes from a decoder what it needs;
//! - who waits is woken by a [bell](HubReader::bell), at most once for all that came meanwhile; who is
//!   [parked](HubReader::park) is not woken.

mod reader;
mod ring;
mod subscription;
mod tap;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use crossbeam_channel::{Sender, bounded};

pub(crate) use self::reader::{HubReader, ReaderStop};
use self::ring::{Bounds, Ring};
pub use self::subscription::{ConnectionState, Subscription};
pub use self::tap::{HubId, PacketTap, TappedGop};
use crate::lock::lock;
use crate::packet::{MediaType, Packet, StreamInfo};

/// Bytes of packets that are kept where nobody says how many: a GOP of eight seconds of 24 Mbit/s.
const DEFAULT_BYTES: usize = 24 << 20;

/// One connection to a camera: timestamps of different sessions have nothing to do with each
/// other.
#[derive(Debug)]
pub struct Session {
    /// Counts the feed's connections.
    pub number: u64,
    /// The sound that was announced, if any.
    pub audio: Option<Arc<StreamInfo>>,
    /// Whether packets may be lost on the way without a word.
    pub(crate) lossy: bool,
}

/// A packet on its way to a reader.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The packet.
    pub packet: Arc<Packet>,
    /// The connection it came by.
    pub session: Arc<Session>,
    /// Counts the feed's packets; a hole means that the reader was too slow.
    pub number: u64,
}

impl Delivery {
    /// Whether a decoder, or a file, can begin here.
    #[must_use]
    pub fn is_key(&self) -> bool {
        self.packet.keyframe && self.is_picture()
    }

    /// Whether it is a picture: one without contents is none, and reaches no file.
    #[must_use]
    pub fn is_picture(&self) -> bool {
        self.packet.media_type() == MediaType::Video && !self.packet.data().is_empty()
    }
}

/// What a subscription wants to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Time before now that is kept where it fits.
    pub span: Duration,
    /// Bytes that all packets of the stream may take; the newest GOP alone may take as many as where
    /// nobody says how many: decoders need it.
    pub bytes: usize,
}

/// The hub. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct PacketHub(Arc<Mutex<Hub>>);

#[derive(Debug, Default)]
struct Hub {
    ring: Ring,
    readers: Vec<Reader>,
    /// Readers that were ever made.
    made: u64,
    closed: bool,
}

/// What the hub knows of a reader.
#[derive(Debug)]
struct Reader {
    id: u64,
    /// Rung when there is something to read; hung up when there never will be again.
    bell: Option<Sender<()>>,
    /// Set for a subscription.
    keep: Option<Keep>,
    parked: bool,
    /// The next packet.
    position: u64,
    /// Whether the packets before it were read, and if not, what it can go on with.
    next: NextPacket,
    session: Option<Arc<Session>>,
    /// Packets it should have got and did not.
    missed: u64,
}

/// What a reader can go on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NextPacket {
    /// The packet at its position.
    Any,
    /// The next key frame.
    Key,
}

impl PacketHub {
    /// Adds a packet, without waiting for anyone. True if a subscription just lost its first packet.
    pub fn push(&self, packet: Arc<Packet>, session: &Arc<Session>) -> bool {
        let mut hub = self.lock();
        let number = hub.ring.end();
        hub.ring.push(Delivery { packet, session: session.clone(), number });
        let lost = hub.trim();
        hub.ring_bells();
        lost
    }

    /// The packets that follow are of another connection: nobody begins before it any more.
    pub fn begin_session(&self) {
        self.lock().ring.begin_session();
    }

    /// Wakes all readers that wait: something else than a packet is new.
    pub fn wake(&self) {
        self.lock().ring_bells();
    }

    /// No packet will follow. What is in memory can still be read.
    pub fn close(&self) {
        let mut hub = self.lock();
        hub.closed = true;
        for reader in &mut hub.readers {
            reader.bell = None;
        }
    }

    /// Drops the packets in memory, as if there were no room for them.
    #[cfg(any(test, feature = "fixtures"))]
    pub fn overflow(&self) {
        let mut hub = self.lock();
        let end = hub.ring.end();
        hub.ring.forget_until(end);
        hub.trim();
    }

    /// Bytes that the packets in memory take.
    pub fn bytes(&self) -> usize {
        self.lock().ring.bytes()
    }

    /// A reader for a decoder: begins at the newest key frame in memory, or with the next one.
    pub fn reader(&self) -> HubReader {
        let mut reader = self.add(None);
        reader.start_at_newest_key();
        reader
    }

    /// The pictures from the newest key frame on.
    pub fn newest_gop(&self) -> Vec<Arc<Packet>> {
        let hub = self.lock();
        let Some(key) = hub.ring.newest_key() else { return Vec::new() };
        let pictures = hub.ring.pictures(key, hub.ring.end());
        pictures.map(|delivery| delivery.packet.clone()).collect()
    }

    /// A reader that is parked.
    fn add(&self, keep: Option<Keep>) -> HubReader {
        let (bell, rung) = bounded(1);
        let mut hub = self.lock();
        hub.made += 1;
        let id = hub.made;
        let reader = Reader {
            id,
            bell: (!hub.closed).then_some(bell),
            keep,
            parked: true,
            position: hub.ring.end(),
            next: NextPacket::Key,
            session: None,
            missed: 0,
        };
        hub.readers.push(reader);
        drop(hub);
        HubReader::new(self.clone(), id, rung)
    }

    /// Forgets a reader: its bell is hung up, and it reads nothing more.
    fn remove(&self, id: u64) {
        let mut hub = self.lock();
        hub.readers.retain(|reader| reader.id != id);
        // What was kept for it.
        hub.trim();
    }

    fn lock(&self) -> MutexGuard<'_, Hub> {
        lock(&self.0)
    }
}

impl Hub {
    fn reader(&mut self, id: u64) -> Option<(&mut Reader, &Ring)> {
        let reader = self.readers.iter_mut().find(|reader| reader.id == id)?;
        Some((reader, &self.ring))
    }

    fn ring_bells(&self) {
        let awake = self.readers.iter().filter(|reader| !reader.parked);
        for bell in awake.filter_map(|reader| reader.bell.as_ref()) {
            // Where it is full it was rung already.
            let _rung_or_full = bell.try_send(());
        }
    }

    /// Drops what nobody wants. True if a subscription just lost its first packet.
    fn trim(&mut self) -> bool {
        let ring = &self.ring;
        let (mut held, mut wanted) = (None, None);
        for reader in self.readers.iter_mut().filter(|reader| !reader.parked) {
            reader.find_key(ring);
            let oldest = if reader.keep.is_some() { &mut held } else { &mut wanted };
            *oldest = Some(oldest.map_or(reader.position, |it: u64| it.min(reader.position)));
        }
        let keeps = || self.readers.iter().filter_map(|reader| reader.keep);
        let bytes = keeps().map(|keep| keep.bytes).max().unwrap_or(DEFAULT_BYTES);
        let bounds = Bounds {
            span: keeps().map(|keep| keep.span).max().unwrap_or_default(),
            bytes,
            gop_bytes: bytes.max(DEFAULT_BYTES),
            held,
            wanted,
        };
        self.ring.trim(&bounds);
        let mut lost = false;
        for reader in self.readers.iter_mut().filter(|reader| reader.keep.is_some()) {
            let before = reader.missed;
            reader.skip_what_is_gone(&self.ring);
            lost |= before == 0 && reader.missed > 0;
        }
        lost
    }
}

impl Reader {
    /// Where a key frame is needed and has come, the reader can go on with it.
    fn find_key(&mut self, ring: &Ring) {
        if self.next == NextPacket::Key {
            let key = ring.key_from(self.position);
            self.position = key.unwrap_or(ring.end());
            if key.is_some() {
                (self.next, self.session) = (NextPacket::Any, None);
            }
        }
    }

    /// Where the packet at the position is no longer in memory, the next key frame follows.
    fn skip_what_is_gone(&mut self, ring: &Ring) {
        if self.parked || self.position >= ring.base() {
            return;
        }
        if self.next == NextPacket::Any {
            self.missed += ring.base() - self.position;
            self.next = NextPacket::Key;
        }
        self.position = ring.base();
    }

    /// Takes the next packet that this reader can go on with.
    fn take(&mut self, ring: &Ring) -> Option<Delivery> {
        if self.parked {
            return None;
        }
        self.skip_what_is_gone(ring);
        if self.keep.is_none() && self.position < ring.session() {
            // A decoder is to show what is so now.
            (self.position, self.next) = (ring.session(), NextPacket::Key);
        }
        let same = |next: &Delivery| {
            self.session.as_ref().is_none_or(|session| Arc::ptr_eq(session, &next.session))
        };
        if ring.get(self.position).is_some_and(|next| !same(next)) {
            self.next = NextPacket::Key;
        }
        self.find_key(ring);
        let next = ring.get(self.position)?.clone();
        self.position += 1;
        self.session = Some(next.session.clone());
        Some(next)
    }
}
