//! The file under a segment: what the muxer writes, counted and hashed on the way.
//!
//! Used by the thread `ID.record` alone; the muxer owns one end, the segment the other. Policy: a
//! file is made new and never replaces another; it is `….part` until the segment is closed, and
//! both its making and its renaming reach the disk with its folder.

use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use camwall_media::BestEffort;
use jiff::Timestamp;

use crate::disk::{Disk, OpenFile, ops};
use crate::hash::TreeHash;
use crate::paths;
use crate::paths::part_of;

/// Names tried for one second: the clock may be set back, but not for ever to the same second.
const NAMES: u32 = 1000;

/// What both ends know of a file.
#[derive(Default)]
struct WrittenState {
    /// The furthest byte written, plus one.
    length: u64,
    hash: TreeHash,
    /// Whether anything was written since the last sync.
    dirty: bool,
}

/// A file being written.
pub struct SegmentFile<D> {
    disk: D,
    file: OpenFile,
    /// Where it will be when it is whole.
    path: PathBuf,
    shared: Arc<Mutex<WrittenState>>,
}

/// The muxer's end of it.
pub struct SegmentSink<D> {
    disk: D,
    file: OpenFile,
    at: u64,
    shared: Arc<Mutex<WrittenState>>,
}

impl<D: Disk> SegmentFile<D> {
    /// Makes a new file in the folder of its day, making that where it is missing; nothing where the
    /// recording folder `root` is on another disk than its `home`.
    pub fn create(
        disk: D,
        root: &Path,
        home: Option<u64>,
        folder: &str,
        start: Timestamp,
        extension: &str,
    ) -> Result<Self, (PathBuf, io::Error)> {
        let day = paths::day_folder(root, folder, paths::day_of(start));
        // The storage makes the recording folder: where it is missing, so is its disk.
        std::fs::metadata(root).map_err(|error| (root.to_owned(), error))?;
        ops::still_home(root, home).map_err(|error| (root.to_owned(), error))?;
        if !day.is_dir() {
            ops::make_below(&disk, root, &day).map_err(|error| (day.clone(), error))?;
        }
        for number in 1..=NAMES {
            let path = day.join(paths::file_name(folder, start, number, extension));
            if path.exists() {
                continue;
            }
            let part = part_of(&path);
            match disk.create(&part) {
                Ok(file) => {
                    if let Err(error) = disk.sync_dir(&day) {
                        // Nothing is in it, and it would be taken for what a kill left.
                        ops::remove(&disk, &part).best_effort();
                        return Err((day, error));
                    }
                    return Ok(Self { disk, file, path, shared: Arc::default() });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err((part, error)),
            }
        }
        Err((day, io::Error::other("too many files of one second")))
    }

    /// The muxer's end.
    pub fn sink(&self) -> io::Result<SegmentSink<D>> {
        let (disk, shared) = (self.disk.clone(), self.shared.clone());
        Ok(SegmentSink { disk, file: self.file.try_clone()?, at: 0, shared })
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

    /// Brings what was written to the disk. Only what was brought there is no longer to be: where this
    /// fails, the next try is no empty one.
    pub fn sync(&self) -> io::Result<()> {
        if self.lock().dirty {
            self.disk.sync(&self.file)?;
            self.lock().dirty = false;
        }
        Ok(())
    }

    /// The hash of the whole file, as `b3sum` prints it.
    pub fn hash(&self) -> io::Result<String> {
        let mut shared = self.lock();
        let length = shared.length;
        let read_at = |at, buffer: &mut [u8]| self.disk.read_at(&self.file, buffer, at);
        let hash = shared.hash.finish(length, read_at)?;
        Ok(hash.to_hex().to_string())
    }

    /// Lets go of the file as it is; its hash as far as it was made.
    pub fn into_hash(self) -> TreeHash {
        std::mem::take(&mut self.lock().hash)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, WrittenState> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D: Disk> Write for SegmentSink<D> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let written = self.disk.write_at(&self.file, data, self.at)?;
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        shared.hash.write(self.at, &data[..written]);
        shared.dirty = true;
        self.at += written as u64;
        shared.length = shared.length.max(self.at);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<D: Disk> Seek for SegmentSink<D> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let length = self.shared.lock().unwrap_or_else(PoisonError::into_inner).length;
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => length.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;
    use crate::disk::RealDisk;
    use crate::simulation::{DiskFault, DiskOperation, SimulatedSystem};

    #[test]
    fn nothing_is_made_below_a_disk_that_was_taken_away() {
        let root = tempfile::tempdir().unwrap();
        let here = std::fs::metadata(root.path()).unwrap().dev();
        let make = |home| {
            let start = Timestamp::UNIX_EPOCH;
            SegmentFile::create(RealDisk, root.path(), home, "gate", start, "mkv").map(|_| ())
        };
        let (_, error) = make(Some(here + 1)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
        make(Some(here)).unwrap();
        make(None).unwrap();
    }
    #[test]
    fn a_sync_that_failed_is_not_done() {
        let root = tempfile::tempdir().unwrap();
        let system = SimulatedSystem::new(Timestamp::UNIX_EPOCH);
        let start = Timestamp::UNIX_EPOCH;
        let made = SegmentFile::create(system.clone(), root.path(), None, "gate", start, "mkv");
        let file = made.unwrap_or_else(|(_, error)| panic!("{error}"));
        file.sink().unwrap().write_all(b"pictures").unwrap();
        let operations = vec![DiskOperation::Sync];
        system.world().fault = Some(DiskFault { operations, code: 5, after: 0 });
        assert!(file.sync().is_err() && file.sync().is_err());
        system.world().fault = None;
        file.sync().unwrap();
        assert!(system.world().synced_at.take().is_some());
        file.sync().unwrap();
        assert!(system.world().synced_at.is_none(), "nothing was written since");
    }
}
