//! What is known to be on the disk of a file that is being written.
//!
//! Plain data, made by the thread `ID.record` at each good sync. Policy: where the disk fails, a file
//! ends at its last checkpoint, and no more is claimed, also where a later sync of another descriptor
//! succeeds (Linux forgets the error).

use std::time::Duration;

use jiff::Timestamp;

use crate::hash::TreeHash;

/// A file as it was at its last good sync.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// Bytes; 0 where no packet reached the disk, so that the file goes.
    pub bytes: u64,
    /// Video packets.
    pub packets: u64,
    /// Audio packets.
    pub audio_packets: u64,
    /// Key frames among the video packets.
    pub keyframes: u64,
    /// RTP packets of the video lost on the way.
    pub lost: u64,
    /// Where the last picture ends, by the wall clock.
    pub end: Timestamp,
    /// From the first picture to the end of the last, by the camera's clock.
    pub duration: Duration,
}

impl Checkpoint {
    /// No packet of a file that begins at `start` is on the disk.
    #[must_use]
    pub fn nothing(start: Timestamp) -> Self {
        Self {
            bytes: 0,
            packets: 0,
            audio_packets: 0,
            keyframes: 0,
            lost: 0,
            end: start,
            duration: Duration::ZERO,
        }
    }
}

/// What a writer hands over of a file that it can't go on with.
#[derive(Debug)]
pub struct KnownPart {
    /// What is on the disk.
    pub checkpoint: Checkpoint,
    /// The hash as far as it was made; cut at the checkpoint, only its last group is read back.
    pub hash: TreeHash,
    /// The video in words, for the ledger.
    pub video: String,
    /// The sound in words, where there is some.
    pub audio: Option<String>,
}
