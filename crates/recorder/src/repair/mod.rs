//! Finishes a recording that a kill, a power cut or a failing disk left behind.
//!
//! Runs on the thread `mend`, for each `.part` file that an earlier run left and for each that this run
//! could not go on with. It reads the file's outermost structure itself, because FFmpeg reads on past
//! damage and would not say where the whole part ends.
//! Policies:
//! - all that is whole is kept: the file is cut behind its last whole cluster or fragment; damage with
//!   whole ones behind it is made one element that players pass over; sizes in the file are never
//!   believed beyond its end;
//! - only headers are written, in place; a file that is complete already is not touched, so repairing
//!   twice changes nothing;
//! - what is claimed of a file was read from the disk, not from the system's memory of it, which a
//!   failed write can have left behind;
//! - a file that its writer knows to be good up to a byte is cut there and not read again;
//! - a file damaged otherwise, or not made by a recorder, is left as it is.
//!
//! First a plan is made by reading alone, then it is carried out: the cut first, so that a second
//! kill in between leaves what the next start can finish.

pub(crate) mod adopt;
pub(crate) mod leftovers;
pub(crate) mod mender;

mod bytes;
mod ebml;
mod known;
mod matroska;
mod mp4;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::disk::{Disk, ops};
use crate::hash::TreeHash;
use crate::pace::{self, Pace, PacedFile};
use bytes::{Bytes, ReadSeek};
use camwall_media::{InspectError, Inspection, inspect_along};

pub(crate) use known::repair_known;

/// The most that is cut off, and the part of a file looked at in detail. Damage by a kill or a
/// power cut is within what was not yet synced: at most what a recorder's queue of 64 MB held,
/// and what came while that was written.
const TAIL: u64 = 128 << 20;
/// Read at once for the hash.
const PIECE: usize = 1 << 20;

/// A recording that is whole again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepairedFile {
    /// What is in it.
    pub contents: Inspection,
    /// Size of the file, bytes.
    pub bytes: u64,
    /// Its BLAKE3 as 64 hex digits.
    pub hash: String,
    /// Bytes that were cut off.
    pub cut: u64,
}

/// Why a file is left unfinished.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// Reading or writing it failed.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// It does not begin as Matroska or MP4.
    #[error("neither Matroska nor MP4")]
    Foreign,
    /// Damaged otherwise than by being unfinished; nothing was changed.
    #[error("damaged at byte {at}, {rest} bytes before its end")]
    Damaged {
        /// Byte at which the structure breaks off.
        at: u64,
        /// Bytes that follow.
        rest: u64,
    },
    /// Its structure is whole and the disk gives all of it, but FFmpeg can't read it.
    #[error("{0}")]
    Inspect(#[from] InspectError),
}

/// What is to be done to a file.
#[derive(Debug, PartialEq, Eq)]
struct RepairPlan {
    /// Where it is to end; 0 where there is nothing to keep.
    end: u64,
    /// What is to be written where, all before `end`.
    patches: Vec<(u64, Vec<u8>)>,
    /// Where its head is to say how long it is, once that is known.
    duration: Option<matroska::DurationSlot>,
}

impl RepairPlan {
    const NOTHING: Self = Self { end: 0, patches: Vec::new(), duration: None };

    fn new(end: u64) -> Self {
        Self { end, ..Self::NOTHING }
    }
}

/// Finishes a file; see the module. `None`: there is nothing to play in it.
///
/// # Errors
/// See [`RepairError`]; what is to be done may be done in part, and can be done again.
pub fn repair(
    disk: &impl Disk,
    path: &Path,
    pace: &mut dyn Pace,
) -> Result<Option<RepairedFile>, RepairError> {
    let open = disk.open_mend(path)?;
    // What is read from here on is on the disk.
    disk.sync(&open)?;
    pace::forget(open.file(), 0, 0);
    let (plan, len) = make_plan(&mut PacedFile::new(File::open(path)?, pace))?;
    if plan.end == 0 {
        return Ok(None);
    }
    if plan.end < len || !plan.patches.is_empty() {
        ops::mend(disk, path, plan.end, &plan.patches)?;
    }
    let (contents, mut hash) = read_once(path, plan.end, pace)?;
    if contents.keyframes == 0 {
        return Ok(None);
    }
    let patch = plan.duration.as_ref().map(|slot| slot.patch(contents.duration));
    patch_head(disk, path, plan.end, patch.as_slice(), &mut hash)?;
    let hash = hash.finish(plan.end, |at, buffer| disk.read_at(&open, buffer, at))?;
    pace::forget(open.file(), 0, 0);
    let hash = hash.to_hex().to_string();
    Ok(Some(RepairedFile { contents, bytes: plan.end, hash, cut: len - plan.end }))
}

/// Overwrites a few bytes of a head and brings them to the disk.
fn patch_head(
    disk: &impl Disk,
    path: &Path,
    end: u64,
    patches: &[(u64, Vec<u8>)],
    hash: &mut TreeHash,
) -> io::Result<()> {
    if !patches.is_empty() {
        ops::mend(disk, path, end, patches)?;
        patches.iter().for_each(|(offset, data)| hash.write(*offset, data));
    }
    Ok(())
}

/// What a file holds, and its hash: the disk reads it once, because the hash is made of what FFmpeg
/// has just read.
fn read_once(
    path: &Path,
    end: u64,
    pace: &mut dyn Pace,
) -> Result<(Inspection, TreeHash), RepairError> {
    let file = File::open(path)?;
    pace::in_sequence(&file);
    let mut reader = HashReader { file, hash: TreeHash::new(), at: 0, pace, buffer: Vec::new() };
    let mut failed = None;
    let found = inspect_along(path, &mut |place| {
        failed = reader.read_to(place.min(end), false).err();
        failed.is_none()
    });
    if let Some(error) = failed {
        return Err(error.into());
    }
    // FFmpeg does not tell a disk that fails from a file that is no film: this does.
    reader.read_to(end, true)?;
    match found {
        Ok(found) => Ok((found, reader.hash)),
        Err(InspectError::Open(_) | InspectError::Read { .. }) => {
            Ok((inspect_along(path, &mut |_| true)?, reader.hash))
        }
        Err(error) => Err(error.into()),
    }
}

/// Reads along for the hash.
struct HashReader<'a> {
    file: File,
    hash: TreeHash,
    at: u64,
    pace: &'a mut dyn Pace,
    buffer: Vec<u8>,
}

impl HashReader<'_> {
    /// Reads on up to `end` in whole pieces, and what is left where it is the `last` time.
    fn read_to(&mut self, end: u64, last: bool) -> io::Result<()> {
        self.buffer.resize(PIECE, 0);
        while self.at < end {
            let count = PIECE.min(usize::try_from(end - self.at).unwrap_or(PIECE));
            if count < PIECE && !last {
                break;
            }
            self.file.read_exact_at(&mut self.buffer[..count], self.at)?;
            self.hash.write(self.at, &self.buffer[..count]);
            // FFmpeg is a little ahead of what it tells, and has that in its own memory.
            pace::forget(&self.file, self.at, count as u64);
            self.at += count as u64;
            self.pace.took(count as u64)?;
        }
        Ok(())
    }
}

/// What would be done to a file of these bytes: it as it would be then, but for the duration in its head.
///
/// # Errors
/// Where it would be left as it is.
#[cfg(any(test, feature = "fixtures"))]
pub(crate) fn planned(data: &[u8]) -> Result<Vec<u8>, RepairError> {
    let (plan, _) = make_plan(&mut io::Cursor::new(data))?;
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    let mut data = data[..place(plan.end)].to_vec();
    let slot = plan.duration.iter().map(|slot| slot.patch(std::time::Duration::from_secs(1)));
    for (at, patch) in plan.patches.iter().cloned().chain(slot) {
        data[place(at)..][..patch.len()].copy_from_slice(&patch);
    }
    Ok(data)
}

/// The plan and the file's present length.
fn make_plan(file: &mut dyn ReadSeek) -> Result<(RepairPlan, u64), RepairError> {
    let mut bytes = Bytes::new(file)?;
    let len = bytes.len();
    let plan = match bytes.get(0, 8)? {
        [0x1a, 0x45, 0xdf, 0xa3, ..] => matroska::plan(&mut bytes)?,
        [_, _, _, _, b'f', b't', b'y', b'p'] => mp4::plan(&mut bytes)?,
        // As a power cut leaves it that came before the first sync.
        start if start.len() < 8 || start.iter().all(|byte| *byte == 0) => RepairPlan::NOTHING,
        _ => return Err(RepairError::Foreign),
    };
    let rest = len - plan.end;
    if rest > TAIL || (plan.end == 0 && holds_clusters(&mut bytes)?) {
        return Err(RepairError::Damaged { at: plan.end, rest });
    }
    Ok((plan, len))
}

/// Whether more than one cluster or fragment begins anywhere in a file. A recorder that was killed
/// before the first was whole began no second; with two, the head is damaged and what follows may
/// be worth something to somebody.
fn holds_clusters(bytes: &mut Bytes<'_>) -> io::Result<bool> {
    Ok(bytes.count(ebml::id::CLUSTER.to_be_bytes())? > 1 || bytes.count(*b"moof")? > 1)
}
