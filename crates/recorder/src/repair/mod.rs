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
//! - a file that its writer knows to be good up to a byte is cut there, whatever can be read behind it;
//!   only its head is read, and what its hash has to read back: counts and times are the writer's. Where
//!   that can't be read, it is looked into like others, up to there;
//! - a block that the disk can't read is damage like other, of four KiB. Its bytes stay where they are, in
//!   what players pass over, and become zeros, so that whoever reads the file later meets no error: the file
//!   system notes that they are zeros and does not touch the block, or where it can't, they are written, for
//!   which a disk takes another place. Where the beginning can't be read either, nothing is done: that disk
//!   may be gone, and another time it may not be;
//! - a file damaged otherwise, or not made by a recorder, is left as it is.
//!
//! First a plan is made by reading alone, once, for all that is to be known; then it is carried out: the cut
//! first, so that a second kill in between leaves what the next start can finish. What is written is read
//! back for the hash, in groups of 64 KiB.

pub(crate) mod adopt;
pub(crate) mod mender;

mod matroska;
mod mp4;
mod read;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use self::read::{Contents, ReadOnce, is_bad_block};
use crate::container::bytes::Bytes;
use crate::container::ebml;
use crate::disk::{Disk, OpenFile, ops};
use crate::error::Why;
use crate::hash::TreeHash;
use crate::ledger::entry::SegmentRecord;
use crate::pace::{self, Pace};
use crate::paths;

/// The most that is cut off. Damage by a kill or a
/// power cut is within what was not yet synced: at most what a recorder's queue of 64 MB held,
/// and what came while that was written.
const TAIL: u64 = 128 << 20;
/// How often a whole piece is looked for behind damage: what looks like one costs a CRC each time. A file
/// that takes more is left to people.
const MOST_TRIES: u32 = 1000;

/// Longest head of a file that holds nothing else.
const HEAD: u64 = 64 << 10;

/// What a writer knows of a file that it can't go on with.
#[derive(Debug)]
pub struct KnownPart {
    /// The file as it was at its last good sync; without a byte where no packet reached the disk.
    pub record: SegmentRecord,
    /// Its hash as far as it was made; cut there, only its last group is read back.
    pub hash: TreeHash,
}

/// What is to be done to a file, and what it holds then.
#[derive(Debug, Default, PartialEq, Eq)]
struct RepairPlan {
    /// Where it is to end; 0 where there is nothing to keep.
    end: u64,
    /// What is to be written where, all before `end`.
    patches: Vec<(u64, Vec<u8>)>,
    /// What can't be read, to be cleared.
    bad: Vec<Range<u64>>,
    contents: Contents,
    /// Bytes that are damaged, before `end`.
    damaged: u64,
}

impl RepairPlan {
    /// So many bytes before what comes next are damaged, maybe none.
    fn pass(&mut self, damaged: u64) {
        self.damaged += damaged;
        if damaged > 0 {
            self.contents.interrupt();
        }
    }
}

/// Finishes a file that begins at `start`, of which its writer may know what is on the disk; see the module.
/// `None`: there is nothing to play in it.
///
/// # Errors
/// [`Why::Io`], [`Why::Foreign`], [`Why::Damaged`], [`Why::Internal`]; what is to be done may be done in
/// part, and can be done again.
pub fn repair(
    disk: &impl Disk,
    path: &Path,
    start: Timestamp,
    known: Option<&mut KnownPart>,
    pace: &mut dyn Pace,
) -> Result<Option<SegmentRecord>, Why> {
    let open = disk.open_mend(path)?;
    let mut len = open.file().metadata()?.len();
    // One that is shorter is not what its writer knew: what is in it is looked up.
    let known = known.filter(|known| known.record.bytes <= len);
    if let Some(KnownPart { record, .. }) = &known {
        len = record.bytes;
        if len == 0 || record.keyframes == 0 {
            return Ok(None);
        }
        disk.set_len(&open, len)?;
    }
    disk.sync(&open)?;
    // What is read from here on is on the disk.
    pace::forget(open.file(), 0, 0);
    if let Some(known) = known {
        match finish_known(disk, &open, known) {
            Err(error) if is_bad_block(&error) => {}
            finished => return Ok(finished.map(Some)?),
        }
    }
    look_into(disk, &open, (path, start, len), pace)
}

/// Finishes a file that ends where its writer knows it.
fn finish_known(
    disk: &impl Disk,
    open: &OpenFile,
    KnownPart { record, hash }: &mut KnownPart,
) -> io::Result<SegmentRecord> {
    let mut file = open.file();
    let length = Duration::from_millis(record.duration_ms);
    let plan = matroska::plan_head(&mut Bytes::new(&mut file, record.bytes), length)?;
    // An earlier try may have changed the head, down to the disk or not.
    hash.write(0, &[0]);
    let hash = carry_out(disk, open, &plan, hash)?;
    Ok(SegmentRecord { hash, recovered: true, ..record.clone() })
}

/// Finishes a file of which nothing is known, or no more than that it is good for `len` bytes at most.
fn look_into(
    disk: &impl Disk,
    open: &OpenFile,
    (path, start, len): (&Path, Timestamp, u64),
    pace: &mut dyn Pace,
) -> Result<Option<SegmentRecord>, Why> {
    let read = |buffer: &mut [u8], at| disk.read_at(open, buffer, at);
    let (plan, mut hash) = read_through(open.file(), len, read, pace)?;
    let bad: u64 = plan.bad.iter().map(|bad| bad.end - bad.start).sum();
    if bad > 0 {
        tracing::error!("{bad} bytes of {} can't be read; they are lost", path.display());
    }
    if plan.end == 0 || plan.contents.keyframes == 0 {
        return if bad == 0 { Ok(None) } else { Err(Why::Damaged { at: 0, rest: len }) };
    }
    let hash = carry_out(disk, open, &plan, &mut hash)?;
    let record = record_of(path, start, &plan)?;
    Ok(Some(SegmentRecord { hash, ..record }))
}

/// Reads a file once: what is to be done to it, and the hash of what it is.
fn read_through(
    file: &File,
    len: u64,
    read: impl Fn(&mut [u8], u64) -> io::Result<()>,
    pace: &mut dyn Pace,
) -> Result<(RepairPlan, TreeHash), Why> {
    let mut once = ReadOnce::new(file, len, read, pace);
    let plan = make_plan(&mut Bytes::new(&mut once, len));
    once.is_still_there()?;
    Ok((RepairPlan { bad: once.bad, ..plan? }, once.hash))
}

/// Does to a file what is to be done; the hash of what it is then.
fn carry_out(
    disk: &impl Disk,
    open: &OpenFile,
    RepairPlan { end, bad, patches, .. }: &RepairPlan,
    hash: &mut TreeHash,
) -> io::Result<String> {
    let is_cut = *end < open.file().metadata()?.len();
    if is_cut || !bad.is_empty() || !patches.is_empty() {
        ops::mend(disk, open, *end, bad, patches)?;
        pace::forget(open.file(), 0, 0);
    }
    patches.iter().for_each(|(at, data)| hash.write(*at, data));
    hash.finish(*end, |at, buffer| disk.read_at(open, buffer, at))
}

/// The line of a file that begins at `start`, but for its hash; it ends as the camera's clock says.
fn record_of(path: &Path, start: Timestamp, plan: &RepairPlan) -> Result<SegmentRecord, Why> {
    let streams = camwall_media::recorded_streams(path, &paths::name_of(path));
    let streams = streams.map_err(|error| Why::Internal(error.to_string()))?;
    let duration = plan.contents.duration();
    let length = SignedDuration::try_from(duration).unwrap_or_default();
    let end = crate::clock::to_millis(start.checked_add(length).unwrap_or(start)).max(start);
    Ok(SegmentRecord {
        file: paths::name_of(&paths::whole_of(path)),
        start,
        end,
        duration_ms: u64::try_from(duration.as_millis()).unwrap_or(u64::MAX),
        packets: plan.contents.packets,
        audio_packets: plan.contents.audio_packets,
        bytes: plan.end,
        keyframes: plan.contents.keyframes,
        lost: 0,
        damaged: plan.damaged,
        hash: String::new(),
        video: streams.video.describe(),
        audio: streams.audio.map(|audio| audio.describe()),
        recovered: true,
    })
}

/// Whether a file is no more than a head, or less: nothing of one that is longer is read.
///
/// # Errors
/// The system's.
pub(crate) fn is_bare(path: &Path) -> io::Result<bool> {
    if std::fs::metadata(path)?.len() > HEAD {
        return Ok(false);
    }
    let plan = plan_of(&std::fs::read(path)?);
    Ok(plan.is_ok_and(|plan| plan.end == 0))
}

/// What is to be done to a file of these bytes.
fn plan_of(mut data: &[u8]) -> Result<RepairPlan, Why> {
    let len = data.len() as u64;
    make_plan(&mut Bytes::new(&mut data, len))
}

/// What would be done to a file of these bytes: it as it would be then.
///
/// # Errors
/// Where it would be left as it is.
#[cfg(any(test, feature = "fixtures"))]
pub(crate) fn planned(data: &[u8]) -> Result<Vec<u8>, Why> {
    let plan = plan_of(data)?;
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    let mut data = data[..place(plan.end)].to_vec();
    for (at, patch) in &plan.patches {
        data[place(*at)..][..patch.len()].copy_from_slice(patch);
    }
    Ok(data)
}

/// What is to be done to a file of which nothing is known.
fn make_plan(bytes: &mut Bytes<'_>) -> Result<RepairPlan, Why> {
    let plan = match bytes.get(0, 8)? {
        [0x1a, 0x45, 0xdf, 0xa3, ..] => matroska::plan(bytes)?,
        [_, _, _, _, b'f', b't', b'y', b'p'] => mp4::plan(bytes)?,
        // As a power cut leaves it that came before the first sync.
        start if start.len() < 8 || start.iter().all(|byte| *byte == 0) => RepairPlan::default(),
        _ => return Err(Why::Foreign),
    };
    let rest = bytes.len() - plan.end;
    if rest > TAIL || (plan.end == 0 && holds_clusters(bytes)?) {
        return Err(Why::Damaged { at: plan.end, rest });
    }
    Ok(plan)
}

/// Whether more than one cluster or fragment begins anywhere in a file. A recorder that was killed
/// before the first was whole began no second; with two, the head is damaged and what follows may
/// be worth something to somebody.
fn holds_clusters(bytes: &mut Bytes<'_>) -> io::Result<bool> {
    for mark in [ebml::id::CLUSTER.to_be_bytes(), *b"moof"] {
        if let Some(first) = bytes.find(mark, 0)?
            && bytes.find(mark, first + 1)?.is_some()
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Where the next whole piece begins, at `from` or behind it, of those that have this `mark` so many bytes
/// behind their beginnings.
///
/// # Errors
/// The system's; [`Why::Damaged`] where `tries` are used up: then nobody knows what stands behind.
fn next_whole(
    bytes: &mut Bytes<'_>,
    (mark, behind): ([u8; 4], u64),
    mut from: u64,
    tries: &mut u32,
    is_whole: impl Fn(&mut Bytes<'_>, u64) -> io::Result<bool>,
) -> Result<Option<u64>, Why> {
    let damaged = Why::Damaged { at: from, rest: bytes.len().saturating_sub(from) };
    while let Some(found) = bytes.find(mark, from + behind)? {
        *tries = tries.checked_sub(1).ok_or_else(|| damaged.clone())?;
        if is_whole(bytes, found - behind)? {
            return Ok(Some(found - behind));
        }
        from = found - behind + 1;
    }
    Ok(None)
}
