//! Finishes a recording that a kill, a power cut or a full disk left behind.
//!
//! Run at a start of the program, for each `.part` file it finds, by whoever owns the folder. It
//! reads the file's outermost structure itself, because FFmpeg reads on past damage and would not
//! say where the whole part ends.
//! Policies:
//! - all that is whole is kept: the file is cut behind its last whole cluster or fragment, and
//!   only headers are written, in place; sizes in the file are never believed beyond its end;
//! - a file that is complete already is not touched, so repairing twice changes nothing;
//! - a file damaged otherwise than at its end, or not made by a recorder, is left as it is.
//!
//! First a plan is made by reading alone, then it is carried out: the cut first, so that a second
//! kill in between leaves what the next start can finish.

pub(crate) mod leftovers;
pub(crate) mod mender;

mod blocks;
mod bytes;
mod ebml;
mod matroska;
mod mp4;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::path::Path;

use crate::disk::{Disk, ops};
use bytes::{Bytes, ReadSeek};
use camwall_media::{InspectError, Inspection, inspect};

/// The most that is cut off, and the part of a file looked at in detail. Damage by a kill or a
/// power cut is within what was not yet synced: at most what a recorder's queue of 64 MB held,
/// and what came while that was written.
const TAIL: u64 = 128 << 20;

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
    /// Its structure is whole, but FFmpeg can't read it.
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
}

impl RepairPlan {
    const NOTHING: Self = Self { end: 0, patches: Vec::new() };
}

/// Finishes a file; see the module. `None`: there is nothing to play in it.
pub fn repair(disk: &impl Disk, path: &Path) -> Result<Option<RepairedFile>, RepairError> {
    let (plan, len) = make_plan(&mut File::open(path)?)?;
    if plan.end == 0 {
        return Ok(None);
    }
    carry_out(disk, &plan, len, path)?;
    let contents = inspect(path)?;
    if contents.keyframes == 0 {
        return Ok(None);
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    let hash = hasher.finalize().to_hex().to_string();
    Ok(Some(RepairedFile { contents, bytes: plan.end, hash, cut: len - plan.end }))
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

fn carry_out(disk: &impl Disk, plan: &RepairPlan, len: u64, path: &Path) -> io::Result<()> {
    if plan.end == len && plan.patches.is_empty() {
        return disk.sync(&disk.open_mend(path)?);
    }
    ops::mend(disk, path, plan.end, &plan.patches)
}
