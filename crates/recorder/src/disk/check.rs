//! Tells whether recordings can be made in a folder, by trying it.
//!
//! Runs on the caller's thread and waits for the disk. Policy: what would be done is done (a file
//! is made, written, synced and removed), because permission bits, quotas and read-only mounts are
//! not to be guessed; no trace of the attempt stays, not even the folder.

use camwall_media::BestEffort;
use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use crate::error::{Error, Why};

/// Says whether recordings can be made in `dir`. Where it is missing it is made for the attempt,
/// with the folders above it, and removed again.
///
/// # Errors
/// If they cannot; with the path at fault, what was tried, and what the system said.
pub fn check_folder(dir: &Path) -> Result<(), Error> {
    let mut made = Vec::new();
    let result = make_folders(dir, &mut made).and_then(|()| try_file(dir));
    for folder in made.iter().rev() {
        // Only empty folders are removed: somebody may have begun to use it meanwhile.
        fs::remove_dir(folder).best_effort();
    }
    result
}

/// Makes `dir` and what is missing above it; `made` says what, outermost first.
fn make_folders(dir: &Path, made: &mut Vec<PathBuf>) -> Result<(), Error> {
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
            Err(why) => return Err(failed("make the folder", folder)(why)),
        }
    }
    Ok(())
}

/// Whether there is a folder; an error where there is anything else.
fn exists(path: &Path) -> Result<bool, Error> {
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(Error::new("use", path, Why::NotAFolder)),
        Err(why) if why.kind() == ErrorKind::NotFound => match fs::symlink_metadata(path) {
            Ok(_) => Err(Error::new("use", path, Why::DeadLink)),
            Err(_) => Ok(false),
        },
        // Something above is a file; it is met on the way up.
        Err(why) if why.kind() == ErrorKind::NotADirectory => Ok(false),
        Err(why) => Err(failed("look at", path)(why)),
    }
}

/// Makes, writes, syncs and removes a small hidden file.
fn try_file(dir: &Path) -> Result<(), Error> {
    /// Bytes written: a page, so that the file takes room on any file system.
    const PAGE: [u8; 4096] = [0; 4096];
    let path = dir.join(format!(".camwall-check-{:016x}", fastrand::u64(..)));
    let mut file = File::create_new(&path).map_err(failed("make a file in", dir))?;
    let written = file
        .write_all(&PAGE)
        .map_err(failed("write to a file in", dir))
        .and_then(|()| file.sync_all().map_err(failed("sync a file in", dir)));
    drop(file);
    let removed = fs::remove_file(&path).map_err(failed("remove a file from", dir));
    written.and(removed)
}

fn failed(attempt: &'static str, path: &Path) -> impl Fn(io::Error) -> Error {
    move |error| match error.kind() {
        ErrorKind::NotADirectory => Error::new("use", path, Why::NotAFolder),
        _ => Error::new(attempt, path, error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

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
        let expected = format!("can't use {}: it is no folder", file.display());
        assert_eq!(said(&file), expected);
        assert_eq!(said(&file.join("a/b")), expected);
        assert_eq!(fs::read(&file).unwrap(), b"x");
    }

    #[test]
    fn a_dead_link_is_told() {
        let temp = tempfile::tempdir().unwrap();
        let link = temp.path().join("disk");
        symlink(temp.path().join("unmounted"), &link).unwrap();
        let expected = format!("can't use {}: it is a link that leads nowhere", link.display());
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
    fn where_not_even_root_can_make_folders() {
        let error = check_folder(Path::new("/proc/camwall/recordings")).unwrap_err();
        assert!(error.to_string().starts_with("can't make the folder /proc/camwall: "), "{error}");
        let long = "x".repeat(300);
        let error = said(&std::env::temp_dir().join(long));
        assert!(error.contains("File name too long"), "{error}");
    }

    /// Conditions that a test cannot bring about without mounting disks.
    #[test]
    fn what_the_system_says_is_sorted() {
        let told = |attempt, code| {
            failed(attempt, Path::new("/srv/nvr"))(io::Error::from_raw_os_error(code)).to_string()
        };
        let lines = [
            told("write to a file in", libc::ENOSPC),
            told("sync a file in", libc::EDQUOT),
            told("make a file in", libc::EROFS),
            told("make the folder", libc::EACCES),
            told("look at", libc::EACCES),
            told("sync a file in", libc::EIO),
            told("remove a file from", libc::EPERM),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r"
        can't write to a file in /srv/nvr: the disk is full
        can't sync a file in /srv/nvr: the disk is full
        can't make a file in /srv/nvr: the file system is read-only
        can't make the folder /srv/nvr: no permission
        can't look at /srv/nvr: no permission
        can't sync a file in /srv/nvr: Input/output error (os error 5)
        can't remove a file from /srv/nvr: no permission
        ");
    }
}
