//! Stands between a client, retina or FFmpeg, and an RTSP camera, message by message.
//!
//! A task beside that of its feed, which ends when the [`Relay`] is dropped. The client connects to
//! [`Relay::url`] without a login; the relay connects to the camera, and nowhere else. Policies:
//! - nothing that the camera says leads to another address: see `rewrite`. A redirection ends the relay;
//! - one client is served at a time, one that names the relay's random token; others on this computer are
//!   hung up on. A session whose connection broke is torn down over the next one;
//! - RTP comes interleaved, or in datagrams that the relay passes on, see `datagrams`;
//! - whatever either side sends has a limit ([`Limits`]); who goes over it ends the relay. Retina keeps
//!   what it has of a picture, so what it is passed without making one of it has a limit, too.
//!
//! `message` takes messages apart, `exchange` says what is done about them with `auth` and
//! `rewrite`, `lane` is one direction and `pump` moves the bytes.

pub(in crate::source) mod auth;
mod datagrams;
mod exchange;
mod findings;
#[cfg(any(test, feature = "fixtures"))]
pub(crate) mod fuzzing;
mod lane;
mod limits;
mod message;
mod pump;
mod rewrite;
#[cfg(test)]
pub(crate) mod tests;
mod told;

use std::io::{self, ErrorKind};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use url::{Position, Url};

use self::auth::Auth;
use self::exchange::Exchange;
pub(crate) use self::findings::Findings;
use self::lane::Lane;
pub(crate) use self::limits::{Fault, Limit, Limits, Peer, RelayError};
use self::pump::Pump;
use self::rewrite::{Addresses, names_relay};
pub(in crate::source) use self::told::source_error;
use super::dial::{Callee, dial};
use super::login::Login;
use super::route::Client;
use super::{SourceContext, SourceError};
use crate::lock::lock;

/// How long a client may take to name the token. Retina does so at once.
const NAME_TIMEOUT: Duration = Duration::from_secs(1);
/// Clients that are listened to at once until one names the token.
const CANDIDATES: usize = 8;
/// How often a thread that waits for a client's end looks.
const LOOK: Duration = Duration::from_millis(5);
/// What the system holds for a client that does not read, in bytes, besides its own buffer.
const SEND_BUFFER: u32 = 128 << 10;

/// A relay to one camera, for one connection.
pub(crate) struct Relay {
    url: Url,
    /// Whether the relay has a login to send.
    login: bool,
    findings: Arc<Mutex<Findings>>,
    /// How many clients' connections are over, with all that they said at the camera.
    over: watch::Receiver<u32>,
    task: JoinHandle<()>,
}

/// What the relay's task begins with.
struct Begin {
    listener: TcpListener,
    port: u16,
    token: String,
    camera: Url,
    callee: Callee,
    login: Option<Login>,
    /// Whether the password itself may be sent.
    basic: bool,
    limits: Limits,
    findings: Arc<Mutex<Findings>>,
    over: watch::Sender<u32>,
}

impl Relay {
    /// Begins to listen; the camera is called when the client is there. To be called within a tokio
    /// runtime.
    pub fn start(context: &SourceContext, limits: Limits) -> Result<Self, SourceError> {
        let internal =
            |error: io::Error| SourceError::Internal { detail: error.kind().to_string() };
        Self::listen(context, limits).map_err(internal)
    }

    fn listen(context: &SourceContext, limits: Limits) -> io::Result<Self> {
        let invalid = |error| io::Error::new(ErrorKind::InvalidInput, error);
        let target = Url::parse(context.address.bare.expose()).map_err(invalid)?;
        let token = random_token()?;
        let socket = TcpSocket::new_v4()?;
        // Inherited by what is accepted.
        socket.set_send_buffer_size(SEND_BUFFER)?;
        socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
        let listener = socket.listen(CANDIDATES as u32)?;
        let port = listener.local_addr()?.port();
        let rest = &target[Position::BeforePath..Position::AfterQuery];
        let url = format!("rtsp://127.0.0.1:{port}/{token}{rest}");
        let url = Url::parse(&url).map_err(invalid)?;
        let findings = Arc::new(Mutex::new(Findings::default()));
        let (ends, over) = watch::channel(0);
        let login = context.address.login.is_some();
        let begin = Begin {
            listener,
            port,
            token,
            camera: target,
            callee: Callee::new(context)?,
            login: context.address.login.clone(),
            basic: context.takes_basic(),
            limits,
            findings: findings.clone(),
            over: ends,
        };
        let task = tokio::spawn(begin.run());
        Ok(Self { url, login, findings, over, task })
    }

    /// Where the client connects to: the camera's path behind a secret of this relay.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The client has made a picture of what it was passed.
    pub fn picture(&self) {
        let mut findings = lock(&self.findings);
        findings.at_picture = findings.bytes;
    }

    /// What was seen so far.
    pub fn findings(&self) -> Findings {
        lock(&self.findings).clone()
    }

    /// What `error` of the client means, with what was seen.
    pub fn explain(&self, error: SourceError, client: Client) -> SourceError {
        told::explain(error, self.findings(), client, self.login)
    }

    /// Waits up to `limit` until what a client said that hung up is with the camera. Blocks; for threads
    /// of their own.
    pub fn linger(&self, limit: Duration) {
        let until = Instant::now() + limit;
        while *self.over.borrow() == 0 && !self.task.is_finished() && Instant::now() < until {
            std::thread::sleep(LOOK);
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What nobody else on this computer can guess.
pub(in crate::source) fn random_token() -> io::Result<String> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(format!("{:032x}", u128::from_ne_bytes(random)))
}

impl Begin {
    /// The task's whole life: one client after the other. Why the first one's connection ends is noted
    /// before that is closed: from then on the client may ask.
    async fn run(self) {
        let note = |error: RelayError| {
            lock(&self.findings).error.get_or_insert(error);
        };
        let first = timeout(self.limits.answer, self.admit()).await;
        let mut client = first.unwrap_or(Err(RelayError::NoClient));
        loop {
            match client {
                Ok(client) => self.serve(client, note).await,
                Err(error) => return note(error),
            }
            self.over.send_modify(|served| *served += 1);
            client = self.admit().await;
        }
    }

    async fn serve(&self, client: (TcpStream, Lane), note: impl Fn(RelayError)) {
        let (limits, findings) = (self.limits, &self.findings);
        let (camera, peer) = match dial(&self.callee, limits.answer).await {
            Ok(called) => called,
            Err(error) => return note(error.into()),
        };
        let addresses =
            Addresses::new(&self.camera, peer.ip(), self.port, &self.token, limits.url_bytes);
        let auth = Auth::new(self.login.clone(), self.basic);
        let exchange = Exchange::new(addresses, auth, limits, findings.clone());
        let mut pump = Pump::new(camera, client, exchange, limits, findings.clone());
        if let Err(error) = (&mut pump).await {
            note(error);
        }
    }

    /// Waits for a client that names the token, and hands back what it said.
    async fn admit(&self) -> Result<(TcpStream, Lane), RelayError> {
        let admitted = admit(&self.listener, self.port, &self.token).await;
        admitted.map_err(RelayError::ClientBroke)
    }
}

/// Waits for the client that names the token, and hands back what it said.
async fn admit(
    listener: &TcpListener,
    port: u16,
    token: &str,
) -> Result<(TcpStream, Lane), ErrorKind> {
    let mut candidates = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if candidates.len() < CANDIDATES => {
                let (stream, _) = accepted.map_err(|error| error.kind())?;
                let token = token.to_owned();
                candidates.spawn(timeout(NAME_TIMEOUT, listen_to(stream, port, token)));
            }
            Some(named) = candidates.join_next() => {
                if let Ok(Ok(Some(client))) = named {
                    return Ok(client);
                }
            }
        }
    }
}

/// The client again, if its first line names the token.
async fn listen_to(stream: TcpStream, port: u16, token: String) -> Option<(TcpStream, Lane)> {
    stream.set_nodelay(true).ok()?;
    let (mut said, limits) = (Lane::default(), Limits::default());
    loop {
        stream.readable().await.ok()?;
        match stream.try_read(said.room(&limits)) {
            Ok(0) => return None,
            Ok(bytes) => said.filled(bytes),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(_) => return None,
        }
        let line = said.unread().split(|byte| *byte == b'\n').next().unwrap_or_default();
        if line.len() < said.unread().len() {
            return names_relay(line, port, &token).then_some((stream, said));
        }
        if line.len() > limits.url_bytes {
            return None;
        }
    }
}
