//! The clock and the disk as retention sees them, so that tests can put others in their place.

use std::fs;
use std::io;
use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;

use crate::clock::ClockWord;
use crate::disk::DiskSpace;
use crate::ledger;
use crate::ledger::entry::LedgerEntry;

/// Clocks, and what is done to the disk.
pub(crate) trait System {
    /// Wall clock.
    fn now(&self) -> Timestamp;
    /// Monotonic clock.
    fn instant(&self) -> Instant;
    /// Whether the kernel says that the wall clock is synchronised, where it can be asked.
    fn synchronised(&self) -> Option<bool>;
    /// The disk that holds a folder.
    fn disk(&self, folder: &Path) -> io::Result<DiskSpace>;
    /// Adds a line to a ledger, down to the disk.
    fn append(&self, ledger: &Path, entry: &LedgerEntry) -> io::Result<()>;
    /// Removes a file.
    fn unlink(&self, file: &Path) -> io::Result<()>;
}

/// The real clock and disk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RealSystem {
    /// The kernel's word on the clock.
    pub clock: ClockWord,
}

impl System for RealSystem {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn synchronised(&self) -> Option<bool> {
        (self.clock)()
    }

    fn disk(&self, folder: &Path) -> io::Result<DiskSpace> {
        DiskSpace::of(folder)
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
