//! Who may use the relay.

use std::time::Instant;

use super::camera::{Act, Camera};
use super::{Limits, ask, call, with_relay};
use crate::source::relay::NAME_TIMEOUT;

#[test]
fn only_clients_with_the_token_get_in_one_after_the_other() {
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
        drop(stream);
        let next = ask(&mut call(url), &format!("TEARDOWN {url} RTSP/1.0\r\nCSeq: 1\r\n\r\n"));
        (refused, right, next)
    });
    let (refused, right, next) = answers;
    assert!(refused.iter().all(String::is_empty), "{refused:?}");
    assert!(right.starts_with("RTSP/1.0 200 OK"), "{right}");
    assert!(next.starts_with("RTSP/1.0 200 OK"), "{next}");
    assert_eq!(findings.error, None);
    assert_eq!(camera.methods(), ["OPTIONS", "TEARDOWN"], "nobody else reached the camera");
}
