//! Which segment: what its file's name says, in little memory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use crate::paths;
use crate::paths::FileName;

/// A segment, by what its name says. Sorts by age, then by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SegmentKey {
    /// Start, seconds since 1970.
    start: i64,
    camera: Arc<str>,
    number: u32,
    /// Index into [`paths::SEGMENTS`].
    kind: u8,
}

impl SegmentKey {
    /// Reads the name of a closed segment of that camera and day; none for any other file.
    pub fn parse(camera: &Arc<str>, day: Date, name: &str) -> Option<Self> {
        let name = FileName::parse(name).filter(|name| !name.part)?;
        let kind = paths::SEGMENTS.iter().position(|kind| *kind == name.extension)?;
        let here = name.folder == **camera && paths::day_of(name.start) == day;
        here.then_some(Self {
            start: name.start.as_second(),
            camera: camera.clone(),
            number: name.number,
            kind: u8::try_from(kind).ok()?,
        })
    }

    /// Before all segments of a day.
    pub fn before(day: Date) -> Option<Self> {
        let midnight = day.to_zoned(TimeZone::UTC).ok()?;
        let start = midnight.timestamp().as_second();
        Some(Self { start, camera: "".into(), number: 0, kind: 0 })
    }

    /// The camera's folder.
    pub fn camera(&self) -> &Arc<str> {
        &self.camera
    }

    /// When it starts, to the second.
    pub fn start(&self) -> Timestamp {
        Timestamp::from_second(self.start).unwrap_or_default()
    }

    /// The day whose folder holds the file.
    pub fn day(&self) -> Date {
        paths::day_of(self.start())
    }

    /// The file's name.
    pub fn name(&self) -> String {
        paths::file_name(
            &self.camera,
            self.start(),
            self.number,
            paths::SEGMENTS[usize::from(self.kind)],
        )
    }

    /// The path of the file.
    pub fn path(&self, root: &Path) -> PathBuf {
        paths::day_folder(root, &self.camera, self.day()).join(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_that_camera_and_day_are_segments() {
        let name = "gate_2026-11-22T07-20-00Z.mkv";
        let day = jiff::civil::date(2026, 11, 22);
        let gate: Arc<str> = "gate".into();
        let key = SegmentKey::parse(&gate, day, name).unwrap();
        assert_eq!(key.name(), name);
        assert_eq!(key.path(Path::new("r")), Path::new("r/gate/2026/11/22").join(name));
        let door: Arc<str> = "door".into();
        assert_eq!(SegmentKey::parse(&door, day, name), None);
        assert_eq!(SegmentKey::parse(&gate, day.tomorrow().unwrap(), name), None);
        for other in ["gate_2026-11-22T07-20-00Z.mkv.part", "gate_2026-11-22T07-20-00Z.png"] {
            assert_eq!(SegmentKey::parse(&gate, day, other), None);
        }
    }

    #[test]
    fn the_oldest_is_first_and_then_the_name_counts() {
        let key = |camera: &str, name: &str| {
            let day = jiff::civil::date(2026, 11, 22);
            SegmentKey::parse(&camera.into(), day, &format!("{camera}_2026-11-22T{name}")).unwrap()
        };
        let sorted = [
            key("gate", "07-20-00Z.mkv"),
            key("door", "07-30-00Z.mkv"),
            key("gate", "07-30-00Z.mkv"),
            key("gate", "07-30-00Z_2.mkv"),
            key("gate", "07-30-00Z_10.mkv"),
        ];
        assert!(sorted.is_sorted() && SegmentKey::before(sorted[0].day()).unwrap() < sorted[0]);
    }
}
