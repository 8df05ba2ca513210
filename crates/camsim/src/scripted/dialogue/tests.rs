//! Dialogues without a network.

use std::path::Path;
use std::sync::Arc;

use super::super::script::film::{Film, h264};
use super::super::script::row::{Start, row};
use super::super::script::step::{Happens, on};
use super::super::wire::rtsp::{Received, receive};
use super::*;

const CLIP: Film = h264("cam9-288.h264", 25);

struct Client {
    row: Row,
    reel: Arc<Reel>,
    dialogue: Dialogue,
    phase: &'static str,
}

impl Client {
    fn new(row: Row) -> Self {
        let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clips"));
        let reel = Reel::load(dir, CLIP).unwrap();
        Self { row, reel, dialogue: Dialogue::new("x".into()), phase: "good" }
    }

    fn ask(&mut self, method: &str, url: &str, headers: &str) -> (String, Effect) {
        let text = format!("{method} {url} RTSP/1.0\r\nCSeq: 77\r\n{headers}\r\n");
        let Received::Request(request, _) = receive(text.as_bytes()) else { panic!("{text}") };
        let stage = Stage {
            row: &self.row,
            reel: &self.reel,
            connection: 1,
            phase: self.phase,
            host: "127.0.0.1:5555".parse().unwrap(),
            peer: "127.0.0.1:6666".parse().unwrap(),
        };
        let reply = self.dialogue.answer(stage, &request);
        (String::from_utf8(reply.bytes).unwrap(), reply.effect)
    }
}

const URL: &str = "rtsp://127.0.0.1:5555/x";
const TCP: &str = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n";

#[test]
fn an_ordinary_dialogue_ends_in_media() {
    let mut client = Client::new(row("x", CLIP).then_good().times_out(9));
    let (sdp, _) = client.ask("DESCRIBE", URL, "");
    assert!(sdp.starts_with("RTSP/1.0 200 OK\r\nCSeq: 77\r\n"), "{sdp}");
    assert!(sdp.contains("Content-Base: rtsp://127.0.0.1:5555/x/\r\n"), "{sdp}");
    assert_eq!(client.ask("PLAY", URL, "").1, Effect::Nothing, "without a SETUP");
    let (setup, _) = client.ask("SETUP", &format!("{URL}/track1"), TCP);
    assert!(setup.contains("interleaved=0-1;ssrc=10000010"), "{setup}");
    assert!(setup.contains(";timeout=9\r\n"), "{setup}");
    let (play, effect) = client.ask("PLAY", URL, "");
    assert!(play.contains("url=rtsp://127.0.0.1:5555/x/track1;seq=1000;rtptime=1000000"), "{play}");
    assert_eq!(effect, Effect::Plays);
    assert_eq!(client.ask("TEARDOWN", URL, "").1, Effect::Closes);
}

#[test]
fn the_last_setup_of_a_track_counts() {
    let mut client = Client::new(row("x", CLIP).then_good());
    client.ask("DESCRIBE", URL, "");
    for channels in ["0-1", "6-7"] {
        let transport = format!("Transport: RTP/AVP/TCP;unicast;interleaved={channels}\r\n");
        client.ask("SETUP", &format!("{URL}/track1"), &transport);
    }
    assert_eq!(client.dialogue.routes.len(), 1);
    assert!(matches!(client.dialogue.routes[0].route, Route::Tcp(6, 7)));
}

#[test]
fn a_camera_of_udp_refuses_tcp_and_names_its_ports() {
    let mut client = Client::new(row("x", CLIP).then_good().udp_only());
    client.ask("DESCRIBE", URL, "");
    let (refused, _) = client.ask("SETUP", &format!("{URL}/track1"), TCP);
    assert!(refused.starts_with("RTSP/1.0 461 "), "{refused}");
    let udp = "Transport: RTP/AVP;unicast;client_port=7000-7001\r\n";
    let (setup, _) = client.ask("SETUP", &format!("{URL}/track1"), udp);
    let ports = client.dialogue.routes[0].route.ports().unwrap();
    assert_eq!((ports.0 % 2, ports.1), (0, ports.0 + 1));
    let wanted = format!("client_port=7000-7001;server_port={}-{}", ports.0, ports.1);
    assert!(setup.contains(&wanted), "{setup}");
}

#[test]
fn steps_answer_in_their_phase_and_change_nothing() {
    let busy = Answer::Status(503, "Service Unavailable", &["Retry-After: 2"]);
    let step = on(Happens::Any, busy).during("busy");
    let row = row("x", CLIP).starts(Start::FirstAccept).phase("busy", 1, &[]).then_good();
    let mut client = Client::new(row.script(vec![step]));
    client.phase = "busy";
    let (answer, _) = client.ask("DESCRIBE", URL, "");
    assert_eq!(answer, "RTSP/1.0 503 Service Unavailable\r\nCSeq: 77\r\nRetry-After: 2\r\n\r\n");
    let (answer, _) = client.ask("SETUP", &format!("{URL}/track1"), TCP);
    assert!(answer.starts_with("RTSP/1.0 503 "), "{answer}");
    assert!(client.dialogue.tracks.is_empty() && client.dialogue.routes.is_empty());
    client.phase = "good";
    assert!(client.ask("DESCRIBE", URL, "").0.starts_with("RTSP/1.0 200 OK"));
}

#[test]
fn a_recorded_answer_is_served_as_it_is_but_for_number_address_and_length() {
    let recorded = "RTSP/1.0 200 OK\r\nCSeq: 1 \r\nx-notes: as it is\r\nContent-Base: \
        rtsp://192.168.5.106:554/a/b?c=d/\r\nContent-Length: 102\r\n\r\nv=0\r\nm=video 0 RTP/AVP 96\r\n\
        a=rtpmap:96 H264/90000\r\na=control:rtsp://cam/a/b/trackID=1\r\na=x:rtsp://h\r\n";
    let step = on(Happens::Asks(Method::Describe), Answer::Recorded(recorded.into()));
    let mut client = Client::new(row("x", CLIP).then_good().script(vec![step]));
    let (answer, _) = client.ask("DESCRIBE", URL, "");
    let wanted = "RTSP/1.0 200 OK\r\nCSeq: 77\r\nx-notes: as it is\r\nContent-Base: \
        rtsp://127.0.0.1:5555/a/b?c=d/\r\nContent-Length: 126\r\n\r\nv=0\r\nm=video 0 RTP/AVP 96\r\n\
        a=rtpmap:96 H264/90000\r\na=control:rtsp://127.0.0.1:5555/a/b/trackID=1\r\n\
        a=x:rtsp://127.0.0.1:5555\r\n";
    assert_eq!(answer, wanted);
    // Its own tracks are the ones that are set up.
    let url = "rtsp://127.0.0.1:5555/a/b/trackID=1";
    assert!(client.ask("SETUP", url, TCP).0.starts_with("RTSP/1.0 200 OK"));
    assert_eq!(client.dialogue.tracks[0].control, url);
}

#[test]
fn a_recorded_setup_decides_over_channels_and_not_over_ports() {
    let setup = "RTSP/1.0 200 OK\r\nCSeq: 2\r\nTransport: RTP/AVP/TCP;interleaved=4-5;ssrc=1\r\n\
        Session: 1\r\n\r\n";
    let step = on(Happens::SetsUp(1), Answer::Recorded(setup.into()));
    let mut client = Client::new(row("x", CLIP).then_good().script(vec![step]));
    client.ask("DESCRIBE", URL, "");
    let (answer, _) = client.ask("SETUP", &format!("{URL}/track1"), TCP);
    assert_eq!(answer, setup.replace("CSeq: 2", "CSeq: 77"));
    assert!(matches!(client.dialogue.routes[0].route, Route::Tcp(4, 5)));

    let setup = "RTSP/1.0 200 OK\r\nCSeq: 2\r\nTransport: RTP/AVP;unicast;client_port=1-2;\
        server_port=3-4\r\nSession: 1\r\n\r\n";
    let step = on(Happens::SetsUp(1), Answer::Recorded(setup.into()));
    let mut client = Client::new(row("x", CLIP).then_good().script(vec![step]));
    client.ask("DESCRIBE", URL, "");
    let udp = "Transport: RTP/AVP;unicast;client_port=7000-7001\r\n";
    let (answer, _) = client.ask("SETUP", &format!("{URL}/track1"), udp);
    let (ours, next) = client.dialogue.routes[0].route.ports().unwrap();
    let wanted = format!("unicast;client_port=7000-7001;server_port={ours}-{next}\r\n");
    assert!(answer.contains(&wanted), "{answer}");
}
