//! Matroska: `EBML Segment(SeekHead Info Tracks Tags Cluster* Cues)`, after RFC 9559.
//!
//! Policy: a cluster counts if all its bytes are there, blocks fill it exactly, and its CRC-32 is
//! right where it has one. One of unknown size counts up to its last whole block. What is damaged with
//! a whole cluster behind it becomes a Void, which players pass over; behind the last whole cluster the
//! file is cut. Then the head is made to tell the truth, in the room FFmpeg's muxer leaves for it: the
//! duration, the segment's size, and no reference to an index that is no longer there.

use std::io;
use std::time::Duration;

use super::{MOST_TRIES, RepairPlan, next_whole};
use crate::container::bytes::Bytes;
use crate::container::ebml::{
    Element, LARGEST_HEAD, children, element, id, size_field, void_header, walk, whole_element,
};
use crate::container::matroska::{Head, segment};
use crate::error::Why;

/// Bytes of a Duration element with its header, for which the muxer leaves a Void.
const DURATION_SIZE: u64 = 11;

pub(super) fn plan(bytes: &mut Bytes<'_>) -> Result<RepairPlan, Why> {
    let Some(segment) = segment(bytes)? else { return Ok(RepairPlan::default()) };
    let mut walk = SegmentWalk::new(segment.body);
    // The segment's own size is not looked at: it is written last of all.
    while walk.step(bytes)? || walk.pass_over(bytes)? {}
    if walk.clusters == 0 {
        return Ok(RepairPlan::default());
    }
    let length = walk.plan.contents.duration();
    Ok(walk.finish(bytes.len(), segment, length)?)
}

/// What is to be written into the head of a file of this length that is known to be whole, without a look
/// at its clusters; nothing where it does not begin as one of ours, or states no length as MP4 does.
pub(super) fn plan_head(bytes: &mut Bytes<'_>, length: Duration) -> io::Result<RepairPlan> {
    let end = bytes.len();
    let Some(segment) = segment(bytes)? else { return Ok(RepairPlan { end, ..<_>::default() }) };
    let mut walk = SegmentWalk::new(segment.body);
    while element(bytes, walk.plan.end)?.is_some_and(|child| child.id != id::CLUSTER)
        && walk.step(bytes)?
    {}
    walk.plan.end = end;
    walk.finish(end, segment, length)
}

/// The segment's children, in the order they come.
#[derive(Default)]
struct SegmentWalk {
    /// As far as the whole part of the file goes; so far it takes what was damaged away.
    plan: RepairPlan,
    head: Head,
    clusters: u64,
    /// The payload of the Info element, and where it begins.
    info: Option<(u64, Vec<u8>)>,
    /// The indices and what leads to them, of which a file of ours has one each.
    indices: Vec<Element>,
    has_tracks: bool,
    /// Bytes of Voids right before the end: behind the head they stand where clusters were damaged earlier.
    last_void: u64,
    /// How often a whole cluster may still be looked for.
    tries: u32,
}

impl SegmentWalk {
    fn new(end: u64) -> Self {
        let plan = RepairPlan { end, ..RepairPlan::default() };
        Self { plan, tries: MOST_TRIES, ..Self::default() }
    }

    /// Goes over the next child; false where the whole part ends before it or in it.
    fn step(&mut self, bytes: &mut Bytes<'_>) -> io::Result<bool> {
        let len = bytes.len();
        let Some(child) = element(bytes, self.plan.end)? else { return Ok(false) };
        let end = child.end.or((child.id == id::CLUSTER).then_some(len));
        let Some(end) = end.filter(|end| *end <= len) else { return Ok(false) };
        if child.id == id::CLUSTER {
            return self.take_cluster(bytes, child, end);
        }
        if !bytes.are_given(child.start, end)? {
            return Ok(false);
        }
        let size = end - child.start;
        match child.id {
            // The head is not given up for a wrong CRC: without it nothing plays.
            id::CUES if !walk(bytes, child, end, true, |_, _, _| Ok(true))?.1 => return Ok(false),
            id::CUES | id::SEEK_HEAD if self.indices.len() < MOST_TRIES as usize => {
                self.indices.push(child);
            }
            id::TRACKS => self.has_tracks = true,
            id::VOID if self.has_tracks => self.last_void += size,
            // Now: nobody goes back to the beginning of a long file.
            id::INFO if size <= LARGEST_HEAD => {
                let body = bytes.get(child.body, (end - child.body) as usize)?;
                self.info = Some((child.body, body.to_vec()));
            }
            id::INFO | id::TAGS | id::CHAPTERS | id::ATTACHMENTS | id::VOID | id::CRC => {}
            _ => return Ok(false),
        }
        self.head.read(bytes, child, end)?;
        self.plan.end = end;
        Ok(true)
    }

    fn take_cluster(&mut self, bytes: &mut Bytes<'_>, it: Element, end: u64) -> io::Result<bool> {
        let (chunk, is_whole) = self.head.cluster(bytes, it, end, true)?;
        if !is_whole || !bytes.are_given(it.start, chunk.next)? {
            return Ok(false);
        }
        self.clusters += 1;
        self.plan.pass(std::mem::take(&mut self.last_void));
        self.plan.contents.add(&chunk.units);
        self.plan.end = chunk.next;
        Ok(true)
    }

    /// Passes over what is damaged where a whole cluster stands behind it; false where none does.
    fn pass_over(&mut self, bytes: &mut Bytes<'_>) -> Result<bool, Why> {
        // Without its head nothing plays.
        if !self.has_tracks && self.clusters == 0 {
            return Ok(false);
        }
        let head = &self.head;
        let is_whole = |bytes: &mut Bytes<'_>, at: u64| {
            let found = whole_element(bytes, at, bytes.len())?;
            let Some((cluster, end)) = found else { return Ok(false) };
            Ok(head.cluster(bytes, cluster, end, true)?.1 && bytes.are_given(at, end)?)
        };
        let (from, mark) = (self.plan.end, (id::CLUSTER.to_be_bytes(), 0));
        let found = next_whole(bytes, mark, from + 2, &mut self.tries, is_whole)?;
        if let Some(found) = found {
            self.plan.patches.extend(void_header(from, found - from));
            self.plan.pass(found - from);
            self.plan.end = found;
        }
        Ok(found.is_some())
    }

    /// What is to be done, now that the end is known, and how long the recording is.
    fn finish(self, len: u64, segment: Element, length: Duration) -> io::Result<RepairPlan> {
        let Self { mut plan, head, .. } = self;
        let (end, is_damaged) = (plan.end, !plan.patches.is_empty());
        let is_closed = head.has_duration && segment.end == Some(end);
        if is_closed && end == len && !is_damaged {
            return Ok(plan);
        }
        // An index that may name what is no longer there, and what leads to it: players do without.
        let broken = self.indices.iter().filter(|it| is_damaged || it.id == id::SEEK_HEAD);
        plan.patches.extend(broken.filter_map(|it| void_header(it.start, it.end? - it.start)));
        if let Some((at, info)) = self.info {
            let ticks = length.as_nanos() as f64 / head.scale as f64;
            plan.patches.extend(with_duration(info, ticks)?.map(|info| (at, info)));
        }
        // Its id has four bytes.
        let at = segment.start + 4;
        if segment.end != Some(end)
            && let Some(size) = size_field(end - segment.body, segment.body - at)
        {
            plan.patches.push((at, size));
        }
        Ok(plan)
    }
}

/// What an Info element is to hold, so that it says how long the recording is; none where there is no room.
fn with_duration(mut info: Vec<u8>, ticks: f64) -> io::Result<Option<Vec<u8>>> {
    let end = info.len() as u64;
    let found = children(&mut Bytes::new(&mut &info[..], end), 0, end)?;
    let is_room = |(it, to): &&(Element, u64)| {
        matches!(it.id, id::DURATION | id::VOID) && to - it.start == DURATION_SIZE
    };
    let Some((room, _)) = found.iter().rfind(is_room) else { return Ok(None) };
    let duration = [&[0x44, 0x89, 0x88], &ticks.to_be_bytes()[..]].concat();
    info[room.start as usize..][..duration.len()].copy_from_slice(&duration);
    if let Some((crc, to)) = found.first()
        && (crc.id, crc.start, to - crc.body) == (id::CRC, 0, 4)
    {
        let (head, rest) = info.split_at_mut(*to as usize);
        head[crc.body as usize..].copy_from_slice(&crc32fast::hash(rest).to_le_bytes());
    }
    Ok(Some(info))
}
