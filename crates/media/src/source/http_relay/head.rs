//! Heads of HTTP messages (RFC 9112): read within limits, taken apart, and written anew.
//!
//! The relay's task runs it. Policy: only headers that are known to be needed are written; what would lead
//! elsewhere, keep a connection open or change how FFmpeg reads a body is among none of them.

use tokio::io::{AsyncRead, AsyncReadExt};
use url::{Position, Url};

use crate::source::relay::{Fault, Limit, Limits, Peer, RelayError};

/// Of FFmpeg's question not for the camera: the relay's own, or those of a connection.
const NOT_ASKED: [&str; 7] = [
    "host",
    "connection",
    "authorization",
    "proxy-authorization",
    "proxy-connection",
    "icy-metadata",
    "accept-encoding",
];
/// Of the camera's answer for FFmpeg: what describes the body.
const TOLD: [&str; 5] =
    ["content-type", "content-length", "content-range", "accept-ranges", "transfer-encoding"];
/// Heads that announce another one (status 100 to 199), at most.
const PRELUDES: usize = 4;

/// FFmpeg's question.
pub(super) struct Question<'a> {
    pub method: &'a str,
    pub target: &'a str,
    headers: Vec<(&'a str, &'a str)>,
}

/// The camera's answer without its body.
pub(super) struct Answer<'a> {
    pub status: u16,
    headers: Vec<(&'a str, &'a str)>,
}

/// Reads into `said` up to the end of a head that is none of the preludes, which are dropped; how long it
/// is. `None` where the other side hangs up before.
pub(super) async fn read_head(
    from: &mut (impl AsyncRead + Unpin),
    said: &mut Vec<u8>,
    limits: &Limits,
) -> Result<Option<usize>, RelayError> {
    let mut preludes = 0;
    loop {
        if let Some(end) = end_of_head(said) {
            let line = said.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let prelude = line.starts_with(b"HTTP/1.1 1") && preludes < PRELUDES;
            if !prelude {
                return Ok(Some(end));
            }
            preludes += 1;
            said.drain(..end);
            continue;
        }
        if said.len() >= limits.head_bytes {
            return Err(Fault::Limit(Limit::HeadBytes).from(Peer::Camera));
        }
        let room = limits.head_bytes - said.len();
        let read = (&mut *from).take(room as u64).read_buf(said).await;
        if read.map_err(|error| RelayError::CameraBroke(error.kind()))? == 0 {
            return Ok(None);
        }
    }
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    let ends = |end: &[u8]| {
        let at = bytes.windows(end.len()).position(|part| part == end);
        at.map(|at| at + end.len())
    };
    [ends(b"\r\n\r\n"), ends(b"\n\n")].into_iter().flatten().min()
}

impl<'a> Question<'a> {
    /// `None` where it is no question that FFmpeg would ask.
    pub fn parse(bytes: &'a [u8], limits: &Limits) -> Option<Self> {
        let mut headers = vec![httparse::EMPTY_HEADER; limits.head_lines];
        let mut request = httparse::Request::new(&mut headers);
        request.parse(bytes).ok()?;
        let headers = request.headers.iter();
        let headers =
            headers.filter_map(|one| Some((one.name, std::str::from_utf8(one.value).ok()?)));
        let (method, target) = (request.method?, request.path?);
        Some(Self { method, target, headers: headers.collect() }).filter(|_| method == "GET")
    }

    /// The same for the camera. `plain`: its body is to come without encodings, as HTTP/1.0 has none.
    pub fn for_camera(&self, target: &Url, authorization: Option<&str>, plain: bool) -> String {
        let version = if plain { "1.0" } else { "1.1" };
        let path = &target[Position::BeforePath..Position::AfterQuery];
        let host = &target[Position::BeforeHost..Position::AfterPort];
        let mut text = format!("{} {path} HTTP/{version}\r\nHost: {host}\r\n", self.method);
        for (name, value) in &self.headers {
            if !NOT_ASKED.iter().any(|other| other.eq_ignore_ascii_case(name)) {
                text += &format!("{name}: {value}\r\n");
            }
        }
        if let Some(value) = authorization {
            text += &format!("Authorization: {value}\r\n");
        }
        text + "Connection: close\r\n\r\n"
    }
}

impl<'a> Answer<'a> {
    pub fn parse(bytes: &'a [u8], limits: &Limits) -> Result<Self, RelayError> {
        let malformed = Fault::Malformed("an HTTP answer").from(Peer::Camera);
        let mut headers = vec![httparse::EMPTY_HEADER; limits.head_lines];
        let mut response = httparse::Response::new(&mut headers);
        match httparse::ParserConfig::default()
            .allow_spaces_after_header_name_in_responses(true)
            .ignore_invalid_headers_in_responses(true)
            .parse_response(&mut response, bytes)
        {
            Ok(_) => {}
            Err(httparse::Error::TooManyHeaders) => {
                return Err(Fault::Limit(Limit::HeadLines).from(Peer::Camera));
            }
            Err(_) => return Err(malformed),
        }
        let status = response.code.ok_or(malformed)?;
        let headers = response.headers.iter();
        let headers =
            headers.filter_map(|one| Some((one.name, std::str::from_utf8(one.value).ok()?)));
        Ok(Self { status, headers: headers.collect() })
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        let same = move |(known, _): &&(&str, &str)| known.eq_ignore_ascii_case(name);
        self.headers.iter().filter(same).map(|(_, value)| *value)
    }

    /// The status without the camera's words for it, and that the connection ends.
    pub fn first_line(&self) -> String {
        format!("HTTP/1.1 {} -\r\nConnection: close\r\n", self.status)
    }

    /// The whole head as FFmpeg is to read it.
    pub fn for_client(&self) -> String {
        let mut text = self.first_line();
        for (name, value) in &self.headers {
            if TOLD.iter().any(|told| told.eq_ignore_ascii_case(name)) {
                text += &format!("{name}: {value}\r\n");
            }
        }
        text + "\r\n"
    }
}
