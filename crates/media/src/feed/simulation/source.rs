//! A connection to the simulated camera: packets as planned, then the end.

use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use ffmpeg_next as ffmpeg;
use futures::FutureExt;
use futures::future::{BoxFuture, ready as at_once};

use super::camera::{End, Plan, detail};
use super::world::Shared;
use crate::lock::lock;
use crate::packet::{Packet, StreamInfo};
use crate::source::route::Route;
use crate::source::{Source, SourceError};

pub(super) struct SimulatedSource {
    shared: Shared,
    route: Route,
    plan: Plan,
    /// Packets sent.
    sent: u32,
    /// When the latest picture was sent.
    picture: Option<Instant>,
    began: Instant,
    /// When the packet that is waited for comes, or the end.
    due: Option<Instant>,
}

impl SimulatedSource {
    pub fn new(shared: Shared, route: Route, plan: Plan) -> Self {
        let began = shared.state().now;
        Self { shared, route, plan, sent: 0, picture: None, began, due: None }
    }

    fn is_over(&self) -> bool {
        self.sent == self.plan.sound + self.plan.pictures
    }

    /// How long nothing may come.
    fn patience(&self) -> Duration {
        self.route.patience(self.picture.is_some())
    }

    /// The next packet is waited for; gives when it comes, or the end.
    fn begin(&mut self) -> Instant {
        self.shared.consume();
        self.shared.look();
        self.shared.state().invariants.reading(self.shared.0.limit.connecting().len());
        let now = self.shared.state().now;
        if !self.is_over() {
            let gap = if self.sent == self.plan.gap.0 { self.plan.gap.1 } else { Duration::ZERO };
            return now + self.plan.interval + gap;
        }
        match self.plan.end {
            End::Silence => now.max(self.picture.unwrap_or(self.began) + self.patience()),
            _ => now,
        }
    }

    fn packet(&mut self) -> Packet {
        let now = self.shared.state().now;
        let video = self.sent >= self.plan.sound;
        let [pictures, sound] = &self.shared.0.streams;
        let info = if video { pictures } else { sound }.clone();
        self.sent += 1;
        if video {
            self.picture = Some(now);
        }
        let keyframe = self.sent % 5 == 1 || !video;
        self.shared.state().invariants.packet(now, video, keyframe);
        Packet {
            av: ffmpeg::Packet::copy(&[0, 0, 1]),
            info,
            // In 90 000ths of a second.
            pts: Some((now - self.began).as_millis() as i64 * 90),
            dts: None,
            keyframe,
            loss_before: 0,
            arrived: now,
        }
    }

    fn end(&mut self) -> Result<Packet, SourceError> {
        match self.plan.end.clone() {
            End::Error(error) => Err(self.shared.failed(error)),
            End::Panic => self.shared.panic(),
            End::Silence => {
                let (after, started) = (self.patience(), self.picture.is_some());
                Err(self.shared.failed(SourceError::Idle { after, started, over: self.route.over }))
            }
            End::DecoderPanic => {
                let detail = detail(&mut self.shared.state().rng);
                *lock(&self.shared.0.fault) = Some(detail.clone());
                let packet = self.packet();
                self.shared.failed(SourceError::Internal { detail });
                Ok(packet)
            }
        }
    }
}

impl Source for SimulatedSource {
    fn info(&self) -> &Arc<StreamInfo> {
        &self.shared.0.streams[0]
    }

    fn audio(&self) -> Option<&Arc<StreamInfo>> {
        (self.plan.sound > 0).then_some(&self.shared.0.streams[1])
    }

    fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Result<Packet, SourceError>> {
        let due = match self.due {
            Some(due) => due,
            None => self.begin(),
        };
        self.due = Some(due);
        if ready!(self.shared.poll_until(due)) {
            // FFmpeg's thread is told, too.
            return match self.shared.interrupted() {
                SourceError::Stopped => Poll::Pending,
                error => Poll::Ready(Err(error)),
            };
        }
        self.due = None;
        Poll::Ready(if self.is_over() { self.end() } else { Ok(self.packet()) })
    }

    fn close(self: Box<Self>) -> BoxFuture<'static, ()> {
        drop(self);
        at_once(()).boxed()
    }
}

impl Drop for SimulatedSource {
    fn drop(&mut self) {
        self.shared.consume();
        self.shared.state().invariants.closed();
    }
}
