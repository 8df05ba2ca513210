//! The disk as a recorder sees it: all that is done to the files of a recording.
//!
//! Used by the thread `ID.record`, and by `sweep` for cameras that are no longer on the wall.
//! Policy: whoever writes a recording is handed its [`Disk`], so that tests can put another in its
//! place that is full, fails, or goes away at any of these calls; files themselves are always real.
//! Ledgers are read without it: a failure to read them is a failure of real files.

pub(crate) mod check;
pub(crate) mod dirs;
pub(crate) mod lock;

use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use camwall_media::BestEffort;
use rustix::fs::{CWD, RenameFlags, renameat_with};

/// What is done to the files of a recording; errors are the file system's.
pub trait Disk: Clone + Debug + Send + 'static {
    /// Makes the folder of a day below the recording folder, down to the disk. The recording folder
    /// itself is never made: where it is missing, so is its disk.
    fn make_folder(&self, root: &Path, folder: &Path) -> io::Result<()>;
    /// Makes a new file; an existing file is never opened.
    fn create(&self, path: &Path) -> io::Result<File>;
    /// Brings a folder's entries to the disk.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Writes some of `data` at `at`; the bytes written.
    fn write_at(&self, file: &File, data: &[u8], at: u64) -> io::Result<usize>;
    /// Brings a file's data to the disk; an error where the file was removed meanwhile, because
    /// what is written to it is lost.
    fn sync(&self, file: &File) -> io::Result<()>;
    /// Fills `buffer` from `at` on.
    fn read_at(&self, file: &File, buffer: &mut [u8], at: u64) -> io::Result<()>;
    /// Renames a file, down to the disk; an existing file is never replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Appends whole lines to a file by one write, down to the disk, making the file where it is
    /// missing. After an error the file is as it was.
    fn append(&self, path: &Path, lines: &[u8]) -> io::Result<()>;
    /// Cuts a file at `end`, overwrites what is to be written where, and brings it to the disk.
    fn mend(&self, path: &Path, end: u64, patches: &[(u64, Vec<u8>)]) -> io::Result<()>;
}

/// The disks of this machine.
#[derive(Clone, Copy, Debug)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn make_folder(&self, root: &Path, folder: &Path) -> io::Result<()> {
        dirs::make_below(root, folder)
    }

    fn create(&self, path: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        dirs::sync(folder)
    }

    fn write_at(&self, file: &File, data: &[u8], at: u64) -> io::Result<usize> {
        file.write_at(data, at)
    }

    fn sync(&self, file: &File) -> io::Result<()> {
        file.sync_data()?;
        match file.metadata()?.nlink() {
            0 => Err(io::Error::from(rustix::io::Errno::NOENT)),
            _ => Ok(()),
        }
    }

    fn read_at(&self, file: &File, buffer: &mut [u8], at: u64) -> io::Result<()> {
        file.read_exact_at(buffer, at)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            // Some file systems know no flags; the storage's lock keeps others out.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) if !to.exists() => {
                std::fs::rename(from, to)?;
            }
            Err(error) => return Err(error.into()),
        }
        to.parent().map_or(Ok(()), dirs::sync)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn append(&self, path: &Path, lines: &[u8]) -> io::Result<()> {
        let mut file = File::options().read(true).append(true).create(true).open(path)?;
        // A camera's thread and retention write the same file, and neither may cut off the other's
        // line. Where the file system knows no locks, the append itself still keeps them apart.
        file.lock().best_effort();
        let before = file.metadata()?.len();
        if before == 0 {
            path.parent().map_or(Ok(()), dirs::sync)?;
        }
        let written = if before == 0 || ends_a_line(&file, before)? {
            file.write_all(lines)
        } else {
            file.write_all(&[b"\n", lines].concat())
        };
        let written = written.and_then(|()| file.sync_data());
        if written.is_err() {
            // If even this fails, the next append ends the torn line.
            file.set_len(before).best_effort();
        }
        written
    }

    fn mend(&self, path: &Path, end: u64, patches: &[(u64, Vec<u8>)]) -> io::Result<()> {
        let file = OpenOptions::new().write(true).open(path)?;
        file.set_len(end)?;
        for (offset, data) in patches {
            file.write_all_at(data, *offset)?;
        }
        file.sync_data()
    }
}

fn ends_a_line(file: &File, length: u64) -> io::Result<bool> {
    let mut last = [0];
    file.read_exact_at(&mut last, length - 1)?;
    Ok(last == *b"\n")
}
