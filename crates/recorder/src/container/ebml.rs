//! EBML elements, after RFC 8794: an id, a size, and the payload, which may be elements again.

use std::io;

use crc32fast::Hasher;

use super::bytes::Bytes;

/// Ids of the elements that are looked at, named as in RFC 9559.
pub(crate) mod id {
    pub const EBML: u32 = 0x1a45_dfa3;
    pub const SEGMENT: u32 = 0x1853_8067;
    pub const SEEK_HEAD: u32 = 0x114d_9b74;
    pub const INFO: u32 = 0x1549_a966;
    pub const TIMESTAMP_SCALE: u32 = 0x2a_d7b1;
    pub const DURATION: u32 = 0x4489;
    pub const TRACKS: u32 = 0x1654_ae6b;
    pub const CLUSTER: u32 = 0x1f43_b675;
    pub const TIMESTAMP: u32 = 0xe7;
    pub const SIMPLE_BLOCK: u32 = 0xa3;
    pub const BLOCK_GROUP: u32 = 0xa0;
    pub const POSITION: u32 = 0xa7;
    pub const PREV_SIZE: u32 = 0xab;
    pub const CUES: u32 = 0x1c53_bb6b;
    pub const TAGS: u32 = 0x1254_c367;
    pub const CHAPTERS: u32 = 0x1043_a770;
    pub const ATTACHMENTS: u32 = 0x1941_a469;
    pub const VOID: u32 = 0xec;
    pub const CRC: u32 = 0xbf;
}

/// Largest Info or SeekHead that is rewritten; FFmpeg's have about 100 bytes.
pub(crate) const LARGEST_HEAD: u64 = 64 << 10;

/// Most children of an element that are looked at: a cluster holds a fraction of a second.
const MOST: usize = 1 << 16;

/// An element's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) id: u32,
    pub(crate) start: u64,
    pub(crate) body: u64,
    /// None where its size is unknown.
    pub(crate) end: Option<u64>,
}

/// Goes once over the children of an element that is to end at `end`, one behind the other for as long as
/// `each` says so of a child and its end. Where they end, and whether that is `end` where the element says
/// how large it is, and its CRC-32, which comes first where there is one, is theirs if that is to be `checked`.
pub(crate) fn walk(
    bytes: &mut Bytes<'_>,
    parent: Element,
    end: u64,
    checked: bool,
    mut each: impl FnMut(&mut Bytes<'_>, Element, u64) -> io::Result<bool>,
) -> io::Result<(u64, bool)> {
    let (mut at, mut crc) = (parent.body, None);
    while at < end
        && let Some((child, to)) = whole_element(bytes, at, end)?
    {
        if at == parent.body && child.id == id::CRC {
            let stored = bytes.get(child.body, 4)?.first_chunk().map(|it| u32::from_le_bytes(*it));
            let is_asked = checked && parent.end.is_some();
            crc = is_asked.then(|| (stored.filter(|_| to - child.body == 4), Hasher::new()));
        } else if !each(bytes, child, to)? {
            break;
        } else if let Some((_, crc)) = &mut crc {
            bytes.crc(crc, at, to)?;
        }
        at = to;
    }
    let is_right = crc.is_none_or(|(stored, crc)| stored == Some(crc.finalize()));
    Ok((at, (parent.end.is_none() || at == end) && is_right))
}

/// The header of a Void that takes so many bytes, whatever is in it, and where it is to be written; none for
/// one byte, which is too few.
pub(crate) fn void_header(start: u64, total: u64) -> Option<(u64, Vec<u8>)> {
    // Two for the id and a size of one byte, nine for a size of eight.
    let width = if total < 9 { 1 } else { 8 };
    let size = size_field(total.checked_sub(1 + width)?, width)?;
    Some((start, [&[0xec], &size[..]].concat()))
}

/// A size in exactly `width` bytes.
pub(crate) fn size_field(size: u64, width: u64) -> Option<Vec<u8>> {
    let bits = u32::try_from(width).ok().filter(|width| (1..=8).contains(width))? * 7;
    // All ones would be "unknown".
    (size < (1 << bits) - 1).then(|| {
        let marked = size | 1 << bits;
        marked.to_be_bytes()[8 - width as usize..].to_vec()
    })
}

/// The element at `at` if it has a size and ends at `limit` or before.
pub(crate) fn whole_element(
    bytes: &mut Bytes<'_>,
    at: u64,
    limit: u64,
) -> io::Result<Option<(Element, u64)>> {
    let Some(element) = element(bytes, at)? else { return Ok(None) };
    Ok(element.end.filter(|end| *end <= limit).map(|end| (element, end)))
}

/// The element whose header begins at `at`; none where there is no valid one.
pub(crate) fn element(bytes: &mut Bytes<'_>, at: u64) -> io::Result<Option<Element>> {
    let start = bytes.get(at, 12)?;
    let Some(id_size) = start.first().map(|first| first.leading_zeros() as usize + 1) else {
        return Ok(None);
    };
    // Ids have at most four bytes and keep their length marker.
    let Some((id, rest)) = start.split_at_checked(id_size).filter(|_| id_size <= 4) else {
        return Ok(None);
    };
    let id = id.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
    let Some((size, size_size)) = number(rest) else { return Ok(None) };
    let body = at + id_size as u64 + size_size;
    let end = size.map(|size| body.checked_add(size));
    // One that ends beyond all bounds is none.
    Ok((end != Some(None)).then(|| Element { id, start: at, body, end: end.flatten() }))
}

/// A number of variable length and its own length; none for the number that says "unknown".
pub(crate) fn number(data: &[u8]) -> Option<(Option<u64>, u64)> {
    let first = *data.first()?;
    let length = first.leading_zeros() as usize + 1;
    let bytes = data.get(..length).filter(|_| length <= 8)?;
    let all = bytes.iter().fold(0, |all, byte| all << 8 | u64::from(*byte));
    let ones = (1 << (7 * length)) - 1;
    let value = all & ones;
    Some(((value != ones).then_some(value), length as u64))
}

/// The whole elements that lie one behind the other from there on, and where each ends; [`MOST`] at most.
pub(crate) fn children(
    bytes: &mut Bytes<'_>,
    mut at: u64,
    end: u64,
) -> io::Result<Vec<(Element, u64)>> {
    let mut found = Vec::new();
    while let Some((child, to)) = whole_element(bytes, at, end)?.filter(|_| found.len() < MOST) {
        found.push((child, to));
        at = to;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mut data: &[u8]) -> Option<(u32, u64, Option<u64>)> {
        let length = data.len() as u64;
        let mut bytes = Bytes::new(&mut data, length);
        element(&mut bytes, 0).expect("memory").map(|found| (found.id, found.body, found.end))
    }

    #[test]
    fn headers_of_all_widths() {
        assert_eq!(read(&[0xec, 0x82]), Some((id::VOID, 2, Some(4))));
        assert_eq!(read(&[0x44, 0x89, 0x40, 8]), Some((id::DURATION, 4, Some(12))));
        assert_eq!(read(&[0x1f, 0x43, 0xb6, 0x75, 0xff]), Some((id::CLUSTER, 5, None)));
        let widest = [0x18, 0x53, 0x80, 0x67, 1, 0, 0, 0, 0, 0, 1, 0];
        assert_eq!(read(&widest), Some((id::SEGMENT, 12, Some(268))));
    }

    #[test]
    fn what_is_no_header() {
        let broken: [&[u8]; 6] =
            [&[], &[0xec], &[0, 0, 0, 0, 0], &[0x44], &[0xec, 0], &[8, 0, 0, 0, 0, 0x80]];
        for data in broken {
            assert_eq!(read(data), None, "{data:?}");
        }
        assert_eq!(read(&[0x1f, 0x43, 0xb6, 0x75, 0x10, 0]), None);
    }

    #[test]
    fn sizes_are_read_as_they_were_written() {
        for (size, width) in [(0, 1), (126, 1), (127, 2), (1 << 40, 8), ((1 << 56) - 2, 8)] {
            let field = size_field(size, width).expect("fits");
            assert_eq!(number(&field), Some((Some(size), width)));
        }
        assert_eq!(size_field(127, 1), None);
        assert_eq!(size_field(0, 0), None);
        assert_eq!(size_field(0, 9), None);
        assert_eq!(number(&[0xff]), Some((None, 1)));
    }
}
