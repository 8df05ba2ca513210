//! Whole sessions through TLS: by the relay, and what a plain listener sees of them.

use std::future::poll_fn;
use std::io::Read as _;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::super::Trust;
use super::*;
use crate::fixtures::tls_front::TlsFront;
use crate::runtime::block_on;
use crate::source::relay::tests::camera::{Act, Camera, SDP, with_body};
use crate::source::route::{LowerTransport, Route};
use crate::source::{SourceError, open};
use crate::{Feed, FeedState, Login, OutageKind, Transport};

const ROUTE: Route = Route { ffmpeg: false, over: Some(LowerTransport::Tcp), probing: false };
const SOON: Duration = Duration::from_secs(10);

fn play(context: &SourceContext, route: Route) -> Result<(), SourceError> {
    block_on(async {
        let mut source = open(context, &[], route).await?;
        for _ in 0..10 {
            let packet = poll_fn(|cx| source.poll_next(cx));
            tokio::time::timeout(SOON, packet).await.expect("a packet")?;
        }
        source.close().await;
        Ok(())
    })
}

#[test]
fn retina_and_ffmpeg_play_through_tls_and_the_camera_is_told_goodbye() {
    crate::init();
    let camera = Camera::start(|_, _| Act::Usual);
    let identity = common_name_only();
    let front = TlsFront::start(camera.port, identity.clone());
    let url = format!("rtsps://127.0.0.1:{}/live/main?profile=1", front.port);
    for ffmpeg in [false, true] {
        let route = Route { ffmpeg, ..ROUTE };
        play(&context(&url, pin(&identity)), route).unwrap();
        let told = || camera.methods().last().is_some_and(|method| method == "TEARDOWN");
        until(&format!("a goodbye, ffmpeg: {ffmpeg}"), told);
        let asked = camera.asked();
        let own = format!("rtsps://127.0.0.1:{}/live/main", front.port);
        assert!(asked[0].uri.starts_with(&own), "{}", asked[0].uri);
    }
}

#[test]
fn without_tls_not_a_byte_goes_out() {
    // Where the camera would take RTSP in clear: at its usual port, and at the one of the address.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let in_clear = Arc::new(AtomicUsize::new(0));
    let count = in_clear.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut first = [0; 1];
            // A handshake begins with 22, RFC 8446 section 5.1; RTSP with a letter.
            if matches!(stream.unwrap().read(&mut first), Ok(1)) && first[0] != 22 {
                count.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    let url = format!("rtsps://u:canary@127.0.0.1:{port}/x");
    for ffmpeg in [false, true] {
        let route = Route { ffmpeg, ..ROUTE };
        let error = play(&context(&url, Trust::Anyone), route).expect_err("no TLS there");
        assert!(!error.wants_fallback() || !ffmpeg, "{error}");
    }
    let udp = Route { over: Some(LowerTransport::Udp), ..ROUTE };
    let error = play(&context(&url, Trust::Anyone), udp).expect_err("never over UDP");
    assert!(matches!(error, SourceError::BadAddress { .. }), "{error}");
    assert_eq!(in_clear.load(Ordering::SeqCst), 0);
}

/// A version that retina says goodbye to over a new connection: it goes on sending to the old one's place.
const BUGGY: &str = "t=0 0\r\na=tool:LIVE555 Streaming Media v2013.04.08\r\n";

#[test]
fn a_goodbye_over_a_new_connection_is_encrypted_or_not_said() {
    let camera = Camera::start(|asked, _| match asked.method.as_str() {
        "DESCRIBE" => {
            let sdp = SDP.replace("t=0 0\r\n", BUGGY);
            Act::Raw(with_body(asked, "", &format!("{sdp}a=control:track1\r\n")).into_bytes())
        }
        _ => Act::Usual,
    });
    let identity = common_name_only();
    let front = TlsFront::start(camera.port, identity.clone());
    let url = format!("rtsps://127.0.0.1:{}/live/main?profile=1", front.port);
    let hung_up = |shows: Identity| {
        front.show(identity.clone());
        block_on(async {
            let mut source = open(&context(&url, pin(&identity)), &[], ROUTE).await.unwrap();
            let calls = front.calls();
            front.show(shows);
            front.hang_up();
            while poll_fn(|cx| source.poll_next(cx)).await.is_ok() {}
            // The first try over a new connection is made at once.
            source.close().await;
            front.calls() - calls
        })
    };
    let goodbyes = || camera.methods().iter().filter(|method| *method == "TEARDOWN").count();
    assert!(hung_up(identity.clone()) > 0, "it called anew");
    until("a goodbye", || goodbyes() == 1);
    // Somebody else has its address now.
    assert!(hung_up(own_authority()) > 0, "it called anew");
    assert_eq!((goodbyes(), front.heard_as_shown(), front.in_clear()), (1, 0, 0));
}

/// Waits for it.
fn until(what: &str, mut is: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < SOON, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_certificate_that_changes_is_its_own_state_and_gets_no_login() {
    let camera = Camera::start(|_, _| Act::Usual);
    let identity = own_authority();
    let front = TlsFront::start(camera.port, identity.clone());
    let mut spec = FeedSpec::new("t", format!("rtsps://127.0.0.1:{}/live", front.port));
    spec.trust = pin(&identity);
    spec.login = Some(Login::new("u", "canary").into());
    let feed = Feed::open(spec, Arc::new(|| {}));
    feed.set_decode(false);
    until("it plays", || camera.methods().iter().any(|method| method == "PLAY"));
    until("it is up", || matches!(feed.status().state, FeedState::Live));
    assert!(!feed.status().warnings.unverified);
    // Somebody else has its address now.
    front.show(own_authority());
    let asked = camera.asked().len();
    front.hang_up();
    let kind = || match feed.status().state {
        FeedState::Down(outage) => Some((outage.error.outage(), outage.retry_at)),
        _ => None,
    };
    until("it is noticed", || kind().is_some_and(|(kind, _)| kind == OutageKind::NotTrusted));
    let (_, retry) = kind().expect("it is down");
    assert!(retry > Instant::now() + Duration::from_secs(40), "asked seldom");
    feed.close(Duration::from_secs(2));
    // What was on its way when the connection ended is the old camera's.
    let goodbye = camera.asked()[asked..].iter().all(|asked| asked.method == "TEARDOWN");
    assert!(goodbye && front.heard_as_shown() == 0, "nothing was said to it");
    assert!(camera.asked().iter().all(|asked| !asked.text.contains("canary")));
}

#[test]
fn whoever_answers_is_called_unverified() {
    let camera = Camera::start(|_, _| Act::Usual);
    let front = TlsFront::start(camera.port, version_1());
    let mut spec = FeedSpec::new("t", format!("rtsps://127.0.0.1:{}/live", front.port));
    spec.trust = Trust::Anyone;
    let feed = Feed::open(spec, Arc::new(|| {}));
    feed.set_decode(false);
    until("it is up", || matches!(feed.status().state, FeedState::Live));
    assert!(feed.status().warnings.unverified);
    feed.close(Duration::from_secs(2));
}

#[test]
fn rtsps_over_udp_is_refused_whatever_the_wall_file_says() {
    let mut spec = FeedSpec::new("t", "rtsps://127.0.0.1:9/live");
    spec.transport = Transport::Udp;
    let feed = Feed::open(spec, Arc::new(|| {}));
    until("it is refused", || match feed.status().state {
        FeedState::Down(outage) => matches!(*outage.error, SourceError::BadAddress { .. }),
        _ => false,
    });
    feed.close(Duration::from_secs(2));
}
