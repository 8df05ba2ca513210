//! Matroska: `EBML Segment(SeekHead Info Tracks Tags Cluster* Cues)`, after RFC 9559.
//!
//! Policy: a cluster counts if all its bytes are there, blocks fill it exactly, and its CRC-32 is
//! right where it has one. One of unknown size counts up to its last whole block. What is damaged with
//! a whole cluster behind it becomes a Void, which players pass over; behind the last whole cluster the
//! file is cut. Then the head is made to tell the truth, in the room FFmpeg's muxer leaves for it: the
//! duration, the segment's size, and no reference to an index that is no longer there.

use std::io;
use std::time::Duration;

use super::read::Contents;
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
    let is_empty = walk.clusters == 0;
    Ok(if is_empty { RepairPlan::default() } else { walk.finish(bytes.len(), segment) })
}

/// What is to be written into the head of a file that is known to be whole up to `end`, without a look
/// at its clusters; nothing where it does not begin as one of ours, or states no length as MP4 does.
pub(super) fn plan_head(bytes: &mut Bytes<'_>, end: u64) -> io::Result<RepairPlan> {
    let Some(segment) = segment(bytes)? else { return Ok(RepairPlan::new(end)) };
    let mut walk = SegmentWalk::new(segment.body);
    while let Some((child, to)) = whole_element(bytes, walk.end, end)?
        && child.id != id::CLUSTER
        && walk.take(bytes, child, to)?
    {}
    walk.end = end;
    Ok(walk.finish(bytes.len(), segment))
}

/// The segment's children, in the order they come.
#[derive(Default)]
struct SegmentWalk {
    /// Where the whole part of the file ends.
    end: u64,
    head: Head,
    clusters: u64,
    contents: Contents,
    info: Option<InfoBody>,
    /// The indices and what leads to them, of which a file of ours has one each.
    indices: Vec<Element>,
    has_tracks: bool,
    /// Stretches that are damaged, with whole clusters behind them.
    bad: Vec<(u64, u64)>,
    /// Bytes of Voids between clusters, which stand where others were damaged earlier, and of those right
    /// before the end.
    voids: u64,
    last_void: u64,
    /// How often a whole cluster may still be looked for.
    tries: u32,
}

impl SegmentWalk {
    fn new(end: u64) -> Self {
        Self { end, tries: MOST_TRIES, ..Self::default() }
    }

    /// Goes over the next child; false where the whole part ends before it or in it.
    fn step(&mut self, bytes: &mut Bytes<'_>) -> io::Result<bool> {
        let len = bytes.len();
        let Some(child) = element(bytes, self.end)? else { return Ok(false) };
        match child.end {
            Some(end) if end <= len => self.take(bytes, child, end),
            None if child.id == id::CLUSTER => self.take(bytes, child, len),
            _ => Ok(false),
        }
    }

    /// Goes over one child, which ends at `end`.
    fn take(&mut self, bytes: &mut Bytes<'_>, child: Element, end: u64) -> io::Result<bool> {
        if child.id == id::CLUSTER {
            return self.take_cluster(bytes, child, end);
        }
        if !bytes.are_given(child.start, end)? {
            return Ok(false);
        }
        match child.id {
            // The head is not given up for a wrong CRC: without it nothing plays.
            id::CUES if !walk(bytes, child, end, true, |_, _, _| Ok(true))?.1 => return Ok(false),
            id::CUES | id::SEEK_HEAD if self.indices.len() < MOST_TRIES as usize => {
                self.indices.push(child);
            }
            id::TRACKS => self.has_tracks = true,
            id::VOID if self.clusters > 0 => self.last_void += end - child.start,
            id::INFO | id::TAGS | id::CHAPTERS | id::ATTACHMENTS | id::VOID | id::CRC => {}
            _ => return Ok(false),
        }
        self.head.read(bytes, child, end)?;
        if child.id == id::INFO {
            // Now: nobody goes back to the beginning of a long file.
            self.info = InfoBody::read(bytes, child, &self.head)?;
        }
        self.end = end;
        Ok(true)
    }

    fn take_cluster(&mut self, bytes: &mut Bytes<'_>, it: Element, end: u64) -> io::Result<bool> {
        let (chunk, is_whole) = self.head.cluster(bytes, it, end, true)?;
        if !is_whole || !bytes.are_given(it.start, chunk.next)? {
            return Ok(false);
        }
        self.contents.add(&chunk.units);
        self.clusters += 1;
        self.voids += std::mem::take(&mut self.last_void);
        self.end = chunk.next;
        Ok(true)
    }

    /// Passes over what is damaged where a whole cluster stands behind it; false where none does.
    fn pass_over(&mut self, bytes: &mut Bytes<'_>) -> Result<bool, Why> {
        // Without its head nothing plays.
        if !self.has_tracks && self.clusters == 0 {
            return Ok(false);
        }
        let mark = (id::CLUSTER.to_be_bytes(), 0);
        let head = &self.head;
        let is_whole = |bytes: &mut Bytes<'_>, at: u64| {
            let found = whole_element(bytes, at, bytes.len())?;
            let Some((cluster, end)) = found else { return Ok(false) };
            Ok(head.cluster(bytes, cluster, end, true)?.1 && bytes.are_given(at, end)?)
        };
        let found = next_whole(bytes, mark, self.end + 2, &mut self.tries, is_whole)?;
        if let Some(found) = found {
            self.bad.push((self.end, found));
            self.end = found;
        }
        Ok(found.is_some())
    }

    /// What is to be written, now that the end is known.
    fn finish(self, len: u64, segment: Element) -> RepairPlan {
        let damaged = self.bad.iter().map(|(from, to)| to - from).sum::<u64>() + self.voids;
        let mut plan = RepairPlan::new(self.end);
        (plan.contents, plan.damaged) = (self.contents, damaged);
        let is_closed = self.head.has_duration && segment.end == Some(self.end);
        if is_closed && self.end == len && self.bad.is_empty() {
            return plan;
        }
        for (from, to) in &self.bad {
            plan.patches.extend(void_header(*from, to - from));
        }
        // An index that may name what is no longer there, and what leads to it: players do without.
        let is_broken = |it: &&Element| it.id == id::SEEK_HEAD || !self.bad.is_empty();
        let broken = self.indices.iter().filter(is_broken);
        plan.patches.extend(broken.filter_map(|it| void_header(it.start, it.end? - it.start)));
        plan.info = self.info;
        // Its id has four bytes.
        let at = segment.start + 4;
        if segment.end != Some(self.end)
            && let Some(size) = size_field(self.end - segment.body, segment.body - at)
        {
            plan.patches.push((at, size));
        }
        plan
    }
}

/// What is in the Info element, where the head says how long the recording is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct InfoBody {
    at: u64,
    bytes: Vec<u8>,
    /// Nanoseconds a tick.
    scale: u64,
}

impl InfoBody {
    /// None where it is too large to be one of ours.
    fn read(bytes: &mut Bytes<'_>, info: Element, head: &Head) -> io::Result<Option<Self>> {
        let size = info.end.map(|end| end - info.body).filter(|size| *size <= LARGEST_HEAD);
        let Some(size) = size else { return Ok(None) };
        let body = bytes.get(info.body, size as usize)?.to_vec();
        Ok(Some(Self { at: info.body, bytes: body, scale: head.scale }))
    }

    /// What is to be written where, so that it says how long the recording is; none where there is no room.
    pub(super) fn patch(mut self, length: Duration) -> io::Result<Option<(u64, Vec<u8>)>> {
        let end = self.bytes.len() as u64;
        let found = children(&mut Bytes::new(&mut &self.bytes[..], end), 0, end)?;
        let is_room = |(it, to): &&(Element, u64)| {
            matches!(it.id, id::DURATION | id::VOID) && to - it.start == DURATION_SIZE
        };
        let Some((room, _)) = found.iter().rfind(is_room) else { return Ok(None) };
        let ticks = length.as_nanos() as f64 / self.scale as f64;
        let duration = [&[0x44, 0x89, 0x88], &ticks.to_be_bytes()[..]].concat();
        self.bytes[room.start as usize..][..duration.len()].copy_from_slice(&duration);
        if let Some((crc, to)) = found.first()
            && (crc.id, crc.start, to - crc.body) == (id::CRC, 0, 4)
        {
            let (head, rest) = self.bytes.split_at_mut(*to as usize);
            head[crc.body as usize..].copy_from_slice(&crc32fast::hash(rest).to_le_bytes());
        }
        Ok(Some((self.at, self.bytes)))
    }
}
