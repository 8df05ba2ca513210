//! A camera with a script: an RTSP server on a thread of its own that sends H.264 interleaved.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::lock::lock;

/// What was asked of the camera.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: String,
    pub uri: String,
    /// The whole head.
    pub text: String,
    /// Counts the requests of one connection from 0.
    pub number: usize,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.text.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// What the camera does about a request.
pub enum Act {
    /// Answers with this status line's end and these headers, lines with CRLF; the number is put in.
    Answer(&'static str, String),
    /// Says this as it is.
    Raw(Vec<u8>),
    /// Says this after so long.
    Late(Duration, Vec<u8>),
    /// Says this over and over until the connection ends or nobody took a byte for a second.
    Flood(Vec<u8>),
    /// Does what any camera would.
    Usual,
    Nothing,
    HangUp,
}

type Script = dyn Fn(&Asked, u16) -> Act + Send + Sync;

/// How pictures come.
#[derive(Clone, Copy)]
pub struct Pictures {
    pub interval: Duration,
    pub bytes: usize,
}

pub struct Camera {
    pub port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// Bytes that were taken from it since it last began to flood.
    pub flooded: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Connection {
    stream: TcpStream,
    port: u16,
    script: Arc<Script>,
    asked: Arc<Mutex<Vec<Asked>>>,
    flooded: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    pictures: Pictures,
    heard: Vec<u8>,
    number: usize,
    playing: Option<Instant>,
    picture: u32,
    sequence: u16,
    late: Vec<(Instant, Vec<u8>)>,
    /// For pictures: nothing is allocated while measuring.
    packet: Vec<u8>,
}

impl Camera {
    pub fn start(script: impl Fn(&Asked, u16) -> Act + Send + Sync + 'static) -> Self {
        let pictures = Pictures { interval: Duration::from_millis(40), bytes: 2000 };
        Self::sending(pictures, script)
    }

    pub fn sending(
        pictures: Pictures,
        script: impl Fn(&Asked, u16) -> Act + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let port = listener.local_addr().expect("a port").port();
        let mut camera = Self {
            port,
            asked: Arc::default(),
            flooded: Arc::default(),
            stop: Arc::default(),
            thread: None,
        };
        let (asked, flooded) = (camera.asked.clone(), camera.flooded.clone());
        let (stop, script): (_, Arc<Script>) = (camera.stop.clone(), Arc::new(script));
        let thread = std::thread::spawn(move || {
            while !stop.load(Ordering::SeqCst) {
                let Ok((stream, _)) = listener.accept() else {
                    std::thread::sleep(Duration::from_millis(5));
                    continue;
                };
                stream.set_nonblocking(false).expect("a socket");
                stream.set_nodelay(true).expect("a socket");
                let connection = Connection {
                    stream,
                    port,
                    script: script.clone(),
                    asked: asked.clone(),
                    flooded: flooded.clone(),
                    stop: stop.clone(),
                    pictures,
                    heard: Vec::new(),
                    number: 0,
                    playing: None,
                    picture: 0,
                    sequence: 0,
                    late: Vec::new(),
                    packet: Vec::new(),
                };
                // Ends when the other side hangs up.
                crate::BestEffort::best_effort(connection.serve());
            }
        });
        camera.thread = Some(thread);
        camera
    }

    /// What was asked so far, on all connections.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.asked).clone()
    }

    pub fn methods(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.method).collect()
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the camera's thread");
        }
    }
}

impl Connection {
    fn serve(mut self) -> std::io::Result<()> {
        let mut chunk = [0; 4096];
        while !self.stop.load(Ordering::SeqCst) {
            while let Some(end) = find(&self.heard, b"\r\n\r\n") {
                let text: Vec<u8> = self.heard.drain(..end + 4).collect();
                self.act(&String::from_utf8_lossy(&text))?;
            }
            let now = Instant::now();
            for (_, text) in self.late.extract_if(.., |(due, _)| *due <= now) {
                self.stream.write_all(&text)?;
            }
            while self.playing.is_some_and(|due| due <= now) {
                self.send_picture()?;
                self.playing = self.playing.map(|due| due + self.pictures.interval);
            }
            let wait = self.playing.map_or(Duration::from_millis(20), |due| due - now);
            let wait = wait.clamp(Duration::from_millis(1), Duration::from_millis(20));
            self.stream.set_read_timeout(Some(wait))?;
            match self.stream.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(bytes) => self.heard.extend_from_slice(&chunk[..bytes]),
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn act(&mut self, text: &str) -> std::io::Result<()> {
        let mut words = text.split(' ');
        let mut word = || words.next().unwrap_or_default().to_owned();
        let asked =
            Asked { method: word(), uri: word(), text: text.to_owned(), number: self.number };
        self.number += 1;
        lock(&self.asked).push(asked.clone());
        match (self.script)(&asked, self.port) {
            Act::Nothing => Ok(()),
            Act::HangUp => Err(ErrorKind::ConnectionAborted.into()),
            Act::Raw(text) => self.stream.write_all(&text),
            Act::Late(after, text) => {
                self.late.push((Instant::now() + after, text));
                Ok(())
            }
            Act::Answer(status, headers) => {
                let cseq = asked.header("CSeq").unwrap_or_default();
                let answer = format!("RTSP/1.0 {status}\r\nCSeq: {cseq}\r\n{headers}\r\n");
                self.stream.write_all(answer.as_bytes())
            }
            Act::Flood(text) => self.flood(&text),
            Act::Usual => {
                if asked.method == "PLAY" {
                    self.playing = Some(Instant::now());
                }
                self.stream.write_all(usual(&asked, self.port, 60).as_bytes())
            }
        }
    }

    fn flood(&mut self, text: &[u8]) -> std::io::Result<()> {
        self.stream.set_write_timeout(Some(Duration::from_secs(1)))?;
        self.flooded.store(0, Ordering::SeqCst);
        let mut at = 0;
        while !self.stop.load(Ordering::SeqCst) {
            let bytes = self.stream.write(&text[at..])?;
            at = (at + bytes) % text.len();
            self.flooded.fetch_add(bytes as u64, Ordering::SeqCst);
        }
        Ok(())
    }

    /// One picture as FU-A fragments (RFC 6184 section 5.8), each in an interleaved frame. Its first
    /// bytes say when it was sent.
    fn send_picture(&mut self) -> std::io::Result<()> {
        let (header, kind) = if self.picture.is_multiple_of(25) { (0x7c, 5) } else { (0x5c, 1) };
        let stamp = format!("{:020}", crate::source::relay::tests::measure::clock());
        self.packet.clear();
        let count = self.pictures.bytes.div_ceil(1400).max(2);
        for part in 0..count {
            let (first, last) = (part == 0, part + 1 == count);
            let fu = u8::from(first) << 7 | u8::from(last) << 6 | kind;
            let payload = 2 + 1400;
            self.packet.extend_from_slice(&[b'$', 0]);
            self.packet.extend_from_slice(&(12 + payload as u16).to_be_bytes());
            self.packet.extend_from_slice(&[0x80, u8::from(last) << 7 | 96]);
            self.packet.extend_from_slice(&self.sequence.to_be_bytes());
            self.packet.extend_from_slice(&(self.picture.wrapping_mul(3600)).to_be_bytes());
            self.packet.extend_from_slice(&[0, 0, 0, 7, header, fu]);
            let begin = self.packet.len();
            // 0x88: a slice that is its picture's first, H.264 section 7.3.3.
            self.packet.resize(begin + 1400, 0x88);
            if first {
                self.packet[begin + 1..][..20].copy_from_slice(stamp.as_bytes());
            }
            self.sequence = self.sequence.wrapping_add(1);
        }
        self.picture += 1;
        self.stream.write_all(&self.packet)
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Baseline, 640×480.
pub const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n\
    a=rtpmap:96 H264/90000\r\n\
    a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z0LAHtoCgPZA,aM48gA==\r\n";

/// What any camera answers.
pub fn usual(asked: &Asked, port: u16, timeout: u32) -> String {
    let base = format!("rtsp://127.0.0.1:{port}/live/");
    let more = match asked.method.as_str() {
        "DESCRIBE" => {
            let sdp = format!("{SDP}a=control:{base}track1\r\n");
            return with_body(asked, &format!("Content-Base: {base}\r\n"), &sdp);
        }
        "SETUP" => format!(
            "Session: 77;timeout={timeout}\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
        ),
        "PLAY" => format!("Session: 77\r\nRTP-Info: url={base}track1;seq=0;rtptime=0\r\n"),
        _ => "Public: OPTIONS, GET_PARAMETER\r\n".to_owned(),
    };
    let cseq = asked.header("CSeq").unwrap_or_default();
    format!("RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n{more}\r\n")
}

/// An answer to DESCRIBE.
pub fn with_body(asked: &Asked, headers: &str, sdp: &str) -> String {
    let cseq = asked.header("CSeq").unwrap_or_default();
    format!(
        "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n{headers}Content-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    )
}
