//! Fragmented MP4: `ftyp moov (moof mdat)* mfra`, after ISO/IEC 14496-12.
//!
//! Policy: a fragment counts if both its boxes are there to the last byte. Nothing has to be
//! patched: a fragmented file states no length in its head.

use std::io;

use super::bytes::Bytes;
use super::{RepairPlan, TAIL};

/// A box's type and extent.
struct BoxHeader {
    kind: [u8; 4],
    body: u64,
    end: u64,
}

pub(super) fn plan(bytes: &mut Bytes<'_>) -> io::Result<RepairPlan> {
    let len = bytes.len();
    let (mut at, mut kept) = (0, 0);
    let (mut has_moov, mut fragments) = (false, 0_u64);
    // The box before was a `moof`, or belongs to the fragment that comes.
    let (mut after_moof, mut whole) = (false, true);
    while let Some(head) = head(bytes, at, len)? {
        match &head.kind {
            b"mdat" if !(has_moov && after_moof) => break,
            b"mdat" => {
                fragments += 1;
                kept = head.end;
            }
            _ if after_moof => break,
            b"moof" if !has_moov || !is_sound(bytes, &head, len)? => break,
            b"moov" => has_moov = true,
            b"mfra" => kept = head.end,
            b"ftyp" | b"moof" | b"styp" | b"sidx" | b"free" | b"skip" | b"uuid" | b"emsg"
            | b"prft" | b"meta" => {}
            _ => break,
        }
        after_moof = head.kind == *b"moof";
        at = head.end;
        whole = at == len && !after_moof;
    }
    Ok(match fragments {
        0 => RepairPlan::NOTHING,
        _ => RepairPlan { end: if whole { len } else { kept }, patches: Vec::new() },
    })
}

/// The box at `at`, if it ends at `limit` or before.
fn head(bytes: &mut Bytes<'_>, at: u64, limit: u64) -> io::Result<Option<BoxHeader>> {
    let start = bytes.get(at, 16)?;
    let Some((&[a, b, c, d, kind @ ..], rest)) = start.split_first_chunk::<8>() else {
        return Ok(None);
    };
    let (size, length) = match u32::from_be_bytes([a, b, c, d]) {
        1 => match rest.first_chunk() {
            Some(large) => (u64::from_be_bytes(*large), 16),
            None => return Ok(None),
        },
        // 0 is "to the end of the file", which no muxer of fragments writes.
        size => (u64::from(size), 8),
    };
    let end = at.checked_add(size).filter(|end| size >= length && *end <= limit);
    Ok(end.map(|end| BoxHeader { kind, body: at + length, end }))
}

/// Whether a `moof` is filled by its boxes and describes samples. Looked at near the end only.
fn is_sound(bytes: &mut Bytes<'_>, moof: &BoxHeader, len: u64) -> io::Result<bool> {
    if len - moof.end > TAIL {
        return Ok(true);
    }
    let (mut at, mut tracks) = (moof.body, 0);
    while let Some(inner) = head(bytes, at, moof.end)? {
        tracks += u32::from(inner.kind == *b"traf");
        at = inner.end;
    }
    Ok(at == moof.end && tracks > 0)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn make(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let size = (body.len() as u32 + 8).to_be_bytes();
        [&size[..], kind, body].concat()
    }

    fn fragment() -> Vec<u8> {
        [make(b"moof", &make(b"traf", &[])), make(b"mdat", &[7; 100])].concat()
    }

    fn kept(file: &[u8]) -> u64 {
        let mut file = Cursor::new(file);
        let mut bytes = Bytes::new(&mut file).expect("memory");
        let plan = plan(&mut bytes).expect("memory");
        assert!(plan.patches.is_empty());
        plan.end
    }

    #[test]
    fn only_whole_fragments_stay() {
        let start = [make(b"ftyp", &[0; 4]), make(b"moov", &[0; 9])].concat();
        let one = [start.clone(), fragment()].concat();
        let file = [one.clone(), fragment()].concat();
        for cut in 0..=file.len() {
            let expected = match cut {
                cut if cut < one.len() => 0,
                cut if cut < file.len() => one.len(),
                _ => file.len(),
            };
            assert_eq!(kept(&file[..cut]), expected as u64, "{cut}");
        }
        let with_index = [file.clone(), make(b"mfra", &[1; 20])].concat();
        assert_eq!(kept(&with_index), with_index.len() as u64);
        assert_eq!(kept(&with_index[..with_index.len() - 1]), file.len() as u64);
        assert_eq!(kept(&[with_index.clone(), vec![0; 9]].concat()), with_index.len() as u64);
    }

    #[test]
    fn large_sizes_are_read_and_mad_ones_are_not_believed() {
        let mut large = vec![0, 0, 0, 1];
        large.extend(b"mdat");
        large.extend(18_u64.to_be_bytes());
        large.extend([1, 2]);
        let start = [make(b"ftyp", &[]), make(b"moov", &[])].concat();
        let moof = make(b"moof", &make(b"traf", &[]));
        let file = [start.clone(), moof.clone(), large.clone()].concat();
        assert_eq!(kept(&file), file.len() as u64);
        for size in [0, 15, 19, u64::MAX] {
            let at = large.len() - 10;
            large[at..at + 8].copy_from_slice(&u64::to_be_bytes(size));
            assert_eq!(kept(&[start.clone(), moof.clone(), large.clone()].concat()), 0, "{size}");
        }
    }

    #[test]
    fn a_fragment_needs_a_head_and_its_own_data() {
        let ftyp = make(b"ftyp", &[]);
        assert_eq!(kept(&[ftyp.clone(), fragment()].concat()), 0);
        let start = [ftyp, make(b"moov", &[])].concat();
        assert_eq!(kept(&[start.clone(), make(b"mdat", &[1])].concat()), 0);
        let hollow = [make(b"moof", &[0; 8]), make(b"mdat", &[1])].concat();
        assert_eq!(kept(&[start.clone(), hollow].concat()), 0);
        let apart = [make(b"moof", &make(b"traf", &[])), make(b"free", &[]), make(b"mdat", &[])];
        assert_eq!(kept(&[start, apart.concat()].concat()), 0);
    }
}
