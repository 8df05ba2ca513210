//! Makes a [`SourceError`] of what retina says went wrong.
//!
//! A pure rule; the feed's task runs it. Policies:
//! - a status that nobody here knows counts as the first of its class (RFC 2326, section 7.1.1);
//! - a camera that hangs up before it has said anything has no time; one that hangs up in the middle
//!   of the dialogue does not like what was asked;
//! - nothing that is returned holds the login, or more of the address than its origin.

use crate::source::route::{Client, LowerTransport, Route};
use crate::source::{ANSWER_TIMEOUT, SourceContext, SourceError};

/// Sorts retina's errors. Their text is all there is besides the status code, see its `Error`; only
/// the fixed beginnings of its messages are relied on, and how it says that no byte came.
pub(super) fn explain(
    error: &retina::Error,
    step: &'static str,
    context: &SourceContext,
    route: Route,
) -> SourceError {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let detail = context.censor().clean(&format!("{step}: {line}"));
    match error.status_code() {
        Some(status) => by_status(status, detail, route),
        None => by_text(&text, step, detail),
    }
}

/// What a status code says (RFC 2326, section 7.1.1; 407, 408, 410 and 429 as in RFC 9110).
fn by_status(status: u16, detail: String, route: Route) -> SourceError {
    match status {
        401 | 403 | 407 => SourceError::Auth { detail },
        404 | 410 => SourceError::NotFound { detail },
        461 => {
            let refused = route.over.unwrap_or(LowerTransport::Tcp).into();
            SourceError::TransportRefused { refused, detail }
        }
        300..=399 => SourceError::SentElsewhere { detail },
        // Not Implemented, RTSP Version Not Supported, Option not supported: a matter of language.
        501 | 505 | 551 => SourceError::Dialogue { client: Client::Retina, detail },
        // Request Timeout, Too Many Requests, Not Enough Bandwidth, Session Not Found.
        408 | 429 | 453 | 454 | 500..=599 => SourceError::Busy { detail, retry_after: None },
        // A 200 with contents nobody understands has a status, too.
        _ => SourceError::Dialogue { client: Client::Retina, detail },
    }
}

/// What went wrong without an answer.
fn by_text(text: &str, step: &'static str, detail: String) -> SourceError {
    let reading = text.starts_with("Error reading");
    if text.starts_with("Unable to connect") {
        SourceError::Unreachable { detail }
    } else if reading || text.starts_with("Error writing") {
        // The position in what was read; an error of writing names none.
        let silent = !reading || text.contains("\nmsg: 0@");
        if step == "DESCRIBE" && silent {
            SourceError::Busy { detail, retry_after: None }
        } else if text.contains("EOF while expecting response") && step != "PLAY" {
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

#[cfg(test)]
mod tests {
    use super::*;

    const TCP: Route = Route { ffmpeg: false, over: Some(LowerTransport::Tcp), probing: false };

    fn kind(error: &SourceError) -> &'static str {
        match error {
            SourceError::Auth { .. } => "login refused",
            SourceError::NotFound { .. } => "gone",
            SourceError::TransportRefused { .. } => "transport refused",
            SourceError::SentElsewhere { .. } => "sent elsewhere",
            SourceError::Busy { retry_after: None, .. } => "busy",
            SourceError::Dialogue { client: Client::Retina, .. } => "misunderstood",
            SourceError::Unreachable { .. } => "unreachable",
            SourceError::Broken { .. } => "broken",
            _ => "something else",
        }
    }

    #[test]
    fn every_status_has_its_kind() {
        let table: [(&str, &[u16]); 6] = [
            ("login refused", &[401, 403, 407]),
            ("gone", &[404, 410]),
            ("transport refused", &[461]),
            ("sent elsewhere", &[300, 301, 302, 303, 305, 399]),
            ("busy", &[408, 429, 453, 454, 500, 502, 503, 504, 599]),
            (
                "misunderstood",
                &[200, 400, 405, 406, 451, 455, 456, 457, 459, 460, 462, 499, 501, 505, 551, 600],
            ),
        ];
        for (expected, codes) in table {
            for code in codes {
                assert_eq!(kind(&by_status(*code, String::new(), TCP)), expected, "{code}");
            }
        }
    }

    #[test]
    fn who_hangs_up_before_the_first_word_is_busy_and_who_does_later_misunderstands() {
        let at = |pos: u32| format!("\n\nconn: 10.0.0.1:554@x\nmsg: {pos}@y");
        let eof = |method, pos| {
            format!(
                "Error reading from RTSP peer: EOF while expecting response to {method}{}",
                at(pos)
            )
        };
        let reset =
            |pos| format!("Error reading from RTSP peer: Connection reset by peer{}", at(pos));
        let write = "Error writing to RTSP peer: Broken pipe\n\nconn: 10.0.0.1:554@x".to_owned();
        for (text, step, expected) in [
            (eof("DESCRIBE CSeq 1", 0), "DESCRIBE", "busy"),
            (reset(0), "DESCRIBE", "busy"),
            (write.clone(), "DESCRIBE", "busy"),
            // After a 401.
            (eof("DESCRIBE CSeq 2", 178), "DESCRIBE", "misunderstood"),
            (reset(178), "DESCRIBE", "broken"),
            (eof("SETUP CSeq 3", 912), "SETUP", "misunderstood"),
            (write, "SETUP", "broken"),
            (eof("PLAY CSeq 4", 1100), "PLAY", "broken"),
            ("Unable to connect to RTSP server: refused".into(), "DESCRIBE", "unreachable"),
            ("RTSP framing error: what?".into(), "DESCRIBE", "misunderstood"),
            ("RTSP framing error: what?".into(), "PLAY", "misunderstood"),
        ] {
            assert_eq!(kind(&by_text(&text, step, String::new())), expected, "{step}: {text}");
        }
    }
}
