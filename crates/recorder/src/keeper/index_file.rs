//! The index of the archive on the disk, `.camwall.days`: a line of JSON for each camera's day.
//!
//! Used by the thread `retention`. It spares a start the reading of all ledgers and holds nothing that they
//! don't: missing, damaged or of another archive, it is made anew from them. A day that changed since is
//! read again. Policy: it is written whole, beside the old one, which is removed before the new one gets
//! its name; whoever finds only the new one takes that.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::days::Days;
use super::entry::{DayEntry, Part, Stamp};
use super::key::SegmentKey;
use crate::disk::{Disk, ops};
use crate::ledger::day::DayId;

/// Its name in the recording folder.
pub(super) const NAME: &str = ".camwall.days";
const NEW: &str = ".camwall.days.new";
/// Changed where the lines change their meaning.
const FORMAT: u32 = 1;
/// Larger than the index of any archive, bytes: a thousand cameras for ten years.
const LARGEST: u64 = 1 << 30;

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Line {
    /// The first: of which archive.
    Archive {
        uuid: String,
        format: u32,
    },
    Day(DayLine),
    /// The last: how many days there are.
    End {
        days: usize,
    },
}

#[derive(Serialize, Deserialize)]
struct DayLine {
    folder: String,
    date: String,
    stamp: Stamp,
    thinned: bool,
    newest: Option<String>,
    parts: Vec<Part>,
}

/// Writes what is known of days that were read.
///
/// # Errors
/// The system's; there may be no index then.
pub(super) fn save(disk: &impl Disk, root: &Path, uuid: &str, days: &Days) -> io::Result<()> {
    let mut text = Vec::new();
    let mut line = |line: &Line| -> io::Result<()> {
        serde_json::to_writer(&mut text, line)?;
        text.push(b'\n');
        Ok(())
    };
    line(&Line::Archive { uuid: uuid.to_owned(), format: FORMAT })?;
    let mut count = 0;
    for (id, day) in days.iter() {
        let Some(stamp) = day.read else { continue };
        count += 1;
        line(&Line::Day(DayLine {
            folder: id.folder.to_string(),
            date: id.date.to_string(),
            stamp,
            thinned: day.thinned,
            newest: day.newest.map(|newest| newest.name(&id.folder)),
            parts: day.parts.clone(),
        }))?;
    }
    line(&Line::End { days: count })?;
    let (name, new) = (root.join(NAME), root.join(NEW));
    remove_if_there(disk, &new)?;
    let file = disk.create(&new)?;
    ops::write_all_at(disk, &file, &text, 0)?;
    disk.sync(&file)?;
    remove_if_there(disk, &name)?;
    ops::rename(disk, &new, &name)
}

/// The days of the index of this archive; none where there is none that is whole.
pub(super) fn load(root: &Path, uuid: &str) -> Option<Vec<(DayId, DayEntry)>> {
    [NAME, NEW].iter().find_map(|name| read(&root.join(name), uuid).ok().flatten())
}

fn read(path: &Path, uuid: &str) -> io::Result<Option<Vec<(DayId, DayEntry)>>> {
    let mut lines = BufReader::new(File::open(path)?.take(LARGEST));
    let (mut days, mut text, mut begun) = (Vec::new(), String::new(), false);
    loop {
        text.clear();
        if lines.read_line(&mut text)? == 0 {
            return Ok(None);
        }
        match serde_json::from_str(&text)? {
            Line::Archive { uuid: here, format } if here == uuid && format == FORMAT => {
                begun = true;
            }
            Line::Day(line) if begun => match entry(line) {
                Some(day) => days.push(day),
                None => return Ok(None),
            },
            Line::End { days: count } if begun && count == days.len() => return Ok(Some(days)),
            _ => return Ok(None),
        }
    }
}

fn entry(line: DayLine) -> Option<(DayId, DayEntry)> {
    let id = DayId { folder: line.folder.into(), date: line.date.parse().ok()? };
    let newest = match line.newest {
        Some(name) => Some(SegmentKey::parse(&id.folder, id.date, &name)?),
        None => None,
    };
    let (parts, thinned, read) = (line.parts, line.thinned, Some(line.stamp));
    Some((id, DayEntry { parts, thinned, newest, read, ..DayEntry::default() }))
}

fn remove_if_there(disk: &impl Disk, path: &Path) -> io::Result<()> {
    if disk.exists(path)? { disk.remove(path) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::disk::RealDisk;

    #[test]
    fn an_index_is_read_as_it_was_written_and_otherwise_not_at_all() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path();
        let mut days = Days::default();
        for day in 1..=3 {
            let id = DayId { folder: "gate".into(), date: jiff::civil::date(2026, 11, day) };
            let name = format!("gate_2026-11-0{day}T07-20-00Z_2.mkv");
            let mut part = Part { after: Some(3), ..Part::default() };
            part.count(1, 2, u64::MAX / 4, true);
            let entry = DayEntry {
                parts: vec![part],
                thinned: true,
                newest: SegmentKey::parse("gate", id.date, &name),
                read: (day != 3).then_some(Stamp { ledger: 9, changed: 8 }),
                ..DayEntry::default()
            };
            days.put(&id, entry);
        }
        for _ in 0..2 {
            save(&RealDisk, root, "one", &days).unwrap();
        }
        let found = load(root, "one").unwrap();
        assert_eq!(found.len(), 2, "what was not read is not known");
        for (id, entry) in &found {
            assert_eq!(format!("{entry:?}"), format!("{:?}", days.get(id).unwrap()));
        }
        assert!(load(root, "other").is_none());
        let text = fs::read_to_string(root.join(NAME)).unwrap();
        fs::rename(root.join(NAME), root.join(NEW)).unwrap();
        assert!(load(root, "one").is_some(), "cut off before it had its name");
        for torn in [&text[..text.len() - 14], &text[10..], "", "\0\0\0"] {
            fs::write(root.join(NEW), torn).unwrap();
            assert!(load(root, "one").is_none(), "{torn}");
        }
    }
}
