//! Hands a feed's packets to recorders.
//!
//! The demux thread offers, recorders take; nobody waits. Policy: what waits for a slow recorder,
//! or stays with it, is bounded in bytes by its [`Budget`]; a packet that does not fit is dropped
//! and leaves a hole in the numbers, so that the recorder knows where data was lost.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::status::{Connection, FeedHealth};
use crate::packet::{Packet, StreamInfo};

/// Packets that may wait, whatever their size: nearly a minute of video and sound. Only a guard:
/// the budget is the bound that counts.
const WAITING: usize = 4096;

/// Bytes a packet costs beside its payload: FFmpeg's packet and buffer with padding, our own
/// counters (measured as sizes of the types, rounded up).
const OVERHEAD: usize = 512;

/// How many bytes of packets one recorder may hold, waiting and remembered.
#[derive(Debug)]
pub struct Budget {
    limit: usize,
    used: AtomicUsize,
}

impl Budget {
    /// For so many bytes.
    #[must_use]
    pub fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self { limit, used: AtomicUsize::new(0) })
    }

    /// Bytes held now.
    #[must_use]
    pub fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    fn take(self: &Arc<Self>, bytes: usize) -> Option<Weight> {
        let fits = |used: usize| used.checked_add(bytes).filter(|sum| *sum <= self.limit);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).ok()?;
        Some(Weight { budget: self.clone(), bytes })
    }
}

/// A packet's part of a budget, given back when dropped.
#[derive(Debug)]
struct Weight {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
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
    weight: Weight,
}

impl Delivery {
    /// Bytes it takes of the budget.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.weight.bytes
    }
}

/// How the connection of a feed stands, for those who judge pictures by packets, not by decoding.
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

    /// How the connection stands.
    #[must_use]
    pub fn connection(&self) -> ConnectionState {
        match self.health.connection() {
            Connection::Connecting => ConnectionState::Connecting,
            Connection::Up => ConnectionState::Up,
            Connection::Offline { .. } => ConnectionState::Offline,
            Connection::AuthFailed { .. } => ConnectionState::LoginRefused,
            Connection::Ended => ConnectionState::Ended,
        }
    }
}

/// Everyone who wants a feed's packets.
#[derive(Default)]
pub(crate) struct Sinks(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    list: Vec<Sink>,
    offered: u64,
}

struct Sink {
    packets: Sender<Delivery>,
    budget: Arc<Budget>,
    dropped: Arc<AtomicU64>,
}

impl Sinks {
    pub fn add(&self, budget: &Arc<Budget>, health: &Arc<FeedHealth>) -> Subscription {
        let (sender, packets) = bounded(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let sink = Sink { packets: sender, budget: budget.clone(), dropped: dropped.clone() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).list.push(sink);
        Subscription { packets, dropped, health: health.clone() }
    }

    /// Offers a packet to everyone, without waiting for anyone. True if somebody just lost the
    /// first packet.
    pub fn offer(&self, packet: &Arc<Packet>, session: &Arc<Session>) -> bool {
        let mut overflow = false;
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = inner.offered;
        inner.offered += 1;
        inner.list.retain(|sink| {
            let lost = |sink: &Sink| sink.dropped.fetch_add(1, Ordering::Relaxed) == 0;
            let Some(weight) = sink.budget.take(packet.data().len() + OVERHEAD) else {
                overflow |= lost(sink);
                return true;
            };
            let (packet, session) = (packet.clone(), session.clone());
            match sink.packets.try_send(Delivery { packet, session, number, weight }) {
                Ok(()) => true,
                Err(error) if error.is_full() => {
                    overflow |= lost(sink);
                    true
                }
                Err(_hung_up) => false,
            }
        });
        overflow
    }

    /// Hangs up on everyone.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).list.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fixtures::fake;

    #[test]
    fn what_does_not_fit_leaves_a_hole() {
        let sinks = Sinks::default();
        let health = Arc::new(FeedHealth::new(Duration::from_secs(2)));
        let session = Arc::new(Session { number: 0, audio: None });
        // Room for two packets of three bytes.
        let budget = Budget::new(2 * (OVERHEAD + 3) + 1);
        let subscription = sinks.add(&budget, &health);
        let overflows: Vec<bool> =
            (0..4).map(|pts| sinks.offer(&fake(pts, true), &session)).collect();
        assert_eq!(overflows, [false, false, true, false]);
        assert_eq!(subscription.dropped(), 2);
        let numbers = |n| -> Vec<u64> {
            subscription.packets.try_iter().take(n).map(|delivery| delivery.number).collect()
        };
        assert_eq!(numbers(2), [0, 1]);
        assert_eq!(budget.used(), 0);
        sinks.offer(&fake(9, true), &session);
        assert_eq!(numbers(1), [4]);
    }

    #[test]
    fn a_hung_up_recorder_is_forgotten() {
        let sinks = Sinks::default();
        let health = Arc::new(FeedHealth::new(Duration::from_secs(2)));
        let session = Arc::new(Session { number: 0, audio: None });
        let budget = Budget::new(1 << 20);
        drop(sinks.add(&budget, &health));
        assert!(!sinks.offer(&fake(0, true), &session));
        assert_eq!(budget.used(), 0);
        assert!(sinks.0.lock().unwrap().list.is_empty());
    }
}
