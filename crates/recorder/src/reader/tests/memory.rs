//! What is read goes on from the files into memory and back, whatever happens meanwhile.

use std::collections::BTreeMap;

use super::*;
use crate::ledger::history::History;
use crate::simulation::{DiskFault, DiskOperation, numbers_in};

/// What was read in a row: each packet, and each gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Read {
    Picture(u64, Timestamp),
    Sound(u64),
    Gap(Timestamp, Timestamp),
}

pub(super) fn read(piece: &Piece) -> Vec<Read> {
    match piece {
        Piece::Gap(gap) => vec![Read::Gap(gap.start, gap.end)],
        Piece::Group { packets, .. } => {
            assert!(!packets.is_empty(), "a piece has something in it");
            let each = packets.iter().map(|it| {
                let number = number_of(&it.data, it.media_type).expect("a number");
                match it.media_type {
                    MediaType::Video => Read::Picture(number, it.at),
                    MediaType::Audio => Read::Sound(number),
                }
            });
            each.collect()
        }
    }
}

pub(super) fn on(reader: &mut ArchiveReader) -> Vec<Read> {
    let pieces = std::iter::from_fn(|| reader.next_piece().unwrap());
    pieces.flat_map(|it| read(&it)).collect()
}

fn all_back(reader: &mut ArchiveReader) -> Vec<Read> {
    let pieces = std::iter::from_fn(|| reader.previous_piece().unwrap());
    let mut pieces: Vec<_> = pieces.map(|it| read(&it)).collect();
    pieces.reverse();
    pieces.concat()
}

pub(super) fn live(gate: &SimulatedRecorder, at: Timestamp) -> ArchiveReader {
    ArchiveReader::open(gate.root(), GATE, at, Some(gate.live.clone())).unwrap()
}

/// Pictures and sounds.
pub(super) fn numbers(all: &[Read]) -> [Vec<u64>; 2] {
    let pictures = all.iter().filter_map(|it| match it {
        Read::Picture(number, _) => Some(*number),
        _ => None,
    });
    let sounds = all.iter().filter_map(|it| match it {
        Read::Sound(number) => Some(*number),
        _ => None,
    });
    [pictures.collect(), sounds.collect()]
}

/// In pieces of a group, sounds lie between pictures as the file has them, which is not always so in
/// memory: the order of each is what counts.
fn sorted(all: &[Read]) -> ([Vec<u64>; 2], Vec<Read>) {
    let gaps = all.iter().filter(|it| matches!(it, Read::Gap(..))).cloned();
    (numbers(all), gaps.collect())
}

pub(super) fn rises(all: &[Read], why: &str) {
    for of in numbers(all) {
        assert!(of.is_sorted_by(|one, next| one < next), "{why}: twice or out of order: {of:?}");
    }
}

fn recorded(gate: &SimulatedRecorder) -> [Vec<u64>; 2] {
    let history = History::read(gate.root(), GATE).unwrap();
    let mut found: [Vec<u64>; 2] = Default::default();
    for it in history.segments() {
        let numbers = numbers_in(&it.path).unwrap();
        found[0].extend(numbers.pictures);
        found[1].extend(numbers.sounds);
    }
    found.iter_mut().for_each(|it| it.sort_unstable());
    found
}

/// A recording that has begun.
fn recording(random: &mut fastrand::Rng) -> SimulatedRecorder {
    let midnight = random.bool();
    let start = if midnight { "2026-11-22T23:59:40Z" } else { "2026-11-22T12:00:00Z" };
    let mut gate = SimulatedRecorder::starting_at(at(start));
    gate.camera.gop = random.u64(3..25);
    gate.camera.sound = random.bool();
    gate.settings.length = Duration::from_secs(random.u64(2..9));
    if random.bool() {
        gate.settings.container = Container::FragmentedMp4;
    }
    gate
}

/// Something happens that costs pictures; whether it does.
fn mishap(gate: &mut SimulatedRecorder, random: &mut fastrand::Rng) -> bool {
    match random.u8(..9) {
        0 => gate.camera.disconnect(ConnectionState::Offline),
        1 => gate.intend(Intent::Off(Cause::StoppedByHand)),
        2 => {
            gate.kill();
            gate.pass(SECOND);
        }
        3 => {
            gate.finish();
            gate.pass(SECOND);
        }
        // The memory is too small.
        4 => gate.lose = random.u32(1..5),
        5 => gate.memory = random.usize(600..20_000),
        6 => gate.camera.frozen = true,
        7 => {
            let operations = vec![DiskOperation::Write, DiskOperation::Sync];
            gate.world().fault = Some(DiskFault { operations, code: 5, after: random.u32(..4) });
        }
        _ => return false,
    }
    true
}

fn mend(gate: &mut SimulatedRecorder) {
    gate.intend(Intent::On);
    gate.camera.frozen = false;
    gate.world().fault = None;
    let now = gate.world().now();
    if gate.camera.link != ConnectionState::Up {
        gate.camera.connect(now);
    }
}

#[test]
fn from_files_into_memory_and_back_nothing_is_twice_or_missing() {
    // The last two lost a file that was begun just before midnight.
    for seed in (0..60).chain([74, 175]) {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut gate = recording(&mut random);
        let began = gate.at() - SignedDuration::from_hours(1);
        let begun = gate.at() + SignedDuration::from_secs(1);
        let (mut follower, mut followed) = (live(&gate, began), Vec::new());
        let (mut whole, mut before) = (true, BTreeMap::new());
        for turn in 0..12 {
            let why = format!("seed {seed}, turn {turn}");
            for _ in 0..random.u32(1..6) {
                gate.run(Duration::from_millis(random.u64(50..1500)));
                if random.u8(..3) == 0 && gate.is_running() {
                    gate.hang(Duration::from_millis(random.u64(50..2500)));
                }
                followed.extend(on(&mut follower));
                rises(&followed, &why);
            }
            if random.bool() && gate.is_running() {
                gate.hang(Duration::from_millis(random.u64(50..2500)));
                if random.bool() {
                    gate.read_only();
                }
                followed.extend(on(&mut follower));
                rises(&followed, &why);
            }
            // Somebody looks at all that there is.
            let mut other = live(&gate, began);
            let forward = on(&mut other);
            assert_eq!(sorted(&forward), sorted(&all_back(&mut other)), "{why}");
            assert_eq!(sorted(&on(&mut other)), sorted(&forward), "{why}");
            rises(&forward, &why);
            before.extend(forward.iter().filter_map(|it| match it {
                Read::Picture(number, at) => Some((*number, *at)),
                _ => None,
            }));
            // Until then the order of the first pictures may not be known.
            if whole && gate.at() > begun {
                let newest = gate.delivered.last().unwrap().number;
                let [pictures, _] = numbers(&followed);
                let came = pictures.last().copied().unwrap_or(0);
                assert!(newest - came <= 3, "{why}: {came} of {newest} is not what is in memory");
            }
            if random.bool() {
                gate.camera.change_parameters();
            } else if seed % 3 > 0 && mishap(&mut gate, &mut random) {
                whole = false;
                gate.run(Duration::from_millis(random.u64(50..4000)));
                followed.extend(on(&mut follower));
                rises(&followed, &why);
                mend(&mut gate);
            }
        }
        gate.run(5 * SECOND);
        gate.finish();
        followed.extend(on(&mut follower));
        rises(&followed, &format!("{seed}"));
        let (read, there) = (numbers(&followed), recorded(&gate));
        for (read, there) in read.iter().zip(&there) {
            let missing: Vec<_> = there.iter().filter(|it| !read.contains(it)).collect();
            assert!(missing.is_empty(), "{seed}: {missing:?} of the archive were not read");
        }
        let delivered: Vec<u64> = gate.delivered.iter().map(|it| it.number).collect();
        if whole {
            assert_eq!(read, there, "{seed}");
            assert_eq!(read[0], delivered, "{seed}");
        }
        let mut fresh = open(&gate, began);
        for it in on(&mut fresh) {
            let Read::Picture(number, at) = it else { continue };
            if let Some(then) = before.get(&number) {
                let off = at.duration_since(*then).abs();
                assert!(off <= SignedDuration::from_millis(1), "{seed}: {number} is off by {off}");
            }
        }
    }
}

#[test]
fn a_time_that_is_in_memory_alone_is_found() {
    let mut gate = SimulatedRecorder::new();
    gate.run(Duration::from_millis(12_150));
    let mut reader = live(&gate, gate.at() - SignedDuration::from_millis(50));
    let [pictures, _] = numbers(&on(&mut reader));
    let newest = gate.delivered.last().unwrap().number;
    assert_eq!(pictures, (120..=newest).collect::<Vec<_>>());
}
