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
