//! Keepalives and numbers of requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::camera::{Act, Asked, Camera, usual};
use super::{DIRECT, Limits, RELAYED, ask, call, open, play, with_relay};
use crate::Feed;
use crate::source::spec::FeedSpec;
use crate::source::{Route, SourceError};

fn is_keepalive(asked: &Asked) -> bool {
    matches!(asked.method.as_str(), "OPTIONS" | "GET_PARAMETER" | "SET_PARAMETER")
}

fn setup(asked: &Asked, port: u16, timeout: u32) -> Act {
    Act::Raw(usual(asked, port, timeout).into_bytes())
}

/// A camera whose session is over after 2 s without a keepalive, so that one comes each second.
fn impatient(keepalive: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Camera {
    Camera::start(move |asked, port| match asked.method.as_str() {
        "SETUP" => setup(asked, port, 2),
        _ if is_keepalive(asked) => keepalive(asked),
        _ => Act::Usual,
    })
}

/// Pictures within so long, and when and how it ended.
fn plays(
    camera: &Camera,
    route: Route,
    time: Duration,
) -> (usize, Option<(Duration, SourceError)>) {
    let began = Instant::now();
    let mut source = open(camera.port, None, route).expect("a session");
    let (pictures, error) = play(&mut source, time);
    (pictures, error.map(|error| (began.elapsed(), error)))
}

#[test]
fn a_camera_that_never_answers_keepalives_plays_on_through_the_relay_only() {
    let camera = impatient(|_| Act::Nothing);
    let direct = impatient(|_| Act::Nothing);
    let without = std::thread::spawn(move || plays(&direct, DIRECT, Duration::from_secs(10)));
    let (pictures, ended) = plays(&camera, RELAYED, Duration::from_secs(10));
    assert_eq!(ended, None);
    assert!(pictures > 235, "{pictures} of 250");
    let keepalives = camera.asked().iter().filter(|asked| is_keepalive(asked)).count();
    assert!((8..=11).contains(&keepalives), "{keepalives} reached the camera");
    // It heard of the end.
    assert_eq!(camera.methods().last().map(String::as_str), Some("TEARDOWN"));
    let (_, ended) = without.join().expect("no panic");
    let (after, error) = ended.expect("the fault that the relay is for");
    assert!(after < Duration::from_secs(4), "{after:?}");
    assert_eq!(error, SourceError::KeepaliveUnanswered);
}

#[test]
fn a_feed_finds_its_way_to_the_relay_and_remembers_it() {
    let camera = impatient(|_| Act::Nothing);
    let spec = FeedSpec::new("t", format!("rtsp://127.0.0.1:{}/live", camera.port));
    let via = |within| {
        let feed = Feed::open(spec.clone(), Arc::new(|| {}));
        // Its pictures are none. Where nobody looks, a whole key frame makes a route worth
        // remembering.
        feed.set_decode(false);
        let until = Instant::now() + within;
        while Instant::now() < until && feed.status().via != Some(RELAYED.name()) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let via = feed.status().via;
        // With a key frame.
        std::thread::sleep(Duration::from_millis(300));
        feed.close(Duration::from_secs(2));
        via
    };
    assert_eq!(via(Duration::from_secs(15)), Some(RELAYED.name()));
    assert_eq!(via(Duration::from_secs(1)), Some(RELAYED.name()), "the next feed begins there");
}

#[test]
fn late_answers_are_swallowed_and_wrong_numbers_forgiven() {
    let late = impatient(|asked| {
        let answer = usual(asked, 0, 60).into_bytes();
        Act::Late(Duration::from_millis(1500), answer)
    });
    let unnumbered = impatient(|_| Act::Raw(b"RTSP/1.0 200 OK\r\n\r\n".to_vec()));
    let misnumbered = impatient(|_| Act::Raw(b"RTSP/1.0 400 Bad\r\nCSeq: 3\r\n\r\n".to_vec()));
    let cameras = [late, unnumbered, misnumbered];
    let players = cameras.map(|camera| {
        std::thread::spawn(move || {
            let relayed = plays(&camera, RELAYED, Duration::from_secs(5));
            (relayed, plays(&camera, DIRECT, Duration::from_secs(5)))
        })
    });
    for (number, player) in players.into_iter().enumerate() {
        let ((pictures, ended), (_, direct)) = player.join().expect("no panic");
        assert_eq!(ended, None, "camera {number}");
        assert!(pictures > 115, "camera {number}: {pictures} of 125");
        let (_, error) = direct.expect("without the relay it ends");
        assert!(error.wants_relay(), "camera {number}: {error}");
    }
}

#[test]
fn what_the_camera_asks_is_answered_and_does_not_reach_the_client() {
    let camera = Camera::start(|asked, port| {
        if asked.number > 0 || asked.method != "OPTIONS" {
            return Act::Nothing;
        }
        let mut text = String::new();
        for (cseq, method) in [(5, "GET_PARAMETER"), (6, "ANNOUNCE")] {
            text += &format!("{method} rtsp://x/ RTSP/1.0\r\nCSeq: {cseq}\r\n\r\n");
        }
        text += "$\0\0\u{3}abc";
        Act::Raw([text, usual(asked, port, 60)].concat().into_bytes())
    });
    let port = camera.port;
    let (answer, findings) = with_relay(port, Limits::default(), |url| {
        let mut stream = call(url);
        let answer = ask(&mut stream, &format!("OPTIONS {url} RTSP/1.0\r\nCSeq: 9x\r\n\r\n"));
        std::thread::sleep(Duration::from_millis(100));
        answer
    });
    assert!(answer.starts_with("$\0\0\u{3}abcRTSP/1.0 200 OK\r\n"), "{answer:?}");
    assert!(answer.contains("CSeq: 9x\r\n"), "the client's own number: {answer:?}");
    assert_eq!(findings.error, None);
    assert!(findings.last_answer.is_some() && findings.bytes == answer.len() as u64);
    let heard: Vec<String> = camera.asked().into_iter().map(|asked| asked.text).collect();
    assert_eq!(heard[1], "RTSP/1.0 200 OK\r\nCSeq: 5\r\n\r\n");
    assert_eq!(heard[2], "RTSP/1.0 501 Not Implemented\r\nCSeq: 6\r\n\r\n");
}

#[test]
fn datagrams_are_refused_by_the_relay_itself() {
    let camera = Camera::start(|_, _| Act::Usual);
    let (answer, _) = with_relay(camera.port, Limits::default(), |url| {
        let transport = "Transport: RTP/AVP/UDP;unicast;client_port=5000-5001";
        let mut stream = call(url);
        ask(&mut stream, &format!("SETUP {url} RTSP/1.0\r\nCSeq: 1\r\n{transport}\r\n\r\n"))
    });
    assert!(answer.starts_with("RTSP/1.0 461 "), "{answer}");
    assert!(camera.asked().is_empty());
}
