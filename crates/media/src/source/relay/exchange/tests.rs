//! The exchange without connections, in time that is told.

use super::super::lane::Lane;
use super::*;
use crate::source::login::Login;
use url::Url;

const RELAY: &str = "rtsp://127.0.0.1:1234/token";

struct Talk {
    exchange: Exchange,
    now: Instant,
    to_camera: Vec<u8>,
    to_client: Vec<u8>,
}

impl Talk {
    fn new() -> Self {
        let camera = Url::parse("rtsp://cam.example/live").expect("an address");
        let ip = [192, 0, 2, 7].into();
        let limits = Limits::default();
        let addresses = Addresses::new(&camera, ip, 1234, "token", limits.url_bytes);
        let auth = Auth::new(Some(Login::new("u", "p")), true);
        let exchange = Exchange::new(addresses, auth, limits, Arc::default());
        Self { exchange, now: Instant::now(), to_camera: Vec::new(), to_client: Vec::new() }
    }

    fn parse(text: &str) -> (Head, Vec<u8>) {
        let mut lane = Lane::default();
        let limits = Limits::default();
        lane.room(&limits)[..text.len()].copy_from_slice(text.as_bytes());
        lane.filled(text.len());
        lane.next(&limits).expect("RTSP").expect("a message")
    }

    /// What is said to the camera, and to the client, after this.
    fn heard(&mut self) -> (String, String) {
        let text = |bytes: &mut Vec<u8>| String::from_utf8(std::mem::take(bytes)).expect("text");
        (text(&mut self.to_camera), text(&mut self.to_client))
    }

    fn client(&mut self, text: &str) -> Result<(String, String), RelayError> {
        let (head, body) = Self::parse(text);
        let Self { exchange, now, to_camera, to_client } = self;
        exchange.client_says(head, body, *now, &mut Outgoing { to_camera, to_client })?;
        Ok(self.heard())
    }

    fn camera(&mut self, text: &str) -> Result<(String, String), RelayError> {
        let (head, body) = Self::parse(text);
        let Self { exchange, now, to_camera, to_client } = self;
        exchange.camera_says(head, body, *now, &mut Outgoing { to_camera, to_client })?;
        Ok(self.heard())
    }

    fn after(&mut self, time: Duration) -> Result<(String, String), RelayError> {
        self.now += time;
        let Self { exchange, now, to_camera, to_client } = self;
        exchange.tick(*now, &mut Outgoing { to_camera, to_client })?;
        Ok(self.heard())
    }

    fn ask(&mut self, method: &str, cseq: u32) -> String {
        let transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n";
        let text = format!("{method} {RELAY}/live RTSP/1.0\r\nCSeq: {cseq}\r\n{transport}\r\n");
        self.client(&text).expect("passed on").0
    }

    /// Plays, with a keepalive due each `timeout` / 2.
    fn playing(timeout: u32) -> Self {
        let mut talk = Self::new();
        talk.ask("SETUP", 1);
        let session = format!("Session: 7;timeout={timeout}");
        talk.camera(&format!("RTSP/1.0 200 OK\r\nCSeq: 1\r\n{session}\r\n\r\n")).expect("SETUP");
        talk.ask("PLAY", 2);
        talk.camera("RTSP/1.0 200 OK\r\nCSeq: 2\r\n\r\n").expect("PLAY");
        talk
    }
}

#[test]
fn keepalives_are_answered_before_the_next_is_due_and_others_are_not() {
    for (timeout, due) in [(1, 375), (2, 750), (10, 3750), (30, 5000), (3600, 5000)] {
        let mut talk = Talk::playing(timeout);
        talk.ask("GET_PARAMETER", 3);
        assert_eq!(talk.exchange.due(), Some(talk.now + Duration::from_millis(due)));
        let early = talk.after(Duration::from_millis(due - 1)).expect("time");
        assert_eq!(early, (String::new(), String::new()));
        let (_, answer) = talk.after(Duration::from_millis(1)).expect("time");
        assert!(answer.starts_with("RTSP/1.0 200 OK\r\nCSeq: 3\r\n"), "{answer}");
        assert_eq!(talk.exchange.due(), None);
        let late = talk.camera("RTSP/1.0 200 OK\r\nCSeq: 3\r\n\r\n").expect("an answer");
        assert_eq!(late, (String::new(), String::new()), "swallowed");
    }
    let mut before = Talk::new();
    before.ask("OPTIONS", 1);
    assert_eq!(
        before.after(Duration::from_secs(5)),
        Err(RelayError::Silent(Duration::from_secs(5)))
    );
    let mut teardown = Talk::playing(60);
    teardown.ask("TEARDOWN", 3);
    assert!(teardown.after(Duration::from_secs(5)).is_err());
}

#[test]
fn unanswered_keepalives_do_not_add_up() {
    let mut talk = Talk::playing(2);
    for number in 3..1000 {
        talk.ask("OPTIONS", number);
        let (_, answer) = talk.after(Duration::from_secs(1)).expect("time");
        assert!(answer.contains(&format!("CSeq: {number}\r\n")));
        assert!(talk.exchange.asked.len() <= 8);
    }
    assert_eq!(lock(&talk.exchange.findings).keepalives_answered, 997);
    // An answer to one that is forgotten belongs to nobody who waits.
    talk.ask("TEARDOWN", 1000);
    let (_, answer) = talk.camera("RTSP/1.0 200 OK\r\nCSeq: 5\r\n\r\n").expect("an answer");
    assert_eq!(answer, "");
    let (_, answer) = talk.camera("RTSP/1.0 200 OK\r\nCSeq: 1000\r\n\r\n").expect("an answer");
    assert!(answer.contains("CSeq: 1000\r\n"));
}

#[test]
fn answers_are_spelled_as_retina_reads_them() {
    let mut talk = Talk::new();
    talk.ask("SETUP", 1);
    let transport = "Transport: RTP/AVP/TCP;source=198.51.100.1;interleaved=0-1;destination=x";
    let session = "Session: 7 ; Timeout = 0";
    let answer = format!("RTSP/1.0 200 OK\r\nCSeq: 1\r\n{transport}\r\n{session}\r\n\r\n");
    let (_, answer) = talk.camera(&answer).expect("an answer");
    let expected = "RTSP/1.0 200 OK\r\nTransport: RTP/AVP/TCP;interleaved=0-1\r\n\
        Session: 7;timeout=60\r\nCSeq: 1\r\n\r\n";
    assert_eq!(answer, expected);
    assert_eq!(lock(&talk.exchange.findings).elsewhere, 1);
    talk.ask("PLAY", 2);
    // By its address the camera is itself, whatever its name.
    let info = "url=rtsp://192.0.2.7/live/1;seq=1,url=2;seq=9,url=rtsp://198.51.100.1/3;seq=2";
    let (_, answer) = talk
        .camera(&format!(
            "RTSP/1.0 100 Wait\r\nCSeq: 2\r\n\r\nRTSP/1.0 200 OK\r\nRTP-Info: {info}\r\n\r\n"
        ))
        .expect("an answer");
    assert_eq!(answer, "", "that was 100");
    let (_, answer) =
        talk.camera(&format!("RTSP/1.0 200 OK\r\nRTP-Info: {info}\r\n\r\n")).expect("an answer");
    assert_eq!(lock(&talk.exchange.findings).elsewhere, 2, "one more");
    let info = format!("url={RELAY}/live/1;seq=1,url=2;seq=9,url={RELAY}/3;seq=2");
    assert_eq!(answer, format!("RTSP/1.0 200 OK\r\nRTP-Info: {info}\r\nCSeq: 2\r\n\r\n"));
}

#[test]
fn a_login_that_runs_out_on_an_unanswered_keepalive_is_renewed_for_the_next() {
    let mut talk = Talk::playing(2);
    let refuse = |nonce, cseq| {
        let offer = format!("WWW-Authenticate: Digest realm=\"r\", nonce=\"{nonce}\", stale=true");
        format!("RTSP/1.0 401 No\r\nCSeq: {cseq}\r\n{offer}\r\n\r\n")
    };
    talk.ask("OPTIONS", 3);
    talk.after(Duration::from_secs(1)).expect("time");
    assert_eq!(talk.camera(&refuse("late", 3)), Ok((String::new(), String::new())));
    assert!(talk.ask("OPTIONS", 4).contains("nonce=\"late\""));
    // Twice again, and then it is passed on.
    for nonce in ["1", "2"] {
        let cseq = talk.exchange.asked.back().expect("asked").cseq;
        let (again, _) = talk.camera(&refuse(nonce, cseq)).expect("an answer");
        assert!(again.contains(&format!("nonce=\"{nonce}\"")), "{again}");
    }
    let cseq = talk.exchange.asked.back().expect("asked").cseq;
    let (_, refused) = talk.camera(&refuse("3", cseq)).expect("an answer");
    assert!(refused.starts_with("RTSP/1.0 401 No\r\n") && refused.contains("CSeq: 4\r\n"));
}
