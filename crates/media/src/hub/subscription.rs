//! A recorder's end of a feed: its packets, and how its connection does.

use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::Receiver;

use super::{Delivery, HubReader, Keep, PacketHub, PacketTap};
use crate::health::feed_health::FeedHealth;
use crate::packet::Packet;
use crate::source::OutageKind;
use crate::status::Connection;

/// The state of a feed's connection, for recorders: they count packets, not pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Being connected for the first time.
    Connecting,
    /// Connected.
    Up,
    /// Not connected.
    Offline,
    /// The camera refused the login.
    LoginRefused,
    /// The source was a file and is over.
    Ended,
}

/// A recorder's end of a feed. It is parked at first: nothing is read, and nobody woken, but what it
/// wants to be [kept](Keep) is kept, as the pre-roll.
pub struct Subscription {
    reader: HubReader,
    hub: PacketHub,
    health: Arc<FeedHealth>,
}

impl Subscription {
    pub(crate) fn new(hub: &PacketHub, keep: Keep, health: &Arc<FeedHealth>) -> Self {
        Self { reader: hub.add(Some(keep)), hub: hub.clone(), health: health.clone() }
    }

    /// Receives once when there may be something to read, or the connection's state changed; hung up
    /// when nothing will follow. A parked one is not rung.
    #[must_use]
    pub fn bell(&self) -> &Receiver<()> {
        self.reader.bell()
    }

    /// The next packet, if it has come: video and audio in the order they arrived, from a key frame
    /// on. Never waits.
    pub fn next_packet(&mut self) -> Option<Delivery> {
        self.reader.next()
    }

    /// Begins `span` before the newest packet, or with the oldest key frame in memory that is not
    /// before the packet `floor`; with the next that comes where there is none. Gives the number it
    /// begins with. Neither another connection nor a change of the stream's parameters lies between
    /// there and now.
    pub fn start_back(&mut self, span: Duration, floor: u64) -> u64 {
        self.reader.start_back(span, floor)
    }

    /// Goes back to a key frame that it has read before.
    pub fn seek(&mut self, number: u64) {
        self.reader.seek(number);
    }

    /// Has so much kept for it from now on, and reads on where it is.
    pub fn set_keep(&mut self, keep: Keep) {
        self.reader.set_keep(keep);
    }

    /// Reads nothing more until it is started again.
    pub fn park(&mut self) {
        self.reader.park();
    }

    /// Whether packets wait to be read.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        self.reader.is_behind()
    }

    /// The number of the next packet that will come.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.reader.end()
    }

    /// Packets that were dropped before this subscription read them: lost data.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.reader.missed()
    }

    /// The pictures from the newest key frame on, for a snapshot.
    #[must_use]
    pub fn newest_gop(&self) -> Vec<Arc<Packet>> {
        self.hub.newest_gop()
    }

    /// A look at what is in memory, for which nothing is kept.
    #[must_use]
    pub fn tap(&self) -> PacketTap {
        PacketTap::new(&self.hub)
    }

    /// The state of the connection.
    #[must_use]
    pub fn connection(&self) -> ConnectionState {
        match self.health.connection() {
            Connection::Connecting => ConnectionState::Connecting,
            Connection::Up => ConnectionState::Up,
            Connection::Down(outage) => match outage.error.outage() {
                OutageKind::LoginRefused | OutageKind::NoLogin => ConnectionState::LoginRefused,
                OutageKind::Offline | OutageKind::Busy | OutageKind::NotTrusted => {
                    ConnectionState::Offline
                }
            },
            Connection::Ended => ConnectionState::Ended,
        }
    }
}
