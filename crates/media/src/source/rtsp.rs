//! RTSP through the retina crate: what parses the network here is memory-safe Rust.
//!
//! Runs on the demux thread, in a current-thread tokio runtime of its own that only turns while
//! [`RetinaSource::next`] waits. Policies:
//! - a packet is emitted at the RTP marker bit, half a frame interval earlier than libavformat;
//! - H.264 and H.265 as Annex B with parameter sets before every key frame;
//! - sound is set up where the SDP describes it, and a refusal of it costs nothing;
//! - timestamps are the camera's, and jumps in them are no reason to hang up;
//! - over UDP a stream may be joined in the middle of a picture, which retina calls an error though
//!   its session goes on: what is left of that picture counts as lost, see [`Joining`];
//! - a camera that retina does not get on with is spoken to through a [`Relay`], if the route says so;
//! - TEARDOWN is sent when the source is dropped, with at most [`TEARDOWN_TIMEOUT`] for it.

mod dialogue;
mod error;
mod joining;
mod packets;
mod relayed;
mod report;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use retina::client::{Demuxed, SessionGroup};
use retina::codec::CodecItem;
use tokio::runtime::Runtime;

use self::dialogue::{connect, or_cancelled};
use self::error::explain;
use self::joining::Joining;
use self::packets::{audio_packet, video_packet};
use self::report::sender_report;
use super::relay::Relay;
use super::route::Route;
use super::sdp::video_info;
use super::{Source, SourceContext, SourceError, TICK};
use crate::packet::{MediaType, Packet, StreamInfo};

/// How long a closing feed waits for the camera's answer to TEARDOWN. The request itself is sent
/// at once; a feed has one second to be gone.
const TEARDOWN_TIMEOUT: Duration = Duration::from_millis(700);

/// RTCP packet type BYE, RFC 3550 section 12.1.
const RTCP_BYE: u8 = 203;

/// An RTSP session that is playing.
pub(crate) struct RetinaSource {
    /// Always there until dropped; taken apart in order there.
    session: Option<Demuxed>,
    runtime: Option<Runtime>,
    group: Arc<SessionGroup>,
    relay: Option<Relay>,
    context: SourceContext,
    route: Route,
    video: usize,
    info: Arc<StreamInfo>,
    audio: Option<(usize, Arc<StreamInfo>)>,
    started: bool,
    last: Instant,
    tick_due: Instant,
    joining: Joining,
}

impl RetinaSource {
    /// Connects, describes, sets up and plays.
    pub fn open(context: SourceContext, route: Route) -> Result<Self, SourceError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(1)
            .build()
            .map_err(|error| SourceError::Internal { detail: error.to_string() })?;
        let group = Arc::new(SessionGroup::default());
        let relay = {
            let _inside = runtime.enter();
            relayed::start(&context, route)?
        };
        let opened = connect(&context, route, relay.as_ref(), group.clone());
        let opened = runtime.block_on(or_cancelled(&context, opened));
        let opened = match opened {
            Ok(opened) => opened,
            Err(error) => {
                let error = relayed::explain(error, relay.as_ref(), &context);
                // A session that came up halfway is torn down too.
                close(runtime, &group);
                return Err(error);
            }
        };
        Ok(Self {
            session: Some(opened.session),
            runtime: Some(runtime),
            group,
            relay,
            route,
            context,
            video: opened.video,
            info: opened.info,
            audio: opened.audio,
            started: false,
            last: Instant::now(),
            tick_due: Instant::now(),
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

    /// Why the session ended, as far as the relay knows more than retina.
    fn ended(&self, error: SourceError) -> SourceError {
        relayed::explain(error, self.relay.as_ref(), &self.context)
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

    fn next(&mut self) -> Result<Packet, SourceError> {
        loop {
            self.context.tick(&mut self.tick_due);
            let (Some(runtime), Some(session)) = (&self.runtime, &mut self.session) else {
                return Err(SourceError::Stopped);
            };
            let cancellation = self.context.cancellation.clone();
            let item = runtime.block_on(async {
                tokio::select! {
                    biased;
                    () = cancellation.cancelled() => Err(SourceError::Stopped),
                    item = tokio::time::timeout(TICK, session.next()) => Ok(item.ok()),
                }
            })?;
            let started = self.started;
            let after = self.context.patience(self.route, started);
            if self.last.elapsed() >= after {
                return Err(SourceError::Idle { after, started, over: self.route.over });
            }
            match item {
                None => {}
                Some(None) => return Err(self.ended(SourceError::EndOfStream)),
                Some(Some(Err(error))) => {
                    let text = error.to_string();
                    if !self.joining.tolerates(&text, Instant::now()) {
                        let error = explain(&error, "PLAY", &self.context, self.route);
                        return Err(self.ended(error));
                    }
                }
                Some(Some(Ok(item))) => {
                    let Some(mut packet) = self.accept(item)? else { continue };
                    if self.joining.admits(&mut packet) {
                        // Sound alone is no sign of life.
                        if packet.media_type() == MediaType::Video {
                            self.started = true;
                            self.last = Instant::now();
                        }
                        return Ok(packet);
                    }
                }
            }
        }
    }
}

impl Drop for RetinaSource {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            {
                // Dropping the session spawns the TEARDOWN.
                let _inside = runtime.enter();
                drop(self.session.take());
            }
            close(runtime, &self.group);
        }
        if let Some(relay) = &self.relay {
            tracing::debug!("{}: the relay saw {}", self.context.spec.id, relay.findings());
        }
    }
}

/// Gives TEARDOWN its time, then ends the runtime without waiting for a name lookup in it.
fn close(runtime: Runtime, group: &SessionGroup) {
    let done = runtime
        .block_on(async { tokio::time::timeout(TEARDOWN_TIMEOUT, group.await_teardown()).await });
    if !matches!(done, Ok(Ok(()))) {
        tracing::debug!("the camera did not answer TEARDOWN");
    }
    runtime.shutdown_background();
}
