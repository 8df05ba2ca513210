//! Where packets lie in a recording's file: Matroska's clusters and MP4's fragments, chunk by chunk.
//!
//! Any thread; reads, writes nothing. Policy: only what is whole is looked at. A writer adds whole chunks
//! and never changes one, so that what was found once stays, and a file that grows is read on from where
//! the last look ended. Sizes in a file are believed only as far as the file reaches.

use std::fs::File;
use std::io;

use camwall_media::MediaType;

use crate::container::bytes::Bytes;

mod matroska;
mod mp4;

/// A packet as it lies in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    pub media_type: MediaType,
    /// When it is shown, nanoseconds by the file's own clock.
    pub time: i64,
    pub keyframe: bool,
    /// Its payload: from which byte on, and how many.
    pub at: u64,
    pub bytes: u64,
}

impl Unit {
    /// Whether a decoder can begin with it.
    pub fn is_key(&self) -> bool {
        self.keyframe && self.media_type == MediaType::Video
    }
}

/// A piece of a file.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// Its packets in the order of the file; none where it holds something else.
    pub units: Vec<Unit>,
    /// Where the next begins.
    pub next: u64,
}

/// What the head says of the tracks, and how chunks are read.
#[derive(Debug)]
pub(super) enum Format {
    Matroska(matroska::Head),
    Mp4(mp4::Head),
}

impl Format {
    /// Reads the head of a file; with it, where the first chunk begins. None where it is not whole yet.
    pub fn read(mut file: &File) -> io::Result<Option<(Self, u64)>> {
        let mut bytes = Bytes::new(&mut file)?;
        Ok(match bytes.get(0, 8)? {
            [0x1a, 0x45, 0xdf, 0xa3, ..] => {
                matroska::head(&mut bytes)?.map(|(head, at)| (Self::Matroska(head), at))
            }
            [_, _, _, _, b'f', b't', b'y', b'p'] => {
                mp4::head(&mut bytes)?.map(|(head, at)| (Self::Mp4(head), at))
            }
            _ => None,
        })
    }

    /// The chunk that begins at a byte; none where it is not whole, or not there yet.
    pub fn chunk(&self, mut file: &File, at: u64) -> io::Result<Option<Chunk>> {
        let mut bytes = Bytes::new(&mut file)?;
        match self {
            Self::Matroska(head) => head.chunk(&mut bytes, at),
            Self::Mp4(head) => head.chunk(&mut bytes, at),
        }
    }
}

/// Ticks of which so many are a second, in nanoseconds.
fn nanos(ticks: i128, a_second: u64) -> i64 {
    i64::try_from(ticks * 1_000_000_000 / i128::from(a_second.max(1))).unwrap_or(i64::MAX)
}
