//! Fragmented MP4, as far as our files go (ISO/IEC 14496-12): a `moof` and the `mdat` behind it.

use std::io;

use camwall_media::MediaType;

use super::{Chunk, MOST, Source, Unit};

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

/// A box: its name, where its contents begin and where it ends.
#[derive(Clone, Copy)]
struct Atom {
    name: [u8; 4],
    body: u64,
    end: u64,
}

/// The box at `at`, if it ends before `limit`.
fn whole(source: &Source<'_>, at: u64, limit: u64) -> io::Result<Option<Atom>> {
    let head = source.get(at, 16)?;
    let Some(name) = head.get(4..8).and_then(|name| name.first_chunk().copied()) else {
        return Ok(None);
    };
    let (size, body) = match source.number(at, 4)? {
        1 if head.len() == 16 => (source.number(at + 8, 8)?, at + 16),
        size => (size, at + 8),
    };
    let end = at.saturating_add(size);
    Ok((end >= body && end <= limit.min(source.length)).then_some(Atom { name, body, end }))
}

fn children(source: &Source<'_>, of: Atom) -> io::Result<Vec<Atom>> {
    let (mut at, mut found) = (of.body, Vec::new());
    while let Some(child) = whole(source, at, of.end)?.filter(|_| found.len() < MOST) {
        found.push(child);
        at = child.end;
    }
    Ok(found)
}

fn child(source: &Source<'_>, of: Atom, name: &[u8; 4]) -> io::Result<Option<Atom>> {
    Ok(children(source, of)?.into_iter().find(|it| it.name == *name))
}

/// The head, and where the first fragment begins.
pub(super) fn head(source: &Source<'_>) -> io::Result<Option<(Head, u64)>> {
    let mut at = 0;
    while let Some(found) = whole(source, at, u64::MAX)? {
        at = found.end;
        if found.name != *b"moov" {
            continue;
        }
        let mut head = Head { tracks: Vec::new() };
        for it in children(source, found)? {
            match &it.name {
                b"trak" => head.tracks.extend(track(source, it)?),
                b"mvex" => head.defaults(source, it)?,
                _ => {}
            }
        }
        return Ok((!head.tracks.is_empty()).then_some((head, at)));
    }
    Ok(None)
}

fn track(source: &Source<'_>, trak: Atom) -> io::Result<Option<Track>> {
    let (Some(tkhd), Some(mdia)) = (child(source, trak, b"tkhd")?, child(source, trak, b"mdia")?)
    else {
        return Ok(None);
    };
    let (Some(mdhd), Some(hdlr)) = (child(source, mdia, b"mdhd")?, child(source, mdia, b"hdlr")?)
    else {
        return Ok(None);
    };
    // Version 1 has times of eight bytes.
    let long = |it: Atom| -> io::Result<u64> { Ok(source.number(it.body, 1)? * 8) };
    let id = source.number(tkhd.body + 12 + long(tkhd)?, 4)?;
    let scale = source.number(mdhd.body + 12 + long(mdhd)?, 4)?.max(1);
    let media_type = match source.get(hdlr.body + 8, 4)?.as_slice() {
        b"vide" => MediaType::Video,
        b"soun" => MediaType::Audio,
        _ => return Ok(None),
    };
    Ok(Some(Track { id, media_type, scale, defaults: [0; 3] }))
}

impl Head {
    fn defaults(&mut self, source: &Source<'_>, mvex: Atom) -> io::Result<()> {
        for trex in children(source, mvex)?.into_iter().filter(|it| it.name == *b"trex") {
            let field = |at: u64| source.number(trex.body + 4 + 4 * at, 4);
            let id = field(0)?;
            for track in self.tracks.iter_mut().filter(|it| it.id == id) {
                track.defaults = [field(2)?, field(3)?, field(4)?];
            }
        }
        Ok(())
    }

    pub(super) fn chunk(&self, source: &Source<'_>, at: u64) -> io::Result<Option<Chunk>> {
        let Some(found) = whole(source, at, u64::MAX)? else { return Ok(None) };
        if found.name != *b"moof" {
            return Ok(Some(Chunk { units: Vec::new(), next: found.end }));
        }
        // What it tells of is in the next box.
        let Some(data) = whole(source, found.end, u64::MAX)? else { return Ok(None) };
        let mut units = Vec::new();
        for traf in children(source, found)?.into_iter().filter(|it| it.name == *b"traf") {
            self.fragment(source, at, traf, &mut units)?;
        }
        units.retain(|unit| unit.at.saturating_add(unit.bytes) <= data.end);
        // Of all tracks, in the order in which they lie there.
        units.sort_by_key(|unit| unit.at);
        Ok(Some(Chunk { units, next: data.end }))
    }

    fn fragment(
        &self,
        source: &Source<'_>,
        moof: u64,
        traf: Atom,
        units: &mut Vec<Unit>,
    ) -> io::Result<()> {
        let Some(tfhd) = child(source, traf, b"tfhd")? else { return Ok(()) };
        let id = source.number(tfhd.body + 4, 4)?;
        let Some(mut track) = self.tracks.iter().find(|it| it.id == id).copied() else {
            return Ok(());
        };
        let flags = source.number(tfhd.body + 1, 3)?;
        let mut at = tfhd.body + 8;
        let mut base = moof;
        if flags & 0x1 != 0 {
            base = source.number(at, 8)?;
            at += 8;
        }
        at += if flags & 0x2 != 0 { 4 } else { 0 };
        for (bit, default) in [0x8, 0x10, 0x20].into_iter().zip(&mut track.defaults) {
            if flags & bit != 0 {
                *default = source.number(at, 4)?;
                at += 4;
            }
        }
        let mut decoded = match child(source, traf, b"tfdt")? {
            Some(it) if source.number(it.body, 1)? == 1 => source.number(it.body + 4, 8)?,
            Some(it) => source.number(it.body + 4, 4)?,
            None => 0,
        };
        for trun in children(source, traf)?.into_iter().filter(|it| it.name == *b"trun") {
            run(source, trun, base, track, &mut decoded, units)?;
        }
        Ok(())
    }
}

/// A run of samples that lie one behind the other.
fn run(
    source: &Source<'_>,
    trun: Atom,
    base: u64,
    track: Track,
    decoded: &mut u64,
    units: &mut Vec<Unit>,
) -> io::Result<()> {
    let flags = source.number(trun.body + 1, 3)?;
    let count = source.number(trun.body + 4, 4)?;
    let mut at = trun.body + 8;
    let mut place = base;
    if flags & 0x1 != 0 {
        place = base.saturating_add(source.number(at, 4)?);
        at += 4;
    }
    let mut first = None;
    if flags & 0x4 != 0 {
        first = Some(source.number(at, 4)?);
        at += 4;
    }
    for sample in 0..count.min(MOST as u64) {
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
                *field = source.number(at, 4)?;
                at += 4;
            }
        }
        if flags & 0x800 != 0 {
            // Signed in the second version, and never that large in the first.
            let word = u32::try_from(source.number(at, 4)?).unwrap_or(0);
            shift = i64::from(i32::from_be_bytes(word.to_be_bytes()));
            at += 4;
        }
        let [length, bytes, sample_flags] = fields;
        let ticks = i128::from(*decoded) + i128::from(shift);
        let time =
            i64::try_from(ticks * 1_000_000_000 / i128::from(track.scale)).unwrap_or(i64::MAX);
        let keyframe = sample_flags & 0x1_0000 == 0;
        units.push(Unit { media_type: track.media_type, time, keyframe, at: place, bytes });
        place = place.saturating_add(bytes);
        *decoded = decoded.saturating_add(length);
    }
    Ok(())
}
