//! What the relay takes from either side at most, and what it says where that is too little.
//!
//! Plain data. No error here holds a word of the camera's: only which limit, which side and the
//! system's kind of error.

use std::fmt;
use std::io;
use std::time::Duration;

use crate::limits::MAX_ACCESS_UNIT;
use crate::source::ANSWER_TIMEOUT;
use crate::source::dial::DialError;
use crate::source::tls::{CertificateFault, HandshakeFault};

/// What one side may send.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of a message before its body.
    pub head_bytes: usize,
    /// Lines of a message before its body.
    pub head_lines: usize,
    /// Bytes of a body.
    pub body_bytes: usize,
    /// Bytes of one address.
    pub url_bytes: usize,
    /// Bytes that are passed to the client while it makes no picture of them: a whole access unit, what RTP
    /// and sound add to it, and what the system holds on the way.
    pub without_picture: u64,
    /// Requests without an answer.
    pub outstanding: usize,
    /// Streams that come in datagrams.
    pub streams: usize,
    /// Bytes of messages that a side has not read.
    pub unread_bytes: usize,
    /// How long connecting, and each answer of the camera, may take.
    pub answer: Duration,
}

impl Limits {
    /// Retina is given [`ANSWER_TIMEOUT`] itself, which is to be over first: it names the step.
    pub fn for_retina() -> Self {
        Self { answer: ANSWER_TIMEOUT + Duration::from_millis(500), ..Self::default() }
    }
}

impl Default for Limits {
    /// The answers that the retina crate ships for its tests, recorded from 46 cameras, have at most
    /// 2 KiB, 15 lines and 4 KiB of SDP.
    fn default() -> Self {
        Self {
            head_bytes: 16 << 10,
            head_lines: 100,
            body_bytes: 256 << 10,
            url_bytes: 4 << 10,
            without_picture: MAX_ACCESS_UNIT as u64 + (8 << 20),
            outstanding: 8,
            streams: 8,
            unread_bytes: 512 << 10,
            answer: ANSWER_TIMEOUT,
        }
    }
}

/// Who sent, or was to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Camera,
    /// Retina, or FFmpeg.
    Client,
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Camera => "the camera",
            Self::Client => "the client",
        })
    }
}

/// The limits of [`Limits`], by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    HeadBytes,
    HeadLines,
    BodyBytes,
    UrlBytes,
    Outstanding,
    UnreadBytes,
    AccessUnit,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HeadBytes => "too long a header",
            Self::HeadLines => "too many header lines",
            Self::BodyBytes => "too long a body",
            Self::UrlBytes => "too long an address",
            Self::Outstanding => "too many requests without an answer",
            Self::UnreadBytes => "too many messages that were not read",
            Self::AccessUnit => "a picture without an end",
        })
    }
}

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Limit(Limit),
    /// No RTSP; says what should have been there.
    Malformed(&'static str),
}

impl Fault {
    pub(in crate::source) fn from(self, from: Peer) -> RelayError {
        match self {
            Self::Limit(limit) => RelayError::Limit { from, limit },
            Self::Malformed(what) => RelayError::Malformed { from, what },
        }
    }
}

/// Why a relay ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RelayError {
    #[error("no connection: {0}")]
    Unreachable(io::ErrorKind),
    #[error("no answer within {} s", .0.as_secs())]
    Silent(Duration),
    #[error("the connection broke: {0}")]
    CameraBroke(io::ErrorKind),
    #[error("the client's connection broke: {0}")]
    ClientBroke(io::ErrorKind),
    #[error("{limit} from {from}")]
    Limit {
        /// Who went over it.
        from: Peer,
        limit: Limit,
    },
    #[error("{from} sends something else than {what}")]
    Malformed {
        from: Peer,
        /// What should have been there.
        what: &'static str,
    },
    #[error("status {status}{}", to(.location))]
    SentElsewhere {
        status: u16,
        /// Scheme, host and port, where they are not the camera's.
        location: Option<String>,
    },
    /// A playlist names what is not the camera's.
    #[error("a playlist names {location}")]
    Elsewhere {
        /// Scheme, host and port.
        location: String,
    },
    /// Where pictures were to come.
    #[error("a playlist, which is read only with hls: true")]
    Playlist,
    #[error("the client did not come")]
    NoClient,
    #[error("the camera is not trusted: {0}")]
    NotTrusted(CertificateFault),
    #[error("no TLS: {0}")]
    NoTls(HandshakeFault),
}

fn to(location: &Option<String>) -> String {
    location.as_ref().map_or(String::new(), |location| format!(", to {location}"))
}

impl From<DialError> for RelayError {
    fn from(error: DialError) -> Self {
        match error {
            DialError::Unreachable(kind) => Self::Unreachable(kind),
            DialError::Silent(after) => Self::Silent(after),
            DialError::Broke(kind) => Self::CameraBroke(kind),
            DialError::NotTrusted(fault) => Self::NotTrusted(fault),
            DialError::NoTls(fault) => Self::NoTls(fault),
        }
    }
}
