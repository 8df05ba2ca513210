//! Matroska: `EBML Segment(SeekHead Info Tracks Tags Cluster* Cues)`, after RFC 9559.
//!
//! Policy: a cluster counts if all its bytes are there, blocks fill it exactly, and its CRC-32 is
//! right where it has one. One of unknown size counts up to its last whole block. Then the head is
//! made to tell the truth, in the room FFmpeg's muxer leaves for it: the duration, the segment's
//! size, and no reference to an index that was cut off.

use std::io;

use super::blocks::{TrackEnd, take_block, take_group};
use super::bytes::{Bytes, Crc};
use super::ebml::{
    Element, LARGEST_HEAD, crc_is_right, element, id, size_field, unsigned, void_patch,
    whole_element,
};
use super::{RepairPlan, TAIL};

/// Bytes of a Duration element with its header, for which the muxer leaves a Void.
const DURATION_SIZE: u64 = 11;
/// Most tracks followed; the recorder writes two.
const MOST_TRACKS: usize = 8;

pub(super) fn plan(bytes: &mut Bytes<'_>) -> io::Result<RepairPlan> {
    let len = bytes.len();
    let Some(header) = element(bytes, 0)? else { return Ok(RepairPlan::NOTHING) };
    let Some(end) = header.end.filter(|_| header.id == id::EBML) else {
        return Ok(RepairPlan::NOTHING);
    };
    let segment = match element(bytes, end)? {
        Some(segment) if segment.id == id::SEGMENT => segment,
        _ => return Ok(RepairPlan::NOTHING),
    };
    let mut walk = SegmentWalk::new(segment.body);
    // The segment's own size is not looked at: it is written last of all.
    while let Some(child) = element(bytes, walk.end)? {
        let end = match child.end {
            Some(end) if end <= len => end,
            None if child.id == id::CLUSTER => len,
            _ => break,
        };
        if !walk.take(bytes, child, end)? {
            break;
        }
    }
    if walk.clusters == 0 { Ok(RepairPlan::NOTHING) } else { walk.finish(bytes, segment) }
}

/// The segment's children, in the order they come.
struct SegmentWalk {
    /// Where the whole part of the file ends.
    end: u64,
    clusters: u64,
    info: Option<Element>,
    seek_head: Option<Element>,
    has_duration: bool,
    /// Nanoseconds a tick.
    scale: u64,
    tracks: Vec<TrackEnd>,
}

impl SegmentWalk {
    fn new(end: u64) -> Self {
        let (info, seek_head) = (None, None);
        let (has_duration, tracks) = (false, Vec::new());
        Self { end, clusters: 0, info, seek_head, has_duration, scale: 1_000_000, tracks }
    }

    /// Goes over one child; false where the whole part ends before it or in it.
    fn take(&mut self, bytes: &mut Bytes<'_>, child: Element, end: u64) -> io::Result<bool> {
        let is_far_back = bytes.len() - end > TAIL;
        match child.id {
            id::CLUSTER if is_far_back => self.clusters += 1,
            // The head is not given up for a wrong CRC: without it nothing plays.
            id::CLUSTER | id::CUES if !crc_is_right(bytes, child)? => return Ok(false),
            id::CLUSTER => return self.take_cluster(bytes, child, end),
            id::INFO => self.read_info(bytes, child, end)?,
            id::TRACKS => self.read_tracks(bytes, child, end)?,
            id::SEEK_HEAD => self.seek_head = Some(child),
            id::CUES | id::TAGS | id::CHAPTERS | id::ATTACHMENTS | id::VOID | id::CRC => {}
            _ => return Ok(false),
        }
        self.end = end;
        Ok(true)
    }

    fn take_cluster(
        &mut self,
        bytes: &mut Bytes<'_>,
        cluster: Element,
        end: u64,
    ) -> io::Result<bool> {
        let mut clocks = self.tracks.clone();
        let (mut at, mut time, mut blocks) = (cluster.body, 0_i64, 0_u64);
        while at < end {
            let Some((child, to)) = whole_element(bytes, at, end)? else { break };
            match child.id {
                id::TIMESTAMP => {
                    time = i64::try_from(unsigned(bytes, child.body, to)?).unwrap_or(i64::MAX);
                }
                id::SIMPLE_BLOCK => take_block(bytes, &mut clocks, time, (child.body, to), None)?,
                id::BLOCK_GROUP => take_group(bytes, &mut clocks, time, (child.body, to))?,
                id::POSITION | id::PREV_SIZE | id::VOID | id::CRC => {}
                // The next child of the segment, after a cluster of unknown size.
                _ if cluster.end.is_none() => break,
                _ => {}
            }
            blocks += u64::from(matches!(child.id, id::SIMPLE_BLOCK | id::BLOCK_GROUP));
            at = to;
        }
        if blocks == 0 || (cluster.end.is_some() && at != end) {
            return Ok(false);
        }
        self.clusters += 1;
        self.end = at;
        self.tracks = clocks;
        Ok(true)
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

    fn read_tracks(&mut self, bytes: &mut Bytes<'_>, tracks: Element, end: u64) -> io::Result<()> {
        let mut at = tracks.body;
        while let Some((entry, to)) = whole_element(bytes, at, end)? {
            if entry.id == id::TRACK_ENTRY && self.tracks.len() < MOST_TRACKS {
                let mut track = TrackEnd::default();
                let mut inner = entry.body;
                while let Some((child, to)) = whole_element(bytes, inner, to)? {
                    match child.id {
                        id::TRACK_NUMBER => track.number = unsigned(bytes, child.body, to)?,
                        id::DEFAULT_DURATION => track.default = unsigned(bytes, child.body, to)?,
                        _ => {}
                    }
                    inner = to;
                }
                self.tracks.push(track);
            }
            at = to;
        }
        Ok(())
    }

    /// What is to be written, now that the end is known.
    fn finish(self, bytes: &mut Bytes<'_>, segment: Element) -> io::Result<RepairPlan> {
        let mut plan = RepairPlan { end: self.end, patches: Vec::new() };
        let is_closed = self.has_duration && segment.end == Some(self.end);
        if is_closed && self.end == bytes.len() {
            return Ok(plan);
        }
        if let Some(info) = self.info {
            let ticks = self.tracks.iter().filter_map(|track| track.end(self.scale));
            let duration = ticks.fold(0.0, f64::max);
            plan.patches.extend(info_patch(bytes, info, duration)?);
        }
        if let Some(seek_head) = self.seek_head {
            let from = segment.body;
            if refers_beyond(bytes, seek_head, self.end.saturating_sub(from))? {
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

/// Info with the duration in it; none where there is no room.
fn info_patch(
    bytes: &mut Bytes<'_>,
    info: Element,
    duration: f64,
) -> io::Result<Option<(u64, Vec<u8>)>> {
    let Some(end) = info.end.filter(|end| end - info.body <= LARGEST_HEAD) else { return Ok(None) };
    let (mut at, mut room, mut crc_end) = (info.body, None, None);
    while let Some((child, to)) = whole_element(bytes, at, end)? {
        match child.id {
            id::DURATION | id::VOID if to - at == DURATION_SIZE => room = Some(at),
            id::CRC if at == info.body && to - child.body == 4 => crc_end = Some(to),
            _ => {}
        }
        at = to;
    }
    let Some(room) = room else { return Ok(None) };
    let size = (end - info.body) as usize;
    let mut body = bytes.get(info.body, size)?.to_vec();
    let at = (room - info.body) as usize;
    body[at..at + 3].copy_from_slice(&[0x44, 0x89, 0x88]);
    body[at + 3..at + 11].copy_from_slice(&duration.to_be_bytes());
    if let Some(crc_end) = crc_end {
        let to = (crc_end - info.body) as usize;
        let mut crc = Crc::default();
        crc.add(&body[to..]);
        body[to - 4..to].copy_from_slice(&crc.value().to_le_bytes());
    }
    Ok(Some((info.body, body)))
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
