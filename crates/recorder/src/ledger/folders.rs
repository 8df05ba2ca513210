//! The folders of recordings: which cameras, which days.
//!
//! Policy: only folders named as ours are looked into, and one that can't be read is never taken
//! for empty.

use std::fs::{self, DirEntry};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use jiff::civil;

use crate::error::Error;
use crate::paths::{self, FileName};

/// The folders of `root` that hold recordings or ledgers, sorted. One that can't be looked into is
/// among them: reading it says why.
///
/// # Errors
/// Where `root` can't be read.
pub fn recorded_folders(root: &Path) -> io::Result<Vec<String>> {
    let mut found = camera_folders(root)?;
    found.retain(|name| has_recordings(root, name).unwrap_or(true));
    Ok(found)
}

/// The folders of `root` that can be a camera's, sorted.
///
/// # Errors
/// Where `root` can't be read.
pub(crate) fn camera_folders(root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        // The root of an ext4 disk has a `lost+found` that only the system may read.
        if !name.starts_with('.') && name != "lost+found" && entry.path().is_dir() {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a folder has a ledger of its name, or a segment, whosever it is: it may have been renamed.
fn has_recordings(root: &Path, folder: &str) -> io::Result<bool> {
    for day in days(root, folder)?.into_iter().rev() {
        let has_ledger = paths::ledger_path(root, folder, day).exists();
        if has_ledger || !named_in(root, folder, day)?.is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What a day's folder has under the names of that camera's and day's segments, whole or not.
///
/// # Errors
/// Where it can't be read; the error names it.
pub(crate) fn segments_in(
    root: &Path,
    folder: &str,
    day: civil::Date,
) -> io::Result<Vec<(FileName, DirEntry)>> {
    let mut found = named_in(root, folder, day)?;
    found.retain(|(name, _)| name.is_of(folder, day));
    Ok(found)
}

/// The same under the names of any segments.
fn named_in(root: &Path, folder: &str, day: civil::Date) -> io::Result<Vec<(FileName, DirEntry)>> {
    let path = paths::day_folder(root, folder, day);
    let found = fs::read_dir(&path).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let found = found.map_err(|error| naming(&path, error))?;
    let named = found.into_iter().filter_map(|entry| {
        let name = FileName::parse(entry.file_name().to_str()?)?;
        (name.extension != paths::SNAPSHOT).then_some((name, entry))
    });
    Ok(named.collect())
}

/// The days that a camera has a folder for, oldest first; none where it was never recorded into a `root`
/// that is there.
///
/// # Errors
/// Where a folder can't be read; the error names it.
pub fn days(root: &Path, folder: &str) -> io::Result<Vec<civil::Date>> {
    match day_folders(root, folder, true).collect() {
        // Without the folder of recordings nothing can be said about what is in it.
        Err(error) if error.kind() == ErrorKind::NotFound && root.exists() => Ok(Vec::new()),
        days => days,
    }
}

/// The same, with links followed or not, and what can't be read in its place. The days' own folders are
/// not looked into: each has some thousand files, and a start looks at hundreds.
pub(crate) fn day_folders(
    root: &Path,
    folder: &str,
    links: bool,
) -> impl Iterator<Item = io::Result<civil::Date>> {
    let camera = root.join(folder);
    let mut found = Vec::new();
    find_numbered(&camera, &[4, 2, 2], links, &mut found);
    found.into_iter().filter_map(move |path| match path {
        Ok(path) => date_of(path.strip_prefix(&camera).ok()?).map(Ok),
        Err(error) => Some(Err(error)),
    })
}

/// Finds the folders below one, so deep as there are numbers, whose names are so many digits each; in order.
fn find_numbered(path: &Path, digits: &[usize], links: bool, found: &mut Vec<io::Result<PathBuf>>) {
    let Some((first, rest)) = digits.split_first() else { return found.push(Ok(path.to_owned())) };
    let inside = match numbered_in(path, *first) {
        Ok(inside) => inside,
        // Retention took the folder away just now.
        Err(error) if rest.len() < 2 && error.kind() == ErrorKind::NotFound => return,
        Err(error) => return found.push(Err(naming(path, error))),
    };
    for entry in inside {
        let path = entry.path();
        match is_folder(&entry, links) {
            Ok(true) => find_numbered(&path, rest, links, found),
            Ok(false) => {}
            Err(error) => found.push(Err(naming(&path, error))),
        }
    }
}

/// What is in a folder under names of so many digits, sorted.
fn numbered_in(path: &Path, digits: usize) -> io::Result<Vec<DirEntry>> {
    let mut found = fs::read_dir(path)?.collect::<io::Result<Vec<_>>>()?;
    found.retain(|entry| {
        let name = entry.file_name();
        name.len() == digits && name.as_encoded_bytes().iter().all(u8::is_ascii_digit)
    });
    found.sort_by_key(DirEntry::file_name);
    Ok(found)
}

/// Whether it is a folder, or leads to one where `links` are followed.
fn is_folder(entry: &DirEntry, links: bool) -> io::Result<bool> {
    let kind = entry.file_type()?;
    if !links || !kind.is_symlink() {
        return Ok(kind.is_dir());
    }
    match fs::metadata(entry.path()) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        led => Ok(led?.is_dir()),
    }
}

/// The day of `YYYY/MM/DD`.
fn date_of(path: &Path) -> Option<civil::Date> {
    path.to_str()?.replace('/', "-").parse().ok()
}

/// An error that names the file or folder that can't be read.
pub(crate) fn naming(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), Error::new("read", path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Why;
    use crate::simulation::{GATE, SimulatedRecorder};

    #[test]
    fn only_folders_with_recordings_are_cameras() {
        let mut archive = SimulatedRecorder::new();
        assert!(recorded_folders(archive.root()).unwrap().is_empty());
        archive.closed(std::time::Duration::from_secs(1));
        let root = archive.root();
        fs::write(root.join(".camwall.lock"), "").unwrap();
        fs::write(root.join("notes.txt"), "").unwrap();
        for folder in ["films/2026/11/22", "empty", ".trash/2026/11/22", "pictures/2026/11/22"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        fs::write(root.join("pictures/2026/11/22/yard_2026-11-22T07-20-00Z.png"), "").unwrap();
        fs::write(root.join("films/2026/11/22/holiday.mkv"), "").unwrap();
        assert_eq!(recorded_folders(root).unwrap(), [GATE]);
        fs::create_dir_all(root.join("yard/2026/11/21")).unwrap();
        fs::write(root.join("yard/2026/11/21/yard_2026-11-21T07-20-00Z.mp4.part"), "").unwrap();
        assert_eq!(recorded_folders(root).unwrap(), [GATE, "yard"]);
        fs::rename(root.join(GATE), root.join("renamed")).unwrap();
        assert_eq!(recorded_folders(root).unwrap(), ["renamed", "yard"], "whosever files it has");
        assert_eq!(recorded_folders(&root.join("none")).unwrap_err().kind(), ErrorKind::NotFound);
    }

    #[test]
    fn an_error_that_names_a_path_keeps_what_the_system_said() {
        let error = naming(Path::new("/a"), io::Error::from_raw_os_error(5));
        let Some(Error { why: Why::Io(io), .. }) = error.get_ref().and_then(|it| it.downcast_ref())
        else {
            panic!("{error:?}")
        };
        assert_eq!(io.raw_os_error(), Some(5));
        assert!(error.to_string().starts_with("can't read /a: "), "{error}");
    }

    #[test]
    fn days_are_in_order_and_other_folders_are_none() {
        let dir = tempfile::tempdir().unwrap();
        for day in ["2026/11/22", "2025/12/31", "2026/02/30", "2026/1/2", "x/01/01", "2026/11/03"] {
            fs::create_dir_all(dir.path().join("gate").join(day)).unwrap();
        }
        let found: Vec<_> =
            days(dir.path(), "gate").unwrap().iter().map(|d| d.to_string()).collect();
        assert_eq!(found, ["2025-12-31", "2026-11-03", "2026-11-22"]);
    }

    #[test]
    fn a_folder_that_cannot_be_looked_at_leaves_the_other_days() {
        let dir = tempfile::tempdir().unwrap();
        let gate = dir.path().join("gate");
        for day in ["2025/12/31", "2026/11/22", "2027/01/01"] {
            fs::create_dir_all(gate.join(day)).unwrap();
        }
        std::os::unix::fs::symlink("2024", gate.join("2024")).unwrap();
        std::os::unix::fs::symlink("12", gate.join("2026/12")).unwrap();
        std::os::unix::fs::symlink("nowhere", gate.join("2026/10")).unwrap();
        let seen = |links| -> Vec<_> {
            let said = day_folders(dir.path(), "gate", links);
            said.map(|day| day.map_or_else(|error| error.to_string(), |day| day.to_string()))
                .collect()
        };
        let days = ["2025-12-31", "2026-11-22", "2027-01-01"];
        assert_eq!(seen(false), days, "links are not looked through");
        let seen = seen(true);
        assert!(seen[0].contains("gate/2024: ") && seen[3].contains("gate/2026/12: "), "{seen:?}");
        assert_eq!([&seen[1], &seen[2], &seen[4]], days);
        assert!(self::days(dir.path(), "gate").is_err(), "not all are known");
    }

    #[test]
    fn a_file_in_the_place_of_a_camera_folder_is_not_a_camera_without_days() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("gate"), "").unwrap();
        assert_eq!(days(dir.path(), "gate").unwrap_err().kind(), ErrorKind::NotADirectory);
        assert_eq!(days(dir.path(), "yard").unwrap(), []);
        assert!(days(&dir.path().join("none"), "gate").is_err());
    }
}
