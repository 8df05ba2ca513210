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
use tokio_rustls::client::TlsStream;
use url::Url;

use super::SourceContext;

/// Whom to call.
#[derive(Clone, Debug)]
pub(crate) struct Callee {
    host: String,
    port: u16,
    number: Option<IpAddr>,
}

impl Callee {
    /// The camera of `context`.
    pub fn new(context: &SourceContext) -> io::Result<Self> {
        let invalid = |error| io::Error::new(ErrorKind::InvalidInput, error);
        let url = Url::parse(context.address.bare.expose()).map_err(invalid)?;
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = url.port_or_known_default().or(default_port(context.address.scheme));
        let port = port.ok_or(ErrorKind::InvalidInput)?;
        Ok(Self { host, port, number: context.number })
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
}

/// A connection to a camera.
#[derive(Debug)]
pub(crate) enum CameraStream {
    Plain(TcpStream),
    #[expect(dead_code, reason = "not dialled yet")]
    Tls(Box<TlsStream<TcpStream>>),
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
    let stream = connect(callee).await.map_err(|error| DialError::Unreachable(error.kind()))?;
    let peer = stream.peer_addr().map_err(|error| DialError::Broke(error.kind()))?;
    Ok((CameraStream::Plain(stream), peer))
}

async fn connect(callee: &Callee) -> io::Result<TcpStream> {
    let stream = match callee.number {
        Some(number) => TcpStream::connect((number, callee.port)).await?,
        None => TcpStream::connect((callee.host.as_str(), callee.port)).await?,
    };
    stream.set_nodelay(true)?;
    Ok(stream)
}

impl AsyncRead for CameraStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buffer),
            Self::Tls(stream) => match ready!(Pin::new(&mut **stream).poll_read(cx, buffer)) {
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => Poll::Ready(Ok(())),
                read => Poll::Ready(read),
            },
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
            Self::Tls(stream) => Pin::new(&mut **stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_shutdown(cx),
        }
    }
}
