//! Who loses a session ends it before it begins another.

use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use camwall_media::{FeedSpec, RouteMemory, Via};

use testkit::feed::*;

const SDP: &str = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n\
    a=rtpmap:96 H264/90000\r\n\
    a=fmtp:96 packetization-mode=1;sprop-parameter-sets=Z00AHpWoKA9k,aO48gA==\r\n\
    a=control:track1\r\n";

/// Answers up to PLAY, calls that wrong, and waits for TEARDOWN, which it does not answer yet.
fn serve(client: &TcpStream) -> Option<String> {
    let mut requests = BufReader::new(client.try_clone().ok()?);
    let mut answers = client.try_clone().ok()?;
    loop {
        let mut text = String::new();
        while !text.ends_with("\r\n\r\n") {
            if requests.read_line(&mut text).ok()? == 0 {
                return None;
            }
        }
        let cseq = text.lines().find_map(|line| line.strip_prefix("CSeq: "))?.to_owned();
        let (status, rest) = match text.split(' ').next()? {
            "DESCRIBE" => {
                let length = SDP.len();
                let head = format!("Content-Type: application/sdp\r\nContent-Length: {length}");
                ("200 OK", format!("{head}\r\n\r\n{SDP}"))
            }
            "SETUP" => {
                let transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1";
                ("200 OK", format!("Session: 1\r\n{transport}\r\n\r\n"))
            }
            "TEARDOWN" => return Some(cseq),
            _ => ("455 Method Not Valid in This State", "\r\n".to_owned()),
        };
        write!(answers, "RTSP/1.0 {status}\r\nCSeq: {cseq}\r\n{rest}").ok()?;
    }
}

/// The other client is tried at once, and yet not before the camera has answered.
#[test]
fn the_next_session_waits_for_the_end_of_the_last() {
    let camera = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("rtsp://{}/x", camera.local_addr().expect("an address"));
    let feed = open(spec(url, Via::Auto));
    let (mut first, _) = camera.accept().expect("a connection");
    let cseq = serve(&first).expect("TEARDOWN");
    camera.set_nonblocking(true).expect("a setting");
    std::thread::sleep(Duration::from_millis(400));
    let early = camera.accept().expect_err("nobody while the session is not over");
    assert_eq!(early.kind(), ErrorKind::WouldBlock);
    write!(first, "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n\r\n").expect("an answer");
    let answered = Instant::now();
    camera.set_nonblocking(false).expect("a setting");
    camera.accept().expect("the other client");
    assert!(answered.elapsed() < Duration::from_millis(300), "{:?}", answered.elapsed());
    assert_eq!(feed.status().via, Some("FFmpeg"));
    close(feed);
}

/// Main and sub stream of a camera: what one hung up is over before the other connects, if the camera
/// says so within 0.7 s.
#[test]
fn a_stream_waits_for_the_teardown_of_the_cameras_other_stream_and_not_for_long() {
    let camera = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("rtsp://{}/x", camera.local_addr().expect("an address"));
    let sub = spec(url, Via::Retina);
    let main = FeedSpec { routes: RouteMemory::default(), ..sub.clone() };
    for answers in [true, false] {
        let feed = open(sub.clone());
        let (mut first, _) = camera.accept().expect("a connection");
        let cseq = serve(&first).expect("TEARDOWN");
        feed.stop();
        let opened = Instant::now();
        let other = open(main.clone());
        if answers {
            camera.set_nonblocking(true).expect("a setting");
            std::thread::sleep(Duration::from_millis(300));
            let early = camera.accept().expect_err("nobody while the session is not over");
            assert_eq!(early.kind(), ErrorKind::WouldBlock);
            camera.set_nonblocking(false).expect("a setting");
            write!(first, "RTSP/1.0 200 OK\r\nCSeq: {cseq}\r\n\r\n").expect("an answer");
        }
        camera.accept().expect("the other stream");
        let waited = opened.elapsed();
        assert!(waited >= Duration::from_millis(300), "{waited:?}");
        assert!(waited < Duration::from_millis(1500), "{waited:?}");
        close(feed);
        close(other);
    }
}
