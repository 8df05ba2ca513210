//! The relay between FFmpeg's questions and cameras that mean well, and that don't.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use tokio_util::sync::CancellationToken;

use super::*;
use crate::runtime::block_on;
use crate::source::IDLE_TIMEOUT;
use crate::source::login::Login;
use crate::source::route::Route;
use crate::source::spec::{Address, FeedSpec};

/// A camera that answers each connection with what `answer` makes of its question; what it was asked.
fn camera(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("a port").port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let list = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let (mut text, mut byte) = (Vec::new(), [0]);
            while !text.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
                text.push(byte[0]);
            }
            let text = String::from_utf8_lossy(&text).into_owned();
            let said = answer(&text);
            lock(&list).push(text);
            // The relay hangs up on what it will not have.
            stream.write_all(&said).best_effort();
        }
    });
    (port, asked)
}

fn context(port: u16, hls: bool, login: Option<Login>) -> SourceContext {
    let url = format!("http://127.0.0.1:{port}/live/cam.mjpg?key=1");
    let spec = FeedSpec { hls, ..FeedSpec::new("t", url) };
    SourceContext {
        address: Address { login, ..Address::parse(&spec).expect("a good address") },
        spec: Arc::new(spec),
        number: None,
        cancellation: CancellationToken::new(),
        rtcp: Arc::new(|_| {}),
        patience: Arc::new(|| IDLE_TIMEOUT),
    }
}

/// What the relay answers to these paths, asked one after the other, and what it makes of a failure. A path
/// that begins with a slash is one behind the token.
fn asks(context: &SourceContext, paths: &[&str]) -> (Vec<String>, SourceError) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    runtime.expect("a runtime").block_on(async {
        let relay = HttpRelay::start(context).expect("a port");
        let url = Url::parse(relay.url()).expect("an address");
        let answers = tokio::task::spawn_blocking(move || {
            let token = url.path_segments().and_then(|mut all| all.next()).expect("a token");
            let ask = |path: &String| {
                let target = match path.starts_with('/') || path.is_empty() {
                    true => format!("/{token}{path}"),
                    false => path.clone(),
                };
                let to = ("127.0.0.1", url.port().expect("a port"));
                let mut stream = TcpStream::connect(to).expect("open");
                let text = format!("GET {target} HTTP/1.1\r\nHost: x\r\nIcy-MetaData: 1\r\n\r\n");
                stream.write_all(text.as_bytes()).expect("asked");
                let mut answer = Vec::new();
                // A reset ends it as well.
                stream.read_to_end(&mut answer).map(drop).best_effort();
                String::from_utf8_lossy(&answer).into_owned()
            };
            paths.iter().map(ask).collect()
        });
        let answers = answers.await.expect("no panic");
        (answers, relay.explain(SourceError::EndOfStream))
    })
}

fn plain(body: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[test]
fn a_body_passes_as_it_is_and_a_head_without_what_leads_elsewhere() {
    let (port, asked) = camera(|_| {
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 Fine\r\nContent-Type: image/jpeg\r\n\
          Location: http://192.0.2.1/canary\r\nSet-Cookie: a=b\r\n\
          Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
            .to_vec()
    });
    let (answers, error) = asks(&context(port, false, None), &[""]);
    let expected = "HTTP/1.1 200 -\r\nConnection: close\r\nContent-Type: image/jpeg\r\n\
        Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    assert_eq!(answers, [expected]);
    assert_eq!(error, SourceError::EndOfStream);
    let expected = format!(
        "GET /live/cam.mjpg?key=1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
    );
    assert_eq!(*lock(&asked), [expected]);
}

#[test]
fn only_who_knows_the_token_is_answered_and_only_of_this_camera() {
    let (port, asked) = camera(|_| plain("x"));
    let context = context(port, false, None);
    let (answers, _) = asks(&context, &["/", "/other", "x", "http://192.0.2.1/", "*"]);
    assert!(answers.iter().all(String::is_empty), "{answers:?}");
    assert!(lock(&asked).is_empty());
}

#[test]
fn a_redirection_is_told_by_its_origin_and_not_followed() {
    let (victim, victims) = camera(|_| plain("x"));
    for (to, told) in [
        (format!("http://u:canary@127.0.0.1:{victim}/canary?canary"), true),
        ("/canary".to_owned(), false),
    ] {
        let (port, asked) =
            camera(move |_| format!("HTTP/1.1 302 Moved\r\nLocation: {to}\r\n\r\n").into_bytes());
        let (answers, error) = asks(&context(port, false, None), &[""]);
        assert!(answers[0].starts_with("HTTP/1.1 502 "), "{answers:?}");
        let to = if told { format!(", to http://127.0.0.1:{victim}") } else { String::new() };
        assert_eq!(error, SourceError::SentElsewhere { detail: format!("status 302{to}") });
        assert_eq!(lock(&asked).len(), 1);
    }
    assert!(lock(&victims).is_empty(), "nobody called");
}

#[test]
fn the_login_goes_to_who_asks_for_it_and_once_where_it_is_wrong() {
    let right = "Authorization: Basic dTpw\r\n";
    let refusal = "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"x\"\r\n\r\n";
    let (port, asked) = camera(move |text| match text.contains(right) {
        true => plain("picture"),
        false => refusal.as_bytes().to_vec(),
    });
    let with = |password| context(port, false, Some(Login::new("u", password)));
    let (answers, _) = asks(&with("p"), &[""]);
    assert!(answers[0].ends_with("picture"), "{answers:?}");
    assert_eq!(lock(&asked).len(), 2);
    let (answers, _) = asks(&with("wrong"), &["", ""]);
    assert!(answers.iter().all(|answer| answer.starts_with("HTTP/1.1 401 ")), "{answers:?}");
    let tries = lock(&asked)[2..].iter().filter(|text| text.contains("Authorization")).count();
    assert_eq!(tries, 1);
}

#[test]
fn heads_have_limits() {
    let long = |text: String| {
        let (port, _) = camera(move |_| text.clone().into_bytes());
        asks(&context(port, false, None), &[""]).1
    };
    let endless = long(format!("HTTP/1.1 200 OK\r\nX: {}", "a".repeat(1 << 20)));
    assert_eq!(endless, SourceError::Broken { detail: "too long a header from the camera".into() });
    let lines = long(format!("HTTP/1.1 200 OK\r\n{}\r\n", "A: b\r\n".repeat(200)));
    let detail = "too many header lines from the camera".into();
    assert_eq!(lines, SourceError::Broken { detail });
    assert!(matches!(long("SSH-2.0-x\r\n\r\n".into()), SourceError::Dialogue { .. }));
}

#[test]
fn playlists_are_read_only_where_they_are_asked_for() {
    let text = "#EXTM3U\n#EXTINF:2,\n/seg.ts\n";
    let (port, asked) = camera(move |_| plain(text));
    let (answers, error) = asks(&context(port, false, None), &[""]);
    assert!(answers[0].starts_with("HTTP/1.1 502 "), "{answers:?}");
    let detail = "a playlist, which is read only with hls: true".into();
    assert_eq!(error, SourceError::Unsupported { detail });
    let hls = context(port, true, None);
    let (answers, _) = asks(&hls, &["/live/cam.mjpg?key=1"]);
    assert!(answers[0].contains("#EXTINF:2,\nhttp://127.0.0.1:"), "{answers:?}");
    assert!(lock(&asked)[1].starts_with("GET /live/cam.mjpg?key=1 HTTP/1.0\r\n"));
    // What FFmpeg is led to open elsewhere, with the relay as its proxy.
    let (answers, error) = asks(&hls, &["http://192.0.2.1:8/canary"]);
    assert!(answers[0].starts_with("HTTP/1.1 502 "), "{answers:?}");
    let detail = "a playlist names http://192.0.2.1:8".into();
    assert_eq!(error, SourceError::SentElsewhere { detail });
    let (port, _) = camera(move |_| plain(&"#EXTM3U\n".repeat(200_000)));
    let (_, error) = asks(&context(port, true, None), &["/x"]);
    assert_eq!(error, SourceError::Broken { detail: "too long a body from the camera".into() });
}

#[test]
fn a_name_is_called_by_each_of_its_numbers_and_asked_by_its_name() {
    crate::init();
    let (port, asked) = camera(|_| plain("no pictures"));
    let there = context(port, false, None);
    let address = Address::parse(&FeedSpec::new("t", format!("http://camera.test:{port}/x")));
    let context = SourceContext { address: address.expect("a good address"), ..there };
    // Nobody listens at the first one.
    let numbers: Vec<IpAddr> = ["127.0.0.2", "127.0.0.1"].map(|n| n.parse().unwrap()).to_vec();
    let route = Route { ffmpeg: true, over: None, probing: false };
    let opened = block_on(crate::source::open(&context, &numbers, route));
    assert!(opened.is_err(), "there are no pictures");
    let host = format!("Host: camera.test:{port}\r\n");
    assert!(lock(&asked)[0].contains(&host), "{asked:?}");
}

#[test]
fn whatever_ffmpeg_is_led_to_it_asks_the_relay() {
    block_on(async {
        for hls in [false, true] {
            let relay = HttpRelay::start(&context(9, hls, None)).expect("a port");
            let own = Url::parse(relay.url()).expect("an address");
            let expected = if hls { &own[..Position::BeforePath] } else { "" };
            assert_eq!(
                relay.proxy(),
                expected,
                "without a proxy none of the environment's is taken"
            );
        }
    });
}

#[test]
fn a_segment_elsewhere_is_not_left_out_without_a_word() {
    let (port, asked) = camera(move |text| match text.contains("/moved") {
        true => b"HTTP/1.1 302 Moved\r\nLocation: http://192.0.2.1/canary\r\n\r\n".to_vec(),
        false => plain("pictures"),
    });
    let (answers, error) = asks(&context(port, true, None), &["/1.ts", "/moved.ts", "/2.ts"]);
    assert!(answers[0].ends_with("pictures"), "{answers:?}");
    let refused = |answer: &String| answer.starts_with("HTTP/1.1 502 ");
    assert!(answers[1..].iter().all(refused), "{answers:?}");
    let detail = "status 302, to http://192.0.2.1".into();
    assert_eq!(error, SourceError::SentElsewhere { detail });
    assert_eq!(lock(&asked).len(), 2, "the camera is left alone");
}

#[test]
fn a_playlist_in_the_place_of_pictures_has_ffmpeg_call_nobody() {
    crate::init();
    let victim = TcpListener::bind("127.0.0.1:0").expect("a port");
    victim.set_nonblocking(true).expect("a socket");
    let elsewhere = victim.local_addr().expect("an address");
    let route = Route { ffmpeg: true, over: None, probing: false };
    for hls in [false, true] {
        let (port, _) = camera(move |_| {
            let segment = format!("#EXTINF:2,\nhttp://{elsewhere}/canary.ts\n");
            plain(&format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n{segment}"))
        });
        let context = context(port, hls, None);
        let opened = crate::source::open(&context, &[], route);
        let error = block_on(opened).map(drop).expect_err("no pictures");
        let sent = matches!(error, SourceError::SentElsewhere { .. });
        assert_eq!(sent, hls, "{error:?}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
        assert!(victim.accept().is_err(), "somebody called");
    }
}
