//! A connection to the simulated camera: packets as planned, then the end.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ffmpeg_next as ffmpeg;

use super::camera::{End, Plan, detail};
use super::world::Shared;
use crate::lock::lock;
use crate::packet::{Packet, StreamInfo};
use crate::source::route::Route;
use crate::source::{Source, SourceContext, SourceError};

pub(super) struct SimulatedSource {
    shared: Shared,
    context: SourceContext,
    route: Route,
    plan: Plan,
    /// Packets sent.
    sent: u32,
    /// When the latest picture was sent.
    picture: Option<Instant>,
    began: Instant,
    due: Instant,
}

impl SimulatedSource {
    pub fn new(shared: Shared, context: SourceContext, route: Route, plan: Plan) -> Self {
        let now = shared.state().now;
        Self { shared, context, route, plan, sent: 0, picture: None, began: now, due: now }
    }

    fn wait(&mut self, time: Duration) -> Result<(), SourceError> {
        if self.shared.pass(time, Some((&self.context, &mut self.due))) {
            return Err(self.shared.interrupted());
        }
        Ok(())
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
                let started = self.picture.is_some();
                let after = self.route.patience(started);
                let silent = self.shared.state().now - self.picture.unwrap_or(self.began);
                self.wait(after.saturating_sub(silent))?;
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

    fn next(&mut self) -> Result<Packet, SourceError> {
        self.shared.consume();
        self.shared.look();
        self.shared.state().invariants.reading(self.shared.0.limit.connecting().len());
        if self.sent == self.plan.sound + self.plan.pictures {
            return self.end();
        }
        let gap = if self.sent == self.plan.gap.0 { self.plan.gap.1 } else { Duration::ZERO };
        self.wait(self.plan.interval + gap)?;
        Ok(self.packet())
    }
}

impl Drop for SimulatedSource {
    fn drop(&mut self) {
        self.shared.consume();
        self.shared.state().invariants.closed();
    }
}
