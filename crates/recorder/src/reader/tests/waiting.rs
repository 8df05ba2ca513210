//! What waits for a slow disk is read before the writer takes it, and once.

use super::memory::{live, numbers, on, rises};
use super::*;

fn delivered(gate: &SimulatedRecorder) -> Vec<u64> {
    gate.delivered.iter().map(|it| it.number).collect()
}

fn recorder(container: Container) -> SimulatedRecorder {
    let mut gate = SimulatedRecorder::new();
    gate.settings.container = container;
    gate.settings.length = 4 * SECOND;
    gate.camera.sound = true;
    let now = gate.world().now();
    gate.camera.connect(now);
    gate
}

#[test]
fn all_that_came_is_read_while_the_disk_hangs() {
    for container in [Container::Matroska, Container::FragmentedMp4] {
        let mut gate = recorder(container);
        gate.run(5 * SECOND);
        let began = gate.at() - SignedDuration::from_secs(60);
        let mut follower = live(&gate, began);
        let mut followed = on(&mut follower);
        for _ in 0..4 {
            // Neither in a file nor, for the most part, with the writer.
            gate.hang(5 * SECOND);
            followed.extend(on(&mut follower));
            assert_eq!(numbers(&followed)[0], delivered(&gate), "{container:?}");
            let mut other = live(&gate, began);
            let forward = on(&mut other);
            assert_eq!(numbers(&forward), numbers(&followed), "{container:?}");
            let pieces = std::iter::from_fn(|| other.previous_piece().unwrap());
            let mut pieces: Vec<_> = pieces.collect();
            pieces.reverse();
            let back: Vec<_> = pieces.iter().flat_map(memory::read).collect();
            assert_eq!(numbers(&back), numbers(&forward), "{container:?}");
            assert_eq!(numbers(&on(&mut other)), numbers(&forward), "{container:?}");
            gate.run(3 * SECOND);
            followed.extend(on(&mut follower));
            rises(&followed, "over files");
        }
        gate.finish();
        followed.extend(on(&mut follower));
        assert_eq!(numbers(&followed)[0], delivered(&gate), "{container:?}");
    }
}

#[test]
fn what_the_writer_took_is_read_before_the_system_has_it() {
    let mut gate = recorder(Container::Matroska);
    gate.run(5 * SECOND);
    let mut follower = live(&gate, gate.at() - SignedDuration::from_secs(60));
    gate.hang(4 * SECOND);
    // The hub keeps none of it any more but the newest group.
    gate.read_only();
    assert_eq!(numbers(&on(&mut follower))[0], delivered(&gate));
}

#[test]
fn who_read_ahead_goes_on_behind_that_however_late() {
    for other_feed in [false, true] {
        let mut gate = recorder(Container::Matroska);
        gate.camera.gop = 3;
        gate.settings.length = 60 * SECOND;
        gate.run(5 * SECOND);
        let mut follower = live(&gate, gate.at() - SignedDuration::from_secs(60));
        gate.hang(5 * SECOND);
        let mut followed = on(&mut follower);
        assert_eq!(numbers(&followed)[0], delivered(&gate));
        if other_feed {
            gate.change_feed();
        }
        // So many groups that nobody knows the number of that one any more.
        gate.run(200 * SECOND);
        followed.extend(on(&mut follower));
        rises(&followed, "late");
        gate.finish();
        followed.extend(on(&mut follower));
        assert_eq!(numbers(&followed)[0], delivered(&gate), "other feed: {other_feed}");
    }
}

#[test]
fn what_the_disk_was_too_slow_for_is_a_gap_behind_what_was_read() {
    let mut gate = recorder(Container::Matroska);
    gate.run(5 * SECOND);
    let mut follower = live(&gate, gate.at() - SignedDuration::from_secs(60));
    gate.hang(5 * SECOND);
    let mut followed = on(&mut follower);
    gate.lose = 30;
    gate.hang(5 * SECOND);
    gate.run(10 * SECOND);
    followed.extend(on(&mut follower));
    rises(&followed, "behind a gap");
    assert!(followed.iter().any(|it| matches!(it, memory::Read::Gap(..))));
    let newest = gate.delivered.last().unwrap().number;
    assert!(newest - numbers(&followed)[0].last().unwrap() <= 3);
}

#[test]
fn a_camera_whose_clock_jumps_has_in_memory_the_times_of_its_file() {
    for jump in [3, 7, 3600] {
        let mut gate = recorder(Container::Matroska);
        gate.camera.gop = 40;
        gate.settings.length = 600 * SECOND;
        gate.run(Duration::from_millis(5050));
        gate.camera.jump(jump * SECOND);
        gate.run(Duration::from_millis(1500));
        let began = gate.at() - SignedDuration::from_secs(60);
        let times = |gate: &SimulatedRecorder, live| {
            let mut reader = ArchiveReader::open(gate.root(), GATE, began, live).unwrap();
            let pieces: Vec<_> = std::iter::from_fn(|| reader.next_piece().unwrap()).collect();
            pieces.into_iter().flat_map(|it| memory::read(&it)).collect::<Vec<_>>()
        };
        let memory = times(&gate, Some(gate.live.clone()));
        gate.finish();
        let file = times(&gate, None);
        let pictures = memory.iter().filter(|it| matches!(it, memory::Read::Picture(..)));
        assert!(pictures.clone().count() >= 64);
        for it in pictures {
            let memory::Read::Picture(number, at) = it else { continue };
            let same = file.iter().find_map(|it| match it {
                memory::Read::Picture(other, at) if other == number => Some(*at),
                _ => None,
            });
            let off = at.duration_since(same.expect("in the file")).abs();
            assert!(off <= SignedDuration::from_millis(1), "jump {jump}: {number} is off by {off}");
        }
    }
}

#[test]
fn sound_that_the_file_leaves_out_is_in_no_piece() {
    for container in [Container::Matroska, Container::FragmentedMp4] {
        let mut gate = SimulatedRecorder::new();
        gate.settings.container = container;
        (gate.camera.sound, gate.camera.telephone) = (true, true);
        let now = gate.world().now();
        gate.camera.connect(now);
        gate.run(4 * SECOND);
        gate.hang(2 * SECOND);
        let began = gate.at() - SignedDuration::from_secs(60);
        let mut reader = live(&gate, began);
        let pieces: Vec<_> = std::iter::from_fn(|| reader.next_piece().unwrap()).collect();
        let has_sound = container == Container::Matroska;
        for piece in &pieces {
            let Piece::Group { audio, .. } = piece else { panic!("{piece:?}") };
            assert_eq!(audio.is_some(), has_sound, "{container:?}");
        }
        let [pictures, sounds] = numbers(&pieces.iter().flat_map(memory::read).collect::<Vec<_>>());
        assert_eq!(pictures, delivered(&gate));
        assert_eq!(sounds.is_empty(), !has_sound, "{container:?}");
        gate.finish();
        let mut reader = open(&gate, began);
        let there = on(&mut reader);
        assert_eq!(numbers(&there)[1].is_empty(), !has_sound, "{container:?}");
        assert!(numbers(&there)[1].starts_with(&sounds));
    }
}
