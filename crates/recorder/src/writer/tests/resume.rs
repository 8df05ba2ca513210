//! What a start takes up of an earlier run: when the folder is there only later, and after which ends.

use camwall_media::ConnectionState;

use super::{SECOND, gaps, sound};
use crate::Cause;
use crate::paths::is_part;
use crate::simulation::SimulatedRecorder;
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
