//! The ways in which a connection to a camera fails, as data.
//!
//! Plain data and rules on it; the feed's task makes them, the main thread words them.

use std::fmt;
use std::time::Duration;

use camwall_address::{AddressError, Censor};

use super::route::{Client, LowerTransport};
use super::tls::{CertificateFault, HandshakeFault};
use crate::undecodable::Undecodable;

/// Why there is no connection, or no longer: data, for [`FeedState`](crate::FeedState) and for
/// decisions. Its text is for the log, on the protocols' own terms; what the operator reads is made
/// from the kind of error where the tile is written. No text in it holds a credential once it is in
/// a [`FeedState`](crate::FeedState).
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
    /// The camera wants the password itself, over a connection that others can read, and the wall file
    /// does not allow that.
    #[error("the camera takes no login but Basic, over a connection that is not encrypted")]
    WantsBasic,
    /// The camera's certificate is not trusted. It was sent nothing.
    #[error("the camera is not trusted: {fault}")]
    NotTrusted {
        /// Why not.
        fault: CertificateFault,
    },
    /// There is no TLS with the camera, and without it nothing is sent.
    #[error("no TLS: {fault}")]
    NoTls {
        /// Why not.
        fault: HandshakeFault,
    },
    /// There is no login where the wall file says that it is.
    #[error("no login: {detail}")]
    NoLogin {
        /// Where it was looked for, and what was wrong.
        detail: String,
    },
    /// The camera wants a login, and nobody gave one.
    #[error("no login: {detail}")]
    NoneGiven {
        /// How one would be given.
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
    /// Hung up by us: the camera sends more of something than is taken of any.
    #[error("too much: {what}")]
    Oversized {
        /// What it is.
        what: Oversized,
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
    /// Whether another login is what is needed. Retried slowly, so as not to lock the account.
    pub fn is_auth(&self) -> bool {
        matches!(self, Self::Auth { .. } | Self::WantsBasic | Self::NoneGiven { .. })
    }

    /// What kind of outage this makes.
    pub fn outage(&self) -> OutageKind {
        match self {
            Self::Auth { .. } | Self::WantsBasic => OutageKind::LoginRefused,
            Self::NotTrusted { .. } => OutageKind::NotTrusted,
            Self::NoLogin { .. } | Self::NoneGiven { .. } => OutageKind::NoLogin,
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

    /// The same with every address in it replaced by its origin, and every credential by stars.
    pub(crate) fn redacted(mut self, censor: &Censor) -> Self {
        match &mut self {
            Self::BadAddress { detail }
            | Self::Auth { detail }
            | Self::NoLogin { detail }
            | Self::NoneGiven { detail }
            | Self::Busy { detail, .. }
            | Self::SentElsewhere { detail }
            | Self::Unreachable { detail }
            | Self::NotFound { detail }
            | Self::TransportRefused { detail, .. }
            | Self::Dialogue { detail, .. }
            | Self::Unsupported { detail }
            | Self::Broken { detail }
            | Self::NoThread { detail }
            | Self::Internal { detail } => *detail = censor.clean(detail),
            Self::Stopped
            | Self::WantsBasic
            | Self::NotTrusted { .. }
            | Self::NoTls { .. }
            | Self::Timeout { .. }
            | Self::Idle { .. }
            | Self::Late { .. }
            | Self::Undecodable { .. }
            | Self::Oversized { .. }
            | Self::EndOfStream
            | Self::Ended => {}
        }
        self
    }
}

/// Of what a camera sends more than is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Oversized {
    /// A picture, or a piece of sound, that is too large or does not end.
    #[error("an access unit of more than 16 MiB, or one without an end")]
    AccessUnit,
    /// What describes a stream beside its packets.
    #[error("parameter sets of more than 64 KiB")]
    ParameterSets,
    /// Streams.
    #[error("more than 8 streams")]
    Streams,
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
    /// The camera's certificate is not trusted.
    NotTrusted,
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

impl From<AddressError> for SourceError {
    fn from(error: AddressError) -> Self {
        Self::BadAddress { detail: error.to_string() }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::ANSWER_TIMEOUT;
    use crate::source::spec::{Address, FeedSpec};

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
            SourceError::WantsBasic,
            SourceError::NotTrusted { fault: CertificateFault::KeyNotHeld },
            SourceError::NoTls { fault: HandshakeFault::TooOld },
        ] {
            assert!(!error.wants_fallback() && error.is_retryable(), "{error}");
        }
        assert!(!SourceError::Ended.is_retryable());
    }

    #[test]
    fn no_secret_stays_in_an_error() {
        let spec = FeedSpec::new("t", "rtsp://u:canary7@h/live");
        let censor = Censor::new(&Address::parse(&spec).unwrap(), []);
        let detail = "PLAY rtsp://u:canary@h/canary?token=canary (canary7)".to_owned();
        let client = Client::Ffmpeg;
        for error in [
            SourceError::Internal { detail: detail.clone() },
            SourceError::Unsupported { detail: detail.clone() },
            SourceError::Dialogue { client, detail },
        ] {
            let text = format!("{0} {0:?}", error.redacted(&censor));
            assert!(!text.contains("canary"), "{text}");
        }
    }
}
