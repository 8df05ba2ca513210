//! The files of a camera: how they are made, and what the muxer writes, counted and hashed on the way.
//!
//! Used by the threads `ID.record` and `ID.still`. Policy: a file is made new and never replaces another;
//! it is `….part` until it is whole, and both its making and its renaming reach the disk with its folder.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use camwall_media::BestEffort;
use jiff::Timestamp;

use crate::disk::{Disk, OpenFile, ops};
use crate::error::{Error, Why};
use crate::hash::TreeHash;
use crate::ledger::archive::Archive;
use crate::paths;
use crate::paths::part_of;

/// Names tried for one second: the clock may be set back, but not for ever to the same second.
const NAMES: u32 = 1000;

/// Makes the `.part` of a new file in the folder of its day, making that where it is missing; nothing where
/// the archive, or the camera's folder, is not on its disk; under no name that is `taken` though no file has
/// it. Gives its path once it is whole, too.
///
/// # Errors
/// The system's, or [`Why::NoFreeName`].
pub fn make_part(
    disk: &impl Disk,
    archive: &Archive,
    folder: &str,
    start: Timestamp,
    extension: &str,
    taken: impl Fn(&str) -> bool,
) -> Result<(OpenFile, PathBuf), Error> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |error: io::Error| Error::new("make", &path, error)
    };
    let root = archive.root();
    let day = paths::day_folder(root, folder, paths::day_of(start));
    // The storage makes the recording folder: where it is missing, so is its disk.
    archive.check_folder(folder).map_err(failed(root))?;
    if !day.is_dir() {
        ops::make_below(disk, root, &day).map_err(failed(&day))?;
    }
    for number in 1..=NAMES {
        let name = paths::file_name(folder, start, number, extension);
        let path = day.join(&name);
        let part = part_of(&path);
        if path.exists() || taken(&name) {
            continue;
        }
        match disk.create(&part) {
            // One that stayed takes a name that the next leaves out.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::new("make", &part, error)),
            Ok(file) => {
                disk.sync_dir(&day).map_err(|error| {
                    // Nothing is in it, and it would be taken for what a kill left.
                    ops::remove(disk, &part).best_effort();
                    Error::new("make", &day, error)
                })?;
                return Ok((file, path));
            }
        }
    }
    Err(Error::new("make a file in", &day, Why::NoFreeName))
}

/// A file being written: the segment has one hand on it, the muxer another.
#[derive(Clone)]
pub struct SegmentFile<D> {
    disk: D,
    file: Arc<OpenFile>,
    /// Where it will be when it is whole.
    path: PathBuf,
    /// Where this hand writes next.
    at: u64,
    shared: Arc<Mutex<WrittenState>>,
}

/// What all hands know of a file.
#[derive(Default)]
struct WrittenState {
    /// The furthest byte written, plus one.
    length: u64,
    hash: TreeHash,
}

impl<D: Disk> SegmentFile<D> {
    /// A file that was just made, and its path once it is whole.
    pub fn new(disk: D, (file, path): (OpenFile, PathBuf)) -> Self {
        Self { disk, file: Arc::new(file), path, at: 0, shared: Arc::default() }
    }

    /// Where it will be when it is whole.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where it is while it is written.
    pub fn part(&self) -> PathBuf {
        part_of(&self.path)
    }

    /// Bytes written.
    pub fn length(&self) -> u64 {
        self.lock().length
    }

    /// Brings what was written to the disk.
    pub fn sync(&self) -> io::Result<()> {
        self.disk.sync(&self.file)
    }

    /// The hash of the whole file, as `b3sum` prints it.
    pub fn hash(&self) -> io::Result<String> {
        let mut shared = self.lock();
        let length = shared.length;
        shared.hash.finish(length, |at, buffer| self.disk.read_at(&self.file, buffer, at))
    }

    /// Lets go of the file as it is; its hash as far as it was made.
    pub fn into_hash(self) -> TreeHash {
        std::mem::take(&mut self.lock().hash)
    }

    fn lock(&self) -> MutexGuard<'_, WrittenState> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D: Disk> Write for SegmentFile<D> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.disk.write_at(&self.file, data, self.at)?;
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.hash.write(self.at, &data[..written]);
        self.at += written as u64;
        shared.length = shared.length.max(self.at);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<D: Disk> Seek for SegmentFile<D> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.length().checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;
    use crate::Cause;
    use crate::disk::RealDisk;
    use crate::ledger::archive::Home;
    use crate::simulation::{DiskFault, DiskOperation, SimulatedSystem};
    use crate::system::RecorderSystem;

    #[test]
    fn nothing_is_made_below_a_disk_that_was_taken_away() {
        let root = tempfile::tempdir().unwrap();
        let here = std::fs::metadata(root.path()).unwrap().dev();
        let make = |home| {
            let (archive, start) = (Archive::new(root.path()), Timestamp::UNIX_EPOCH);
            archive.set_home(home);
            make_part(&RealDisk, &archive, "gate", start, "mkv", |_| false)
        };
        assert_eq!(make(Home::Disk(here + 1)).unwrap_err().cause(), Cause::NoFolder);
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
        make(Home::Disk(here)).unwrap();
        make(Home::Unlocked).unwrap();
    }

    #[test]
    fn a_sync_that_failed_is_not_done() {
        let root = tempfile::tempdir().unwrap();
        let start = Timestamp::UNIX_EPOCH;
        let system = SimulatedSystem::new(root.path(), start);
        let made = make_part(&system, system.archive(), "gate", start, "mkv", |_| false).unwrap();
        let file = SegmentFile::new(system.clone(), made);
        file.clone().write_all(b"pictures").unwrap();
        let operations = vec![DiskOperation::Sync];
        system.world().fault = Some(DiskFault { operations, code: 5, after: 0 });
        assert!(file.sync().is_err() && file.sync().is_err());
        system.world().fault = None;
        file.sync().unwrap();
        assert!(system.world().synced_at.is_some());
    }
}
