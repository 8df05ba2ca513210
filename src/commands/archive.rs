//! What `camwall check` finds of a recording folder that must exist.
//!
//! Pure but for looking at the disk; runs on the main thread. Policy: only looked at, nothing is made:
//! the marker is the recorder's to make, with the first start that finds the disk mounted.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use camwall_recorder::MARKER;
use camwall_words::{Folder, Words};

/// What is known of a recording folder, with `must_exist`.
#[derive(Debug, PartialEq, Eq)]
pub struct FoundArchive {
    /// It has the recorder's marker.
    pub marked: bool,
    /// Another disk is mounted there than on the folder above.
    pub mounted: bool,
}

impl FoundArchive {
    /// Looks at `dir`.
    ///
    /// # Errors
    /// If it is not there, or can't be looked at.
    pub fn look(dir: &Path) -> io::Result<Self> {
        let real = dir.canonicalize()?;
        let device = |path: &Path| path.metadata().map(|found| found.dev());
        let above = real.parent().map(device).transpose()?;
        let marked = real.join(MARKER).try_exists()?;
        Ok(Self { marked, mounted: above != Some(device(&real)?) })
    }

    /// What was found, in the words of a language.
    pub fn say(&self, words: &Folder) -> &'static str {
        match (self.marked, self.mounted) {
            (true, true) => words.marked_disk,
            (true, false) => words.marked,
            (false, true) => words.unmarked_disk,
            (false, false) => words.neither,
        }
    }

    /// Whether it is recorded to.
    pub fn is_usable(&self) -> bool {
        self.marked || self.mounted
    }
}

/// Why nothing is recorded to a folder that must exist and can't be looked at, and what helps.
pub fn absent(words: &Words, dir: &Path, error: &io::Error) -> String {
    let dir = dir.display().to_string();
    if error.kind() == io::ErrorKind::NotFound {
        (words.folder.absent)(&dir)
    } else {
        (words.folder.hidden)(&dir, &words.system.why(error))
    }
}

/// Why nothing is recorded to a folder that must exist and is not the one that is meant.
pub fn unmarked(words: &Folder, dir: &Path) -> String {
    (words.unmarked)(&dir.display().to_string(), MARKER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_without_a_marker_is_used_only_where_a_disk_is_mounted() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("video");
        let missing = FoundArchive::look(&dir).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
        std::fs::create_dir(&dir).unwrap();
        let found = FoundArchive::look(&dir).unwrap();
        assert_eq!(found, FoundArchive { marked: false, mounted: false });
        assert!(!found.is_usable());
        std::fs::write(dir.join(MARKER), "{}").unwrap();
        let found = FoundArchive::look(&dir).unwrap();
        assert_eq!(found, FoundArchive { marked: true, mounted: false });
        assert!(found.is_usable());
        // The kernel's own, on every computer.
        let found = FoundArchive::look(Path::new("/proc")).unwrap();
        assert_eq!(found, FoundArchive { marked: false, mounted: true });
        assert!(found.is_usable());
    }
}
