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
//!   only its head is read, and what its hash has to read back: counts and times are the writer's;
//! - a file damaged otherwise, or not made by a recorder, is left as it is.
//!
//! First a plan is made by reading alone, then it is carried out: the cut first, so that a second
//! kill in between leaves what the next start can finish.

pub(crate) mod adopt;
pub(crate) mod finish;
pub(crate) mod mender;

mod matroska;
mod mp4;
mod read;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use self::read::read_once;

use crate::container::bytes::{Bytes, ReadSeek};
use crate::container::ebml::{self, Element};
use crate::disk::{Disk, ops};
use crate::error::Why;
use crate::hash::TreeHash;
use crate::ledger::entry::SegmentRecord;
use crate::pace::{self, Pace, PacedFile};

/// The most that is cut off, and the part of a file looked at in detail. Damage by a kill or a
/// power cut is within what was not yet synced: at most what a recorder's queue of 64 MB held,
/// and what came while that was written.
const TAIL: u64 = 128 << 20;
/// How often a whole piece is looked for behind damage: what looks like one costs a CRC each time.
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

/// What is to be done to a file.
#[derive(Debug, Default, PartialEq, Eq)]
struct RepairPlan {
    /// Where it is to end; 0 where there is nothing to keep.
    end: u64,
    /// What is to be written where, all before `end`.
    patches: Vec<(u64, Vec<u8>)>,
    /// Where its head is to say how long it is, once that is known, and the nanoseconds of a tick.
    info: Option<(Element, u64)>,
}

impl RepairPlan {
    fn new(end: u64) -> Self {
        Self { end, ..Self::default() }
    }

    /// What is to be written where for this length.
    fn duration(
        &self,
        file: &mut dyn ReadSeek,
        length: Duration,
    ) -> io::Result<Option<(u64, Vec<u8>)>> {
        let Some((info, scale)) = self.info else { return Ok(None) };
        matroska::duration_patch(&mut Bytes::new(file)?, info, scale, length)
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
    let len = open.file().metadata()?.len();
    // One that is shorter is not what its writer knew: what is in it is looked up.
    let known = known.filter(|known| known.record.bytes <= len);
    let end = known.as_ref().map(|known| known.record.bytes);
    if known.as_ref().is_some_and(|known| known.record.bytes == 0 || known.record.keyframes == 0) {
        return Ok(None);
    }
    match end {
        Some(end) => ops::mend(disk, path, end, &[])?,
        None => disk.sync(&open)?,
    }
    // What is read from here on is on the disk.
    pace::forget(open.file(), 0, 0);
    let plan = match end {
        Some(end) => matroska::plan_head(&mut Bytes::new(&mut File::open(path)?)?, end)?,
        None => make_plan(&mut PacedFile::new(File::open(path)?, pace))?,
    };
    if plan.end == 0 {
        return Ok(None);
    }
    if plan.end < end.unwrap_or(len) || !plan.patches.is_empty() {
        ops::mend(disk, path, plan.end, &plan.patches)?;
    }
    let mut read;
    let (mut record, hash) = match known {
        Some(KnownPart { record, hash }) => {
            hash.truncate(plan.end);
            // An earlier try may have changed the head, down to the disk or not.
            hash.write(0, &[0]);
            plan.patches.iter().for_each(|(at, data)| hash.write(*at, data));
            (record.clone(), hash)
        }
        None => {
            read = read_once(path, start, plan.end, pace)?;
            (read.0, &mut read.1)
        }
    };
    if record.keyframes == 0 {
        return Ok(None);
    }
    let length = Duration::from_millis(record.duration_ms);
    if let Some((at, data)) = plan.duration(&mut File::open(path)?, length)? {
        hash.write(at, &data);
        ops::mend(disk, path, plan.end, &[(at, data)])?;
    }
    pace::forget(open.file(), 0, 0);
    record.hash = hash.finish(plan.end, |at, buffer| disk.read_at(&open, buffer, at))?;
    Ok(Some(SegmentRecord { recovered: true, ..record }))
}

/// Whether a file is no more than a head, or less: nothing of one that is longer is read.
///
/// # Errors
/// The system's.
pub(crate) fn is_bare(path: &Path) -> io::Result<bool> {
    if std::fs::metadata(path)?.len() > HEAD {
        return Ok(false);
    }
    let plan = make_plan(&mut io::Cursor::new(std::fs::read(path)?));
    Ok(plan.is_ok_and(|plan| plan.end == 0))
}

/// What would be done to a file of these bytes: it as it would be then.
///
/// # Errors
/// Where it would be left as it is.
#[cfg(any(test, feature = "fixtures"))]
pub(crate) fn planned(data: &[u8]) -> Result<Vec<u8>, Why> {
    let plan = make_plan(&mut io::Cursor::new(data))?;
    let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
    let mut data = data[..place(plan.end)].to_vec();
    let carry_out = |data: &mut Vec<u8>, (at, patch): &(u64, Vec<u8>)| {
        data[place(*at)..][..patch.len()].copy_from_slice(patch);
    };
    plan.patches.iter().for_each(|patch| carry_out(&mut data, patch));
    let duration = plan.duration(&mut io::Cursor::new(&data), Duration::from_secs(1))?;
    duration.iter().for_each(|patch| carry_out(&mut data, patch));
    Ok(data)
}

/// What is to be done to a file of which nothing is known.
fn make_plan(file: &mut dyn ReadSeek) -> Result<RepairPlan, Why> {
    let mut bytes = Bytes::new(file)?;
    let plan = match bytes.get(0, 8)? {
        [0x1a, 0x45, 0xdf, 0xa3, ..] => matroska::plan(&mut bytes)?,
        [_, _, _, _, b'f', b't', b'y', b'p'] => mp4::plan(&mut bytes)?,
        // As a power cut leaves it that came before the first sync.
        start if start.len() < 8 || start.iter().all(|byte| *byte == 0) => RepairPlan::default(),
        _ => return Err(Why::Foreign),
    };
    let rest = bytes.len() - plan.end;
    if rest > TAIL || (plan.end == 0 && holds_clusters(&mut bytes)?) {
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
/// behind their beginnings; none where `tries` are used up.
fn next_whole(
    bytes: &mut Bytes<'_>,
    (mark, behind): ([u8; 4], u64),
    mut from: u64,
    tries: &mut u32,
    is_whole: impl Fn(&mut Bytes<'_>, u64) -> io::Result<bool>,
) -> io::Result<Option<u64>> {
    while *tries > 0
        && let Some(found) = bytes.find(mark, from + behind)?
    {
        *tries -= 1;
        if is_whole(bytes, found - behind)? {
            return Ok(Some(found - behind));
        }
        from = found - behind + 1;
    }
    Ok(None)
}
