//! What files and folders of recordings are called.
//!
//! Pure. Policy: names are UTC and sort by time; what is not named like this was not made by us and
//! is left alone. The folder of a camera is handed in; it is a plain name of at most 120 bytes.

use std::path::{Path, PathBuf};

use jiff::{Timestamp, civil, tz::TimeZone};

use camwall_media::Container;

/// Extension added to a file that is being written.
pub const PART: &str = "part";

/// The file in the recording folder that a running camwall holds locked.
pub const LOCK: &str = ".camwall.lock";

/// The file that marks a recording folder as one.
pub const MARKER: &str = ".camwall.archive";

/// Begins the name of an empty file in the recording folder that stands for a camera's folder, whose name
/// follows, on a disk of its own.
pub const OWN_DISK: &str = ".camwall.disk-";

/// Where a file is while it is being written.
#[must_use]
pub fn part_of(path: &Path) -> PathBuf {
    path.with_added_extension(PART)
}

/// Whether a file is being written, or was left so.
#[must_use]
pub fn is_part(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == PART)
}

/// Where a file is once it is whole: the path without `.part`.
#[must_use]
pub fn whole_of(path: &Path) -> PathBuf {
    if is_part(path) { path.with_extension("") } else { path.to_owned() }
}

/// The name of a file, without its folder.
#[must_use]
pub fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Extensions of segments.
pub const SEGMENTS: [&str; 2] =
    [Container::Matroska.extension(), Container::FragmentedMp4.extension()];

/// Extension of a snapshot.
pub const SNAPSHOT: &str = "png";

/// The UTC day of an instant.
#[must_use]
pub fn day_of(at: Timestamp) -> civil::Date {
    at.to_zoned(TimeZone::UTC).date()
}

/// `DIR/CAMERA/2026/11/22`.
#[must_use]
pub fn day_folder(root: &Path, folder: &str, day: civil::Date) -> PathBuf {
    root.join(folder).join(day.strftime("%Y/%m/%d").to_string())
}

/// The ledger of a camera and day.
#[must_use]
pub fn ledger_path(root: &Path, folder: &str, day: civil::Date) -> PathBuf {
    day_folder(root, folder, day).join(format!("{folder}_{day}.ledger.jsonl"))
}

/// `CAMERA_2026-11-22T07-20-00Z.mkv`; the second of that name has the number 2, and so on.
#[must_use]
pub fn file_name(folder: &str, start: Timestamp, number: u32, extension: &str) -> String {
    let at = start.strftime("%Y-%m-%dT%H-%M-%SZ");
    match number {
        0 | 1 => format!("{folder}_{at}.{extension}"),
        _ => format!("{folder}_{at}_{number}.{extension}"),
    }
}

/// What a file's name says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// The camera's folder.
    pub folder: String,
    /// The start, to the second.
    pub start: Timestamp,
    /// From 1.
    pub number: u32,
    /// `mkv`, `mp4` or `png`.
    pub extension: String,
    /// Whether it is still being written.
    pub part: bool,
}

impl FileName {
    /// Whether it is the name of a segment of that camera and day, whole or not.
    #[must_use]
    pub fn is_of(&self, folder: &str, day: civil::Date) -> bool {
        self.extension != SNAPSHOT && self.folder == folder && day_of(self.start) == day
    }

    /// Reads a name that [`file_name`] made, with or without `.part`; none for any other.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let whole = name.strip_suffix(PART).and_then(|whole| whole.strip_suffix('.'));
        let (whole, part) = (whole.unwrap_or(name), whole.is_some());
        let (stem, extension) = whole.rsplit_once('.')?;
        if !SEGMENTS.contains(&extension) && extension != SNAPSHOT {
            return None;
        }
        let (head, number) = match stem.strip_suffix('Z') {
            Some(_) => (stem, 1),
            None => {
                let (head, number) = stem.rsplit_once('_')?;
                (head, number.parse().ok().filter(|n| *n >= 2)?)
            }
        };
        let (folder, at) = head.rsplit_once('_')?;
        let start = civil::DateTime::strptime("%Y-%m-%dT%H-%M-%SZ", at).ok()?;
        let start = start.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let is_ours = file_name(folder, start, number, extension) == whole;
        let (folder, extension) = (folder.to_owned(), extension.to_owned());
        is_ours.then_some(Self { folder, start, number, extension, part })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn names_read_as_they_were_made() {
        let start = at("2026-11-22T07:20:00.9Z");
        let name = file_name("gate_2", start, 1, "mkv");
        assert_eq!(name, "gate_2_2026-11-22T07-20-00Z.mkv");
        let read = FileName::parse(&format!("{name}.part")).unwrap();
        assert_eq!((read.folder.as_str(), read.number, read.part), ("gate_2", 1, true));
        assert_eq!(read.start, at("2026-11-22T07:20:00Z"));
        let second = file_name("gate", start, 2, "mp4");
        assert_eq!(second, "gate_2026-11-22T07-20-00Z_2.mp4");
        assert_eq!(FileName::parse(&second).unwrap().number, 2);
    }

    #[test]
    fn only_names_of_that_camera_and_day_are_segments_there() {
        let is = |name: &str, folder, day| {
            let name = FileName::parse(name).unwrap();
            !name.part && name.is_of(folder, civil::date(2026, 11, day))
        };
        let name = "gate_2026-11-22T07-20-00Z.mkv";
        assert!(is(name, "gate", 22) && !is(name, "door", 22) && !is(name, "gate", 23));
        for other in ["gate_2026-11-22T07-20-00Z.mkv.part", "gate_2026-11-22T07-20-00Z.png"] {
            assert!(!is(other, "gate", 22), "{other}");
        }
    }

    #[test]
    fn other_files_are_not_ours() {
        for name in [
            "gate.mkv",
            "gate_2026-11-22T07-20-00.mkv",
            "gate_2026-13-22T07-20-00Z.mkv",
            "gate_2026-11-22T07-20-00Z_1.mkv",
            "gate_2026-11-22T07-20-00Z",
            "gate_2026-11-22T07-20-00Z.txt",
            "gate_2026-11-22T07-20-00Z.mkv.part.part",
            "_",
            "",
        ] {
            assert_eq!(FileName::parse(name), None, "{name}");
        }
    }
}
