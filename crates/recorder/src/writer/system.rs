//! The world as a camera's recorder sees it: both clocks, the disk, and the storage that all
//! recorders share.
//!
//! Used by the thread `ID.record`. Policy: nothing in this folder but the driver in `mod.rs`, the
//! snapshot's own thread and what stands here asks a clock or touches the disk, so that tests put
//! simulated time and disks that fail in its place.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::Cause;
use crate::clock::WallClock;
use crate::disk::{Disk, RealDisk};
use crate::keeper::storage::Storage;
use crate::repair::mender::{MendJob, Mended};

/// Clocks, disk and storage.
pub(crate) trait RecorderSystem {
    /// What is done to files.
    type Disk: Disk;
    /// The disk.
    fn disk(&self) -> &Self::Disk;
    /// Both clocks, now.
    fn now(&self) -> WallClock;
    /// Whether the first look at the folder is over.
    fn settled(&self) -> bool;
    /// Whether files may be begun and gone on with in the camera's folder, and if not, why.
    fn ready(&self, folder: &str) -> Result<(), Cause>;
    /// The disk that the recording folder was locked on, for [`crate::disk::ops::still_home`]; none
    /// where that is not known.
    fn home(&self) -> Option<u64>;
    /// A file has its name: its path and size, bytes.
    fn closed(&self, path: PathBuf, bytes: u64);
    /// Writing to `path`, or making it, failed for lack of space.
    fn no_space(&self, path: &Path);
    /// What was written in the camera's folder reached the disk: it has room.
    fn wrote(&self, folder: &str);
    /// Hands a file over to be finished; false where too many wait already.
    fn mend(&self, job: MendJob) -> bool;
    /// The next answer to what was handed over of this folder.
    fn mended(&self, folder: &str) -> Option<Mended>;
}

/// The real one. The storage is opened by the first question.
#[derive(Clone)]
pub(crate) struct RealSystem {
    /// The folder that all recorders share.
    pub storage: Arc<Storage>,
}

impl RecorderSystem for RealSystem {
    type Disk = RealDisk;

    fn disk(&self) -> &RealDisk {
        &RealDisk
    }

    fn now(&self) -> WallClock {
        WallClock::now()
    }

    fn settled(&self) -> bool {
        self.storage.settled(Duration::ZERO)
    }

    fn ready(&self, folder: &str) -> Result<(), Cause> {
        self.storage.ready(folder)
    }

    fn home(&self) -> Option<u64> {
        self.storage.home()
    }

    fn closed(&self, path: PathBuf, _bytes: u64) {
        self.storage.closed(path);
    }

    fn no_space(&self, path: &Path) {
        self.storage.no_space(path);
    }

    fn wrote(&self, folder: &str) {
        self.storage.wrote(folder);
    }

    fn mend(&self, job: MendJob) -> bool {
        self.storage.mend(job)
    }

    fn mended(&self, folder: &str) -> Option<Mended> {
        self.storage.mended(folder)
    }
}
