//! The relay between a camera with a script and retina, over real connections.

mod addresses;
mod camera;
mod hostile;
mod logins;
mod measure;
mod messages;
mod playing;
mod tokens;

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use url::Url;

use super::{Findings, Limits, Relay};
use crate::cancel::CancellationToken;
use crate::source::route::{LowerTransport, Route};
use crate::source::spec::{Address, FeedSpec, Login};
use crate::source::{IDLE_TIMEOUT, Source, SourceContext, SourceError};

/// Retina through the relay, and without it.
const RELAYED: Route =
    Route { ffmpeg: false, over: Some(LowerTransport::Tcp), relay: true, probing: false };
const DIRECT: Route = Route { relay: false, ..RELAYED };

fn context(port: u16, login: Option<Login>) -> SourceContext {
    let url = format!("rtsp://127.0.0.1:{port}/live/main?profile=1");
    let spec = FeedSpec::new("t", url);
    SourceContext {
        address: Address { login, ..Address::parse(&spec).expect("a good address") },
        spec: Arc::new(spec),
        cancellation: Arc::new(CancellationToken::default()),
        tick: Arc::new(|| {}),
        rtcp: Arc::new(|_| {}),
        patience: Arc::new(|| IDLE_TIMEOUT),
    }
}

fn open(port: u16, login: Option<Login>, route: Route) -> Result<Box<dyn Source>, SourceError> {
    crate::source::open(&context(port, login), &[], route)
}

#[test]
fn silence_at_a_names_first_address_leads_to_the_next() {
    let camera = camera::Camera::start(|_, _| camera::Act::Usual);
    let silent = TcpListener::bind(("127.0.0.2", camera.port)).expect("the same port there");
    let numbers: Vec<IpAddr> = ["127.0.0.2", "127.0.0.1"].map(|n| n.parse().unwrap()).to_vec();
    for route in [DIRECT, RELAYED] {
        let mut source = crate::source::open(&context(camera.port, None), &numbers, route)
            .unwrap_or_else(|error| panic!("{}: {error}", route.name()));
        assert!(source.next().is_ok());
    }
    drop(silent);
}

/// Plays for so long; pictures, and the error if there was one.
fn play(source: &mut dyn Source, time: Duration) -> (usize, Option<SourceError>) {
    let until = Instant::now() + time;
    let mut pictures = 0;
    while Instant::now() < until {
        match source.next() {
            Ok(_) => pictures += 1,
            Err(error) => return (pictures, Some(error)),
        }
    }
    (pictures, None)
}

/// A client of our own that says what retina never would.
fn with_relay<T: Send + 'static>(
    port: u16,
    limits: Limits,
    client: impl FnOnce(&Url) -> T + Send + 'static,
) -> (T, Findings) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let relay = Relay::start(&context(port, None).address, limits).expect("a port");
        let url = relay.url().clone();
        let result = tokio::task::spawn_blocking(move || client(&url)).await.expect("a client");
        (result, relay.findings())
    })
}

fn call(url: &Url) -> TcpStream {
    let stream = TcpStream::connect(("127.0.0.1", url.port().expect("a port"))).expect("open");
    stream.set_read_timeout(Some(Duration::from_secs(8))).expect("a socket");
    stream
}

/// Asks, and reads one answer, or what came before the end.
fn ask(stream: &mut TcpStream, request: &str) -> String {
    // The relay may have hung up.
    crate::BestEffort::best_effort(stream.write_all(request.as_bytes()));
    let (mut text, mut byte) = (Vec::new(), [0]);
    while !text.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
        text.push(byte[0]);
    }
    String::from_utf8_lossy(&text).into_owned()
}
