//! A session through our relay: how it begins, and what its end means.
//!
//! The demux thread runs it. Policy: the relay's own error is the cause, and what retina says of a
//! connection that the relay closed is not.

use crate::source::relay::{Limits, Relay, RelayError};
use crate::source::route::{Client, Route};
use crate::source::{SourceContext, SourceError};

/// The relay, where the route goes through one. To be called within the source's runtime.
pub(super) fn start(context: &SourceContext, route: Route) -> Result<Option<Relay>, SourceError> {
    if !route.relay {
        return Ok(None);
    }
    let relay = Relay::start(&context.address, Limits::default());
    relay.map(Some).map_err(|error| SourceError::Internal { detail: error.kind().to_string() })
}

/// Retina's `error`, or what is behind it.
pub(super) fn explain(
    error: SourceError,
    relay: Option<&Relay>,
    context: &SourceContext,
) -> SourceError {
    let (Some(relay), true) = (relay, error != SourceError::Stopped) else { return error };
    let findings = relay.findings();
    if let Some(cause) = findings.error {
        return source_error(&cause);
    }
    match (error, findings.location) {
        (SourceError::Auth { .. }, _) if context.address.login.is_some() => {
            SourceError::Auth { detail: "401 to the login that the relay sent".to_owned() }
        }
        (SourceError::Dialogue { client, detail }, Some(location)) => {
            let detail = format!("{detail}; sent to {location}, where the relay does not go");
            SourceError::Dialogue { client, detail }
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
        // A camera that goes over a limit is not given to FFmpeg, which has none.
        RelayError::CameraBroke(_)
        | RelayError::ClientBroke(_)
        | RelayError::Limit { .. }
        | RelayError::NoClient => SourceError::Broken { detail },
    }
}
