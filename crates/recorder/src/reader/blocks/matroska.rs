//! Matroska, as far as our files go (RFC 9559): clusters with blocks without lacing.

use std::io;

use camwall_media::MediaType;

use super::{Chunk, Unit};
use crate::container::bytes::Bytes;
use crate::container::ebml::{Element, children, element, id, number, whole_element};

const TRACK_ENTRY: u32 = 0xae;
const TRACK_NUMBER: u32 = 0xd7;
const TRACK_TYPE: u32 = 0x83;
const BLOCK: u32 = 0xa1;
const REFERENCE: u32 = 0xfb;

/// What the head says.
#[derive(Debug)]
pub(in super::super) struct Head {
    /// Nanoseconds a tick.
    scale: u64,
    video: Option<u64>,
    audio: Option<u64>,
}

/// The head, and where the first cluster begins.
pub(super) fn head(bytes: &mut Bytes<'_>) -> io::Result<Option<(Head, u64)>> {
    let length = bytes.len();
    let Some((_, end)) = whole_element(bytes, 0, length)? else { return Ok(None) };
    let segment = element(bytes, end)?.filter(|it| it.id == id::SEGMENT);
    let Some(segment) = segment else { return Ok(None) };
    let mut head = Head { scale: 1_000_000, video: None, audio: None };
    let mut at = segment.body;
    while let Some(child) = element(bytes, at)? {
        if child.id == id::CLUSTER {
            return Ok(head.video.is_some().then_some((head, at)));
        }
        let Some(end) = child.end.filter(|end| *end <= length) else { break };
        match child.id {
            id::INFO => head.read_info(bytes, child, end)?,
            id::TRACKS => head.read_tracks(bytes, child, end)?,
            _ => {}
        }
        at = end;
    }
    Ok(None)
}

impl Head {
    fn read_info(&mut self, bytes: &mut Bytes<'_>, info: Element, end: u64) -> io::Result<()> {
        for (it, to) in children(bytes, info.body, end)? {
            if it.id == id::TIMESTAMP_SCALE {
                self.scale = bytes.number(it.body, to - it.body)?.max(1);
            }
        }
        Ok(())
    }

    fn read_tracks(&mut self, bytes: &mut Bytes<'_>, tracks: Element, end: u64) -> io::Result<()> {
        let entries = children(bytes, tracks.body, end)?.into_iter();
        for (entry, to) in entries.filter(|(it, _)| it.id == TRACK_ENTRY) {
            let (mut track, mut kind) = (0, 0);
            for (it, to) in children(bytes, entry.body, to)? {
                match it.id {
                    TRACK_NUMBER => track = bytes.number(it.body, to - it.body)?,
                    TRACK_TYPE => kind = bytes.number(it.body, to - it.body)?,
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

    pub(super) fn chunk(&self, bytes: &mut Bytes<'_>, at: u64) -> io::Result<Option<Chunk>> {
        let length = bytes.len();
        let Some((found, next)) = whole_element(bytes, at, length)? else { return Ok(None) };
        let (mut units, mut time) = (Vec::new(), 0);
        let inner = if found.id == id::CLUSTER { next } else { found.body };
        for (child, to) in children(bytes, found.body, inner)? {
            match child.id {
                id::TIMESTAMP => time = bytes.number(child.body, to - child.body)?,
                id::SIMPLE_BLOCK => units.extend(self.block(bytes, (child, to), time, None)?),
                id::BLOCK_GROUP => {
                    let inner = children(bytes, child.body, to)?;
                    let keyframe = !inner.iter().any(|(it, _)| it.id == REFERENCE);
                    if let Some(block) = inner.into_iter().find(|(it, _)| it.id == BLOCK) {
                        units.extend(self.block(bytes, block, time, Some(keyframe))?);
                    }
                }
                _ => {}
            }
        }
        Ok(Some(Chunk { units, next }))
    }

    /// A block of one of our tracks.
    fn block(
        &self,
        bytes: &mut Bytes<'_>,
        (block, end): (Element, u64),
        time: u64,
        keyframe: Option<bool>,
    ) -> io::Result<Option<Unit>> {
        let head = bytes.get(block.body, 11)?;
        let Some((Some(track), length)) = number(head) else { return Ok(None) };
        let media_type = match Some(track) {
            video if video == self.video => MediaType::Video,
            audio if audio == self.audio => MediaType::Audio,
            _ => return Ok(None),
        };
        // Behind the track's number: a time of two bytes, and flags.
        let rest = head.get(usize::try_from(length).unwrap_or(8)..).and_then(|it| it.first_chunk());
        let Some(&[high, low, flags]) = rest else { return Ok(None) };
        let at = block.body + length + 3;
        let ticks = i128::from(time) + i128::from(i16::from_be_bytes([high, low]));
        let time = i64::try_from(ticks * i128::from(self.scale)).unwrap_or(i64::MAX);
        let keyframe = keyframe.unwrap_or(flags & 0x80 != 0);
        Ok(end.checked_sub(at).map(|bytes| Unit { media_type, time, keyframe, at, bytes }))
    }
}
