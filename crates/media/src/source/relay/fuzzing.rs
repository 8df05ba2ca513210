//! What a camera's words may not make of the relay, for the targets in `fuzz/`.
//!
//! Runs on the caller's thread, without connections and in time that is told. Policy: limits are small,
//! so that a fuzzer's few bytes reach them.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use url::Url;

use super::auth::Auth;
use super::exchange::{Exchange, Outgoing};
use super::findings::Findings;
use super::lane::Lane;
use super::limits::{Fault, Limits, RelayError};
use super::message::{Head, Start};
use super::rewrite::Addresses;
use crate::lock::lock;
use crate::source::login::Login;

const TOKEN: &str = "5ecre7";
const RELAY: &str = "rtsp://127.0.0.1:1234";
const CAMERA: &str = "rtsp://cam.example/live?x=1";
const CAMERA_IP: [u8; 4] = [192, 0, 2, 7];
const PASSWORD: &str = "Zq7canary";
/// `u` and the password as Basic sends them (RFC 7617).
const BASIC: &str = "dTpacTdjYW5hcnk=";
/// Steps of one dialogue at most.
const STEPS: usize = 64;

fn small() -> Limits {
    Limits { head_bytes: 512, head_lines: 16, body_bytes: 700, url_bytes: 96, ..Limits::default() }
}

/// What a stream of bytes is taken for.
#[derive(Debug, Default, PartialEq)]
struct Read {
    messages: Vec<(Head, Vec<u8>)>,
    /// What was written to the other side: the messages again and the frames.
    written: Vec<u8>,
    fault: Option<Fault>,
}

/// Reads pieces one after the other, and writes at most `taken` bytes at once.
fn read<'a>(pieces: impl Iterator<Item = &'a [u8]>, taken: usize, limits: &Limits) -> Read {
    let (mut lane, mut read) = (Lane::default(), Read::default());
    for mut piece in pieces {
        loop {
            let room = lane.room(limits);
            let bytes = room.len().min(piece.len());
            room[..bytes].copy_from_slice(&piece[..bytes]);
            lane.filled(bytes);
            piece = &piece[bytes..];
            match lane.next(limits) {
                Err(fault) => return Read { fault: Some(fault), ..read },
                Ok(Some((head, body))) => {
                    head.write(&body, lane.inserted());
                    read.messages.push((head, body));
                }
                Ok(None) if lane.output().is_empty() && piece.is_empty() => break,
                Ok(None) => {
                    let bytes = lane.output().len().min(taken);
                    read.written.extend_from_slice(&lane.output()[..bytes]);
                    lane.written(bytes);
                }
            }
        }
    }
    read
}

/// Two bytes say how the rest, a stream of RTSP, is cut into pieces: any cut gives the same, what is
/// taken is within the limits, and what is written is read as what was meant.
///
/// # Panics
/// Where that is not so.
pub fn rtsp_messages(bytes: &[u8]) {
    let (cuts, stream) = bytes.split_at(bytes.len().min(2));
    let cut = |index: usize| 1 + usize::from(cuts.get(index).copied().unwrap_or_default());
    let limits = small();
    let whole = read(std::iter::once(stream), usize::MAX, &limits);
    assert_eq!(read(stream.chunks(cut(0)), cut(1), &limits), whole, "cut another way");
    for (head, body) in &whole.messages {
        assert!(body.len() <= limits.body_bytes && head.headers.len() <= limits.head_lines);
        for text in texts(head) {
            assert!(!text.contains(|c: char| c.is_control() && c != '\t'), "{text:?}");
        }
    }
    if whole.fault.is_some() {
        return;
    }
    // What is no text takes more bytes once it is.
    let again = read(std::iter::once(&whole.written[..]), usize::MAX, &Limits::default());
    assert_eq!(again.fault, None, "not read again");
    assert_eq!(again.written, whole.written, "written another way");
    assert_eq!(again.messages.len(), whole.messages.len());
    for ((head, body), (read, same)) in whole.messages.iter().zip(&again.messages) {
        assert_eq!((&head.start, body), (&read.start, same));
    }
}

/// What the relay makes of a description; `None` where it refuses it.
pub(crate) fn description(sdp: &[u8]) -> Option<Vec<u8>> {
    let limits = Limits::for_retina();
    let camera = Url::parse(CAMERA).expect("an address");
    let mut addresses = Addresses::new(&camera, CAMERA_IP.into(), 1234, TOKEN, limits.url_bytes);
    let (mut head, mut body) = (Head::response(200, "OK"), sdp.to_vec());
    addresses.answer(RELAY, &mut head, &mut body).ok()?;
    Some(body)
}

fn texts(head: &Head) -> impl Iterator<Item = &str> {
    let start = match &head.start {
        Start::Request { method, uri } => [method, uri],
        Start::Response { reason, .. } => [reason, reason],
    };
    let headers = head.headers.iter().flat_map(|(name, value)| [name, value]);
    start.into_iter().chain(headers).map(String::as_str)
}

/// A dialogue, in parts that a zero byte ends: `<` and what the camera says, `>` and a method that the
/// client asks by, `.` and a time that passes. Whatever the camera says, it is asked by its own addresses
/// only, the client is told none but the relay's, and nobody is told the login but the camera.
///
/// # Panics
/// Where that is not so.
pub fn rtsp_dialogue(bytes: &[u8]) {
    let mut talk = Talk::new(bytes);
    for part in bytes.split(|byte| *byte == 0).take(STEPS) {
        let Some((kind, rest)) = part.split_first() else { continue };
        let done = match kind {
            b'<' => talk.camera_says(rest),
            b'>' => talk.client_asks(rest),
            b'.' => talk.passes(rest),
            _ => return,
        };
        if done.is_err() || !talk.check() {
            break;
        }
    }
    talk.findings();
}

/// Both ends and what was said between them.
struct Talk {
    exchange: Exchange,
    findings: Arc<Mutex<Findings>>,
    now: Instant,
    limits: Limits,
    to_camera: Vec<u8>,
    to_client: Vec<u8>,
    client: Client,
    /// Whether the camera may name the token, or the password, by itself.
    knows_token: bool,
    knows_password: bool,
}

/// A client that does as retina does with addresses.
struct Client {
    cseq: u32,
    asked: Vec<u32>,
    base: Url,
    controls: Vec<String>,
}

impl Talk {
    fn new(bytes: &[u8]) -> Self {
        let limits = small();
        let camera = Url::parse(CAMERA).expect("an address");
        let addresses = Addresses::new(&camera, CAMERA_IP.into(), 1234, TOKEN, limits.url_bytes);
        let findings = Arc::default();
        let auth = Auth::new(Some(Login::new("u", PASSWORD)), true);
        let exchange = Exchange::new(addresses, auth, limits, Arc::clone(&findings));
        let base = Url::parse(&format!("{RELAY}/{TOKEN}/live?x=1")).expect("an address");
        let names = |word: &str| bytes.windows(word.len()).any(|bytes| bytes == word.as_bytes());
        Self {
            exchange,
            findings,
            now: Instant::now(),
            limits,
            to_camera: Vec::new(),
            to_client: Vec::new(),
            client: Client { cseq: 0, asked: Vec::new(), base, controls: Vec::new() },
            knows_token: names(TOKEN),
            knows_password: names("canary") || names(&BASIC[..8]),
        }
    }

    fn camera_says(&mut self, bytes: &[u8]) -> Result<(), RelayError> {
        let Read { messages, .. } = read(std::iter::once(bytes), usize::MAX, &self.limits);
        for (head, body) in messages {
            let Self { exchange, now, to_camera, to_client, .. } = self;
            exchange.camera_says(head, body, *now, &mut Outgoing { to_camera, to_client })?;
        }
        self.passes(&[])
    }

    fn client_asks(&mut self, method: &[u8]) -> Result<(), RelayError> {
        // Retina and FFmpeg are no enemies of ours.
        let Ok(method) = std::str::from_utf8(method) else { return Ok(()) };
        if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Ok(());
        }
        let url = match self.client.controls.last() {
            Some(control) if method == "SETUP" => self.client.resolve(control),
            _ => self.client.base.to_string(),
        };
        self.client.cseq += 1;
        self.client.asked.push(self.client.cseq);
        let start = Start::Request { method: method.to_owned(), uri: url };
        let mut head = Head { start, headers: Vec::new() };
        head.set("CSeq", self.client.cseq.to_string());
        if method == "SETUP" {
            head.set("Transport", "RTP/AVP/TCP;unicast;interleaved=0-1".to_owned());
        }
        let mut bytes = Vec::new();
        head.write(&[], &mut bytes);
        let asked = read(std::iter::once(&bytes[..]), usize::MAX, &Limits::default()).messages;
        if asked.is_empty() {
            // Its camera's words made a request that the relay does not take.
            self.client.asked.pop();
        }
        for (head, body) in asked {
            let Self { exchange, now, to_camera, to_client, .. } = self;
            exchange.client_says(head, body, *now, &mut Outgoing { to_camera, to_client })?;
        }
        Ok(())
    }

    fn passes(&mut self, time: &[u8]) -> Result<(), RelayError> {
        let quarters = time.first().copied().unwrap_or_default();
        self.now += Duration::from_millis(u64::from(quarters) * 250);
        let Self { exchange, now, to_camera, to_client, .. } = self;
        exchange.tick(*now, &mut Outgoing { to_camera, to_client })
    }

    /// Checks what was said since; whether there is anything to go on with.
    fn check(&mut self) -> bool {
        for (head, body) in said(&mut self.to_camera) {
            if let Start::Request { uri, .. } = &head.start {
                assert!(uri == "*" || is_cameras(uri), "the camera is asked for {uri:?}");
            }
            let told = texts(&head).any(|text| text.contains(TOKEN));
            assert!(self.knows_token || !told, "the camera is told the token: {head:?}");
            let plain = texts(&head).any(|text| text.contains(PASSWORD));
            assert!(self.knows_password || !plain, "the password in clear: {head:?}");
            assert!(body.is_empty(), "the client sends none");
        }
        for (head, body) in said(&mut self.to_client) {
            self.client.is_told(&head, &body);
            let mut all = texts(&head).map(str::as_bytes).chain([&body[..]]);
            let login = all.any(|text| {
                [PASSWORD, BASIC].iter().any(|secret| contains(text, secret.as_bytes()))
            });
            assert!(self.knows_password || !login, "the client is told the login: {head:?}");
        }
        true
    }

    /// What is reported names no more than an origin.
    fn findings(&self) {
        let findings = lock(&self.findings);
        if let Some(location) = &findings.location {
            let (_, rest) = location.split_once("://").expect("a scheme");
            assert!(!rest.contains(['/', '?', '#', '@', ' ']), "more than an origin: {location:?}");
        }
        let text = findings.to_string();
        assert!(text.len() < 1000 && !text.contains(char::is_control), "{text:?}");
        assert!(self.knows_password || !text.contains("canary"), "{text}");
    }
}

impl Client {
    fn resolve(&self, control: &str) -> String {
        self.base.join(control).map_or_else(|_| format!("{}/{control}", self.base), Into::into)
    }

    /// Takes an answer: one for each request, with addresses of the relay only.
    fn is_told(&mut self, head: &Head, body: &[u8]) {
        let Start::Response { status, .. } = head.start else { panic!("asked: {head:?}") };
        let cseq = head.get("CSeq").and_then(|cseq| cseq.parse::<u32>().ok());
        let asked = self.asked.iter().position(|asked| Some(*asked) == cseq);
        self.asked.remove(asked.unwrap_or_else(|| panic!("nobody asked for {head:?}")));
        for name in ["Content-Base", "Content-Location", "Location"] {
            head.all(name).for_each(is_relays);
        }
        let streams = head.all("RTP-Info").flat_map(|info| info.split(','));
        for stream in streams.filter_map(|stream| stream.trim().strip_prefix("url=")) {
            is_relays(stream.split(';').next().unwrap_or_default());
        }
        let mut transport = head.all("Transport").flat_map(|value| value.split(';'));
        let source = transport.find_map(|part| part.trim().strip_prefix("source="));
        let camera = std::net::Ipv4Addr::from(CAMERA_IP).to_string();
        assert!(source.is_none_or(|source| source == camera), "RTP from {source:?}");
        let controls = body.split(|byte| *byte == b'\n').filter_map(|line| {
            let control = line.trim_ascii_end().strip_prefix(b"a=control:")?;
            std::str::from_utf8(control).ok()
        });
        let controls: Vec<String> = controls.map(|control| control.trim().to_owned()).collect();
        controls.iter().for_each(|control| is_relays(control));
        if status == 200 && !controls.is_empty() {
            let base = head.get("Content-Base").or(head.get("Content-Location"));
            self.base = base.and_then(|base| Url::parse(base).ok()).unwrap_or(self.base.clone());
            self.controls = controls;
        }
    }
}

/// The messages that were appended, which are whole.
fn said(bytes: &mut Vec<u8>) -> Vec<(Head, Vec<u8>)> {
    let generous = Limits { head_bytes: 1 << 20, body_bytes: 1 << 20, ..Limits::default() };
    let generous = Limits { url_bytes: 1 << 20, head_lines: 1000, ..generous };
    let bytes = std::mem::take(bytes);
    let read = read(std::iter::once(&bytes[..]), usize::MAX, &generous);
    assert_eq!(read.fault, None, "not RTSP: {:?}", String::from_utf8_lossy(&bytes));
    read.messages
}

fn is_cameras(uri: &str) -> bool {
    let Ok(url) = Url::parse(uri) else { return false };
    let host = url.host_str().unwrap_or_default();
    let ours = host.eq_ignore_ascii_case("cam.example")
        || host.parse() == Ok(std::net::Ipv4Addr::from(CAMERA_IP));
    let login = url.username().is_empty() && url.password().is_none();
    ours && login && url.scheme() == "rtsp" && matches!(url.port(), None | Some(554))
}

/// A whole address leads to the relay; what is none is read as a path of it.
fn is_relays(address: &str) {
    if address.contains("://") && Url::parse(address).is_ok() {
        assert!(address.starts_with(&format!("{RELAY}/")), "the client is sent to {address:?}");
    }
}

fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}
