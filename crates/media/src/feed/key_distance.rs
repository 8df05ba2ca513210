//! Measures the distance of a stream's key frames, and the rate of its pictures where the camera does
//! not state it.
//!
//! Run by whoever reads the camera, one per connection.

use std::time::Instant;

use crate::health::feed_health::FeedHealth;
use crate::packet::{MediaType, Packet};

/// What is known since the latest key frame.
#[derive(Debug, Default)]
pub(crate) struct KeyDistance {
    /// Stream time and arrival of the latest key frame.
    last_key: Option<(Option<f64>, Instant)>,
    pictures: u32,
}

impl KeyDistance {
    /// A packet came. The time is the stream's, or ours where there is no timestamp (FFmpeg's RTSP
    /// starts without).
    pub fn measure(&mut self, packet: &Packet, health: &FeedHealth) {
        if packet.media_type() != MediaType::Video {
            return;
        }
        self.pictures = self.pictures.saturating_add(1);
        if !packet.keyframe {
            return;
        }
        let now = (packet.seconds(), packet.arrived);
        if let Some(last) = self.last_key.replace(now) {
            let seconds = match (last.0, now.0) {
                (Some(last), Some(now)) => now - last,
                _ => now.1.saturating_duration_since(last.1).as_secs_f64(),
            };
            if (0.001..3600.0).contains(&seconds) {
                let mut summary = health.summary();
                summary.gop_ms = Some((seconds * 1000.0).round() as u32);
                if packet.info.fps.is_none() {
                    summary.fps = Some((f64::from(self.pictures) / seconds) as f32);
                }
            }
        }
        self.pictures = 0;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::fixtures::fake;

    #[test]
    fn measures_key_frame_distance_and_rate() {
        let (mut distance, health) = (KeyDistance::default(), FeedHealth::new(Duration::ZERO));
        for pts in 0..=20 {
            distance.measure(&fake(pts * 3600, pts % 10 == 0), &health);
        }
        let summary = health.summary().clone();
        assert_eq!(summary.gop_ms, Some(400));
        assert!(summary.fps.is_some_and(|fps| (fps - 25.0).abs() < 0.1), "{:?}", summary.fps);
    }
}
