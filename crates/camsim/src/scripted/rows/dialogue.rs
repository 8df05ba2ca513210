//! Cameras that answer with something else than 200, or not at all.

use std::time::Duration;

use super::super::script::phase::Fault;
use super::super::script::row::{Row, Start, row};
use super::super::script::step::{Answer, Happens, Method, Step, on};
use super::CAM1;

const BUSY: Answer = Answer::Status(503, "Service Unavailable", &["Retry-After: 2"]);
const NO_BANDWIDTH: Answer = Answer::Status(453, "Not Enough Bandwidth", &[]);
const NO_SESSION: Answer = Answer::Status(454, "Session Not Found", &[]);
const NOT_FOUND: Answer = Answer::Status(404, "Not Found", &[]);
/// 192.0.2.1 is nobody's (RFC 5737).
const MOVED: Answer =
    Answer::Status(302, "Moved Temporarily", &["Location: rtsp://192.0.2.1:554/elsewhere"]);
/// A web server on the wrong port.
const WEB: &[u8] = b"HTTP/1.1 400 Bad Request\r\nServer: web\r\nContent-Type: text/html\r\n\
    Content-Length: 15\r\n\r\n<p>Bad request.";
/// Not even text.
const NOISE: &[u8] = &[
    0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0xfc, 0x03, 0x03, 0x9d, 0x00, 0xff, 0x0d, 0x0a, 0xe1, 0x80,
    0x24, 0x00, 0x00, 0x05, 0x0a, 0x0d, 0x0a, 0x7f, 0xfe, 0x41, 0x00, 0x13, 0x37, 0xc0, 0xde, 0x0a,
];
/// It ends in the middle of the only thing that matters.
const CUT_SDP: &str = "v=0\r\no=- 1 1 IN IP4\r\ns=\r\nt=\r\nm=video\r\na=rtpmap:96 H2";

const SLOW: Duration = Duration::from_secs(2);

/// A row that is this way from its first connection on, until `next`.
fn broken(name: &str, steps: Vec<Step>) -> Row {
    let row = row(name, CAM1).starts(Start::FirstAccept);
    let steps = steps.into_iter().map(|step| step.during("broken")).collect();
    row.phase("broken", 0, &[]).until_next().then_good().script(steps)
}

/// A row that is busy for 12 s from its first connection on, as after a power cut.
fn busy(name: &str, steps: Vec<Step>) -> Row {
    let row = row(name, CAM1).starts(Start::FirstAccept);
    let steps = steps.into_iter().map(|step| step.during("busy")).collect();
    row.phase("busy", 12, &[]).then_good().script(steps)
}

pub fn rows() -> Vec<Row> {
    let asks = Happens::Asks;
    vec![
        busy("busy", vec![on(Happens::Any, BUSY)]),
        // On PLAY first, then on SETUP: cameras do both.
        busy("busy-453", vec![on(asks(Method::Play), NO_BANDWIDTH)])
            .script(vec![on(asks(Method::Setup), NO_BANDWIDTH).during("busy")]),
        busy("hangs-up", vec![on(Happens::Accept, Answer::Close)]),
        // Nobody listens for 8 s. Timed from "ready", as nobody can come.
        row("refused", CAM1)
            .starts(Start::Ready)
            .phase("refused", 8, &[Fault::Refuses])
            .then_good(),
        // A SYN gets no answer, as from a host that is off or a firewall.
        row("syn", CAM1)
            .starts(Start::Ready)
            .phase("no-answer", 0, &[Fault::FullQueue])
            .until_next()
            .then_good(),
        broken("silent", vec![on(Happens::Any, Answer::Silence)]),
        // Each answer takes 2 s.
        row("slow-answers", CAM1)
            .then_good()
            .script(vec![on(Happens::Any, Answer::Ordinary).after(SLOW)]),
        // Only OPTIONS is answered.
        broken("silent-describe", vec![on(Happens::AnyButOptions, Answer::Silence)]),
        // It describes itself, and leaves what follows without an answer.
        broken("silent-setup", vec![on(asks(Method::Setup), Answer::Silence)]),
        broken("silent-play-answer", vec![on(asks(Method::Play), Answer::Silence)]),
        // A web server on the first connection, binary noise on all others.
        broken("garbage", vec![on(Happens::Any, Answer::Bytes(WEB))])
            .script(vec![on(Happens::Any, Answer::Bytes(NOISE)).during("broken")]),
        broken("gone", vec![on(asks(Method::Describe), NOT_FOUND)]),
        broken("moved", vec![on(asks(Method::Describe), MOVED)]),
        broken("broken-sdp", vec![on(asks(Method::Describe), Answer::Sdp(CUT_SDP))]),
        // The session is lost between SETUP and PLAY, on the first two connections.
        row("session-gone", CAM1)
            .then_good()
            .script(vec![on(asks(Method::Play), NO_SESSION)])
            .script(vec![on(asks(Method::Play), NO_SESSION)])
            .script(Vec::new()),
    ]
}
