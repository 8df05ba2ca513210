//! Matroska, as far as our files go (RFC 9559): clusters with blocks without lacing.

use std::io;

use camwall_media::MediaType;

use super::bytes::Bytes;
use super::ebml::{Element, children, element, id, number, walk, whole_element};
use super::{Chunk, Unit};

const TRACK_ENTRY: u32 = 0xae;
const TRACK_NUMBER: u32 = 0xd7;
const TRACK_TYPE: u32 = 0x83;
const BLOCK: u32 = 0xa1;
const REFERENCE: u32 = 0xfb;

/// What the head says.
#[derive(Debug)]
pub(crate) struct Head {
    /// Nanoseconds a tick.
    pub(crate) scale: u64,
    /// Whether it says how long the recording is.
    pub(crate) has_duration: bool,
    /// The tracks' numbers.
    video: Option<u64>,
    audio: Option<u64>,
}

impl Default for Head {
    fn default() -> Self {
        Self { scale: 1_000_000, has_duration: false, video: None, audio: None }
    }
}

/// The segment, behind the EBML header.
pub(crate) fn segment(bytes: &mut Bytes<'_>) -> io::Result<Option<Element>> {
    let length = bytes.len();
    let Some((header, end)) = whole_element(bytes, 0, length)? else { return Ok(None) };
    let segment = element(bytes, end)?.filter(|segment| segment.id == id::SEGMENT);
    Ok(segment.filter(|_| header.id == id::EBML))
}

/// The head, and where the first cluster begins.
pub(crate) fn head(bytes: &mut Bytes<'_>) -> io::Result<Option<(Head, u64)>> {
    let Some(segment) = segment(bytes)? else { return Ok(None) };
    let (length, mut head, mut at) = (bytes.len(), Head::default(), segment.body);
    while let Some(child) = element(bytes, at)? {
        if child.id == id::CLUSTER {
            return Ok(head.video.is_some().then_some((head, at)));
        }
        let Some(end) = child.end.filter(|end| *end <= length) else { break };
        head.read(bytes, child, end)?;
        at = end;
    }
    Ok(None)
}

impl Head {
    /// Reads a child of the segment, if it says something of the head.
    pub(crate) fn read(&mut self, bytes: &mut Bytes<'_>, it: Element, end: u64) -> io::Result<()> {
        match it.id {
            id::INFO => self.read_info(bytes, it, end),
            id::TRACKS => self.read_tracks(bytes, it, end),
            _ => Ok(()),
        }
    }

    fn read_info(&mut self, bytes: &mut Bytes<'_>, info: Element, end: u64) -> io::Result<()> {
        for (it, to) in children(bytes, info.body, end)? {
            match it.id {
                id::TIMESTAMP_SCALE => self.scale = bytes.number(it.body, to - it.body)?.max(1),
                id::DURATION => self.has_duration = true,
                _ => {}
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

    /// The chunk that begins at a byte; none where it is not whole, or not there yet.
    pub(crate) fn chunk(&self, bytes: &mut Bytes<'_>, at: u64) -> io::Result<Option<Chunk>> {
        let length = bytes.len();
        let Some((found, next)) = whole_element(bytes, at, length)? else { return Ok(None) };
        if found.id != id::CLUSTER {
            return Ok(Some(Chunk { units: Vec::new(), next }));
        }
        let (chunk, _) = self.cluster(bytes, found, next, false)?;
        Ok(Some(Chunk { next, ..chunk }))
    }

    /// What is in a cluster that is to end at `end`, gone over once, and whether it is whole: there are blocks
    /// in it, which fill it if it says how large it is, and its CRC-32 is right if that is to be `checked`.
    pub(crate) fn cluster(
        &self,
        bytes: &mut Bytes<'_>,
        cluster: Element,
        end: u64,
        checked: bool,
    ) -> io::Result<(Chunk, bool)> {
        let (mut units, mut time, mut blocks) = (Vec::new(), 0, 0_u64);
        let (next, is_sound) = walk(bytes, cluster, end, checked, |bytes, child, to| {
            match child.id {
                id::TIMESTAMP => time = bytes.number(child.body, to - child.body)?,
                id::SIMPLE_BLOCK => {
                    blocks += 1;
                    units.extend(self.block(bytes, (child, to), time, None)?);
                }
                id::BLOCK_GROUP => {
                    blocks += 1;
                    let inner = children(bytes, child.body, to)?;
                    let keyframe = !inner.iter().any(|(it, _)| it.id == REFERENCE);
                    if let Some(block) = inner.into_iter().find(|(it, _)| it.id == BLOCK) {
                        units.extend(self.block(bytes, block, time, Some(keyframe))?);
                    }
                }
                id::POSITION | id::PREV_SIZE | id::VOID | id::CRC => {}
                // After a cluster of unknown size the next child of the segment.
                _ => return Ok(cluster.end.is_some()),
            }
            Ok(true)
        })?;
        Ok((Chunk { units, next }, is_sound && blocks > 0))
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
