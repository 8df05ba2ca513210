//! Where packets lie in a recording's file: Matroska's clusters and MP4's fragments, chunk by chunk.
//!
//! Any thread; reads, writes nothing. Policy: only what is whole is looked at. A writer adds whole chunks
//! and never changes one, so that what was found once stays, and a file that grows is read on from where
//! the last look ended. Sizes in a file are believed only as far as the file reaches.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use camwall_media::MediaType;

mod matroska;
mod mp4;

/// Most packets of one chunk, which holds a fraction of a second.
const MOST: usize = 1 << 16;

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
    pub fn read(file: &File) -> io::Result<Option<(Self, u64)>> {
        let source = Source::new(file)?;
        let found = match source.get(0, 8)?.as_slice() {
            [0x1a, 0x45, 0xdf, 0xa3, ..] => {
                matroska::head(&source)?.map(|(head, at)| (Self::Matroska(head), at))
            }
            [_, _, _, _, b'f', b't', b'y', b'p'] => {
                mp4::head(&source)?.map(|(head, at)| (Self::Mp4(head), at))
            }
            _ => None,
        };
        Ok(found)
    }

    /// The chunk that begins at a byte; none where it is not whole, or not there yet.
    pub fn chunk(&self, file: &File, at: u64) -> io::Result<Option<Chunk>> {
        let source = Source::new(file)?;
        match self {
            Self::Matroska(head) => head.chunk(&source, at),
            Self::Mp4(head) => head.chunk(&source, at),
        }
    }
}

/// A file up to the length it has now.
pub(super) struct Source<'a> {
    file: &'a File,
    pub length: u64,
}

impl<'a> Source<'a> {
    fn new(file: &'a File) -> io::Result<Self> {
        Ok(Self { file, length: file.metadata()?.len() })
    }

    /// So many bytes from there on; fewer at the end.
    pub fn get(&self, at: u64, count: usize) -> io::Result<Vec<u8>> {
        let left = usize::try_from(self.length.saturating_sub(at)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; count.min(left)];
        self.file.read_exact_at(&mut bytes, at)?;
        Ok(bytes)
    }

    /// A number of up to eight bytes.
    pub fn number(&self, at: u64, bytes: u64) -> io::Result<u64> {
        let found = self.get(at, usize::try_from(bytes.min(8)).unwrap_or(8))?;
        Ok(found.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}
