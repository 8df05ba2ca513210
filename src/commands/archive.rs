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
    /// It is on the disk of the system: its own may not be mounted.
    pub on_system: bool,
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
        let here = device(&real)?;
        let on_system = device(Path::new("/")).is_ok_and(|system| system == here);
        Ok(Self { marked, mounted: above != Some(here), on_system })
    }

    /// What was found, in the words of a language.
    pub fn say(&self, words: &Folder) -> &'static str {
        match self {
            Self { marked: true, on_system: true, .. } => words.marked,
            Self { marked: true, .. } => words.marked_disk,
            Self { mounted: true, .. } => words.unmarked_disk,
            _ => words.neither,
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
        let on_system = on_system(&dir);
        assert_eq!(found, FoundArchive { marked: false, mounted: false, on_system });
        assert!(!found.is_usable());
        std::fs::write(dir.join(MARKER), "{}").unwrap();
        let found = FoundArchive::look(&dir).unwrap();
        assert_eq!(found, FoundArchive { marked: true, mounted: false, on_system });
        assert!(found.is_usable());
        // The kernel's own, on every computer.
        let found = FoundArchive::look(Path::new("/proc")).unwrap();
        assert_eq!(found, FoundArchive { marked: false, mounted: true, on_system: false });
        assert!(found.is_usable());
    }

    fn on_system(dir: &Path) -> bool {
        dir.metadata().unwrap().dev() == Path::new("/").metadata().unwrap().dev()
    }

    #[test]
    fn a_mark_on_the_systems_disk_is_said() {
        let words = &camwall_words::Language::English.words().folder;
        for (on_system, said) in [(true, words.marked), (false, words.marked_disk)] {
            let found = FoundArchive { marked: true, mounted: !on_system, on_system };
            assert_eq!(found.say(words), said);
        }
        // Below the mount point of a disk, which has its mark.
        let found = FoundArchive { marked: true, mounted: false, on_system: false };
        assert_eq!(found.say(words), words.marked_disk);
    }
}
