//! Makes a [`SourceError`] of what retina says went wrong.
//!
//! A pure rule; the demux thread runs it. Nothing it returns holds the login's password.

use crate::redact::redact_secret;
use crate::source::route::{Client, LowerTransport, Route};
use crate::source::{ANSWER_TIMEOUT, SourceContext, SourceError};

/// Sorts retina's errors. Their text is all there is besides the status code, see its `Error`;
/// only the fixed beginnings of its messages are relied on.
pub(super) fn explain(
    error: &retina::Error,
    step: &'static str,
    context: &SourceContext,
    route: Route,
) -> SourceError {
    let secret = context.secret();
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let detail = redact_secret(&format!("{step}: {line}"), secret);
    match error.status_code() {
        Some(401 | 403) => return SourceError::Auth { detail },
        Some(404) => return SourceError::NotFound { detail },
        Some(461) => {
            let refused = route.over.unwrap_or(LowerTransport::Tcp).into();
            return SourceError::TransportRefused { refused, detail };
        }
        // A 200 with contents nobody understands has a status, too.
        Some(_) => return SourceError::Dialogue { client: Client::Retina, detail },
        None => {}
    }
    if text.starts_with("Unable to connect") {
        SourceError::Unreachable { detail }
    } else if text.starts_with("Error reading") || text.starts_with("Error writing") {
        if line.contains("EOF while expecting response") && step != "PLAY" {
            // A camera that hangs up on a request does not like the request.
            SourceError::Dialogue { client: Client::Retina, detail }
        } else {
            SourceError::Broken { detail }
        }
    } else if text.starts_with("Error receiving UDP") {
        SourceError::Broken { detail }
    } else if text.starts_with("Timeout") {
        SourceError::Timeout { step, after: ANSWER_TIMEOUT }
    } else {
        SourceError::Dialogue { client: Client::Retina, detail }
    }
}
