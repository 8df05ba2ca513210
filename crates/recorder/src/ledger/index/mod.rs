//! The index of the archive on the disk, `.camwall.days`: what each camera's day comes to, in JSON.
//!
//! Written by the thread `retention`. It spares a start, and whoever reads a recording, the reading of all
//! ledgers and holds nothing that they don't, but up to when they were believed and what went by age lately:
//! missing, damaged or of another archive, it is made anew from them, and for an hour nothing goes by age. A
//! day that changed since is read again. Policy: it is written whole, beside the old one, which is removed
//! before the new one gets its name; whoever finds only the new one takes that.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use jiff::civil::Date;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};

use self::summary::DayEntry;
use super::day::DayId;
use super::eras::Reach;
use crate::disk::marker::Marker;
use crate::disk::{Disk, ops};

pub(crate) mod summary;

/// Its name in the recording folder.
pub(crate) const NAME: &str = ".camwall.days";
const NEW: &str = ".camwall.days.new";
/// Changed where what it says changes its meaning.
const FORMAT: u32 = 3;
/// Larger than the index of any archive, bytes: a thousand cameras for ten years.
const LARGEST: u64 = 1 << 30;

#[derive(Serialize, Deserialize)]
struct Index<Memory> {
    format: u32,
    /// Of which archive.
    uuid: String,
    /// What the clock is held against, by the thread `retention`.
    memory: Memory,
    /// Camera's folder, day, and what that comes to.
    days: Vec<(String, Date, DayEntry)>,
}

/// Writes what is known of days that were read.
///
/// # Errors
/// The system's; there may be no index then.
pub(crate) fn save<'a>(
    disk: &impl Disk,
    root: &Path,
    uuid: &str,
    (memory, days): (impl Serialize, impl Iterator<Item = (&'a DayId, &'a DayEntry)>),
) -> io::Result<()> {
    let read = days.filter(|(_, day)| day.read.is_some());
    let days = read.map(|(id, day)| (id.folder.to_string(), id.date, day.clone())).collect();
    let text = serde_json::to_vec(&Index { format: FORMAT, uuid: uuid.to_owned(), memory, days })?;
    let (name, new) = (root.join(NAME), root.join(NEW));
    remove_if_there(disk, &new)?;
    let file = disk.create(&new)?;
    ops::write_all_at(disk, &file, &text, 0)?;
    disk.sync(&file)?;
    remove_if_there(disk, &name)?;
    ops::rename(disk, &new, &name)
}

/// What the index of this archive holds; none where there is none that is whole.
pub(crate) fn load<Memory: DeserializeOwned>(
    root: &Path,
    uuid: &str,
) -> Option<(Memory, Vec<(DayId, DayEntry)>)> {
    let read = |name: &&str| -> io::Result<Index<Memory>> {
        let file = File::open(root.join(name))?.take(LARGEST);
        Ok(serde_json::from_reader(BufReader::new(file))?)
    };
    let whole = [NAME, NEW].iter().filter_map(|name| read(name).ok());
    let index = { whole }.find(|index| index.uuid == uuid && index.format == FORMAT)?;
    let day = |(folder, date, day): (String, _, _)| (DayId { folder: folder.into(), date }, day);
    Some((index.memory, index.days.into_iter().map(day).collect()))
}

/// The runs of a camera's ledgers as far as the index has them, and how long each was then.
pub(crate) fn runs_of(root: &Path, folder: &str) -> BTreeMap<Date, (u64, Vec<Reach>)> {
    let marker = Marker::find(root).ok().flatten();
    let index = marker.and_then(|marker| load::<IgnoredAny>(root, &marker.uuid));
    let days = index.into_iter().flat_map(|(_, days)| days);
    let day = |(id, day): (DayId, DayEntry)| {
        let runs = day.parts.iter().map(|part| part.run).collect();
        (*id.folder == *folder).then_some((id.date, (day.read?.ledger, runs)))
    };
    days.filter_map(day).collect()
}

fn remove_if_there(disk: &impl Disk, path: &Path) -> io::Result<()> {
    if disk.exists(path)? { disk.remove(path) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::summary::{Part, Stamp};
    use super::*;
    use crate::disk::RealDisk;

    #[test]
    fn an_index_is_read_as_it_was_written_and_otherwise_not_at_all() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path();
        let mut days = BTreeMap::new();
        for day in 1..=3 {
            let id = DayId { folder: "gate".into(), date: jiff::civil::date(2026, 11, day) };
            let run = Reach { after: Some(3), ..Reach::default() };
            let mut part = Part::of_run(run);
            part.count(1, 2, u64::MAX / 4, true);
            let entry = DayEntry {
                parts: vec![part],
                thinned: true,
                newest: Some((jiff::Timestamp::UNIX_EPOCH, 2)),
                read: (day != 3).then_some(Stamp { ledger: 9, changed: 8 }),
            };
            days.insert(id, entry);
        }
        for _ in 0..2 {
            save(&RealDisk, root, "one", ((), days.iter())).unwrap();
        }
        let ((), found) = load(root, "one").unwrap();
        assert_eq!(found.len(), 2, "what was not read is not known");
        for (id, entry) in &found {
            assert_eq!(Some(entry), days.get(id));
        }
        assert!(load::<()>(root, "other").is_none());
        let text = fs::read_to_string(root.join(NAME)).unwrap();
        fs::rename(root.join(NAME), root.join(NEW)).unwrap();
        assert!(load::<()>(root, "one").is_some(), "cut off before it had its name");
        for torn in [&text[..text.len() - 14], &text[10..], "", "\0\0\0"] {
            fs::write(root.join(NEW), torn).unwrap();
            assert!(load::<()>(root, "one").is_none(), "{torn}");
        }
    }
}
