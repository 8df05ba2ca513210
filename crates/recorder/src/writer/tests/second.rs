//! What is made of a failure that follows another: of a disk that refuses to mend what it broke.

use camwall_media::Container;

use super::{SECOND, gaps, pictures, sound};
use crate::Cause;
use crate::paths::{is_part, name_of};
use crate::simulation::{
    DiskFault, DiskOperation, GATE, LedgerEntry, RetentionRule, SimulatedRecorder, Told,
};
use crate::writer::rules::Intent;

const FULL: i32 = rustix::io::Errno::NOSPC.raw_os_error();
const BROKEN: i32 = rustix::io::Errno::IO.raw_os_error();

fn broken(operations: &[DiskOperation]) -> Option<DiskFault> {
    Some(DiskFault { operations: operations.to_vec(), code: BROKEN, after: 0 })
}

/// The disk fails after ten seconds, and well again two seconds later; nobody mends meanwhile.
fn broken_at_ten(container: Container) -> SimulatedRecorder {
    let mut gate = SimulatedRecorder::new();
    gate.settings.container = container;
    gate.world().mends = false;
    gate.record(10 * SECOND);
    gate.world().fault = broken(&[DiskOperation::Write, DiskOperation::Sync]);
    gate.run(2 * SECOND);
    gate.world().fault = None;
    gate
}

#[test]
fn a_file_on_a_disk_that_fails_ends_at_its_last_good_sync_before_anybody_mends_it() {
    for container in [Container::Matroska, Container::FragmentedMp4] {
        for kill in [false, true] {
            let mut gate = broken_at_ten(container);
            let start = gate.at() - 12 * SECOND;
            gate.run(60 * SECOND);
            assert!(gate.status().writing, "another file is recorded");
            let history = sound(&gate);
            let [gap] = history.gaps() else { panic!("{history:#?}") };
            let length = gap.start.duration_since(start).as_secs_f64();
            assert!((9.2..=10.0).contains(&length), "{length}");
            assert!(history.segments().is_empty(), "nothing is mended yet");
            if kill {
                gate.kill();
            }
            gate.world().mends = true;
            gate.record(3 * SECOND);
            gate.finish();
            let history = sound(&gate);
            let first = &history.segments()[0].segment;
            assert!(first.recovered && first.end == history.gaps()[0].start, "{history:#?}");
            let held = &pictures(&history)[0];
            assert!((92..=101).contains(&held.len()), "{held:?}");
            assert!(gate.files().iter().all(|path| !is_part(path)));
        }
    }
}

#[test]
fn after_a_failed_sync_nothing_beyond_the_last_good_one_is_claimed() {
    for container in [Container::Matroska, Container::FragmentedMp4] {
        let mut gate = SimulatedRecorder::new();
        gate.settings.container = container;
        gate.record(10 * SECOND + 3 * SECOND / 10);
        let synced = gate.world().synced_at.unwrap();
        let before = gate.world().now() - synced;
        let good = gate.at() - before;
        gate.world().fault = broken(&[DiskOperation::Sync]);
        while gate.world().refusals.is_empty() {
            gate.run(SECOND / 100);
        }
        gate.world().fault = None;
        gate.run(5 * SECOND);
        gate.cut_power();
        let claimed = sound_after_a_kill(&gate);
        // A picture that came just then ends a tenth of a second later.
        assert!(claimed <= good + SECOND / 10, "{claimed} is claimed, {good} synced");
        assert!(good.duration_since(claimed) <= jiff::SignedDuration::from_millis(100));
        gate.record(5 * SECOND);
        gate.finish();
        sound(&gate);
    }
}

/// The end of the first segment, of which the file holds what the ledger says although a kill left
/// another.
fn sound_after_a_kill(gate: &SimulatedRecorder) -> jiff::Timestamp {
    let (history, faults) = crate::verify(gate.root(), GATE, true, &mut |_, _| {}).unwrap();
    assert_eq!(faults, []);
    history.segments()[0].segment.end
}

#[test]
fn a_disk_that_goes_while_it_mends_costs_less_than_a_second() {
    let mut gate = broken_at_ten(Container::Matroska);
    let (root, aside) = (gate.root().to_owned(), gate.root().with_extension("aside"));
    gate.world().ready = Err(Cause::NoFolder);
    std::fs::rename(&root, &aside).unwrap();
    gate.world().mends = true;
    gate.run(5 * SECOND);
    std::fs::rename(&aside, &root).unwrap();
    gate.record(80 * SECOND);
    gate.finish();
    let history = sound(&gate);
    let held = pictures(&history)[0].iter().filter(|number| **number < 100).count();
    assert!(held >= 91, "{held} of a hundred");
}

#[test]
fn a_file_of_which_nothing_ever_reached_the_disk_is_removed() {
    for stays in [false, true] {
        let mut gate = SimulatedRecorder::new();
        gate.record(5 * SECOND);
        gate.intend(Intent::Off(Cause::StoppedByHand));
        gate.run(SECOND);
        let refused = [DiskOperation::Sync, DiskOperation::Remove];
        gate.world().fault = broken(&refused[..if stays { 2 } else { 1 }]);
        gate.intend(Intent::On);
        gate.run(SECOND);
        let parts = gate.files().iter().filter(|path| is_part(path)).count();
        assert_eq!(parts, usize::from(stays));
        gate.world().fault = None;
        gate.record(10 * SECOND);
        gate.finish();
        let history = sound(&gate);
        assert_eq!(history.segments().len(), 2, "{history:#?}");
        assert!(history.segments().iter().all(|it| !it.segment.recovered));
        assert!(gate.files().iter().all(|path| !is_part(path)));
    }
}

#[test]
fn a_file_that_somebody_deletes_while_it_waits_to_be_mended_is_a_gap() {
    let mut gate = broken_at_ten(Container::Matroska);
    gate.run(5 * SECOND);
    let waits = gate.files().into_iter().find(|path| is_part(path)).unwrap();
    std::fs::remove_file(&waits).unwrap();
    gate.world().mends = true;
    gate.run(5 * SECOND);
    gate.finish();
    let history = sound(&gate);
    let name = crate::paths::whole_of(&waits);
    assert!(history.segments().iter().all(|it| it.segment.file != name_of(&name)));
    let length: f64 = gaps(&history).iter().map(|(_, length)| length).sum();
    assert!((11.0..15.0).contains(&length), "{length}");
    assert!(gaps(&history).iter().all(|(cause, _)| *cause == Cause::DiskError));
    assert_eq!(gate.told()[..2], [Told::Trouble(Cause::DiskError), Told::Over(Cause::DiskError)]);
}

#[test]
fn a_new_file_is_begun_before_an_old_one_is_mended() {
    for kills in 1..4 {
        let mut gate = SimulatedRecorder::new();
        for _ in 0..kills {
            gate.record(10 * SECOND);
            gate.kill();
            gate.pass(5 * SECOND);
            gate.world().mends = false;
        }
        gate.record(SECOND);
        assert!(gate.status().writing && gate.was_interrupted());
        gate.run(60 * SECOND);
        let parts = gate.files().iter().filter(|path| is_part(path)).count();
        assert_eq!(parts, kills + 1, "none is mended");
        gate.world().mends = true;
        gate.run(3 * SECOND);
        gate.finish();
        let history = sound(&gate);
        assert_eq!(history.segments().len(), kills + 1);
        assert!(pictures(&history)[..kills].iter().all(|held| held.len() >= 97), "{history:#?}");
        let gaps = gaps(&history);
        let killed = |(cause, length): &(Cause, f64)| {
            *cause == Cause::ProgramKilled && (5.0..6.3).contains(length)
        };
        assert!(gaps.len() == kills && gaps.iter().all(killed), "{gaps:?}");
    }
}

#[test]
fn a_file_that_cannot_be_begun_closed_or_named_for_room_asks_for_room() {
    use DiskOperation::{Create, Folder, Rename, Sync, SyncFolder};
    for operation in [Create, Folder, SyncFolder] {
        let mut gate = SimulatedRecorder::new();
        let operations = vec![operation];
        gate.world().fault = Some(DiskFault { operations, code: FULL, after: 0 });
        gate.run(5 * SECOND);
        assert!(gate.world().asked_for_room >= 1, "{operation:?}");
    }
    for operation in [Create, Rename, Sync] {
        let mut gate = SimulatedRecorder::new();
        gate.settings.length = 10 * SECOND;
        gate.record(9 * SECOND + SECOND / 2);
        gate.world().slowness = SECOND / 10;
        let operations = vec![operation];
        gate.world().fault = Some(DiskFault { operations, code: FULL, after: 0 });
        // Without inodes alone the open file would be gone on with.
        gate.camera.change_parameters();
        gate.run(3 * SECOND);
        assert!(gate.world().asked_for_room >= 1, "{operation:?} at a rotation");
    }
    // The storage that says of itself that it is full knows that already.
    let mut gate = SimulatedRecorder::new();
    gate.interrupt(Cause::DiskFull, 10 * SECOND);
    assert_eq!(gate.world().asked_for_room, 0);
}

#[test]
fn a_name_that_is_missing_is_no_word_about_the_recording_and_tried_less_and_less_often() {
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND);
    gate.world().fault = broken(&[DiskOperation::Rename]);
    gate.camera.change_parameters();
    for _ in 0..3000 {
        gate.run(SECOND / 10);
        assert!(gate.status().writing && gate.status().fault.is_none());
    }
    assert_eq!(gate.told(), [Told::NotNamed(Cause::DiskError)]);
    let tries: Vec<_> = gate.world().refusals.iter().map(|it| it.at).collect();
    let pauses = tries.windows(2).map(|pair| (pair[1] - pair[0]).as_secs_f64().round() as u64);
    assert_eq!(pauses.collect::<Vec<_>>(), [2, 4, 8, 16, 32, 64, 64, 64]);
    gate.world().fault = None;
    gate.run(64 * SECOND);
    assert_eq!(gate.told(), [Told::Named(Cause::DiskError)]);
    gate.finish();
    assert_eq!(gaps(&sound(&gate)), []);
}

#[test]
fn a_whole_file_that_was_deleted_is_given_up() {
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND);
    gate.world().fault = broken(&[DiskOperation::Rename]);
    gate.camera.change_parameters();
    gate.run(SECOND);
    let waits = gate.files().into_iter().find(|path| is_part(path)).unwrap();
    std::fs::remove_file(waits).unwrap();
    gate.world().fault = None;
    gate.run(5 * SECOND);
    let told = [Told::NotNamed(Cause::DiskError), Told::Named(Cause::DiskError)];
    assert_eq!(gate.told(), told);
    gate.finish();
    let history = sound(&gate);
    assert_eq!((history.segments().len(), gaps(&history)), (1, vec![(Cause::DiskError, 10.0)]));
}

#[test]
fn a_whole_file_is_not_named_before_a_line_tells_of_it() {
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 10 * SECOND;
    gate.record(5 * SECOND);
    gate.world().fault = broken(&[DiskOperation::Append]);
    gate.run(30 * SECOND);
    assert!(gate.status().writing, "the files do not depend on the ledger");
    assert_eq!(gate.told(), [], "nor is it trouble with names");
    let named = gate.files().iter().filter(|path| !is_part(path)).count();
    assert_eq!(named, 1, "the first, which a line begins");
    // All that waits is lost.
    gate.kill();
    gate.world().fault = None;
    gate.record(5 * SECOND);
    gate.finish();
    let history = sound(&gate);
    let pictures = pictures(&history).concat();
    assert!(pictures.len() >= 390 && pictures.is_sorted(), "{pictures:?}");
    // Where nobody kills it, names are there as soon as the lines are.
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 10 * SECOND;
    gate.record(5 * SECOND);
    gate.world().fault = broken(&[DiskOperation::Append]);
    gate.run(30 * SECOND);
    gate.world().fault = None;
    gate.run(3 * SECOND);
    assert_eq!(sound(&gate).segments().len(), 3);
    gate.world().fault = broken(&[DiskOperation::Append]);
    gate.run(5 * SECOND);
    gate.world().fault = None;
    gate.finish();
    assert_eq!(sound(&gate).segments().len(), 5, "also at the end");
}

#[test]
fn a_name_that_the_ledger_tells_of_is_never_given_again() {
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 10 * SECOND;
    gate.record(25 * SECOND);
    gate.finish();
    // Retention takes the files, and the clock is set back to where they began.
    let at = gate.at();
    for path in &gate.files()[..2] {
        let file = name_of(path);
        gate.write(at, LedgerEntry::Removed { file, at, why: RetentionRule::Free });
        std::fs::remove_file(path).unwrap();
    }
    gate.set_clock(jiff::SignedDuration::from_secs(-25));
    gate.record(25 * SECOND);
    gate.finish();
    let history = sound(&gate);
    let mut names: Vec<_> = history.segments().iter().map(|it| &it.segment.file).collect();
    assert!(names.iter().filter(|name| name.ends_with("_2.mkv")).count() >= 2, "{names:?}");
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}
