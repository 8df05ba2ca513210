//! RTSP cameras, and what only claims to be one, that do not do what they should.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use camwall_media::{FeedState, SourceError, Via};

use testkit::{Camsim, SOON, feed::*};

#[test]
fn a_lost_camera_comes_back() {
    let mut server = Camsim::start(&[]);
    for via in BOTH {
        let feed = open(spec(server.url("cam2/sub"), via));
        wait_for(&feed, "live", SOON, is_live);
        server.tell("drop cam2");
        wait_for(&feed, "offline", SOON, is_offline);
        server.tell("restore cam2");
        let status = wait_for(&feed, "live again", SOON, is_live);
        assert!(status.reconnects >= 1);
        close(feed);
    }
}

#[test]
fn a_frozen_camera_goes_stale() {
    let mut server = Camsim::start(&[]);
    for via in BOTH {
        let mut spec = spec(server.url("cam3/sub"), via);
        spec.stale_after = Duration::from_millis(500);
        let feed = open(spec);
        wait_for(&feed, "live", SOON, is_live);
        server.tell("freeze cam3");
        wait_for(&feed, "stale", SOON, |s| s.state == FeedState::Stale);
        server.tell("thaw cam3");
        let status = wait_for(&feed, "live again", SOON, is_live);
        assert_eq!(status.reconnects, 0);
        close(feed);
    }
}

#[test]
fn an_ended_stream_says_so() {
    let mut server = Camsim::start(&[]);
    for via in BOTH {
        let feed = open(spec(server.url("cam4/sub"), via));
        wait_for(&feed, "live", SOON, is_live);
        server.tell("end cam4");
        let status = wait_for(&feed, "offline", SOON, is_offline);
        assert_eq!(*reason(&status), SourceError::EndOfStream, "{via:?}: {status:?}");
        close(feed);
    }
}

#[test]
fn a_stream_changes_its_size() {
    let mut server = Camsim::start(&[]);
    for via in BOTH {
        for name in ["cam5", "cam8"] {
            let feed = open(spec(server.url(&format!("{name}/main")), via));
            let before = wait_frame(&feed, SOON, |_| true);
            server.tell(&format!("resize {name}"));
            let size = (before.width, before.height);
            let after = wait_frame(&feed, SOON, |f| (f.width, f.height) != size);
            assert_eq!(after.plane(0).expect("luma").width, after.width);
            assert_eq!(feed.status().reconnects, 0);
            close(feed);
        }
    }
}

/// A port that accepts connections (the kernel does) and never says a word.
fn silence() -> (TcpListener, String) {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("rtsp://user:canary@{}/x", silent.local_addr().expect("an address"));
    (silent, url)
}

#[test]
fn closing_interrupts_every_wait() {
    let (_silent, url) = silence();
    for via in BOTH {
        // Samples of a dialogue that gets nowhere; wherever it is, it can be left.
        for wait in [0, 100, 700] {
            let feed = open(spec(url.clone(), via));
            std::thread::sleep(Duration::from_millis(wait));
            close(feed);
        }
        let feed = open(spec("rtsp://127.0.0.1:1/x".into(), via));
        let status = wait_for(&feed, "a pause before the next try", SOON, is_offline);
        assert!(matches!(reason(&status), SourceError::Unreachable { .. }), "{status:?}");
        close(feed);
    }
}

#[test]
fn silence_is_a_timeout() {
    let (_silent, url) = silence();
    let feeds = BOTH.map(|via| (via, open(spec(url.clone(), via))));
    for (via, feed) in feeds {
        let status = wait_for(&feed, "offline", SOON, is_offline);
        assert!(matches!(reason(&status), SourceError::Timeout { .. }), "{via:?}: {status:?}");
        assert!(!format!("{status:?}").contains("canary"), "{status:?}");
        close(feed);
    }
}

/// Answers every request with something that is not RTSP, and counts the connections.
fn nonsense() -> (String, Arc<AtomicUsize>) {
    const ANSWER: &[u8] = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Type: application/sdp\r\n\
        Content-Length: 4\r\n\r\nno!\n";
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("rtsp://{}/x", listener.local_addr().expect("an address"));
    let count = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&count);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            counter.fetch_add(1, Ordering::SeqCst);
            // What is asked does not matter, nor whether the asker waits for the answer.
            if stream.read(&mut [0; 2048]).is_ok_and(|heard| heard > 0) {
                stream.write_all(ANSWER).ok();
            }
        }
    });
    (url, count)
}

#[test]
fn what_retina_refuses_goes_to_ffmpeg_once() {
    let (url, count) = nonsense();
    let feed = open(spec(url.clone(), Via::Auto));
    let status =
        wait_for(&feed, "the other client", SOON, |s| s.via == Some("FFmpeg") && is_offline(s));
    assert!(status.reconnects >= 1);
    assert!(count.load(Ordering::SeqCst) >= 2);
    close(feed);
    let feed = open(spec(url, Via::Retina));
    let status = wait_for(&feed, "offline", SOON, is_offline);
    assert_eq!(status.via, Some("retina over TCP"));
    close(feed);
}
