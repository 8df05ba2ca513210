//! Matroska: `EBML Segment(SeekHead Info Tracks Tags Cluster* Cues)`, after RFC 9559.
//!
//! Policy: a cluster counts if all its bytes are there, blocks fill it exactly, and its CRC-32 is
//! right where it has one. One of unknown size counts up to its last whole block. What is damaged with
//! a whole cluster behind it becomes a Void, which players pass over; behind the last whole cluster the
//! file is cut. Then the head is made to tell the truth, in the room FFmpeg's muxer leaves for it: the
//! duration, the segment's size, and no reference to an index that is no longer there.

use std::io;
use std::time::Duration;

use super::{MOST_TRIES, RepairPlan, TAIL, next_whole};
use crate::container::bytes::Bytes;
use crate::container::ebml::{
    Element, LARGEST_HEAD, children, crc_is_right, element, id, size_field, void_header,
    void_patch, whole_element,
};

/// Bytes of a Duration element with its header, for which the muxer leaves a Void.
const DURATION_SIZE: u64 = 11;

pub(super) fn plan(bytes: &mut Bytes<'_>) -> io::Result<RepairPlan> {
    let Some(segment) = segment(bytes)? else { return Ok(RepairPlan::default()) };
    let mut walk = SegmentWalk::new(segment.body);
    // The segment's own size is not looked at: it is written last of all.
    while walk.step(bytes)? || walk.pass_over(bytes)? {}
    if walk.clusters == 0 { Ok(RepairPlan::default()) } else { walk.finish(bytes, segment) }
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
    walk.finish(bytes, segment)
}

/// The segment, behind the EBML header.
fn segment(bytes: &mut Bytes<'_>) -> io::Result<Option<Element>> {
    let Some(header) = element(bytes, 0)? else { return Ok(None) };
    let Some(end) = header.end.filter(|_| header.id == id::EBML) else { return Ok(None) };
    Ok(element(bytes, end)?.filter(|segment| segment.id == id::SEGMENT))
}

/// The segment's children, in the order they come.
#[derive(Default)]
struct SegmentWalk {
    /// Where the whole part of the file ends.
    end: u64,
    clusters: u64,
    info: Option<Element>,
    seek_head: Option<Element>,
    cues: Vec<Element>,
    has_duration: bool,
    has_tracks: bool,
    /// Nanoseconds a tick.
    scale: u64,
    /// Stretches that are damaged, with whole clusters behind them.
    bad: Vec<(u64, u64)>,
    /// How often a whole cluster may still be looked for.
    tries: u32,
}

impl SegmentWalk {
    fn new(end: u64) -> Self {
        Self { end, scale: 1_000_000, tries: MOST_TRIES, ..Self::default() }
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
        let is_far_back = bytes.len() - end > TAIL;
        match child.id {
            id::CLUSTER if is_far_back => self.clusters += 1,
            // The head is not given up for a wrong CRC: without it nothing plays.
            id::CLUSTER | id::CUES if !crc_is_right(bytes, child)? => return Ok(false),
            id::CLUSTER => {
                let Some(whole) = cluster_end(bytes, child, end)? else { return Ok(false) };
                self.clusters += 1;
                self.end = whole;
                return Ok(true);
            }
            id::INFO => self.read_info(bytes, child, end)?,
            id::SEEK_HEAD => self.seek_head = Some(child),
            id::CUES if self.cues.len() < MOST_TRIES as usize => self.cues.push(child),
            id::TRACKS => self.has_tracks = true,
            id::TAGS | id::CHAPTERS | id::ATTACHMENTS | id::VOID | id::CRC => {}
            _ => return Ok(false),
        }
        self.end = end;
        Ok(true)
    }

    /// Passes over what is damaged where a whole cluster stands behind it; false where none does.
    fn pass_over(&mut self, bytes: &mut Bytes<'_>) -> io::Result<bool> {
        // Without its head nothing plays.
        if !self.has_tracks && self.clusters == 0 {
            return Ok(false);
        }
        let mark = (id::CLUSTER.to_be_bytes(), 0);
        let found = next_whole(bytes, mark, self.end + 2, &mut self.tries, is_cluster)?;
        if let Some(found) = found {
            self.bad.push((self.end, found));
            self.end = found;
        }
        Ok(found.is_some())
    }

    fn read_info(&mut self, bytes: &mut Bytes<'_>, info: Element, end: u64) -> io::Result<()> {
        for (child, to) in children(bytes, info.body, end)? {
            match child.id {
                id::TIMESTAMP_SCALE => {
                    self.scale = bytes.number(child.body, to - child.body)?.max(1)
                }
                id::DURATION => self.has_duration = true,
                _ => {}
            }
        }
        self.info = Some(info);
        Ok(())
    }

    /// What is to be written, now that the end is known.
    fn finish(self, bytes: &mut Bytes<'_>, segment: Element) -> io::Result<RepairPlan> {
        let mut plan = RepairPlan::new(self.end);
        let is_closed = self.has_duration && segment.end == Some(self.end);
        if is_closed && self.end == bytes.len() && self.bad.is_empty() {
            return Ok(plan);
        }
        for (from, to) in &self.bad {
            plan.patches.extend(void_header(*from, to - from));
        }
        // An index that may name what is no longer there, and what leads to it: players do without.
        let broken = self.cues.iter().filter(|_| !self.bad.is_empty());
        plan.patches
            .extend(broken.filter_map(|cues| void_header(cues.start, cues.end? - cues.start)));
        plan.patches.extend(self.seek_head.and_then(void_patch));
        plan.info = self.info.map(|info| (info, self.scale));
        // Its id has four bytes.
        let at = segment.start + 4;
        if segment.end != Some(self.end)
            && let Some(size) = size_field(self.end - segment.body, segment.body - at)
        {
            plan.patches.push((at, size));
        }
        Ok(plan)
    }
}

/// Whether a whole cluster stands there, filled by its blocks.
fn is_cluster(bytes: &mut Bytes<'_>, at: u64) -> io::Result<bool> {
    let Some((cluster, end)) = whole_element(bytes, at, bytes.len())? else { return Ok(false) };
    Ok(crc_is_right(bytes, cluster)? && cluster_end(bytes, cluster, end)? == Some(end))
}

/// Where the blocks of a cluster end which is to end at `end`; none where it has none, or where they do
/// not fill it and it says how large it is.
fn cluster_end(bytes: &mut Bytes<'_>, cluster: Element, end: u64) -> io::Result<Option<u64>> {
    let (mut at, mut blocks) = (cluster.body, 0_u64);
    while at < end {
        let Some((child, to)) = whole_element(bytes, at, end)? else { break };
        match child.id {
            id::SIMPLE_BLOCK | id::BLOCK_GROUP => blocks += 1,
            id::TIMESTAMP | id::POSITION | id::PREV_SIZE | id::VOID | id::CRC => {}
            // The next child of the segment, after a cluster of unknown size.
            _ if cluster.end.is_none() => break,
            _ => {}
        }
        at = to;
    }
    Ok((blocks > 0 && (cluster.end.is_none() || at == end)).then_some(at))
}

/// What is to be written where, so that Info says how long the recording is; none where there is no room.
pub(super) fn duration_patch(
    bytes: &mut Bytes<'_>,
    info: Element,
    scale: u64,
    length: Duration,
) -> io::Result<Option<(u64, Vec<u8>)>> {
    let Some(end) = info.end.filter(|end| end - info.body <= LARGEST_HEAD) else { return Ok(None) };
    let place = |at: u64| (at - info.body) as usize;
    let mut body = bytes.get(info.body, place(end))?.to_vec();
    let (mut room, mut crc_end) = (None, None);
    for (child, to) in children(bytes, info.body, end)? {
        match child.id {
            id::DURATION | id::VOID if to - child.start == DURATION_SIZE => {
                room = Some(place(child.start));
            }
            id::CRC if child.start == info.body && to - child.body == 4 => {
                crc_end = Some(place(to))
            }
            _ => {}
        }
    }
    let Some(room) = room else { return Ok(None) };
    let ticks = length.as_nanos() as f64 / scale as f64;
    let duration = [&[0x44, 0x89, 0x88], &ticks.to_be_bytes()[..]].concat();
    body[room..room + duration.len()].copy_from_slice(&duration);
    if let Some(to) = crc_end {
        let crc = crc32fast::hash(&body[to..]);
        body[to - 4..to].copy_from_slice(&crc.to_le_bytes());
    }
    Ok(Some((info.body, body)))
}
