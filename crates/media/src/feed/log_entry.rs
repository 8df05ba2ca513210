//! What a feed's log is told of its connection, as data.
//!
//! Pure. Policy: an outage is one line when it begins, one when its cause becomes another, and one
//! when it is over; what repeats is for debugging.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tracing::Level;

use crate::source::SourceError;
use crate::source::route::Route;

/// One line of the log, without the camera's id. No text in it holds a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LogEntry {
    /// A connection came up.
    Connected {
        /// "h264 1920x1080".
        stream: String,
        route: Route,
    },
    /// The first packet after an outage.
    Back {
        /// Since the outage began.
        after: Duration,
    },
    /// A try failed, and another way is tried at once.
    OtherRoute {
        why: &'static str,
        error: SourceError,
        tried: Tried,
        /// Whether it says more than was said of the outage before.
        news: bool,
    },
    /// A try failed, and the next one comes after a pause.
    NextTry {
        error: Arc<SourceError>,
        pause: Duration,
        tried: Tried,
        /// Whether it says more than was said of the outage before.
        news: bool,
    },
    /// Pictures came too late, and a connection without a backlog is made at once.
    Late { by: Duration },
    /// A panic in the source or in what reads it.
    Panicked { detail: String },
    /// A file was played to its end.
    FileEnded,
    /// Nothing can be done with the address.
    NoUsableAddress { error: Arc<SourceError> },
}

/// The way that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tried {
    pub route: Route,
    /// Scheme, host and port.
    pub origin: Arc<str>,
}

impl LogEntry {
    /// How important the line is.
    pub fn level(&self) -> Level {
        match self {
            Self::Panicked { .. } | Self::NoUsableAddress { .. } => Level::ERROR,
            Self::OtherRoute { news: true, .. }
            | Self::NextTry { news: true, .. }
            | Self::Late { .. } => Level::WARN,
            Self::Connected { .. } | Self::Back { .. } | Self::FileEnded => Level::INFO,
            Self::OtherRoute { .. } | Self::NextTry { .. } => Level::DEBUG,
        }
    }
}

impl fmt::Display for LogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connected { stream, route } => write!(f, "{stream} by {}", route.name()),
            Self::Back { after } => write!(f, "back after {:.1} s", after.as_secs_f32()),
            Self::OtherRoute { why, error, tried, .. } => write!(f, "{why}: {error} {tried}"),
            Self::NextTry { error, pause, tried, .. } => {
                write!(f, "{error}; next try in {:.0} s {tried}", pause.as_secs_f32())
            }
            Self::Late { by } => {
                write!(f, "pictures came {} s late: connecting anew", by.as_secs())
            }
            Self::Panicked { detail } => write!(f, "the demuxer panicked: {detail}"),
            Self::FileEnded => f.write_str("the file came to its end"),
            Self::NoUsableAddress { error } => write!(f, "{error}"),
        }
    }
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {})", self.route.name(), self.origin)
    }
}
