//! What `camwall check` finds of a recording folder that must exist.
//!
//! Pure but for looking at the disk; runs on the main thread. Policy: only looked at, nothing is made:
//! the marker is the recorder's to make, with the first start that finds the disk mounted.

use std::fmt;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use camwall_recorder::MARKER;

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

    /// Whether it is recorded to.
    pub fn is_usable(&self) -> bool {
        self.marked || self.mounted
    }
}

impl fmt::Display for FoundArchive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.marked, self.mounted) {
            (true, true) => "there, marked, a disk of its own",
            (true, false) => "there, marked, not a disk of its own",
            (false, true) => "there, a disk of its own, marked by the first start",
            (false, false) => "there, but not marked, and nothing is mounted on it",
        })
    }
}

/// Why nothing is recorded to a folder that must exist and can't be looked at, and what helps.
pub fn absent(dir: &Path, error: &io::Error) -> String {
    let dir = dir.display();
    if error.kind() == io::ErrorKind::NotFound {
        format!("{dir} is not there, and is not made where it must exist; mount its disk")
    } else {
        format!("{dir} must exist, and can't be looked at: {error}; mount its disk")
    }
}

/// Why nothing is recorded to a folder that must exist and is not the one that is meant.
pub fn unmarked(dir: &Path) -> String {
    format!(
        "{} has no {MARKER}, and nothing is mounted on it; mount its disk, or start once without \
         `must_exist` to have it marked",
        dir.display()
    )
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
