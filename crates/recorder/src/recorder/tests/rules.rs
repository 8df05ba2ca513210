//! Each rule of a recording by itself.

use std::time::{Duration, Instant};

use camwall_media::{ConnectionState, Container};
use jiff::SignedDuration;

use crate::Cause;
use crate::events::Note;
use crate::ledger::history::History;
use crate::recorder::rules::Intent;
use crate::recorder::state::WriterStatus;
use crate::recorder::status::PublishedStatus;
use crate::simulation::{DiskFault, DiskOperation, GATE, SimulatedRecorder, Told, at, numbers_in};
use crate::verify;

const SECOND: Duration = Duration::from_secs(1);
const FULL: i32 = rustix::io::Errno::NOSPC.raw_os_error();
const BROKEN: i32 = rustix::io::Errno::IO.raw_os_error();

/// What the ledger says, after the archive was found to be sound.
fn sound(gate: &SimulatedRecorder) -> History {
    let (history, faults) = verify(gate.root(), GATE, gate.is_running(), &mut |_, _| {}).unwrap();
    assert_eq!(faults, []);
    history
}

/// Starts and lengths of the segments: `07:20:00.000 10.0`.
fn segments(history: &History) -> Vec<String> {
    let brief = |it: &crate::RecordedSegment| {
        let length = it.segment.end.duration_since(it.segment.start).as_secs_f64();
        format!("{} {length:.1}", it.segment.start.strftime("%H:%M:%S%.3f"))
    };
    history.segments().iter().map(brief).collect()
}

/// Causes and lengths of the gaps, seconds.
fn gaps(history: &History) -> Vec<(Cause, f64)> {
    let length = |gap: &crate::Gap| gap.end.duration_since(gap.start).as_secs_f64();
    history.gaps().iter().map(|gap| (gap.cause, length(gap))).collect()
}

/// The numbers of the pictures in each file.
fn pictures(history: &History) -> Vec<Vec<u64>> {
    let of = |it: &crate::RecordedSegment| numbers_in(&it.path).unwrap().pictures;
    history.segments().iter().map(of).collect()
}

/// Ends the program; that all pictures are in the files, and those in a row.
fn all_pictures(gate: &mut SimulatedRecorder) -> History {
    gate.finish();
    let history = sound(gate);
    let delivered: Vec<u64> = gate.delivered.iter().map(|it| it.number).collect();
    let mut found = pictures(&history);
    // Files are listed by the wall clock, which may have been set back.
    found.sort();
    assert_eq!(found.concat(), delivered);
    history
}

fn fault(operations: &[DiskOperation], code: i32) -> Option<DiskFault> {
    Some(DiskFault { operations: operations.to_vec(), code, after: 0 })
}

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
fn a_full_disk_ends_the_segment_is_told_once_and_tried_again() {
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND);
    // To cut a file and to rename it needs no room.
    gate.world().fault = fault(&[DiskOperation::Write, DiskOperation::Create], FULL);
    gate.run(20 * SECOND);
    assert_eq!(gate.told(), [Told::Trouble(Cause::DiskFull)]);
    assert_eq!(gate.status().fault, Some(Cause::DiskFull));
    let world = gate.world();
    let tries: Vec<Instant> = world
        .refusals
        .iter()
        .filter(|it| it.operation == DiskOperation::Create)
        .map(|it| it.at)
        .collect();
    assert!(world.asked_for_room >= 1 && (8..=10).contains(&tries.len()), "{tries:?}");
    assert!(tries.windows(2).all(|pair| pair[1] - pair[0] >= 2 * SECOND), "{tries:?}");
    drop(world);
    gate.world().fault = None;
    gate.run(10 * SECOND);
    assert_eq!(gate.told(), [Told::Over(Cause::DiskFull)]);
    assert!(gate.status().writing);
    gate.finish();
    let history = sound(&gate);
    let [(Cause::DiskFull, length)] = gaps(&history)[..] else { panic!("{history:#?}") };
    assert!((19.0..23.0).contains(&length), "{length}");
    assert!(history.segments()[0].segment.recovered);
}

#[test]
fn a_write_that_takes_half_costs_less_than_a_second() {
    for container in [Container::Matroska, Container::FragmentedMp4] {
        let mut gate = SimulatedRecorder::new();
        gate.settings.container = container;
        gate.record(10 * SECOND);
        gate.world().fault =
            Some(DiskFault { operations: vec![DiskOperation::Write], code: BROKEN, after: 1 });
        gate.run(3 * SECOND);
        gate.world().fault = None;
        gate.run(10 * SECOND);
        gate.finish();
        let history = sound(&gate);
        assert!(history.segments()[0].segment.recovered);
        let first = &pictures(&history)[0];
        assert!((95..=101).contains(&first.len()), "{first:?}");
        assert_eq!(gaps(&history).len(), 1);
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
fn packets_lost_in_the_queue_end_the_segment() {
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND);
    gate.lose = 3;
    gate.run(10 * SECOND);
    gate.finish();
    let history = sound(&gate);
    assert_eq!(gaps(&history), [(Cause::DiskSlow, 1.0)]);
    assert_eq!(pictures(&history)[1][0], 110, "the next key frame");
}

#[test]
fn a_kill_costs_less_than_a_second_and_is_a_gap() {
    for (power, container) in [
        (false, Container::Matroska),
        (false, Container::FragmentedMp4),
        (true, Container::Matroska),
        (true, Container::FragmentedMp4),
    ] {
        let mut gate = SimulatedRecorder::new();
        gate.settings.container = container;
        gate.record(10 * SECOND + 350 * SECOND / 1000);
        if power {
            gate.cut_power()
        } else {
            gate.kill()
        }
        gate.pass(5 * SECOND);
        gate.record(5 * SECOND);
        assert!(gate.was_interrupted());
        gate.finish();
        let history = sound(&gate);
        let first = &pictures(&history)[0];
        let least = if power { 90 } else { 95 };
        assert!(history.segments()[0].segment.recovered && first.len() >= least, "{first:?}");
        assert_eq!(gaps(&history)[0].0, Cause::ProgramKilled);
        assert_eq!(gaps(&history).len(), 1);
    }
}

#[test]
fn a_kill_in_a_gap_keeps_its_cause() {
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND);
    gate.interrupt(Cause::CameraOffline, 5 * SECOND);
    gate.kill();
    gate.pass(5 * SECOND);
    gate.record(5 * SECOND);
    assert!(!gate.was_interrupted(), "nothing was being recorded");
    gate.finish();
    let history = sound(&gate);
    assert_eq!(gaps(&history), [(Cause::CameraOffline, 10.0)]);
    assert!(history.segments().iter().all(|it| !it.segment.recovered));
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
    assert_eq!(gate.protect(), Some(Note::NewestReleased));
    assert_eq!(kept(&gate), [false, false, true, false]);
    assert_eq!(gate.protect(), Some(Note::NewestProtected));
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
fn files_that_get_no_name_are_tried_again_and_the_recording_goes_on() {
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 10 * SECOND;
    gate.record(5 * SECOND);
    gate.world().fault = fault(&[DiskOperation::Rename], BROKEN);
    gate.run(30 * SECOND);
    assert!(sound(&gate).segments().is_empty(), "no line before the name");
    assert!(gate.status().writing, "but it is recorded");
    assert_eq!(gate.told()[0], Told::Trouble(Cause::DiskError));
    gate.world().fault = None;
    gate.run(3 * SECOND);
    assert_eq!(sound(&gate).segments().len(), 3);
    let history = all_pictures(&mut gate);
    assert_eq!(gaps(&history), []);
}

#[test]
fn lines_that_the_ledger_refuses_wait_and_none_is_lost() {
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 10 * SECOND;
    gate.record(5 * SECOND);
    gate.world().fault = fault(&[DiskOperation::Append], FULL);
    gate.run(30 * SECOND);
    assert!(gate.status().writing, "the files do not depend on it");
    gate.world().fault = None;
    gate.run(2 * SECOND);
    let history = all_pictures(&mut gate);
    assert_eq!((history.segments().len(), gaps(&history).len()), (4, 0));
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
fn rec_is_lit_when_bytes_are_on_the_disk_and_not_before() {
    let mut gate = SimulatedRecorder::new();
    gate.world().fault = fault(&[DiskOperation::Sync], BROKEN);
    gate.record(4 * SECOND);
    assert!(!gate.status().writing && gate.world().synced_at.is_none());
    gate.world().fault = None;
    gate.run(3 * SECOND);
    assert!(gate.status().writing);
    let synced = gate.world().synced_at.unwrap();
    assert!(gate.world().now() - synced <= SECOND, "brought to the disk every second");
}

#[test]
fn a_thread_that_is_silent_does_not_record() {
    let now = Instant::now();
    let writing = WriterStatus { wanted: true, writing: true, ..WriterStatus::default() };
    let mut published = PublishedStatus::new(now);
    assert!(published.publish(writing, now) && !published.publish(writing, now));
    let read = |after: u64| published.read(Some(Intent::On), now + Duration::from_millis(after));
    assert!(read(2500).writing && read(2500).fault.is_none());
    assert_eq!((read(2501).writing, read(2501).fault), (false, Some(Cause::DiskSlow)));
    assert!(!published.read(Some(Intent::Off(Cause::NotScheduled)), now).writing);
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
