//! A way to a camera: the client that connects, the transport of RTP, and what is remembered of it.
//!
//! Plain data, told the time. What was learnt holds for [`LEARNT_FOR`]: cameras get other firmware. A
//! feed's task chooses a route by the rules of `router`; a [`RouteMemory`] is shared by the feeds of one
//! stream, and its lock is held for a copy only.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::IDLE_TIMEOUT;
use crate::hung_decoders::HungDecoders;
use crate::lock::lock;

/// Where either transport may be used: no picture for this long after PLAY and UDP counts as
/// blocked.
pub(super) const UDP_PROBE: Duration = Duration::from_secs(3);

/// How long what was learnt of a way to a camera holds.
pub(crate) const LEARNT_FOR: Duration = Duration::from_secs(6 * 3600);

/// How RTP travels on one connection: RTSP's lower transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LowerTransport {
    /// Interleaved in the RTSP connection.
    Tcp,
    /// Datagrams.
    Udp,
}

impl LowerTransport {
    /// `tcp` or `udp`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

/// The implementation that speaks to a camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    /// The retina crate.
    Retina,
    /// FFmpeg's libavformat.
    Ffmpeg,
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Retina => "retina",
            Self::Ffmpeg => "FFmpeg",
        })
    }
}

/// Which client opens a source and how RTP travels; decided anew for each try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// FFmpeg, not retina.
    pub ffmpeg: bool,
    /// `None` where the source is no RTSP.
    pub over: Option<LowerTransport>,
    /// Give up after [`UDP_PROBE`] rather than [`IDLE_TIMEOUT`] where nothing arrives at first: either
    /// transport may be used, and none was proven yet.
    pub probing: bool,
}

impl Route {
    /// Whether RTP comes in datagrams.
    pub fn udp(self) -> bool {
        self.over == Some(LowerTransport::Udp)
    }

    /// How this route is called in messages.
    pub fn name(self) -> &'static str {
        match (self.ffmpeg, self.udp()) {
            (false, false) => "retina over TCP",
            (false, true) => "retina over UDP",
            (true, false) => "FFmpeg",
            (true, true) => "FFmpeg over UDP",
        }
    }

    /// How long to wait for a packet.
    pub fn patience(self, started: bool) -> Duration {
        if self.probing && self.udp() && !started { UDP_PROBE } else { IDLE_TIMEOUT }
    }
}

/// A route that brought a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LearntRoute {
    pub route: Route,
    /// When it was chosen, so that a picture does not make it young again.
    pub chosen: Instant,
}

/// The route that last brought a picture of one stream, the decoders that hang on it, and whether FFmpeg
/// has it open. Clones share them. Kept by whoever opens feeds, so that a stream that is closed and opened again does
/// not learn it anew.
#[derive(Clone, Debug, Default)]
pub struct RouteMemory {
    learnt: Arc<Mutex<Option<LearntRoute>>>,
    hung: HungDecoders,
    ffmpeg: Arc<tokio::sync::Mutex<()>>,
}

impl RouteMemory {
    /// What worked last and is not too old at `now`, or nothing.
    pub(crate) fn get(&self, now: Instant) -> Option<LearntRoute> {
        lock(&self.learnt).filter(|known| !is_old(known.chosen, now))
    }

    /// What worked last, however old.
    #[cfg(test)]
    pub(crate) fn given(&self) -> Option<LearntRoute> {
        *lock(&self.learnt)
    }

    /// The decode threads that hang on the stream.
    pub(crate) fn hung_decoders(&self) -> &HungDecoders {
        &self.hung
    }

    /// Held while FFmpeg has the stream open: it may hang where nothing interrupts it, and then no second
    /// thread begins to.
    pub(super) fn ffmpeg(&self) -> &Arc<tokio::sync::Mutex<()>> {
        &self.ffmpeg
    }

    /// For another address of the same stream: nothing is known of the way to it, and who hangs on the
    /// old one holds up nobody. How many decoders hang still counts.
    #[must_use]
    pub fn of_another_address(&self) -> Self {
        Self { hung: self.hung.clone(), ..Self::default() }
    }

    /// Remembers, or forgets.
    pub(crate) fn set(&self, known: Option<LearntRoute>) {
        *lock(&self.learnt) = known;
    }
}

/// Whether what was chosen then is to be doubted at `now`.
pub(super) fn is_old(chosen: Instant, now: Instant) -> bool {
    now.saturating_duration_since(chosen) >= LEARNT_FOR
}
