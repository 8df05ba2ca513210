//! The world as a camera's recorder sees it: both clocks, the disk, and the storage that all
//! recorders share.
//!
//! Used by the thread `ID.record`. Policy: nothing in this folder but the driver in `mod.rs`, the
//! snapshot's own thread and what stands here asks a clock or touches the disk, so that tests put
//! simulated time and disks that fail in its place.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::Cause;
use crate::clock::WallClock;
use crate::disk::{Disk, RealDisk};
use crate::keeper::storage::lazy::LazyStorage;

/// Clocks, disk and storage.
pub(crate) trait RecorderSystem {
    /// What is done to files.
    type Disk: Disk;
    /// The disk.
    fn disk(&self) -> &Self::Disk;
    /// Both clocks, now.
    fn now(&self) -> WallClock;
    /// Waits until the first look at the folder is over, at most `patience`.
    fn settle(&self, patience: Duration);
    /// Whether files may be begun and gone on with, and if not, why.
    fn ready(&self) -> Result<(), Cause>;
    /// A file has its name: its path and size, bytes.
    fn closed(&self, path: PathBuf, bytes: u64);
    /// A write failed for lack of space.
    fn no_space(&self);
}

/// The real one. The storage is opened by the first question.
pub(crate) struct RealSystem {
    /// The folder that all recorders share.
    pub storage: Arc<LazyStorage>,
}

impl RecorderSystem for RealSystem {
    type Disk = RealDisk;

    fn disk(&self) -> &RealDisk {
        &RealDisk
    }

    fn now(&self) -> WallClock {
        WallClock::now()
    }

    fn settle(&self, patience: Duration) {
        // What it has not found by then is asked for by `ready`.
        let _settled: bool = self.storage.get().settled(patience);
    }

    fn ready(&self) -> Result<(), Cause> {
        self.storage.get().ready()
    }

    fn closed(&self, path: PathBuf, bytes: u64) {
        self.storage.get().closed(path, bytes);
    }

    fn no_space(&self) {
        self.storage.get().no_space();
    }
}
