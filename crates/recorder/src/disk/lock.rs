//! The recording folder is one camwall's at a time.
//!
//! Owned by the thread `retention`. Policies:
//! - the folder is made where it is missing, except where the disk that it was on has gone, because then
//!   it would be made on the system's disk and fill that;
//! - where the wall file says that it must be there, it is never made, and a folder without its marker is
//!   what lies below a disk that is not mounted, unless a disk is mounted at it. One that has its marker on
//!   the system's disk may have got it while its own was away: that is said.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rustix::fs::Access;

use super::RealDisk;
use super::marker::{Marker, is_mount_point};
use crate::error::{Error, Why};
use crate::paths;

/// The right to record into a folder; given back when dropped.
#[derive(Debug)]
pub(crate) struct FolderLock {
    path: PathBuf,
    /// Device and number of the file, which is open as long as it is locked.
    id: (u64, u64),
    _file: File,
    marker: Option<Marker>,
}

impl FolderLock {
    /// Makes the folder, unless it `must_exist`, and locks it. `home` is the disk it was on when it was
    /// locked last.
    pub fn take(root: &Path, must_exist: bool, home: &mut Option<u64>) -> Result<Self, Error> {
        let failed = |what| move |error| Error::new(what, root, error);
        let system = fs::metadata("/").map(|meta| meta.dev()).ok();
        if let (Some(home), Some(system)) = (*home, system)
            && let Some(here) = disk_of(root)
            && is_unmounted(home, here, system)
        {
            return Err(Error::new("record into", root, Why::Unmounted));
        }
        if must_exist && !Marker::is_there(root) && !is_mount_point(root) {
            return Err(Error::new("record into", root, Why::Unmounted));
        }
        if !must_exist {
            fs::create_dir_all(root).map_err(failed("make the folder"))?;
        }
        rustix::fs::access(root, Access::WRITE_OK | Access::EXEC_OK)
            .map_err(|errno| Error::new("write to", root, io::Error::from(errno)))?;
        let path = root.join(paths::LOCK);
        let file = OpenOptions::new().read(true).append(true).create(true).open(&path);
        let file = file.map_err(|error| Error::new("open", &path, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::new("lock", root, Why::InUse)),
            // Some network file systems can't; one that can't lock is better than no recording.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                tracing::warn!("{}: can't be locked; use it from one camwall", root.display());
            }
            Err(TryLockError::Error(error)) => return Err(Error::new("lock", &path, error)),
        }
        let meta = file.metadata().map_err(failed("look at"))?;
        let marker = marker_of(root);
        if must_exist && system == Some(meta.dev()) {
            tracing::warn!(
                "{}: it must exist and is marked, but is on the system's disk: if a disk of its own is to \
                 be mounted there, that is away, and this {} must go",
                root.display(),
                paths::MARKER
            );
        }
        let lock = Self { path, id: (meta.dev(), meta.ino()), _file: file, marker };
        lock.check()?;
        *home = Some(meta.dev());
        Ok(lock)
    }

    /// The marker of the folder; none where it can't be marked.
    pub fn marker(&self) -> Option<&Marker> {
        self.marker.as_ref()
    }

    /// Whether the folder is still the one that was locked.
    pub fn check(&self) -> Result<(), Error> {
        match fs::metadata(&self.path) {
            Ok(meta) if (meta.dev(), meta.ino()) == self.id => Ok(()),
            Ok(_) => Err(Error::new("go on with", &self.path, Why::Replaced)),
            Err(error) => Err(Error::new("look at", &self.path, error)),
        }
    }
}

/// The marker of a folder, which gets one where it has none.
fn marker_of(root: &Path) -> Option<Marker> {
    let found = match Marker::find(root) {
        Ok(None) => Marker::make(&RealDisk, root, Timestamp::now()).map(Some),
        found => found,
    };
    found.unwrap_or_else(|error| {
        tracing::warn!("{}: can't be marked as an archive: {error}", root.display());
        None
    })
}

/// The disk of a folder, or of the nearest one above it that there is.
fn disk_of(folder: &Path) -> Option<u64> {
    let mut above = folder.ancestors().map(|folder| match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    });
    above.find_map(|folder| fs::metadata(folder).ok()).map(|meta| meta.dev())
}

/// Whether a folder that was on a disk of its own has fallen back to the system's disk.
fn is_unmounted(home: u64, here: u64, system: u64) -> bool {
    home != system && here == system
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cause::{Cause, cause_of};

    #[test]
    fn one_holder_at_a_time_and_only_of_this_folder() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("a/b");
        let mut home = None;
        let lock = FolderLock::take(&root, false, &mut home).unwrap();
        assert_eq!(home, disk_of(&root));
        lock.check().unwrap();
        let refused = FolderLock::take(&root, false, &mut home).unwrap_err();
        assert_eq!(refused.cause(), Cause::NoFolder);
        assert!(refused.to_string().ends_with(": another camwall records into it"), "{refused}");
        drop(lock);
        let lock = FolderLock::take(&root, false, &mut home).unwrap();
        fs::rename(&root, temp.path().join("elsewhere")).unwrap();
        assert_eq!(lock.check().unwrap_err().cause(), Cause::NoFolder);
        let second = FolderLock::take(&root, false, &mut home).unwrap();
        second.check().unwrap();
        assert_eq!(lock.check().unwrap_err().cause(), Cause::NoFolder);
    }

    #[test]
    fn what_is_no_folder_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("file");
        fs::write(&file, "x").unwrap();
        for root in [file.clone(), file.join("a"), PathBuf::from("/proc/camwall")] {
            let refused = FolderLock::take(&root, false, &mut None).unwrap_err();
            assert!(refused.to_string().starts_with("can't make the folder "), "{refused}");
        }
        assert_eq!(fs::read(&file).unwrap(), b"x");
    }

    #[test]
    fn a_disk_that_is_gone_is_not_replaced_by_the_systems() {
        let (system, own) = (1, 2);
        assert!(is_unmounted(own, system, system));
        assert!(!is_unmounted(system, system, system) && !is_unmounted(own, 3, system));
        let temp = tempfile::tempdir().unwrap();
        let system = fs::metadata("/").unwrap().dev();
        if disk_of(temp.path()) == Some(system) {
            let root = temp.path().join("r");
            let refused = FolderLock::take(&root, false, &mut Some(system + 1)).unwrap_err();
            assert!(refused.to_string().contains("is gone"), "{refused}");
            assert!(!root.exists());
        }
    }

    #[test]
    fn a_folder_that_must_exist_is_not_made() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().join("disk/recordings");
        let take = || FolderLock::take(&root, true, &mut None);
        assert!(take().unwrap_err().to_string().ends_with(" is gone"));
        assert!(!temp.path().join("disk").exists());
        // The bare folder below a mount point.
        fs::create_dir_all(&root).unwrap();
        assert_eq!(take().unwrap_err().cause(), Cause::NoFolder);
        assert!(fs::read_dir(&root).unwrap().next().is_none(), "nothing is written there");
        // What was recorded to before has its marker.
        let first = FolderLock::take(&root, false, &mut None).unwrap();
        let marker = first.marker().cloned().unwrap();
        drop(first);
        assert_eq!(take().unwrap().marker(), Some(&marker));
    }

    #[test]
    fn errors_of_the_disk_are_told_apart() {
        let of = |errno: rustix::io::Errno| cause_of(&errno.into());
        assert_eq!(of(rustix::io::Errno::NOSPC), Cause::DiskFull);
        assert_eq!(of(rustix::io::Errno::DQUOT), Cause::DiskFull);
        assert_eq!(of(rustix::io::Errno::ROFS), Cause::DiskReadOnly);
        assert_eq!(of(rustix::io::Errno::ACCESS), Cause::NoFolder);
        assert_eq!(of(rustix::io::Errno::IO), Cause::DiskError);
    }
}
