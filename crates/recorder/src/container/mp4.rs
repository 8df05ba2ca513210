//! Fragmented MP4, as far as our files go (ISO/IEC 14496-12): a `moof` and the `mdat` behind it.

use std::io;

use camwall_media::MediaType;

use super::boxes::{Atom, children, whole};
use super::bytes::Bytes;
use super::{Chunk, Unit};

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
#[derive(Debug, Default)]
pub(crate) struct Head {
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
pub(crate) fn head(bytes: &mut Bytes<'_>) -> io::Result<Option<(Head, u64)>> {
    let mut at = 0;
    while let Some(found) = whole(bytes, at, u64::MAX)? {
        at = found.end;
        if found.kind == *b"moov" {
            let head = Head::read(bytes, found)?;
            return Ok((!head.tracks.is_empty()).then_some((head, at)));
        }
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
    /// What a `moov` says.
    pub(crate) fn read(bytes: &mut Bytes<'_>, moov: Atom) -> io::Result<Self> {
        let mut head = Self::default();
        for it in children(bytes, moov)? {
            match &it.kind {
                b"trak" => head.tracks.extend(track(bytes, it)?),
                b"mvex" => head.defaults(bytes, it)?,
                _ => {}
            }
        }
        Ok(head)
    }

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

    /// The box that begins at a byte, a `moof` with the box behind it; none where that is not whole, or not
    /// there yet.
    pub(crate) fn chunk(&self, bytes: &mut Bytes<'_>, at: u64) -> io::Result<Option<Chunk>> {
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
        let mut fields = Fields { bytes, at: tfhd.body + 1 };
        let (flags, id) = (fields.next(3)?, fields.next(4)?);
        let Some(mut track) = self.tracks.iter().find(|it| it.id == id).copied() else {
            return Ok(());
        };
        let base = fields.next_if(flags & 0x1, 8)?.unwrap_or(moof);
        fields.next_if(flags & 0x2, 4)?;
        fields.replace(flags, [0x8, 0x10, 0x20], &mut track.defaults)?;
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

/// Numbers that lie one behind the other.
struct Fields<'a, 'b> {
    bytes: &'a mut Bytes<'b>,
    at: u64,
}

impl Fields<'_, '_> {
    /// The next, of so many bytes.
    fn next(&mut self, bytes: u64) -> io::Result<u64> {
        self.at += bytes;
        self.bytes.number(self.at - bytes, bytes)
    }

    /// The next, if it is there by its `flag`.
    fn next_if(&mut self, flag: u64, bytes: u64) -> io::Result<Option<u64>> {
        if flag == 0 { Ok(None) } else { self.next(bytes).map(Some) }
    }

    /// Those of three values that are there by their bits.
    fn replace(&mut self, flags: u64, bits: [u64; 3], values: &mut [u64; 3]) -> io::Result<()> {
        for (bit, value) in bits.into_iter().zip(values) {
            *value = self.next_if(flags & bit, 4)?.unwrap_or(*value);
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
    let mut fields = Fields { bytes, at: trun.body + 1 };
    let (flags, count) = (fields.next(3)?, fields.next(4)?);
    let mut place = base.saturating_add(fields.next_if(flags & 0x1, 4)?.unwrap_or(0));
    let mut first = fields.next_if(flags & 0x4, 4)?;
    for _ in 0..count.min(1 << 16) {
        if fields.at > trun.end {
            break;
        }
        let mut sample = track.defaults;
        sample[2] = first.take().unwrap_or(sample[2]);
        fields.replace(flags, [0x100, 0x200, 0x400], &mut sample)?;
        // Signed in the second version, and never that large in the first.
        let shift = u32::try_from(fields.next_if(flags & 0x800, 4)?.unwrap_or(0)).unwrap_or(0);
        let [length, size, sample_flags] = sample;
        let ticks = i128::from(*decoded) + i128::from(i32::from_be_bytes(shift.to_be_bytes()));
        let time = ticks * 1_000_000_000 / i128::from(track.scale);
        let time = i64::try_from(time).unwrap_or(i64::MAX);
        let keyframe = sample_flags & 0x1_0000 == 0;
        units.push(Unit { media_type: track.media_type, time, keyframe, at: place, bytes: size });
        place = place.saturating_add(size);
        *decoded = decoded.saturating_add(length);
    }
    Ok(())
}
