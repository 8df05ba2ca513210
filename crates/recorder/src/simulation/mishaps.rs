//! What befalls a recording: outages of every kind, kills, power cuts, disks that break.

use std::fs::File;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::PathBuf;
use std::time::Duration;

use camwall_media::ConnectionState;

use super::{DiskFault, DiskOperation, SimulatedRecorder};
use crate::writer::rules::Intent;
use crate::{Cause, paths};

impl SimulatedRecorder {
    /// Records for so long in a segment of its own, which stays open: the camera changes its
    /// parameters before. Its file, once it is closed.
    pub fn segment(&mut self, time: Duration) -> PathBuf {
        if self.is_running() {
            self.camera.change_parameters();
        }
        self.record(time);
        paths::whole_of(&self.part())
    }

    /// The same, and the program is killed when that segment is closed and before another is
    /// begun.
    pub fn closed(&mut self, time: Duration) -> PathBuf {
        let path = self.segment(time);
        self.world().die_at = Some(DiskOperation::Create);
        self.camera.change_parameters();
        // The thread may go round at any time.
        self.arrive();
        self.turn();
        assert!(!self.is_running(), "it is killed with the next picture");
        path
    }

    /// The disk fails in the middle of the open segment, whose file then stays as it is because it
    /// can't be repaired either; half a second later all is well again.
    pub fn break_disk(&mut self) {
        let operations = vec![DiskOperation::Write, DiskOperation::Sync, DiskOperation::Mend];
        let code = rustix::io::Errno::IO.raw_os_error();
        self.world().fault = Some(DiskFault { operations, code, after: 0 });
        self.run(Duration::from_millis(500));
        self.world().fault = None;
    }

    /// What failed syncs left in memory alone of recorded files is gone now that nobody has them open any
    /// more, and files are as old as the clock of this world says.
    pub(super) fn forget(&mut self) {
        for path in self.files() {
            let file = File::options().write(true).open(&path).unwrap();
            let number = file.metadata().unwrap().ino();
            self.system.read_again(number, &file).unwrap();
            if let Some(at) = self.world().written.get(&number) {
                file.set_modified((*at).into()).unwrap();
            }
        }
    }

    /// The machine loses its power: what was not synced is lost with it, of files and of ledgers.
    pub fn cut_power(&mut self) {
        self.kill();
        let found = walkdir::WalkDir::new(self.root()).into_iter().flatten();
        for found in found.filter(|found| found.file_type().is_file()) {
            let file = File::options().read(true).write(true).open(found.path()).unwrap();
            let now = std::fs::read(found.path()).unwrap();
            let number = file.metadata().unwrap().ino();
            let left = self.world().cache.lose_power(number, now.clone());
            if left != now {
                file.set_len(0).unwrap();
                file.write_all_at(&left, 0).unwrap();
            }
        }
        // They are as old as before.
        self.forget();
    }

    /// For so long nothing is recorded, for this cause.
    ///
    /// # Panics
    /// Where no test brings that cause about.
    pub fn interrupt(&mut self, cause: Cause, time: Duration) {
        match cause {
            Cause::CameraOffline => self.camera.disconnect(ConnectionState::Offline),
            Cause::LoginRefused => self.camera.disconnect(ConnectionState::LoginRefused),
            Cause::SourceEnded => self.camera.disconnect(ConnectionState::Ended),
            Cause::DiskFull | Cause::DiskReadOnly | Cause::NoFolder | Cause::DiskError => {
                self.world().ready = Err(cause);
            }
            Cause::StoppedByHand | Cause::NotScheduled => self.intent = Intent::Off(cause),
            Cause::ProgramEnded => {
                self.finish();
                return self.pass(time);
            }
            Cause::ProgramKilled => {
                self.kill();
                return self.pass(time);
            }
            other => panic!("no test brings {other:?} about"),
        }
        self.run(time);
    }
}
