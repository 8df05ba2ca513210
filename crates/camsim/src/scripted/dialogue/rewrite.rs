//! What is changed in a recorded answer, so that the dialogue stays on this server.
//!
//! Pure: text in, text out.

use std::net::SocketAddr;

use super::super::wire::rtsp::{self, Request, Way, header};

/// The answer with the number of the request.
pub fn with_cseq(text: &str, cseq: &str) -> String {
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let line = |line: &str| match line.split_once(':') {
        Some((name, _)) if name.eq_ignore_ascii_case("CSeq") => format!("{name}: {cseq}"),
        _ => line.to_owned(),
    };
    let lines: Vec<String> = head.split("\r\n").map(line).collect();
    format!("{}\r\n\r\n{body}", lines.join("\r\n"))
}

/// Every RTSP address leads to this server; the length of the body says so if it was right before.
pub fn with_host(text: &str, host: SocketAddr) -> String {
    let mut parts = text.split("rtsp://");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(['/', ';', '\r', '\n', ' ', '?', '"']).unwrap_or(part.len());
        out.push_str(&format!("rtsp://{host}{}", &part[end..]));
    }
    with_length(text, &out)
}

/// The length that a recorded answer gives, changed by what its body has become longer.
fn with_length(before: &str, after: &str) -> String {
    let body = |text: &str| text.split_once("\r\n\r\n").map_or(0, |(_, body)| body.len());
    let Some(told) = header(before, "Content-Length").and_then(|n| n.parse::<usize>().ok()) else {
        return after.to_owned();
    };
    let length = (told + body(after)).saturating_sub(body(before));
    after.replacen(&format!("Content-Length: {told}"), &format!("Content-Length: {length}"), 1)
}

/// A recorded Transport header with the ports of today.
pub fn with_ports(text: &str, request: &Request, ports: Option<(u16, u16)>) -> String {
    let asked = request.header("Transport").and_then(rtsp::way);
    let (Some(Way::Udp(rtp, rtcp)), Some((ours, next))) = (asked, ports) else {
        return text.to_owned();
    };
    let word = |word: &str| match word.split_once('=') {
        Some(("client_port", _)) => format!("client_port={rtp}-{rtcp}"),
        Some(("server_port", _)) => format!("server_port={ours}-{next}"),
        _ => word.to_owned(),
    };
    let line = |line: &str| match line.strip_prefix("Transport:") {
        Some(value) => {
            let words: Vec<String> = value.split(';').map(word).collect();
            format!("Transport:{}", words.join(";"))
        }
        None => line.to_owned(),
    };
    text.split("\r\n").map(line).collect::<Vec<_>>().join("\r\n")
}
