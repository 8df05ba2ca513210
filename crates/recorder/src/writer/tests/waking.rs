//! When the thread wakes, and that it never sleeps while something is to be done.

use std::time::{Duration, Instant};

use camwall_media::ConnectionState;
use camwall_media::fixtures::{FakeHub, fake_at};
use proptest::prelude::*;

use super::{SECOND, all_pictures, gaps, pictures, sound};
use crate::Cause;
use crate::clock::WallClock;
use crate::error::{Error, Why};
use crate::simulation::{DiskFault, DiskOperation, SimulatedRecorder};
use crate::writer::rules::due::LOOK;
use crate::writer::rules::{Intent, Rules, TickAction};

const STEP: Duration = Duration::from_millis(10);

/// What happens to the rules.
#[derive(Clone, Debug)]
enum Happens {
    Intent(bool),
    Link(ConnectionState),
    Packet { written: bool },
    Begun,
    Failed,
}

fn happens() -> impl Strategy<Value = Happens> {
    let link = prop_oneof![
        3 => Just(ConnectionState::Up),
        1 => Just(ConnectionState::Offline),
        1 => Just(ConnectionState::Ended),
    ];
    prop_oneof![
        1 => any::<bool>().prop_map(Happens::Intent),
        1 => link.prop_map(Happens::Link),
        6 => any::<bool>().prop_map(|written| Happens::Packet { written }),
        2 => Just(Happens::Begun),
        1 => Just(Happens::Failed),
    ]
}

/// Rules after this and that happened, each with a tick behind it, as the thread does.
struct Played {
    rules: Rules,
    link: ConnectionState,
    open: bool,
    now: WallClock,
}

fn play(story: &[(u64, Happens)], start: WallClock) -> Played {
    let (hub, rules) = (FakeHub::default(), Rules::new(start, STEP * 33));
    let mut this = Played { rules, link: ConnectionState::Up, open: false, now: start };
    this.rules.intend(Intent::On, start.instant());
    for (number, (later, happens)) in story.iter().enumerate() {
        this.now = this.now.later(Duration::from_millis(*later));
        let at = this.now.instant();
        match happens {
            Happens::Intent(on) => {
                let off = Intent::Off(Cause::StoppedByHand);
                this.rules.intend(if *on { Intent::On } else { off }, at);
                this.open &= *on;
            }
            Happens::Link(link) => this.link = *link,
            Happens::Packet { written } => {
                let (delivery, _) = hub.push(&fake_at(number as i64, number % 5 == 0, at));
                this.rules.observe(&delivery);
                if *written && this.open {
                    this.rules.wrote();
                }
            }
            Happens::Begun if this.rules.may_try(at) && !this.open => {
                this.rules.begun(at);
                this.open = true;
            }
            Happens::Failed if this.rules.wanted() => {
                let root = std::path::Path::new("");
                this.rules
                    .failed(Error::new("record into", root, Why::NotReady(Cause::DiskFull)), at);
                this.open = false;
            }
            Happens::Begun | Happens::Failed => {}
        }
        this.tick(at);
    }
    this
}

impl Played {
    fn tick(&mut self, at: Instant) -> TickAction {
        let action = self.rules.tick(self.link, false, self.open, || Ok(()), at);
        self.open &= !matches!(action, TickAction::End(_));
        action
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_done_before_the_time_at_which_something_is_due(
        story in prop::collection::vec((0u64..1500, happens()), 1..40),
    ) {
        let mut played = play(&story, WallClock::now());
        let now = played.now.instant();
        let due = played.rules.next_due(played.open, now);
        prop_assert_eq!(due.is_none(), !played.rules.wanted() && !played.open);
        prop_assert!(due.is_none_or(|due| due > now && due <= now + LOOK), "no thread spins");
        let (moving, may_try) = (played.rules.moving(now), played.rules.may_try(now));
        for later in 1..1200 {
            let at = now + STEP * later;
            let open = played.open;
            let changes = played.rules.may_try(at) != may_try
                || (open && played.rules.moving(at) != moving);
            let acts = !matches!(played.tick(at), TickAction::Nothing | TickAction::Wait);
            if changes || acts {
                prop_assert!(due.is_some_and(|due| due <= at), "due {:?}, needed {:?}",
                    due.map(|due| due - now), at - now);
                break;
            }
        }
    }
}

#[test]
fn a_recorder_that_is_off_sleeps_for_ever_and_its_pre_roll_is_there() {
    let mut gate = SimulatedRecorder::new();
    gate.pre_roll = 3 * SECOND;
    gate.camera.sound = true;
    gate.intend(Intent::Off(Cause::NotScheduled));
    gate.run(SECOND);
    gate.wakes = 0;
    gate.run(60 * SECOND + SECOND / 2);
    assert_eq!(gate.wakes, 0);
    gate.record(2 * SECOND);
    // And it sleeps again afterwards.
    gate.intend(Intent::Off(Cause::NotScheduled));
    gate.run(SECOND);
    gate.wakes = 0;
    gate.run(60 * SECOND);
    assert_eq!(gate.wakes, 0);
    gate.finish();
    let numbers = pictures(&sound(&gate)).concat();
    assert_eq!((numbers[0], numbers.len()), (580, 56));
}

#[test]
fn a_recorder_wakes_for_each_flush_and_not_for_each_packet() {
    let mut gate = SimulatedRecorder::new();
    (gate.camera.sound, gate.camera.interval) = (true, SECOND / 25);
    gate.tick = SECOND / 100;
    gate.record(5 * SECOND);
    gate.wakes = 0;
    gate.run(60 * SECOND);
    assert!((295..=310).contains(&gate.wakes), "{}", gate.wakes);
    gate.camera.disconnect(ConnectionState::Offline);
    gate.run(SECOND);
    gate.wakes = 0;
    gate.run(60 * SECOND);
    assert!(gate.wakes <= 61, "only the storage is looked at: {}", gate.wakes);
    all_pictures(&mut gate);
}

#[test]
fn who_stops_and_begins_again_has_no_picture_twice() {
    let mut gate = SimulatedRecorder::new();
    gate.pre_roll = 10 * SECOND;
    for _ in 0..5 {
        gate.record(3 * SECOND + SECOND / 3);
        gate.intend(Intent::Off(Cause::StoppedByHand));
        gate.run(SECOND / 2);
    }
    gate.finish();
    let numbers = pictures(&sound(&gate)).concat();
    assert!(numbers.is_sorted_by(|one, next| one < next), "doubled: {numbers:?}");
    assert!(numbers.len() >= 150);
}

#[test]
fn a_pre_roll_does_not_reach_over_a_stall() {
    let mut gate = SimulatedRecorder::new();
    gate.pre_roll = 30 * SECOND;
    gate.intend(Intent::Off(Cause::NotScheduled));
    gate.run(10 * SECOND);
    gate.camera.frozen = true;
    gate.run(5 * SECOND);
    gate.camera.frozen = false;
    gate.run(3 * SECOND + SECOND / 2);
    gate.record(2 * SECOND);
    gate.finish();
    let history = sound(&gate);
    assert_eq!((pictures(&history).len(), pictures(&history)[0][0]), (1, 100));
    assert_eq!(gaps(&history), []);
}

#[test]
fn after_trouble_a_file_begins_with_the_oldest_picture_in_memory_that_is_in_none() {
    for (pre_roll, missing) in [(0, 10..=13), (5, 5..=8), (60, 0..=2)] {
        let mut gate = SimulatedRecorder::new();
        gate.pre_roll = pre_roll * SECOND;
        gate.record(10 * SECOND);
        let operations = vec![DiskOperation::Write, DiskOperation::Create];
        gate.world().fault = Some(DiskFault { operations, code: 28, after: 0 });
        gate.run(11 * SECOND);
        gate.world().fault = None;
        gate.run(10 * SECOND);
        gate.finish();
        let numbers = pictures(&sound(&gate));
        let [first, second] = &numbers[..] else { panic!("{numbers:?}") };
        let lost = second[0] - first.last().unwrap();
        assert!(
            missing.contains(&(lost / 10)),
            "{pre_roll} s of pre-roll, {lost} pictures missing"
        );
    }
}

#[test]
fn what_waits_in_memory_when_a_recording_is_ended_is_not_told_to_be_missing() {
    let mut gate = SimulatedRecorder::new();
    gate.pre_roll = 10 * SECOND;
    gate.record(10 * SECOND);
    let operations = vec![DiskOperation::Write, DiskOperation::Create];
    gate.world().fault = Some(DiskFault { operations, code: 28, after: 0 });
    gate.run(6 * SECOND);
    gate.intend(Intent::Off(Cause::StoppedByHand));
    gate.run(SECOND / 5);
    gate.world().fault = None;
    gate.record(5 * SECOND);
    gate.finish();
    let history = sound(&gate);
    let [_, second] = history.segments() else { panic!("{history:#?}") };
    let first = pictures(&history)[1][0];
    let began = gate.at() - (gate.world().now() - gate.delivered[first as usize].at);
    let late = second.segment.start.duration_since(began).as_secs_f64();
    assert!((-0.1..1.2).contains(&late), "told {late} s after it came");
}

#[test]
fn a_disk_that_hangs_costs_nothing_before_the_memory_is_full_and_then_whole_gops() {
    for (memory, holds) in [(1 << 20, true), (40_000, false)] {
        let mut gate = SimulatedRecorder::new();
        gate.memory = memory;
        gate.record(10 * SECOND);
        gate.world().slowness = 20 * SECOND;
        gate.run(STEP * 20);
        gate.world().slowness = Duration::ZERO;
        gate.run(10 * SECOND);
        if holds {
            assert_eq!(gaps(&all_pictures(&mut gate)), []);
            continue;
        }
        gate.finish();
        let history = sound(&gate);
        let numbers = pictures(&history);
        assert_eq!(gaps(&history)[0].0, Cause::DiskSlow, "{:?}", gaps(&history));
        assert!(numbers[1][0].is_multiple_of(10) && numbers[1][0] > 200, "{numbers:?}");
    }
}

/// When a camera's file is synced in a minute, which was begun then; pictures come all the time.
fn syncs(phase: Duration, start: WallClock, begun: Duration) -> Vec<Duration> {
    let mut rules = Rules::new(start, phase);
    rules.intend(Intent::On, start.instant());
    let begin = start.later(begun);
    rules.begun(begin.instant());
    let mut found = Vec::new();
    for step in 0..6000 {
        let now = begin.instant() + STEP * step;
        rules.wrote();
        if rules.tick(ConnectionState::Up, true, true, || Ok(()), now) == TickAction::Sync {
            found.push(now - start.instant());
        }
    }
    found
}

#[test]
fn two_cameras_are_not_synced_at_the_same_moment_whenever_their_files_were_begun() {
    let start = WallClock::now();
    let one = syncs(STEP * 10, start, Duration::ZERO);
    for begun in [0, 20, 130, 790, 1000] {
        let other = syncs(STEP * 40, start, Duration::from_millis(begun));
        let pauses = other.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(pauses.clone().all(|pause| pause <= STEP * 81), "{other:?}");
        // The first is at once; the beat is that of the camera.
        let beside = |at: &Duration| one[1..].iter().all(|of| at.abs_diff(*of) >= STEP * 20);
        assert!(other[1..].iter().all(beside), "{other:?} beside {one:?}");
    }
}
