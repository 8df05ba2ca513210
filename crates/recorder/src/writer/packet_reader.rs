//! The recorder's end of a camera's feed: what it has read, and where the next file may begin.
//!
//! Owned by the thread `ID.record`. The pre-roll is no memory of its own but an older position in
//! the feed's hub. Policies:
//! - where no file could be begun, the subscription is parked: nothing is read, no packet wakes the
//!   thread, and the hub keeps the pre-roll;
//! - who was parked begins up to the pre-roll before the newest packet; who reads already goes on
//!   where it stopped, however far behind that is;
//! - no packet goes into two files: none begins before the floor, which is behind the newest packet
//!   that is in a file, and behind the newest stall.

use std::sync::Arc;
use std::time::Duration;

use camwall_media::{ConnectionState, Delivery, Keep, Packet, PacketTap, Subscription};
use crossbeam_channel::{Receiver, TryRecvError};

/// Reads packets, if there is a feed to read from.
pub struct PacketReader {
    subscription: Option<Subscription>,
    /// What is read next, while the rest of this feed still is.
    following: Option<Option<Subscription>>,
    pre_roll: Duration,
    /// The first packet with which a file may begin.
    floor: u64,
    parked: bool,
    /// Packets that were missed before the newest file was begun.
    missed: u64,
    /// Whether the feed is over.
    hung_up: bool,
}

impl PacketReader {
    /// Reads nothing yet. Files will begin up to `pre_roll` before they are wanted.
    pub fn new(pre_roll: Duration) -> Self {
        Self {
            subscription: None,
            following: None,
            pre_roll,
            floor: 0,
            parked: true,
            missed: 0,
            hung_up: false,
        }
    }

    /// Another feed, or none, follows: it is kept here, whatever becomes of the rest of this one.
    pub fn announce(&mut self, subscription: Option<Subscription>) {
        self.following = Some(subscription);
    }

    /// Files begin as far back as that says from now on, as far as it is in memory already.
    pub fn keep(&mut self, keep: Keep) {
        self.pre_roll = keep.span;
        let following = self.following.iter_mut().flatten();
        self.subscription.iter_mut().chain(following).for_each(|it| it.set_keep(keep));
    }

    /// Goes over to the feed that follows, if one was announced; parked. Whether it did.
    pub fn change_over(&mut self) -> bool {
        let Some(subscription) = self.following.take() else { return false };
        *self = Self { subscription, ..Self::new(self.pre_roll) };
        true
    }

    /// Nothing that came before now goes into a file: nobody wants it, or knows what of it is in one.
    /// Of a feed that follows nothing was read yet.
    pub fn forget(&mut self) {
        if self.change_over() {
            return;
        }
        self.park();
        self.floor = self.subscription.as_ref().map_or(0, Subscription::end);
    }

    /// Reads nothing more until a file may be begun.
    pub fn park(&mut self) {
        if let Some(subscription) = self.subscription.as_mut().filter(|_| !self.parked) {
            subscription.park();
            self.parked = true;
        }
    }

    /// Begins to read at the pre-roll, where it is parked; whether it was.
    pub fn unpark(&mut self) -> bool {
        let Some(subscription) = self.subscription.as_mut().filter(|_| self.parked) else {
            return false;
        };
        self.floor = subscription.start_back(self.pre_roll, self.floor);
        self.parked = false;
        true
    }

    /// Goes to where the next file is to begin; whether that is the pre-roll, because it was parked.
    pub fn start(&mut self) -> bool {
        let parked = self.unpark();
        if !parked {
            self.seek(self.floor);
        }
        parked
    }

    /// Goes back to a key frame with which the next file is to begin.
    pub fn seek(&mut self, number: u64) {
        self.floor = number;
        if let Some(subscription) = &mut self.subscription {
            subscription.seek(number);
            self.missed = subscription.missed();
        }
    }

    /// The next packet, if it has come.
    pub fn next(&mut self) -> Option<Delivery> {
        self.subscription.as_mut()?.next_packet()
    }

    /// Whether packets were dropped that would have gone into the file: the disk was too slow.
    pub fn has_missed(&self) -> bool {
        self.subscription.as_ref().is_some_and(|it| it.missed() != self.missed)
    }

    /// No file begins with a packet before this one.
    pub fn raise_floor(&mut self, number: u64) {
        self.floor = number;
    }

    /// Whether packets wait to be read.
    pub fn is_behind(&self) -> bool {
        self.subscription.as_ref().is_some_and(Subscription::is_behind)
    }

    /// The pictures from the newest key frame on; none while the camera is not connected: they are of
    /// long ago.
    pub fn newest_gop(&self) -> Vec<Arc<Packet>> {
        let up = self.connection() == ConnectionState::Up;
        let subscription = self.subscription.as_ref().filter(|_| up);
        subscription.map(Subscription::newest_gop).unwrap_or_default()
    }

    /// A look at what the feed has in memory.
    pub fn tap(&self) -> Option<PacketTap> {
        self.subscription.as_ref().map(Subscription::tap)
    }

    /// The state of the connection.
    pub fn connection(&self) -> ConnectionState {
        match self.subscription.as_ref().map(Subscription::connection) {
            None => ConnectionState::Connecting,
            Some(ConnectionState::Up) if self.hung_up => ConnectionState::Connecting,
            Some(state) => state,
        }
    }

    /// Rings when there is something to read; none where it never will.
    pub fn bell(&self) -> Option<&Receiver<()>> {
        let awake = !self.parked && !self.hung_up;
        self.subscription.as_ref().filter(|_| awake).map(Subscription::bell)
    }

    /// The bell is heard: what rang it is about to be read.
    pub fn hear_bell(&mut self) {
        let rung = self.bell().map(Receiver::try_recv);
        self.hung_up |= rung == Some(Err(TryRecvError::Disconnected));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use camwall_media::Keep;
    use camwall_media::fixtures::{FakeHub, fake_at};

    use super::*;

    const PRE_ROLL: Duration = Duration::from_secs(3);

    fn reader(hub: &FakeHub) -> PacketReader {
        let mut reader = PacketReader::new(PRE_ROLL);
        reader.announce(Some(hub.subscribe(Keep { span: PRE_ROLL, bytes: 1 << 20 })));
        assert!(reader.change_over());
        reader
    }

    /// Ten pictures a second, a key frame each second.
    fn send(hub: &FakeHub, start: Instant, pictures: std::ops::Range<u32>) {
        for n in pictures {
            let at = start + Duration::from_millis(100) * n;
            hub.push(&fake_at(n.into(), n % 10 == 0, at));
        }
    }

    fn rest(reader: &mut PacketReader) -> Vec<u64> {
        std::iter::from_fn(|| reader.next()).map(|delivery| delivery.number).collect()
    }

    #[test]
    fn who_was_parked_begins_at_the_pre_roll_in_whole_gops_and_who_reads_goes_on_in_a_row() {
        let (hub, start) = (FakeHub::default(), Instant::now());
        let mut reader = reader(&hub);
        send(&hub, start, 0..56);
        assert!(reader.bell().is_none() && rest(&mut reader).is_empty(), "parked");
        assert!(reader.start());
        assert_eq!(rest(&mut reader), (20..56).collect::<Vec<_>>());
        reader.seek(20);
        send(&hub, start, 56..120);
        assert!(!reader.start(), "no pre-roll once more");
        assert_eq!(rest(&mut reader), (20..120).collect::<Vec<_>>());
        reader.park();
        send(&hub, start, 120..125);
        assert!(rest(&mut reader).is_empty());
        assert!(reader.start());
        assert_eq!(rest(&mut reader)[0], 90);
    }

    #[test]
    fn nothing_before_the_floor_is_given() {
        let (hub, start) = (FakeHub::default(), Instant::now());
        let mut reader = reader(&hub);
        send(&hub, start, 0..15);
        reader.start();
        reader.raise_floor(15);
        reader.park();
        send(&hub, start, 15..18);
        reader.start();
        assert!(rest(&mut reader).is_empty(), "no key frame since");
        send(&hub, start, 18..22);
        reader.start();
        assert_eq!(rest(&mut reader), [20, 21]);
        reader.forget();
        reader.start();
        assert!(rest(&mut reader).is_empty());
    }

    #[test]
    fn what_becomes_of_a_feed_does_not_touch_the_one_that_follows() {
        let (old, new, start) = (FakeHub::default(), FakeHub::default(), Instant::now());
        let mut reader = reader(&old);
        send(&old, start, 0..15);
        send(&new, start, 0..25);
        reader.start();
        let keep = Keep { span: PRE_ROLL, bytes: 1 << 20 };
        reader.announce(Some(new.subscribe(keep)));
        assert!(reader.next().is_some(), "the old one is read to its end");
        // As after a panic in the middle of that.
        reader.forget();
        assert!(!reader.change_over());
        reader.start();
        assert_eq!(rest(&mut reader), [20, 21, 22, 23, 24], "all that the new one has");
    }

    #[test]
    fn a_snapshot_is_not_of_a_connection_that_is_over() {
        let (hub, start) = (FakeHub::default(), Instant::now());
        let reader = reader(&hub);
        send(&hub, start, 0..15);
        assert_eq!(reader.newest_gop().len(), 5);
        hub.set_connection(ConnectionState::Offline);
        assert!(reader.newest_gop().is_empty());
    }

    #[test]
    fn another_connection_does_not_join_and_the_end_of_a_feed_is_an_end_of_its_connection() {
        let (mut hub, start) = (FakeHub::default(), Instant::now());
        let mut reader = reader(&hub);
        send(&hub, start, 0..15);
        hub.reconnect(None);
        send(&hub, start, 17..23);
        reader.start();
        let numbers = rest(&mut reader);
        assert_eq!(numbers, [18, 19, 20], "from the first key frame on");
        assert_eq!(reader.connection(), ConnectionState::Up);
        hub.close();
        reader.hear_bell();
        reader.hear_bell();
        assert!(reader.bell().is_none() && reader.connection() == ConnectionState::Connecting);
    }
}
