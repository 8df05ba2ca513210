//! Tells whether recordings can be made in a folder, by trying it.
//!
//! Runs on the caller's thread and waits for the disk. Policy: what would be done is done (a file
//! is made, written, synced and removed), because permission bits, quotas and read-only mounts are
//! not to be guessed; no trace of the attempt stays, not even the folder.

use camwall_media::BestEffort;
use std::{
    fmt,
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

/// What is tried, in the words of the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Looking what is there.
    Look,
    /// Making the folder, or one above it.
    MakeFolder,
    /// Making a file.
    MakeFile,
    /// Writing to it.
    Write,
    /// Syncing it to the disk.
    Sync,
    /// Removing it.
    Remove,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Look => "cannot look at",
            Self::MakeFolder => "cannot make the folder",
            Self::MakeFile => "cannot make a file in",
            Self::Write => "cannot write to a file in",
            Self::Sync => "cannot sync a file in",
            Self::Remove => "cannot remove a file from",
        })
    }
}

/// Why no recordings can be made in a folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Something else has that name.
    #[error("{} is no folder", .path.display())]
    NotAFolder {
        /// What is no folder.
        path: PathBuf,
    },
    /// A link leads nowhere, often to a disk that is not mounted.
    #[error("{} is a link that leads nowhere", .path.display())]
    DeadLink {
        /// The link.
        path: PathBuf,
    },
    /// The user who runs this may not.
    #[error("{tried} {}: no permission", .path.display())]
    Denied {
        /// The folder or file.
        path: PathBuf,
        /// What was tried.
        tried: Attempt,
        /// What the system said.
        source: io::Error,
    },
    /// Nobody may.
    #[error("{tried} {}: the file system is read-only", .path.display())]
    ReadOnly {
        /// The folder or file.
        path: PathBuf,
        /// What was tried.
        tried: Attempt,
        /// What the system said.
        source: io::Error,
    },
    /// No room, or a quota is used up.
    #[error("{tried} {}: the disk is full", .path.display())]
    Full {
        /// The folder or file.
        path: PathBuf,
        /// What was tried.
        tried: Attempt,
        /// What the system said.
        source: io::Error,
    },
    /// Anything else.
    #[error("{tried} {}: {source}", .path.display())]
    Unusable {
        /// The folder or file.
        path: PathBuf,
        /// What was tried.
        tried: Attempt,
        /// What the system said.
        source: io::Error,
    },
}

impl FolderError {
    fn new(tried: Attempt, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            ErrorKind::NotADirectory => Self::NotAFolder { path },
            ErrorKind::PermissionDenied => Self::Denied { path, tried, source },
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly { path, tried, source },
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::Full { path, tried, source },
            _ => Self::Unusable { path, tried, source },
        }
    }
}

/// Says whether recordings can be made in `dir`. Where it is missing it is made for the attempt,
/// with the folders above it, and removed again.
///
/// # Errors
/// If they cannot; with the path at fault, what was tried, and what the system said.
pub fn check_folder(dir: &Path) -> Result<(), FolderError> {
    let mut made = Vec::new();
    let result = make_folders(dir, &mut made).and_then(|()| try_file(dir));
    for folder in made.iter().rev() {
        // Only empty folders are removed: somebody may have begun to use it meanwhile.
        fs::remove_dir(folder).best_effort();
    }
    result
}

/// Makes `dir` and what is missing above it; `made` says what, outermost first.
fn make_folders(dir: &Path, made: &mut Vec<PathBuf>) -> Result<(), FolderError> {
    let mut missing = Vec::new();
    for folder in dir.ancestors() {
        // The parent of a relative path is the empty one: the folder we are in.
        if folder.as_os_str().is_empty() || exists(folder)? {
            break;
        }
        missing.push(folder);
    }
    for folder in missing.into_iter().rev() {
        match fs::create_dir(folder) {
            Ok(()) => made.push(folder.to_owned()),
            Err(why) if why.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
            Err(why) => return Err(FolderError::new(Attempt::MakeFolder, folder, why)),
        }
    }
    Ok(())
}

/// Whether there is a folder; an error where there is anything else.
fn exists(path: &Path) -> Result<bool, FolderError> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(FolderError::NotAFolder { path: path.to_owned() }),
        Err(why) if why.kind() == ErrorKind::NotFound => match fs::symlink_metadata(path) {
            Ok(_) => Err(FolderError::DeadLink { path: path.to_owned() }),
            Err(_) => Ok(false),
        },
        // Something above is a file; it is met on the way up.
        Err(why) if why.kind() == ErrorKind::NotADirectory => Ok(false),
        Err(why) => Err(FolderError::new(Attempt::Look, path, why)),
    }
}

/// Makes, writes, syncs and removes a small hidden file.
fn try_file(dir: &Path) -> Result<(), FolderError> {
    /// Bytes written: a page, so that the file takes room on any file system.
    const PAGE: [u8; 4096] = [0; 4096];
    let failed = |tried| move |why| FolderError::new(tried, dir, why);
    let path = dir.join(format!(".camwall-check-{:016x}", fastrand::u64(..)));
    let mut file = File::create_new(&path).map_err(failed(Attempt::MakeFile))?;
    let written = file
        .write_all(&PAGE)
        .map_err(failed(Attempt::Write))
        .and_then(|()| file.sync_all().map_err(failed(Attempt::Sync)));
    drop(file);
    let removed = fs::remove_file(&path).map_err(failed(Attempt::Remove));
    written.and(removed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn names(folder: &Path) -> Vec<PathBuf> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
    }

    fn said(dir: &Path) -> String {
        check_folder(dir).unwrap_err().to_string()
    }

    #[test]
    fn a_good_folder_is_left_as_it_was() {
        let temp = tempfile::tempdir().unwrap();
        check_folder(temp.path()).unwrap();
        assert_eq!(names(temp.path()), [] as [PathBuf; 0]);
        fs::write(temp.path().join("mine"), "x").unwrap();
        check_folder(temp.path()).unwrap();
        assert_eq!(names(temp.path()), [temp.path().join("mine")]);
    }

    #[test]
    fn folders_that_were_made_are_removed_again() {
        let temp = tempfile::tempdir().unwrap();
        for missing in ["recordings", "a/b/c", "x/../y/./z", "x/"] {
            check_folder(&temp.path().join(missing)).unwrap();
            assert_eq!(names(temp.path()), [] as [PathBuf; 0], "{missing}");
        }
        let there = temp.path().join("there");
        fs::create_dir(&there).unwrap();
        check_folder(&there.join("new")).unwrap();
        assert_eq!(names(temp.path()), [there]);
    }

    #[test]
    fn a_file_is_no_folder_wherever_it_stands() {
        let temp = tempfile::tempdir().unwrap();
        let file = temp.path().join("file");
        fs::write(&file, "x").unwrap();
        let expected = format!("{} is no folder", file.display());
        assert_eq!(said(&file), expected);
        assert_eq!(said(&file.join("a/b")), expected);
        assert_eq!(fs::read(&file).unwrap(), b"x");
    }

    #[test]
    fn a_dead_link_is_told() {
        let temp = tempfile::tempdir().unwrap();
        let link = temp.path().join("disk");
        symlink(temp.path().join("unmounted"), &link).unwrap();
        let expected = format!("{} is a link that leads nowhere", link.display());
        assert_eq!(said(&link), expected);
        assert_eq!(said(&link.join("recordings")), expected);
        assert_eq!(names(temp.path()), [link]);
    }

    #[test]
    fn a_link_to_a_folder_is_a_folder() {
        let (temp, disk) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let link = temp.path().join("disk");
        symlink(disk.path(), &link).unwrap();
        check_folder(&link.join("recordings")).unwrap();
        assert_eq!(names(disk.path()), [] as [PathBuf; 0]);
    }

    #[test]
    fn without_permission() {
        let temp = tempfile::tempdir().unwrap();
        let locked = temp.path().join("locked");
        fs::create_dir(&locked).unwrap();
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
        if File::create(locked.join("probe")).is_ok() {
            return; // root may do anything
        }
        let expected = format!("cannot make a file in {}: no permission", locked.display());
        assert_eq!(said(&locked), expected);
        assert!(said(&locked.join("new")).starts_with("cannot make the folder "));
    }

    #[test]
    fn where_not_even_root_can_make_folders() {
        let error = check_folder(Path::new("/proc/camwall/recordings")).unwrap_err();
        assert!(error.to_string().starts_with("cannot make the folder /proc/camwall: "), "{error}");
        let long = "x".repeat(300);
        let error = said(&std::env::temp_dir().join(long));
        assert!(error.contains("File name too long"), "{error}");
    }

    /// Conditions that a test cannot bring about without mounting disks.
    #[test]
    fn what_the_system_says_is_sorted() {
        let told = |tried, code| {
            let why = io::Error::from_raw_os_error(code);
            FolderError::new(tried, Path::new("/srv/nvr"), why).to_string()
        };
        let lines = [
            told(Attempt::Write, libc::ENOSPC),
            told(Attempt::Sync, libc::EDQUOT),
            told(Attempt::MakeFile, libc::EROFS),
            told(Attempt::MakeFolder, libc::EACCES),
            told(Attempt::Look, libc::EACCES),
            told(Attempt::Sync, libc::EIO),
            told(Attempt::Remove, libc::EPERM),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r"
        cannot write to a file in /srv/nvr: the disk is full
        cannot sync a file in /srv/nvr: the disk is full
        cannot make a file in /srv/nvr: the file system is read-only
        cannot make the folder /srv/nvr: no permission
        cannot look at /srv/nvr: no permission
        cannot sync a file in /srv/nvr: Input/output error (os error 5)
        cannot remove a file from /srv/nvr: no permission
        ");
    }
}
