//! Hands a feed's packets to recorders.
//!
//! The demux thread offers packets, recorders take them; neither waits. Policy: what waits for a
//! slow recorder, or is kept by it, is bounded in bytes by its [`ByteQuota`]; a packet that does
//! not fit is dropped and leaves a hole in the numbers, so that the recorder knows where data was
//! lost.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::health::feed_health::FeedHealth;
use crate::lock::lock;
use crate::packet::{Packet, StreamInfo};
use crate::source::OutageKind;
use crate::status::Connection;

/// Packets that may wait, whatever their size: nearly a minute of video and sound. Only a guard:
/// the quota is the bound that counts.
const WAITING: usize = 4096;

/// Bytes a packet costs beside its payload: FFmpeg's packet and buffer with padding, our own
/// counters (measured as sizes of the types, rounded up).
const OVERHEAD: usize = 512;

/// How many bytes of packets one recorder may hold, waiting and remembered.
#[derive(Debug)]
pub struct ByteQuota {
    limit: usize,
    used: AtomicUsize,
}

impl ByteQuota {
    /// For so many bytes.
    #[must_use]
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, used: AtomicUsize::new(0) })
    }

    fn take(self: &Arc<Self>, bytes: usize) -> Option<QuotaShare> {
        let fits = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= self.limit);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).ok()?;
        Some(QuotaShare { quota: self.clone(), bytes })
    }
}

/// A packet's part of a quota, given back when dropped.
#[derive(Debug)]
struct QuotaShare {
    quota: Arc<ByteQuota>,
    bytes: usize,
}

impl Drop for QuotaShare {
    fn drop(&mut self) {
        self.quota.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// One connection to a camera: timestamps of different sessions have nothing to do with each
/// other.
#[derive(Debug)]
pub struct Session {
    /// Counts the feed's connections.
    pub number: u64,
    /// The sound that was announced, if any.
    pub audio: Option<Arc<StreamInfo>>,
}

/// A packet on its way to a recorder.
#[derive(Debug)]
pub struct Delivery {
    /// The packet.
    pub packet: Arc<Packet>,
    /// The connection it came by.
    pub session: Arc<Session>,
    /// Counts the feed's packets; a hole means that the recorder was too slow.
    pub number: u64,
    share: QuotaShare,
}

impl Delivery {
    /// Bytes it takes of the quota.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.share.bytes
    }
}

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

/// A recorder's end of a feed.
pub struct Subscription {
    /// Video and audio packets in the order they arrived. Hung up when the feed ends.
    pub packets: Receiver<Delivery>,
    dropped: Arc<AtomicU64>,
    health: Arc<FeedHealth>,
}

impl Subscription {
    /// Packets that did not fit: lost data.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// The state of the connection.
    #[must_use]
    pub fn connection(&self) -> ConnectionState {
        match self.health.connection() {
            Connection::Connecting => ConnectionState::Connecting,
            Connection::Up => ConnectionState::Up,
            Connection::Down(outage) => match outage.error.outage() {
                OutageKind::LoginRefused | OutageKind::NoLogin => ConnectionState::LoginRefused,
                OutageKind::Offline | OutageKind::Busy => ConnectionState::Offline,
            },
            Connection::Ended => ConnectionState::Ended,
        }
    }
}

/// All subscribers of a feed.
#[derive(Default)]
pub(crate) struct Fanout(Mutex<Subscribers>);

#[derive(Default)]
struct Subscribers {
    list: Vec<Subscriber>,
    offered: u64,
}

struct Subscriber {
    packets: Sender<Delivery>,
    quota: Arc<ByteQuota>,
    dropped: Arc<AtomicU64>,
}

impl Fanout {
    pub fn add(&self, quota: &Arc<ByteQuota>, health: &Arc<FeedHealth>) -> Subscription {
        let (sender, packets) = bounded(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let subscriber =
            Subscriber { packets: sender, quota: quota.clone(), dropped: dropped.clone() };
        lock(&self.0).list.push(subscriber);
        Subscription { packets, dropped, health: health.clone() }
    }

    /// Offers a packet to everyone, without waiting for anyone. True if somebody just lost the
    /// first packet.
    pub fn offer(&self, packet: &Arc<Packet>, session: &Arc<Session>) -> bool {
        let mut overflow = false;
        let mut inner = lock(&self.0);
        let number = inner.offered;
        inner.offered += 1;
        inner.list.retain(|subscriber| {
            let lost =
                |subscriber: &Subscriber| subscriber.dropped.fetch_add(1, Ordering::Relaxed) == 0;
            let Some(share) = subscriber.quota.take(packet.data().len() + OVERHEAD) else {
                overflow |= lost(subscriber);
                return true;
            };
            let (packet, session) = (packet.clone(), session.clone());
            match subscriber.packets.try_send(Delivery { packet, session, number, share }) {
                Ok(()) => true,
                Err(error) if error.is_full() => {
                    overflow |= lost(subscriber);
                    true
                }
                Err(_hung_up) => false,
            }
        });
        overflow
    }

    /// Hangs up on everyone.
    pub fn clear(&self) {
        lock(&self.0).list.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fixtures::fake;

    #[test]
    fn what_does_not_fit_leaves_a_hole() {
        let fanout = Fanout::default();
        let health = Arc::new(FeedHealth::new(Duration::from_secs(2)));
        let session = Arc::new(Session { number: 0, audio: None });
        // Room for two packets of three bytes.
        let quota = ByteQuota::new(2 * (OVERHEAD + 3) + 1);
        let subscription = fanout.add(&quota, &health);
        let overflows: Vec<bool> =
            (0..4).map(|pts| fanout.offer(&fake(pts, true), &session)).collect();
        assert_eq!(overflows, [false, false, true, false]);
        assert_eq!(subscription.dropped(), 2);
        let numbers = |n| -> Vec<u64> {
            subscription.packets.try_iter().take(n).map(|delivery| delivery.number).collect()
        };
        assert_eq!(numbers(2), [0, 1]);
        assert_eq!(quota.used.load(Ordering::Relaxed), 0);
        fanout.offer(&fake(9, true), &session);
        assert_eq!(numbers(1), [4]);
    }

    #[test]
    fn a_hung_up_recorder_is_forgotten() {
        let fanout = Fanout::default();
        let health = Arc::new(FeedHealth::new(Duration::from_secs(2)));
        let session = Arc::new(Session { number: 0, audio: None });
        let quota = ByteQuota::new(1 << 20);
        drop(fanout.add(&quota, &health));
        assert!(!fanout.offer(&fake(0, true), &session));
        assert_eq!(quota.used.load(Ordering::Relaxed), 0);
        assert!(fanout.0.lock().unwrap().list.is_empty());
    }
}
