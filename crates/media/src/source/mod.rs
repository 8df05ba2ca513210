//! A connection to a camera, and the ways in which it fails.
//!
//! The demux thread runs it. There are two implementations, [`rtsp`] (retina) and [`libav`]
//! (FFmpeg); [`open`] chooses one. Whether a feed connects again, asks for another login or tries
//! FFmpeg is decided by methods of [`SourceError`] and rules of [`router`], never by the text of an
//! error.

pub(crate) mod file_pacing;
pub(crate) mod io_deadline;
pub(crate) mod libav;
mod lookup;
pub(crate) mod relay;
pub(crate) mod route;
pub(crate) mod router;
pub(crate) mod rtsp;
pub(crate) mod sdp;
pub(crate) mod spec;

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use camwall_address::Scheme;

use self::libav::LibavSource;
use self::route::{Client, LowerTransport, Route, UDP_PROBE};
use self::rtsp::RetinaSource;
use self::spec::{Address, FeedSpec};
use super::cancel::CancellationToken;
use super::packet::{Packet, StreamInfo};
use super::redact::{redact, redact_secret};
use super::undecodable::Undecodable;

/// How long connecting, and each answer of the camera, may take.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a name's addresses are tried one after the other: two that don't answer take it up.
const ADDRESSES_LIMIT: Duration = Duration::from_secs(10);
/// No packet for this long and the connection counts as dead, whatever TCP and RTCP say; longer
/// where pictures are known to be seldom, see [`SourceContext::patience`].
pub(crate) const IDLE_TIMEOUT: Duration = Duration::from_secs(10);
/// Pictures that are so far apart, by the wall file, are none to probe a transport with.
const SELDOM: Duration = Duration::from_secs(1);
/// How often a waiting source calls [`SourceContext::tick`], for state changes by the clock.
pub(crate) const TICK: Duration = Duration::from_millis(250);

/// A connection that yields packets in the order they arrive.
pub(crate) trait Source: Send {
    /// The video stream. A new `Arc` whenever its parameters change.
    fn info(&self) -> &Arc<StreamInfo>;
    /// The audio stream, if the camera has one. Recorders get it; it is never decoded.
    fn audio(&self) -> Option<&Arc<StreamInfo>>;
    /// Waits for the next packet.
    fn next(&mut self) -> Result<Packet, SourceError>;
}

/// Why there is no connection, or no longer: data, for [`FeedState`](super::FeedState) and for
/// decisions. Its text is for the log, on the protocols' own terms; what the operator reads is made
/// from the kind of error where the tile is written. No text in it holds a credential once it is in
/// a [`FeedState`](super::FeedState).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// The feed is being closed.
    #[error("closed")]
    Stopped,
    /// The address in the configuration cannot be used.
    #[error("no usable address: {detail}")]
    BadAddress {
        /// What is wrong with it.
        detail: String,
    },
    /// The camera refused the login, or wants one.
    #[error("login refused: {detail}")]
    Auth {
        /// What the camera answered.
        detail: String,
    },
    /// There is no login where the wall file says that it is.
    #[error("no login: {detail}")]
    NoLogin {
        /// Where it was looked for, and what was wrong.
        detail: String,
    },
    /// The camera is there and has no time for us: 453, 454, 5xx, or it hangs up on the first
    /// request.
    #[error("the camera is busy: {detail}")]
    Busy {
        /// What it answered.
        detail: String,
        /// When it asks to be asked again.
        retry_after: Option<Duration>,
    },
    /// The camera sends us to another address, where nobody follows: 3xx.
    #[error("sent to another address: {detail}")]
    SentElsewhere {
        /// What it answered.
        detail: String,
    },
    /// Hung up by us: pictures came too late, and a new connection has no backlog.
    #[error("pictures came {} s late", by.as_secs())]
    Late {
        /// How late.
        by: Duration,
    },
    /// Hung up by us: no picture could be made of what came.
    #[error("the pictures can't be decoded")]
    Undecodable {
        /// Why not.
        why: Undecodable,
    },
    /// No connection: refused, no route, unknown host.
    #[error("no connection: {detail}")]
    Unreachable {
        /// The system's words.
        detail: String,
    },
    /// The camera did not answer in time.
    #[error("no answer to {step} within {} s", after.as_secs())]
    Timeout {
        /// What was being done.
        step: &'static str,
        /// How long it was waited for.
        after: Duration,
    },
    /// The camera left a keepalive without an answer, or answered it without its number. Retina ends its
    /// session then.
    #[error("no answer to a keepalive, or none with its number")]
    KeepaliveUnanswered,
    /// The camera took the login and refuses it in the same session, and retina logs in once only.
    #[error("login used up: {detail}")]
    LoginUsedUp {
        /// What the camera answered.
        detail: String,
    },
    /// Connected, but nothing comes any more.
    #[error("no picture data for {} s", after.as_secs())]
    Idle {
        /// How long nothing came.
        after: Duration,
        /// Whether anything came before that.
        started: bool,
        /// How it should have come, for RTSP.
        over: Option<LowerTransport>,
    },
    /// The camera or the file system has nothing under this path.
    #[error("no such stream: {detail}")]
    NotFound {
        /// What was answered.
        detail: String,
    },
    /// The camera does not send RTP this way: 461 Unsupported Transport.
    #[error("{refused} refused: {detail}")]
    TransportRefused {
        /// What it refuses.
        refused: RefusedTransport,
        /// What it answered.
        detail: String,
    },
    /// The camera and the client do not understand each other.
    #[error("not understood by {client}: {detail}")]
    Dialogue {
        /// Who does not understand.
        client: Client,
        /// The offending answer.
        detail: String,
    },
    /// There is no decoder or demuxer for what the camera sends.
    #[error("no decoder or demuxer: {detail}")]
    Unsupported {
        /// What it is.
        detail: String,
    },
    /// The connection broke.
    #[error("the connection broke: {detail}")]
    Broken {
        /// The system's words.
        detail: String,
    },
    /// The camera said goodbye: RTSP server end of stream, RTCP BYE, end of a live address.
    #[error("the camera ended the stream")]
    EndOfStream,
    /// A file that is not looped came to its end.
    #[error("the file came to its end")]
    Ended,
    /// The system gives no thread for the feed.
    #[error("cannot start a thread: {detail}")]
    NoThread {
        /// The system's words.
        detail: String,
    },
    /// Our own fault.
    #[error("internal error: {detail}")]
    Internal {
        /// The panic's message.
        detail: String,
    },
}

impl SourceError {
    /// An address that cannot be used.
    pub(crate) fn bad_address(detail: String) -> Self {
        Self::BadAddress { detail: redact(&detail) }
    }

    /// Whether another login is what is needed. Retried slowly, so as not to lock the account.
    pub fn is_auth(&self) -> bool {
        matches!(self, Self::Auth { .. })
    }

    /// What kind of outage this makes.
    pub fn outage(&self) -> OutageKind {
        match self {
            Self::Auth { .. } => OutageKind::LoginRefused,
            Self::NoLogin { .. } => OutageKind::NoLogin,
            Self::Busy { .. } => OutageKind::Busy,
            _ => OutageKind::Offline,
        }
    }

    /// Whether this says the same as another: when to ask again is no other cause.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Busy { detail, .. }, Self::Busy { detail: other, .. }) => detail == other,
            _ => self == other,
        }
    }

    /// Whether trying again may help. A file that ended is not tried again; a wrong address is,
    /// slowly, because files and devices may appear later and nobody watches a wall's log.
    pub(crate) fn is_retryable(&self) -> bool {
        !matches!(self, Self::Stopped | Self::Ended)
    }

    /// Whether the feed tries no more.
    pub fn is_final(&self) -> bool {
        !self.is_retryable() || matches!(self, Self::BadAddress { .. } | Self::NoThread { .. })
    }

    /// Whether the other RTSP implementation may do better: what the camera said was not
    /// understood. Not so for refused logins, silence and wrong paths, which are the same for both.
    pub(crate) fn wants_fallback(&self) -> bool {
        matches!(self, Self::Dialogue { .. } | Self::Unsupported { .. })
    }

    /// Whether our relay can do what retina cannot.
    pub(crate) fn wants_relay(&self) -> bool {
        matches!(self, Self::KeepaliveUnanswered | Self::LoginUsedUp { .. })
    }

    /// The same with every credential in it, and this secret, replaced by stars.
    pub(crate) fn redacted(mut self, secret: Option<&str>) -> Self {
        match &mut self {
            Self::BadAddress { detail }
            | Self::Auth { detail }
            | Self::NoLogin { detail }
            | Self::LoginUsedUp { detail }
            | Self::Busy { detail, .. }
            | Self::SentElsewhere { detail }
            | Self::Unreachable { detail }
            | Self::NotFound { detail }
            | Self::TransportRefused { detail, .. }
            | Self::Dialogue { detail, .. }
            | Self::Unsupported { detail }
            | Self::Broken { detail }
            | Self::NoThread { detail }
            | Self::Internal { detail } => *detail = redact_secret(detail, secret),
            Self::Stopped
            | Self::Timeout { .. }
            | Self::KeepaliveUnanswered
            | Self::Idle { .. }
            | Self::Late { .. }
            | Self::Undecodable { .. }
            | Self::EndOfStream
            | Self::Ended => {}
        }
        self
    }
}

/// The kinds of outage that an operator tells apart: by what is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OutageKind {
    /// The camera can't be reached, or not be understood.
    Offline,
    /// There is no login to try with.
    NoLogin,
    /// The camera refuses the login.
    LoginRefused,
    /// The camera has no time for us.
    Busy,
}

/// The ways of RTP that a camera refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedTransport {
    /// Interleaved in the RTSP connection, and no other was tried.
    Tcp,
    /// Datagrams, and no other way was tried.
    Udp,
    /// One as well as the other.
    Both,
}

impl fmt::Display for RefusedTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Both => "TCP and UDP",
        })
    }
}

impl From<LowerTransport> for RefusedTransport {
    fn from(over: LowerTransport) -> Self {
        match over {
            LowerTransport::Tcp => Self::Tcp,
            LowerTransport::Udp => Self::Udp,
        }
    }
}

/// What a source needs from the feed it works for.
#[derive(Clone)]
pub(crate) struct SourceContext {
    pub spec: Arc<FeedSpec>,
    pub address: Address,
    pub cancellation: Arc<CancellationToken>,
    /// Called about every [`TICK`] while a source waits.
    pub tick: Arc<dyn Fn() + Send + Sync>,
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
    /// What no message may hold.
    pub fn secret(&self) -> Option<&str> {
        self.address.login.as_ref().map(|login| login.password())
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

    /// Runs the tick if it is due and notes when it is due next.
    pub fn tick(&self, due: &mut Instant) {
        let now = Instant::now();
        if now >= *due {
            *due = now + TICK;
            (self.tick)();
        }
    }
}

/// The addresses by which [`open`] is to connect, in their order; none where there is no name to look up.
/// Blocks for 5 s at most; ends early when stopped. Nobody else is held up by it, so it comes before
/// the wait for a permit.
pub(crate) fn look_up(context: &SourceContext) -> Result<Vec<IpAddr>, SourceError> {
    lookup::addresses(&context.address, &context.cancellation)
}

/// Connects. Blocks for at most a few times [`ANSWER_TIMEOUT`]; ends early when stopped.
///
/// RTSP without TLS is opened by number, each of `numbers` in turn: to the next one leads that one can't
/// be reached or does not answer, and none is begun after [`ADDRESSES_LIMIT`]. What we ask for carries
/// the number. TLS, virtual hosts and RTMP need the name: FFmpeg looks it up once more.
pub(crate) fn open(
    context: &SourceContext,
    numbers: &[IpAddr],
    route: Route,
) -> Result<Box<dyn Source>, SourceError> {
    if context.address.scheme != Scheme::Rtsp || numbers.is_empty() {
        return open_by(context.clone(), route);
    }
    let started = Instant::now();
    let mut opened = Err(SourceError::Stopped);
    for number in numbers {
        let address = lookup::with_number(&context.address, *number);
        opened = open_by(SourceContext { address, ..context.clone() }, route);
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

fn open_by(context: SourceContext, route: Route) -> Result<Box<dyn Source>, SourceError> {
    Ok(if route.ffmpeg {
        Box::new(LibavSource::open(context, route)?)
    } else {
        Box::new(RetinaSource::open(context, route)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_misunderstandings_fall_back() {
        let detail = String::new;
        let client = Client::Retina;
        assert!(SourceError::Dialogue { client, detail: detail() }.wants_fallback());
        assert!(SourceError::Unsupported { detail: detail() }.wants_fallback());
        for error in [
            SourceError::Auth { detail: detail() },
            SourceError::Unreachable { detail: detail() },
            SourceError::Timeout { step: "DESCRIBE", after: ANSWER_TIMEOUT },
            SourceError::NotFound { detail: detail() },
            SourceError::Busy { detail: detail(), retry_after: None },
            SourceError::NoLogin { detail: detail() },
            SourceError::SentElsewhere { detail: detail() },
            SourceError::Late { by: ANSWER_TIMEOUT },
            SourceError::EndOfStream,
        ] {
            assert!(!error.wants_fallback() && error.is_retryable(), "{error}");
        }
        assert!(!SourceError::Ended.is_retryable());
    }

    #[test]
    fn udp_is_probed_only_where_a_picture_is_to_be_expected() {
        let over = Some(LowerTransport::Udp);
        let udp = Route { ffmpeg: false, over, relay: false, probing: true };
        let patience = |interval: Option<u64>, usual: u64, route, started| {
            let interval = interval.map(Duration::from_millis);
            let spec = FeedSpec { interval, ..FeedSpec::new("t", "rtsp://h/") };
            let context = SourceContext {
                address: Address::parse(&spec).unwrap(),
                spec: Arc::new(spec),
                cancellation: Arc::default(),
                tick: Arc::new(|| {}),
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

    #[test]
    fn no_secret_stays_in_an_error() {
        let detail = "PLAY rtsp://u:canary@h/x?token=canary (canary7)".to_owned();
        let client = Client::Ffmpeg;
        for error in [
            SourceError::Internal { detail: detail.clone() },
            SourceError::Unsupported { detail: detail.clone() },
            SourceError::Dialogue { client, detail },
        ] {
            let text = format!("{0} {0:?}", error.redacted(Some("canary7")));
            assert!(!text.contains("canary"), "{text}");
        }
    }
}
