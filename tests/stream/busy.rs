//! Cameras that are there and have no time, as after a power cut, and cameras that send us away.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use camwall_media::{FeedState, OutageKind, SourceError, Via};

use testkit::{Camsim, SECOND, SOON, feed::*};

/// What stands between us and a camera does to the first connections.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Trouble {
    /// Answers the first request with this status.
    Status(&'static str),
    /// Accepts and closes before it is asked.
    Closes,
    /// Accepts, hears the first request and resets.
    Resets,
    /// Lets DESCRIBE through and refuses SETUP.
    NoSession,
}

/// A way to the camera at `port` with this trouble for the first `times` connections; counts them.
fn gate(port: u16, trouble: Trouble, times: u32) -> (u16, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let own = listener.local_addr().expect("an address").port();
    let count = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&count);
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let Ok(client) = client else { return };
            let busy = counter.fetch_add(1, Ordering::SeqCst) < times;
            std::thread::spawn(move || serve(client, port, busy.then_some(trouble)));
        }
    });
    (own, count)
}

/// One connection. What goes wrong in it ends it.
fn serve(client: TcpStream, port: u16, trouble: Option<Trouble>) -> Option<()> {
    let mut requests = BufReader::new(client.try_clone().ok()?);
    let mut answers = client.try_clone().ok()?;
    match trouble {
        None => {
            let camera = TcpStream::connect(("127.0.0.1", port)).ok()?;
            let (mut up, mut down) = (client, camera.try_clone().ok()?);
            let mut to_camera = camera;
            std::thread::spawn(move || std::io::copy(&mut requests, &mut to_camera));
            std::io::copy(&mut down, &mut up).ok()?;
            up.shutdown(Shutdown::Both).ok()
        }
        Some(Trouble::Closes) => None,
        Some(Trouble::Resets) => {
            // What was sent and not read makes the system answer with a reset.
            client.peek(&mut [0; 16]).ok()?;
            None
        }
        Some(Trouble::Status(status)) => {
            let (_, cseq) = request(&mut requests)?;
            write!(answers, "RTSP/1.0 {status}\r\nCSeq: {cseq}\r\n\r\n").ok()
        }
        Some(Trouble::NoSession) => {
            let mut camera = TcpStream::connect(("127.0.0.1", port)).ok()?;
            let mut heard = BufReader::new(camera.try_clone().ok()?);
            loop {
                let (text, cseq) = request(&mut requests)?;
                if text.starts_with("SETUP") {
                    let no = "RTSP/1.0 453 Not Enough Bandwidth";
                    write!(answers, "{no}\r\nCSeq: {cseq}\r\n\r\n").ok()?;
                    continue;
                }
                camera.write_all(text.as_bytes()).ok()?;
                let (head, _) = request(&mut heard)?;
                let length = field(&head, "content-length").and_then(|n| n.parse().ok());
                let mut body = vec![0; length.unwrap_or(0)];
                heard.read_exact(&mut body).ok()?;
                answers.write_all(&[head.as_bytes(), &body].concat()).ok()?;
            }
        }
    }
}

/// A message up to its empty line, and its number.
fn request(from: &mut impl BufRead) -> Option<(String, String)> {
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        if from.read_line(&mut text).ok()? == 0 {
            return None;
        }
    }
    let cseq = field(&text, "cseq")?.to_owned();
    Some((text, cseq))
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut fields = text.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = fields.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(value.trim())
}

/// After three connections in vain, 1, 2 and 5 s apart, it is live: on retina, and the status said
/// meanwhile that the camera is busy.
#[test]
fn a_busy_camera_is_waited_for_and_ends_up_on_retina() {
    let server = Camsim::start(&[]);
    let troubles = [
        Trouble::Status("503 Service Unavailable"),
        Trouble::Status("453 Not Enough Bandwidth"),
        Trouble::Closes,
        Trouble::Resets,
        Trouble::NoSession,
    ];
    let started = Instant::now();
    let feeds = troubles.map(|trouble| {
        let (port, count) = gate(server.port, trouble, 3);
        let feed = open(spec(format!("rtsp://127.0.0.1:{port}/cam1/sub"), Via::Auto));
        (trouble, feed, count)
    });
    for (trouble, feed, _) in &feeds {
        let status = wait_for(feed, "down", SOON, |s| matches!(s.state, FeedState::Down(_)));
        let error = reason(&status);
        assert_eq!(error.outage(), OutageKind::Busy, "{trouble:?}: {error}");
        assert_eq!(status.via, Some("retina over TCP"));
    }
    for (trouble, feed, count) in feeds {
        let status = wait_for(&feed, "live", SOON, is_live);
        assert_eq!(status.via, Some("retina over TCP"), "{trouble:?}");
        assert_eq!((status.reconnects, count.load(Ordering::SeqCst)), (3, 4), "{trouble:?}");
        close(feed);
    }
    // The pauses with 20 % more, and 2 s.
    assert!(started.elapsed() < Duration::from_millis(11_600), "{:?}", started.elapsed());
}

#[test]
fn a_camera_that_sends_us_away_is_not_followed_and_not_misunderstood() {
    let (port, count) = gate(1, Trouble::Status("302 Moved Temporarily"), u32::MAX);
    let feed = open(spec(format!("rtsp://127.0.0.1:{port}/x"), Via::Auto));
    let status = wait_for(&feed, "down", SOON, is_offline);
    assert!(matches!(reason(&status), SourceError::SentElsewhere { .. }), "{status:?}");
    wait_for(&feed, "a second try", 5 * SECOND, |s| s.reconnects == 1);
    assert_eq!(feed.status().via, Some("retina over TCP"));
    assert!(count.load(Ordering::SeqCst) <= 2);
    close(feed);
}
