//! A recording folder in the hands of all who write into it: on which disk it was locked, which cameras have
//! disks of their own, and the lines on their way into its ledgers.
//!
//! Made by the storage, one a wall; any thread. Policy: nothing is written below a folder that was not locked,
//! or on another disk than it was locked on: where that was taken away, what would be written lies below its
//! mount point. The same holds for a camera's folder that was on a disk of its own and is on the folder's now;
//! that it is on a third is no harm: a disk that is put back may have another number.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use super::queue::{Queue, lock};

/// The folder. Clones are of the same.
#[derive(Clone, Debug)]
pub struct Archive(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    root: PathBuf,
    home: Mutex<Home>,
    /// The cameras' folders that are, or were, on disks of their own.
    apart: Mutex<BTreeSet<String>>,
    /// By the camera's folder, as long as anybody has it.
    queues: Mutex<BTreeMap<String, Weak<Queue>>>,
}

/// On which disk a recording folder was locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// Nobody locks it: it belongs to who writes.
    Unlocked,
    /// On none, as yet or any more: it is not ours.
    Nowhere,
    /// On that, by the number of its device.
    Disk(u64),
}

impl Archive {
    /// Nobody locks it. Touches nothing.
    pub fn new(root: &Path) -> Self {
        let (home, apart) = (Mutex::new(Home::Unlocked), Mutex::default());
        Self(Arc::new(Shared { root: root.to_owned(), home, apart, queues: Mutex::default() }))
    }

    /// The recording folder.
    pub fn root(&self) -> &Path {
        &self.0.root
    }

    /// It was locked there.
    pub fn set_home(&self, home: Home) {
        *lock(&self.0.home) = home;
    }

    /// That it is on the disk that was locked.
    ///
    /// # Errors
    /// `NotFound` where it is on another, or is not ours; the system's.
    pub fn check(&self) -> io::Result<()> {
        self.device().map(drop)
    }

    /// The number of the disk that it is on, which is the one that was locked. What is not ours is not looked
    /// at: it may not answer.
    fn device(&self) -> io::Result<u64> {
        let home = *lock(&self.0.home);
        if home == Home::Nowhere {
            return Err(io::Error::new(ErrorKind::NotFound, "the recording folder is not ours"));
        }
        let found = fs::metadata(self.root())?.dev();
        match home {
            Home::Disk(home) if home != found => Err(gone_from(self.root())),
            _ => Ok(found),
        }
    }

    /// The same, and that a camera's folder is not what lies below a disk of its own.
    ///
    /// # Errors
    /// `NotFound` where it is; the system's.
    pub fn check_folder(&self, folder: &str) -> io::Result<()> {
        let (root, path) = (self.device()?, self.root().join(folder));
        // Looked into, so that what the system mounts when it is needed is.
        match fs::metadata(path.join(".")) {
            Ok(found) if found.dev() != root => {
                lock(&self.0.apart).insert(folder.to_owned());
                Ok(())
            }
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ if lock(&self.0.apart).contains(folder) => Err(gone_from(&path)),
            _ => Ok(()),
        }
    }

    /// These cameras' folders are to be on disks of their own.
    pub fn expect_apart(&self, folders: Vec<String>) {
        lock(&self.0.apart).extend(folders);
    }

    /// The cameras' folders that are, or were, on disks of their own.
    pub fn apart(&self) -> Vec<String> {
        lock(&self.0.apart).iter().cloned().collect()
    }

    /// The lines of a camera's folder, the same for all who ask while anybody has them.
    pub(super) fn queue(&self, folder: &str) -> Arc<Queue> {
        let mut all = lock(&self.0.queues);
        if let Some(there) = all.get(folder).and_then(Weak::upgrade) {
            return there;
        }
        all.retain(|_, queue| queue.strong_count() > 0);
        let new = Arc::default();
        all.insert(folder.to_owned(), Arc::downgrade(&new));
        new
    }
}

fn gone_from(folder: &Path) -> io::Error {
    io::Error::new(ErrorKind::NotFound, format!("the disk of {} is gone", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_disk_is_not_home() {
        let temp = tempfile::tempdir().unwrap();
        let here = fs::metadata(temp.path()).unwrap().dev();
        let check = |path: &Path, home| {
            let archive = Archive::new(path);
            archive.set_home(home);
            archive.check()
        };
        check(temp.path(), Home::Disk(here)).unwrap();
        check(temp.path(), Home::Unlocked).unwrap();
        for (home, words) in [(Home::Disk(here + 1), " is gone"), (Home::Nowhere, "not ours")] {
            let away = check(temp.path(), home).unwrap_err();
            assert_eq!(away.kind(), ErrorKind::NotFound);
            assert!(away.to_string().ends_with(words), "{away}");
        }
        assert!(check(&temp.path().join("x"), Home::Disk(here)).is_err());
    }
}
