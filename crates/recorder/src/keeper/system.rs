//! The clock and the disk as retention sees them, so that tests can put others in their place.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use rustix::fs::StatVfsMountFlags;

use crate::ledger;
use crate::ledger::entry::LedgerEntry;

/// Room and state of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DiskSpace {
    /// Bytes that we may still write; none where no file can be made any more.
    pub free: u64,
    /// Size in bytes.
    pub size: u64,
    /// Whether it is mounted read-only, as systems do to a disk that fails.
    pub read_only: bool,
}

/// Clocks, and what is done to the disk.
pub(crate) trait System {
    /// Wall clock.
    fn now(&self) -> Timestamp;
    /// Monotonic clock.
    fn instant(&self) -> Instant;
    /// The disk that holds a folder.
    fn disk(&self, folder: &Path) -> io::Result<DiskSpace>;
    /// Adds a line to a ledger, down to the disk.
    fn append(&self, ledger: &Path, entry: &LedgerEntry) -> io::Result<()>;
    /// Removes a file.
    fn unlink(&self, file: &Path) -> io::Result<()>;
}

/// The real clock and disk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RealSystem;

impl System for RealSystem {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn disk(&self, folder: &Path) -> io::Result<DiskSpace> {
        let found = rustix::fs::statvfs(folder)?;
        // Some file systems have no fixed number of files and say 0 of 0.
        let no_files_left = found.f_files > 0 && found.f_favail == 0;
        let free = if no_files_left { 0 } else { found.f_bavail.saturating_mul(found.f_frsize) };
        Ok(DiskSpace {
            free,
            size: found.f_blocks.saturating_mul(found.f_frsize),
            read_only: found.f_flag.contains(StatVfsMountFlags::RDONLY),
        })
    }

    fn append(&self, ledger: &Path, entry: &LedgerEntry) -> io::Result<()> {
        ledger::append(ledger, entry)
    }

    fn unlink(&self, file: &Path) -> io::Result<()> {
        fs::remove_file(file)
    }
}

/// Whether room is what is missing.
pub(crate) fn is_no_space(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_disk_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let disk = RealSystem.disk(folder.path()).unwrap();
        assert!(disk.size > 0 && disk.free <= disk.size && !disk.read_only, "{disk:?}");
        assert!(RealSystem.disk(&folder.path().join("missing")).is_err());
        if let Ok(proc) = RealSystem.disk(Path::new("/proc")) {
            assert_eq!(proc.size, 0);
        }
    }
}
