//! What a start takes up of an earlier run: when the folder is there only later, and after which ends.

use std::path::PathBuf;
use std::time::Duration;

use camwall_media::ConnectionState;
use jiff::SignedDuration;

use super::{SECOND, gaps, pictures, sound};
use crate::Cause;
use crate::paths::{day_of, is_part};
use crate::simulation::{GATE, SimulatedRecorder, at};
use crate::writer::rules::Intent;

/// A camera whose span is to be kept, killed in the middle of a file.
fn killed() -> SimulatedRecorder {
    let mut gate = SimulatedRecorder::new();
    gate.record(10 * SECOND);
    gate.protect();
    gate.run(SECOND);
    gate.cut_power();
    gate.pass(5 * SECOND);
    gate
}

#[test]
fn what_was_left_is_taken_up_once_the_folder_is_there_though_nothing_is_recorded() {
    use Cause::{CameraOffline, DiskFull, DiskReadOnly, NoFolder, NotScheduled};
    for cause in [NoFolder, DiskReadOnly, DiskFull] {
        // Nobody wants it, or it is wanted of a camera that does not come.
        for (intent, why) in
            [(Intent::Off(NotScheduled), NotScheduled), (Intent::On, CameraOffline)]
        {
            let mut gate = killed();
            gate.world().ready = Err(cause);
            gate.camera.disconnect(ConnectionState::Offline);
            gate.intend(intent);
            gate.run(10 * SECOND);
            assert!(!gate.was_interrupted() && !gate.status().kept);
            gate.world().ready = Ok(());
            gate.run(2 * SECOND);
            assert!(gate.was_interrupted() && gate.status().kept, "{cause:?}, {intent:?}");
            gate.wakes = 0;
            gate.run(60 * SECOND);
            assert!(gate.files().iter().all(|path| !is_part(path)), "it is mended");
            if intent != Intent::On {
                assert!(gate.wakes <= 3, "and asked no more: {}", gate.wakes);
            }
            gate.record(5 * SECOND);
            gate.finish();
            let told: Vec<_> = gaps(&sound(&gate)).iter().map(|(cause, _)| *cause).collect();
            assert_eq!(told, [Cause::ProgramKilled, why], "{cause:?}, {intent:?}");
        }
    }
}

#[test]
fn what_was_left_is_taken_up_as_soon_as_the_first_look_at_the_folder_is_over() {
    let mut gate = killed();
    gate.tick = SECOND / 100;
    gate.intend(Intent::Off(Cause::NotScheduled));
    gate.world().ready = Err(Cause::NoFolder);
    gate.world().looked = false;
    gate.run(SECOND / 2);
    gate.world().ready = Ok(());
    gate.world().looked = true;
    gate.run(SECOND / 10);
    assert!(gate.was_interrupted());
}

#[test]
fn a_kill_while_nothing_comes_interrupts_a_recording_too() {
    for cause in [Cause::CameraOffline, Cause::LoginRefused, Cause::NoFolder, Cause::DiskFull] {
        let mut gate = SimulatedRecorder::new();
        gate.record(10 * SECOND);
        gate.interrupt(cause, 10 * SECOND);
        gate.cut_power();
        gate.world().ready = Ok(());
        // The camera does not come, and the power goes a second time.
        gate.camera.disconnect(ConnectionState::Offline);
        for _ in 0..2 {
            gate.pass(5 * SECOND);
            gate.run(6 * SECOND);
            assert!(gate.was_interrupted(), "{cause:?}");
            gate.cut_power();
        }
        gate.record(5 * SECOND);
        gate.finish();
        sound(&gate);
    }
}

#[test]
fn what_was_ended_was_not_interrupted_though_nothing_came_then() {
    for (ended, cause) in [(true, Cause::CameraOffline), (false, Cause::StoppedByHand)] {
        let mut gate = SimulatedRecorder::new();
        gate.record(10 * SECOND);
        gate.interrupt(cause, 10 * SECOND);
        if ended {
            gate.finish();
        }
        gate.cut_power();
        gate.run(5 * SECOND);
        assert!(!gate.was_interrupted(), "{cause:?}");
    }
}

/// The ledger of the day can't be read while this is here.
struct Unreadable(PathBuf);

impl Unreadable {
    fn of(gate: &SimulatedRecorder) -> Self {
        let ledger = gate.ledger(day_of(gate.at()));
        std::fs::rename(&ledger, ledger.with_extension("aside")).unwrap();
        // To read it is refused, as by a broken disk.
        std::fs::create_dir(&ledger).unwrap();
        Self(ledger)
    }
}

impl Drop for Unreadable {
    fn drop(&mut self) {
        std::fs::remove_dir(&self.0).unwrap();
        std::fs::rename(self.0.with_extension("aside"), &self.0).unwrap();
    }
}

#[test]
fn what_was_left_is_taken_up_once_the_ledger_can_be_read_and_it_is_recorded_meanwhile() {
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    for killed in [false, true] {
        // The same day and the next; by a clock that was set back within the day, and to others.
        for later in [0, 1, 40, -1, -2].map(days) {
            for back in [0, 20] {
                for outage in [false, true] {
                    taken_up_late(killed, later - SignedDuration::from_secs(back), outage);
                }
            }
        }
    }
}

/// The ledger can't be read at a start so much later than a kill or an end, maybe in an outage, and can be
/// two minutes later.
fn taken_up_late(killed: bool, later: SignedDuration, outage: bool) {
    let case = format!("killed: {killed}, {later:#}, outage: {outage}");
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 20 * SECOND;
    gate.record(30 * SECOND);
    if outage {
        gate.interrupt(Cause::CameraOffline, 10 * SECOND);
    }
    if killed {
        gate.cut_power()
    } else {
        gate.finish()
    }
    let unreadable = Unreadable::of(&gate);
    gate.pass(5 * SECOND);
    gate.set_clock(later);
    gate.record(50 * SECOND);
    assert!(gate.status().writing, "{case}: the files do not depend on the ledger");
    gate.interrupt(Cause::CameraOffline, 20 * SECOND);
    gate.record(50 * SECOND);
    drop(unreadable);
    gate.run(70 * SECOND);
    assert_eq!(gate.was_interrupted(), killed, "{case}");
    gate.finish();
    let history = sound(&gate);
    assert!(gate.files().iter().all(|path| !is_part(path)), "{case}");
    let mut told: Vec<_> = history.gaps().iter().map(|gap| gap.cause).collect();
    let of = |wanted: Cause| told.iter().filter(|cause| **cause == wanted).count();
    let before = match (later.is_negative(), killed, outage) {
        (true, ..) => Cause::ClockChanged,
        (_, true, false) => Cause::ProgramKilled,
        (_, true, true) => Cause::CameraOffline,
        (_, false, _) => Cause::ProgramEnded,
    };
    assert!(of(before) >= 1, "{case}: {told:?}");
    told.retain(|cause| *cause != before && *cause != Cause::CameraOffline);
    assert_eq!(told, [], "{case}");
    let mut found = pictures(&history).concat();
    found.sort_unstable();
    let lost = gate.delivered.len() - found.len();
    assert!(lost <= 10, "{case}: {lost} pictures lost");
}

#[test]
fn what_is_told_late_of_a_clock_that_was_set_back_ends_no_file_that_was_begun_since() {
    for readable in [false, true] {
        let mut gate = SimulatedRecorder::new();
        gate.settings.length = 60 * SECOND;
        gate.record(30 * SECOND);
        gate.cut_power();
        let unreadable = (!readable).then(|| Unreadable::of(&gate));
        gate.world().mends = !readable;
        gate.set_clock(SignedDuration::from_secs(-120));
        gate.record(40 * SECOND);
        drop(unreadable);
        gate.world().mends = true;
        // The second file of the new time is open still when it is told where the one before ended.
        gate.run(40 * SECOND);
        gate.cut_power();
        gate.pass(5 * SECOND);
        gate.record(5 * SECOND);
        gate.finish();
        let told: Vec<_> = gaps(&sound(&gate)).iter().map(|(cause, _)| *cause).collect();
        assert_eq!(told, [Cause::ProgramKilled, Cause::ClockChanged], "readable: {readable}");
    }
}

#[test]
fn nor_does_it_where_the_camera_was_not_to_be_recorded_when_the_clock_had_been_set_back() {
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 300 * SECOND;
    gate.record(60 * SECOND);
    gate.cut_power();
    gate.world().mends = false;
    gate.set_clock(SignedDuration::from_secs(-30));
    gate.intend(Intent::Off(Cause::NotScheduled));
    gate.run(5 * SECOND);
    gate.record(20 * SECOND);
    gate.world().mends = true;
    // The file of the new time is open still when it is told where the one before ended.
    gate.run(20 * SECOND);
    gate.cut_power();
    gate.pass(5 * SECOND);
    gate.record(5 * SECOND);
    gate.finish();
    let told: Vec<_> = gaps(&sound(&gate)).iter().map(|(cause, _)| *cause).collect();
    assert_eq!(told, [Cause::NotScheduled, Cause::ClockChanged, Cause::ProgramKilled]);
}

#[test]
fn what_is_begun_when_the_clock_was_set_back_over_midnight_is_the_newest_before_the_file_of_before_is_mended()
 {
    let mut gate = SimulatedRecorder::starting_at(at("2026-11-22T23:59:45Z"));
    gate.settings.length = 5 * SECOND;
    gate.record(18 * SECOND);
    gate.cut_power();
    gate.world().mends = false;
    gate.set_clock(SignedDuration::from_secs(-5));
    gate.record(SECOND);
    gate.cut_power();
    gate.world().mends = true;
    gate.pass(SECOND);
    gate.record(20 * SECOND);
    gate.finish();
    let told: Vec<_> = gaps(&sound(&gate)).iter().map(|(cause, _)| *cause).collect();
    assert_eq!(told, [Cause::ProgramKilled, Cause::ClockChanged]);
    assert!(gate.files().iter().all(|path| !is_part(path)));
}

#[test]
fn a_ledger_of_before_that_cannot_be_read_keeps_nothing_from_being_taken_up() {
    let mut gate = SimulatedRecorder::new();
    gate.record(5 * SECOND);
    gate.finish();
    let unreadable = Unreadable::of(&gate);
    gate.pass(Duration::from_secs(24 * 3600));
    // The first start knows nothing of before, the next all that is newest.
    for start in 0..2 {
        gate.record(5 * SECOND);
        gate.cut_power();
        gate.pass(5 * SECOND);
        gate.record(5 * SECOND);
        assert!(gate.was_interrupted(), "{start}");
    }
    gate.finish();
    assert!(gate.files().iter().all(|path| !is_part(path)));
    drop(unreadable);
    let (_, faults) = crate::verify(gate.root(), GATE, false, &mut |_, _| {}).unwrap();
    assert_eq!(faults.len(), 1, "between the days: {faults:?}");
}
