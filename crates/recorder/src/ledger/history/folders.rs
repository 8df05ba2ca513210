//! The folders of recordings: which cameras, which days.
//!
//! Policy: only folders named as ours are looked into, and one that can't be read is never taken
//! for empty.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use jiff::civil;

use super::naming;
use crate::paths;
use crate::paths::FileName;

/// The folders of `root` that hold recordings or ledgers, sorted. One that can't be looked into is
/// among them: reading it says why.
///
/// # Errors
/// Where `root` can't be read.
pub fn recorded_folders(root: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        // The root of an ext4 disk has a `lost+found` that only the system may read.
        if name.starts_with('.') || name == "lost+found" || !entry.path().is_dir() {
            continue;
        }
        if has_recordings(root, &name).unwrap_or(true) {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

fn has_recordings(root: &Path, folder: &str) -> io::Result<bool> {
    for day in days(root, folder)?.into_iter().rev() {
        if paths::ledger_path(root, folder, day).exists() {
            return Ok(true);
        }
        for entry in fs::read_dir(paths::day_folder(root, folder, day))? {
            let name = entry?.file_name();
            let name = name.to_str().and_then(FileName::parse);
            if name.is_some_and(|name| name.extension != paths::SNAPSHOT) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The days that a camera has a folder for, oldest first.
///
/// # Errors
/// Where a folder can't be read; the error names it.
pub fn days(root: &Path, folder: &str) -> io::Result<Vec<civil::Date>> {
    let mut found = Vec::new();
    for (year, path) in numbered(&root.join(folder), 4)? {
        for (month, path) in if_there(numbered(&path, 2))? {
            for (day, _) in if_there(numbered(&path, 2))? {
                let part = |number: i16| i8::try_from(number).unwrap_or(0);
                found.extend(civil::Date::new(year, part(month), part(day)));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// None where retention took the folder away just now.
fn if_there<T: Default>(found: io::Result<T>) -> io::Result<T> {
    match found {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(T::default()),
        found => found,
    }
}

/// The folders in `folder` whose names are numbers of so many digits.
fn numbered(folder: &Path, digits: usize) -> io::Result<Vec<(i16, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| naming(folder, error))? {
        let entry = entry.map_err(|error| naming(folder, error))?;
        let name = entry.file_name();
        let number = name.to_str().filter(|name| {
            name.len() == digits && name.bytes().all(|digit| digit.is_ascii_digit())
        });
        if let Some(number) = number.and_then(|number| number.parse().ok())
            && entry.path().is_dir()
        {
            found.push((number, entry.path()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
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
        assert_eq!(recorded_folders(&root.join("none")).unwrap_err().kind(), ErrorKind::NotFound);
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
}
