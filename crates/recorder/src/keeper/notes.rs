//! Removals for whose lines there was no room in their ledgers, noted in `.camwall.removed` until there is.
//!
//! Used by the thread `retention`. Policies: the file is made while there is room, and what is written into it
//! takes the place of blanks, which needs none; a note is on the disk before its segment goes, and stays until
//! the ledger says the same; notes that may still be needed are never moved, so that no power cut tears them.
//! Only where there never was room for the file the segment goes first, and is noted or told at once: else a
//! wall on a disk that was full before would never record.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

use camwall_media::BestEffort;

use crate::disk::{Disk, ops};
use crate::ledger::entry::LedgerEntry;

/// Its name in the recording folder.
pub(super) const NAME: &str = ".camwall.removed";
/// Room for four lines of the longest names, bytes. So small a file btrfs keeps beside its name, where there is
/// room for longer.
const SIZE: usize = 1024;

/// The notes, in the order of the file, which is made where it is missing or was not made to its end.
///
/// # Errors
/// The system's.
pub(super) fn read(disk: &impl Disk, root: &Path) -> io::Result<Vec<LedgerEntry>> {
    let path = root.join(NAME);
    let text = match fs::read(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        text => text.unwrap_or_default(),
    };
    if text.len() != SIZE {
        if disk.exists(&path)? {
            disk.remove(&path)?;
        }
        write(disk, root, &[])?;
    }
    // What is torn was not acted upon.
    let lines = text.split(|byte| *byte == b'\n');
    Ok(lines.filter_map(|line| serde_json::from_slice(line).ok()).collect())
}

/// Notes these, down to the disk: those that were noted, with others behind them, or none. Makes the file where
/// it is missing.
///
/// # Errors
/// The system's; [`ErrorKind::StorageFull`] where there are too many. Those that were noted are then still so;
/// where nothing was ever noted there is no file.
pub(super) fn write(disk: &impl Disk, root: &Path, notes: &[LedgerEntry]) -> io::Result<()> {
    let mut text = Vec::new();
    for note in notes {
        serde_json::to_writer(&mut text, note)?;
        text.push(b'\n');
    }
    if text.len() > SIZE {
        return Err(ErrorKind::StorageFull.into());
    }
    text.resize(SIZE, b'\n');
    let path = root.join(NAME);
    let is_there = disk.exists(&path)?;
    let file = if is_there { disk.open_mend(&path)? } else { disk.create(&path)? };
    let written = ops::write_all_at(disk, &file, &text, 0)
        .and_then(|()| disk.sync(&file))
        .and_then(|()| disk.sync_dir(root));
    if written.is_err() && !is_there {
        disk.remove(&path).best_effort();
    }
    written
}
