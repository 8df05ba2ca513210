//! Fragmented MP4, as far as our files go (ISO/IEC 14496-12): a `moof` and the `mdat` behind it.

use std::io;

use camwall_media::MediaType;

use super::{Chunk, Unit, nanos};
use crate::container::boxes::{Atom, children, whole};
use crate::container::bytes::Bytes;

/// A track of the head.
#[derive(Clone, Copy, Debug)]
struct Track {
    id: u64,
    media_type: MediaType,
    /// Ticks a second.
    scale: u64,
    /// Of a sample that says nothing: its length in ticks, its size in bytes, its flags.
    defaults: [u64; 3],
}

/// What the head says.
#[derive(Debug)]
pub(in super::super) struct Head {
    tracks: Vec<Track>,
}

fn child(bytes: &mut Bytes<'_>, of: Atom, kind: &[u8; 4]) -> io::Result<Option<Atom>> {
    Ok(children(bytes, of)?.into_iter().find(|it| it.kind == *kind))
}

/// Those of one kind among the boxes in a box.
fn all(bytes: &mut Bytes<'_>, of: Atom, kind: &[u8; 4]) -> io::Result<Vec<Atom>> {
    Ok(children(bytes, of)?.into_iter().filter(|it| it.kind == *kind).collect())
}

/// The head, and where the first fragment begins.
pub(super) fn head(bytes: &mut Bytes<'_>) -> io::Result<Option<(Head, u64)>> {
    let mut at = 0;
    while let Some(found) = whole(bytes, at, u64::MAX)? {
        at = found.end;
        if found.kind != *b"moov" {
            continue;
        }
        let mut head = Head { tracks: Vec::new() };
        for it in children(bytes, found)? {
            match &it.kind {
                b"trak" => head.tracks.extend(track(bytes, it)?),
                b"mvex" => head.defaults(bytes, it)?,
                _ => {}
            }
        }
        return Ok((!head.tracks.is_empty()).then_some((head, at)));
    }
    Ok(None)
}

fn track(bytes: &mut Bytes<'_>, trak: Atom) -> io::Result<Option<Track>> {
    let (Some(tkhd), Some(mdia)) = (child(bytes, trak, b"tkhd")?, child(bytes, trak, b"mdia")?)
    else {
        return Ok(None);
    };
    let (Some(mdhd), Some(hdlr)) = (child(bytes, mdia, b"mdhd")?, child(bytes, mdia, b"hdlr")?)
    else {
        return Ok(None);
    };
    // Version 1 has times of eight bytes.
    let mut field = |it: Atom| {
        let longer = bytes.number(it.body, 1)? * 8;
        bytes.number(it.body + 12 + longer, 4)
    };
    let (id, scale) = (field(tkhd)?, field(mdhd)?.max(1));
    let media_type = match bytes.get(hdlr.body + 8, 4)? {
        b"vide" => MediaType::Video,
        b"soun" => MediaType::Audio,
        _ => return Ok(None),
    };
    Ok(Some(Track { id, media_type, scale, defaults: [0; 3] }))
}

impl Head {
    fn defaults(&mut self, bytes: &mut Bytes<'_>, mvex: Atom) -> io::Result<()> {
        for trex in all(bytes, mvex, b"trex")? {
            let mut field = |at: u64| bytes.number(trex.body + 4 + 4 * at, 4);
            let id = field(0)?;
            for track in self.tracks.iter_mut().filter(|it| it.id == id) {
                track.defaults = [field(2)?, field(3)?, field(4)?];
            }
        }
        Ok(())
    }

    pub(super) fn chunk(&self, bytes: &mut Bytes<'_>, at: u64) -> io::Result<Option<Chunk>> {
        let Some(found) = whole(bytes, at, u64::MAX)? else { return Ok(None) };
        if found.kind != *b"moof" {
            return Ok(Some(Chunk { units: Vec::new(), next: found.end }));
        }
        // What it tells of is in the next box.
        let Some(data) = whole(bytes, found.end, u64::MAX)? else { return Ok(None) };
        let mut units = Vec::new();
        for traf in all(bytes, found, b"traf")? {
            self.fragment(bytes, at, traf, &mut units)?;
        }
        units.retain(|unit| unit.at.saturating_add(unit.bytes) <= data.end);
        // Of all tracks, in the order in which they lie there.
        units.sort_by_key(|unit| unit.at);
        Ok(Some(Chunk { units, next: data.end }))
    }

    fn fragment(
        &self,
        bytes: &mut Bytes<'_>,
        moof: u64,
        traf: Atom,
        units: &mut Vec<Unit>,
    ) -> io::Result<()> {
        let Some(tfhd) = child(bytes, traf, b"tfhd")? else { return Ok(()) };
        let id = bytes.number(tfhd.body + 4, 4)?;
        let Some(mut track) = self.tracks.iter().find(|it| it.id == id).copied() else {
            return Ok(());
        };
        let flags = bytes.number(tfhd.body + 1, 3)?;
        let mut at = tfhd.body + 8;
        let mut base = moof;
        if flags & 0x1 != 0 {
            base = bytes.number(at, 8)?;
            at += 8;
        }
        at += if flags & 0x2 != 0 { 4 } else { 0 };
        for (bit, default) in [0x8, 0x10, 0x20].into_iter().zip(&mut track.defaults) {
            if flags & bit != 0 {
                *default = bytes.number(at, 4)?;
                at += 4;
            }
        }
        let mut decoded = match child(bytes, traf, b"tfdt")? {
            Some(it) if bytes.number(it.body, 1)? == 1 => bytes.number(it.body + 4, 8)?,
            Some(it) => bytes.number(it.body + 4, 4)?,
            None => 0,
        };
        for trun in all(bytes, traf, b"trun")? {
            run(bytes, trun, base, track, &mut decoded, units)?;
        }
        Ok(())
    }
}

/// A run of samples that lie one behind the other.
fn run(
    bytes: &mut Bytes<'_>,
    trun: Atom,
    base: u64,
    track: Track,
    decoded: &mut u64,
    units: &mut Vec<Unit>,
) -> io::Result<()> {
    let flags = bytes.number(trun.body + 1, 3)?;
    let count = bytes.number(trun.body + 4, 4)?;
    let mut at = trun.body + 8;
    let mut place = base;
    if flags & 0x1 != 0 {
        place = base.saturating_add(bytes.number(at, 4)?);
        at += 4;
    }
    let mut first = None;
    if flags & 0x4 != 0 {
        first = Some(bytes.number(at, 4)?);
        at += 4;
    }
    for sample in 0..count.min(1 << 16) {
        let mut fields = track.defaults;
        if let Some(first) = first.filter(|_| sample == 0) {
            fields[2] = first;
        }
        let mut shift = 0_i64;
        if at > trun.end {
            break;
        }
        for (bit, field) in [0x100, 0x200, 0x400].into_iter().zip(&mut fields) {
            if flags & bit != 0 {
                *field = bytes.number(at, 4)?;
                at += 4;
            }
        }
        if flags & 0x800 != 0 {
            // Signed in the second version, and never that large in the first.
            let word = u32::try_from(bytes.number(at, 4)?).unwrap_or(0);
            shift = i64::from(i32::from_be_bytes(word.to_be_bytes()));
            at += 4;
        }
        let [length, size, sample_flags] = fields;
        let ticks = i128::from(*decoded) + i128::from(shift);
        let time = nanos(ticks, track.scale);
        let keyframe = sample_flags & 0x1_0000 == 0;
        units.push(Unit { media_type: track.media_type, time, keyframe, at: place, bytes: size });
        place = place.saturating_add(size);
        *decoded = decoded.saturating_add(length);
    }
    Ok(())
}
