//! A disk that writes down what is done to it, for tests that ask what a power cut would have left.
//!
//! On whichever thread uses it. Policy: what the disk refused did nothing and is not written down, but for
//! a sync, which gives up what it was to bring there; nothing is before somebody begins a log.

use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::{Disk, DiskSpace, OpenFile};

/// Something that was done to a disk. Files that were opened go by their numbers, of which each open
/// file has one of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskCall {
    /// A folder was made.
    MakeDir(PathBuf),
    /// A file was opened to be changed, and `made` if it was not there.
    Open {
        /// Its number from now on.
        file: u64,
        /// Where.
        path: PathBuf,
        /// Whether it was made by that.
        made: bool,
    },
    /// Bytes were written.
    Write {
        /// Into which file.
        file: u64,
        /// From which byte on.
        at: u64,
        /// These.
        data: Vec<u8>,
    },
    /// A stretch was made zeros.
    Clear {
        /// Of which file.
        file: u64,
        /// From which byte on.
        from: u64,
        /// So many bytes.
        length: u64,
    },
    /// A file was cut at a byte.
    SetLen(u64, u64),
    /// A file was synced.
    Sync(u64),
    /// A sync of a file failed: what it was to bring to the disk is given up.
    SyncFailed(u64),
    /// The system, which had more of a file in memory than its disk, reads it again.
    ReadAgain {
        /// Which file.
        file: u64,
        /// What the disk has of it, or will have.
        bytes: Vec<u8>,
    },
    /// A folder was synced.
    SyncDir(PathBuf),
    /// A file was renamed.
    Rename(PathBuf, PathBuf),
    /// A file was removed.
    Remove(PathBuf),
    /// A folder was removed.
    RemoveDir(PathBuf),
}

impl OpenFile {
    /// The path under which it was opened.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its number on its disk (inode), which stays where it is renamed.
    ///
    /// # Panics
    /// Where the system does not tell it.
    pub fn number(&self) -> u64 {
        self.file.metadata().expect("it is open").ino()
    }
}

/// A call and when it was made.
#[derive(Clone, Debug)]
pub struct Logged {
    /// By the clock that was told last.
    pub at: Instant,
    /// What was done.
    pub call: DiskCall,
}

#[derive(Debug, Default)]
struct Log {
    /// The time now; none while nothing is to be written down.
    now: Option<Instant>,
    calls: Vec<Logged>,
}

/// The disk; all clones write into one log.
#[derive(Clone, Debug)]
pub struct LoggedDisk<D> {
    inner: D,
    log: Arc<Mutex<Log>>,
}

impl<D: Disk> LoggedDisk<D> {
    /// Writes nothing down yet.
    pub fn new(inner: D) -> Self {
        Self { inner, log: Arc::default() }
    }

    /// Begins the log.
    pub fn begin(&self, now: Instant) {
        *self.log() = Log { now: Some(now), calls: Vec::new() };
    }

    /// What is done from here on is done then, where a log was begun.
    pub fn set_time(&self, now: Instant) {
        let mut log = self.log();
        log.now = log.now.map(|_| now);
    }

    /// What was done, and ends the log.
    pub fn take(&self) -> Vec<Logged> {
        std::mem::take(&mut *self.log()).calls
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Something happens that no call of ours brought about.
    pub fn done(&self, call: impl FnOnce() -> DiskCall) {
        let mut log = self.log();
        if let Some(at) = log.now {
            log.calls.push(Logged { at, call: call() });
        }
    }

    fn opened(&self, open: io::Result<OpenFile>, made: bool) -> io::Result<OpenFile> {
        let open = open?;
        let (file, path) = (open.number(), open.path().to_owned());
        self.done(|| DiskCall::Open { file, path, made });
        Ok(open)
    }
}

impl<D: Disk> Disk for LoggedDisk<D> {
    fn make_dir(&self, path: &Path) -> io::Result<()> {
        self.inner.make_dir(path)?;
        self.done(|| DiskCall::MakeDir(path.to_owned()));
        Ok(())
    }

    fn create(&self, path: &Path) -> io::Result<OpenFile> {
        self.opened(self.inner.create(path), true)
    }

    fn open_append(&self, path: &Path) -> io::Result<OpenFile> {
        let made = !self.inner.exists(path)?;
        self.opened(self.inner.open_append(path), made)
    }

    fn open_mend(&self, path: &Path) -> io::Result<OpenFile> {
        self.opened(self.inner.open_mend(path), false)
    }

    fn write_at(&self, file: &OpenFile, data: &[u8], at: u64) -> io::Result<usize> {
        let written = self.inner.write_at(file, data, at)?;
        let data = &data[..written];
        self.done(|| DiskCall::Write { file: file.number(), at, data: data.to_vec() });
        Ok(written)
    }

    fn append(&self, file: &OpenFile, data: &[u8]) -> io::Result<usize> {
        let at = file.file().metadata()?.len();
        let written = self.inner.append(file, data)?;
        let data = &data[..written];
        self.done(|| DiskCall::Write { file: file.number(), at, data: data.to_vec() });
        Ok(written)
    }

    fn set_len(&self, file: &OpenFile, length: u64) -> io::Result<()> {
        self.inner.set_len(file, length)?;
        self.done(|| DiskCall::SetLen(file.number(), length));
        Ok(())
    }

    fn clear(&self, file: &OpenFile, from: u64, length: u64) -> io::Result<()> {
        // In memory (tmpfs) files know no such stretches: they get zeros.
        match self.inner.clear(file, from, length) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                let zeros = vec![0; usize::try_from(length).unwrap_or(usize::MAX)];
                file.file().write_all_at(&zeros, from)?;
            }
            cleared => cleared?,
        }
        self.done(|| DiskCall::Clear { file: file.number(), from, length });
        Ok(())
    }

    fn sync(&self, file: &OpenFile) -> io::Result<()> {
        let synced = self.inner.sync(file);
        let call = if synced.is_ok() { DiskCall::Sync } else { DiskCall::SyncFailed };
        self.done(|| call(file.number()));
        synced
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        self.inner.sync_dir(path)?;
        self.done(|| DiskCall::SyncDir(path.to_owned()));
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.inner.rename(from, to)?;
        self.done(|| DiskCall::Rename(from.to_owned(), to.to_owned()));
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        self.inner.remove(path)?;
        self.done(|| DiskCall::Remove(path.to_owned()));
        Ok(())
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        self.inner.remove_dir(path)?;
        self.done(|| DiskCall::RemoveDir(path.to_owned()));
        Ok(())
    }

    fn read_at(&self, file: &OpenFile, buffer: &mut [u8], at: u64) -> io::Result<()> {
        self.inner.read_at(file, buffer, at)
    }

    fn space(&self, path: &Path) -> io::Result<DiskSpace> {
        self.inner.space(path)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        self.inner.exists(path)
    }
}
