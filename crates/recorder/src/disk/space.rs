//! Room and state of a disk, as the system tells them.
//!
//! Runs on whichever thread asks, which waits for the disk.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::StatVfsMountFlags;

/// Room and state of a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DiskSpace {
    /// Bytes that we may still write.
    pub free: u64,
    /// Size in bytes.
    pub size: u64,
    /// Files that can still be made (inodes); none where the file system has no fixed number.
    pub files_free: Option<u64>,
    /// Whether it is mounted read-only, as systems do to a disk that fails.
    pub read_only: bool,
    /// The number of its device, by which two folders are on one disk or not.
    pub device: u64,
}

impl DiskSpace {
    /// Asks the system about the disk that holds `path`.
    ///
    /// # Errors
    /// The system's.
    pub fn of(path: &Path) -> io::Result<Self> {
        let found = rustix::fs::statvfs(path)?;
        Ok(Self {
            free: found.f_bavail.saturating_mul(found.f_frsize),
            size: found.f_blocks.saturating_mul(found.f_frsize),
            // Some file systems say 0 of 0.
            files_free: (found.f_files > 0).then_some(found.f_favail),
            read_only: found.f_flag.contains(StatVfsMountFlags::RDONLY),
            device: fs::metadata(path)?.dev(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_disk_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let disk = DiskSpace::of(folder.path()).unwrap();
        assert!(disk.size > 0 && disk.free <= disk.size && !disk.read_only, "{disk:?}");
        assert!(DiskSpace::of(&folder.path().join("missing")).is_err());
        if let Ok(proc) = DiskSpace::of(Path::new("/proc")) {
            assert_eq!((proc.size, proc.files_free), (0, None));
        }
    }
}
