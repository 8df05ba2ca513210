//! The relay between a camera with a script and retina, over real connections.

mod addresses;
pub(crate) mod camera;
mod hostile;
mod logins;
mod measure;
mod messages;
mod playing;
mod tokens;

use std::future::poll_fn;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Findings, Limits, Relay};
use crate::packet::Packet;
use crate::runtime::block_on;
use crate::source::login::Login;
use crate::source::route::{LowerTransport, Route};
use crate::source::spec::{Address, FeedSpec};
use crate::source::{IDLE_TIMEOUT, Source, SourceContext, SourceError, TICK};

/// Retina through the relay.
const RELAYED: Route = Route { ffmpeg: false, over: Some(LowerTransport::Tcp), probing: false };
/// FFmpeg through it.
const FFMPEG: Route = Route { ffmpeg: true, ..RELAYED };

fn context(port: u16, login: Option<Login>) -> SourceContext {
    let url = format!("rtsp://127.0.0.1:{port}/live/main?profile=1");
    let spec = FeedSpec::new("t", url);
    SourceContext {
        address: Address { login, ..Address::parse(&spec).expect("a good address") },
        spec: Arc::new(spec),
        number: None,
        cancellation: CancellationToken::new(),
        rtcp: Arc::new(|_| {}),
        patience: Arc::new(|| IDLE_TIMEOUT),
    }
}

/// A source that the test's own thread waits for.
struct Blocking(Option<Box<dyn Source>>);

impl Blocking {
    fn next(&mut self) -> Result<Packet, SourceError> {
        let source = self.0.as_mut().expect("it is open");
        let packet = poll_fn(|cx| source.poll_next(cx));
        // A feed asks again at each tick.
        block_on(async { tokio::time::timeout(TICK, packet).await }).unwrap_or_else(|_| self.next())
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        if let Some(source) = self.0.take() {
            block_on(source.close());
        }
    }
}

fn open(port: u16, login: Option<Login>, route: Route) -> Result<Blocking, SourceError> {
    open_by(&context(port, login), &[], route)
}

fn open_by(
    context: &SourceContext,
    numbers: &[IpAddr],
    route: Route,
) -> Result<Blocking, SourceError> {
    block_on(crate::source::open(context, numbers, route)).map(|source| Blocking(Some(source)))
}

#[test]
fn silence_at_a_names_first_address_leads_to_the_next() {
    let camera = camera::Camera::start(|_, _| camera::Act::Usual);
    let silent = TcpListener::bind(("127.0.0.2", camera.port)).expect("the same port there");
    let numbers: Vec<IpAddr> = ["127.0.0.2", "127.0.0.1"].map(|n| n.parse().unwrap()).to_vec();
    let source = open_by(&context(camera.port, None), &numbers, RELAYED);
    let mut source = source.unwrap_or_else(|error| panic!("{error}"));
    assert!(source.next().is_ok());
    drop(silent);
}

/// Plays for so long; pictures, and the error if there was one.
fn play(source: &mut Blocking, time: Duration) -> (usize, Option<SourceError>) {
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
        let relay = Relay::start(&context(port, None), limits).expect("a port");
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
