//! The world as a camera's recorder sees it: both clocks, the disk, and the storage that all
//! recorders share.
//!
//! Used by the threads `ID.record` and, for cameras that are no longer on the wall, `mend`. Policy: a
//! camera's writer asks no clock and touches no disk without it, so that tests put simulated time and disks
//! that fail in its place.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Cause;
use crate::clock::WallClock;
use crate::disk::Disk;
use crate::error::{Error, Why};
use crate::ledger::archive::Archive;
use crate::repair::mender::{MendJob, Mended};

/// How long the first look at the folder may take before its absence is trouble.
pub(crate) const SETTLE: Duration = Duration::from_secs(5);

/// Clocks, disk and storage.
pub(crate) trait RecorderSystem {
    /// What is done to files.
    type Disk: Disk;
    /// The disk.
    fn disk(&self) -> &Self::Disk;
    /// Both clocks, now.
    fn now(&self) -> WallClock;
    /// Whether the first look at the folder is over. Where less than the hard floor is left, that includes
    /// the first try to make room.
    fn settled(&self) -> bool {
        true
    }
    /// Whether files may be begun and gone on with in the camera's folder. Cheap.
    ///
    /// # Errors
    /// The cause why not: [`Cause::NoFolder`] while the folder can't be made, is locked by another
    /// camwall, or was not looked at yet; [`Cause::DiskReadOnly`]; [`Cause::DiskFull`] while less
    /// than [`hard_floor`](crate::RetentionLimits::hard_floor) is left; [`Cause::DiskError`];
    /// [`Cause::ProgramEnded`] after the storage was closed.
    fn ready(&self, folder: &str) -> Result<(), Cause>;
    /// The recording folder.
    fn archive(&self) -> &Archive;
    /// A file has its name, or is protected no longer.
    fn closed(&self, _path: PathBuf) {}
    /// Writing to `path`, or making it, failed for lack of space.
    fn no_space(&self, _path: &Path) {}
    /// Has room made where that is what was missing, in this folder of `root` where it is there: it may be on
    /// a disk of its own. What the storage says of itself needs no question.
    fn ask_for_room(&self, (root, folder): (&Path, &str), failure: &Error) {
        if failure.cause() == Cause::DiskFull && matches!(failure.why, Why::Io(_)) {
            let folder = root.join(folder);
            let there = matches!(self.disk().exists(&folder), Ok(true));
            self.no_space(if there { &folder } else { root });
        }
    }
    /// So many bytes in the camera's folder reached the disk: it has room.
    fn wrote(&self, _folder: &str, _bytes: u64) {}
    /// Hands a file over to be finished; false where too many wait already.
    fn mend(&self, job: MendJob) -> bool;
    /// The next answer to what was handed over of this folder.
    fn mended(&self, folder: &str) -> Option<Mended>;
}
