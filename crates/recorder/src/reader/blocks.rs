//! Where packets lie in a recording's file, chunk by chunk.
//!
//! Any thread; reads, writes nothing. Policy: only what is whole is looked at. A writer adds whole chunks
//! and never changes one, so that what was found once stays, and a file that grows is read on from where
//! the last look ended.

use std::fs::File;
use std::io;

use crate::container::bytes::Bytes;
use crate::container::{Chunk, matroska, mp4};

/// What the head says of the tracks, and how chunks are read.
#[derive(Debug)]
pub(super) enum Format {
    Matroska(matroska::Head),
    Mp4(mp4::Head),
}

impl Format {
    /// Reads the head of a file; with it, where the first chunk begins. None where it is not whole yet.
    pub fn read(mut file: &File) -> io::Result<Option<(Self, u64)>> {
        let length = file.metadata()?.len();
        let mut bytes = Bytes::new(&mut file, length);
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
        let length = file.metadata()?.len();
        let mut bytes = Bytes::new(&mut file, length);
        match self {
            Self::Matroska(head) => head.chunk(&mut bytes, at),
            Self::Mp4(head) => head.chunk(&mut bytes, at),
        }
    }
}
