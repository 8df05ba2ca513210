//! One look at a camera, for `camwall check --probe`.
//!
//! Runs on the caller's thread until it has seen the first picture and two key frames, or its
//! time is up. Uses the same sources, decoder and fallbacks as a [`Feed`], because a
//! check that connects in another way than the wall proves nothing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::feed::Feed;
use super::source::SourceError;
use super::source::route::LowerTransport;
use super::source::spec::FeedSpec;
use super::status::{FeedState, FeedStatus};

/// How often the feed is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What a camera turned out to be.
#[derive(Clone, Debug)]
pub struct ProbeReport {
    /// "h264", "h265", "mjpeg", …
    pub codec: &'static str,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Pictures per second, stated or measured.
    pub fps: Option<f32>,
    /// Seconds between two key frames; `None` if two were not seen in time.
    pub gop_seconds: Option<f32>,
    /// The audio stream: "aac 16000 Hz 1 ch".
    pub audio: Option<std::sync::Arc<str>>,
    /// "retina over TCP", "FFmpeg", …
    pub via: &'static str,
    /// How RTP travels; `None` where the source is no RTSP.
    pub transport: Option<LowerTransport>,
    /// From the start of the connection to the first decoded picture.
    pub first_picture: Duration,
}

/// Why there is no [`ProbeReport`]. The text is for the log.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ProbeError {
    /// No connection, or no stream that we understand.
    #[error("{0}")]
    Source(Arc<SourceError>),
    /// It connected, but no picture came in time.
    #[error("no picture within {} s", .0.as_secs())]
    NoPicture(Duration),
    /// The source ended before its first picture.
    #[error("the source ended without a picture")]
    Ended,
}

/// Connects, waits for a picture and two key frames and hangs up. Takes `timeout` at most (and a
/// moment for hanging up); a camera with a picture but fewer key frames is a success.
pub fn probe(spec: FeedSpec, timeout: Duration) -> Result<ProbeReport, ProbeError> {
    let until = Instant::now() + timeout;
    let feed = Feed::open(spec, Arc::new(|| {}));
    let outcome = loop {
        let status = feed.status();
        let seen = report(&status);
        let late = Instant::now() >= until;
        match (&status.state, seen) {
            (_, Some(report)) if report.gop_seconds.is_some() || late => break Ok(report),
            (FeedState::Ended, Some(report)) => break Ok(report),
            (FeedState::Ended, None) => break Err(ProbeError::Ended),
            // Of a camera that was live once, the report counts more than its disappearance.
            (FeedState::Down(_), Some(report)) => break Ok(report),
            (FeedState::Down(outage), None) => {
                break Err(ProbeError::Source(outage.error.clone()));
            }
            _ if late => break Err(ProbeError::NoPicture(timeout)),
            _ => std::thread::sleep(LOOK),
        }
    };
    feed.close(Duration::from_secs(1));
    outcome
}

/// A report, as soon as there is a picture.
fn report(status: &FeedStatus) -> Option<ProbeReport> {
    Some(ProbeReport {
        codec: status.codec?,
        width: status.width,
        height: status.height,
        fps: status.fps,
        gop_seconds: status.gop_ms.map(|ms| ms as f32 / 1000.0),
        audio: status.audio.clone(),
        via: status.via?,
        transport: status.transport,
        first_picture: status.first_frame_after?,
    })
}
