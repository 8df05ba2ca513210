//! Matroska, as far as our files go (RFC 9559): clusters with blocks without lacing.

use std::io;

use camwall_media::MediaType;

use super::{Chunk, MOST, Source, Unit};

const SEGMENT: u64 = 0x1853_8067;
const INFO: u64 = 0x1549_a966;
const TIMESTAMP_SCALE: u64 = 0x2a_d7b1;
const TRACKS: u64 = 0x1654_ae6b;
const TRACK_ENTRY: u64 = 0xae;
const TRACK_NUMBER: u64 = 0xd7;
const TRACK_TYPE: u64 = 0x83;
const CLUSTER: u64 = 0x1f43_b675;
const TIMESTAMP: u64 = 0xe7;
const SIMPLE_BLOCK: u64 = 0xa3;
const BLOCK_GROUP: u64 = 0xa0;
const BLOCK: u64 = 0xa1;
const REFERENCE: u64 = 0xfb;

/// What the head says.
#[derive(Debug)]
pub(in super::super) struct Head {
    /// Nanoseconds a tick.
    scale: u64,
    video: Option<u64>,
    audio: Option<u64>,
}

/// An element: its id, where its contents begin and end.
#[derive(Clone, Copy)]
struct Element {
    id: u64,
    body: u64,
    end: u64,
}

/// A number that says its own length; where its marker stays in it, an id.
fn number(source: &Source<'_>, at: u64, marked: bool) -> io::Result<Option<(u64, u64)>> {
    let Some(&first) = source.get(at, 1)?.first() else { return Ok(None) };
    let length = u64::from(first.leading_zeros()) + 1;
    if length > 8 || at + length > source.length {
        return Ok(None);
    }
    let value = source.number(at, length)?;
    let mask = (1_u64 << (7 * length)) - 1;
    Ok(Some((if marked { value } else { value & mask }, length)))
}

/// The element at `at`; of one whose size nobody knew, all that follows is in it.
fn element(source: &Source<'_>, at: u64) -> io::Result<Option<Element>> {
    let Some((id, first)) = number(source, at, true)? else { return Ok(None) };
    let Some((size, second)) = number(source, at + first, false)? else { return Ok(None) };
    let body = at + first + second;
    let unknown = size == (1 << (7 * second)) - 1;
    let end = if unknown { u64::MAX } else { body.saturating_add(size) };
    Ok(Some(Element { id, body, end }))
}

/// The element at `at`, if it ends before `limit`.
fn whole(source: &Source<'_>, at: u64, limit: u64) -> io::Result<Option<Element>> {
    let limit = limit.min(source.length);
    if at >= limit {
        return Ok(None);
    }
    Ok(element(source, at)?.filter(|found| found.end <= limit))
}

/// The children of an element, all whole.
fn children(source: &Source<'_>, of: Element) -> io::Result<Vec<Element>> {
    let (mut at, mut found) = (of.body, Vec::new());
    while let Some(child) = whole(source, at, of.end)?.filter(|_| found.len() < MOST) {
        found.push(child);
        at = child.end;
    }
    Ok(found)
}

/// The head, and where the first cluster begins.
pub(super) fn head(source: &Source<'_>) -> io::Result<Option<(Head, u64)>> {
    let Some(ebml) = whole(source, 0, u64::MAX)? else { return Ok(None) };
    let Some(segment) = element(source, ebml.end)?.filter(|it| it.id == SEGMENT) else {
        return Ok(None);
    };
    let mut head = Head { scale: 1_000_000, video: None, audio: None };
    let mut at = segment.body;
    while let Some(child) = element(source, at)? {
        match child.id {
            CLUSTER => return Ok(head.video.is_some().then_some((head, at))),
            _ if child.end > source.length => break,
            INFO => {
                for it in children(source, child)? {
                    if it.id == TIMESTAMP_SCALE {
                        head.scale = source.number(it.body, it.end - it.body)?.max(1);
                    }
                }
            }
            TRACKS => head.read_tracks(source, child)?,
            _ => {}
        }
        at = child.end;
    }
    Ok(None)
}

impl Head {
    fn read_tracks(&mut self, source: &Source<'_>, tracks: Element) -> io::Result<()> {
        for entry in children(source, tracks)? {
            if entry.id != TRACK_ENTRY {
                continue;
            }
            let (mut track, mut kind) = (0, 0);
            for it in children(source, entry)? {
                match it.id {
                    TRACK_NUMBER => track = source.number(it.body, it.end - it.body)?,
                    TRACK_TYPE => kind = source.number(it.body, it.end - it.body)?,
                    _ => {}
                }
            }
            match kind {
                1 => self.video = self.video.or(Some(track)),
                2 => self.audio = self.audio.or(Some(track)),
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn chunk(&self, source: &Source<'_>, at: u64) -> io::Result<Option<Chunk>> {
        let Some(found) = whole(source, at, u64::MAX)? else { return Ok(None) };
        let mut units = Vec::new();
        if found.id == CLUSTER {
            let mut time = 0;
            for child in children(source, found)? {
                match child.id {
                    TIMESTAMP => time = source.number(child.body, child.end - child.body)?,
                    SIMPLE_BLOCK => units.extend(self.block(source, child, time, None)?),
                    BLOCK_GROUP => {
                        let inner = children(source, child)?;
                        let keyframe = !inner.iter().any(|it| it.id == REFERENCE);
                        if let Some(block) = inner.iter().find(|it| it.id == BLOCK) {
                            units.extend(self.block(source, *block, time, Some(keyframe))?);
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(Some(Chunk { units, next: found.end }))
    }

    /// A block of one of our tracks.
    fn block(
        &self,
        source: &Source<'_>,
        block: Element,
        time: u64,
        keyframe: Option<bool>,
    ) -> io::Result<Option<Unit>> {
        let Some((track, length)) = number(source, block.body, false)? else { return Ok(None) };
        let at = block.body + length + 3;
        let media_type = match Some(track) {
            video if video == self.video => MediaType::Video,
            audio if audio == self.audio => MediaType::Audio,
            _ => return Ok(None),
        };
        let head = source.get(block.body + length, 3)?;
        let &[high, low, flags] = head.as_slice() else { return Ok(None) };
        if at > block.end {
            return Ok(None);
        }
        let ticks = i128::from(time) + i128::from(i16::from_be_bytes([high, low]));
        let time = i64::try_from(ticks * i128::from(self.scale)).unwrap_or(i64::MAX);
        let keyframe = keyframe.unwrap_or(flags & 0x80 != 0);
        Ok(Some(Unit { media_type, time, keyframe, at, bytes: block.end - at }))
    }
}
