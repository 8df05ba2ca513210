//! Finds RTSP messages and interleaved frames in a stream of bytes, and takes messages apart.
//!
//! Pure; the relay's task runs it. Policies:
//! - a frame (RFC 2326 section 10.12) is only measured, never copied or looked into;
//! - lines end in LF or CRLF, a line that begins with a blank goes on with the one before it;
//! - a limit is checked as soon as the bytes are there that go over it, so that nothing is kept for
//!   a message that will not be taken.

use super::limits::{Fault, Limit, Limits};

/// The first line of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Start {
    Request { method: String, uri: String },
    Response { status: u16, reason: String },
}

/// A message without its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub start: Start,
    pub headers: Vec<(String, String)>,
}

/// What is next in the stream.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Not all of it is there.
    More,
    /// So many line ends, which mean nothing between messages.
    Blank(usize),
    /// An interleaved frame of so many bytes with its header; the rest of it need not be there.
    Frame(usize),
    /// A whole message: its head, and how long head and body are.
    Message { head: Head, head_bytes: usize, body_bytes: usize },
}

/// Looks at a stream's next message, and remembers how far it looked.
#[derive(Debug, Default)]
pub(super) struct Scanner {
    /// Bytes already searched for the end of the head.
    searched: usize,
    /// Where the present line begins.
    line: usize,
    lines: usize,
    /// What is known once the head is there: its length and the body's.
    head: Option<(Head, usize, usize)>,
}

impl Scanner {
    /// What `bytes` begin with. Until the answer is another than [`Step::More`], the same bytes have
    /// to be handed in again with what came after them.
    pub fn scan(&mut self, bytes: &[u8], limits: &Limits) -> Result<Step, Fault> {
        match bytes.first() {
            None => return Ok(Step::More),
            Some(b'$') => {
                let Some(&[_, _, high, low]) = bytes.first_chunk() else { return Ok(Step::More) };
                return Ok(Step::Frame(4 + usize::from(u16::from_be_bytes([high, low]))));
            }
            Some(b'\r' | b'\n') => {
                let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
                return Ok(Step::Blank(blank));
            }
            Some(byte) if !byte.is_ascii_alphabetic() => {
                return Err(Fault::Malformed("a message or a frame"));
            }
            Some(_) => {}
        }
        if self.head.is_none() {
            self.head = self.find_head(bytes, limits)?;
        }
        match self.head.take() {
            Some((head, head_bytes, body_bytes)) if bytes.len() >= head_bytes + body_bytes => {
                *self = Self::default();
                Ok(Step::Message { head, head_bytes, body_bytes })
            }
            head => {
                self.head = head;
                Ok(Step::More)
            }
        }
    }

    /// How many bytes the message will have, once that is known.
    pub fn announced(&self) -> Option<usize> {
        self.head.as_ref().map(|(_, head, body)| head + body)
    }

    fn find_head(
        &mut self,
        bytes: &[u8],
        limits: &Limits,
    ) -> Result<Option<(Head, usize, usize)>, Fault> {
        let until = bytes.len().min(limits.head_bytes);
        while let Some(at) = bytes[self.searched..until].iter().position(|byte| *byte == b'\n') {
            let end = self.searched + at;
            let line = &bytes[self.line..end];
            (self.searched, self.line) = (end + 1, end + 1);
            if matches!(line, [] | [b'\r']) {
                let head = Head::parse(&bytes[..end + 1], limits)?;
                let body = head.content_length()?;
                if body > limits.body_bytes {
                    return Err(Fault::Limit(Limit::BodyBytes));
                }
                return Ok(Some((head, end + 1, body)));
            }
            self.lines += 1;
            if self.lines > limits.head_lines {
                return Err(Fault::Limit(Limit::HeadLines));
            }
        }
        self.searched = until;
        if bytes.len() >= limits.head_bytes {
            return Err(Fault::Limit(Limit::HeadBytes));
        }
        Ok(None)
    }
}

impl Head {
    /// An answer without headers.
    pub fn response(status: u16, reason: &str) -> Self {
        Self { start: Start::Response { status, reason: reason.to_owned() }, headers: Vec::new() }
    }

    fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, Fault> {
        let text = String::from_utf8_lossy(bytes);
        let mut lines = text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
        let first = lines.next().unwrap_or_default();
        if text.contains(|c: char| c.is_control() && !matches!(c, '\r' | '\n' | '\t')) {
            return Err(Fault::Malformed("a header without control characters"));
        }
        if first.contains('\r') {
            return Err(Fault::Malformed("a line end"));
        }
        let mut head = Self { start: start_of(first, limits)?, headers: Vec::new() };
        for line in lines.take_while(|line| !line.is_empty()) {
            if line.contains('\r') {
                return Err(Fault::Malformed("a line end"));
            }
            if line.starts_with([' ', '\t']) {
                let (_, value) = head.headers.last_mut().ok_or(Fault::Malformed("a header"))?;
                let more = line.trim();
                if !value.is_empty() && !more.is_empty() {
                    value.push(' ');
                }
                value.push_str(more);
                continue;
            }
            let (name, value) = line.split_once(':').ok_or(Fault::Malformed("a header"))?;
            head.headers.push((name.trim().to_owned(), value.trim().to_owned()));
        }
        Ok(head)
    }

    fn content_length(&self) -> Result<usize, Fault> {
        let mut length = None;
        for value in self.all("Content-Length") {
            // A number too large for a usize is too long a body, whatever it is.
            let digits = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
            if !digits || length.is_some_and(|known| known != value) {
                return Err(Fault::Malformed("one length of the body"));
            }
            length = Some(value);
        }
        length
            .map_or(Ok(0), |text| text.parse().map_err(|_too_large| Fault::Limit(Limit::BodyBytes)))
    }

    /// The values of all headers of this name, in any case.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let same = move |(known, _): &&(String, String)| known.eq_ignore_ascii_case(name);
        self.headers.iter().filter(same).map(|(_, value)| value.as_str())
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Puts one header of this name in the place of all.
    pub fn set(&mut self, name: &str, value: String) {
        self.remove(name);
        self.headers.push((name.to_owned(), value));
    }

    pub fn remove(&mut self, name: &str) {
        self.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    /// Appends the message as it is sent; its length is that of `body`.
    pub fn write(&self, body: &[u8], out: &mut Vec<u8>) {
        match &self.start {
            Start::Request { method, uri } => push_all(out, &[method, " ", uri, " RTSP/1.0\r\n"]),
            Start::Response { status, reason } => {
                push_all(out, &["RTSP/1.0 ", &status.to_string(), " ", reason, "\r\n"]);
            }
        }
        for (name, value) in &self.headers {
            if !name.eq_ignore_ascii_case("Content-Length") {
                push_all(out, &[name, ": ", value, "\r\n"]);
            }
        }
        if !body.is_empty() {
            push_all(out, &["Content-Length: ", &body.len().to_string(), "\r\n"]);
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(body);
    }
}

fn push_all(out: &mut Vec<u8>, parts: &[&str]) {
    parts.iter().for_each(|part| out.extend_from_slice(part.as_bytes()));
}

/// RFC 2326 sections 6.1 and 7.1.
fn start_of(line: &str, limits: &Limits) -> Result<Start, Fault> {
    let mut words = line.splitn(3, ' ');
    let mut word = || words.next().unwrap_or_default();
    let (first, second, rest) = (word(), word(), word());
    if first.starts_with("RTSP/") {
        let status = second.parse().ok().filter(|status| (100..1000).contains(status));
        let status = status.ok_or(Fault::Malformed("a status code"))?;
        return Ok(Start::Response { status, reason: rest.to_owned() });
    }
    let token = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    if !first.bytes().all(token) || second.is_empty() || !rest.starts_with("RTSP/") {
        return Err(Fault::Malformed("a request or an answer"));
    }
    if second.len() > limits.url_bytes {
        return Err(Fault::Limit(Limit::UrlBytes));
    }
    Ok(Start::Request { method: first.to_owned(), uri: second.to_owned() })
}
