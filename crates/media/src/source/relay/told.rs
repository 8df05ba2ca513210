//! What a session's end means, as far as the relay knows more than its client.
//!
//! A pure rule; whoever runs the client asks. Policies:
//! - the relay's own error is the cause, and what the client says of a connection that the relay closed is
//!   not; what the relay found is added to what the client says;
//! - a session that ends or falls silent after the camera has asked us to go elsewhere has ended for that;
//! - a camera that hangs up before it has said anything is busy; one that does so when it was sent a
//!   login, of which the client knows nothing, does not like what was asked.

use super::{Findings, Limit, RelayError};
use crate::source::route::Client;
use crate::source::{Oversized, SourceError};

/// The `error` of `client`, or what is behind it. `login`: whether the relay had one to send.
pub(super) fn explain(
    error: SourceError,
    findings: Findings,
    client: Client,
    login: bool,
) -> SourceError {
    match (error, findings) {
        (SourceError::Stopped, _) => SourceError::Stopped,
        (
            SourceError::Dialogue { .. }
            | SourceError::Busy { .. }
            | SourceError::Broken { .. }
            | SourceError::Idle { .. }
            | SourceError::EndOfStream,
            Findings {
                error: None | Some(RelayError::CameraBroke(_)),
                location: Some(location),
                ..
            },
        ) => SourceError::SentElsewhere { detail: format!("REDIRECT, to {location}") },
        (
            _,
            Findings { error: Some(cause @ RelayError::CameraBroke(_)), last_answer: None, .. },
        ) => SourceError::Busy { detail: cause.to_string(), retry_after: None },
        (_, Findings { error: Some(cause), .. }) => source_error(&cause, client),
        (SourceError::Auth { .. }, Findings { basic_refused: true, .. }) => SourceError::WantsBasic,
        (SourceError::Auth { .. }, _) if login => {
            SourceError::Auth { detail: "401 to the login that the relay sent".to_owned() }
        }
        (
            SourceError::Busy { detail, .. },
            Findings { last_answer: Some(_), answers: false, retry_after: None, .. },
        ) => SourceError::Dialogue { client, detail },
        (SourceError::Busy { detail, retry_after: None }, Findings { retry_after, .. }) => {
            SourceError::Busy { detail, retry_after }
        }
        (error, _) => error,
    }
}

/// What the relay's own error means to the feed.
pub(in crate::source) fn source_error(cause: &RelayError, client: Client) -> SourceError {
    let detail = cause.to_string();
    match cause {
        RelayError::Unreachable(kind) => SourceError::Unreachable { detail: kind.to_string() },
        RelayError::Silent(after) => {
            SourceError::Timeout { step: "what the relay passed on", after: *after }
        }
        RelayError::SentElsewhere { .. } | RelayError::Elsewhere { .. } => {
            SourceError::SentElsewhere { detail }
        }
        RelayError::Playlist => SourceError::Unsupported { detail },
        RelayError::NotTrusted(fault) => SourceError::NotTrusted { fault: fault.clone() },
        RelayError::NoTls(fault) => SourceError::NoTls { fault: *fault },
        RelayError::Malformed { .. } => SourceError::Dialogue { client, detail },
        RelayError::Limit { limit: Limit::AccessUnit, .. } => {
            SourceError::Oversized { what: Oversized::AccessUnit }
        }
        RelayError::CameraBroke(kind) => SourceError::Broken { detail: kind.to_string() },
        // Who goes over a limit does so with either client.
        RelayError::ClientBroke(_) | RelayError::Limit { .. } | RelayError::NoClient => {
            SourceError::Broken { detail }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::source::tls::CertificateFault;

    fn informed(error: SourceError, findings: Findings, login: bool) -> SourceError {
        explain(error, findings, Client::Retina, login)
    }

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
        let busy = SourceError::Busy { detail, retry_after: None };
        assert_eq!(informed(broken(), silent.clone(), true), busy);
        let spoke = Findings { last_answer: Some(Instant::now()), ..silent };
        let detail = "connection reset".to_owned();
        assert_eq!(informed(broken(), spoke, true), SourceError::Broken { detail });
    }

    #[test]
    fn who_asks_us_to_go_elsewhere_and_ends_has_sent_us_there() {
        let location = Some("rtsp://victim".to_owned());
        let asked = || Findings { location: location.clone(), ..Findings::default() };
        let detail = "REDIRECT, to rtsp://victim".to_owned();
        let sent = SourceError::SentElsewhere { detail };
        let broken = SourceError::Broken { detail: String::new() };
        let error = Some(RelayError::CameraBroke(std::io::ErrorKind::ConnectionReset));
        assert_eq!(informed(broken, Findings { error, ..asked() }, false), sent);
        assert_eq!(informed(SourceError::EndOfStream, asked(), false), sent);
        let refused = SourceError::Auth { detail: String::new() };
        assert_eq!(informed(refused.clone(), asked(), false), refused);
        let error = Some(RelayError::NotTrusted(CertificateFault::KeyNotHeld));
        let told = informed(SourceError::EndOfStream, Findings { error, ..asked() }, false);
        assert!(matches!(told, SourceError::NotTrusted { .. }), "{told:?}");
    }

    #[test]
    fn who_hangs_up_on_a_login_is_not_busy() {
        let busy = || SourceError::Busy { detail: "EOF".to_owned(), retry_after: None };
        let asked = Findings { last_answer: Some(Instant::now()), ..Findings::default() };
        let told = informed(busy(), asked.clone(), true);
        assert!(told.wants_fallback(), "{told:?}");
        // It said so itself.
        assert_eq!(informed(busy(), Findings { answers: true, ..asked }, true), busy());
    }
}
