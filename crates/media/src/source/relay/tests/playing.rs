//! Keepalives and numbers of requests.

use std::io::Write;
use std::time::{Duration, Instant};

use super::camera::{Act, Asked, Camera, usual};
use super::{Limits, RELAYED, ask, call, open, play, with_relay};
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
fn a_camera_that_never_answers_keepalives_plays_on() {
    let camera = impatient(|_| Act::Nothing);
    let (pictures, ended) = plays(&camera, RELAYED, Duration::from_secs(10));
    assert_eq!(ended, None);
    assert!(pictures > 235, "{pictures} of 250");
    let keepalives = camera.asked().iter().filter(|asked| is_keepalive(asked)).count();
    assert!((8..=11).contains(&keepalives), "{keepalives} reached the camera");
    // It heard of the end.
    assert_eq!(camera.methods().last().map(String::as_str), Some("TEARDOWN"));
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
    let players = cameras
        .map(|camera| std::thread::spawn(move || plays(&camera, RELAYED, Duration::from_secs(5))));
    for (number, player) in players.into_iter().enumerate() {
        let (pictures, ended) = player.join().expect("no panic");
        assert_eq!(ended, None, "camera {number}");
        assert!(pictures > 115, "camera {number}: {pictures} of 125");
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

/// A camera that sends datagrams from its own port: what it is told, and what arrives on both sides.
#[test]
fn datagrams_go_both_ways_between_the_camera_and_the_client_and_nobody_else() {
    let socket = |ip: &str| {
        let socket = std::net::UdpSocket::bind((ip, 0)).expect("a port");
        socket.set_read_timeout(Some(Duration::from_secs(2))).expect("a socket");
        socket
    };
    let port = |socket: &std::net::UdpSocket| socket.local_addr().expect("an address").port();
    let (own, own_rtcp, stranger) = (socket("127.0.0.1"), socket("127.0.0.1"), socket("127.0.0.3"));
    let ports = format!("{}-{}", port(&own), port(&own_rtcp));
    let camera = Camera::start(move |asked, _| {
        let way = asked.header("Transport").expect("a way");
        // `source` would have retina send to and hear another host.
        let way = format!("Transport: {way};server_port={ports};source=192.0.2.9");
        Act::Answer("200 OK", format!("Session: 7\r\n{way}\r\n"))
    });
    let client = socket("127.0.0.1");
    let told = format!("{}-{}", port(&client), port(&client) + 1);
    let (answer, _) = with_relay(camera.port, Limits::default(), move |url| {
        let transport = format!("Transport: RTP/AVP/UDP;unicast;client_port={told}");
        let mut stream = call(url);
        let answer =
            ask(&mut stream, &format!("SETUP {url} RTSP/1.0\r\nCSeq: 1\r\n{transport}\r\n\r\n"));
        assert!(answer.contains(&format!("client_port={told}")), "{answer}");
        assert!(!answer.contains("192.0.2.9"), "{answer}");
        let number = |name: &str, text: &str| -> u16 {
            let (_, rest) = text.split_once(name).expect("ports");
            rest.split(|c: char| !c.is_ascii_digit()).next().unwrap().parse().expect("a port")
        };
        let relays = number("server_port=", &answer);
        let asked = camera.asked()[0].text.clone();
        let for_camera = number("client_port=", &asked);
        assert_ne!(for_camera, port(&client), "the relay's own: {asked}");
        let mut heard = [0; 16];
        client.send_to(b"up", ("127.0.0.1", relays)).expect("sent");
        let (bytes, from) = own.recv_from(&mut heard).expect("what the client sent");
        assert_eq!((&heard[..bytes], from.port()), (&b"up"[..], for_camera));
        stranger.send_to(b"stranger", ("127.0.0.1", for_camera)).expect("sent");
        own.send_to(b"down", ("127.0.0.1", for_camera)).expect("sent");
        let (bytes, _) = client.recv_from(&mut heard).expect("what the camera sent");
        assert_eq!(&heard[..bytes], b"down", "and nothing of the stranger's");
        answer
    });
    assert!(answer.starts_with("RTSP/1.0 200 "), "{answer}");
}

/// What it was sent and did not read makes its system reset the connection when it closes.
#[test]
fn the_camera_hears_the_farewell_of_a_client_that_hangs_up_with_it() {
    for round in 0..20 {
        let camera = Camera::start(|_, _| Act::Usual);
        let heard = with_relay(camera.port, Limits::default(), move |url| {
            let mut stream = call(url);
            for (number, method) in ["SETUP", "PLAY"].into_iter().enumerate() {
                let way = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 7";
                let request = format!("{method} {url} RTSP/1.0\r\nCSeq: {number}\r\n{way}\r\n\r\n");
                ask(&mut stream, &request);
            }
            std::thread::sleep(Duration::from_millis(50 + 3 * round));
            let farewell = format!("TEARDOWN {url} RTSP/1.0\r\nCSeq: 9\r\nSession: 7\r\n\r\n");
            stream.write_all(farewell.as_bytes()).expect("a relay");
            drop(stream);
            let until = Instant::now() + Duration::from_secs(2);
            while camera.methods().len() < 3 && Instant::now() < until {
                std::thread::sleep(Duration::from_millis(5));
            }
            camera.methods()
        });
        assert_eq!(heard.0, ["SETUP", "PLAY", "TEARDOWN"], "round {round}");
        assert_eq!(heard.1.error, None, "a client that is gone is no error");
    }
}
