//! A file read here and there in small pieces, with few system calls.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crc32fast::Hasher;

/// Read ahead: small, as most reads are of a header with much payload behind it.
const AHEAD: usize = 16 << 10;

/// A file's contents up to the length it had at first.
pub(crate) struct Bytes<'a> {
    file: &'a mut dyn ReadAt,
    len: u64,
    /// What was read last, and from where.
    buffer: Vec<u8>,
    start: u64,
}

/// What can be read here and there.
pub(crate) trait ReadAt {
    /// Fills `buffer` from byte `at` on.
    fn read_at(&mut self, buffer: &mut [u8], at: u64) -> io::Result<()>;

    /// Whether all of a stretch is what was written, for one that gives zeros for what can't be read.
    fn is_given(&mut self, _from: u64, _to: u64) -> io::Result<bool> {
        Ok(true)
    }
}

impl ReadAt for &File {
    fn read_at(&mut self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        self.read_exact_at(buffer, at)
    }
}

impl ReadAt for &[u8] {
    fn read_at(&mut self, buffer: &mut [u8], at: u64) -> io::Result<()> {
        let from = usize::try_from(at).ok().and_then(|at| self.get(at..));
        let found = from.and_then(|from| from.get(..buffer.len()));
        buffer.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl<'a> Bytes<'a> {
    /// Of a file that is so long.
    pub(crate) fn new(file: &'a mut dyn ReadAt, len: u64) -> Self {
        Self { file, len, buffer: Vec::new(), start: 0 }
    }

    pub(crate) fn len(&self) -> u64 {
        self.len
    }

    /// `count` bytes from `offset` on; fewer at the end.
    pub(crate) fn get(&mut self, offset: u64, count: usize) -> io::Result<&[u8]> {
        let left = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = count.min(left);
        if count == 0 {
            return Ok(&[]);
        }
        let skip = offset.checked_sub(self.start).and_then(|skip| usize::try_from(skip).ok());
        let skip = skip.filter(|skip| skip.saturating_add(count) <= self.buffer.len());
        if skip.is_none() {
            self.fill(offset, count.max(AHEAD).min(left))?;
        }
        let skip = skip.unwrap_or(0);
        Ok(&self.buffer[skip..skip + count])
    }

    fn fill(&mut self, offset: u64, count: usize) -> io::Result<()> {
        self.start = offset;
        self.buffer.resize(count, 0);
        // A failed read must leave nothing that looks like contents.
        self.file.read_at(&mut self.buffer, offset).inspect_err(|_| self.buffer.clear())
    }

    /// Whether all of a stretch is what was written.
    pub(crate) fn are_given(&mut self, from: u64, to: u64) -> io::Result<bool> {
        self.file.is_given(from, to)
    }

    /// A big-endian number of up to eight bytes.
    pub(crate) fn number(&mut self, at: u64, bytes: u64) -> io::Result<u64> {
        let found = self.get(at, usize::try_from(bytes.min(8)).unwrap_or(8))?;
        Ok(found.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Where these four bytes occur next, from `at` on.
    pub(crate) fn find(&mut self, wanted: [u8; 4], mut at: u64) -> io::Result<Option<u64>> {
        while at < self.len {
            let part = self.get(at, AHEAD)?;
            if let Some(found) = part.windows(4).position(|window| *window == wanted) {
                return Ok(Some(at + found as u64));
            }
            // The last three are read again: four bytes may begin in one piece and end in the next.
            at += (part.len() as u64).saturating_sub(3).max(1);
        }
        Ok(None)
    }

    /// Goes on with the CRC-32, as Matroska and zlib have it, of what ends where a stretch begins.
    pub(crate) fn crc(&mut self, crc: &mut Hasher, from: u64, to: u64) -> io::Result<()> {
        let mut at = from;
        while at < to {
            let count = AHEAD.min(usize::try_from(to - at).unwrap_or(AHEAD));
            let part = self.get(at, count)?;
            if part.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            crc.update(part);
            at += part.len() as u64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_piece_can_be_had() {
        let data: Vec<u8> = (0..100_000_u32).map(|i| (i / 7) as u8).collect();
        let mut file = &data[..];
        let mut bytes = Bytes::new(&mut file, data.len() as u64);
        for (offset, count) in [(0, 8), (99_990, 20), (50_000, 40_000), (3, 1), (60_000, 0)] {
            let end = (offset + count).min(data.len());
            assert_eq!(bytes.get(offset as u64, count).expect("memory"), &data[offset..end]);
        }
        assert!(bytes.get(100_000, 5).expect("memory").is_empty());
        assert!(bytes.get(u64::MAX, usize::MAX).expect("memory").is_empty());
    }

    #[test]
    fn what_lies_across_two_pieces_counts_once() {
        let mut data = vec![0; 3 * AHEAD];
        for at in [0, 100, AHEAD - 5, AHEAD - 1, 2 * AHEAD - 4, 3 * AHEAD - 4] {
            data[at..at + 4].copy_from_slice(b"moof");
        }
        let mut file = &data[..];
        let mut bytes = Bytes::new(&mut file, data.len() as u64);
        let (mut at, mut found) = (0, Vec::new());
        while let Some(next) = bytes.find(*b"moof", at).expect("memory") {
            found.push(next as usize);
            at = next + 1;
        }
        assert_eq!(found, [0, 100, AHEAD - 5, AHEAD - 1, 2 * AHEAD - 4, 3 * AHEAD - 4]);
    }

    #[test]
    fn the_crc_is_the_usual_one() {
        let mut file = &b"x123456789"[..];
        let (mut bytes, mut crc) = (Bytes::new(&mut file, 10), Hasher::new());
        bytes.crc(&mut crc, 1, 4).expect("memory");
        bytes.crc(&mut crc, 4, 10).expect("memory");
        assert!(bytes.crc(&mut crc, 10, 11).is_err());
        assert_eq!(crc.finalize(), 0xcbf4_3926);
    }
}
