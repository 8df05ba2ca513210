//! The pre-roll: what just came from a camera, in memory.
//!
//! Owned by the thread `ID.record`. Holds whole GOPs, the newest always among them, so that a file
//! or a snapshot can begin at once; costs no decoding and no disk. Policies:
//! - GOPs are forgotten whole, when what stays still covers the pre-roll, or is too large;
//! - a new connection, a hole or other parameters empty it: what follows does not join what was
//!   there;
//! - packets that are in a file already are marked, so that no later file doubles them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use camwall_media::{Delivery, MediaType, Packet};

/// Packets from key frame to key frame, the newest GOP last.
pub struct Prebuffer {
    packets: VecDeque<Delivery>,
    /// Positions of the key frames, counted in packets since the prebuffer was made; the first is the
    /// position of the first packet.
    keys: VecDeque<u64>,
    /// Position of the first packet.
    base: u64,
    /// Position of the first packet that is in no file yet.
    unwritten: u64,
    bytes: usize,
    span: Duration,
    limit: usize,
}

impl Prebuffer {
    /// Covers at least `span` where the GOPs of that time fit into `limit` bytes.
    pub fn new(span: Duration, limit: usize) -> Self {
        Self {
            packets: VecDeque::new(),
            keys: VecDeque::new(),
            base: 0,
            unwritten: 0,
            bytes: 0,
            span,
            limit,
        }
    }

    /// Remembers a packet; `written` if it is in a file already.
    pub fn push(&mut self, delivery: Delivery, written: bool) {
        if self.packets.back().is_some_and(|last| !joins(last, &delivery)) {
            self.clear();
        }
        let key = is_key(&delivery);
        if key
            && self
                .keys
                .back()
                .and_then(|key| self.at(*key))
                .is_some_and(|last| differ(last, &delivery))
        {
            self.clear();
        }
        if self.packets.is_empty() && !key {
            return;
        }
        let end = self.end();
        if key {
            self.keys.push_back(end);
        }
        if written {
            self.unwritten = end + 1;
        }
        let newest = delivery.packet.arrived;
        self.bytes += delivery.bytes();
        self.packets.push_back(delivery);
        while let Some(second) = self.keys.get(1) {
            let start = self.at(*second).map(|second| second.packet.arrived);
            let covered =
                start.is_some_and(|start| newest.saturating_duration_since(start) >= self.span);
            if !covered && self.bytes <= self.limit {
                return;
            }
            self.forget_gop();
        }
        if self.bytes > self.limit {
            // One GOP alone is too large: nothing can begin before the next key frame.
            self.clear();
        }
    }

    /// The packets that are in no file yet, from a key frame on.
    pub fn fresh(&self) -> impl Iterator<Item = &Delivery> {
        let from = self.keys.iter().find(|key| **key >= self.unwritten);
        let skip = from.map_or(self.packets.len(), |key| offset(*key, self.base));
        self.packets.range(skip.min(self.packets.len())..)
    }

    /// Marks all packets as written to a file.
    pub fn mark_written(&mut self) {
        self.unwritten = self.end();
    }

    /// The pictures from the newest key frame on.
    pub fn newest_gop(&self) -> Vec<Arc<Packet>> {
        let Some(key) = self.keys.back() else { return Vec::new() };
        let gop = self.packets.range(offset(*key, self.base)..);
        gop.map(|delivery| delivery.packet.clone())
            .filter(|packet| packet.media_type() == MediaType::Video)
            .collect()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.base = self.end();
        self.packets.clear();
        self.keys.clear();
        self.bytes = 0;
    }

    fn end(&self) -> u64 {
        self.base + self.packets.len() as u64
    }

    fn at(&self, position: u64) -> Option<&Delivery> {
        self.packets.get(offset(position, self.base))
    }

    fn forget_gop(&mut self) {
        self.keys.pop_front();
        let until = self.keys.front().copied().unwrap_or(self.end());
        while self.base < until
            && let Some(gone) = self.packets.pop_front()
        {
            self.bytes -= gone.bytes();
            self.base += 1;
        }
    }
}

/// Whether `next` is the very next packet of the same connection.
pub fn joins(last: &Delivery, next: &Delivery) -> bool {
    Arc::ptr_eq(&last.session, &next.session) && next.number == last.number + 1
}

/// Whether the camera changed its parameters between two key frames: no file holds both.
fn differ(last: &Delivery, next: &Delivery) -> bool {
    let (last, next) = (&last.packet.info, &next.packet.info);
    !Arc::ptr_eq(last, next) && !last.same_as(next)
}

/// Whether a file can begin here.
pub fn is_key(delivery: &Delivery) -> bool {
    delivery.packet.keyframe && delivery.packet.media_type() == MediaType::Video
}

fn offset(position: u64, base: u64) -> usize {
    usize::try_from(position.saturating_sub(base)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use proptest::prelude::*;

    use super::*;
    use camwall_media::fixtures::{FakeFeed, fake_at};

    /// Ten pictures a second, a key frame each second.
    fn fill(
        prebuffer: &mut Prebuffer,
        feed: &FakeFeed,
        start: Instant,
        pictures: std::ops::Range<u32>,
    ) {
        for n in pictures {
            let packet = fake_at(n.into(), n % 10 == 0, start + Duration::from_millis(100) * n);
            prebuffer.push(feed.deliver(&packet), false);
        }
    }

    fn fresh(prebuffer: &Prebuffer) -> Vec<i64> {
        prebuffer.fresh().filter_map(|delivery| delivery.packet.pts).collect()
    }

    #[test]
    fn it_covers_the_pre_roll_in_whole_gops() {
        let (mut prebuffer, feed) =
            (Prebuffer::new(Duration::from_secs(3), 1 << 20), FakeFeed::default());
        fill(&mut prebuffer, &feed, Instant::now(), 3..56);
        let packets = fresh(&prebuffer);
        assert_eq!((packets[0], packets.last()), (20, Some(&55)));
        assert_eq!(prebuffer.newest_gop().len(), 6);
    }

    #[test]
    fn nothing_is_given_twice() {
        let (mut prebuffer, feed) =
            (Prebuffer::new(Duration::from_secs(9), 1 << 20), FakeFeed::default());
        let start = Instant::now();
        fill(&mut prebuffer, &feed, start, 0..15);
        prebuffer.mark_written();
        fill(&mut prebuffer, &feed, start, 15..18);
        assert!(fresh(&prebuffer).is_empty(), "no key frame since");
        fill(&mut prebuffer, &feed, start, 18..22);
        assert_eq!(fresh(&prebuffer), [20, 21]);
    }

    #[test]
    fn a_new_connection_does_not_join() {
        let (mut prebuffer, mut feed) =
            (Prebuffer::new(Duration::from_secs(9), 1 << 20), FakeFeed::default());
        fill(&mut prebuffer, &feed, Instant::now(), 0..15);
        feed.reconnect();
        fill(&mut prebuffer, &feed, Instant::now(), 7..13);
        assert_eq!(fresh(&prebuffer), [10, 11, 12]);
    }

    proptest! {
        /// Whatever comes, the prebuffer begins with a key frame, has no hole and keeps its bound.
        #[test]
        fn invariants(
            events in prop::collection::vec((0u32..100, any::<bool>(), 0u64..2000), 1..300),
            limit in 600usize..20_000,
        ) {
            let mut feed = FakeFeed::default();
            let mut prebuffer = Prebuffer::new(Duration::from_secs(5), limit);
            let mut at = Instant::now();
            let mut given = Vec::new();
            for (n, (dice, key, later)) in events.into_iter().enumerate() {
                at += Duration::from_millis(later);
                let packet = fake_at(n as i64, key, at);
                match dice {
                    0..3 => feed.reconnect(),
                    3..6 => drop(feed.deliver(&packet)),
                    6..20 => {
                        given.extend(fresh(&prebuffer));
                        prebuffer.mark_written();
                    }
                    _ => prebuffer.push(feed.deliver(&packet), dice < 40),
                }
                prop_assert!(prebuffer.bytes <= limit);
                prop_assert_eq!(prebuffer.bytes, prebuffer.packets.iter().map(Delivery::bytes).sum::<usize>());
                prop_assert!(prebuffer.packets.front().is_none_or(is_key));
                let pairs = prebuffer.packets.iter().zip(prebuffer.packets.iter().skip(1));
                prop_assert!(pairs.into_iter().all(|(last, next)| joins(last, next)));
                let keys = prebuffer.packets.iter().filter(|delivery| is_key(delivery)).count();
                prop_assert_eq!(prebuffer.keys.len(), keys);
            }
            prop_assert!(given.is_sorted_by(|a, b| a < b), "doubled: {:?}", given);
        }
    }
}
