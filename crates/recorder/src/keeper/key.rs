//! Which segment of a day: what its file's name says, in little memory.

use std::path::Path;

use jiff::{Timestamp, civil::Date};

use crate::ledger::day::DayId;
use crate::paths;
use crate::paths::FileName;

/// A segment of a day, by what its name says. Sorts by age, then by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct SegmentKey {
    /// Start, seconds since 1970.
    start: i64,
    number: u32,
    /// Index into [`paths::SEGMENTS`].
    kind: u8,
}

impl SegmentKey {
    /// Reads the name of a closed segment of that camera and day; none for any other file.
    pub fn parse(camera: &str, date: Date, name: &str) -> Option<Self> {
        let name = FileName::parse(name).filter(|name| !name.part)?;
        let kind = paths::SEGMENTS.iter().position(|kind| *kind == name.extension)?;
        let here = name.folder == camera && paths::day_of(name.start) == date;
        here.then_some(Self {
            start: name.start.as_second(),
            number: name.number,
            kind: u8::try_from(kind).ok()?,
        })
    }

    /// When it starts, to the second, ms since 1970.
    pub fn start(&self) -> i64 {
        self.start.saturating_mul(1000)
    }

    /// The file's name.
    pub fn name(&self, camera: &str) -> String {
        let start = Timestamp::from_second(self.start).unwrap_or_default();
        paths::file_name(camera, start, self.number, paths::SEGMENTS[usize::from(self.kind)])
    }
}

/// The segment that a path below `root` names, and its day, if the path can be one.
pub(super) fn of_path(root: &Path, path: &Path) -> Option<(DayId, SegmentKey)> {
    let id = day_at(root, path.parent()?)?;
    let key = SegmentKey::parse(&id.folder, id.date, path.file_name()?.to_str()?)?;
    Some((id, key))
}

/// The camera and day of a day's folder.
pub(super) fn day_at(root: &Path, folder: &Path) -> Option<DayId> {
    let mut parts = folder.strip_prefix(root).ok()?.iter();
    let camera = parts.next()?.to_str()?;
    let mut number = || parts.next()?.to_str()?.parse::<i16>().ok();
    let (year, month, day) = (number()?, number()?, number()?);
    let date = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
    let here = paths::day_folder(root, camera, date) == folder;
    here.then(|| DayId { folder: camera.into(), date })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_that_camera_and_day_are_segments() {
        let name = "gate_2026-11-22T07-20-00Z.mkv";
        let day = jiff::civil::date(2026, 11, 22);
        let key = SegmentKey::parse("gate", day, name).unwrap();
        assert_eq!(key.name("gate"), name);
        assert_eq!(SegmentKey::parse("door", day, name), None);
        assert_eq!(SegmentKey::parse("gate", day.tomorrow().unwrap(), name), None);
        for other in ["gate_2026-11-22T07-20-00Z.mkv.part", "gate_2026-11-22T07-20-00Z.png"] {
            assert_eq!(SegmentKey::parse("gate", day, other), None);
        }
    }

    #[test]
    fn the_oldest_is_first_and_then_the_number_counts() {
        let key = |name: &str| {
            let day = jiff::civil::date(2026, 11, 22);
            SegmentKey::parse("gate", day, &format!("gate_2026-11-22T{name}")).unwrap()
        };
        let sorted = [
            key("07-20-00Z.mkv"),
            key("07-30-00Z.mkv"),
            key("07-30-00Z_2.mkv"),
            key("07-30-00Z_10.mkv"),
        ];
        assert!(sorted.is_sorted());
    }

    #[test]
    fn places_are_strict() {
        let root = Path::new("/r");
        let day = |path: &'static str| day_at(root, Path::new(path));
        let expected = DayId { folder: "gate".into(), date: jiff::civil::date(2026, 11, 22) };
        assert_eq!(day("/r/gate/2026/11/22"), Some(expected));
        for other in
            ["/r/gate/2026/11", "/r/gate/2026/11/22/x", "/x/gate/2026/11/22", "/r/gate/2026/2/3"]
        {
            assert_eq!(day(other), None, "{other}");
        }
    }
}
