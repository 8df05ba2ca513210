//! A recording folder in the hands of all who write into it: on which disk it was locked, and the lines on
//! their way into its ledgers.
//!
//! Made by the storage, one a wall; any thread. Policy: nothing is written below a folder that was not locked,
//! or on another disk than it was locked on: where that was taken away, what would be written lies below its
//! mount point.

use std::collections::BTreeMap;
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
        let (home, queues) = (Mutex::new(Home::Unlocked), Mutex::default());
        Self(Arc::new(Shared { root: root.to_owned(), home, queues }))
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
        let (root, home) = (self.root(), *lock(&self.0.home));
        let gone = match home {
            Home::Unlocked => return Ok(()),
            Home::Nowhere => "the recording folder is not ours".to_owned(),
            Home::Disk(home) if fs::metadata(root)?.dev() == home => return Ok(()),
            Home::Disk(_) => format!("the disk of {} is gone", root.display()),
        };
        Err(io::Error::new(ErrorKind::NotFound, gone))
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
