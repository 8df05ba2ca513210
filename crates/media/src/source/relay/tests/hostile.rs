//! A camera that wants our memory, or our time.

use std::io::{Read as _, Write as _};
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::camera::{Act, Camera, usual};
use super::{Findings, Limits, RELAYED, ask, call, open, play, with_relay};
use crate::source::relay::limits::{Limit, Peer, RelayError};
use crate::source::{Oversized, SourceError};

const OK: &str = "RTSP/1.0 200 OK\r\nCSeq: 1\r\n";
/// What the system's buffers of a connection hold at most, with room to spare; the attacks send a
/// hundred times as much, or without end.
const BUFFERS: u64 = 16 << 20;

fn attack(what: impl Fn() -> Act + Send + Sync + 'static) -> (Findings, u64, SourceError) {
    let camera = Camera::start(move |_, _| what());
    let Err(error) = open(camera.port, None, RELAYED) else { unreachable!("no camera") };
    let (_, findings) = with_relay(camera.port, Limits::default(), |url| {
        let mut stream = call(url);
        ask(&mut stream, &format!("OPTIONS {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n"))
    });
    (findings, camera.flooded.load(Ordering::SeqCst), error)
}

fn expect(limit: Limit, what: impl Fn() -> Act + Send + Sync + 'static) {
    let (findings, sent, error) = attack(what);
    let expected = RelayError::Limit { from: Peer::Camera, limit };
    assert_eq!(findings.error, Some(expected.clone()));
    assert_eq!(error, SourceError::Broken { detail: expected.to_string() });
    assert!(!error.wants_fallback(), "FFmpeg has no limits");
    assert!(sent < BUFFERS, "{sent} bytes were taken");
}

#[test]
fn an_endless_header() {
    expect(Limit::HeadBytes, || Act::Flood(b"RTSP/1.0 200 OK".to_vec()));
    expect(Limit::HeadBytes, || Act::Raw([OK.as_bytes(), b"X: ", &[b'a'; 20_000]].concat()));
}

#[test]
fn ten_thousand_header_lines() {
    expect(Limit::HeadLines, || Act::Raw([OK, &"a:b\r\n".repeat(10_000)].concat().into_bytes()));
}

#[test]
fn two_hundred_megabytes_announced() {
    for length in ["200000000", "99999999999999999999999999999999"] {
        expect(Limit::BodyBytes, move || {
            Act::Raw(format!("{OK}Content-Length: {length}\r\n\r\n").into_bytes())
        });
    }
}

#[test]
fn an_endless_address() {
    let base = format!("Content-Base: rtsp://127.0.0.1/{}\r\n", "x".repeat(5000));
    expect(Limit::UrlBytes, move || Act::Raw(format!("{OK}{base}\r\n").into_bytes()));
}

#[test]
fn requests_without_end_that_are_not_read_for() {
    expect(Limit::UnreadBytes, || Act::Flood("OPTIONS * RTSP/1.0\r\n\r\n".repeat(3000).into()));
}

/// Interleaved fragments of one NAL unit (RFC 6184, section 5.8), numbered, and none of them its last.
fn endless_picture() -> Vec<u8> {
    const PAYLOAD: usize = 1400;
    let mut bytes = Vec::new();
    for number in 0..24_000_u16 {
        bytes.extend_from_slice(b"$\0");
        bytes.extend_from_slice(&(12 + PAYLOAD as u16).to_be_bytes());
        bytes.extend_from_slice(&[0x80, 96]);
        bytes.extend_from_slice(&number.to_be_bytes());
        bytes.extend_from_slice(&[0, 0, 0, 9, 0, 0, 0, 1]);
        bytes.extend_from_slice(&[0x7c, if number == 0 { 0x85 } else { 5 }]);
        bytes.resize(bytes.len() + PAYLOAD - 2, 0x55);
    }
    bytes
}

#[test]
fn a_picture_without_an_end() {
    let camera = Camera::start(|asked, port| match asked.method.as_str() {
        "PLAY" => Act::Flood([usual(asked, port, 60).into_bytes(), endless_picture()].concat()),
        _ => Act::Usual,
    });
    let mut source = open(camera.port, None, RELAYED).unwrap_or_else(|error| panic!("{error}"));
    let (pictures, error) = play(&mut source, Duration::from_secs(20));
    let oversized = SourceError::Oversized { what: Oversized::AccessUnit };
    assert_eq!((pictures, error), (0, Some(oversized)));
    let sent = camera.flooded.load(Ordering::SeqCst);
    assert!(sent < Limits::default().without_picture + BUFFERS, "{sent} bytes were taken");
}

#[test]
fn garbage_ends_the_relay() {
    for garbage in [
        &b"HTTP/1.1 200 OK\r\n\r\n"[..],
        b"\x00\xff",
        b"RTSP/1.0 2 OK\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nX: \x1b[2J\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ] {
        let (findings, _, error) = attack(|| Act::Raw(garbage.to_vec()));
        let malformed =
            matches!(findings.error, Some(RelayError::Malformed { from: Peer::Camera, .. }));
        assert!(malformed, "{:?}", findings.error);
        assert!(error.wants_fallback() && error.to_string().len() < 120, "{error}");
    }
}

#[test]
fn silence_and_a_closed_port_are_told_apart() {
    let limits = Limits { answer: Duration::from_millis(200), ..Limits::default() };
    let silent = Camera::start(|_, _| Act::Nothing);
    let port = silent.port;
    let describe = |url: &url::Url| {
        ask(&mut call(url), &format!("DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n"))
    };
    let (_, findings) = with_relay(port, limits, describe);
    assert_eq!(findings.error, Some(RelayError::Silent(limits.answer)));
    drop(silent);
    let Err(error) = open(port, None, RELAYED) else { unreachable!() };
    let SourceError::Unreachable { detail } = &error else { unreachable!("{error:?}") };
    assert_eq!(detail, "connection refused");
    let (_, findings) =
        with_relay(port, limits, |_| std::thread::sleep(Duration::from_millis(400)));
    assert_eq!(findings.error, Some(RelayError::NoClient));
}

#[test]
fn too_many_requests_at_once() {
    let camera = Camera::start(|_, _| Act::Nothing);
    let (_, findings) = with_relay(camera.port, Limits::default(), |url| {
        let request = format!("DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n");
        ask(&mut call(url), &request.repeat(9))
    });
    let expected = RelayError::Limit { from: Peer::Client, limit: Limit::Outstanding };
    assert_eq!(findings.error, Some(expected));
}

/// A connection whose buffer the system does not let grow.
fn call_with_little_room(url: &url::Url) -> std::net::TcpStream {
    let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(64 << 10).expect("a socket");
    let relay = ([127, 0, 0, 1], url.port().expect("a port")).into();
    let stream = tokio::runtime::Handle::current().block_on(socket.connect(relay));
    let stream = stream.and_then(tokio::net::TcpStream::into_std).expect("a relay");
    stream.set_nonblocking(false).expect("a socket");
    stream
}

#[test]
fn a_client_that_does_not_read_stops_the_camera_and_loses_nothing() {
    const FRAME: usize = 4 + 60_000;
    // Numbered frames, sent over and over.
    let mut frames = Vec::with_capacity(200 * FRAME);
    for number in 0..200_u8 {
        frames.extend_from_slice(b"$\0");
        frames.extend_from_slice(&60_000_u16.to_be_bytes());
        frames.resize(frames.len() + 60_000, number);
    }
    let camera = Camera::start(move |_, _| Act::Flood(frames.clone()));
    let flooded = camera.flooded.clone();
    let limits = Limits { answer: Duration::from_secs(60), ..Limits::default() };
    let (read, findings) = with_relay(camera.port, limits, move |url| {
        let mut stream = call_with_little_room(url);
        let request = format!("OPTIONS {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n");
        stream.write_all(request.as_bytes()).expect("a relay");
        // The camera gives up when it could write nothing for a second.
        let (mut sent, mut before) = (1, 0);
        while sent != before {
            std::thread::sleep(Duration::from_millis(1500));
            (sent, before) = (flooded.load(Ordering::SeqCst), sent);
        }
        assert!((1 << 20..BUFFERS).contains(&sent), "{sent} bytes were taken");
        // Slower than the relay, so that it has something left when it notices the camera's end.
        let (mut all, mut chunk) = (Vec::new(), vec![0; 64 << 10]);
        while let Ok(bytes @ 1..) = stream.read(&mut chunk) {
            all.extend_from_slice(&chunk[..bytes]);
            std::thread::sleep(Duration::from_millis(2));
        }
        all
    });
    assert_eq!(findings.error, None);
    assert_eq!(read.len() as u64, camera.flooded.load(Ordering::SeqCst), "nothing was lost");
    for (number, frame) in read.chunks(FRAME).enumerate() {
        assert!(frame[4..].iter().all(|byte| usize::from(*byte) == number % 200));
    }
}
