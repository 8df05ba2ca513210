//! Matroska: `EBML Segment(SeekHead Info Tracks Tags Cluster* Cues)`, after RFC 9559.
//!
//! Policy: a cluster counts if all its bytes are there, blocks fill it exactly, and its CRC-32 is
//! right where it has one. One of unknown size counts up to its last whole block. What is damaged with
//! a whole cluster behind it becomes a Void, which players pass over; behind the last whole cluster the
//! file is cut. Then the head is made to tell the truth, in the room FFmpeg's muxer leaves for it: the
//! duration, the segment's size, and no reference to an index that is no longer there.

use std::io;
use std::time::Duration;

use super::bytes::{Bytes, Crc};
use super::ebml::{
    Element, LARGEST_HEAD, crc_is_right, element, id, size_field, unsigned, void_header,
    void_patch, whole_element,
};
use super::{RepairPlan, TAIL};

/// Bytes of a Duration element with its header, for which the muxer leaves a Void.
const DURATION_SIZE: usize = 11;
/// How often a whole cluster is looked for behind damage: what looks like one costs a CRC each time.
const MOST_TRIES: u32 = 1000;

pub(super) fn plan(bytes: &mut Bytes<'_>) -> io::Result<RepairPlan> {
    let Some(segment) = segment(bytes)? else { return Ok(RepairPlan::NOTHING) };
    let mut walk = SegmentWalk::new(segment.body);
    // The segment's own size is not looked at: it is written last of all.
    while walk.step(bytes)? || walk.pass_over(bytes)? {}
    if walk.clusters == 0 { Ok(RepairPlan::NOTHING) } else { walk.finish(bytes, segment) }
}

/// What is to be written into the head of a file that is known to be whole up to `end`, without a look
/// at its clusters; none where it does not begin as one of ours.
pub(super) fn plan_head(bytes: &mut Bytes<'_>, end: u64) -> io::Result<Option<RepairPlan>> {
    let Some(segment) = segment(bytes)? else { return Ok(None) };
    let mut walk = SegmentWalk::new(segment.body);
    while walk.end < end
        && let Some((child, to)) = whole_element(bytes, walk.end, end)?
        && child.id != id::CLUSTER
        && walk.take(bytes, child, to)?
    {}
    walk.end = end;
    walk.finish(bytes, segment).map(Some)
}

/// The segment, behind the EBML header.
fn segment(bytes: &mut Bytes<'_>) -> io::Result<Option<Element>> {
    let Some(header) = element(bytes, 0)? else { return Ok(None) };
    let Some(end) = header.end.filter(|_| header.id == id::EBML) else { return Ok(None) };
    Ok(element(bytes, end)?.filter(|segment| segment.id == id::SEGMENT))
}

/// The segment's children, in the order they come.
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
        let (info, seek_head, cues, bad) = (None, None, Vec::new(), Vec::new());
        let (clusters, has_duration, has_tracks) = (0, false, false);
        let (scale, tries) = (1_000_000, MOST_TRIES);
        Self { end, clusters, info, seek_head, cues, has_duration, has_tracks, scale, bad, tries }
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
        let mut at = self.end + 2;
        while self.tries > 0
            && let Some(found) = bytes.find(id::CLUSTER.to_be_bytes(), at)?
        {
            self.tries -= 1;
            if let Some((cluster, end)) = whole_element(bytes, found, bytes.len())?
                && crc_is_right(bytes, cluster)?
                && cluster_end(bytes, cluster, end)? == Some(end)
            {
                self.bad.push((self.end, found));
                self.end = found;
                return Ok(true);
            }
            at = found + 1;
        }
        Ok(false)
    }

    fn read_info(&mut self, bytes: &mut Bytes<'_>, info: Element, end: u64) -> io::Result<()> {
        let mut at = info.body;
        while let Some((child, to)) = whole_element(bytes, at, end)? {
            match child.id {
                id::TIMESTAMP_SCALE => self.scale = unsigned(bytes, child.body, to)?.max(1),
                id::DURATION => self.has_duration = true,
                _ => {}
            }
            at = to;
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
        // An index that may name what is no longer there.
        let broken = self.cues.iter().filter(|_| !self.bad.is_empty());
        plan.patches
            .extend(broken.filter_map(|cues| void_header(cues.start, cues.end? - cues.start)));
        if let Some(info) = self.info {
            plan.duration = duration_slot(bytes, info, self.scale)?;
        }
        if let Some(seek_head) = self.seek_head {
            let from = segment.body;
            let lost = !self.bad.is_empty() && !self.cues.is_empty();
            if lost || refers_beyond(bytes, seek_head, self.end.saturating_sub(from))? {
                plan.patches.extend(void_patch(seek_head));
            }
        }
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

/// Where Info says how long the recording is, or has room for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DurationSlot {
    /// Where the body of Info begins, and what it is.
    at: u64,
    body: Vec<u8>,
    /// Where the duration is in it.
    room: usize,
    /// Up to where its CRC-32 stands, if it has one.
    crc_end: Option<usize>,
    /// Nanoseconds a tick.
    scale: u64,
}

impl DurationSlot {
    /// What is to be written where for this length.
    pub(super) fn patch(&self, length: Duration) -> (u64, Vec<u8>) {
        let mut body = self.body.clone();
        let ticks = length.as_nanos() as f64 / self.scale as f64;
        let (head, value) = body[self.room..self.room + DURATION_SIZE].split_at_mut(3);
        head.copy_from_slice(&[0x44, 0x89, 0x88]);
        value.copy_from_slice(&ticks.to_be_bytes());
        if let Some(to) = self.crc_end {
            let mut crc = Crc::default();
            crc.add(&body[to..]);
            body[to - 4..to].copy_from_slice(&crc.value().to_le_bytes());
        }
        (self.at, body)
    }
}

/// The place for the duration; none where there is no room.
fn duration_slot(
    bytes: &mut Bytes<'_>,
    info: Element,
    scale: u64,
) -> io::Result<Option<DurationSlot>> {
    let Some(end) = info.end.filter(|end| end - info.body <= LARGEST_HEAD) else { return Ok(None) };
    let (mut at, mut room, mut crc_end) = (info.body, None, None);
    while let Some((child, to)) = whole_element(bytes, at, end)? {
        match child.id {
            id::DURATION | id::VOID if to - at == DURATION_SIZE as u64 => {
                room = Some((at - info.body) as usize);
            }
            id::CRC if at == info.body && to - child.body == 4 => {
                crc_end = Some((to - info.body) as usize);
            }
            _ => {}
        }
        at = to;
    }
    let Some(room) = room else { return Ok(None) };
    let body = bytes.get(info.body, (end - info.body) as usize)?.to_vec();
    Ok(Some(DurationSlot { at: info.body, body, room, crc_end, scale }))
}

/// Whether a SeekHead names a place at or beyond `limit`, counted from the segment's start.
fn refers_beyond(bytes: &mut Bytes<'_>, seek_head: Element, limit: u64) -> io::Result<bool> {
    let Some(end) = seek_head.end else { return Ok(true) };
    let mut at = seek_head.body;
    while let Some((entry, to)) = whole_element(bytes, at, end)? {
        let mut inner = entry.body;
        while entry.id == id::SEEK
            && let Some((child, to)) = whole_element(bytes, inner, to)?
        {
            if child.id == id::SEEK_POSITION && unsigned(bytes, child.body, to)? >= limit {
                return Ok(true);
            }
            inner = to;
        }
        at = to;
    }
    Ok(false)
}
