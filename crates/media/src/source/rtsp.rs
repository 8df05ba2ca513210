//! RTSP through the retina crate: what parses the network here is memory-safe Rust.
//!
//! The feed's task runs it. Policies:
//! - a packet is emitted at the RTP marker bit, half a frame interval earlier than libavformat;
//! - H.264 and H.265 as Annex B with parameter sets before every key frame;
//! - sound is set up where the SDP describes it, and a refusal of it costs nothing;
//! - timestamps are the camera's, and jumps in them are no reason to hang up;
//! - over UDP a stream may be joined in the middle of a picture, which retina calls an error though
//!   its session goes on: what is left of that picture counts as lost, see [`Joining`];
//! - retina speaks to the camera through a [`Relay`], which has the limits, also of a picture, and the login;
//! - TEARDOWN is sent when the source is closed, or dropped where a panic ended the session; it, and that
//!   of the camera's other stream before a session begins, has the time that [`CameraShare`] gives it.

mod dialogue;
mod error;
mod joining;
mod packets;
mod report;

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use retina::client::Demuxed;
use retina::codec::CodecItem;
use tokio::runtime::Handle;

use self::dialogue::connect;
use self::error::explain;
use self::joining::Joining;
use self::packets::{audio_packet, video_packet};
use self::report::sender_report;
use super::camera_share::CameraShare;
use super::relay::{Limits, Relay};
use super::route::{Client, Route};
use super::sdp::video_info;
use super::{Source, SourceContext, SourceError};
use crate::packet::{MediaType, Packet, StreamInfo};

/// RTCP packet type BYE, RFC 3550 section 12.1.
const RTCP_BYE: u8 = 203;

/// An RTSP session that is playing.
pub(crate) struct RetinaSource {
    /// Always there until closed.
    session: Option<Demuxed>,
    /// Where retina sends the TEARDOWN.
    runtime: Handle,
    /// There until closed.
    relay: Option<Relay>,
    context: SourceContext,
    route: Route,
    video: usize,
    info: Arc<StreamInfo>,
    audio: Option<(usize, Arc<StreamInfo>)>,
    started: bool,
    last: Instant,
    joining: Joining,
}

impl RetinaSource {
    /// Connects, describes, sets up and plays.
    pub async fn open(context: SourceContext, route: Route) -> Result<Self, SourceError> {
        let share = &context.spec.share;
        let relay = Relay::start(&context, Limits::for_retina())?;
        let opened = async {
            if !share.torn_down().await {
                tracing::debug!("{}: an earlier session may still be there", context.spec.id);
            }
            connect(&context, route, &relay, share.sessions()).await
        };
        let opened = context.cancellation.run_until_cancelled(opened).await;
        let opened = match opened.unwrap_or(Err(SourceError::Stopped)) {
            Ok(opened) => opened,
            Err(error) => {
                let error = relay.explain(error, Client::Retina);
                // A session that came up halfway is torn down too, through the relay.
                tear_down(&context.spec.id, share).await;
                return Err(error);
            }
        };
        Ok(Self {
            session: Some(opened.session),
            runtime: Handle::current(),
            relay: Some(relay),
            route,
            context,
            video: opened.video,
            info: opened.info,
            audio: opened.audio,
            started: false,
            last: Instant::now(),
            joining: Joining::new(route),
        })
    }

    /// Turns what retina yields into a packet; `None` for what is none.
    fn accept(&mut self, item: CodecItem) -> Result<Option<Packet>, SourceError> {
        match item {
            CodecItem::VideoFrame(frame) if frame.stream_id() == self.video => {
                if frame.has_new_parameters() {
                    self.renew_info();
                }
                Ok(Some(video_packet(frame, &self.info)))
            }
            CodecItem::AudioFrame(frame) => Ok(match &self.audio {
                Some((index, info)) if frame.stream_id() == *index => {
                    Some(audio_packet(&frame, info))
                }
                _ => None,
            }),
            CodecItem::Rtcp(rtcp) => {
                (self.context.rtcp)(sender_report(&rtcp, self.video, &self.info).as_ref());
                let bye = rtcp.pkts().any(|packet| packet.payload_type() == RTCP_BYE);
                if bye && rtcp.stream_id() == self.video {
                    return Err(SourceError::EndOfStream);
                }
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// An error where no picture came for too long. Asked where there is none at hand.
    fn check_silence(&self) -> Result<(), SourceError> {
        let (started, over) = (self.started, self.route.over);
        let after = self.context.patience(self.route, started);
        if self.last.elapsed() < after {
            return Ok(());
        }
        Err(SourceError::Idle { after, started, over })
    }

    /// Why the session ended, as far as the relay knows more than retina.
    fn ended(&self, error: SourceError) -> SourceError {
        match &self.relay {
            Some(relay) => relay.explain(error, Client::Retina),
            None => error,
        }
    }

    /// Ends the session and waits for the camera's answer; until then the relay stands.
    fn hang_up(&mut self) -> impl Future<Output = ()> + use<> {
        let (session, relay) = (self.session.take(), self.relay.take());
        let spec = self.context.spec.clone();
        async move {
            // Which sends the TEARDOWN.
            drop(session);
            tear_down(&spec.id, &spec.share).await;
            if let Some(relay) = relay {
                tracing::debug!("{}: the relay saw {}", spec.id, relay.findings());
            }
        }
    }

    /// Takes over the parameters a key frame brought.
    fn renew_info(&mut self) {
        let stream = self.session.as_ref().and_then(|session| session.streams().get(self.video));
        if let Some(Ok(info)) = stream.map(video_info) {
            self.info = Arc::new(info);
        }
    }
}

impl Source for RetinaSource {
    fn info(&self) -> &Arc<StreamInfo> {
        &self.info
    }

    fn audio(&self) -> Option<&Arc<StreamInfo>> {
        self.audio.as_ref().map(|(_, info)| info)
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Result<Packet, SourceError>> {
        loop {
            let Some(session) = &mut self.session else {
                return Poll::Ready(Err(SourceError::Stopped));
            };
            match session.poll_next_unpin(cx) {
                Poll::Pending => {
                    self.check_silence()?;
                    return Poll::Pending;
                }
                Poll::Ready(None) => {
                    return Poll::Ready(Err(self.ended(SourceError::EndOfStream)));
                }
                Poll::Ready(Some(Err(error))) => {
                    let text = error.to_string();
                    if !self.joining.tolerates(&text, Instant::now()) {
                        let error = explain(&error, "PLAY", &self.context, self.route);
                        return Poll::Ready(Err(self.ended(error)));
                    }
                }
                Poll::Ready(Some(Ok(item))) => {
                    if let Some(mut packet) = self.accept(item)?
                        && self.joining.admits(&mut packet)
                    {
                        // Sound alone is no sign of life.
                        if packet.media_type() == MediaType::Video {
                            self.started = true;
                            if let Some(relay) = &self.relay {
                                relay.picture();
                            }
                            self.last = Instant::now();
                        }
                        return Poll::Ready(Ok(packet));
                    }
                }
            }
            self.check_silence()?;
        }
    }

    fn close(mut self: Box<Self>) -> BoxFuture<'static, ()> {
        self.hang_up().boxed()
    }
}

impl Drop for RetinaSource {
    fn drop(&mut self) {
        // It was not closed: a panic ended the session.
        if self.session.is_some() {
            let hung_up = self.hang_up();
            self.runtime.spawn(hung_up);
        }
    }
}

/// Gives TEARDOWN its time.
async fn tear_down(id: &str, share: &CameraShare) {
    if !share.torn_down().await {
        tracing::debug!("{id}: the camera did not answer TEARDOWN");
    }
}
