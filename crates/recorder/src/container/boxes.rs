//! MP4's boxes, after ISO/IEC 14496-12: a size, a type, and the payload, which may be boxes again.

use std::io;

use super::bytes::Bytes;

/// Most boxes within one that are looked at.
const MOST: usize = 1 << 16;

/// A box's type and extent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Atom {
    pub(crate) kind: [u8; 4],
    pub(crate) body: u64,
    pub(crate) end: u64,
}

/// The box at `at`, if it ends at `limit` and in the file, or before.
pub(crate) fn whole(bytes: &mut Bytes<'_>, at: u64, limit: u64) -> io::Result<Option<Atom>> {
    let limit = limit.min(bytes.len());
    let start = bytes.get(at, 16)?;
    let Some((&[a, b, c, d, kind @ ..], rest)) = start.split_first_chunk::<8>() else {
        return Ok(None);
    };
    let (size, length) = match (u32::from_be_bytes([a, b, c, d]), rest.first_chunk()) {
        (1, None) => return Ok(None),
        (1, Some(large)) => (u64::from_be_bytes(*large), 16),
        // 0 is "to the end of the file", which no muxer of fragments writes.
        (size, _) => (u64::from(size), 8),
    };
    let end = at.checked_add(size).filter(|end| size >= length && *end <= limit);
    Ok(end.map(|end| Atom { kind, body: at + length, end }))
}

/// The boxes that lie one behind the other in a box; [`MOST`] at most.
pub(crate) fn children(bytes: &mut Bytes<'_>, of: Atom) -> io::Result<Vec<Atom>> {
    let (mut at, mut found) = (of.body, Vec::new());
    while let Some(child) = whole(bytes, at, of.end)?.filter(|_| found.len() < MOST) {
        found.push(child);
        at = child.end;
    }
    Ok(found)
}
