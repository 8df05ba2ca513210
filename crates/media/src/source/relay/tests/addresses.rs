//! Cameras that name addresses, their own and others.

use std::time::Duration;

use super::camera::{Act, Asked, Camera, SDP, usual, with_body};
use super::{FFMPEG, Limits, RELAYED, ask, call, open, with_relay};
use crate::source::SourceError;

/// Plays a few pictures; what was asked.
fn plays(script: impl Fn(&Asked, u16) -> Act + Send + Sync + 'static) -> (u16, Vec<Asked>) {
    let camera = Camera::start(script);
    let mut source = open(camera.port, None, RELAYED).expect("a session");
    for _ in 0..6 {
        source.next().expect("a picture");
    }
    drop(source);
    (camera.port, camera.asked())
}

fn describes(base: &'static str, control: &'static str) -> (u16, Vec<Asked>) {
    plays(move |asked, port| match asked.method.as_str() {
        "DESCRIBE" => {
            let here = |text: &str| text.replace("HERE", &format!("127.0.0.1:{port}"));
            let sdp = format!("{SDP}a=control:{}\r\n", here(control));
            Act::Raw(with_body(asked, &here(base), &sdp).into_bytes())
        }
        "SETUP" => Act::Answer(
            "200 OK",
            // Datagrams from elsewhere are no business of ours either.
            "Session: 7 ; Timeout = 0\r\nTransport: RTP/AVP/TCP;unicast;source=192.0.2.9;\
             interleaved=0-1;server_port=5000-5001\r\n"
                .to_owned(),
        ),
        _ => Act::Usual,
    })
}

#[test]
fn the_camera_sees_its_own_addresses_only() {
    let (port, asked) = plays(|_, _| Act::Usual);
    let own = format!("rtsp://127.0.0.1:{port}");
    let uris: Vec<&str> =
        asked.iter().map(|asked| asked.uri.strip_prefix(&own).expect("its own")).collect();
    assert_eq!(uris, ["/live/main?profile=1", "/live/track1", "/live/main?profile=1", "/live/"]);
    for asked in &asked {
        let others: Vec<_> = asked.text.match_indices("127.0.0.1").collect();
        assert_eq!(others.len(), 1, "{}", asked.text);
        assert!(asked.header("User-Agent").is_some_and(|agent| agent.starts_with("camwall/")));
    }
}

#[test]
fn addresses_elsewhere_are_not_followed() {
    for (base, control, track) in [
        ("Content-Base: rtsp://192.0.2.1/inner/\r\n", "track1", "/live/main?profile=1/track1"),
        ("Content-Base: HERE/spelled/\r\n", "track1", "/spelled/track1"),
        ("Content-Base: /rooted/\r\n", "track1", "/rooted/track1"),
        ("Content-Location: rtsp://HERE/a\r\n", "../b", "/b"),
        ("Content-Base: rtsp://HERE/x/\r\n", "rtsp://192.0.2.1:8554/t?1", "/t?1"),
        ("", "rtsp://u:p@localhost:554/t", "/t"),
        ("", "rtsp://HERE/t=1", "/t=1"),
    ] {
        let (port, asked) = describes(base, control);
        let setup = asked.iter().find(|asked| asked.method == "SETUP").expect("a SETUP");
        assert_eq!(setup.uri, format!("rtsp://127.0.0.1:{port}{track}"), "{base}{control}");
        assert!(asked.iter().all(|asked| !asked.text.contains("192.0.2.1")));
    }
}

#[test]
fn what_is_no_line_of_a_description_is_left_out() {
    let camera = Camera::start(|asked, _| match asked.method.as_str() {
        "DESCRIBE" => {
            let nonsense = "nonsense\r\n\r\nab=c\r\n=c\r\n a=b\r\n\u{fe}\r\n";
            let sdp = format!("{SDP}{nonsense}a=control:track7\r\n");
            Act::Raw(with_body(asked, "", &sdp).into_bytes())
        }
        _ => Act::Usual,
    });
    drop(open(camera.port, None, RELAYED).expect("a session"));
    let asked = camera.asked();
    let setup = asked.iter().find(|asked| asked.method == "SETUP").expect("a SETUP");
    assert!(setup.uri.ends_with("/track7"), "{}", setup.uri);
}

#[test]
fn a_stream_without_a_format_is_an_error_and_no_panic() {
    let camera = Camera::start(|asked, _| match asked.method.as_str() {
        "DESCRIBE" => {
            let sdp = format!("{SDP}a=control:track1\r\nm=audio 0 RTP/AVP  \r\n");
            Act::Raw(with_body(asked, "", &sdp).into_bytes())
        }
        _ => Act::Usual,
    });
    let refused = open(camera.port, None, RELAYED).err();
    assert!(matches!(refused, Some(SourceError::Dialogue { .. })), "{refused:?}");
}

#[test]
fn a_redirection_ends_the_relay_and_is_reported_by_its_origin() {
    let redirects = || {
        Camera::start(|_, _| {
            let to = "Location: rtsp://u:canary@192.0.2.1:8554/canary?token=canary\r\n";
            Act::Answer("302 Moved", to.to_owned())
        })
    };
    let camera = redirects();
    let (answer, findings) = with_relay(camera.port, Limits::default(), |url| {
        ask(&mut call(url), &format!("DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n"))
    });
    assert_eq!(answer, "", "FFmpeg would follow");
    assert_eq!(findings.location.as_deref(), Some("rtsp://192.0.2.1:8554"));
    drop(camera);
    let camera = redirects();
    let Err(error) = open(camera.port, None, RELAYED) else { unreachable!() };
    let SourceError::SentElsewhere { detail } = &error else { unreachable!("{error:?}") };
    assert!(detail.contains("rtsp://192.0.2.1:8554") && !detail.contains("canary"), "{detail}");
}

#[test]
fn what_else_a_refusal_says_is_found() {
    let camera = Camera::start(|_, _| Act::Answer("503 Busy", "Retry-After: 30\r\n".to_owned()));
    let (_, findings) = with_relay(camera.port, Limits::default(), |url| {
        ask(&mut call(url), &format!("DESCRIBE {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n"))
    });
    assert_eq!(findings.retry_after, Some(Duration::from_secs(30)));
    let text = findings.to_string();
    assert!(text.contains("left alone for 30 s"), "{text}");
}

#[test]
fn a_server_that_sends_away_with_a_request_is_refused() {
    let camera = Camera::start(|asked, port| {
        let away = "REDIRECT * RTSP/1.0\r\nCSeq: 1\r\nLocation: rtsp://192.0.2.1/x\r\n\r\n";
        if asked.number > 0 {
            return Act::Nothing;
        }
        Act::Raw([away, &usual(asked, port, 60)].concat().into_bytes())
    });
    let (_, findings) = with_relay(camera.port, Limits::default(), |url| {
        ask(&mut call(url), &format!("OPTIONS {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n"))
    });
    assert_eq!(findings.location.as_deref(), Some("rtsp://192.0.2.1"));
    assert_eq!(findings.elsewhere, 1);
}

#[test]
fn neither_client_calls_who_is_named_in_a_redirection() {
    crate::init();
    let victim = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    victim.set_nonblocking(true).expect("a socket");
    let port = victim.local_addr().expect("an address").port();
    for route in [RELAYED, FFMPEG] {
        let camera = Camera::start(move |_, _| {
            let to = format!("Location: rtsp://127.0.0.1:{port}/canary\r\n");
            Act::Answer("302 Moved", to)
        });
        let Err(error) = open(camera.port, None, route) else { unreachable!() };
        let SourceError::SentElsewhere { detail } = &error else { unreachable!("{error:?}") };
        assert_eq!(*detail, format!("status 302, to rtsp://127.0.0.1:{port}"));
        assert!(victim.accept().is_err(), "{}", route.name());
    }
}
