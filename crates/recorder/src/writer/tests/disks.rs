//! What is made of a disk that is taken away while it is recorded to: nothing on it is gone for that.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{SECOND, pictures, sound};
use crate::Cause;
use crate::ledger::archive::Home;
use crate::ledger::history::History;
use crate::simulation::{DiskFault, DiskOperation, GATE, SimulatedRecorder};

const BROKEN: i32 = rustix::io::Errno::IO.raw_os_error();

fn device(path: &Path) -> u64 {
    fs::metadata(path).unwrap().dev()
}

/// A disk for the folder of one camera, mounted as links are.
struct OwnDisk {
    disk: TempDir,
    at: PathBuf,
}

impl OwnDisk {
    fn mount(gate: &SimulatedRecorder) -> Self {
        let here = device(gate.root());
        let mut others = [std::env::temp_dir(), PathBuf::from(".")].into_iter();
        let other = others.find(|other| device(other) != here).expect("two disks");
        let own = Self { disk: tempfile::tempdir_in(other).unwrap(), at: gate.root().join(GATE) };
        own.link();
        own
    }

    fn link(&self) {
        symlink(self.disk.path().canonicalize().unwrap(), &self.at).unwrap();
    }

    /// What is seen then is the folder that it was mounted at.
    fn take_away(&self) {
        fs::remove_file(&self.at).unwrap();
        fs::create_dir(&self.at).unwrap();
    }

    /// Nothing was made in that folder.
    fn put_back(&self) {
        fs::remove_dir(&self.at).unwrap();
        self.link();
    }
}

/// The disk fails after ten seconds, and well again two seconds later; nobody mends meanwhile.
fn break_down(gate: &mut SimulatedRecorder) {
    gate.world().mends = false;
    gate.record(10 * SECOND);
    let operations = vec![DiskOperation::Write, DiskOperation::Sync];
    gate.world().fault = Some(DiskFault { operations, code: BROKEN, after: 0 });
    gate.run(2 * SECOND);
    gate.world().fault = None;
}

/// The disk is back, and what waited for it is done; the file that it broke is whole up to its last sync.
fn go_on(gate: &mut SimulatedRecorder) -> History {
    gate.world().mends = true;
    gate.run(30 * SECOND);
    assert!(gate.status().writing);
    gate.finish();
    let history = sound(gate);
    let first = &history.segments()[0].segment;
    assert!(first.recovered && first.packets >= 92, "{history:#?}");
    history
}

#[test]
fn no_file_is_gone_because_the_cameras_own_disk_was_taken_away() {
    let mut gate = SimulatedRecorder::new();
    let own = OwnDisk::mount(&gate);
    break_down(&mut gate);
    own.take_away();
    gate.run(10 * SECOND);
    assert_eq!(gate.status().fault, Some(Cause::NoFolder));
    own.put_back();
    let history = go_on(&mut gate);
    let causes: Vec<Cause> = history.gaps().iter().map(|gap| gap.cause).collect();
    assert_eq!(causes, [Cause::DiskError, Cause::NoFolder]);
}

#[test]
fn a_closed_file_waits_for_its_name_until_the_cameras_own_disk_is_back() {
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 10 * SECOND;
    let own = OwnDisk::mount(&gate);
    gate.record(5 * SECOND);
    own.take_away();
    // The file is open, so that what is in it goes on.
    gate.run(20 * SECOND);
    assert_eq!(gate.status().fault, Some(Cause::NoFolder));
    own.put_back();
    gate.run(70 * SECOND);
    gate.finish();
    let history = sound(&gate);
    let expected: Vec<u64> = (0..100).collect();
    assert_eq!(pictures(&history)[0], expected, "{history:#?}");
}

#[test]
fn no_file_is_gone_because_the_disk_of_all_was_taken_away_from_above_folders_of_the_same_names() {
    let mut gate = SimulatedRecorder::new();
    let (root, here) = (gate.root().to_owned(), device(gate.root()));
    gate.archive().set_home(Home::Disk(here));
    break_down(&mut gate);
    let aside = tempfile::tempdir_in("/dev/shm").unwrap();
    fs::rename(root.join(GATE), aside.path().join(GATE)).unwrap();
    fs::create_dir(root.join(GATE)).unwrap();
    gate.archive().set_home(Home::Disk(here + 1));
    gate.run(10 * SECOND);
    fs::remove_dir(root.join(GATE)).unwrap();
    fs::rename(aside.path().join(GATE), root.join(GATE)).unwrap();
    gate.archive().set_home(Home::Disk(here));
    go_on(&mut gate);
}
