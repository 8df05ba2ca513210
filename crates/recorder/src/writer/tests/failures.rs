//! What is made of disks that fail or hang, of packets that are lost, and of kills.

use std::time::{Duration, Instant};

use camwall_media::Container;

use super::{SECOND, all_pictures, gaps, pictures, sound};
use crate::Cause;
use crate::RecorderStatus;
use crate::camera::status::PublishedStatus;
use crate::simulation::{DiskFault, DiskOperation, SimulatedRecorder, Told};

const FULL: i32 = rustix::io::Errno::NOSPC.raw_os_error();
const BROKEN: i32 = rustix::io::Errno::IO.raw_os_error();

fn fault(operations: &[DiskOperation], code: i32) -> Option<DiskFault> {
    Some(DiskFault { operations: operations.to_vec(), code, after: 0 })
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
    // Whenever it comes between two syncs: behind the last good one nothing is claimed.
    for (container, after) in [Container::Matroska, Container::FragmentedMp4]
        .into_iter()
        .flat_map(|container| (0..9).map(move |after| (container, after)))
    {
        let mut gate = SimulatedRecorder::new();
        gate.settings.container = container;
        gate.record(10 * SECOND + after * SECOND / 10);
        let newest = gate.delivered.last().unwrap().number;
        gate.world().fault =
            Some(DiskFault { operations: vec![DiskOperation::Write], code: BROKEN, after: 1 });
        gate.run(3 * SECOND);
        gate.world().fault = None;
        gate.run(10 * SECOND);
        gate.finish();
        let history = sound(&gate);
        assert!(history.segments()[0].segment.recovered);
        let last = *pictures(&history)[0].last().unwrap();
        assert!(last + 10 > newest, "{container:?}, {after}: {last} of {newest}");
        assert_eq!(gaps(&history).len(), 1);
    }
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
fn packets_lost_in_the_queue_are_the_cause_though_the_camera_connected_anew_meanwhile() {
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND + SECOND / 2);
    // The thread does not read while these come, and there is no room for them.
    let mut lose = u32::MAX;
    gate.world().pass(SECOND / 2);
    let now = gate.world().now();
    assert!(gate.camera.arrive(now, 0, &mut lose).is_empty());
    gate.camera.connect(now);
    gate.run(5 * SECOND);
    gate.finish();
    let history = sound(&gate);
    assert!(matches!(gaps(&history)[..], [(Cause::DiskSlow, _)]), "{:?}", gaps(&history));
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
    assert!(gate.was_interrupted(), "it was wanted until then");
    gate.finish();
    let history = sound(&gate);
    assert_eq!(gaps(&history), [(Cause::CameraOffline, 10.0)]);
    assert!(history.segments().iter().all(|it| !it.segment.recovered));
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
    assert_eq!(gate.told(), [Told::NotNamed(Cause::DiskError)], "once, although three are refused");
    gate.world().fault = None;
    // At the next rotation all are named.
    gate.run(6 * SECOND);
    assert_eq!(gate.told(), [Told::Named(Cause::DiskError)]);
    assert_eq!(sound(&gate).segments().len(), 4);
    let history = all_pictures(&mut gate);
    assert_eq!(gaps(&history), []);
}

#[test]
fn no_more_than_sixteen_files_wait_for_names_and_the_next_start_finishes_the_rest() {
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 10 * SECOND;
    gate.record(5 * SECOND);
    gate.world().fault = fault(&[DiskOperation::Rename], BROKEN);
    gate.run(200 * SECOND);
    gate.world().fault = None;
    gate.run(4 * SECOND);
    assert_eq!(sound(&gate).segments().len(), 0, "tried rarely by now");
    gate.run(2 * SECOND);
    assert_eq!(sound(&gate).segments().len(), 17, "with the first that is named at once");
    gate.finish();
    gate.record(5 * SECOND);
    let history = all_pictures(&mut gate);
    assert_eq!((history.segments().len(), gaps(&history).len()), (23, 0));
    let recovered = history.segments().iter().filter(|it| it.segment.recovered).count();
    assert_eq!(recovered, 4);
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
fn a_thread_that_is_long_at_work_without_a_word_does_not_record() {
    let now = Instant::now();
    let writing = RecorderStatus { wanted: true, writing: true, ..RecorderStatus::default() };
    let mut published = PublishedStatus::new(now);
    published.wanted = true;
    assert!(published.publish(writing, now) && !published.publish(writing, now));
    let later = |after: u64| now + Duration::from_millis(after);
    let read = |published: &PublishedStatus, after| published.read(later(after));
    assert!(read(&published, 60_000).writing, "it sleeps because nothing is to be done");
    published.busy(later(60_000));
    let status = read(&published, 62_500);
    assert!(status.writing && status.fault.is_none());
    let status = read(&published, 62_501);
    assert_eq!((status.writing, status.fault), (false, Some(Cause::DiskSlow)));
    published.publish(writing, later(62_600));
    assert!(read(&published, 90_000).writing);
    published.wanted = false;
    assert!(!published.read(now).writing);
}

#[test]
fn a_folder_that_cannot_be_synced_keeps_no_empty_file() {
    let mut gate = SimulatedRecorder::new();
    gate.world().fault = fault(&[DiskOperation::SyncFolder], BROKEN);
    gate.run(10 * SECOND);
    assert_eq!(gate.files(), [] as [std::path::PathBuf; 0]);
    gate.world().fault = None;
    gate.run(5 * SECOND);
    gate.finish();
    assert_eq!(gaps(&sound(&gate)), []);
}

#[test]
fn a_file_that_is_repaired_at_a_rotation_joins_the_next() {
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 10 * SECOND;
    // The last picture before the rotation is late, so the file is longer by the camera's clock.
    gate.camera.jitter = vec![SECOND / 5, SECOND / 10, Duration::ZERO];
    gate.record(5 * SECOND);
    gate.world().fault = fault(&[DiskOperation::Read], BROKEN);
    gate.run(30 * SECOND);
    gate.world().fault = None;
    gate.run(5 * SECOND);
    gate.finish();
    let history = sound(&gate);
    assert!(history.segments().iter().filter(|it| it.segment.recovered).count() >= 3);
    assert!(gaps(&history).iter().all(|(_, length)| *length > 0.0), "{:?}", gaps(&history));
}

#[test]
fn a_kill_after_the_clock_was_set_back_ends_the_segment_where_it_was_killed() {
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 20 * SECOND;
    gate.record(50 * SECOND);
    gate.set_clock(jiff::SignedDuration::from_secs(-60));
    gate.record(5 * SECOND);
    gate.kill();
    gate.pass(5 * SECOND);
    gate.record(5 * SECOND);
    gate.finish();
    let history = sound(&gate);
    let recovered = history.segments().iter().find(|it| it.segment.recovered).unwrap();
    let length = recovered.segment.end.duration_since(recovered.segment.start);
    assert!(length <= jiff::SignedDuration::from_secs(6), "{recovered:#?}");
}

#[test]
fn a_clock_set_back_into_a_killed_file_leaves_it_its_length_and_is_told() {
    for (mended_first, kills) in [(true, 1), (false, 1), (false, 2), (false, 3), (false, 4)] {
        let mut gate = SimulatedRecorder::new();
        gate.record(20 * SECOND);
        gate.kill();
        gate.pass(5 * SECOND);
        gate.set_clock(jiff::SignedDuration::from_secs(-15));
        gate.world().mends = mended_first;
        gate.record(3 * SECOND);
        for kill in 1..kills {
            if kill == 2 {
                // In the middle of the mending.
                gate.world().mends = true;
                gate.world().die_at = Some(DiskOperation::Mend);
                gate.run(SECOND);
                assert!(!gate.is_running());
            }
            gate.kill();
            gate.pass(SECOND / 2);
            gate.world().mends = false;
            gate.record(SECOND);
        }
        gate.world().mends = true;
        gate.record(10 * SECOND);
        gate.finish();
        let history = sound(&gate);
        assert_eq!(history.segments().len(), kills + 1, "{history:#?}");
        let [first, second, ..] = history.segments() else { panic!("{history:#?}") };
        let length = first.segment.end.duration_since(first.segment.start).as_secs_f64();
        assert!(first.segment.recovered && (18.0..=20.1).contains(&length), "{first:#?}");
        let mut set_back = history.gaps().iter().filter(|gap| gap.cause == Cause::ClockChanged);
        let gap = set_back.next().unwrap();
        assert_eq!((gap.start, gap.end), (first.segment.end, second.segment.start));
        assert_eq!((set_back.next(), history.gaps().len()), (None, kills), "{history:#?}");
    }
}

/// The disk fails in the middle of a file, which can't be repaired for as long as it refuses to
/// mend.
fn broken_at_ten() -> SimulatedRecorder {
    use DiskOperation::{Mend, Sync, Write};
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND);
    gate.world().fault = fault(&[Write, Sync, Mend], BROKEN);
    gate.run(SECOND);
    gate.world().fault = fault(&[Mend], BROKEN);
    gate
}

/// That the file of [`broken_at_ten`] is in the ledger, up to where the disk failed, and no other
/// file lacks its name.
fn is_repaired(gate: &SimulatedRecorder) {
    let history = sound(gate);
    let first = &history.segments()[0].segment;
    let length = first.end.duration_since(first.start).as_secs_f64();
    assert!(first.recovered && (9.0..=10.1).contains(&length), "{first:?}");
    assert!(pictures(&history)[0].len() >= 90);
    let gaps = gaps(&history);
    assert!(gaps.iter().all(|(_, length)| (0.0..8.0).contains(length)), "{gaps:?}");
    let parts = gate.files().iter().filter(|path| crate::paths::is_part(path)).count();
    assert_eq!(parts, 0);
}

#[test]
fn a_file_whose_repair_is_refused_is_repaired_later_while_another_is_recorded() {
    let mut gate = broken_at_ten();
    gate.run(20 * SECOND);
    assert!(gate.status().writing, "another file is recorded");
    let history = sound(&gate);
    let told = (history.segments().len(), history.gaps().len());
    assert_eq!(told, (0, 1), "where it ends is known, and what is in it not yet");
    gate.world().fault = None;
    gate.run(20 * SECOND);
    assert_eq!(sound(&gate).segments().len(), 1);
    gate.finish();
    is_repaired(&gate);
    assert_eq!(gaps(&sound(&gate)).len(), 1);
}

#[test]
fn a_file_whose_repair_is_refused_is_repaired_before_another_is_begun() {
    let mut gate = broken_at_ten();
    gate.camera.disconnect(camwall_media::ConnectionState::Offline);
    gate.run(2 * SECOND);
    gate.world().fault = None;
    gate.run(4 * SECOND);
    assert_eq!(sound(&gate).segments().len(), 1);
    gate.record(5 * SECOND);
    gate.finish();
    is_repaired(&gate);
}

#[test]
fn a_file_whose_repair_is_refused_is_repaired_at_the_next_start_or_after_it() {
    for kill in [false, true] {
        for recorded_before in [0, 10] {
            for refused_after in [0, 10] {
                for operation in [DiskOperation::Mend, DiskOperation::Rename] {
                    let mut gate = broken_at_ten();
                    gate.run(recorded_before * SECOND);
                    if kill {
                        gate.kill()
                    } else {
                        gate.finish()
                    }
                    gate.pass(3 * SECOND);
                    if refused_after > 0 {
                        gate.world().fault = fault(&[operation], BROKEN);
                        gate.record(refused_after * SECOND);
                    }
                    gate.world().fault = None;
                    gate.record(20 * SECOND);
                    gate.finish();
                    is_repaired(&gate);
                }
            }
        }
    }
}

#[test]
fn starts_that_can_repair_nothing_lose_nothing() {
    let mut gate = broken_at_ten();
    for kill in [false, true, false, true] {
        gate.world().fault = fault(&[DiskOperation::Mend, DiskOperation::Rename], BROKEN);
        gate.record(6 * SECOND);
        if kill {
            gate.kill()
        } else {
            gate.finish()
        }
        gate.pass(2 * SECOND);
    }
    gate.world().fault = None;
    gate.record(5 * SECOND);
    gate.finish();
    is_repaired(&gate);
    assert_eq!(sound(&gate).segments().len(), 6);
}

#[test]
fn a_file_in_which_nothing_plays_is_a_part_of_the_gap_even_if_it_is_known_late() {
    use DiskOperation::{Remove, Write};
    let mut empty = 0;
    for after in 1..8 {
        let mut gate = SimulatedRecorder::new();
        gate.record(10 * SECOND);
        let start = gate.at();
        let now = gate.world().now();
        gate.camera.connect(now);
        // Its head is written, and nothing whole behind it.
        let operations = vec![Write, Remove];
        gate.world().fault = Some(DiskFault { operations, code: BROKEN, after });
        gate.run(SECOND);
        let ledger = std::fs::read_to_string(gate.ledger(crate::paths::day_of(start))).unwrap();
        if ledger.matches("open").count() != 2 || ledger.matches("segment").count() != 1 {
            continue;
        }
        gate.world().fault = fault(&[Remove], BROKEN);
        gate.run(6 * SECOND);
        assert!(gate.status().writing, "another file is recorded");
        if after % 2 == 0 {
            gate.kill();
        }
        gate.world().fault = None;
        gate.record(10 * SECOND);
        gate.finish();
        let history = sound(&gate);
        assert!(gate.files().iter().all(|path| !crate::paths::is_part(path)));
        // Later, something plays.
        if let Some(gap) = history.gaps().iter().find(|gap| gap.start == start) {
            assert_eq!(gap.cause, Cause::DiskError);
            empty += 1;
        }
    }
    assert!(empty > 0);
}

#[test]
fn a_file_that_was_renamed_before_a_kill_is_told_of_once_it_can_be_read() {
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND);
    // Killed between the name and its line.
    gate.world().die_at = Some(DiskOperation::Append);
    gate.camera.change_parameters();
    gate.run(SECOND);
    assert!(!gate.is_running() && gate.files().iter().all(|path| !crate::paths::is_part(path)));
    gate.world().fault = fault(&[DiskOperation::Sync, DiskOperation::Mend], BROKEN);
    gate.pass(2 * SECOND);
    gate.run(5 * SECOND);
    gate.world().fault = None;
    gate.run(10 * SECOND);
    gate.finish();
    is_repaired(&gate);
}

#[test]
fn a_gap_of_before_the_clock_was_set_back_hides_no_file() {
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND);
    gate.interrupt(Cause::CameraOffline, 20 * SECOND);
    gate.record(10 * SECOND);
    gate.set_clock(jiff::SignedDuration::from_secs(-25));
    gate.record(8 * SECOND);
    gate.kill();
    gate.pass(2 * SECOND);
    gate.record(5 * SECOND);
    gate.finish();
    let history = sound(&gate);
    assert_eq!(history.segments().iter().filter(|it| it.segment.recovered).count(), 1);
    assert!(gate.files().iter().all(|path| !crate::paths::is_part(path)));
}

#[test]
fn a_file_that_came_in_a_burst_ends_when_the_disk_failed_and_the_next_has_its_time() {
    let mut gate = SimulatedRecorder::new();
    let until = gate.world().now() + 12 * SECOND;
    gate.camera.held_until = Some(until);
    // The first second of a file holds the pictures of twelve.
    gate.record(13 * SECOND);
    gate.world().fault = fault(&[DiskOperation::Write], BROKEN);
    gate.run(SECOND);
    gate.world().fault = None;
    gate.run(30 * SECOND);
    let end = gate.at();
    gate.finish();
    let history = sound(&gate);
    let [first, last] = history.segments() else { panic!("{history:#?}") };
    let length = |it: &crate::RecordedSegment| it.segment.end.duration_since(it.segment.start);
    assert!(first.segment.recovered && length(first) <= jiff::SignedDuration::from_secs(2));
    assert!(length(last) >= jiff::SignedDuration::from_secs(25) && last.segment.end <= end);
    assert!(gaps(&history).iter().all(|(cause, _)| *cause == Cause::DiskError));
}

#[test]
fn segments_have_their_length_after_the_clock_was_set_back_while_nothing_was_recorded() {
    for runs in [false, true] {
        let mut gate = SimulatedRecorder::new();
        gate.settings.length = 10 * SECOND;
        gate.record(15 * SECOND);
        if runs {
            // The clock is set, and the next file can't be begun just then.
            gate.world().fault = fault(&[DiskOperation::Create], BROKEN);
            gate.set_clock(jiff::SignedDuration::from_secs(-300));
            gate.run(3 * SECOND);
            gate.world().fault = None;
        } else {
            gate.finish();
            gate.set_clock(jiff::SignedDuration::from_secs(-300));
        }
        gate.record(20 * SECOND);
        gate.finish();
        let history = sound(&gate);
        let lengths = history.segments().iter().map(|it| {
            assert!(it.segment.end > it.segment.start, "{it:#?}");
            it.segment.end.duration_since(it.segment.start).as_secs_f64()
        });
        let length: f64 = lengths.sum();
        assert!((30.0..40.0).contains(&length), "{length}");
        assert!(gaps(&history).iter().any(|(cause, _)| *cause == Cause::ClockChanged));
    }
}

#[test]
fn a_file_that_no_line_tells_of_ends_the_gap_behind_one_that_cannot_be_repaired() {
    use DiskOperation::{Append, Mend};
    let mut gate = broken_at_ten();
    // The next file is begun, and killed before the ledger takes its line.
    gate.world().fault = fault(&[Append, Mend], BROKEN);
    gate.run(8 * SECOND);
    gate.kill();
    gate.pass(2 * SECOND);
    gate.world().fault = fault(&[Mend], BROKEN);
    gate.record(5 * SECOND);
    gate.world().fault = None;
    gate.record(10 * SECOND);
    gate.finish();
    is_repaired(&gate);
    assert_eq!(sound(&gate).segments().len(), 3);
}
