//! A session through our relay: how it begins, and what its end means.
//!
//! The feed's task runs it. Policy: the relay's own error is the cause, and what retina says of a
//! connection that the relay closed is not; what the relay found is added to what retina says. A
//! camera that hangs up before it has said anything is busy, as it is without a relay.

use crate::source::relay::{Findings, Limit, Limits, Relay, RelayError};
use crate::source::route::{Client, Route};
use crate::source::{Oversized, SourceContext, SourceError};

/// The relay, where the route goes through one. To be called within the runtime.
pub(super) fn start(context: &SourceContext, route: Route) -> Result<Option<Relay>, SourceError> {
    if !route.relay {
        return Ok(None);
    }
    let relay = Relay::start(context, Limits::default());
    relay.map(Some).map_err(|error| SourceError::Internal { detail: error.kind().to_string() })
}

/// Retina's `error`, or what is behind it.
pub(super) fn explain(
    error: SourceError,
    relay: Option<&Relay>,
    context: &SourceContext,
) -> SourceError {
    match relay {
        Some(relay) => informed(error, relay.findings(), context.address.login.is_some()),
        None => error,
    }
}

/// `login`: whether the relay had one to send.
fn informed(error: SourceError, findings: Findings, login: bool) -> SourceError {
    match (error, findings) {
        (SourceError::Stopped, _) => SourceError::Stopped,
        (
            _,
            Findings { error: Some(cause @ RelayError::CameraBroke(_)), last_answer: None, .. },
        ) => SourceError::Busy { detail: cause.to_string(), retry_after: None },
        (_, Findings { error: Some(cause), .. }) => source_error(&cause),
        (SourceError::Auth { .. }, _) if login => {
            SourceError::Auth { detail: "401 to the login that the relay sent".to_owned() }
        }
        (
            SourceError::Dialogue { detail, .. } | SourceError::SentElsewhere { detail },
            Findings { location: Some(location), .. },
        ) => SourceError::SentElsewhere { detail: format!("{detail} (to {location})") },
        (SourceError::Busy { detail, retry_after: None }, Findings { retry_after, .. }) => {
            SourceError::Busy { detail, retry_after }
        }
        (error, _) => error,
    }
}

fn source_error(cause: &RelayError) -> SourceError {
    let detail = cause.to_string();
    match cause {
        RelayError::Unreachable(_) => SourceError::Unreachable { detail },
        RelayError::Silent(after) => {
            SourceError::Timeout { step: "what the relay passed on", after: *after }
        }
        RelayError::Malformed { .. } => SourceError::Dialogue { client: Client::Retina, detail },
        RelayError::Limit { limit: Limit::AccessUnit, .. } => {
            SourceError::Oversized { what: Oversized::AccessUnit }
        }
        // A camera that goes over a limit is not given to FFmpeg, which has none.
        RelayError::CameraBroke(_)
        | RelayError::ClientBroke(_)
        | RelayError::Limit { .. }
        | RelayError::NoClient => SourceError::Broken { detail },
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_the_relay_found_is_added() {
        let retry_after = Some(Duration::from_secs(30));
        let found = Findings { retry_after, ..Findings::default() };
        let busy = SourceError::Busy { detail: "503".to_owned(), retry_after: None };
        let told = SourceError::Busy { detail: "503".to_owned(), retry_after };
        assert_eq!(informed(busy.clone(), found, false), told);
        assert_eq!(informed(busy.clone(), Findings::default(), false), busy);
        let silent = Some(RelayError::Silent(Duration::from_secs(5)));
        let ended = Findings { error: silent, ..Findings::default() };
        assert_eq!(informed(SourceError::Stopped, ended.clone(), true), SourceError::Stopped);
        let told = informed(SourceError::EndOfStream, ended, true);
        assert!(matches!(told, SourceError::Timeout { .. }), "{told:?}");
    }

    #[test]
    fn who_breaks_off_before_the_first_word_is_busy() {
        let broken = || SourceError::Broken { detail: "retina's words".to_owned() };
        let error = Some(RelayError::CameraBroke(std::io::ErrorKind::ConnectionReset));
        let silent = Findings { error, ..Findings::default() };
        let detail = "the connection broke: connection reset".to_owned();
        let busy = SourceError::Busy { detail: detail.clone(), retry_after: None };
        assert_eq!(informed(broken(), silent.clone(), true), busy);
        let spoke = Findings { last_answer: Some(std::time::Instant::now()), ..silent };
        assert_eq!(informed(broken(), spoke, true), SourceError::Broken { detail });
    }
}
