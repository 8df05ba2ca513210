//! Reads a file of which nothing is known once: for its structure, its packets and its hash.
//!
//! Runs on the thread `mend`. Policies: the disk gives each piece once, in their order, and the system keeps
//! none of it; the last two are held, because who goes over a file comes to the end of one and back a little;
//! where it gives a piece only in part, zeros stand for each block that can't be read, which is
//! damage like other, and none is asked for twice. So much of it that the disk itself must be doubted is an error, which another time may
//! not be there.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::time::{Duration, Instant};

use camwall_media::MediaType;
use rustix::io::Errno;

use crate::container::Unit;
use crate::container::bytes::ReadAt;
use crate::hash::TreeHash;
use crate::pace::{self, Pace};

/// Read at once.
const PIECE: usize = 1 << 20;
/// Read at once of a piece that can't be read as a whole: what a system reads and a disk replaces.
const BLOCK: usize = 4 << 10;
/// Blocks of a file that are given up at most: 4 MiB.
const MOST_BAD: usize = 1024;
/// How long reads of a file may take that fail: a disk tries some for many seconds.
const LONGEST: Duration = Duration::from_secs(120);

/// Whether the disk says that it can't read these bytes, and nothing else.
pub(super) fn is_bad_block(error: &io::Error) -> bool {
    Errno::from_io_error(error) == Some(Errno::IO)
}

/// A file that is read once; see the module.
pub(super) struct ReadOnce<'a, R> {
    /// Fills a buffer from a byte on.
    read: R,
    file: &'a File,
    len: u64,
    pace: &'a mut dyn Pace,
    /// The piece that was read last, the one that was before, and where they begin.
    pieces: [(u64, Vec<u8>); 2],
    /// Of all pieces up to there.
    pub hash: TreeHash,
    hashed: u64,
    /// What can't be read, in blocks.
    pub bad: Vec<Range<u64>>,
    failing: Duration,
}

impl<'a, R: Fn(&mut [u8], u64) -> io::Result<()>> ReadOnce<'a, R> {
    /// The first `len` bytes of `file`, which `read` reads.
    pub fn new(file: &'a File, len: u64, read: R, pace: &'a mut dyn Pace) -> Self {
        pace::in_sequence(file);
        let (pieces, hash, bad) = (Default::default(), TreeHash::new(), Vec::new());
        Self { read, file, len, pace, pieces, hash, hashed: 0, bad, failing: Duration::ZERO }
    }

    /// That a disk which gave not all of a file gives its beginning once more: else it may be the disk that is
    /// gone.
    pub fn is_still_there(&self) -> io::Result<()> {
        if self.bad.is_empty() {
            return Ok(());
        }
        // Nothing with it, which may not be there.
        pace::here_and_there(self.file);
        pace::forget(self.file, 0, 0);
        let len = usize::try_from(self.len).map_or(BLOCK, |len| len.min(BLOCK));
        (self.read)(&mut vec![0; len], 0)
    }

    /// Reads on up to that byte, for the hash.
    fn read_to(&mut self, end: u64) -> io::Result<()> {
        while self.hashed < end.min(self.len) {
            self.fetch(self.hashed)?;
        }
        Ok(())
    }

    /// Reads the piece that begins there.
    fn fetch(&mut self, from: u64) -> io::Result<()> {
        let count = usize::try_from(self.len - from).map_or(PIECE, |left| left.min(PIECE));
        self.pieces.swap(0, 1);
        let mut piece = std::mem::take(&mut self.pieces[0].1);
        piece.resize(count, 0);
        let end = from + count as u64;
        if self.is_bad(from, end) || !self.try_read(&mut piece, from)? {
            self.read_around(&mut piece, from)?;
        }
        if from == self.hashed {
            self.hash.write(from, &piece);
            self.hashed += count as u64;
        }
        self.pieces[0] = (from, piece);
        pace::forget(self.file, from, count as u64);
        self.pace.took(count as u64)
    }

    /// Whether the disk gives these bytes; the time in which it does not is counted.
    fn try_read(&mut self, buffer: &mut [u8], from: u64) -> io::Result<bool> {
        let began = Instant::now();
        match (self.read)(buffer, from) {
            Err(error) if is_bad_block(&error) => {
                self.failing += began.elapsed();
                if self.failing > LONGEST { Err(error) } else { Ok(false) }
            }
            read => read.map(|()| true),
        }
    }

    /// Reads a piece block by block, but for those that are known to be bad.
    fn read_around(&mut self, piece: &mut [u8], from: u64) -> io::Result<()> {
        // What the system reads ahead fails as a whole.
        pace::here_and_there(self.file);
        pace::forget(self.file, from, piece.len() as u64);
        for (number, block) in piece.chunks_mut(BLOCK).enumerate() {
            let at = from + (number * BLOCK) as u64;
            let is_known = self.is_bad(at, at + 1);
            if !is_known && self.try_read(block, at)? {
                continue;
            }
            block.fill(0);
            if !is_known {
                if self.bad.len() >= MOST_BAD {
                    return Err(Errno::IO.into());
                }
                self.bad.push(at..at + block.len() as u64);
                self.pace.took(0)?;
            }
        }
        pace::in_sequence(self.file);
        Ok(())
    }

    fn is_bad(&self, from: u64, to: u64) -> bool {
        self.bad.iter().any(|bad| bad.start < to && from < bad.end)
    }
}

impl<R: Fn(&mut [u8], u64) -> io::Result<()>> ReadAt for ReadOnce<'_, R> {
    fn read_at(&mut self, mut buffer: &mut [u8], mut at: u64) -> io::Result<()> {
        while !buffer.is_empty() {
            let begin = at - at % PIECE as u64;
            self.read_to(begin)?;
            let is_here = |(from, piece): &(u64, Vec<u8>)| *from == begin && !piece.is_empty();
            if !self.pieces.iter().any(is_here) {
                self.fetch(begin)?;
            }
            let piece = self.pieces.iter().find(|piece| is_here(piece)).map(|(_, piece)| piece);
            let skip = usize::try_from(at - begin).unwrap_or(usize::MAX);
            let found = piece.and_then(|piece| piece.get(skip..)).filter(|it| !it.is_empty());
            let found = found.ok_or(io::ErrorKind::UnexpectedEof)?;
            let (part, rest) = buffer.split_at_mut(found.len().min(buffer.len()));
            part.copy_from_slice(&found[..part.len()]);
            at += part.len() as u64;
            buffer = rest;
        }
        Ok(())
    }

    fn is_given(&mut self, from: u64, to: u64) -> io::Result<bool> {
        self.read_to(to)?;
        Ok(!self.is_bad(from, to))
    }
}

/// What is in the whole part of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Contents {
    pub packets: u64,
    pub audio_packets: u64,
    pub keyframes: u64,
    /// When the first picture is shown, the last, and the one before: nanoseconds by the file's clock.
    first: Option<i64>,
    last: Option<i64>,
    before: Option<i64>,
    /// How long a picture lasted before the last of what is damaged, nanoseconds.
    picture: i64,
    /// Whether something damaged comes before the next picture.
    interrupted: bool,
}

impl Contents {
    /// These are in it, too; pictures come in another order than they are shown.
    pub fn add(&mut self, units: &[Unit]) {
        for it in units {
            if it.media_type == MediaType::Audio {
                self.audio_packets += 1;
                continue;
            }
            self.packets += 1;
            self.keyframes += u64::from(it.keyframe);
            let time = Some(it.time);
            self.first = self.first.map_or(time, |first| Some(first.min(it.time)));
            if std::mem::take(&mut self.interrupted) {
                (self.picture, self.before) = (self.picture(), None);
                self.last = self.last.max(time);
            } else if time > self.last {
                (self.before, self.last) = (self.last, time);
            } else if time < self.last {
                self.before = self.before.max(time);
            }
        }
    }

    /// What comes next does not follow: something between is damaged, and pictures may be missing there.
    pub fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// How long the last picture is shown: as long as the one before, if nothing is missing between them.
    fn picture(&self) -> i64 {
        let both = self.last.zip(self.before);
        both.map_or(self.picture, |(last, before)| last.saturating_sub(before))
    }

    /// From the first picture to the end of the last.
    pub fn duration(&self) -> Duration {
        let (Some(first), Some(last)) = (self.first, self.last) else { return Duration::ZERO };
        let nanos = i128::from(last) - i128::from(first) + i128::from(self.picture());
        // Ticks are parts of a second that are no whole nanoseconds.
        Duration::from_micros(u64::try_from((nanos + 500) / 1000).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_behind_a_hole_lasts_as_long_as_those_before_it() {
        let picture = |ms: i64| Unit {
            media_type: MediaType::Video,
            time: ms * 1_000_000,
            keyframe: false,
            at: 0,
            bytes: 1,
        };
        let mut contents = Contents::default();
        contents.add(&[0, 100, 200].map(picture));
        assert_eq!(contents.duration(), Duration::from_millis(300));
        contents.interrupt();
        contents.add(&[picture(3200)]);
        assert_eq!(contents.duration(), Duration::from_millis(3300), "not six seconds");
        contents.add(&[picture(3240)]);
        assert_eq!(contents.duration(), Duration::from_millis(3280));
        contents.interrupt();
        contents.add(&[picture(9000)]);
        assert_eq!(contents.duration(), Duration::from_millis(9040));
    }
}
