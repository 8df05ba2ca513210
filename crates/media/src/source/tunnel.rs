//! Stands between FFmpeg and a server that speaks RTMP through TLS, and passes bytes on.
//!
//! A task beside that of its feed: it ends with either connection, or when the [`Tunnel`] is dropped. FFmpeg
//! connects to 127.0.0.1 in clear; the tunnel calls the server with our TLS. Policies:
//! - one client is served, the first; nobody is let in afterwards. Who comes before FFmpeg gets nothing
//!   that he could not have asked the server for himself: the key is in what FFmpeg says;
//! - a side that does not read is not read for: [`BUFFER`] bytes are kept for each.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional_with_sizes;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use url::Url;

use super::dial::{Callee, DialError, dial};
use super::{ANSWER_TIMEOUT, SourceContext, SourceError};
use crate::best_effort::BestEffort;
use crate::lock::lock;

/// Bytes on their way, in each direction.
const BUFFER: usize = 64 << 10;

/// A tunnel to one server, for one connection.
pub(super) struct Tunnel {
    url: String,
    target: String,
    error: Arc<Mutex<Option<DialError>>>,
    task: JoinHandle<()>,
}

impl Tunnel {
    /// Begins to listen; the server is called when the client is there.
    pub async fn start(context: &SourceContext) -> Result<Self, SourceError> {
        let internal =
            |error: io::Error| SourceError::Internal { detail: error.kind().to_string() };
        Self::listen(context).await.map_err(internal)
    }

    async fn listen(context: &SourceContext) -> io::Result<Self> {
        let callee = Callee::new(context)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = listener.local_addr()?.port();
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
        let camera = Url::parse(context.address.bare.expose()).map_err(invalid)?;
        let rest = &camera[url::Position::BeforePath..];
        let error = Arc::new(Mutex::new(None));
        let task = tokio::spawn(run(listener, callee, error.clone()));
        let url = format!("rtmp://127.0.0.1:{port}{rest}");
        Ok(Self { url, target: target_url(&camera), error, task })
    }

    /// Where FFmpeg connects to. Secret: the key is in its path.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What FFmpeg is to call the application, for servers that go by the name of their host.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Why there is no way to the server, where FFmpeg's error only says that there is none.
    pub fn explain(&self, error: SourceError) -> SourceError {
        match (error, lock(&self.error).clone()) {
            (SourceError::Stopped, _) => SourceError::Stopped,
            (_, Some(cause)) => cause.into(),
            (error, None) => error,
        }
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn run(listener: TcpListener, callee: Callee, error: Arc<Mutex<Option<DialError>>>) {
    let Ok(Ok((mut client, _))) = timeout(ANSWER_TIMEOUT, listener.accept()).await else { return };
    drop(listener);
    match dial(&callee, ANSWER_TIMEOUT).await {
        // How it ended, the client sees.
        Ok((mut server, _)) => {
            let copied =
                copy_bidirectional_with_sizes(&mut client, &mut server, BUFFER, BUFFER).await;
            copied.map(drop).best_effort();
        }
        // Noted before the client's connection is closed: from then on it is asked for.
        Err(cause) => *lock(&error) = Some(cause),
    }
}

/// The address up to the application, as FFmpeg (5.1, `rtmp_open`) finds it in the path: the first part, and
/// the second where there is a third.
fn target_url(url: &Url) -> String {
    let path = url.path().trim_start_matches('/');
    let parts: Vec<&str> = path.split('/').collect();
    let instance = parts.len() > 2 && !parts[1].contains(':');
    let application = parts[..if instance { 2 } else { 1 }].join("/");
    format!("{}/{application}", &url[..url::Position::BeforePath])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_application_is_what_ffmpeg_takes_for_it() {
        let of = |url: &str| target_url(&Url::parse(url).unwrap());
        assert_eq!(of("rtmps://h/live/key"), "rtmps://h/live");
        assert_eq!(of("rtmps://h:1443/live/room/key?x=1"), "rtmps://h:1443/live/room");
        assert_eq!(of("rtmps://h/vod/mp4:a/b"), "rtmps://h/vod");
        assert_eq!(of("rtmps://h"), "rtmps://h/");
    }
}
