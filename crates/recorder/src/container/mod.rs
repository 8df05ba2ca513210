//! The pieces of a recording's file: Matroska's clusters and MP4's fragments, and the packets in them.
//!
//! Any thread; pure but for reading. Used by who finishes files and by who reads them. Policy: sizes in a
//! file are believed only as far as the file reaches; what is damaged is nothing, not an error.

use camwall_media::MediaType;

pub(crate) mod boxes;
pub(crate) mod bytes;
pub(crate) mod ebml;
pub(crate) mod matroska;
pub(crate) mod mp4;

/// A packet as it lies in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unit {
    pub(crate) media_type: MediaType,
    /// When it is shown, nanoseconds by the file's own clock.
    pub(crate) time: i64,
    pub(crate) keyframe: bool,
    /// Its payload: from which byte on, and how many.
    pub(crate) at: u64,
    pub(crate) bytes: u64,
}

impl Unit {
    /// Whether a decoder can begin with it.
    pub(crate) fn is_key(&self) -> bool {
        self.keyframe && self.media_type == MediaType::Video
    }
}

/// A piece of a file.
#[derive(Debug, Default)]
pub(crate) struct Chunk {
    /// Its packets in the order of the file; none where it holds something else.
    pub(crate) units: Vec<Unit>,
    /// Where the next begins.
    pub(crate) next: u64,
}
