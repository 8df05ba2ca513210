//! Stands between FFmpeg and an HTTP camera.
//!
//! A task beside that of its feed, which ends when the [`HttpRelay`] is dropped. FFmpeg asks at 127.0.0.1,
//! the relay asks the camera, and nobody else. Policies:
//! - only who names the relay's random token is answered;
//! - each question is a connection of its own to the camera, with the login of the RTSP relay's rules;
//! - no redirection is followed: it is told, and FFmpeg hears 502, then and from then on, so that no part of
//!   a playlist that is elsewhere is left out without a word. Of an answer's head only what describes its body
//!   reaches FFmpeg, which would go by a `Location` in any;
//! - a head has the limits of [`Limits`]. A body is passed on as fast as FFmpeg takes it, and nothing of it
//!   is kept; but playlists are read where the wall file asks for them, see `playlist`, and refused
//!   elsewhere.

mod head;
mod playlist;
#[cfg(test)]
mod tests;

use std::io::{self, ErrorKind};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, copy_buf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;
use url::{Position, Url};

use self::head::{Answer, Question, read_head};
use super::dial::{Callee, CameraStream, dial};
use super::relay::auth::{Auth, Sent, Verdict};
use super::relay::{Limit, Limits, Peer, RelayError, random_token, source_error};
use super::route::Client;
use super::{SourceContext, SourceError};
use crate::best_effort::BestEffort;
use crate::lock::lock;

/// How long FFmpeg may take to ask.
const ASK_TIMEOUT: Duration = Duration::from_secs(1);
/// Connections of FFmpeg's at once: a playlist, its segments and keys.
const MOST: usize = 8;
/// How often one question is put to the camera: without a login, with it, and with two other nonces.
const TRIES: u8 = 4;
/// How much of a body is read at once.
const CHUNK: usize = 64 << 10;

/// A relay to one camera.
pub(crate) struct HttpRelay {
    url: String,
    proxy: String,
    /// Why the latest question had no answer, or the first that led elsewhere.
    error: Arc<Mutex<Option<RelayError>>>,
    task: JoinHandle<()>,
}

/// What all connections of a relay share.
struct Shared {
    camera: Url,
    callee: Callee,
    /// `http://127.0.0.1:port`.
    origin: String,
    token: String,
    hls: bool,
    auth: Mutex<Auth>,
    limits: Limits,
    error: Arc<Mutex<Option<RelayError>>>,
}

impl HttpRelay {
    /// Begins to listen. To be called within a tokio runtime.
    pub fn start(context: &SourceContext) -> Result<Self, SourceError> {
        let internal =
            |error: io::Error| SourceError::Internal { detail: error.kind().to_string() };
        Self::listen(context).map_err(internal)
    }

    fn listen(context: &SourceContext) -> io::Result<Self> {
        let invalid = |error| io::Error::new(ErrorKind::InvalidInput, error);
        let camera = Url::parse(context.address.bare.expose()).map_err(invalid)?;
        let token = random_token()?;
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let origin = format!("http://{}", listener.local_addr()?);
        let hls = context.spec.hls;
        // What is no playlist has no name that could choose a demuxer.
        let rest = if hls { &camera[Position::BeforePath..Position::AfterQuery] } else { "" };
        let url = format!("{origin}/{token}{rest}");
        let error = Arc::new(Mutex::new(None));
        let shared = Shared {
            callee: Callee::new(context)?,
            auth: Mutex::new(Auth::new(context.address.login.clone(), context.takes_basic())),
            limits: Limits::default(),
            error: error.clone(),
            origin: origin.clone(),
            camera,
            token,
            hls,
        };
        let listener = TcpListener::from_std(listener)?;
        let task = tokio::spawn(listen(listener, Arc::new(shared)));
        Ok(Self { url, proxy: if hls { origin } else { String::new() }, error, task })
    }

    /// What FFmpeg opens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A proxy for whatever else FFmpeg is led to open: this relay, which refuses it. Empty where FFmpeg
    /// opens nothing else.
    pub fn proxy(&self) -> &str {
        &self.proxy
    }

    /// What FFmpeg's `error` means.
    pub fn explain(&self, error: SourceError) -> SourceError {
        match (&error, &*lock(&self.error)) {
            (SourceError::Stopped, _) | (_, None) => error,
            (_, Some(cause)) => source_error(cause, Client::Ffmpeg),
        }
    }
}

impl Drop for HttpRelay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(listener: TcpListener, shared: Arc<Shared>) {
    let mut served = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if served.len() < MOST => {
                let Ok((stream, _)) = accepted else { return };
                let shared = shared.clone();
                served.spawn(async move { shared.serve(stream).await });
            }
            Some(_) = served.join_next() => {}
        }
    }
}

impl Shared {
    /// Answers one question. Nobody hears of a connection that FFmpeg ends.
    async fn serve(&self, mut client: TcpStream) {
        // Pictures are not to wait for each other; a socket that refuses does no harm.
        client.set_nodelay(true).best_effort();
        let mut said = Vec::new();
        let asked = timeout(ASK_TIMEOUT, read_head(&mut client, &mut said, &self.limits));
        let Ok(Ok(Some(length))) = asked.await else { return };
        let Some(question) = Question::parse(&said[..length], &self.limits) else { return };
        let answered = match self.target(question.target) {
            Some(Ok(_)) if self.is_elsewhere() => return self.refuse(&mut client).await,
            Some(Ok(target)) => self.ask(&question, &target, &mut client).await,
            Some(Err(elsewhere)) => Err(elsewhere),
            None => return,
        };
        if let Err(error) = answered {
            self.note(Some(error));
            self.refuse(&mut client).await;
        }
    }

    async fn refuse(&self, client: &mut TcpStream) {
        let refusal = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        // It may be gone.
        client.write_all(refusal).await.best_effort();
    }

    /// Keeps the latest that was wrong, `None` where nothing was; but that we were sent elsewhere for good.
    fn note(&self, error: Option<RelayError>) {
        let mut known = lock(&self.error);
        if !known.as_ref().is_some_and(leads_elsewhere) {
            *known = error;
        }
    }

    fn is_elsewhere(&self) -> bool {
        lock(&self.error).as_ref().is_some_and(leads_elsewhere)
    }

    /// The camera's address for what FFmpeg asks; `None` where it is not FFmpeg that asks.
    fn target(&self, asked: &str) -> Option<Result<Url, RelayError>> {
        let rest = asked.strip_prefix(&self.origin).unwrap_or(asked);
        let Some(rest) = rest.strip_prefix('/').and_then(|rest| rest.strip_prefix(&self.token))
        else {
            // As a proxy for another host.
            let url = Url::parse(asked).ok().filter(|url| self.hls && url.has_host())?;
            return Some(Err(RelayError::Elsewhere { location: playlist::origin(&url) }));
        };
        if !self.hls {
            return rest.is_empty().then(|| Ok(self.camera.clone()));
        }
        let target = self.camera.join(rest).ok().filter(|_| rest.starts_with('/'))?;
        Some(Ok(target).and_then(|url: Url| match url.origin() == self.camera.origin() {
            true => Ok(url),
            false => Err(RelayError::Elsewhere { location: playlist::origin(&url) }),
        }))
    }

    async fn ask(
        &self,
        question: &Question<'_>,
        target: &Url,
        client: &mut TcpStream,
    ) -> Result<(), RelayError> {
        let mut said = Vec::new();
        let mut sent = None;
        for _ in 0..TRIES {
            let login = self.sign(question.method, target);
            let (authorization, how) =
                login.map_or((None, None), |(text, how)| (Some(text), Some(how)));
            sent = how.or(sent);
            let text = question.for_camera(target, authorization.as_deref(), self.hls);
            said.clear();
            let (mut camera, head) = self.put(&text, &mut said).await?;
            let answer = Answer::parse(&said[..head], &self.limits)?;
            if answer.status == 401 && self.is_to_log_in(&answer, sent.as_ref()) {
                continue;
            }
            if (300..400).contains(&answer.status) {
                let location = answer.get("Location").and_then(|text| target.join(text).ok());
                let location = location.filter(|url| url.origin() != self.camera.origin());
                let location = location.map(|url| playlist::origin(&url));
                return Err(RelayError::SentElsewhere { status: answer.status, location });
            }
            self.note(None);
            let said = &said[head..];
            return self.pass_on(&answer, said, &mut camera, target, client).await;
        }
        let refusal = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
        // It may be gone.
        client.write_all(refusal).await.best_effort();
        Ok(())
    }

    fn sign(&self, method: &str, target: &Url) -> Option<(String, Sent)> {
        lock(&self.auth).respond(method, &target[Position::BeforePath..Position::AfterQuery], b"")
    }

    fn is_to_log_in(&self, answer: &Answer<'_>, sent: Option<&Sent>) -> bool {
        lock(&self.auth).refused(answer.all("WWW-Authenticate"), sent) != Verdict::Refused
    }

    /// Puts a question to the camera; how long the head of the answer in `said` is.
    async fn put(
        &self,
        text: &str,
        said: &mut Vec<u8>,
    ) -> Result<(CameraStream, usize), RelayError> {
        let broke = |error: io::Error| RelayError::CameraBroke(error.kind());
        let (mut camera, _) = dial(&self.callee, self.limits.answer).await?;
        let asks = async {
            camera.write_all(text.as_bytes()).await.map_err(broke)?;
            camera.flush().await.map_err(broke)?;
            let head = read_head(&mut camera, said, &self.limits).await?;
            head.ok_or(RelayError::CameraBroke(ErrorKind::UnexpectedEof))
        };
        let head = timeout(self.limits.answer, asks).await;
        let head = head.map_err(|_elapsed| RelayError::Silent(self.limits.answer))??;
        Ok((camera, head))
    }

    /// Passes an answer on, of whose body `said` was read already.
    async fn pass_on(
        &self,
        answer: &Answer<'_>,
        said: &[u8],
        camera: &mut CameraStream,
        target: &Url,
        client: &mut TcpStream,
    ) -> Result<(), RelayError> {
        let gone = |error: io::Error| RelayError::ClientBroke(error.kind());
        if !(200..300).contains(&answer.status) {
            let text = format!("{}Content-Length: 0\r\n\r\n", answer.first_line());
            return client.write_all(text.as_bytes()).await.map_err(gone);
        }
        let mut body = BufReader::with_capacity(CHUNK, said.chain(camera));
        let mut begins = vec![0; playlist::BEGINS.len()];
        let read = read_up_to(&mut body, &mut begins).await?;
        let is_playlist = begins[..read] == *playlist::BEGINS;
        if is_playlist && !self.hls {
            return Err(RelayError::Playlist);
        }
        if self.hls && answer.get("Transfer-Encoding").is_some() {
            // It was asked for none.
            return Err(RelayError::Malformed { from: Peer::Camera, what: "a plain body" });
        }
        if is_playlist {
            return self.pass_playlist(begins, &mut body, target, client).await;
        }
        client.write_all(answer.for_client().as_bytes()).await.map_err(gone)?;
        client.write_all(&begins[..read]).await.map_err(gone)?;
        let (mut hears, mut tells) = client.split();
        let mut more = [0];
        tokio::select! {
            // How it ends is seen by FFmpeg, which counts.
            _copied = copy_buf(&mut body, &mut tells) => {}
            // It says nothing more, so this is its end.
            _gone = hears.read(&mut more) => {}
        }
        Ok(())
    }

    /// Passes a playlist on, which begins with `text`, as FFmpeg is to read it.
    async fn pass_playlist(
        &self,
        mut text: Vec<u8>,
        rest: &mut (impl AsyncRead + Unpin),
        target: &Url,
        client: &mut TcpStream,
    ) -> Result<(), RelayError> {
        let gone = |error: io::Error| RelayError::ClientBroke(error.kind());
        let most = playlist::LONGEST + 1 - text.len();
        let read = rest.take(most as u64).read_to_end(&mut text).await;
        read.map_err(|error| RelayError::CameraBroke(error.kind()))?;
        if text.len() > playlist::LONGEST {
            return Err(RelayError::Limit { from: Peer::Camera, limit: Limit::BodyBytes });
        }
        let ours = format!("{}/{}", self.origin, self.token);
        let text = playlist::rewrite(&text, target, &ours)?;
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            text.len()
        );
        client.write_all(head.as_bytes()).await.map_err(gone)?;
        client.write_all(text.as_bytes()).await.map_err(gone)
    }
}

fn leads_elsewhere(error: &RelayError) -> bool {
    matches!(error, RelayError::SentElsewhere { .. } | RelayError::Elsewhere { .. })
}

/// Reads until `buffer` is full or there is no more.
async fn read_up_to(
    from: &mut (impl AsyncRead + Unpin),
    buffer: &mut [u8],
) -> Result<usize, RelayError> {
    let mut read = 0;
    while read < buffer.len() {
        let more = from.read(&mut buffer[read..]).await;
        match more.map_err(|error| RelayError::CameraBroke(error.kind()))? {
            0 => break,
            bytes => read += bytes,
        }
    }
    Ok(read)
}
