//! Puts the relay's address in the place of the camera's, and the other way round.
//!
//! Pure; the relay's task runs it. Policies:
//! - the client sees no address but the relay's, the camera none but its own, spelled as it spells
//!   it itself;
//! - all requests go over the one connection to the camera, whatever host an answer names. A
//!   `Content-Base` elsewhere counts as absent, a redirection is reported by its origin and stripped
//!   of its address; of other addresses the path is kept and the host is not (cameras behind a
//!   forwarded port name their inner address);
//! - a `source` of RTP that is not the camera is dropped, and so is any `destination`.

use std::net::IpAddr;

use url::{Position, Url};

use super::limits::{Fault, Limit};
use super::message::{Head, Start};

/// RFC 2326 section 3.2, and IANA's for RTSP through TLS.
fn default_port(scheme: &str) -> u16 {
    if scheme == "rtsps" { 322 } else { 554 }
}

/// Characters of a camera's text that are reported at most.
const REPORTED: usize = 80;

/// Both ends' addresses.
#[derive(Debug)]
pub(super) struct Addresses {
    /// `rtsp://127.0.0.1:1234`.
    relay: String,
    /// `/token`.
    token: String,
    /// `rtsp`, or `rtsps` where it goes through TLS.
    scheme: String,
    host: String,
    port: u16,
    /// The host and port as the camera spells them.
    authority: String,
    ip: IpAddr,
    url_bytes: usize,
}

/// What an answer named that is not the camera.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Elsewhere {
    pub count: u64,
    /// Where it redirects to: scheme, host and port.
    pub location: Option<String>,
}

enum Place {
    Camera { authority: String, rest: String },
    Elsewhere { origin: String, rest: String },
    Relative,
}

impl Addresses {
    /// For the camera at `ip`, whose address is `camera`, and a relay that listens on `port`.
    pub fn new(camera: &Url, ip: IpAddr, port: u16, token: &str, url_bytes: usize) -> Self {
        Self {
            relay: format!("rtsp://127.0.0.1:{port}"),
            token: format!("/{token}"),
            scheme: camera.scheme().to_owned(),
            host: camera.host_str().unwrap_or_default().to_owned(),
            port: camera.port().unwrap_or(default_port(camera.scheme())),
            authority: authority(camera),
            ip,
            url_bytes,
        }
    }

    /// The camera's number.
    pub fn camera(&self) -> IpAddr {
        self.ip
    }

    /// The camera's spelling of an address that the client asks for.
    pub fn to_camera(&self, uri: &str) -> Result<String, Fault> {
        if uri == "*" {
            return Ok(uri.to_owned());
        }
        let rest = uri.strip_prefix(&self.relay).ok_or(Fault::Malformed("the relay's address"))?;
        // Two dots in a camera's path may have eaten the token; the connection has proved itself.
        let rest = rest.strip_prefix(&self.token).unwrap_or(rest);
        if !(rest.is_empty() || rest.starts_with(['/', '?'])) {
            return Err(Fault::Malformed("the relay's address"));
        }
        Ok(format!("{}://{}{rest}", self.scheme, self.authority))
    }

    fn to_relay(&self, rest: &str) -> String {
        format!("{}{}{rest}", self.relay, self.token)
    }

    fn place(&self, url: &str) -> Result<Place, Fault> {
        if url.len() > self.url_bytes {
            return Err(Fault::Limit(Limit::UrlBytes));
        }
        let parsed = match Url::parse(url) {
            Ok(parsed) if url.contains("://") => parsed,
            _ => return Ok(Place::Relative),
        };
        let host = parsed.host_str().unwrap_or_default();
        let numeric = host.trim_matches(['[', ']']).parse::<IpAddr>();
        let here = host.eq_ignore_ascii_case(&self.host) || numeric == Ok(self.ip);
        let rest = parsed[Position::BeforePath..].to_owned();
        let port = parsed.port().unwrap_or(default_port(parsed.scheme()));
        if here && port == self.port && parsed.scheme().starts_with("rtsp") {
            return Ok(Place::Camera { authority: authority(&parsed), rest });
        }
        let origin = format!("{}://{}", parsed.scheme(), authority(&parsed));
        Ok(Place::Elsewhere { origin: origin.chars().take(REPORTED).collect(), rest })
    }

    /// Rewrites an answer to the request that the client addressed to `asked`.
    pub fn answer(
        &mut self,
        asked: &str,
        head: &mut Head,
        body: &mut Vec<u8>,
    ) -> Result<Elsewhere, Fault> {
        let mut elsewhere = Elsewhere::default();
        for name in ["Content-Base", "Content-Location"] {
            if let Some(value) = head.get(name) {
                let value = self.base(asked, value, &mut elsewhere)?;
                head.set(name, value);
            }
        }
        self.redirection(head, &mut elsewhere)?;
        if let Some(value) = head.get("RTP-Info") {
            let value = self.rtp_info(value, &mut elsewhere)?;
            head.set("RTP-Info", value);
        }
        if let Some(value) = head.get("Transport") {
            let value = self.transport(value, &mut elsewhere);
            head.set("Transport", value);
        }
        // FFmpeg takes a description whatever the camera calls it.
        *body = self.sdp(body, &mut elsewhere)?;
        Ok(elsewhere)
    }

    fn base(&mut self, asked: &str, value: &str, out: &mut Elsewhere) -> Result<String, Fault> {
        if value.starts_with('/') {
            return Ok(self.to_relay(value));
        }
        // Some cameras leave the scheme out.
        let whole =
            if value.contains("://") { value.to_owned() } else { format!("rtsp://{value}") };
        Ok(match self.place(&whole)? {
            Place::Camera { authority, rest } => {
                self.authority = authority;
                self.to_relay(&rest)
            }
            Place::Elsewhere { .. } => {
                out.count += 1;
                asked.to_owned()
            }
            Place::Relative => asked.to_owned(),
        })
    }

    /// Rewrites `Location`, of an answer as well as of the request REDIRECT.
    pub fn redirection(&self, head: &mut Head, out: &mut Elsewhere) -> Result<(), Fault> {
        let Some(value) = head.get("Location") else { return Ok(()) };
        match self.place(value)? {
            Place::Camera { .. } | Place::Relative => {}
            Place::Elsewhere { origin, .. } => {
                out.count += 1;
                out.location = Some(origin);
            }
        }
        head.remove("Location");
        Ok(())
    }

    fn on_the_camera(&self, url: &str, out: &mut Elsewhere) -> Result<String, Fault> {
        Ok(match self.place(url)? {
            Place::Camera { rest, .. } => self.to_relay(&rest),
            Place::Elsewhere { rest, .. } => {
                out.count += 1;
                self.to_relay(&rest)
            }
            Place::Relative => url.to_owned(),
        })
    }

    /// RFC 2326 section 12.33.
    fn rtp_info(&self, value: &str, out: &mut Elsewhere) -> Result<String, Fault> {
        let mut streams = Vec::new();
        for stream in value.split(',').map(str::trim) {
            let (url, rest) = stream.find(';').map_or((stream, ""), |at| stream.split_at(at));
            streams.push(match url.strip_prefix("url=") {
                Some(url) => format!("url={}{rest}", self.on_the_camera(url, out)?),
                None => stream.to_owned(),
            });
        }
        Ok(streams.join(","))
    }

    /// RFC 2326 section 12.39.
    fn transport(&self, value: &str, out: &mut Elsewhere) -> String {
        let kept = value.split(';').filter(|part| {
            if part.trim().starts_with("destination=") {
                return false;
            }
            let Some(source) = part.trim().strip_prefix("source=") else { return true };
            let ours = source.trim_matches(['[', ']']).parse() == Ok(self.ip);
            out.count += u64::from(!ours);
            ours
        });
        kept.collect::<Vec<_>>().join(";")
    }

    /// RFC 2326 appendix C.1.1. Other lines pass as they are, whatever their characters, but for blanks at
    /// their ends and what is no line of a description (RFC 8866 section 5): retina panics behind such a
    /// line, and where `m=` ends in a blank instead of a format.
    fn sdp(&self, body: &[u8], out: &mut Elsewhere) -> Result<Vec<u8>, Fault> {
        let mut rewritten = Vec::with_capacity(body.len() + 256);
        for line in body.split_inclusive(|byte| *byte == b'\n') {
            let end = line.trim_ascii_end();
            if end.iter().position(|byte| *byte == b'=') != Some(1) {
                continue;
            }
            match end.strip_prefix(b"a=control:").map(std::str::from_utf8) {
                Some(Ok(url)) => {
                    rewritten.extend_from_slice(b"a=control:");
                    rewritten.extend_from_slice(self.on_the_camera(url.trim(), out)?.as_bytes());
                }
                _ => rewritten.extend_from_slice(end),
            }
            rewritten.extend_from_slice(b"\r\n");
        }
        Ok(rewritten)
    }
}

/// Whether the first line of a request names this relay with its token.
pub(super) fn names_relay(line: &[u8], port: u16, token: &str) -> bool {
    let Ok(line) = std::str::from_utf8(line) else { return false };
    let uri = line.split(' ').nth(1).unwrap_or_default();
    let rest = uri.strip_prefix(&format!("rtsp://127.0.0.1:{port}/{token}"));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

fn authority(url: &Url) -> String {
    let port = url.port().map_or(String::new(), |port| format!(":{port}"));
    format!("{}{port}", url.host_str().unwrap_or_default())
}

/// A request that the relay answers itself, with what is said.
pub(super) fn reply_to(request: &Head) -> Option<Head> {
    let Start::Request { method, .. } = &request.start else { return None };
    let mut reply = match method.as_str() {
        "OPTIONS" | "GET_PARAMETER" | "SET_PARAMETER" => Head::response(200, "OK"),
        _ => Head::response(501, "Not Implemented"),
    };
    for name in ["CSeq", "Session"] {
        if let Some(value) = request.get(name) {
            reply.set(name, value.to_owned());
        }
    }
    Some(reply)
}
