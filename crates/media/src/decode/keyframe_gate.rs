//! Admits packets to the decoder from a key frame on.
//!
//! The demux thread runs it, one per connection.
//! Policies: decoding begins at a key frame; where the decoder has no room, everything up to the
//! next key frame is dropped, because a picture without its references is worse than none; a
//! hidden camera's packets are not passed on.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, TrySendError};

use super::Job;
use crate::health::feed_health::FeedHealth;
use crate::packet::{MediaType, Packet, nal};

/// A stream without key frames (periodic intra refresh without recovery points) is decoded anyway
/// after this long, and its pictures count as damaged. Key frames are up to half a minute apart.
pub(crate) const KEYFRAME_PATIENCE: Duration = Duration::from_secs(30);

/// Passes packets to the decoder where they can be decoded, and measures the distance of key
/// frames.
pub(crate) struct KeyframeGate {
    jobs: Sender<Job>,
    /// Since when nothing is passed until a key frame; `None` while open.
    closed: Option<Instant>,
    /// Whether it is closed because the decoder had no room, so that what it holds back counts.
    dropping: bool,
    /// Whether the decoder is to be opened anew with the next packet.
    reopen: bool,
    /// Whether the next packet is the connection's first, or that since the camera is shown again.
    first: bool,
    /// Whether decoding began without a key frame, and none came since.
    blind: bool,
    /// Whether any packet of video came.
    begun: bool,
    /// Whether packets may be lost without a word.
    lossy: bool,
    /// Stream time and arrival of the latest key frame.
    last_key: Option<(Option<f64>, Instant)>,
    since_key: u32,
}

impl KeyframeGate {
    /// Closed until the first key frame.
    pub fn new(jobs: Sender<Job>, now: Instant) -> Self {
        Self {
            jobs,
            closed: Some(now),
            dropping: false,
            reopen: false,
            first: true,
            blind: false,
            begun: false,
            lossy: false,
            last_key: None,
            since_key: 0,
        }
    }

    /// Of a source that does not tell what is lost on the way.
    pub fn lossy(self, lossy: bool) -> Self {
        Self { lossy, ..self }
    }

    /// Closed until the next key frame, with which the decoder is opened anew.
    pub fn reopen(&mut self, now: Instant) {
        self.closed.get_or_insert(now);
        self.reopen = true;
    }

    /// The same with another decode thread.
    pub fn replace(&mut self, jobs: Sender<Job>, now: Instant) {
        self.jobs = jobs;
        self.closed = Some(now);
        self.dropping = false;
    }

    /// Passes a packet on if it can be decoded and there is room for it; never waits.
    pub fn offer(&mut self, packet: Arc<Packet>, health: &FeedHealth, now: Instant) {
        if packet.media_type() != MediaType::Video {
            return;
        }
        self.measure(&packet, health);
        // What was lost before a session's first picture is missed by none.
        let whole = packet.loss_before == 0 || !self.begun;
        self.begun = true;
        if !health.decode.load(Ordering::Relaxed) {
            // Shown again, it waits for a key frame from then on.
            self.closed = Some(now);
            (self.dropping, self.first) = (false, true);
            return;
        }
        let waits = |since: Instant| now.saturating_duration_since(since) < KEYFRAME_PATIENCE;
        if !packet.keyframe && self.closed.is_some_and(waits) {
            if self.dropping {
                health.packets_dropped.fetch_add(1, Ordering::Relaxed);
            }
            return;
        }
        let restart = self.closed.take().is_some();
        self.blind = !packet.keyframe && (restart || self.blind);
        let gradual = packet.keyframe && nal::recovers_gradually(packet.info.codec, packet.data());
        let reopen = std::mem::take(&mut self.reopen);
        let (first, blind, lossy) = (std::mem::take(&mut self.first), self.blind, self.lossy);
        let job = Job { packet, restart, first, reopen, blind, whole, lossy, gradual };
        let sent = self.jobs.try_send(job);
        self.dropping = matches!(sent, Err(TrySendError::Full(_)));
        if sent.is_err() {
            health.packets_dropped.fetch_add(1, Ordering::Relaxed);
            self.closed = Some(now);
            (self.reopen, self.first) = (reopen, first);
        }
        if matches!(sent, Err(TrySendError::Disconnected(_))) {
            health.no_thread();
        }
    }

    /// Key frame distance, and the rate of pictures where the camera does not state it: by the
    /// stream's clock, or by ours where there is no timestamp (FFmpeg's RTSP starts without).
    fn measure(&mut self, packet: &Packet, health: &FeedHealth) {
        self.since_key = self.since_key.saturating_add(1);
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
                    summary.fps = Some((f64::from(self.since_key) / seconds) as f32);
                }
            }
        }
        self.since_key = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::fake;
    use crate::health::Remedy;
    use crate::status::Connection;
    use crossbeam_channel::{Receiver, bounded};

    fn passed(jobs: &Receiver<Job>) -> Vec<(i64, bool)> {
        jobs.try_iter().map(|job| (job.packet.pts.unwrap_or(-1), job.restart)).collect()
    }

    #[test]
    fn begins_at_a_key_frame() {
        let (sender, jobs) = bounded(8);
        let (mut gate, health) =
            (KeyframeGate::new(sender, Instant::now()), FeedHealth::new(Duration::ZERO));
        for (pts, key) in [(0, false), (1, true), (2, false)] {
            gate.offer(fake(pts, key), &health, Instant::now());
        }
        assert_eq!(passed(&jobs), [(1, true), (2, false)]);
        assert_eq!(health.packets_dropped.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn without_a_key_frame_decoding_begins_after_half_a_minute() {
        let (sender, jobs) = bounded(8);
        let start = Instant::now();
        let (mut gate, health) =
            (KeyframeGate::new(sender, start), FeedHealth::new(Duration::ZERO));
        for (pts, key) in [(0, false), (29, false), (30, false), (31, false), (32, true)] {
            gate.offer(fake(pts, key), &health, start + Duration::from_secs(pts as u64));
        }
        let passed: Vec<_> = jobs
            .try_iter()
            .map(|job| (job.packet.pts.unwrap_or(-1), job.restart, job.blind))
            .collect();
        assert_eq!(passed, [(30, true, true), (31, false, true), (32, false, false)]);
    }

    #[test]
    fn a_decoder_is_opened_anew_with_a_key_frame() {
        let (sender, jobs) = bounded(8);
        let start = Instant::now();
        let (mut gate, health) =
            (KeyframeGate::new(sender, start), FeedHealth::new(Duration::ZERO));
        gate.offer(fake(0, true), &health, start);
        gate.reopen(start);
        for (pts, key) in [(1, false), (2, true), (3, false)] {
            gate.offer(fake(pts, key), &health, start);
        }
        let passed: Vec<_> =
            jobs.try_iter().map(|job| (job.packet.pts.unwrap_or(-1), job.reopen)).collect();
        assert_eq!(passed, [(0, false), (2, true), (3, false)]);
    }

    #[test]
    fn the_first_packet_of_a_connection_is_told_so_also_where_there_was_no_room_for_it() {
        let (sender, jobs) = bounded(1);
        let (now, health) = (Instant::now(), FeedHealth::new(Duration::ZERO));
        let mut firsts = Vec::new();
        let mut gate = KeyframeGate::new(sender.clone(), now);
        gate.offer(fake(0, true), &health, now);
        let mut gate = KeyframeGate::new(sender, now);
        for pts in 1..4 {
            gate.offer(fake(pts, true), &health, now);
            firsts.extend(jobs.try_iter().map(|job| (job.packet.pts, job.first)));
        }
        assert_eq!(firsts, [(Some(0), true), (Some(2), true), (Some(3), false)]);
    }

    #[test]
    fn where_there_is_no_thread_another_one_is_asked_for() {
        let (sender, gone) = bounded(8);
        drop(gone);
        let start = Instant::now();
        let (mut gate, health) =
            (KeyframeGate::new(sender, start), FeedHealth::new(Duration::ZERO));
        health.set_connection(Connection::Up, start);
        assert_eq!(health.remedy(start), None);
        gate.offer(fake(0, true), &health, start);
        assert_eq!(health.remedy(start), Some(Remedy::ReplaceDecoder));
        let (sender, jobs) = bounded(8);
        gate.replace(sender, start);
        health.replaced(start);
        for pts in 1..4 {
            gate.offer(fake(pts, pts == 2), &health, start);
        }
        assert_eq!(passed(&jobs), [(2, true), (3, false)]);
        assert_eq!(health.remedy(start + Duration::from_secs(11)), None);
    }

    #[test]
    fn a_loss_is_told_but_not_that_before_the_first_picture() {
        let (sender, jobs) = bounded(8);
        let now = Instant::now();
        let (mut gate, health) = (KeyframeGate::new(sender, now), FeedHealth::new(Duration::ZERO));
        for pts in 0..3 {
            let mut packet = Arc::into_inner(fake(pts, pts == 0)).expect("the only owner");
            packet.loss_before = [3, 0, 1][pts as usize];
            gate.offer(Arc::new(packet), &health, now);
        }
        let whole: Vec<bool> = jobs.try_iter().map(|job| job.whole).collect();
        assert_eq!(whole, [true, true, false]);
    }

    #[test]
    fn drops_up_to_the_next_key_frame() {
        let (sender, jobs) = bounded(2);
        let (mut gate, health) =
            (KeyframeGate::new(sender, Instant::now()), FeedHealth::new(Duration::ZERO));
        for pts in 0..4 {
            gate.offer(fake(pts, pts == 0), &health, Instant::now());
        }
        assert_eq!(passed(&jobs), [(0, true), (1, false)]);
        for pts in 4..7 {
            gate.offer(fake(pts, pts == 5), &health, Instant::now());
        }
        assert_eq!(passed(&jobs), [(5, true), (6, false)]);
        assert_eq!(health.packets_dropped.load(Ordering::Relaxed), 3, "2, 3 and 4");
    }

    #[test]
    fn hidden_cameras_pass_nothing() {
        let (sender, jobs) = bounded(8);
        let (mut gate, health) =
            (KeyframeGate::new(sender, Instant::now()), FeedHealth::new(Duration::ZERO));
        gate.offer(fake(0, true), &health, Instant::now());
        health.show(false, Instant::now());
        gate.offer(fake(1, false), &health, Instant::now());
        health.show(true, Instant::now());
        gate.offer(fake(2, false), &health, Instant::now());
        gate.offer(fake(3, true), &health, Instant::now());
        assert_eq!(passed(&jobs), [(0, true), (3, true)]);
        assert_eq!(health.packets_dropped.load(Ordering::Relaxed), 0, "hidden is not dropped");
    }

    #[test]
    fn a_camera_that_was_hidden_for_long_is_shown_from_a_key_frame_on() {
        let (sender, jobs) = bounded(8);
        let start = Instant::now();
        let (mut gate, health) =
            (KeyframeGate::new(sender, start), FeedHealth::new(Duration::ZERO));
        let at = |second: i64| start + Duration::from_secs(second as u64);
        gate.offer(fake(0, true), &health, at(0));
        health.show(false, at(1));
        for second in 1..61 {
            gate.offer(fake(second, second % 4 == 0), &health, at(second));
        }
        health.show(true, at(61));
        for second in 61..66 {
            gate.offer(fake(second, second == 64), &health, at(second));
        }
        assert_eq!(passed(&jobs), [(0, true), (64, true), (65, false)]);
    }

    #[test]
    fn measures_key_frame_distance_and_rate() {
        let (sender, _jobs) = bounded(64);
        let (mut gate, health) =
            (KeyframeGate::new(sender, Instant::now()), FeedHealth::new(Duration::ZERO));
        for pts in 0..=20 {
            gate.offer(fake(pts * 3600, pts % 10 == 0), &health, Instant::now());
        }
        let summary = health.summary().clone();
        assert_eq!(summary.gop_ms, Some(400));
        assert!(summary.fps.is_some_and(|fps| (fps - 25.0).abs() < 0.1), "{:?}", summary.fps);
    }
}
