//! Stands between retina and a camera that retina does not get on with, message by message.
//!
//! A task beside that of its feed: it ends with the client's connection, or when the [`Relay`] is dropped. Retina connects to [`Relay::url`] without a login; the relay connects
//! to the camera. Policies:
//! - RTP comes interleaved: for datagrams retina opens its ports on the address it connects from,
//!   which is 127.0.0.1 here, where no camera reaches them;
//! - one client is served, the one that names the relay's random token; others on this computer are
//!   hung up on, and after that nobody is let in any more;
//! - whatever either side sends has a limit ([`Limits`]); who goes over it ends the relay. Retina keeps what
//!   it has of a picture, so what it is passed without making one of it has a limit, too.
//!
//! `message` takes messages apart, `exchange` says what is done about them with `auth` and
//! `rewrite`, `lane` is one direction and `pump` moves the bytes.

mod auth;
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
mod tests;

use std::io::{self, ErrorKind};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use url::{Position, Url};

use self::auth::Auth;
use self::exchange::Exchange;
pub(crate) use self::findings::Findings;
use self::lane::Lane;
pub(crate) use self::limits::{Limit, Limits, RelayError};
use self::pump::Pump;
use self::rewrite::{Addresses, names_relay};
use super::SourceContext;
use super::dial::{Callee, dial};
use super::login::Login;
use crate::lock::lock;

/// How long a client may take to name the token. Retina does so at once.
const NAME_TIMEOUT: Duration = Duration::from_secs(1);
/// Clients that are listened to at once until one names the token.
const CANDIDATES: usize = 8;
/// What the system holds for a client that does not read, in bytes, besides its own buffer.
const SEND_BUFFER: u32 = 128 << 10;

/// A relay to one camera, for one connection.
pub(crate) struct Relay {
    url: Url,
    findings: Arc<Mutex<Findings>>,
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
    limits: Limits,
    findings: Arc<Mutex<Findings>>,
}

impl Relay {
    /// Begins to listen; the camera is called when the client is there. To be called within a tokio
    /// runtime.
    pub fn start(context: &SourceContext, limits: Limits) -> io::Result<Self> {
        let invalid = |error| io::Error::new(ErrorKind::InvalidInput, error);
        let target = Url::parse(context.address.bare.expose()).map_err(invalid)?;
        let mut random = [0; 16];
        getrandom::fill(&mut random).map_err(|error| io::Error::other(error.to_string()))?;
        let token = format!("{:032x}", u128::from_ne_bytes(random));
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
        let begin = Begin {
            listener,
            port,
            token,
            camera: target,
            callee: Callee::new(context)?,
            login: context.address.login.clone(),
            limits,
            findings: findings.clone(),
        };
        let task = tokio::spawn(begin.run());
        Ok(Self { url, findings, task })
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
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Begin {
    /// The task's whole life. Why it ends is noted before the client's connection is closed: from then
    /// on the client may ask.
    async fn run(self) {
        let Self { listener, port, token, camera: target, callee, login, limits, findings } = self;
        let note = |error| lock(&findings).error = Some(error);
        let client = match timeout(limits.answer, admit(listener, port, &token)).await {
            Ok(Ok(client)) => client,
            Ok(Err(kind)) => return note(RelayError::ClientBroke(kind)),
            Err(_elapsed) => return note(RelayError::NoClient),
        };
        let (camera, peer) = match dial(&callee, limits.answer).await {
            Ok(called) => called,
            Err(error) => return note(error.into()),
        };
        let addresses = Addresses::new(&target, peer.ip(), port, &token, limits.url_bytes);
        let exchange = Exchange::new(addresses, Auth::new(login), limits, findings.clone());
        let mut pump = Pump::new(camera, client, exchange, limits, findings.clone());
        if let Err(error) = (&mut pump).await {
            note(error);
        }
    }
}

/// Waits for the client that names the token, and hands back what it said. Nobody else can connect
/// afterwards.
async fn admit(
    listener: TcpListener,
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
