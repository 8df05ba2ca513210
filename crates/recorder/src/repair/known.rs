//! Finishes a file of which its writer knows what is on the disk.
//!
//! Runs on the thread `mend`. Policy: the file ends at the writer's last checkpoint, whatever can be read
//! behind it: after a failed sync that is in the system's memory and on no disk. Nothing is read but
//! the head and what the hash has to read back; counts and times are the writer's.

use std::fs::File;
use std::path::Path;

use super::bytes::Bytes;
use super::{RepairError, RepairedFile, matroska, patch_head};
use crate::checkpoint::KnownPart;
use crate::disk::{Disk, ops};
use crate::pace;
use camwall_media::Inspection;

/// Cuts a file at its checkpoint and makes its head tell the truth. `None`: nothing of it is on the disk.
///
/// # Errors
/// See [`RepairError`]; it can be done again.
pub(crate) fn repair_known(
    disk: &impl Disk,
    path: &Path,
    known: &mut KnownPart,
) -> Result<Option<RepairedFile>, RepairError> {
    let end = known.checkpoint.bytes;
    if end == 0 || known.checkpoint.keyframes == 0 {
        return Ok(None);
    }
    let open = disk.open_mend(path)?;
    let len = open.file().metadata()?.len();
    if len < end {
        // Somebody cut it, or it is another.
        return Err(RepairError::Damaged { at: len, rest: 0 });
    }
    ops::mend(disk, path, end, &[])?;
    // What is read back from here on is read from the disk.
    pace::forget(open.file(), 0, 0);
    let mut file = File::open(path)?;
    let mut bytes = Bytes::new(&mut file)?;
    // A fragmented MP4 states no length in its head.
    let is_matroska = bytes.get(0, 4)? == [0x1a, 0x45, 0xdf, 0xa3];
    let plan = if is_matroska { matroska::plan_head(&mut bytes, end)? } else { None };
    let mut patches = plan.as_ref().map_or_else(Vec::new, |plan| plan.patches.clone());
    let slot = plan.and_then(|plan| plan.duration);
    patches.extend(slot.map(|slot| slot.patch(known.checkpoint.duration)));
    known.hash.truncate(end);
    // An earlier try may have changed the head, down to the disk or not.
    known.hash.write(0, &[0]);
    patch_head(disk, path, end, &patches, &mut known.hash)?;
    pace::forget(open.file(), 0, 0);
    let hash = known.hash.finish(end, |at, buffer| disk.read_at(&open, buffer, at))?;
    let contents = Inspection {
        packets: known.checkpoint.packets,
        keyframes: known.checkpoint.keyframes,
        audio_packets: known.checkpoint.audio_packets,
        duration: known.checkpoint.duration,
        video: known.video.clone(),
        audio: known.audio.clone(),
    };
    let hash = hash.to_hex().to_string();
    Ok(Some(RepairedFile { contents, bytes: end, hash, cut: len - end }))
}
