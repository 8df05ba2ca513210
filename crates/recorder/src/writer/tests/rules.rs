//! Each rule of a recording by itself: when segments begin and end, and what gaps are called.

use camwall_media::{ConnectionState, Container};
use jiff::SignedDuration;

use super::{SECOND, all_pictures, gaps, pictures, segments, sound};
use crate::Cause;
use crate::events::Note;
use crate::simulation::{DiskFault, DiskOperation, SimulatedRecorder, at, numbers_in};
use crate::writer::rules::Intent;

#[test]
fn segments_end_at_round_times() {
    let mut gate = SimulatedRecorder::starting_at(at("2026-11-22T07:20:03.400Z"));
    gate.settings.length = 10 * SECOND;
    gate.record(25 * SECOND);
    let history = all_pictures(&mut gate);
    // The first key frame behind 07:20:10 comes at 10.4.
    assert_eq!(segments(&history), ["07:20:03.400 7.0", "07:20:10.400 10.0", "07:20:20.400 8.0"]);
    assert_eq!(gaps(&history), []);
}

#[test]
fn another_wall_file_counts_from_the_next_key_frame_on_and_loses_nothing() {
    let mut gate = SimulatedRecorder::starting_at(at("2026-11-22T07:20:03.400Z"));
    gate.settings.length = 3600 * SECOND;
    gate.record(10 * SECOND + SECOND / 4);
    // What is said of a file, and not done to it, ends none.
    gate.settings.title = "Door".to_owned();
    (gate.pre_roll, gate.memory) = (SECOND, 2 * gate.memory);
    gate.reconfigure();
    gate.record(3 * SECOND);
    gate.settings.length = 10 * SECOND;
    gate.reconfigure();
    gate.record(12 * SECOND);
    gate.settings.container = camwall_media::Container::FragmentedMp4;
    gate.reconfigure();
    // The same again is nothing new.
    gate.record(2 * SECOND);
    gate.reconfigure();
    gate.record(2 * SECOND);
    let history = all_pictures(&mut gate);
    assert_eq!(gaps(&history), []);
    assert_eq!(
        segments(&history),
        [
            "07:20:03.400 14.0",
            "07:20:17.400 3.0",
            "07:20:20.400 9.0",
            "07:20:29.400 1.0",
            "07:20:30.400 2.3"
        ]
    );
    let kinds = history.segments().iter().map(|it| it.path.extension().unwrap().to_owned());
    assert_eq!(kinds.collect::<Vec<_>>(), ["mkv", "mkv", "mkv", "mp4", "mp4"]);
}

#[test]
fn a_segment_begins_with_a_key_frame_and_no_picture_is_lost_between_two() {
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 10 * SECOND;
    gate.camera.gop = 35;
    gate.record(40 * SECOND);
    let history = all_pictures(&mut gate);
    assert_eq!(
        segments(&history),
        ["07:20:00.000 10.5", "07:20:10.500 10.5", "07:20:21.000 10.5", "07:20:31.500 8.5"]
    );
    let firsts = pictures(&history).into_iter().map(|numbers| numbers[0]);
    assert_eq!(firsts.collect::<Vec<_>>(), [0, 105, 210, 315]);
}

#[test]
fn a_segment_that_is_large_enough_ends_at_the_next_key_frame() {
    let mut gate = SimulatedRecorder::new();
    gate.settings.size = 2000;
    gate.record(30 * SECOND);
    let history = all_pictures(&mut gate);
    assert!(history.segments().len() > 3, "{:?}", segments(&history));
    let (_, whole) = history.segments().split_last().unwrap();
    for it in whole {
        assert!((2000..3500).contains(&it.segment.bytes), "{:?}", it.segment);
        assert!(it.segment.packets.is_multiple_of(10), "whole groups of pictures");
    }
    assert_eq!(gaps(&history), []);
}

#[test]
fn packets_without_contents_reach_no_file_and_no_line() {
    for container in [Container::Matroska, Container::FragmentedMp4] {
        let mut gate = SimulatedRecorder::new();
        (gate.settings.container, gate.settings.length) = (container, 10 * SECOND);
        (gate.camera.sound, gate.pre_roll) = (true, 2 * SECOND);
        let hollow = |gate: &mut SimulatedRecorder| {
            gate.camera.hollow = true;
            gate.run(SECOND / 2);
            gate.camera.hollow = false;
        };
        // The key frame at 10 s would end a file, that at 16 s is in the pre-roll.
        gate.record(9 * SECOND + SECOND * 3 / 4);
        hollow(&mut gate);
        gate.run(3 * SECOND);
        gate.intend(Intent::Off(Cause::NotScheduled));
        gate.run(2 * SECOND + SECOND / 2);
        hollow(&mut gate);
        gate.record(SECOND + SECOND / 2);
        gate.finish();
        let history = sound(&gate);
        let found = segments(&history);
        assert_eq!(found, ["07:20:00.000 11.0", "07:20:11.000 2.3", "07:20:14.000 3.8"]);
        for it in history.segments() {
            let held = numbers_in(&it.path).unwrap();
            let line = &it.segment;
            let counts = [held.pictures.len() as u64, held.sounds.len() as u64];
            assert_eq!([line.packets, line.audio_packets], counts, "{line:?}");
            let is_key = |number| gate.delivered.iter().any(|d| d.number == number && d.keyframe);
            let keys: Vec<bool> = held.pictures.iter().map(|number| is_key(*number)).collect();
            assert_eq!(keys.iter().filter(|key| **key).count() as u64, line.keyframes, "{line:?}");
            assert!(keys[0], "{line:?}");
        }
    }
}

#[test]
fn a_camera_that_sends_nothing_but_empty_packets_has_stalled() {
    let mut gate = SimulatedRecorder::new();
    gate.record(5 * SECOND);
    gate.camera.hollow = true;
    gate.run(15 * SECOND);
    assert!(!gate.status().writing);
    gate.camera.hollow = false;
    gate.run(5 * SECOND);
    let history = all_pictures(&mut gate);
    assert_eq!(gaps(&history), [(Cause::CameraStalled, 15.0)]);
}

/// A disk on which no file can be made.
fn no_inodes() -> Option<DiskFault> {
    let operations = vec![DiskOperation::Create, DiskOperation::Folder];
    Some(DiskFault { operations, code: rustix::io::Errno::NOSPC.raw_os_error(), after: 0 })
}

#[test]
fn without_inodes_the_open_file_is_gone_on_with() {
    let mut gate = SimulatedRecorder::starting_at(at("2026-11-22T07:20:03.400Z"));
    gate.settings.length = 10 * SECOND;
    gate.record(5 * SECOND);
    gate.world().fault = no_inodes();
    gate.record(20 * SECOND);
    assert_eq!(gate.told(), []);
    assert!(gate.status().writing);
    gate.world().fault = None;
    gate.record(10 * SECOND);
    let history = all_pictures(&mut gate);
    assert_eq!(segments(&history), ["07:20:03.400 25.0", "07:20:28.400 2.0", "07:20:30.400 8.0"]);
    assert_eq!(gaps(&history), []);
}

#[test]
fn without_inodes_other_parameters_end_the_recording() {
    let mut gate = SimulatedRecorder::new();
    gate.record(5 * SECOND);
    gate.world().fault = no_inodes();
    gate.camera.change_parameters();
    gate.record(5 * SECOND);
    assert_eq!(gate.status().fault, Some(Cause::DiskFull));
    gate.world().fault = None;
    gate.record(10 * SECOND);
    gate.finish();
    assert!(matches!(gaps(&sound(&gate))[..], [(Cause::DiskFull, _)]));
}

#[test]
fn other_parameters_begin_another_segment() {
    let mut gate = SimulatedRecorder::new();
    gate.record(4500 * SECOND / 1000);
    gate.camera.change_parameters();
    gate.record(3 * SECOND);
    let history = all_pictures(&mut gate);
    assert_eq!(segments(&history), ["07:20:00.000 4.5", "07:20:04.500 3.0"]);
    assert_eq!(gaps(&history), []);
}

#[test]
fn a_recording_begins_as_far_back_as_the_pre_roll() {
    let mut gate = SimulatedRecorder::new();
    gate.pre_roll = 3 * SECOND;
    gate.intend(Intent::Off(Cause::NotScheduled));
    gate.run(10 * SECOND + SECOND / 2);
    gate.record(2 * SECOND);
    gate.finish();
    let history = sound(&gate);
    assert_eq!(segments(&history), ["07:20:07.000 5.5"]);
    assert_eq!(pictures(&history).concat()[0], 70);
}

#[test]
fn a_pre_roll_does_not_reach_to_before_it_is_allowed_to_record() {
    for (from, first) in [(0, 70), (9000, 90), (9050, 100), (10_200, 110)] {
        let mut gate = SimulatedRecorder::new();
        gate.pre_roll = 3 * SECOND;
        let began = gate.world().now();
        gate.intend(Intent::Off(Cause::NotScheduled));
        gate.run(10 * SECOND + SECOND / 2);
        gate.not_before = Some(began + std::time::Duration::from_millis(from));
        gate.record(4 * SECOND);
        // To be told so while it runs changes nothing.
        let later = gate.world().now() + 60 * SECOND;
        gate.not_before = Some(later);
        gate.run(4 * SECOND);
        assert!(gate.status().writing);
        gate.finish();
        let pictures = pictures(&sound(&gate)).concat();
        assert_eq!((pictures[0], pictures.len() as u64), (first, 185 - first));
    }
}

#[test]
fn of_a_camera_that_is_offline_nothing_of_before_is_recorded() {
    let mut gate = SimulatedRecorder::new();
    gate.pre_roll = 3 * SECOND;
    gate.intend(Intent::Off(Cause::NotScheduled));
    gate.run(10 * SECOND + SECOND / 2);
    gate.camera.disconnect(ConnectionState::Offline);
    gate.run(3600 * SECOND);
    gate.intend(Intent::On);
    gate.run(5 * SECOND);
    assert_eq!(gate.status().fault, Some(Cause::CameraOffline));
    assert_eq!(gate.files(), [] as [std::path::PathBuf; 0], "of an hour ago");
    gate.record(2 * SECOND);
    gate.finish();
    assert_eq!(segments(&sound(&gate)), ["08:20:15.500 2.0"]);
}

#[test]
fn what_waits_when_a_recording_is_ended_is_recorded_first() {
    let mut gate = SimulatedRecorder::new();
    // Each group of pictures goes into a file of its own, which takes longer than it lasts.
    gate.settings.size = 1;
    gate.record(5 * SECOND);
    gate.world().slowness = SECOND / 4;
    gate.run(10 * SECOND);
    gate.world().slowness = SECOND / 50;
    let newest = gate.delivered.last().unwrap().number;
    gate.intend(Intent::Off(Cause::StoppedByHand));
    gate.run(5 * SECOND);
    gate.finish();
    let history = sound(&gate);
    let recorded = pictures(&history).concat();
    assert!(recorded.iter().copied().eq(0..recorded.len() as u64), "{recorded:?}");
    assert!(recorded.len() as u64 > newest, "{} of {newest}", recorded.len());
}

#[test]
fn what_is_missing_is_a_gap_with_its_cause() {
    for cause in [
        Cause::CameraOffline,
        Cause::LoginRefused,
        Cause::SourceEnded,
        Cause::DiskFull,
        Cause::DiskReadOnly,
        Cause::NoFolder,
        Cause::DiskError,
        Cause::StoppedByHand,
        Cause::NotScheduled,
        Cause::ProgramEnded,
        Cause::ProgramKilled,
    ] {
        let mut gate = SimulatedRecorder::new();
        gate.record(10 * SECOND);
        gate.interrupt(cause, 8 * SECOND);
        let shown = gate.is_running().then(|| gate.status());
        gate.record(10 * SECOND);
        gate.finish();
        let history = sound(&gate);
        let [(told, length)] = gaps(&history)[..] else { panic!("{cause:?}: {history:#?}") };
        assert_eq!(told, cause);
        // Up to the next key frame, or the next try.
        assert!((7.0..11.0).contains(&length), "{cause:?}: {length} s");
        if let Some(shown) = shown {
            assert!(!shown.writing, "{cause:?}");
            assert_eq!(shown.wanted, !cause.is_intended(), "{cause:?}");
            assert_eq!(shown.fault, Some(cause).filter(|_| shown.wanted));
        }
    }
}

#[test]
fn a_clock_set_forward_or_back_is_told_and_nothing_is_lost() {
    for minutes in [5, -5] {
        let mut gate = SimulatedRecorder::new();
        gate.record(10 * SECOND + SECOND / 2);
        gate.set_clock(SignedDuration::from_mins(minutes));
        gate.record(10 * SECOND);
        let history = all_pictures(&mut gate);
        let [(Cause::ClockChanged, length)] = gaps(&history)[..] else { panic!("{history:#?}") };
        assert_eq!(length, 60.0 * minutes as f64);
        assert_eq!(history.segments().len(), 2, "{:?}", segments(&history));
    }
}

#[test]
fn a_camera_that_freezes_is_cut_where_it_stalled() {
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND);
    gate.camera.frozen = true;
    gate.run(5 * SECOND);
    assert!(!gate.status().writing, "silent, although the file is still open");
    assert_eq!(gate.status().fault, Some(Cause::CameraStalled));
    assert!(sound(&gate).segments().is_empty(), "the connection may still catch up");
    gate.camera.frozen = false;
    gate.run(5 * SECOND);
    gate.finish();
    let history = sound(&gate);
    assert_eq!(gaps(&history), [(Cause::CameraStalled, 5.0)]);
}

#[test]
fn ten_seconds_of_silence_close_the_file() {
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND);
    gate.camera.frozen = true;
    gate.run(9 * SECOND);
    assert_eq!(sound(&gate).segments().len(), 0);
    gate.run(2 * SECOND);
    assert_eq!(segments(&sound(&gate)), ["07:20:00.000 10.0"]);
}

#[test]
fn what_comes_late_but_even_is_not_cut() {
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND);
    let until = gate.world().now() + 8 * SECOND;
    gate.camera.held_until = Some(until);
    gate.run(20 * SECOND);
    let history = all_pictures(&mut gate);
    assert_eq!(segments(&history), ["07:20:00.000 30.0"]);
}

#[test]
fn another_cause_is_told_once_it_is_steady() {
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND);
    gate.interrupt(Cause::CameraOffline, 10 * SECOND);
    gate.interrupt(Cause::LoginRefused, 2 * SECOND);
    gate.interrupt(Cause::CameraOffline, 2 * SECOND);
    gate.interrupt(Cause::LoginRefused, 10 * SECOND);
    gate.record(5 * SECOND);
    gate.finish();
    let history = sound(&gate);
    assert_eq!(gaps(&history), [(Cause::CameraOffline, 14.0), (Cause::LoginRefused, 10.0)]);
}

#[test]
fn the_protect_key_keeps_the_open_and_the_segment_that_just_ended() {
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 10 * SECOND;
    gate.record(35 * SECOND);
    assert_eq!(gate.protect(), Some(Note::Protected));
    gate.run(SECOND);
    assert!(gate.status().kept);
    gate.finish();
    let kept = |gate: &SimulatedRecorder| -> Vec<bool> {
        sound(gate).segments().iter().map(|it| it.kept).collect()
    };
    assert_eq!(kept(&gate), [false, false, true, true]);
    // Without an open one, the newest.
    gate.intend(Intent::Off(Cause::StoppedByHand));
    gate.start();
    assert_eq!(gate.protect(), Some(Note::SpanEnded));
    gate.run(5 * SECOND);
    assert_eq!(gate.protect(), Some(Note::NewestReleased));
    assert_eq!(kept(&gate), [false; 4], "all of the span");
    assert_eq!(gate.protect(), Some(Note::NewestProtected));
    assert_eq!(kept(&gate), [false, false, false, true]);
    gate.run(SECOND);
    assert_eq!(gate.protect(), Some(Note::NewestReleased), "taken back");
    assert_eq!(kept(&gate), [false; 4]);
    let mut empty = SimulatedRecorder::new();
    empty.intend(Intent::Off(Cause::StoppedByHand));
    assert_eq!(empty.protect(), Some(Note::NothingToProtect));
}

#[test]
fn a_segment_that_ended_long_ago_is_not_just_now() {
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 120 * SECOND;
    gate.record(120 * SECOND + 70 * SECOND);
    assert_eq!(gate.protect(), Some(Note::Protected));
    gate.finish();
    let kept: Vec<bool> = sound(&gate).segments().iter().map(|it| it.kept).collect();
    assert_eq!(kept, [false, true]);
}

#[test]
fn finishing_closes_the_file_behind_the_last_picture() {
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND + 50 * SECOND / 1000);
    gate.finish();
    let history = sound(&gate);
    assert_eq!(segments(&history), ["07:20:00.000 10.1"]);
    assert_eq!(history.off().map(|off| off.cause), Some(Cause::ProgramEnded));
    assert_eq!(pictures(&history).concat().len(), 101);
    assert!(gate.files().iter().all(|path| !crate::paths::is_part(path)));
}

#[test]
fn a_camera_that_is_offline_is_no_fault_in_the_first_moments() {
    let mut gate = SimulatedRecorder::new();
    gate.camera.disconnect(ConnectionState::Connecting);
    gate.run(3 * SECOND);
    assert_eq!(gate.status().fault, None);
    gate.run(SECOND);
    assert_eq!(gate.status().fault, Some(Cause::CameraOffline));
}

#[test]
fn a_new_session_is_another_segment() {
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND);
    let now = gate.world().now();
    gate.camera.sound = true;
    gate.camera.connect(now);
    gate.record(10 * SECOND);
    let history = all_pictures(&mut gate);
    assert_eq!(segments(&history), ["07:20:00.000 10.0", "07:20:10.000 10.0"]);
    let sounds: Vec<_> = history.segments().iter().map(|it| it.segment.audio.clone()).collect();
    assert_eq!(sounds, [None, Some("aac 16000 Hz 1 ch".to_owned())]);
}

#[test]
fn a_camera_that_is_slower_than_the_silence_has_not_stalled() {
    let mut gate = SimulatedRecorder::new();
    (gate.camera.interval, gate.camera.gop) = (15 * SECOND, 1);
    let now = gate.world().now();
    gate.camera.connect(now);
    gate.record(300 * SECOND);
    gate.finish();
    let history = sound(&gate);
    // Its pace is known from the second picture on.
    assert!(history.segments().len() <= 2, "{:?}", segments(&history));
    assert!(pictures(&history).concat().len() >= 18, "{history:#?}");
}
