//! A look at what a hub has in memory, without a place in it.
//!
//! Any thread. Policy: nothing is kept for whoever looks, and nobody is woken for him: what the hub
//! forgets meanwhile he does not get. The lock is held while references to one GOP are copied.

use std::sync::{Arc, Mutex, Weak};

use super::{Delivery, Hub, PacketHub};

/// Looks at a hub's packets by their numbers. Clones look at the same.
#[derive(Clone, Debug)]
pub struct PacketTap(PacketHub);

/// Which hub it is, without keeping it.
#[derive(Clone, Debug, Default)]
pub struct HubId(Weak<Mutex<Hub>>);

impl PartialEq for HubId {
    fn eq(&self, other: &Self) -> bool {
        self.0.ptr_eq(&other.0)
    }
}

impl Eq for HubId {}

/// What is in memory of a GOP.
#[derive(Clone, Debug)]
pub struct TappedGop {
    /// Pictures and sound from the key frame on, in the order in which they arrived.
    pub packets: Vec<Delivery>,
    /// Whether nothing more comes of it: another follows, or the connection is another.
    pub whole: bool,
}

impl PacketTap {
    pub(super) fn new(hub: &PacketHub) -> Self {
        Self(hub.clone())
    }

    /// Which hub it looks at: the numbers of others mean something else.
    #[must_use]
    pub fn id(&self) -> HubId {
        HubId(Arc::downgrade(&self.0.0))
    }

    /// The numbers of the key frames in memory from this number on.
    #[must_use]
    pub fn keys_from(&self, number: u64) -> Vec<u64> {
        let hub = self.0.lock();
        let mut from = number;
        let next = std::iter::from_fn(|| {
            let key = hub.ring.key_from(from)?;
            from = key + 1;
            Some(key)
        });
        next.collect()
    }

    /// The GOP whose key frame has this number; none where that is not in memory.
    #[must_use]
    pub fn gop(&self, key: u64) -> Option<TappedGop> {
        let hub = self.0.lock();
        let first = hub.ring.get(key)?;
        let next = hub.ring.key_from(key + 1);
        let end = next.unwrap_or(hub.ring.end());
        let all = (key..end).map_while(|number| hub.ring.get(number));
        let packets: Vec<Delivery> =
            all.take_while(|it| Arc::ptr_eq(&it.session, &first.session)).cloned().collect();
        let whole = next.is_some() || key + (packets.len() as u64) < end;
        Some(TappedGop { packets, whole })
    }
}
