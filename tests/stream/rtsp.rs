//! RTSP cameras that do what they should.

use std::iter;
use std::time::{Duration, Instant};

use camwall_media::probe;
use camwall_media::{
    Chroma, FeedSpec, FeedState, FeedStatus, Keep, Login, LowerTransport, MediaType, PlaneLayout,
    RefusedTransport, ScaleTarget, SourceError, Transport, Via,
};

use testkit::{Camsim, SECOND, SOON, feed::*};

#[test]
fn plays_h264_and_h265() {
    let server = Camsim::start(&[]);
    for via in BOTH {
        for (path, codec) in [("cam1/main", "h264"), ("cam7/main", "h265")] {
            let feed = open(spec(server.url(path), via));
            let frame = wait_frame(&feed, SOON, |_| true);
            assert_eq!((frame.width, frame.height), (1920, 1080));
            assert_eq!(frame.layout, PlaneLayout::Planar { chroma: Chroma::C420, bits: 8 });
            let seen = wait_for(&feed, "two key frames", SOON, |s| s.gop_ms.is_some());
            assert_eq!(seen.codec, Some(codec));
            assert!(seen.gop_ms.is_some_and(|ms| (1900..=2100).contains(&ms)), "{seen:#?}");
            assert!(seen.fps.is_some_and(|fps| (24.0..26.0).contains(&fps)), "{seen:#?}");
            assert_eq!((seen.decode_errors, seen.packets_dropped, seen.frames_lost), (0, 0, 0));
            assert!(seen.first_frame_after.is_some_and(|time| time < 5 * SECOND), "{seen:#?}");
            assert!(is_live(&seen));
            close(feed);
        }
    }
}

/// The name has an address where nobody listens, on many computers: `::1`.
#[test]
fn a_camera_may_have_a_name() {
    let server = Camsim::start(&[]);
    for via in BOTH {
        let url = server.url("cam1/sub").replace("127.0.0.1", "localhost");
        assert!(url.contains("localhost"));
        let feed = open(spec(url, via));
        wait_for(&feed, "live", SOON, is_live);
        close(feed);
    }
    let feed = open(spec("rtsp://no-such-camera.invalid/x".into(), Via::Auto));
    let status = wait_for(&feed, "offline", SOON, is_offline);
    let said = reason(&status).to_string();
    assert!(said.starts_with("no connection: no address for no-such-camera.invalid"), "{said}");
    close(feed);
}

#[test]
fn a_dropped_feed_says_teardown() {
    let server = Camsim::start(&[]);
    for via in BOTH {
        let feed = open(spec(server.url("cam1/sub"), via));
        wait_for(&feed, "live", SOON, is_live);
        let dropped = Instant::now();
        drop(feed);
        assert!(dropped.elapsed() < Duration::from_millis(200), "drop does not wait");
        // Without it, the connection would just be closed.
        let at = server.expect("teardown", "cam1", SOON);
        assert!(at - dropped < 3 * SECOND, "{via:?}: {:?}", at - dropped);
        server.expect("closed", "cam1", SOON);
    }
}

/// A password that needs escaping in a URL, in a header and in UTF-8.
const PASSWORD: &str = "p@ss/w:rd %41\u{fc}";

#[test]
fn logs_in_with_basic() {
    logs_in("basic");
}

#[test]
fn logs_in_with_digest() {
    logs_in("digest");
}

fn logs_in(auth: &str) {
    let server = Camsim::start(&["--login", &format!("viewer:{PASSWORD}"), "--auth", auth]);
    let with_password = |via, password: &str| {
        let mut spec = spec(server.url("cam1/sub"), via);
        spec.login = Some(Login::new("viewer", password).into());
        spec
    };
    for via in BOTH {
        let feed = open(with_password(via, PASSWORD));
        wait_for(&feed, "live", SOON, is_live);
        drop(feed);

        let feed = open(with_password(via, "canary-s3cret"));
        let status = wait_for(&feed, "a refusal", SOON, is_refused);
        assert!(!format!("{status:?}").contains("canary"), "{status:?}");
        assert!(reason(&status).is_auth(), "{status:?}");
        // A camera that locks accounts must not be asked again soon.
        let FeedState::Down(outage) = status.state else { unreachable!() };
        assert!(outage.retry_at > Instant::now() + 30 * SECOND, "{outage:?}");
        close(feed);

        let feed = open(spec(server.url("cam1/sub"), via));
        wait_for(&feed, "a refusal without login", SOON, is_refused);
        close(feed);
    }
}

#[test]
fn each_transport_where_the_camera_has_both() {
    let server = Camsim::start(&[]);
    let ways = [
        (Transport::Udp, LowerTransport::Udp),
        (Transport::Auto, LowerTransport::Tcp),
        (Transport::Tcp, LowerTransport::Tcp),
    ];
    for via in BOTH {
        for (transport, way) in ways {
            let mut spec = spec(server.url("cam6/sub"), via);
            spec.transport = transport;
            let feed = open(spec);
            let status = wait_for(&feed, "live", SOON, is_live);
            assert_eq!((status.transport, status.reconnects), (Some(way), 0), "{status:?}");
            close(feed);
        }
    }
}

/// VLC's server and others: TCP is answered with 461. The defaults get a picture, and what was
/// learned holds for the next feed of the stream.
#[test]
fn a_camera_that_refuses_tcp_is_received_over_udp() {
    let server = Camsim::start(&["--transport", "udp"]);
    for via in BOTH {
        let spec = spec(server.url("cam6/sub"), via);
        assert_eq!(spec.transport, Transport::Auto);
        let feed = open(spec.clone());
        let begun = Instant::now();
        let status = wait_for(&feed, "live", SOON, is_live);
        assert_eq!((status.transport, status.reconnects), (Some(LowerTransport::Udp), 1));
        // One more question to the camera, and no pause; up to two seconds for a key frame.
        assert!(begun.elapsed() < 5 * SECOND, "{via:?}: {:?}", begun.elapsed());
        // The packet after the first picture has the way remembered.
        wait_for(&feed, "more pictures", SOON, |status| status.frames_decoded > 2);

        close(feed);
        let reopened = open(spec);
        let status = wait_for(&reopened, "live", SOON, is_live);
        assert_eq!((status.transport, status.reconnects), (Some(LowerTransport::Udp), 0));
        close(reopened);
    }
}

#[test]
fn orders_are_kept_where_the_camera_refuses_them() {
    for (serves, transport) in [("udp", Transport::Tcp), ("tcp", Transport::Udp)] {
        let server = Camsim::start(&["--transport", serves]);
        for via in BOTH {
            let mut spec = spec(server.url("cam6/sub"), via);
            spec.transport = transport;
            let feed = open(spec);
            let status = wait_for(&feed, "offline", SOON, is_offline);
            let SourceError::TransportRefused { refused, .. } = reason(&status) else {
                panic!("{via:?}: {status:?}");
            };
            let ordered = if transport == Transport::Tcp {
                RefusedTransport::Tcp
            } else {
                RefusedTransport::Udp
            };
            assert_eq!(*refused, ordered, "{via:?}");
            assert_eq!(status.reconnects, 0, "{via:?}");
            close(feed);
        }
    }
}

#[test]
fn hidden_cameras_stay_connected() {
    let server = Camsim::start(&[]);
    for via in BOTH {
        let feed = open(spec(server.url("cam1/sub"), via));
        wait_for(&feed, "live", SOON, is_live);
        feed.set_decode(false);
        // More than a second of this stream.
        let hidden = wait_undecoded(&feed, SOON, 40_000);
        assert!(is_live(&hidden), "{hidden:?}");
        feed.set_decode(true);
        let more = |s: &FeedStatus| s.frames_decoded > hidden.frames_decoded;
        let shown = wait_for(&feed, "pictures", SOON, more);
        assert_eq!((shown.decode_errors, shown.reconnects), (0, 0));
        close(feed);
    }
}

#[test]
fn pictures_are_scaled_on_demand() {
    let server = Camsim::start(&[]);
    let feed = open(spec(server.url("cam1/main"), Via::Auto));
    feed.set_scale(Some(ScaleTarget { width: 960, height: 540 }));
    let frame = wait_frame(&feed, SOON, |_| true);
    assert!(frame.is_scaled());
    assert_eq!((frame.width, frame.height), (1920, 1080));
    let sizes: Vec<_> = frame.planes().iter().flatten().map(|p| (p.width, p.height)).collect();
    assert_eq!(sizes, [(960, 540)]);
    assert_eq!(frame.layout, PlaneLayout::Packed);
    feed.set_scale(None);
    wait_frame(&feed, SOON, |frame| !frame.is_scaled());
    close(feed);
}

#[test]
fn recorders_get_every_packet() {
    let server = Camsim::start(&[]);
    for via in BOTH {
        let feed = open(spec(server.url("cam1/sub"), via));
        let mut subscription = feed.subscribe(Keep { span: 60 * SECOND, bytes: 64 << 20 });
        subscription.start_back(60 * SECOND, 0);
        wait_for(&feed, "two seconds", SOON, |s| s.frames_decoded > 50);
        let packets: Vec<_> = iter::from_fn(|| subscription.next_packet()).collect();
        let video: Vec<_> = packets
            .iter()
            .map(|delivery| &delivery.packet)
            .filter(|packet| packet.media_type() == MediaType::Video)
            .collect();
        assert!(video.len() >= 50, "{}", video.len());
        assert!(video[0].keyframe && !video[0].data().is_empty());
        let numbers = packets.iter().map(|delivery| delivery.number);
        assert!(numbers.is_sorted_by(|last, next| last + 1 == *next), "none is missing");
        assert_eq!(subscription.missed(), 0);
        drop(subscription);
        let mut slow = feed.subscribe(Keep { span: SECOND, bytes: 1 });
        slow.start_back(SECOND, 0);
        let until = Instant::now() + SOON;
        while slow.missed() <= 10 {
            assert!(Instant::now() < until, "nobody waits for a slow recorder: {}", slow.missed());
            std::thread::sleep(SECOND / 10);
        }
        close(feed);
        let until = Instant::now() + SOON;
        let rung = iter::repeat_with(|| slow.bell().recv_deadline(until));
        let rings = rung.take_while(Result::is_ok).count();
        assert!(Instant::now() < until, "it is told of the feed's end, {rings} rings later");
    }
}

#[test]
fn probing_tells_codec_size_and_gop() {
    let server = Camsim::start(&[]);
    let report = probe(spec(server.url("cam1/sub"), Via::Auto), SOON).expect("a report");
    assert_eq!((report.codec, report.width, report.height), ("h264", 640, 360));
    assert!(report.gop_seconds.is_some_and(|s| (1.9..2.1).contains(&s)), "{report:?}");
    let nobody = FeedSpec::new("cam", "rtsp://127.0.0.1:1/");
    assert!(probe(nobody, 3 * SECOND).is_err());
}

#[test]
fn a_wrong_path_is_told_apart() {
    let server = Camsim::start(&[]);
    for via in BOTH {
        let feed = open(spec(server.url("cam1/mian"), via));
        let status = wait_for(&feed, "offline", SOON, is_offline);
        assert!(matches!(reason(&status), SourceError::NotFound { .. }), "{via:?}: {status:?}");
        close(feed);
    }
}
