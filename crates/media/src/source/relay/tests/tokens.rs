//! Who may use the relay.

use std::time::Instant;

use super::camera::{Act, Camera};
use super::{Limits, ask, call, with_relay};
use crate::source::relay::NAME_TIMEOUT;

#[test]
fn only_the_client_with_the_token_gets_in_and_nobody_after_it() {
    let camera = Camera::start(|_, _| Act::Usual);
    let (answers, findings) = with_relay(camera.port, Limits::default(), |url| {
        let mut guesses = vec![
            "OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n".to_owned(),
            "\r\n\r\n".to_owned(),
            "x".repeat(10_000),
        ];
        let authority = &url[url::Position::BeforeScheme..url::Position::AfterPort];
        let token = url.path_segments().and_then(|mut all| all.next()).expect("a token");
        assert_eq!(token.len(), 32);
        for path in ["/", "/live/main?profile=1", &token[..31], &format!("/{token}0/x")] {
            guesses.push(format!("OPTIONS {authority}{path} RTSP/1.0\r\nCSeq: 1\r\n\r\n"));
        }
        // Those that say nothing at all hold nobody up.
        let (_silent, began) = ([call(url), call(url), call(url)], Instant::now());
        let refused: Vec<String> = guesses.iter().map(|guess| ask(&mut call(url), guess)).collect();
        let mut stream = call(url);
        let right = ask(&mut stream, &format!("OPTIONS {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n"));
        assert!(began.elapsed() < 2 * NAME_TIMEOUT, "{:?}", began.elapsed());
        let port = url.port().expect("a port");
        let second = std::net::TcpStream::connect(("127.0.0.1", port)).is_err();
        (refused, right, second)
    });
    let (refused, right, second) = answers;
    assert!(refused.iter().all(String::is_empty), "{refused:?}");
    assert!(right.starts_with("RTSP/1.0 200 OK"), "{right}");
    assert!(second, "the door is shut");
    assert_eq!(findings.error, None);
    assert_eq!(camera.methods(), ["OPTIONS"], "only the right one reached the camera");
}
