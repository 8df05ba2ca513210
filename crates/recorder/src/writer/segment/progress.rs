//! What is known of an open segment, and whether the next packet can go into it.
//!
//! Plain data, told by each packet that is written; asks no clock and no disk.

use std::sync::Arc;
use std::time::{Duration, Instant};

use camwall_media::{Delivery, MediaType, Packet, Session, StreamInfo};
use jiff::Timestamp;

use super::SegmentSettings;
use crate::checkpoint::Checkpoint;
use crate::clock::{next_boundary, phase_of};

/// Files of this length or more end up to [`SPREAD`] later, each camera's at another moment, so that
/// sixteen files are not closed at once.
const LONG: Duration = Duration::from_secs(60);
/// The latest that a long file ends behind a round time, but for the key frame that it waits for.
const SPREAD: Duration = Duration::from_secs(2);

/// What is known of an open segment.
pub struct SegmentProgress {
    info: Arc<StreamInfo>,
    session: Arc<Session>,
    /// When its first picture arrived.
    pub start: Timestamp,
    boundary: Timestamp,
    size: u64,
    /// Arrival of the newest picture.
    pub last_video: Instant,
    /// Time of the newest picture by the camera's clock, seconds.
    last_seconds: Option<f64>,
    /// Number of the newest packet, whatever it is.
    last_number: u64,
    /// Video packets.
    pub packets: u64,
    /// Audio packets, where there is sound in the file.
    pub audio_packets: u64,
    /// Key frames among the video packets.
    pub keyframes: u64,
    /// RTP packets of the video lost on the way.
    pub lost: u64,
    /// Protected from retention.
    pub kept: bool,
}

/// From when on the next key frame begins another file.
fn boundary(start: Timestamp, settings: &SegmentSettings) -> Timestamp {
    let round = next_boundary(start, settings.length);
    let long = settings.length >= LONG;
    let phase = if long { phase_of(&settings.id, SPREAD) } else { Duration::ZERO };
    round.checked_add(phase).unwrap_or(round)
}

/// What the file and the muxer say of themselves at a key frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileState {
    /// Whether a jump in the camera's clock was bridged.
    pub broken: bool,
    /// Size of the file, bytes.
    pub length: u64,
}

impl SegmentProgress {
    /// A segment that begins with a key frame, which arrived at `start`.
    pub fn new(settings: &SegmentSettings, first: &Delivery, start: Timestamp) -> Self {
        Self {
            info: first.packet.info.clone(),
            session: first.session.clone(),
            start,
            boundary: boundary(start, settings),
            size: settings.size,
            last_video: first.packet.arrived,
            last_seconds: first.packet.seconds(),
            last_number: first.number,
            packets: 0,
            audio_packets: 0,
            keyframes: 0,
            lost: 0,
            kept: false,
        }
    }

    /// The pictures in words.
    pub fn describe(&self) -> String {
        self.info.describe()
    }

    /// Whether `next` is of the same connection.
    pub fn same_session(&self, next: &Delivery) -> bool {
        Arc::ptr_eq(&self.session, &next.session)
    }

    /// Whether nothing is missing before `next`.
    pub fn joins(&self, next: &Delivery) -> bool {
        next.number == self.last_number + 1
    }

    /// Whether pictures of more than `stall` are missing before `next`, by the camera's clock.
    pub fn skips(&self, next: &Packet, stall: Duration) -> bool {
        match (self.last_seconds, next.seconds()) {
            (Some(last), Some(now)) => now - last > stall.as_secs_f64(),
            _ => true,
        }
    }

    /// Whether this key frame, arrived at `at`, begins another file: it is time, the file is large
    /// enough, or the camera changed its parameters or its clock.
    pub fn must_rotate(&self, next: &Delivery, at: Timestamp, file: FileState) -> bool {
        let info = &next.packet.info;
        file.broken
            || !(Arc::ptr_eq(&self.info, info) || self.info.same_as(info))
            || at >= self.boundary
            || file.length >= self.size
    }

    /// What is on the disk where all that was counted is in `bytes` that are there; it ends at `end` and
    /// lasts for `duration` by the camera's clock.
    pub fn checkpoint(&self, bytes: u64, end: Timestamp, duration: Duration) -> Checkpoint {
        Checkpoint {
            bytes,
            packets: self.packets,
            audio_packets: self.audio_packets,
            keyframes: self.keyframes,
            lost: self.lost,
            end,
            duration,
        }
    }

    /// A packet is about to be written, the next one is to follow it.
    pub fn follow(&mut self, delivery: &Delivery) {
        self.last_number = delivery.number;
    }

    /// A packet was written; `sound` says whether the file has some.
    pub fn count(&mut self, packet: &Packet, sound: bool) {
        match packet.media_type() {
            MediaType::Video => {
                self.packets += 1;
                self.keyframes += u64::from(packet.keyframe);
                self.lost += u64::from(packet.loss_before);
                self.last_video = packet.arrived;
                self.last_seconds = packet.seconds();
            }
            MediaType::Audio if sound => self.audio_packets += 1,
            MediaType::Audio => {}
        }
    }
}
