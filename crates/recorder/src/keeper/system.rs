//! The clocks and the disk as retention sees them, so that tests can put others in their place.

use std::io;
use std::time::Instant;

use jiff::Timestamp;

use crate::clock::ClockWord;
use crate::disk::{Disk, RealDisk};

/// Clocks and disk.
pub(crate) trait System {
    /// What is done to files.
    type Disk: Disk;
    /// The disk.
    fn disk(&self) -> &Self::Disk;
    /// Wall clock.
    fn now(&self) -> Timestamp;
    /// Monotonic clock.
    fn instant(&self) -> Instant;
    /// Whether the kernel says that the wall clock is synchronised, where it can be asked.
    fn synchronised(&self) -> Option<bool>;
}

/// The real clock and disk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RealSystem {
    /// The kernel's word on the clock.
    pub clock: ClockWord,
}

impl System for RealSystem {
    type Disk = RealDisk;

    fn disk(&self) -> &RealDisk {
        &RealDisk
    }

    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn synchronised(&self) -> Option<bool> {
        (self.clock)()
    }
}

/// Whether room is what is missing.
pub(crate) fn is_no_space(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
