//! The disk as recordings see it: each call that changes it, one system call a method.
//!
//! Used by `ID.record`, `ID.still`, `retention` and whoever mends files. Policy: whoever writes into
//! the archive is handed its [`Disk`], so that tests can put another in its place that is full, fails,
//! goes away or loses its power at any of these calls; files themselves are always real. What takes
//! several calls, in the order that survives a power cut, is in [`ops`]. Ledgers and files are read
//! without it, but for what is written anew by what was read. [`RealDisk`] tells of each call at trace level,
//! target `camwall_recorder::disk`.

#[cfg(any(test, feature = "fixtures"))]
pub(crate) mod cached;
pub(crate) mod check;
pub(crate) mod lock;
#[cfg(any(test, feature = "fixtures"))]
#[cfg_attr(
    not(test),
    allow(dead_code, reason = "what is logged is read by tests of this crate alone")
)]
pub(crate) mod log;
pub(crate) mod marker;
pub(crate) mod ops;
#[cfg(test)]
#[expect(clippy::panic, reason = "for tests alone: what fails here fails the test")]
pub(crate) mod replay;
mod space;
mod trace;

use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FallocateFlags, RenameFlags, fallocate, renameat_with};

pub use self::space::DiskSpace;
use self::trace::Call;

/// An open file of the archive.
#[derive(Debug)]
pub struct OpenFile {
    file: File,
    path: PathBuf,
}

impl OpenFile {
    fn open(path: &Path, how: &mut OpenOptions) -> io::Result<Self> {
        let file = how.read(true).open(path);
        Call::new("openat", path).done(file.map(|file| Self { file, path: path.to_owned() }))
    }

    /// To look at: its length, its lock.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }
}

/// What is done to the archive; errors are the file system's.
pub trait Disk: Clone + Debug + Send + Sync + 'static {
    /// Makes a folder (`mkdir`).
    fn make_dir(&self, path: &Path) -> io::Result<()>;
    /// Makes a file to record into (`openat` with `O_CREAT` and `O_EXCL`); an existing file is never
    /// opened.
    fn create(&self, path: &Path) -> io::Result<OpenFile>;
    /// Opens a file to add to its end, making it where it is missing (`openat` with `O_CREAT` and
    /// `O_APPEND`).
    fn open_append(&self, path: &Path) -> io::Result<OpenFile>;
    /// Opens a file to mend it (`openat` with `O_RDWR`).
    fn open_mend(&self, path: &Path) -> io::Result<OpenFile>;
    /// Writes some of `data` at byte `at` (`pwrite64`); the bytes written.
    fn write_at(&self, file: &OpenFile, data: &[u8], at: u64) -> io::Result<usize>;
    /// Writes some of `data` to the end (`write`); the bytes written.
    fn append(&self, file: &OpenFile, data: &[u8]) -> io::Result<usize>;
    /// Cuts a file at byte `length` (`ftruncate`).
    fn set_len(&self, file: &OpenFile, length: u64) -> io::Result<()>;
    /// Makes a stretch zeros without reading or writing what is there (`fallocate` with
    /// `FALLOC_FL_ZERO_RANGE`); not all file systems can.
    fn clear(&self, file: &OpenFile, from: u64, length: u64) -> io::Result<()>;
    /// Brings a file's data to the disk (`fdatasync`); an error where the file was removed meanwhile,
    /// because what is written to it is lost.
    fn sync(&self, file: &OpenFile) -> io::Result<()>;
    /// Brings a folder's entries to the disk (`fsync`).
    fn sync_dir(&self, path: &Path) -> io::Result<()>;
    /// Renames a file (`renameat2` with `RENAME_NOREPLACE`); an existing file is never replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file (`unlink`).
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Removes an empty folder (`rmdir`).
    fn remove_dir(&self, path: &Path) -> io::Result<()>;
    /// Fills `buffer` from byte `at` on.
    fn read_at(&self, file: &OpenFile, buffer: &mut [u8], at: u64) -> io::Result<()>;
    /// Room and state of the disk that holds a path.
    fn space(&self, path: &Path) -> io::Result<DiskSpace>;
    /// Whether there is such a file. Only a disk that says so has none: where it fails, that is an
    /// error.
    fn exists(&self, path: &Path) -> io::Result<bool>;
}

/// The disks of this machine.
#[derive(Clone, Copy, Debug)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn make_dir(&self, path: &Path) -> io::Result<()> {
        Call::new("mkdir", path).done(fs::create_dir(path))
    }

    fn create(&self, path: &Path) -> io::Result<OpenFile> {
        OpenFile::open(path, File::options().write(true).create_new(true))
    }

    fn open_append(&self, path: &Path) -> io::Result<OpenFile> {
        OpenFile::open(path, File::options().append(true).create(true))
    }

    fn open_mend(&self, path: &Path) -> io::Result<OpenFile> {
        OpenFile::open(path, File::options().write(true))
    }

    fn write_at(&self, file: &OpenFile, data: &[u8], at: u64) -> io::Result<usize> {
        let call = Call::new("pwrite64", &file.path).offset(at).length(data.len() as u64);
        call.done(file.file.write_at(data, at))
    }

    fn append(&self, file: &OpenFile, data: &[u8]) -> io::Result<usize> {
        let call = Call::new("write", &file.path).length(data.len() as u64);
        call.done((&file.file).write(data))
    }

    fn set_len(&self, file: &OpenFile, length: u64) -> io::Result<()> {
        Call::new("ftruncate", &file.path).length(length).done(file.file.set_len(length))
    }

    fn clear(&self, file: &OpenFile, from: u64, length: u64) -> io::Result<()> {
        let cleared = fallocate(&file.file, FallocateFlags::ZERO_RANGE, from, length);
        let call = Call::new("fallocate", &file.path).offset(from).length(length);
        call.done(cleared.map_err(io::Error::from))
    }

    fn sync(&self, file: &OpenFile) -> io::Result<()> {
        Call::new("fdatasync", &file.path).done(file.file.sync_data())?;
        match file.file.metadata()?.nlink() {
            0 => Err(io::Error::from(rustix::io::Errno::NOENT)),
            _ => Ok(()),
        }
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let folder = File::open(path)?;
        Call::new("fsync", path).done(folder.sync_all())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let renamed = renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE);
        match Call::new("renameat2", from).to(to).done(renamed.map_err(io::Error::from)) {
            // Some file systems know no flags; the storage's lock keeps others out.
            Err(error) if knows_no_flags(&error) && !self.exists(to)? => {
                Call::new("rename", from).to(to).done(fs::rename(from, to))
            }
            done => done,
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        Call::new("unlink", path).done(fs::remove_file(path))
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        Call::new("rmdir", path).done(fs::remove_dir(path))
    }

    fn read_at(&self, file: &OpenFile, buffer: &mut [u8], at: u64) -> io::Result<()> {
        file.file.read_exact_at(buffer, at)
    }

    fn space(&self, path: &Path) -> io::Result<DiskSpace> {
        DiskSpace::of(path)
    }

    fn exists(&self, path: &Path) -> io::Result<bool> {
        match fs::symlink_metadata(path) {
            Err(error) if is_missing(&error) => Ok(false),
            found => found.map(|_| true),
        }
    }
}

fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn knows_no_flags(error: &io::Error) -> bool {
    let errno = rustix::io::Errno::from_io_error(error);
    matches!(errno, Some(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS))
}
