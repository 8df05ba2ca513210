//! What a feed reports about itself: its threads write it, anyone reads it at any time.
//!
//! Counters are atomics; the stream's description and the connection's state are behind mutexes
//! that are held for a copy only. Staleness is not stored but computed from the age of the last
//! picture when asked, so it is right even when every thread of the feed hangs.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use crate::lock::lock;
use crate::source::SourceError;
use crate::source::route::LowerTransport;

/// The state of a camera: what an operator is told of its picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum FeedState {
    /// Being connected for the first time, or connected and waiting for the first picture.
    #[default]
    Connecting,
    /// Connected, and pictures arrive.
    Live,
    /// Connected, but no picture for too long.
    Stale,
    /// Pictures arrive, but long after they were taken.
    Late {
        /// How long after, cut to whole seconds.
        by: Duration,
    },
    /// Packets arrive, but no clean picture can be made of them.
    Undecodable {
        /// Why not.
        why: Undecodable,
    },
    /// No connection.
    Down(Outage),
    /// A file that does not loop came to its end. The feed does not open it again.
    Ended,
}

/// Why there is no connection, since when, and when the feed tries again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// When the outage began.
    pub since: Instant,
    /// What went wrong, without credentials.
    pub error: Arc<SourceError>,
    /// When the feed connects again.
    pub retry_at: Instant,
}

/// Why no clean picture can be made of the packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecodable {
    /// FFmpeg has no decoder for the codec, or can't open it.
    NoDecoder,
    /// Key frames that came whole are refused or come out broken.
    BrokenKeyFrames,
    /// Packets come whole, but none of the pictures is clean.
    BrokenPictures,
    /// The decoder does not come back from a packet.
    HungDecoder,
}

/// What is wrong with a picture that is live all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Warnings {
    /// Parts of the picture are guessed: something was lost, and no clean key frame came since.
    pub damaged: bool,
    /// The picture has not changed since then.
    pub frozen: Option<Instant>,
    /// The picture is black or of one colour since then.
    pub dark: Option<Instant>,
    /// Less is shown than the camera sends, because this computer can't keep up.
    pub reduced: bool,
}

/// A snapshot of everything worth knowing about a feed.
#[derive(Clone, Debug, Default)]
pub struct FeedStatus {
    /// The state of the camera.
    pub state: FeedState,
    /// When that state began; `None` where it never changed.
    pub state_since: Option<Instant>,
    /// What is wrong with a live picture.
    pub warnings: Warnings,
    /// How long after they were taken pictures arrive; `None` where that is unknown.
    pub late: Option<Duration>,
    /// "h264", "h265", "mjpeg", …
    pub codec: Option<&'static str>,
    /// Width of the newest picture, pixels; 0 before the first.
    pub width: u32,
    /// Height of the newest picture, pixels; 0 before the first.
    pub height: u32,
    /// Sample aspect ratio of the newest picture, numerator and denominator; a zero in it means
    /// unknown.
    pub sar: (u32, u32),
    /// Pictures that came out of the decoder.
    pub frames_decoded: u64,
    /// Pictures dropped from the frame queue before the renderer took them.
    pub frames_replaced: u64,
    /// Video packets not decoded because the decoder was behind.
    pub packets_dropped: u64,
    /// RTP packets of the video stream lost on the way (retina only; FFmpeg does not tell).
    pub frames_lost: u64,
    /// Packets the decoder refused and pictures it had to guess parts of.
    pub decode_errors: u64,
    /// Bytes of payload received.
    pub bytes: u64,
    /// Connections lost and made anew.
    pub reconnects: u64,
    /// When the newest picture was decoded.
    pub last_frame_at: Option<Instant>,
    /// The audio stream: "aac 16000 Hz 1 ch".
    pub audio: Option<Arc<str>>,
    /// Time between the last two key frames, milliseconds.
    pub gop_ms: Option<u32>,
    /// Pictures per second: what the camera states, or what was measured between key frames.
    pub fps: Option<f32>,
    /// "retina over TCP", "FFmpeg", …
    pub via: Option<&'static str>,
    /// How RTP travels; `None` where the source is no RTSP.
    pub transport: Option<LowerTransport>,
    /// From the start of the latest successful connection to its first picture.
    pub first_frame_after: Option<Duration>,
    /// Pixel format that swscale had to convert, where the decoder's own could not be shown.
    pub converted_from: Option<Arc<str>>,
}

/// The part of the state that is stored.
#[derive(Clone, Debug)]
pub(crate) enum Connection {
    Connecting,
    /// Connected.
    Up,
    Down(Outage),
    Ended,
}

/// What is known of the stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct StreamSummary {
    /// When the present connection was begun.
    pub started: Option<Instant>,
    pub codec: Option<&'static str>,
    pub size: (u32, u32),
    pub sar: (u32, u32),
    pub audio: Option<Arc<str>>,
    pub gop_ms: Option<u32>,
    pub fps: Option<f32>,
    pub via: Option<&'static str>,
    pub transport: Option<LowerTransport>,
    pub first_frame_after: Option<Duration>,
    pub converted_from: Option<Arc<str>>,
}

/// The counters and states that a feed and its threads share.
pub(crate) struct FeedHealth {
    stale_after: Duration,
    epoch: Instant,
    connection: Mutex<Connection>,
    summary: Mutex<StreamSummary>,
    /// Whether packets are decoded; off while nobody sees the camera.
    pub decode: AtomicBool,
    pub frames_decoded: AtomicU64,
    pub packets_dropped: AtomicU64,
    /// RTP packets of the video stream lost on the way.
    pub lost: AtomicU64,
    pub decode_errors: AtomicU64,
    pub bytes: AtomicU64,
    pub reconnects: AtomicU64,
    /// Instants as nanoseconds since `epoch`; 0 is never.
    last_frame: AtomicU64,
    last_packet: AtomicU64,
    /// When the present connection came up.
    connected: AtomicU64,
    /// When decoding was switched on again.
    shown_again: AtomicU64,
}

impl FeedHealth {
    /// For a feed that goes stale after the given time.
    pub fn new(stale_after: Duration) -> Self {
        Self {
            stale_after,
            epoch: Instant::now(),
            connection: Mutex::new(Connection::Connecting),
            summary: Mutex::default(),
            decode: AtomicBool::new(true),
            frames_decoded: AtomicU64::new(0),
            packets_dropped: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            decode_errors: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            reconnects: AtomicU64::new(0),
            last_frame: AtomicU64::new(0),
            last_packet: AtomicU64::new(0),
            connected: AtomicU64::new(0),
            shown_again: AtomicU64::new(0),
        }
    }

    /// Stores the connection's state.
    pub fn set_connection(&self, connection: Connection) {
        *lock(&self.connection) = connection;
    }

    /// The connection's state.
    pub fn connection(&self) -> Connection {
        lock(&self.connection).clone()
    }

    /// What is known of the stream, for a quick change.
    pub fn summary(&self) -> MutexGuard<'_, StreamSummary> {
        lock(&self.summary)
    }

    /// Notes that a picture was published.
    pub fn frame_at(&self, now: Instant) {
        self.last_frame.store(self.nanos(now), Ordering::Relaxed);
    }

    /// Notes that a packet was received.
    pub fn packet_at(&self, now: Instant) {
        self.last_packet.store(self.nanos(now), Ordering::Relaxed);
    }

    /// Notes that a connection came up.
    pub fn connected_at(&self, now: Instant) {
        self.connected.store(self.nanos(now), Ordering::Relaxed);
        self.set_connection(Connection::Up);
    }

    /// Switches decoding on or off.
    pub fn show(&self, on: bool, now: Instant) {
        if on && !self.decode.load(Ordering::Relaxed) {
            self.shown_again.store(self.nanos(now), Ordering::Relaxed);
        }
        self.decode.store(on, Ordering::Relaxed);
    }

    fn nanos(&self, at: Instant) -> u64 {
        u64::try_from(at.saturating_duration_since(self.epoch).as_nanos())
            .map_or(u64::MAX, |n| n.max(1))
    }

    fn instant(&self, nanos: u64) -> Option<Instant> {
        (nanos > 0).then(|| self.epoch + Duration::from_nanos(nanos))
    }

    /// The state of the camera at `now`.
    pub fn state(&self, now: Instant) -> FeedState {
        match self.connection() {
            Connection::Connecting => FeedState::Connecting,
            Connection::Ended => FeedState::Ended,
            Connection::Down(outage) => FeedState::Down(outage),
            Connection::Up => self.liveness(self.nanos(now)),
        }
    }

    /// For a connected camera. A hidden one is live as long as its packets come, and one that is
    /// shown again has the usual time to come up with a picture.
    fn liveness(&self, now: u64) -> FeedState {
        let load = |nanos: &AtomicU64| nanos.load(Ordering::Relaxed);
        let shown = self.decode.load(Ordering::Relaxed);
        let sign = load(if shown { &self.last_frame } else { &self.last_packet });
        if sign < load(&self.connected) {
            return FeedState::Connecting;
        }
        let since = if shown { sign.max(load(&self.shown_again)) } else { sign };
        if Duration::from_nanos(now.saturating_sub(since)) > self.stale_after {
            FeedState::Stale
        } else {
            FeedState::Live
        }
    }

    /// A snapshot.
    pub fn status(&self, frames_replaced: u64) -> FeedStatus {
        let summary = self.summary().clone();
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        FeedStatus {
            state: self.state(Instant::now()),
            state_since: None,
            warnings: Warnings::default(),
            late: None,
            codec: summary.codec,
            width: summary.size.0,
            height: summary.size.1,
            sar: summary.sar,
            frames_decoded: count(&self.frames_decoded),
            frames_replaced,
            packets_dropped: count(&self.packets_dropped),
            frames_lost: count(&self.lost),
            decode_errors: count(&self.decode_errors),
            bytes: count(&self.bytes),
            reconnects: count(&self.reconnects),
            last_frame_at: self.instant(count(&self.last_frame)),
            audio: summary.audio,
            gop_ms: summary.gop_ms,
            fps: summary.fps,
            via: summary.via,
            transport: summary.transport,
            first_frame_after: summary.first_frame_after,
            converted_from: summary.converted_from,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn stale_is_a_matter_of_age() {
        let health = FeedHealth::new(2 * SECOND);
        let start = Instant::now();
        assert_eq!(health.state(start), FeedState::Connecting);
        health.connected_at(start);
        assert_eq!(health.state(start + SECOND), FeedState::Connecting);
        health.frame_at(start + SECOND);
        assert_eq!(health.state(start + 2 * SECOND), FeedState::Live);
        assert_eq!(health.state(start + 4 * SECOND), FeedState::Stale);
    }

    #[test]
    fn a_hidden_camera_lives_by_its_packets() {
        let health = FeedHealth::new(2 * SECOND);
        let start = Instant::now();
        health.connected_at(start);
        health.frame_at(start + SECOND);
        health.show(false, start + SECOND);
        health.packet_at(start + 9 * SECOND);
        assert_eq!(health.state(start + 10 * SECOND), FeedState::Live);
        assert_eq!(health.state(start + 12 * SECOND), FeedState::Stale);
        health.show(true, start + 12 * SECOND);
        assert_eq!(health.state(start + 13 * SECOND), FeedState::Live);
        assert_eq!(health.state(start + 15 * SECOND), FeedState::Stale);
    }
}
