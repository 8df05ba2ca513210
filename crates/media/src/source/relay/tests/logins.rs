//! Logins that are refused, used up, or wrong. The camera works out the expected answer itself.

use std::sync::Mutex;
use std::time::Duration;

use http_auth::{PasswordClient, PasswordParams};

use super::camera::{Act, Asked, Camera, usual};
use super::{FFMPEG, RELAYED, open, play};
use crate::lock::lock;
use crate::source::SourceError;
use crate::source::login::Login;
use crate::source::login_methods::LoginMethods;
use crate::source::spec::FeedSpec;

const PASSWORD: &str = "canary";

fn login() -> Option<Login> {
    Some(Login::new("u", PASSWORD))
}

fn challenge(nonce: u32) -> String {
    format!("Digest realm=\"cam\", nonce=\"n{nonce}\"")
}

/// Whether a request carries the right answer to this nonce.
fn answers(asked: &Asked, nonce: u32) -> bool {
    let mut client = PasswordClient::try_from(challenge(nonce).as_str()).expect("a challenge");
    let params = PasswordParams {
        username: "u",
        password: PASSWORD,
        uri: &asked.uri,
        method: &asked.method,
        body: None,
    };
    asked.header("Authorization") == Some(&client.respond(&params).expect("an answer"))
}

/// A camera that takes a nonce `uses` times and says then whether it was stale.
fn camera(uses: u32, stale: bool) -> Camera {
    let state = Mutex::new((1, 0));
    Camera::start(move |asked, _| {
        let mut state = lock(&state);
        let (nonce, used) = &mut *state;
        if *used < uses && answers(asked, *nonce) {
            *used += 1;
            return Act::Usual;
        }
        (*nonce, *used) = (*nonce + 1, 0);
        let stale = if stale { ", stale=true" } else { "" };
        Act::Answer("401 No", format!("WWW-Authenticate: {}{stale}\r\n", challenge(*nonce)))
    })
}

#[test]
fn nonces_that_are_used_up_are_renewed() {
    for (uses, stale) in [(1, true), (1, false), (2, true)] {
        let camera = camera(uses, stale);
        let mut source = open(camera.port, login(), RELAYED).expect("a session");
        let (pictures, error) = play(&mut source, Duration::from_millis(500));
        assert!(pictures > 5 && error.is_none(), "{pictures}, {error:?}");
    }
}

/// A camera whose nonce ends with the first keepalive, and that hangs up on who repeats the old one. A
/// keepalive comes each second.
fn forgetful() -> Camera {
    let state = Mutex::new((1, false));
    Camera::start(move |asked, port| {
        let mut state = lock(&state);
        let (nonce, told) = &mut *state;
        let keepalive = !matches!(asked.method.as_str(), "DESCRIBE" | "SETUP" | "PLAY");
        if keepalive && !*told {
            (*nonce, *told) = (*nonce + 1, true);
            let stale = format!("WWW-Authenticate: {}, stale=true\r\n", challenge(*nonce));
            return Act::Answer("401 No", stale);
        }
        match asked.header("Authorization") {
            None => Act::Answer("401 No", format!("WWW-Authenticate: {}\r\n", challenge(*nonce))),
            Some(_) if !answers(asked, *nonce) => Act::HangUp,
            Some(_) if asked.method == "SETUP" => Act::Raw(usual(asked, port, 2).into_bytes()),
            Some(_) => Act::Usual,
        }
    })
}

#[test]
fn a_nonce_that_ends_with_a_keepalive_does_not_end_the_session() {
    let relayed = forgetful();
    let mut source = open(relayed.port, login(), RELAYED).expect("a session");
    let (pictures, error) = play(&mut source, Duration::from_secs(6));
    assert!(pictures > 125 && error.is_none(), "{pictures}, {error:?}");
}

#[test]
fn a_wrong_password_is_sent_once() {
    // As most cameras do, with a new nonce each time.
    for stale in [false, true] {
        let camera = camera(0, stale);
        let Err(error) = open(camera.port, login(), RELAYED) else { unreachable!() };
        assert!(matches!(error, SourceError::Auth { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains(PASSWORD));
        let tries = camera.asked().iter().filter(|asked| asked.text.contains("Digest")).count();
        // A camera that says it is the nonce's fault is believed twice.
        assert_eq!(tries, if stale { 3 } else { 1 });
    }
}

#[test]
fn without_a_login_the_refusal_is_passed_on() {
    let camera = camera(1, false);
    let Err(error) = open(camera.port, None, RELAYED) else { unreachable!() };
    assert!(matches!(error, SourceError::Auth { .. }), "{error:?}");
    assert_eq!(camera.methods(), ["DESCRIBE"]);
}

#[test]
fn a_camera_that_wants_the_password_itself_gets_it_only_where_the_wall_file_allows_it() {
    let basic = || Act::Answer("401 No", "WWW-Authenticate: Basic realm=\"cam\"\r\n".to_owned());
    let camera = Camera::start(move |asked, _| {
        // RFC 7617 section 2: base64 of "u:canary".
        let taken = asked.header("Authorization") == Some("Basic dTpjYW5hcnk=");
        if taken { Act::Usual } else { basic() }
    });
    let mut context = super::context(camera.port, login());
    assert!(super::open_by(&context, &[], RELAYED).is_ok());
    let before = camera.asked().len();
    let spec = FeedSpec { auth: LoginMethods::Digest, ..(*context.spec).clone() };
    context.spec = std::sync::Arc::new(spec);
    let refused = super::open_by(&context, &[], RELAYED).map(drop);
    assert_eq!(refused, Err(SourceError::WantsBasic));
    let asked = camera.asked();
    assert!(asked.len() > before);
    assert!(asked[before..].iter().all(|asked| asked.header("Authorization").is_none()));
}

#[test]
fn ffmpeg_has_no_login_and_a_wrong_password_is_sent_once() {
    crate::init();
    let camera = camera(0, false);
    let Err(error) = open(camera.port, login(), FFMPEG) else { unreachable!() };
    assert!(matches!(error, SourceError::Auth { .. }), "{error:?}");
    let tries = camera.asked().iter().filter(|asked| asked.text.contains("Digest")).count();
    assert_eq!(tries, 1);
}
