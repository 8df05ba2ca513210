//! Moves bytes between the camera's connection and the client's.
//!
//! One future, run by the relay's task. Policies:
//! - as much as there is is read at once and written at once; a read that was not filled means that
//!   there is no more, so that a wake-up costs one read and one write;
//! - a side that does not read is not read for: its lane fills up, and then the other side waits. TLS
//!   towards the camera keeps a record at most beyond that;
//! - bytes that came before a side hung up are still delivered: a client says its farewell and hangs up
//!   while pictures are on their way to it, which then find nobody. A client that is gone is no error, the
//!   cause of that is its own.

use std::future::Future;
use std::io::ErrorKind::{self, WriteZero};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Sleep;

use super::exchange::{Exchange, Outgoing};
use super::findings::Findings;
use super::lane::Lane;
use super::limits::{Limit, Limits, Peer, RelayError};
use crate::best_effort::BestEffort;
use crate::lock::lock;
use crate::source::dial::CameraStream;

/// One connection, with what came from it.
struct Side<S> {
    stream: S,
    from: Lane,
    hung_up: bool,
    /// Why it takes nothing more. What it said before that is still read.
    broken: Option<ErrorKind>,
    /// Whether the system has all that was written.
    flushed: bool,
}

/// Both connections, until one of them ends.
pub(super) struct Pump {
    camera: Side<CameraStream>,
    client: Side<TcpStream>,
    exchange: Exchange,
    limits: Limits,
    findings: Arc<Mutex<Findings>>,
    timer: Pin<Box<Sleep>>,
}

impl Pump {
    /// `said` is what the client said already.
    pub fn new(
        camera: CameraStream,
        (client, said): (TcpStream, Lane),
        exchange: Exchange,
        limits: Limits,
        findings: Arc<Mutex<Findings>>,
    ) -> Self {
        Self {
            camera: Side::new(camera, Lane::default()),
            client: Side::new(client, said),
            exchange,
            limits,
            findings,
            timer: Box::pin(tokio::time::sleep(limits.answer)),
        }
    }

    /// Deals with the messages that are there.
    fn converse(&mut self, now: Instant) -> Result<(), RelayError> {
        let Self { camera, client, exchange, limits, .. } = self;
        let bounded = |messages: &Vec<u8>, from: Peer| {
            let limit = Limit::UnreadBytes;
            let fits = messages.len() <= limits.unread_bytes;
            if fits { Ok(()) } else { Err(RelayError::Limit { from, limit }) }
        };
        loop {
            let said = camera.from.next(limits).map_err(|fault| fault.from(Peer::Camera))?;
            let asked = client.from.next(limits).map_err(|fault| fault.from(Peer::Client))?;
            let mut out =
                Outgoing { to_camera: client.from.inserted(), to_client: camera.from.inserted() };
            let none = said.is_none() && asked.is_none();
            if let Some((head, body)) = said {
                exchange.camera_says(head, body, now, &mut out)?;
            }
            if let Some((head, body)) = asked {
                exchange.client_says(head, body, now, &mut out)?;
            }
            exchange.tick(now, &mut out)?;
            bounded(out.to_camera, Peer::Camera)?;
            bounded(out.to_client, Peer::Client)?;
            if none {
                return Ok(());
            }
        }
    }

    /// Writes what can be written; whether anything was, or is no longer to be.
    fn write(&mut self, cx: &mut Context<'_>) -> Result<bool, RelayError> {
        if !self.camera.from.output().is_empty() {
            lock(&self.findings).answers = true;
        }
        let down = self.client.write(cx, &mut self.camera.from);
        let up = self.camera.write(cx, &mut self.client.from);
        if down > 0 && self.client.broken.is_none() {
            lock(&self.findings).passed_on(down, &self.limits)?;
        }
        Ok(down + up > 0)
    }

    /// Reads what there is and room for; whether anything was.
    fn read(&mut self, cx: &mut Context<'_>) -> Result<bool, RelayError> {
        let camera = self.camera.read(cx, &self.limits).map_err(RelayError::CameraBroke)?;
        let client = self.client.read(cx, &self.limits).unwrap_or_else(|_gone| {
            self.client.hung_up = true;
            true
        });
        Ok(camera || client)
    }

    /// Whether a side hung up and the other has all that it sent.
    fn is_over(&self) -> bool {
        let all = |from: &Lane, flushed: bool| from.output().is_empty() && flushed;
        (self.camera.hung_up && all(&self.camera.from, self.client.flushed))
            || (self.client.hung_up && all(&self.client.from, self.camera.flushed))
    }
}

impl Future for Pump {
    type Output = Result<(), RelayError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        loop {
            this.converse(Instant::now())?;
            if this.write(cx)? {
                continue;
            }
            if this.read(cx)? {
                continue;
            }
            if this.is_over() {
                // The farewell of TLS, where there is room for it.
                if let Poll::Ready(said) = Pin::new(&mut this.camera.stream).poll_shutdown(cx) {
                    said.best_effort();
                }
                let broken = this.camera.broken.map(RelayError::CameraBroke);
                return Poll::Ready(broken.map_or(Ok(()), Err));
            }
            let Some(due) = this.exchange.due() else { return Poll::Pending };
            if this.timer.deadline().into_std() != due {
                this.timer.as_mut().reset(due.into());
            }
            ready!(this.timer.as_mut().poll(cx));
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Side<S> {
    fn new(stream: S, from: Lane) -> Self {
        Self { stream, from, hung_up: false, broken: None, flushed: true }
    }

    fn read(&mut self, cx: &mut Context<'_>, limits: &Limits) -> Result<bool, ErrorKind> {
        let room = self.from.room(limits);
        if self.hung_up || room.is_empty() {
            return Ok(false);
        }
        let mut buffer = ReadBuf::new(room);
        match Pin::new(&mut self.stream).poll_read(cx, &mut buffer) {
            Poll::Ready(Ok(())) => {
                let bytes = buffer.filled().len();
                self.hung_up = bytes == 0;
                self.from.filled(bytes);
                Ok(true)
            }
            Poll::Ready(Err(error)) => Err(error.kind()),
            Poll::Pending => Ok(false),
        }
    }

    /// Writes of what `lane` has until nothing more is taken; how many bytes `lane` is rid of.
    fn write(&mut self, cx: &mut Context<'_>, lane: &mut Lane) -> usize {
        let mut all = 0;
        while !lane.output().is_empty() {
            let bytes = match self.broken {
                Some(_) => lane.output().len(),
                None => match Pin::new(&mut self.stream).poll_write(cx, lane.output()) {
                    Poll::Ready(Ok(bytes)) if bytes > 0 => bytes,
                    Poll::Ready(written) => {
                        let kind = written.map_or_else(|error| error.kind(), |_| WriteZero);
                        self.broken = Some(kind);
                        continue;
                    }
                    Poll::Pending => break,
                },
            };
            lane.written(bytes);
            all += bytes;
        }
        if self.broken.is_none() {
            match Pin::new(&mut self.stream).poll_flush(cx) {
                Poll::Ready(Err(error)) => self.broken = Some(error.kind()),
                flushed => self.flushed = flushed.is_ready(),
            }
        }
        self.flushed |= self.broken.is_some();
        all
    }
}
