//! What readers see of any interleaving of packets, stalls and limits, against a model that
//! remembers every packet.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::ring::LONGEST_GOP;
use super::*;
use crate::fixtures::{aac, h264_of, packet_of};

/// What happens to a hub.
#[derive(Clone, Debug)]
enum Event {
    Packet {
        kind: Kind,
        bytes: usize,
    },
    /// Another connection.
    Reconnect,
    /// Other parameters from the next key frame on.
    Parameters,
    /// A reader does something.
    Reader {
        index: usize,
        does: Does,
    },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Key,
    Picture,
    Sound,
}

#[derive(Clone, Copy, Debug)]
enum Does {
    Read(usize),
    Park,
    StartBack { milliseconds: u64, fresh: bool },
    StartAtNewestKey,
    SeekBack,
    WaitForKey,
    Jump { milliseconds: u64 },
}

fn events() -> impl Strategy<Value = Event> {
    let kind = prop_oneof![1 => Just(Kind::Key), 5 => Just(Kind::Picture), 3 => Just(Kind::Sound)];
    let does = prop_oneof![
        6 => (1usize..12).prop_map(Does::Read),
        1 => Just(Does::Park),
        2 => (0u64..4000, any::<bool>())
            .prop_map(|(milliseconds, fresh)| Does::StartBack { milliseconds, fresh }),
        1 => Just(Does::StartAtNewestKey),
        1 => Just(Does::SeekBack),
        1 => Just(Does::WaitForKey),
        1 => (0u64..2000).prop_map(|milliseconds| Does::Jump { milliseconds }),
    ];
    prop_oneof![
        20 => (kind, 1usize..4000).prop_map(|(kind, bytes)| Event::Packet { kind, bytes }),
        1 => Just(Event::Reconnect),
        1 => Just(Event::Parameters),
        10 => (0usize..3, does).prop_map(|(index, does)| Event::Reader { index, does }),
    ]
}

/// A packet that was put in.
#[derive(Clone, Copy, Debug)]
struct Pushed {
    key: bool,
    session: u64,
    variant: u8,
    cost: usize,
    arrived: Instant,
}

/// What is known of a reader without asking the hub.
struct Model {
    reader: HubReader,
    subscribed: bool,
    parked: bool,
    /// The number it read last since it was started, and the key frame it began with.
    last: Option<u64>,
    began: Option<u64>,
    /// Where it was started or what it read up to.
    floor: u64,
}

struct World {
    hub: PacketHub,
    limit: usize,
    span: Duration,
    pushed: Vec<Pushed>,
    readers: Vec<Model>,
    session: Arc<Session>,
    variant: u8,
    now: Instant,
}

impl World {
    fn new(limit: usize, span: Duration, now: Instant) -> Self {
        let hub = PacketHub::default();
        let model = |reader, subscribed| Model {
            reader,
            subscribed,
            parked: subscribed,
            last: None,
            began: None,
            floor: 0,
        };
        let keep = Keep { span, bytes: limit };
        let readers = vec![
            model(hub.reader(), false),
            model(hub.add(Some(keep)), true),
            model(hub.reader(), false),
        ];
        let session = Arc::new(Session { number: 0, audio: None, lossy: false });
        Self { hub, limit, span, pushed: Vec::new(), readers, session, variant: 0, now }
    }

    fn push(&mut self, kind: Kind, bytes: usize) {
        self.now += Duration::from_millis(40);
        let info = if kind == Kind::Sound { aac() } else { h264_of(64, 64, self.variant) };
        let packet = packet_of(&info, &vec![0; bytes], 0, kind != Kind::Picture, self.now);
        let before = self.hub.lock().ring.bytes();
        self.hub.push(packet, &self.session);
        let after = self.hub.lock().ring.bytes();
        // A packet costs a little more than its bytes.
        let cost = bytes + 512;
        assert!(after <= before + cost);
        self.pushed.push(Pushed {
            key: kind == Kind::Key,
            session: self.session.number,
            variant: self.variant,
            cost,
            arrived: self.now,
        });
    }

    fn act(&mut self, index: usize, does: Does) {
        let end = self.pushed.len() as u64;
        let now = self.now;
        let Self { readers, pushed, .. } = self;
        let model = &mut readers[index];
        match does {
            Does::Read(times) => {
                for _ in 0..times {
                    let Some(delivery) = model.reader.next() else { return };
                    model.read(&delivery, pushed);
                }
            }
            Does::Park => {
                model.reader.park();
                model.parked = true;
            }
            Does::StartBack { milliseconds, fresh } => {
                let floor = if fresh { model.floor } else { 0 };
                let begins = model.reader.start_back(Duration::from_millis(milliseconds), floor);
                assert!(begins >= floor && begins <= end);
                if begins < end {
                    let key = pushed[begins as usize];
                    assert!(key.key, "a start is a key frame");
                    let rest = &pushed[begins as usize..];
                    assert!(rest.iter().all(|packet| packet.session == key.session));
                    let keys = rest.iter().filter(|packet| packet.key);
                    assert!(keys.clone().all(|packet| packet.variant == key.variant));
                    // It covers the time and no more, or it is the oldest that may be.
                    let covers =
                        |from: &Pushed| now - from.arrived >= Duration::from_millis(milliseconds);
                    assert!(!keys.skip(1).any(covers), "there is a newer one that covers the time");
                }
                model.restart(begins);
            }
            Does::StartAtNewestKey => {
                model.reader.start_at_newest_key();
                model.restart(0);
            }
            Does::SeekBack => {
                if let Some(began) = model.began.filter(|_| !model.parked) {
                    model.reader.seek(began);
                    model.restart(began);
                }
            }
            Does::WaitForKey => {
                if !model.parked {
                    model.reader.wait_for_key();
                    model.last = None;
                }
            }
            Does::Jump { milliseconds } => {
                let old = now.checked_sub(Duration::from_millis(milliseconds));
                if model.reader.jump_if_late(old.unwrap_or(now)) > 0 {
                    model.last = None;
                }
            }
        }
    }

    /// What always holds.
    fn check(&mut self) {
        let hub = self.hub.lock();
        let (base, end) = (hub.ring.base(), hub.ring.end());
        assert_eq!(end, self.pushed.len() as u64);
        let kept = &self.pushed[base as usize..];
        let cost: usize = kept.iter().map(|packet| packet.cost).sum();
        assert_eq!(cost, hub.ring.bytes());
        // Whatever the limit, the newest GOP is whole, and alone where both do not fit.
        let newest = self.pushed.iter().rposition(|packet| packet.key).unwrap_or_default() as u64;
        assert!(self.pushed.len() < LONGEST_GOP && base <= newest, "the newest GOP was cut");
        assert!(cost <= self.limit || base == newest, "{cost} bytes of {}", self.limit);
        // Nothing is lost that a subscription has not read, and of the time that it wants kept,
        // where all of it would fit.
        for model in self.readers.iter().filter(|model| model.subscribed) {
            let now = self.now;
            let covers = |packet: &Pushed| packet.key && now - packet.arrived >= self.span;
            // Of another connection nothing but a key frame can be read.
            let readable = |last: u64| {
                let rest = self.pushed.iter().enumerate().skip(last as usize + 1);
                let session = self.pushed[last as usize].session;
                let next = rest.into_iter().next().filter(|(_, packet)| packet.session == session);
                let key = self.pushed.iter().skip(last as usize + 1).position(|packet| packet.key);
                let key = key.map(|key| key as u64 + last + 1);
                next.map(|(number, _)| number as u64).or(key).unwrap_or(end)
            };
            let unread = model.last.filter(|_| !model.parked).map_or(end, readable);
            let key_before = |number: u64| {
                self.pushed[..number.min(end) as usize].iter().rposition(|packet| packet.key)
            };
            let pre_roll = self.pushed.iter().rposition(covers).unwrap_or_default();
            let from = key_before(unread + 1).unwrap_or_default().min(pre_roll);
            let all: usize = self.pushed[from..].iter().map(|packet| packet.cost).sum();
            let one_gop = self.pushed[from..].iter().filter(|packet| packet.key).count() <= 1;
            let fits = all <= self.limit && !(one_gop && self.pushed.len() - from > LONGEST_GOP);
            assert!(!fits || base <= from as u64, "{from} is gone, from {base} on");
        }
    }
}

impl Model {
    fn restart(&mut self, floor: u64) {
        (self.last, self.began, self.parked) = (None, None, false);
        self.floor = floor;
    }

    fn read(&mut self, delivery: &Delivery, pushed: &[Pushed]) {
        let packet = pushed[delivery.number as usize];
        assert!(!self.parked);
        assert!(delivery.number >= self.floor);
        assert_eq!(delivery.is_key(), packet.key);
        assert_eq!(delivery.session.number, packet.session);
        let follows = self.last.is_some_and(|last| {
            last + 1 == delivery.number && pushed[last as usize].session == packet.session
        });
        assert!(follows || packet.key, "{} without what it refers to", delivery.number);
        if let Some(last) = self.last {
            assert!(delivery.number > last, "order");
        }
        if !follows {
            self.began = Some(delivery.number);
        }
        self.last = Some(delivery.number);
        self.floor = self.floor.max(delivery.number + 1);
        if self.began.is_some_and(|began| began > delivery.number) {
            self.began = None;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn no_reader_sees_a_packet_whose_references_it_did_not_get(
        limit in 1000usize..60_000,
        span in 0u64..3000,
        events in prop::collection::vec(events(), 1..250),
    ) {
        let mut world = World::new(limit, Duration::from_millis(span), Instant::now());
        for event in events {
            match event {
                Event::Packet { kind, bytes } => world.push(kind, bytes),
                Event::Reconnect => {
                    let number = world.session.number + 1;
                    world.session = Arc::new(Session { number, audio: None, lossy: false });
                }
                Event::Parameters => world.variant = world.variant.wrapping_add(1),
                Event::Reader { index, does } => world.act(index, does),
            }
            world.check();
        }
    }
}

/// Sends pictures of one session; those at multiples of `gop` are key frames.
fn send(hub: &PacketHub, session: &Arc<Session>, numbers: std::ops::Range<u64>, gop: u64) -> bool {
    let mut lost = false;
    for number in numbers {
        let packet = crate::fixtures::fake(number as i64, number.is_multiple_of(gop));
        lost |= hub.push(packet, session);
    }
    lost
}

fn session() -> Arc<Session> {
    Arc::new(Session { number: 0, audio: None, lossy: false })
}

fn numbers(reader: &mut HubReader) -> Vec<u64> {
    std::iter::from_fn(|| reader.next()).map(|delivery| delivery.number).collect()
}

#[test]
fn without_a_subscription_one_gop_is_kept_and_a_new_reader_begins_with_it() {
    let (hub, session) = (PacketHub::default(), session());
    send(&hub, &session, 0..25, 10);
    assert_eq!(hub.newest_gop().len(), 5);
    assert_eq!(numbers(&mut hub.reader()), [20, 21, 22, 23, 24]);
    assert_eq!(hub.bytes(), 5 * (512 + 3));
}

#[test]
fn a_burst_loses_nothing_and_a_late_reader_goes_to_the_newest_key_frame() {
    let (hub, session) = (PacketHub::default(), session());
    let mut reader = hub.reader();
    send(&hub, &session, 0..310, 50);
    assert_eq!(numbers(&mut reader).len(), 310, "more than any queue of packets held");
    send(&hub, &session, 310..360, 50);
    let next = reader.next().map(|delivery| delivery.number);
    assert_eq!((next, reader.jump_if_late(Instant::now())), (Some(310), 39));
    assert_eq!(numbers(&mut reader), (350..360).collect::<Vec<_>>());
    assert_eq!(reader.jump_if_late(Instant::now()), 0);
    send(&hub, &session, 360..362, 50);
    let next = reader.next().map(|delivery| delivery.number);
    assert_eq!((next, reader.jump_if_late(Instant::now())), (Some(360), 0), "none is newer");
}

#[test]
fn for_a_decoder_that_does_not_read_two_seconds_are_kept_and_no_more() {
    let (hub, session, start) = (PacketHub::default(), session(), Instant::now());
    let _reader = hub.reader();
    for number in 0..500 {
        let at = start + Duration::from_millis(40 * number);
        let packet = crate::fixtures::fake_at(number as i64, number.is_multiple_of(10), at);
        hub.push(packet, &session);
        assert!(hub.bytes() <= 71 * 515, "{} bytes", hub.bytes());
    }
}

#[test]
fn where_each_picture_is_a_key_frame_a_late_reader_goes_to_the_last() {
    let (hub, session) = (PacketHub::default(), session());
    let keep = Keep { span: Duration::from_secs(60), bytes: 1 << 20 };
    let mut recorder = hub.add(Some(keep));
    recorder.start_at_newest_key();
    let mut reader = hub.reader();
    send(&hub, &session, 0..64, 1);
    assert_eq!(reader.jump_if_late(Instant::now()), 63);
    assert_eq!(numbers(&mut reader), [63]);
    assert_eq!(numbers(&mut recorder).len(), 64);
}

#[test]
fn a_subscription_that_is_too_slow_is_told_once_and_goes_on_at_a_key_frame() {
    let (hub, session) = (PacketHub::default(), session());
    let keep = Keep { span: Duration::ZERO, bytes: 20 * 515 };
    let mut recorder = hub.add(Some(keep));
    recorder.start_back(Duration::ZERO, 0);
    assert!(!send(&hub, &session, 0..20, 10));
    assert!(send(&hub, &session, 20..21, 10), "the first loss");
    assert!(!send(&hub, &session, 21..45, 10), "said once");
    assert_eq!(recorder.missed(), 30);
    assert_eq!(numbers(&mut recorder), (30..45).collect::<Vec<_>>());
}

#[test]
fn what_is_kept_for_a_subscription_changes_while_it_reads() {
    let (hub, session) = (PacketHub::default(), session());
    let keep = |bytes: usize| Keep { span: Duration::from_secs(60), bytes: bytes * 515 };
    let mut recorder = hub.add(Some(keep(10)));
    recorder.start_back(Duration::ZERO, 0);
    send(&hub, &session, 0..10, 5);
    assert_eq!(recorder.next().map(|it| it.number), Some(0));
    recorder.set_keep(keep(40));
    send(&hub, &session, 10..40, 5);
    assert_eq!((recorder.missed(), numbers(&mut recorder)), (0, (1..40).collect::<Vec<_>>()));
    assert_eq!(hub.bytes(), 40 * 515, "the pre-roll is longer");
    recorder.set_keep(keep(10));
    send(&hub, &session, 40..41, 5);
    assert_eq!((recorder.missed(), numbers(&mut recorder)), (0, vec![40]), "all was read");
    assert!(hub.bytes() <= 11 * 515, "{}", hub.bytes());
}

#[test]
fn a_subscription_of_few_bytes_takes_nothing_from_a_decoder() {
    let (hub, session) = (PacketHub::default(), session());
    let _recorder = hub.add(Some(Keep { span: Duration::from_secs(60), bytes: 5 * 515 }));
    send(&hub, &session, 0..25, 50);
    assert_eq!(numbers(&mut hub.reader()), (0..25).collect::<Vec<_>>());
    send(&hub, &session, 25..53, 50);
    assert_eq!(hub.bytes(), 3 * 515, "older ones are bound by it");
}

#[test]
fn of_a_gop_that_takes_too_many_bytes_the_newest_part_is_kept() {
    let (mut ring, session) = (ring::Ring::default(), session());
    let (bytes, gop_bytes) = (5 * 515, 10 * 515);
    let bounds =
        ring::Bounds { span: Duration::ZERO, bytes, gop_bytes, held: Some(0), wanted: None };
    for number in 0..30 {
        let packet = crate::fixtures::fake(number as i64, number == 0);
        ring.push(Delivery { packet, session: session.clone(), number });
        ring.trim(&bounds);
        assert_eq!((ring.end(), ring.bytes()), (number + 1, 515 * 10.min(number as usize + 1)));
    }
}

#[test]
fn of_a_gop_without_end_the_newest_part_is_kept_and_nobody_begins_in_it() {
    let (hub, session) = (PacketHub::default(), session());
    let mut reader = hub.reader();
    let count = LONGEST_GOP as u64 + 100;
    send(&hub, &session, 0..10, count);
    assert_eq!(numbers(&mut reader).len(), 10);
    send(&hub, &session, 10..count, count);
    assert_eq!(hub.bytes(), LONGEST_GOP * 515);
    assert_eq!(numbers(&mut hub.reader()), [], "nothing begins here");
    assert_eq!(numbers(&mut reader), [], "what it needs is gone");
    send(&hub, &session, count..count + 2, count);
    assert_eq!(numbers(&mut reader), [count, count + 1]);
}

#[test]
fn who_waits_is_woken_once_who_is_parked_is_not_and_an_end_is_told() {
    let (hub, session) = (PacketHub::default(), session());
    let (mut reader, parked) = (hub.reader(), hub.add(None));
    send(&hub, &session, 0..3, 10);
    assert_eq!((reader.bell().try_iter().count(), parked.bell().try_iter().count()), (1, 0));
    hub.close();
    assert!(reader.bell().recv().is_err() && parked.bell().recv().is_err());
    assert_eq!(numbers(&mut reader), [0, 1, 2], "what came is still there");
    let (mut stopped, stop) = {
        let reader = hub.reader();
        let stop = reader.stop();
        (reader, stop)
    };
    stop.stop();
    assert_eq!(numbers(&mut stopped), []);
}

#[test]
fn a_look_at_a_gop_keeps_nothing_and_ends_with_it_or_with_the_connection() {
    let mut hub = crate::fixtures::FakeHub::default();
    let subscription = hub.subscribe(Keep { span: Duration::ZERO, bytes: 1 << 20 });
    let (tap, start) = (subscription.tap(), Instant::now());
    let send = |hub: &crate::fixtures::FakeHub, numbers: std::ops::Range<u64>| {
        for n in numbers {
            hub.push(&crate::fixtures::fake_at(n as i64, n.is_multiple_of(10), start));
        }
    };
    let seen = |key| {
        let gop = tap.gop(key)?;
        Some((gop.packets.iter().map(|it| it.number).collect::<Vec<_>>(), gop.whole))
    };
    assert!(seen(0).is_none());
    send(&hub, 0..14);
    assert_eq!(seen(10), Some(((10..14).collect(), false)));
    assert!(seen(0).is_none(), "nobody else needs it");
    assert_eq!((tap.keys_from(0), tap.keys_from(11)), (vec![10], vec![]));
    assert!(tap.id() == subscription.tap().id() && tap.id() != HubId::default());
    let (before, _held) = (hub.bytes(), tap.gop(10));
    assert_eq!(hub.bytes(), before);
    hub.reconnect(None);
    send(&hub, 14..16);
    assert_eq!(seen(10), Some(((10..14).collect(), true)), "another connection");
    send(&hub, 16..22);
    assert!(seen(10).is_none() && seen(20).is_some());
}
