//! The scripted cameras over real sockets, by a client that knows RTSP and no more.
#![allow(clippy::unwrap_used, reason = "a test may panic where something is missing")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use serde_json::Value;

const SECOND: Duration = Duration::from_secs(1);
/// For what takes a moment on a machine that has nothing else to do.
const SOON: Duration = Duration::from_secs(20);

struct Server {
    child: Child,
    events: Receiver<(Instant, Value)>,
    seen: Vec<(Instant, Value)>,
    rows: Value,
}

impl Server {
    fn start(rows: &str) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_camsim"))
            .args(["--scripted", "--port", "0", "--exit-with-parent", "--row", rows])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, events) = sync_channel(10_000);
        let stdout = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let event = serde_json::from_str(&line).expect("camsim speaks JSON");
                sender.send((Instant::now(), event)).ok();
            }
        });
        let mut this = Self { child, events, seen: Vec::new(), rows: Value::Null };
        this.rows = this.wait("ready", |event| event["event"] == "ready").1["rows"].take();
        this
    }

    fn wait(&mut self, what: &str, wanted: impl Fn(&Value) -> bool) -> (Instant, Value) {
        let until = Instant::now() + SOON;
        loop {
            if let Some(at) = self.seen.iter().position(|(_, event)| wanted(event)) {
                return self.seen.remove(at);
            }
            let left = until.saturating_duration_since(Instant::now());
            let event = self.events.recv_timeout(left);
            self.seen.push(event.unwrap_or_else(|_| panic!("no {what}, but {:#?}", self.seen)));
        }
    }

    fn phase(&mut self, row: &str, phase: &str) -> Instant {
        let is = |e: &Value| e["event"] == "phase" && e["row"] == row && e["phase"] == phase;
        self.wait(phase, is).0
    }

    fn closed_by(&mut self, row: &str) -> String {
        let closed = self.wait("close", |e| e["event"] == "close" && e["row"] == row).1;
        closed["by"].as_str().unwrap().to_owned()
    }

    fn tell(&mut self, command: &str) -> Value {
        writeln!(self.child.stdin.as_mut().unwrap(), "{command}").unwrap();
        self.wait(command, |e| e["command"] == command || e["event"] == "stat").1
    }

    fn url(&self, row: &str) -> &str {
        self.rows[row]["url"].as_str().unwrap()
    }

    fn connect(&self, row: &str) -> std::io::Result<TcpStream> {
        let host = self.url(row).split('/').nth(2).unwrap().to_owned();
        let socket = TcpStream::connect_timeout(&host.parse().unwrap(), 2 * SECOND)?;
        socket.set_read_timeout(Some(2 * SECOND))?;
        Ok(socket)
    }

    /// A client that has said PLAY.
    fn play(&self, row: &str) -> Client {
        let mut client = Client { socket: self.connect(row).unwrap(), waiting: Vec::new() };
        let url = self.url(row).to_owned();
        assert_eq!(client.ask("DESCRIBE", &url, ""), 200);
        let transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n";
        assert_eq!(client.ask("SETUP", &format!("{url}/track1"), transport), 200);
        assert_eq!(client.ask("PLAY", &url, ""), 200);
        client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

struct Client {
    socket: TcpStream,
    waiting: Vec<u8>,
}

impl Client {
    fn fill(&mut self) -> std::io::Result<()> {
        let mut bytes = [0; 4096];
        let count = self.socket.read(&mut bytes)?;
        self.waiting.extend_from_slice(&bytes[..count]);
        if count == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// The status of the answer; media before it is passed over.
    fn ask(&mut self, method: &str, url: &str, headers: &str) -> u16 {
        let text = format!("{method} {url} RTSP/1.0\r\nCSeq: 5\r\n{headers}\r\n");
        self.socket.write_all(text.as_bytes()).unwrap();
        loop {
            while self.waiting.first() == Some(&b'$') {
                self.frame().unwrap();
            }
            let text = String::from_utf8_lossy(&self.waiting).into_owned();
            if let Some((head, rest)) = text.split_once("\r\n\r\n") {
                let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: "));
                let length = length.map_or(0, |length| length.parse().unwrap());
                if rest.len() >= length {
                    self.waiting.drain(..head.len() + 4 + length);
                    return head.split(' ').nth(1).unwrap().parse().unwrap();
                }
            }
            self.fill().unwrap();
        }
    }

    /// The next interleaved frame: channel and bytes.
    fn frame(&mut self) -> std::io::Result<(u8, Vec<u8>)> {
        loop {
            if let [b'$', channel, high, low, ..] = self.waiting[..] {
                let end = 4 + usize::from(u16::from_be_bytes([high, low]));
                if self.waiting.len() >= end {
                    let frame = self.waiting.drain(..end).skip(4).collect();
                    return Ok((channel, frame));
                }
            }
            self.fill()?;
        }
    }

    /// When the last packet of the next picture came, and its timestamp.
    fn picture(&mut self) -> std::io::Result<(Instant, u32)> {
        loop {
            let (channel, frame) = self.frame()?;
            if channel == 0 && frame[1] & 0x80 != 0 {
                return Ok((Instant::now(), u32::from_be_bytes(frame[4..8].try_into().unwrap())));
            }
        }
    }
}

/// How late a picture is, from one that was not.
fn lateness(first: (Instant, u32), picture: (Instant, u32)) -> f64 {
    let filmed = f64::from(picture.1.wrapping_sub(first.1)) / 90_000.0;
    picture.0.duration_since(first.0).as_secs_f64() - filmed
}

#[test]
fn a_camera_falls_behind_and_a_new_connection_is_on_time() {
    let mut server = Server::start("late");
    let mut client = server.play("late");
    let first = client.picture().unwrap();
    let good = server.phase("late", "good");
    client.socket.set_read_timeout(Some(10 * SECOND)).unwrap();
    let mut late = 0.0_f64;
    let mut changed = Instant::now();
    while late < 5.0 {
        let picture = client.picture().unwrap();
        late = lateness(first, picture);
        changed = picture.0;
        assert!(!(0.5..5.0).contains(&late), "{late} s");
    }
    assert!((5.9..6.3).contains(&late), "{late} s");
    let held = server.phase("late", "held");
    let backlog = server.phase("late", "backlog");
    for (phase, seconds) in [(held, 6.0), (backlog, 12.0), (changed, 12.0)] {
        let after = phase.duration_since(good).as_secs_f64();
        assert!((after - seconds).abs() < 0.3, "{after} s, not {seconds} s");
    }
    // It stays so, at the ordinary rate.
    let pictures: Vec<_> = (0..50).map(|_| client.picture().unwrap()).collect();
    assert!(pictures.iter().all(|picture| (5.9..6.3).contains(&lateness(first, *picture))));
    let mut other = server.play("late");
    let first = other.picture().unwrap();
    assert!((0..25).all(|_| lateness(first, other.picture().unwrap()).abs() < 0.3));
}

#[test]
fn who_is_not_listened_to_is_refused_or_ignored_and_then_not() {
    let mut server = Server::start("refused,syn");
    let refused = server.connect("refused").unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    let ignored = server.connect("syn").unwrap_err();
    assert_eq!(ignored.kind(), ErrorKind::TimedOut);
    server.tell("next syn");
    server.play("syn").picture().unwrap();
    server.phase("refused", "good");
    server.play("refused").picture().unwrap();
}

#[test]
fn a_busy_camera_is_busy_for_twelve_seconds() {
    let mut server = Server::start("busy,hangs-up");
    let url = server.url("busy").to_owned();
    let mut client = Client { socket: server.connect("busy").unwrap(), waiting: Vec::new() };
    assert_eq!(client.ask("OPTIONS", &url, ""), 503);
    let mut hung_up = server.connect("hangs-up").unwrap();
    assert_eq!(hung_up.read(&mut [0]).unwrap(), 0);
    assert_eq!(server.closed_by("hangs-up"), "server");
    let busy = server.phase("busy", "busy");
    let lasted = server.phase("busy", "good").duration_since(busy).as_secs_f64();
    assert!((11.8..12.3).contains(&lasted), "{lasted} s");
    assert_eq!(client.ask("OPTIONS", &url, ""), 200);
    server.phase("hangs-up", "good");
    server.play("hangs-up").picture().unwrap();
}

#[test]
fn connections_end_in_three_ways_and_new_ones_are_good() {
    let mut server = Server::start("rst,half-close,truncated");
    for row in ["rst", "half-close", "truncated"] {
        let mut client = server.play(row);
        client.picture().unwrap();
        server.tell(&format!("next {row}"));
        let error = loop {
            if let Err(error) = client.frame() {
                break error.kind();
            }
        };
        match row {
            "rst" => assert_eq!(error, ErrorKind::ConnectionReset),
            "half-close" => {
                assert_eq!((error, client.waiting.len()), (ErrorKind::UnexpectedEof, 0));
                // What the client says still arrives.
                client.socket.write_all(b"OPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n").unwrap();
                server.wait("OPTIONS", |e| e["row"] == row && e["method"] == "OPTIONS");
                assert_eq!(server.tell("stat")["connections"][row], 1);
            }
            _ => assert_eq!((error, client.waiting.len()), (ErrorKind::UnexpectedEof, 104)),
        }
        let mut other = server.play(row);
        assert!((0..30).all(|_| other.picture().is_ok()), "{row}");
    }
}

#[test]
fn a_camera_falls_silent_and_stays_connected() {
    let mut server = Server::start("silent-play");
    let mut client = server.play("silent-play");
    client.picture().unwrap();
    server.tell("next silent-play");
    let error = loop {
        if let Err(error) = client.frame() {
            break error.kind();
        }
    };
    assert_eq!(error, ErrorKind::WouldBlock);
    let url = server.url("silent-play").to_owned();
    assert_eq!(client.ask("OPTIONS", &url, ""), 200);
    let mut other = server.play("silent-play");
    assert!((0..30).all(|_| other.picture().is_ok()));
}

#[test]
fn steps_that_were_reached_are_told_once_a_connection() {
    let mut server = Server::start("good");
    let mut client = server.play("good");
    let url = server.url("good").to_owned();
    assert_eq!(client.ask("PLAY", &url, ""), 200);
    for step in ["describe", "setup", "play", "media"] {
        server.wait(step, |e| e["event"] == "reached" && e["step"] == step);
    }
    server.tell("stat");
    assert!(!server.seen.iter().any(|(_, event)| event["event"] == "reached"), "{:?}", server.seen);
}

#[test]
fn fifty_connections_leave_nothing_behind() {
    let mut server = Server::start("good,udp-1,silent");
    let flat = |stat: &Value| (stat["threads"].clone(), stat["files"].clone());
    let before = flat(&server.tell("stat"));
    for _ in 0..50 {
        let mut client = server.play("good");
        client.picture().unwrap();
        let silent = server.connect("silent").unwrap();
        let url = server.url("udp-1").to_owned();
        let mut udp = Client { socket: server.connect("udp-1").unwrap(), waiting: Vec::new() };
        assert_eq!(udp.ask("DESCRIBE", &url, ""), 200);
        let transport = "Transport: RTP/AVP;unicast;client_port=9-10\r\n";
        assert_eq!(udp.ask("SETUP", &format!("{url}/track1"), transport), 200);
        drop((client, silent, udp));
    }
    let mut closed: BTreeMap<&str, u32> = BTreeMap::new();
    for row in ["good", "silent", "udp-1"] {
        for _ in 0..50 {
            assert_eq!(server.closed_by(row), "client");
            *closed.entry(row).or_default() += 1;
        }
    }
    assert_eq!(flat(&server.tell("stat")), before, "{closed:?}");
}

#[test]
fn a_row_can_begin_anew() {
    let mut server = Server::start("rst");
    let mut client = server.play("rst");
    client.picture().unwrap();
    server.phase("rst", "good");
    server.tell("again rst");
    assert_eq!(server.closed_by("rst"), "server");
    let mut client = server.play("rst");
    client.picture().unwrap();
    server.phase("rst", "good");
    assert_eq!(server.tell("next nobody")["event"], "error");
}

#[test]
fn without_the_recorded_answers_or_the_row_it_does_not_start() {
    // Neither has forty answers; the one is there, the other is not.
    for dir in [concat!(env!("CARGO_MANIFEST_DIR"), "/tests"), "/nonexistent"] {
        refuses(&["--answers", dir], "recorded answers");
    }
    refuses(&["--row", "good,goood"], "no row goood");
}

fn refuses(args: &[&str], reason: &str) {
    let output = Command::new(env!("CARGO_BIN_EXE_camsim"))
        .args(["--scripted", "--port", "0"])
        .args(args)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{args:?}");
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(error.contains(reason), "{error}");
    assert!(output.stdout.is_empty(), "it said that it was ready");
}
