//! What is known of an open segment, and whether the next packet can go into it.
//!
//! Plain data, told by each packet that is written; asks no clock and no disk.

use std::sync::Arc;
use std::time::{Duration, Instant};

use camwall_media::{Delivery, MediaType, Packet, Session, StreamInfo};
use jiff::Timestamp;

use super::SegmentSettings;
use crate::clock::{WallClock, next_boundary, phase_of};
use crate::ledger::entry::SegmentRecord;

/// Files of this length or more end up to [`SPREAD`] later, each camera's at another moment, so that
/// sixteen files are not closed at once.
const LONG: Duration = Duration::from_secs(60);
/// The latest that a long file ends behind a round time, but for the key frame that it waits for.
const SPREAD: Duration = Duration::from_secs(2);

/// What is known of an open segment.
pub struct SegmentProgress {
    info: Arc<StreamInfo>,
    session: Arc<Session>,
    /// The clocks by which it is timed.
    pub clock: WallClock,
    /// From when on the next key frame begins another file.
    pub boundary: Timestamp,
    /// Arrival of the newest picture.
    pub last_video: Instant,
    /// Time of the newest picture by the camera's clock, seconds.
    last_seconds: Option<f64>,
    /// Number of the newest packet, whatever it is.
    last_number: u64,
    /// Its line in the making: what was written until now is counted.
    pub record: SegmentRecord,
    /// Protected from retention.
    pub kept: bool,
}

fn boundary(start: Timestamp, settings: &SegmentSettings) -> Timestamp {
    let round = next_boundary(start, settings.length);
    let long = settings.length >= LONG;
    let phase = if long { phase_of(&settings.id, SPREAD) } else { Duration::ZERO };
    round.checked_add(phase).unwrap_or(round)
}

impl SegmentProgress {
    /// A segment that begins with a key frame, which arrived at `start` by this clock; `audio` says what sound
    /// it has.
    pub fn new(
        settings: &SegmentSettings,
        first: &Delivery,
        (start, clock): (Timestamp, WallClock),
        file: String,
        audio: Option<String>,
    ) -> Self {
        let record = SegmentRecord {
            file,
            start,
            end: start,
            video: first.packet.info.describe(),
            audio,
            ..SegmentRecord::default()
        };
        Self {
            info: first.packet.info.clone(),
            session: first.session.clone(),
            clock,
            boundary: boundary(start, settings),
            last_video: first.packet.arrived,
            last_seconds: first.packet.seconds(),
            last_number: first.number,
            record,
            kept: false,
        }
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

    /// Whether `next` has the parameters of the file.
    pub fn fits(&self, next: &Delivery) -> bool {
        let info = &next.packet.info;
        Arc::ptr_eq(&self.info, info) || self.info.same_as(info)
    }

    /// A packet was written, and the next one is to follow it; one without contents is passed over by the
    /// muxer, and counts for nothing.
    pub fn count(&mut self, delivery: &Delivery) {
        self.last_number = delivery.number;
        let packet = &delivery.packet;
        if packet.data().is_empty() {
            return;
        }
        let record = &mut self.record;
        match packet.media_type() {
            MediaType::Video => {
                record.packets += 1;
                record.keyframes += u64::from(packet.keyframe);
                record.lost += u64::from(packet.loss_before);
                self.last_video = packet.arrived;
                self.last_seconds = packet.seconds();
            }
            MediaType::Audio => record.audio_packets += u64::from(record.audio.is_some()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use camwall_media::Container;

    use super::*;
    use crate::simulation::at;

    #[test]
    fn long_files_of_two_cameras_are_not_closed_in_the_same_instant_and_short_ones_are() {
        let ends = |length| {
            let of = |number| SegmentSettings {
                id: format!("cam{number}").as_str().into(),
                title: String::new(),
                root: "/".into(),
                folder: "gate".to_owned(),
                container: Container::Matroska,
                length: Duration::from_secs(length),
                size: 1,
            };
            (1..=16).map(|number| boundary(at("2026-11-22T07:20:10Z"), &of(number))).collect()
        };
        for length in [60, 600, 3600] {
            let ends: HashSet<Timestamp> = ends(length);
            assert_eq!(ends.len(), 16, "{length}");
        }
        assert_eq!(ends(30).len(), 1);
    }
}
