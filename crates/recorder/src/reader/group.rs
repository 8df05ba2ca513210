//! Groups of pictures: what is read at once, and what of it was handed out.
//!
//! Plain data.

use std::sync::Arc;

use camwall_media::{MediaType, StreamInfo};
use jiff::Timestamp;

use crate::ledger::history::Gap;

/// A packet of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchivedPacket {
    /// When it is shown, by the wall clock of then and within a file by the camera's.
    pub at: Timestamp,
    /// Pictures or sound.
    pub media_type: MediaType,
    /// Whether decoding can begin with it.
    pub keyframe: bool,
    /// The payload as it lies in the file: of H.264 and H.265, lengths are before NAL units or start codes,
    /// as its stream's parameters say.
    pub data: Vec<u8>,
}

/// A piece of an archive.
#[derive(Clone, Debug)]
pub enum Piece {
    /// Packets from a key frame on, up to the next; forward, or from where the piece before it ended.
    Group {
        /// The pictures' parameters.
        video: Arc<StreamInfo>,
        /// The sound's, where there is some.
        audio: Option<Arc<StreamInfo>>,
        /// The packets in the order of the file.
        packets: Vec<ArchivedPacket>,
    },
    /// Nothing was recorded.
    Gap(Gap),
}

/// A group of a file, as far as it is there.
pub(super) struct Group {
    pub video: Arc<StreamInfo>,
    pub audio: Option<Arc<StreamInfo>>,
    pub packets: Vec<ArchivedPacket>,
    /// Whether nothing more comes of it.
    pub whole: bool,
    /// Whether it is handed out as it comes.
    pub grows: bool,
}

/// Pictures and sounds.
pub(super) type Counts = [usize; 2];

impl Group {
    /// What it has of packets that are so.
    pub fn count(&self, so: impl Fn(&ArchivedPacket) -> bool) -> Counts {
        let mut counts = Counts::default();
        for it in self.packets.iter().filter(|it| so(it)) {
            counts[usize::from(it.media_type == MediaType::Audio)] += 1;
        }
        counts
    }

    /// What of it lies before so many pictures and sounds, or behind them.
    pub fn part(mut self, counts: Counts, before: bool) -> Piece {
        let mut seen = Counts::default();
        self.packets.retain(|it| {
            let kind = usize::from(it.media_type == MediaType::Audio);
            seen[kind] += 1;
            (seen[kind] <= counts[kind]) == before
        });
        Piece::Group { video: self.video, audio: self.audio, packets: self.packets }
    }
}
