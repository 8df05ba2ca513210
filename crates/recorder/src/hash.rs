//! The BLAKE3 of a file while it is being written.
//!
//! Used by the thread `ID.record`. A muxer writes mostly in sequence and returns at the end to
//! patch a few numbers in the header; hashing the file again for them would mean reading all
//! of it, up to 4 GB by default, at every rotation. BLAKE3 is a tree, so it is kept here as such: one chaining value for each
//! group of 64 KiB.
//! Policy: what is written in sequence is hashed once and forgotten. A group that is written out
//! of sequence, or that a hole was left in, is marked and read back by [`TreeHash::finish`].

use std::io;

use blake3::Hasher;
use blake3::hazmat::{self, ChainingValue, HasherExt, Mode};

/// Bytes under one chaining value: a power of two, so that groups are whole subtrees. 64 KiB is
/// large enough for the widest SIMD, and makes the list 1 MiB for a file of 2 GiB.
const GROUP: u64 = 64 << 10;
/// Groups remembered, those of 64 GiB: a mad offset must not allocate. Those beyond are read back.
const MOST_GROUPS: usize = 1 << 20;

/// A hash in the making; see the module.
#[derive(Debug, Default)]
pub struct TreeHash {
    /// One for each group before the one that `end` is in; none where it must be read back.
    groups: Vec<Option<ChainingValue>>,
    /// The group that `end` is in, up to `end`; none where it must be read back, or is empty yet.
    current: Option<Hasher>,
    /// End of what was written.
    end: u64,
}

impl TreeHash {
    /// Of an empty file.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes note of a write.
    pub fn write(&mut self, offset: u64, data: &[u8]) {
        if data.is_empty() {
            return;
        }
        if offset > self.end {
            // A hole, whose bytes are not known.
            let groups = index_of(offset).min(MOST_GROUPS).max(self.groups.len());
            self.groups.resize(groups, None);
            (self.end, self.current) = (offset, None);
        }
        let (patch, news) = data.split_at(usize_of(self.end - offset).min(data.len()));
        if !patch.is_empty() {
            let last = index_of(offset + patch.len() as u64 - 1);
            self.groups.iter_mut().take(last + 1).skip(index_of(offset)).for_each(|it| *it = None);
            if last == index_of(self.end) {
                self.current = None;
            }
        }
        self.append(news);
    }

    /// Takes note that the file was cut to `len`.
    fn truncate(&mut self, len: u64) {
        if len < self.end {
            self.groups.truncate(index_of(len));
            (self.end, self.current) = (len, None);
        }
    }

    /// The hash of the file, which is `len` bytes long, as `b3sum` prints it. `read_at` fills a buffer
    /// with the file's bytes from an offset on; it is asked for what [`Self::write`] could not follow.
    pub fn finish(
        &mut self,
        len: u64,
        mut read_at: impl FnMut(u64, &mut [u8]) -> io::Result<()>,
    ) -> io::Result<String> {
        self.truncate(len);
        let current = self.current.as_ref().filter(|_| self.end == len);
        let mut buffer = vec![0; usize_of(GROUP.min(len))];
        if len <= GROUP {
            if let Some(all) = current {
                return Ok(all.finalize().to_string());
            }
            read_at(0, &mut buffer)?;
            return Ok(blake3::hash(&buffer).to_string());
        }
        let count = usize_of(len.div_ceil(GROUP));
        let mut values = Vec::with_capacity(count);
        for index in 0..count {
            let start = index as u64 * GROUP;
            values.push(match (self.groups.get(index), current) {
                (Some(Some(value)), _) => *value,
                (None, Some(last)) if index + 1 == count => last.finalize_non_root(),
                _ => {
                    let part = &mut buffer[..usize_of(GROUP.min(len - start))];
                    read_at(start, part)?;
                    hasher_at(start).update(part).finalize_non_root()
                }
            });
        }
        let (left, right) = halves(&values, len);
        Ok(hazmat::merge_subtrees_root(&left, &right, Mode::Hash).to_string())
    }

    /// What follows `end`.
    fn append(&mut self, mut data: &[u8]) {
        while !data.is_empty() {
            if self.end.is_multiple_of(GROUP) {
                self.current = Some(hasher_at(self.end));
            }
            let room = usize_of(GROUP - self.end % GROUP);
            let (part, rest) = data.split_at(room.min(data.len()));
            if let Some(current) = &mut self.current {
                current.update(part);
            }
            self.end += part.len() as u64;
            data = rest;
            if part.len() == room {
                let value = self.current.take().map(|current| current.finalize_non_root());
                if self.groups.len() < MOST_GROUPS && self.groups.len() + 1 == index_of(self.end) {
                    self.groups.push(value);
                }
            }
        }
    }
}

/// Of a group that begins there; [`Hasher::reset`] forgets the offset in part only (blake3 1.8).
fn hasher_at(start: u64) -> Hasher {
    let mut hasher = Hasher::new();
    hasher.set_input_offset(start);
    hasher
}

/// The chaining values of the two halves of a subtree of `len` bytes, which is more than a group.
fn halves(values: &[ChainingValue], len: u64) -> (ChainingValue, ChainingValue) {
    let left_len = hazmat::left_subtree_len(len);
    let (left, right) = values.split_at(usize_of(left_len / GROUP).min(values.len()));
    (merge(left, left_len), merge(right, len - left_len))
}

/// Goes as deep as the tree is high: 15 for 2 GiB.
fn merge(values: &[ChainingValue], len: u64) -> ChainingValue {
    match values {
        [one] => *one,
        _ => {
            let (left, right) = halves(values, len);
            hazmat::merge_subtrees_non_root(&left, &right, Mode::Hash)
        }
    }
}

fn index_of(offset: u64) -> usize {
    usize_of(offset / GROUP)
}

/// Saturates where a pointer has 32 bits.
fn usize_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests;
