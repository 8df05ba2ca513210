//! What the relay saw that its client is not told.
//!
//! Plain data behind a lock that is held for a copy only. Nothing in it holds a path, a query or a
//! credential.

use std::fmt;
use std::time::{Duration, Instant};

use super::limits::{Limit, Limits, Peer, RelayError};

/// What was seen since the relay began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    /// Keepalives that the relay answered because the camera did not.
    pub keepalives_answered: u64,
    /// When the camera last said anything but pictures and sound.
    pub last_answer: Option<Instant>,
    /// How long the camera wants to be left alone: `Retry-After` of its latest refusal, in seconds.
    /// A date there is not read.
    pub retry_after: Option<Duration>,
    /// Where the camera sends us, by an answer 3xx or the request REDIRECT, if that is elsewhere: scheme,
    /// host and port.
    pub location: Option<String>,
    /// Addresses in answers that are not the camera's, and were not followed.
    pub elsewhere: u64,
    /// Requests that were sent again because a login was used up.
    pub logins_renewed: u64,
    /// Whether the camera wanted the password itself, and may not have it.
    pub basic_refused: bool,
    /// Whether there was ever anything for the client: known before the client can have it, and ask.
    pub answers: bool,
    /// Bytes passed on to the client, and how many they were when it had its latest picture.
    pub bytes: u64,
    pub at_picture: u64,
    /// Why the relay ended, if something was wrong.
    pub error: Option<RelayError>,
}

impl Findings {
    /// So many bytes more went to the client. An error where it made no picture of too many.
    pub(super) fn passed_on(&mut self, bytes: usize, limits: &Limits) -> Result<(), RelayError> {
        self.bytes += bytes as u64;
        if self.bytes - self.at_picture > limits.without_picture {
            return Err(RelayError::Limit { from: Peer::Camera, limit: Limit::AccessUnit });
        }
        Ok(())
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { keepalives_answered, elsewhere, logins_renewed, bytes, .. } = self;
        write!(f, "{bytes} bytes, {keepalives_answered} keepalives answered here")?;
        write!(f, ", {logins_renewed} logins renewed, {elsewhere} addresses elsewhere")?;
        if let Some(last) = self.last_answer {
            write!(f, ", the camera's last answer {} s ago", last.elapsed().as_secs())?;
        }
        if let Some(retry) = self.retry_after {
            write!(f, ", to be left alone for {} s", retry.as_secs())?;
        }
        if let Some(location) = &self.location {
            write!(f, ", sent to {location}")?;
        }
        self.error.as_ref().map_or(Ok(()), |error| write!(f, ", {error}"))
    }
}
