//! What a feed reports about itself.
//!
//! Plain data, copied out for whoever asks; `health` decides what is in it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::source::SourceError;
use crate::source::route::LowerTransport;
use crate::undecodable::Undecodable;

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
        /// How long after, in whole seconds.
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
    /// It comes encrypted, and nobody checked from whom.
    pub unverified: bool,
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
    /// Whether this computer, not the camera or its link, is to blame where the state is
    /// [`Late`](FeedState::Late): most cameras that are shown are late.
    pub late_is_ours: bool,
    /// Whether connecting anew did not help against lateness, or this computer can't keep up, so that
    /// a smaller stream may help.
    pub wants_smaller: bool,
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
    /// Bytes of memory that the packets take which are kept.
    pub memory: usize,
    /// Connections lost and made anew.
    pub reconnects: u64,
    /// When the newest picture arrived.
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
