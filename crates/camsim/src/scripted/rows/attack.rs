//! Cameras that want our memory, our screen or our log. They run only where they are named.

use std::sync::LazyLock;

use super::super::script::film::Forged;
use super::super::script::phase::Fault;
use super::super::script::row::{Row, row};
use super::super::script::step::{Answer, Happens, Method, on};
use super::{CAM1, CAM2};

/// The beginning of a header that has no end.
const HEADER: &[u8] = b"RTSP/1.0 200 OK\r\nX: ";
const MORE_HEADER: &[u8] = &[b'a'; 1 << 16];
/// The beginning of a description of 200 MB, and how it goes on.
const SDP: &[u8] = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Type: application/sdp\r\n\
    Content-Length: 200000000\r\n\r\nv=0\r\ns=x\r\nt=0 0\r\n";
const MORE_SDP: &[u8] = &[b'\n'; 1 << 16];
/// Fragments at each picture's time: 17 MB a second.
const FRAGMENTS: u32 = 500;

/// A description of 5000 streams.
static STREAMS: LazyLock<String> = LazyLock::new(|| {
    let stream = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n";
    format!("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n{}", stream.repeat(5000))
});
/// One of a stream with 10000 attributes that a client complains of.
static COMPLAINTS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n\
         a=rtpmap:96 H264/90000\r\na=control:track1\r\n{}",
        "a=fmtp:96\r\n".repeat(10_000)
    )
});

pub fn rows() -> Vec<Row> {
    let described = |name: &str, answer| {
        row(name, CAM1).then_good().script(vec![on(Happens::Asks(Method::Describe), answer)])
    };
    vec![
        described("endless-header", Answer::Endless(HEADER, MORE_HEADER)),
        described("endless-sdp", Answer::Endless(SDP, MORE_SDP)),
        described("many-streams", Answer::Sdp(STREAMS.as_str())),
        described("many-complaints", Answer::Sdp(COMPLAINTS.as_str())),
        // Good for 2 s, so that the fault comes into a session that plays.
        row("endless-picture", CAM1)
            .phase("good", 2, &[])
            .phase("endless", 0, &[Fault::Endless(FRAGMENTS)])
            .until_next(),
        row("wide-picture", CAM1.forged(Forged::Wide)).then_good(),
        row("vast-picture", CAM1.forged(Forged::Vast)).then_good(),
        // It says so in the middle of a stream that plays, with sets that came before.
        row("grows-vast", CAM2)
            .phase("good", 4, &[])
            .phase("vast", 0, &[Fault::Shows(CAM2.forged(Forged::Vast))])
            .until_next(),
        row("many-sets", CAM1.forged(Forged::Flood)).then_good(),
    ]
}
