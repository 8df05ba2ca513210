//! What becomes of a file that was not closed: finished up to its last good place, it only lacks its name.
//!
//! Runs on the thread `mend`, whoever left the file: this run, or a kill, a power cut or a full disk before
//! it. Policy: what is playable of a file is kept; that a file is gone is believed of a disk that says so,
//! not of one that fails; what can't be recovered is left as it is, and said. The camera's own writer
//! names it and tells of it, see `writer::state`.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::{KnownPart, repair};
use crate::disk::{Disk, ops};
use crate::error::{Error, Why};
use crate::ledger::entry::SegmentRecord;
use crate::pace::Pace;
use crate::paths::part_of;

/// Mends the file that was to become `path` and began at `start`, of which its writer may know what is
/// on the disk, reading at this pace; but does not rename it. None: nothing in it plays, it is gone, or it
/// can never be recovered.
///
/// # Errors
/// The disk refuses; another time it may not.
pub fn finish(
    disk: &impl Disk,
    id: &str,
    path: &Path,
    start: Timestamp,
    known: Option<&mut KnownPart>,
    pace: &mut dyn Pace,
) -> Result<Option<SegmentRecord>, Error> {
    let refused = |why| Error { attempt: "finish", path: part_of(path), why };
    let found = find(disk, path).map_err(|error| refused(error.into()))?;
    let Some(from) = found else { return Ok(None) };
    match repair(disk, &from, start, known, pace) {
        Ok(None) if from == path => {
            tracing::error!("{id}: nothing in {} plays; it stays as it is", path.display());
            Ok(None)
        }
        Ok(None) => {
            tracing::debug!("{id}: {} holds no whole picture and goes", from.display());
            ops::remove(disk, &from).map_err(|error| refused(error.into()))?;
            Ok(None)
        }
        Err(why @ Why::Io(_)) => Err(refused(why)),
        Err(why) => {
            // It is said once: no line waits for it from now on.
            let told = refused(why);
            tracing::error!(
                "{id}: {told}; it stays as it is: a player may make something of it, else remove it"
            );
            Ok(None)
        }
        whole => whole.map_err(refused),
    }
}

/// The `.part`, or the whole file where that is there instead; none where the disk says that neither
/// is, and that their folder is there: where that is not either, the disk is not.
fn find(disk: &impl Disk, path: &Path) -> io::Result<Option<PathBuf>> {
    let part = part_of(path);
    if disk.exists(&part)? {
        return Ok(Some(part));
    }
    if disk.exists(path)? {
        return Ok(Some(path.to_owned()));
    }
    match path.parent() {
        Some(folder) if disk.exists(folder)? => Ok(None),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}
