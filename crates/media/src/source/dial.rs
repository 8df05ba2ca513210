//! Calls a camera: a TCP connection, with TLS on it where the address wants that.
//!
//! Whoever relays to a camera awaits it, on the threads `io`. Policies:
//! - a callee is called by the number that was looked up for it, where there is one, and is spoken to by
//!   its name: TLS checks the name;
//! - connecting and the handshake have one limit together;
//! - a camera that hangs up without the farewell of TLS has hung up and is no error: many do so, and all
//!   that is read through here tells its own lengths or is live.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use camwall_address::Scheme;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use url::Url;

use super::spec::Address;
use super::tls::{CertificateFault, Encrypted, HandshakeFault, Security, TlsError};
use super::{SourceContext, SourceError};

/// Whom to call.
#[derive(Clone, Debug)]
pub(crate) struct Callee {
    host: String,
    port: u16,
    number: Option<IpAddr>,
    /// With TLS.
    security: Option<Security>,
}

impl Callee {
    /// The camera of `context`.
    pub fn new(context: &SourceContext) -> io::Result<Self> {
        let security = context.address.scheme.is_encrypted().then(|| Security::new(context));
        Ok(Self { security, ..Self::of(&context.address, context.number)? })
    }

    /// The host at `address`, to be called without TLS.
    pub fn of(address: &Address, number: Option<IpAddr>) -> io::Result<Self> {
        let invalid = |error| io::Error::new(ErrorKind::InvalidInput, error);
        let url = Url::parse(address.bare.expose()).map_err(invalid)?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = url.port_or_known_default().or(default_port(address.scheme));
        let port = port.ok_or(ErrorKind::InvalidInput)?;
        Ok(Self { host, port, number, security: None })
    }

    /// The name or number that the camera is called by.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Connects, as long as that takes.
    pub async fn connect(&self) -> Result<TcpStream, DialError> {
        let connected = match self.number {
            Some(number) => TcpStream::connect((number, self.port)).await,
            None => TcpStream::connect((self.host.as_str(), self.port)).await,
        };
        let stream = connected.map_err(|error| DialError::Unreachable(error.kind()))?;
        stream.set_nodelay(true).map_err(|error| DialError::Broke(error.kind()))?;
        Ok(stream)
    }
}

/// The port of an address that names none (IANA's registry); `None` where there has to be one.
fn default_port(scheme: Scheme) -> Option<u16> {
    match scheme {
        Scheme::Rtsp => Some(554),
        Scheme::Rtsps => Some(322),
        Scheme::Http => Some(80),
        Scheme::Https | Scheme::Rtmps => Some(443),
        Scheme::Rtmp => Some(1935),
        Scheme::Srt | Scheme::Udp | Scheme::Rtp | Scheme::V4l2 | Scheme::File => None,
    }
}

/// Why a camera can't be spoken to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DialError {
    #[error("no connection: {0}")]
    Unreachable(ErrorKind),
    #[error("no answer within {} s", .0.as_secs())]
    Silent(Duration),
    #[error("the connection broke: {0}")]
    Broke(ErrorKind),
    #[error("the camera is not trusted: {0}")]
    NotTrusted(CertificateFault),
    #[error("no TLS: {0}")]
    NoTls(HandshakeFault),
}

impl From<TlsError> for DialError {
    fn from(error: TlsError) -> Self {
        match error {
            TlsError::Broke(kind) => Self::Broke(kind),
            TlsError::NotTrusted(fault) => Self::NotTrusted(fault),
            TlsError::NoTls(fault) => Self::NoTls(fault),
        }
    }
}

impl From<DialError> for SourceError {
    fn from(error: DialError) -> Self {
        let detail = error.to_string();
        match error {
            DialError::Unreachable(_) => Self::Unreachable { detail },
            DialError::Silent(after) => Self::Timeout { step: "connecting", after },
            DialError::Broke(_) => Self::Broken { detail },
            DialError::NotTrusted(fault) => Self::NotTrusted { fault },
            DialError::NoTls(fault) => Self::NoTls { fault },
        }
    }
}

/// A connection to a camera.
#[derive(Debug)]
pub(crate) enum CameraStream {
    Plain(TcpStream),
    Tls(Box<Encrypted>),
}

/// Calls, within `limit`; with whose number was called.
pub(crate) async fn dial(
    callee: &Callee,
    limit: Duration,
) -> Result<(CameraStream, SocketAddr), DialError> {
    let called = timeout(limit, call(callee)).await;
    called.unwrap_or(Err(DialError::Silent(limit)))
}

async fn call(callee: &Callee) -> Result<(CameraStream, SocketAddr), DialError> {
    let stream = callee.connect().await?;
    let peer = stream.peer_addr().map_err(|error| DialError::Broke(error.kind()))?;
    let Some(security) = &callee.security else { return Ok((CameraStream::Plain(stream), peer)) };
    let secured = security.secure(stream, &callee.host, peer.ip()).await?;
    Ok((CameraStream::Tls(Box::new(secured)), peer))
}

impl AsyncRead for CameraStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(camera) => {
                camera.expiry.look();
                match ready!(Pin::new(&mut camera.stream).poll_read(cx, buffer)) {
                    Err(error) if error.kind() == ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
                    read => Poll::Ready(read),
                }
            }
        }
    }
}

impl AsyncWrite for CameraStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(camera) => Pin::new(&mut camera.stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(camera) => Pin::new(&mut camera.stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(camera) => Pin::new(&mut camera.stream).poll_shutdown(cx),
        }
    }
}
