//! A connection to a camera.
//!
//! The feed's task runs it. There are two implementations, [`rtsp`] (retina) and [`libav`]
//! (FFmpeg, on a thread of its own); [`open`] chooses one. Whether a feed connects again, asks for another login or tries
//! FFmpeg is decided by methods of [`SourceError`] and rules of [`router`], never by the text of an
//! error.

pub(crate) mod camera_share;
pub(crate) mod certificate_report;
pub(crate) mod dial;
mod error;
pub(crate) mod file_pacing;
pub(crate) mod http_relay;
pub(crate) mod io_deadline;
pub(crate) mod libav;
pub(crate) mod login;
pub(crate) mod login_methods;
pub(crate) mod login_reader;
mod lookup;
pub(crate) mod relay;
pub(crate) mod route;
pub(crate) mod router;
pub(crate) mod rtsp;
pub(crate) mod sdp;
pub(crate) mod spec;
pub(crate) mod tls;
mod tunnel;

use std::net::IpAddr;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use camwall_address::Scheme;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

pub use self::error::{OutageKind, Oversized, RefusedTransport, SourceError};
use self::libav::LibavSource;
use self::login_methods::LoginMethods;
use self::route::{Route, UDP_PROBE};
use self::rtsp::RetinaSource;
use self::spec::{Address, FeedSpec};
use super::packet::{Packet, StreamInfo};
use crate::redact::Censor;

/// How long connecting, and each answer of the camera, may take.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a name's addresses are tried one after the other: two that don't answer take it up.
const ADDRESSES_LIMIT: Duration = Duration::from_secs(10);
/// No packet for this long and the connection counts as dead, whatever TCP and RTCP say; longer
/// where pictures are known to be seldom, see [`SourceContext::patience`].
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(10);
/// Pictures that are so far apart, by the wall file, are none to probe a transport with.
const SELDOM: Duration = Duration::from_secs(1);
/// How often a feed that waits looks at the clock.
pub(crate) const TICK: Duration = Duration::from_millis(250);

/// A connection that yields packets in the order they arrive.
pub(crate) trait Source: Send {
    /// The video stream. A new `Arc` whenever its parameters change.
    fn info(&self) -> &Arc<StreamInfo>;
    /// The audio stream, if the camera has one. Recorders get it; it is never decoded.
    fn audio(&self) -> Option<&Arc<StreamInfo>>;
    /// The next packet; after an error nothing. To be asked again every [`TICK`], too: that a source is
    /// silent for too long is seen then.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Packet, SourceError>>;
    /// Hangs up; takes 700 ms at most. One that is dropped instead does so without anybody waiting.
    fn close(self: Box<Self>) -> BoxFuture<'static, ()>;
}

/// What a source needs from the feed it works for.
#[derive(Clone)]
pub(crate) struct SourceContext {
    pub spec: Arc<FeedSpec>,
    pub address: Address,
    /// The number to connect to, where the host has a name.
    pub number: Option<IpAddr>,
    pub cancellation: CancellationToken,
    /// Called for each piece of RTCP, with the sender report of the video stream in it.
    pub rtcp: Arc<dyn Fn(Option<&SenderReport>) + Send + Sync>,
    /// How long a connection may be silent.
    pub patience: Arc<dyn Fn() -> Duration + Send + Sync>,
}

/// The camera's wall clock at one moment of its stream: RFC 3550, section 6.4.1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SenderReport {
    /// Seconds by the stream's clock.
    pub stream: f64,
    /// Seconds since 1970 by the camera's wall clock at that moment.
    pub camera: f64,
    /// Seconds since 1970 by our wall clock when the report arrived, and that moment by our
    /// monotonic one.
    pub wall: f64,
    pub arrived: Instant,
}

impl SourceContext {
    /// What no message about this camera may hold.
    pub fn censor(&self) -> Censor {
        Censor::new(&self.address, self.spec.options.iter().map(|(_, value)| value))
    }

    /// Whether the camera may be sent the password itself: where nobody listens, or the wall file says so.
    pub fn takes_basic(&self) -> bool {
        self.address.scheme.is_encrypted() || self.spec.auth == LoginMethods::Any
    }

    /// How long to wait for a packet on this route; `started` is whether any came. UDP gets its short
    /// chance only where a picture may be expected within it.
    pub fn patience(&self, route: Route, started: bool) -> Duration {
        let usual = (self.patience)();
        let given = self.spec.interval.is_some_and(|interval| interval >= SELDOM);
        match route.patience(started) {
            UDP_PROBE if !given && usual <= IDLE_TIMEOUT => UDP_PROBE,
            _ => usual,
        }
    }
}

/// The addresses by which [`open`] is to connect, in their order; none where there is no name to look up.
/// Takes 5 s at most; ends early when stopped. Nobody else is held up by it, so it comes before
/// the wait for a permit.
pub(crate) async fn look_up(context: &SourceContext) -> Result<Vec<IpAddr>, SourceError> {
    lookup::addresses(&context.address, &context.cancellation).await
}

/// Connects. Takes a few times [`ANSWER_TIMEOUT`] at most; ends early when stopped, and within a second:
/// what came up halfway is hung up.
///
/// All that a relay of ours calls is opened by number, each of `numbers` in turn: to the next one leads that
/// one can't be reached or does not answer, and none is begun after [`ADDRESSES_LIMIT`]. What is asked for
/// over `rtsp` carries the number; to all others it is the name that counts, as a certificate's or a web
/// server's. RTMP without TLS is looked up once more by FFmpeg.
pub(crate) async fn open(
    context: &SourceContext,
    numbers: &[IpAddr],
    route: Route,
) -> Result<Box<dyn Source>, SourceError> {
    let scheme = context.address.scheme;
    if scheme == Scheme::Rtsps && route.udp() {
        let detail = "over UDP the pictures of rtsps:// would go in clear".to_owned();
        return Err(SourceError::BadAddress { detail });
    }
    let by_number = matches!(scheme, Scheme::Rtsp | Scheme::Http) || scheme.is_encrypted();
    if !by_number || numbers.is_empty() {
        return open_by(context.clone(), route).await;
    }
    let started = Instant::now();
    let mut opened = Err(SourceError::Stopped);
    for number in numbers {
        let address = match scheme {
            Scheme::Rtsp => context.address.at(*number),
            _ => context.address.clone(),
        };
        let number = Some(*number);
        opened = open_by(SourceContext { address, number, ..context.clone() }, route).await;
        let next = opened.as_ref().is_err_and(|error| goes_on(error, started.elapsed()));
        if !next {
            break;
        }
    }
    opened
}

/// Whether a name's next address is tried after this error, `spent` after the first was begun.
fn goes_on(error: &SourceError, spent: Duration) -> bool {
    let away = matches!(error, SourceError::Unreachable { .. } | SourceError::Timeout { .. });
    away && spent < ADDRESSES_LIMIT
}

async fn open_by(context: SourceContext, route: Route) -> Result<Box<dyn Source>, SourceError> {
    Ok(if route.ffmpeg {
        Box::new(LibavSource::open(context, route).await?)
    } else {
        Box::new(RetinaSource::open(context, route).await?)
    })
}

#[cfg(test)]
mod tests {
    use super::route::LowerTransport;
    use super::*;

    #[test]
    fn udp_is_probed_only_where_a_picture_is_to_be_expected() {
        let over = Some(LowerTransport::Udp);
        let udp = Route { ffmpeg: false, over, probing: true };
        let patience = |interval: Option<u64>, usual: u64, route, started| {
            let interval = interval.map(Duration::from_millis);
            let spec = FeedSpec { interval, ..FeedSpec::new("t", "rtsp://h/") };
            let context = SourceContext {
                address: Address::parse(&spec).unwrap(),
                spec: Arc::new(spec),
                number: None,
                cancellation: CancellationToken::new(),
                rtcp: Arc::new(|_| {}),
                patience: Arc::new(move || Duration::from_secs(usual)),
            };
            context.patience(route, started).as_secs()
        };
        assert_eq!(patience(None, 10, udp, false), 3);
        assert_eq!(patience(Some(999), 10, udp, false), 3);
        assert_eq!(patience(Some(1000), 10, udp, false), 10);
        assert_eq!(patience(Some(60_000), 180, udp, false), 180);
        assert_eq!(patience(None, 30, udp, false), 30, "learnt");
        assert_eq!(patience(None, 10, udp, true), 10);
        assert_eq!(patience(None, 30, Route { probing: false, ..udp }, false), 30);
    }

    #[test]
    fn silence_and_no_way_lead_to_the_next_address_for_ten_seconds() {
        let second = Duration::from_secs(1);
        let silent = SourceError::Timeout { step: "DESCRIBE", after: ANSWER_TIMEOUT };
        let gone = SourceError::Unreachable { detail: String::new() };
        for error in [silent, gone] {
            assert!(goes_on(&error, 6 * second) && !goes_on(&error, 10 * second), "{error}");
        }
        let refused = SourceError::Auth { detail: String::new() };
        assert!(!goes_on(&refused, second) && !goes_on(&SourceError::Stopped, second));
    }
}
