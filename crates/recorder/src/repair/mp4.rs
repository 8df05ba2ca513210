//! Fragmented MP4: `ftyp moov (moof mdat)* mfra`, after ISO/IEC 14496-12.
//!
//! Policy: a fragment counts if both its boxes are there to the last byte. What is damaged with a whole
//! fragment behind it becomes a `free` box, which players pass over. Else nothing has to be patched: a
//! fragmented file states no length in its head.

use std::io;

use super::{MOST_TRIES, RepairPlan, next_whole};
use crate::container::boxes::{children, whole};
use crate::container::bytes::Bytes;
use crate::container::mp4::Head;
use crate::error::Why;

pub(super) fn plan(bytes: &mut Bytes<'_>) -> Result<RepairPlan, Why> {
    let mut walk = BoxWalk { tries: MOST_TRIES, ..BoxWalk::default() };
    while walk.step(bytes)? || walk.pass_over(bytes)? {}
    Ok(walk.finish(bytes.len()))
}

/// The file's boxes, in the order they come.
#[derive(Default)]
struct BoxWalk {
    at: u64,
    /// Up to where the last whole fragment ends, or the index behind it; so far it takes what was damaged away.
    plan: RepairPlan,
    head: Option<Head>,
    /// Bytes of `free` right before `at`: behind the head it stands where fragments were damaged earlier.
    last_free: u64,
    /// What would take an index away that may name what is no longer there.
    no_index: Option<(u64, Vec<u8>)>,
    /// How often a whole fragment may still be looked for.
    tries: u32,
}

impl BoxWalk {
    /// Goes over the next box, a fragment as one; false where the whole part ends before it.
    fn step(&mut self, bytes: &mut Bytes<'_>) -> io::Result<bool> {
        let Some(found) = whole(bytes, self.at, u64::MAX)? else { return Ok(false) };
        match &found.kind {
            b"moof" => return self.take_fragment(bytes),
            _ if !bytes.are_given(self.at, found.end)? => return Ok(false),
            b"moov" => self.head = Some(Head::read(bytes, found)?),
            b"mfra" if self.plan.end > 0 => {
                self.plan.end = found.end;
                self.no_index = Some((self.at + 4, b"free".to_vec()));
            }
            b"free" if self.head.is_some() => self.last_free += found.end - self.at,
            b"ftyp" | b"styp" | b"sidx" | b"free" | b"skip" | b"uuid" | b"emsg" | b"prft"
            | b"meta" => {}
            _ => return Ok(false),
        }
        self.at = found.end;
        Ok(true)
    }

    fn take_fragment(&mut self, bytes: &mut Bytes<'_>) -> io::Result<bool> {
        let Some(head) = &self.head else { return Ok(false) };
        if !is_fragment(bytes, self.at)? {
            return Ok(false);
        }
        let Some(chunk) = head.chunk(bytes, self.at)? else { return Ok(false) };
        self.plan.pass(std::mem::take(&mut self.last_free));
        self.plan.contents.add(&chunk.units);
        (self.at, self.plan.end) = (chunk.next, chunk.next);
        Ok(true)
    }

    /// Passes over what is damaged where a whole fragment stands behind it; false where none does.
    fn pass_over(&mut self, bytes: &mut Bytes<'_>) -> Result<bool, Why> {
        if self.head.is_none() || self.at >= bytes.len() {
            return Ok(false);
        }
        // What stands behind the last whole fragment is of no use without the next.
        let from = if self.plan.end > 0 { self.plan.end } else { self.at };
        let found = next_whole(bytes, (*b"moof", 4), from + 8, &mut self.tries, is_fragment)?;
        if let Some(found) = found {
            self.plan.patches.push((from, free_header(found - from)));
            self.plan.pass(found - from);
            (self.at, self.last_free) = (found, 0);
        }
        Ok(found.is_some())
    }

    fn finish(self, len: u64) -> RepairPlan {
        let mut plan = self.plan;
        if plan.end == 0 {
            return RepairPlan::default();
        }
        if self.at == len {
            plan.end = len;
        }
        let is_damaged = !plan.patches.is_empty();
        plan.patches.extend(self.no_index.filter(|_| is_damaged));
        plan
    }
}

/// The header of a `free` box that takes so many bytes, which are eight or more.
fn free_header(total: u64) -> Vec<u8> {
    match u32::try_from(total) {
        Ok(size) => [&size.to_be_bytes()[..], b"free"].concat(),
        Err(_) => [&1_u32.to_be_bytes()[..], b"free", &total.to_be_bytes()].concat(),
    }
}

/// Whether a whole `moof` that is filled by its boxes and describes samples stands there, with its `mdat`.
fn is_fragment(bytes: &mut Bytes<'_>, at: u64) -> io::Result<bool> {
    let Some(moof) = whole(bytes, at, u64::MAX)? else { return Ok(false) };
    let inner = children(bytes, moof)?;
    let is_filled = inner.last().is_some_and(|last| last.end == moof.end);
    if moof.kind != *b"moof" || !is_filled || !inner.iter().any(|child| child.kind == *b"traf") {
        return Ok(false);
    }
    let data = whole(bytes, moof.end, u64::MAX)?.filter(|data| data.kind == *b"mdat");
    data.map_or(Ok(false), |data| bytes.are_given(at, data.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn make(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let size = (body.len() as u32 + 8).to_be_bytes();
        [&size[..], kind, body].concat()
    }

    fn fragment() -> Vec<u8> {
        [make(b"moof", &make(b"traf", &[])), make(b"mdat", &[7; 100])].concat()
    }

    fn kept(mut file: &[u8]) -> u64 {
        let length = file.len() as u64;
        let mut bytes = Bytes::new(&mut file, length);
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
