//! What is read of an archive is what was sent to it, forward and back.

mod eras;
mod memory;
mod waiting;

use std::time::Duration;

use camwall_media::{ConnectionState, Container, MediaType};
use jiff::{SignedDuration, Timestamp};

use super::{ArchiveReader, Piece};
use crate::simulation::{GATE, SimulatedRecorder, at, number_of};
use crate::writer::rules::Intent;
use crate::{Cause, verify};

const SECOND: Duration = Duration::from_secs(1);

/// A piece in few words: the numbers of its pictures and sounds, or the gap's times.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Brief {
    Group(Vec<u64>, Vec<u64>, Timestamp),
    Gap(Timestamp, Timestamp),
}

fn brief(piece: Piece) -> Brief {
    match piece {
        Piece::Gap(gap) => Brief::Gap(gap.start, gap.end),
        Piece::Group { packets, audio, .. } => {
            let of = |kind: MediaType| {
                let found = packets.iter().filter(|it| it.media_type == kind);
                found.map(|it| number_of(&it.data, kind).expect("a number")).collect::<Vec<_>>()
            };
            let sounds = of(MediaType::Audio);
            assert!(sounds.is_empty() || audio.is_some());
            let first = packets.iter().find(|it| it.media_type == MediaType::Video).unwrap();
            assert!(first.keyframe, "a group begins with a key frame");
            Brief::Group(of(MediaType::Video), sounds, first.at)
        }
    }
}

fn forward(reader: &mut ArchiveReader) -> Vec<Brief> {
    std::iter::from_fn(|| reader.next_piece().unwrap()).map(brief).collect()
}

fn back(reader: &mut ArchiveReader) -> Vec<Brief> {
    std::iter::from_fn(|| reader.previous_piece().unwrap()).map(brief).collect()
}

fn pictures(pieces: &[Brief]) -> Vec<u64> {
    let numbers = pieces.iter().map(|it| match it {
        Brief::Group(pictures, ..) => pictures.as_slice(),
        Brief::Gap(..) => &[],
    });
    numbers.collect::<Vec<_>>().concat()
}

fn open(gate: &SimulatedRecorder, at: Timestamp) -> ArchiveReader {
    ArchiveReader::open(gate.root(), GATE, at, None).unwrap()
}

#[test]
fn forward_over_all_is_back_over_all_is_what_was_recorded() {
    // The last one had a gap that begins just behind midnight, in a day that was left by a clock set back.
    for seed in (0..40).chain([97]) {
        let mut random = fastrand::Rng::with_seed(seed);
        let midnight = random.bool();
        let start = if midnight { "2026-11-22T23:59:40Z" } else { "2026-11-22T12:00:00Z" };
        let mut gate = SimulatedRecorder::starting_at(at(start));
        gate.camera.gop = random.u64(3..12);
        gate.camera.sound = random.bool();
        gate.settings.length = Duration::from_secs(random.u64(3..9));
        if random.bool() {
            gate.settings.container = Container::FragmentedMp4;
        }
        let began = gate.at();
        for _ in 0..6 {
            gate.run(Duration::from_millis(random.u64(500..9000)));
            match random.u8(..6) {
                0 => gate.camera.disconnect(ConnectionState::Offline),
                1 => gate.intend(Intent::Off(Cause::StoppedByHand)),
                2 => gate.camera.change_parameters(),
                3 => {
                    gate.finish();
                    gate.pass(SECOND);
                }
                4 => {
                    let by = random.i64(-40..40);
                    gate.set_clock(SignedDuration::from_secs(by));
                }
                _ => {}
            }
            gate.run(2 * SECOND);
            gate.intend(Intent::On);
            let now = gate.world().now();
            if gate.camera.link != ConnectionState::Up {
                gate.camera.connect(now);
            }
        }
        gate.finish();
        let (history, faults) = verify(gate.root(), GATE, false, &mut |_, _| {}).unwrap();
        assert_eq!(faults, [], "{seed}");
        let mut reader = open(&gate, began - SignedDuration::from_hours(1));
        back(&mut reader);
        let all = forward(&mut reader);
        let mut reversed = back(&mut reader);
        reversed.reverse();
        assert_eq!(all, reversed, "{seed}");
        let mut recorded: Vec<u64> = history
            .segments()
            .iter()
            .flat_map(|it| crate::simulation::numbers_in(&it.path).unwrap().pictures)
            .collect();
        recorded.sort_unstable();
        assert_eq!(pictures(&all), recorded, "{seed}: in the order in which they were sent");
        let gaps = all.iter().filter(|it| matches!(it, Brief::Gap(..))).count();
        assert_eq!(gaps, history.gaps().len(), "{seed}");
    }
}

#[test]
fn a_time_is_found_and_its_packets_have_theirs() {
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 10 * SECOND;
    gate.run(35 * SECOND);
    gate.finish();
    let mut reader = open(&gate, at("2026-11-22T07:20:13.450Z"));
    // Ten pictures a second, a key frame each.
    let Some(Brief::Group(pictures, _, first)) = reader.next_piece().unwrap().map(brief) else {
        panic!("a group")
    };
    assert_eq!(pictures, (130..140).collect::<Vec<_>>());
    assert_eq!(first, at("2026-11-22T07:20:13Z"));
}

#[test]
fn a_file_being_written_is_followed_over_its_name() {
    for container in [Container::Matroska, Container::FragmentedMp4] {
        let mut gate = SimulatedRecorder::new();
        gate.settings.container = container;
        gate.settings.length = 10 * SECOND;
        gate.run(4 * SECOND);
        let mut reader = open(&gate, gate.at() - SignedDuration::from_secs(60));
        let mut read = Vec::new();
        for _ in 0..40 {
            let came = forward(&mut reader);
            let newest = gate.delivered.last().unwrap().number;
            read.extend(pictures(&came));
            let read_to = read.last().copied().unwrap_or(0);
            assert!(newest - read_to <= 25, "{read_to} of {newest} is far behind");
            gate.run(SECOND / 2);
        }
        gate.finish();
        read.extend(pictures(&forward(&mut reader)));
        let delivered: Vec<u64> = gate.delivered.iter().map(|it| it.number).collect();
        assert_eq!(read, delivered, "{container:?}");
    }
}

#[test]
fn nothing_is_found_where_nothing_was_recorded() {
    let gate = SimulatedRecorder::new();
    let mut reader = open(&gate, gate.at());
    assert!(reader.next_piece().unwrap().is_none() && reader.previous_piece().unwrap().is_none());
}
