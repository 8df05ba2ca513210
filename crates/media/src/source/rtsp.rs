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
//! - TEARDOWN is sent when the source is dropped, with at most [`TEARDOWN_TIMEOUT`] for it.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ffmpeg_next as ffmpeg;
use futures::StreamExt;
use retina::client::{
    Credentials, Demuxed, InitialTimestampPolicy, PlayOptions, Session, SessionGroup,
    SessionIdPolicy, SessionOptions, SetupOptions, Transport,
};
use retina::codec::{AudioFrame, CodecItem, FrameFormat, VideoFrame};
use retina::codec::{ParameterSetInsertion, aac, h26x};
use tokio::runtime::Runtime;

use super::route::{Client, LowerTransport, Route};
use super::sdp::{audio_info, pick_video, video_info};
use super::{ANSWER_TIMEOUT, Source, SourceContext, SourceError, TICK};
use crate::packet::nal;
use crate::packet::{MediaType, Packet, StreamInfo};
use crate::redact::redact_secret;

/// How long a closing feed waits for the camera's answer to TEARDOWN. The request itself is sent
/// at once; a feed has one second to be gone.
const TEARDOWN_TIMEOUT: Duration = Duration::from_millis(700);

/// RTCP packet type BYE, RFC 3550 section 12.1.
const RTCP_BYE: u8 = 203;

/// How retina shall hand out what it depacketizes.
const FORMAT: FrameFormat = FrameFormat {
    h26x_framing: h26x::Framing::AnnexB,
    parameter_set_insertion: ParameterSetInsertion::EachKeyFrame,
    aac_framing: aac::Framing::Raw,
};

/// An RTSP session that is playing.
pub(crate) struct RetinaSource {
    /// Always there until dropped; taken apart in order there.
    session: Option<Demuxed>,
    runtime: Option<Runtime>,
    group: Arc<SessionGroup>,
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
        let opened =
            runtime.block_on(or_cancelled(&context, connect(&context, route, group.clone())));
        let opened = match opened {
            Ok(opened) => opened,
            Err(error) => {
                // A session that came up halfway is torn down too.
                close(runtime, &group);
                return Err(error);
            }
        };
        Ok(Self {
            session: Some(opened.session),
            runtime: Some(runtime),
            group,
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
                let bye = rtcp.pkts().any(|packet| packet.payload_type() == RTCP_BYE);
                if bye && rtcp.stream_id() == self.video {
                    return Err(SourceError::EndOfStream);
                }
                Ok(None)
            }
            _ => Ok(None),
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
            let (after, started) = (self.route.patience(self.started), self.started);
            if self.last.elapsed() >= after {
                return Err(SourceError::Idle { after, started, over: self.route.over });
            }
            match item {
                None => {}
                Some(None) => return Err(SourceError::EndOfStream),
                Some(Some(Err(error))) => {
                    let text = error.to_string();
                    if !self.joining.tolerates(&text, Instant::now()) {
                        return Err(explain(&error, "PLAY", &self.context, self.route));
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

/// The beginnings of what retina says where it gets the rest of a picture whose beginning it did
/// not get: H.264, H.265, JPEG. Its `Error` has no kinds.
const MID_PICTURE: [&str; 3] = [
    "FU-A has start bit unset while no frag in progress",
    "FU has start bit unset while no frag in progress",
    "Invalid RTP/JPEG packet. Missing start packet",
];

/// How long after the first packet without a beginning a whole picture must be there: a picture at
/// one a second is sent within that second.
const JOIN_TIME: Duration = Duration::from_secs(2);

/// How many packets without a beginning are too many: a key frame of 4 MB has fewer.
const JOIN_PACKETS: u32 = 3000;

/// A stream that is joined over UDP, where packets are sent to whoever is there.
///
/// Retina refuses each packet of a picture whose beginning it did not get, and starts afresh with
/// the next packet (`h264::Depacketizer::push` in retina 0.4). So its session is read on up to the
/// first whole picture, within [`JOIN_TIME`] and [`JOIN_PACKETS`]; what does not begin a picture
/// is lost. Over TCP nothing is lost on the way, and such packets are a misunderstanding.
struct Joining {
    udp: bool,
    /// Whether the newest picture was whole.
    whole: bool,
    /// When packets without a beginning began to come.
    since: Option<Instant>,
    packets: u32,
    /// Lost and not yet told.
    lost: u32,
}

impl Joining {
    fn new(route: Route) -> Self {
        let udp = route.udp();
        Self { udp, whole: !udp, since: None, packets: 0, lost: 0 }
    }

    /// Whether the session is read on after this error of retina.
    fn tolerates(&mut self, error: &str, now: Instant) -> bool {
        if !self.udp || !MID_PICTURE.iter().any(|beginning| error.starts_with(beginning)) {
            return false;
        }
        self.whole = false;
        self.packets += 1;
        self.lost = self.lost.saturating_add(1);
        let since = *self.since.get_or_insert(now);
        self.packets <= JOIN_PACKETS && now.saturating_duration_since(since) < JOIN_TIME
    }

    /// Whether the packet is passed on; with it, what was lost is told.
    fn admits(&mut self, packet: &mut Packet) -> bool {
        if packet.media_type() != MediaType::Video || (self.whole && self.lost == 0) {
            return true;
        }
        let since = *self.since.get_or_insert(packet.arrived);
        // A camera whose pictures never begin with their first slice is taken as it is after all.
        let late = packet.arrived.saturating_duration_since(since) >= JOIN_TIME;
        if !self.whole && !late && !nal::begins_picture(packet.info.codec, packet.data()) {
            self.lost = self.lost.saturating_add(1);
            return false;
        }
        packet.loss_before = packet.loss_before.saturating_add(self.lost);
        *self = Self { whole: true, since: None, packets: 0, lost: 0, ..*self };
        true
    }
}

/// What [`connect`] brings up.
struct Opened {
    session: Demuxed,
    video: usize,
    info: Arc<StreamInfo>,
    audio: Option<(usize, Arc<StreamInfo>)>,
}

/// The whole dialogue up to PLAY.
async fn connect(
    context: &SourceContext,
    route: Route,
    group: Arc<SessionGroup>,
) -> Result<Opened, SourceError> {
    let url = url::Url::parse(&context.address.bare)
        .map_err(|error| SourceError::bad_address(error.to_string()))?;
    let login = context.address.login.as_ref().map(|login| Credentials {
        username: login.user().to_owned(),
        password: login.password().to_owned(),
    });
    let options = SessionOptions::default()
        .creds(login)
        .session_group(group)
        // Some cameras name another session in each SETUP answer; the first one works.
        .session_id(SessionIdPolicy::UseFirst)
        .user_agent(concat!("camwall/", env!("CARGO_PKG_VERSION")).to_owned());
    let mut session = answer((context, route), "DESCRIBE", Session::describe(url, options)).await?;
    let video = pick_video(session.streams())?;
    answer((context, route), "SETUP", session.setup(video, setup_options(route))).await?;
    let audio = set_up_audio(context, route, &mut session).await;
    let options = PlayOptions::default().initial_timestamp(InitialTimestampPolicy::Permissive);
    let session = answer((context, route), "PLAY", session.play(options)).await?;
    let session = session.demuxed().map_err(|error| explain(&error, "PLAY", context, route))?;
    let info = Arc::new(video_info(&session.streams()[video])?);
    Ok(Opened { session, video, info, audio })
}

fn setup_options(route: Route) -> SetupOptions {
    let transport = if route.udp() {
        Transport::Udp(retina::client::UdpTransportOptions::default())
    } else {
        Transport::Tcp(retina::client::TcpTransportOptions::default())
    };
    SetupOptions::default().transport(transport).frame_format(FORMAT)
}

/// Sets up the first sound stream with known parameters; a camera that refuses stays without.
async fn set_up_audio(
    context: &SourceContext,
    route: Route,
    session: &mut Session<retina::client::Described>,
) -> Option<(usize, Arc<StreamInfo>)> {
    let (index, info) = session
        .streams()
        .iter()
        .enumerate()
        .find_map(|(index, stream)| Some((index, audio_info(stream)?)))?;
    let setup = session.setup(index, setup_options(route));
    match answer((context, route), "SETUP of sound", setup).await {
        Ok(()) => Some((index, Arc::new(info))),
        Err(error) => {
            tracing::info!("{}: goes without sound: {error}", context.spec.id);
            None
        }
    }
}

/// Waits for one answer of the camera.
async fn answer<T>(
    (context, route): (&SourceContext, Route),
    step: &'static str,
    future: impl Future<Output = Result<T, retina::Error>>,
) -> Result<T, SourceError> {
    match tokio::time::timeout(ANSWER_TIMEOUT, future).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(explain(&error, step, context, route)),
        Err(_elapsed) => Err(SourceError::Timeout { step, after: ANSWER_TIMEOUT }),
    }
}

/// Gives up as soon as the feed is closed.
async fn or_cancelled<T>(
    context: &SourceContext,
    future: impl Future<Output = Result<T, SourceError>>,
) -> Result<T, SourceError> {
    tokio::select! {
        biased;
        () = context.cancellation.cancelled() => Err(SourceError::Stopped),
        result = future => result,
    }
}

/// Sorts retina's errors. Their text is all there is besides the status code, see its `Error`;
/// only the fixed beginnings of its messages are relied on.
fn explain(
    error: &retina::Error,
    step: &'static str,
    context: &SourceContext,
    route: Route,
) -> SourceError {
    let secret = context.address.login.as_ref().map(|login| login.password());
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    let detail = redact_secret(&format!("{step}: {line}"), secret);
    match error.status_code() {
        Some(401 | 403) => return SourceError::Auth { detail },
        Some(404) => return SourceError::NotFound { detail },
        Some(461) => {
            let refused = route.over.unwrap_or(LowerTransport::Tcp).into();
            return SourceError::TransportRefused { refused, detail };
        }
        // A 200 with contents nobody understands has a status, too.
        Some(_) => return SourceError::Dialogue { client: Client::Retina, detail },
        None => {}
    }
    if text.starts_with("Unable to connect") {
        SourceError::Unreachable { detail }
    } else if text.starts_with("Error reading") || text.starts_with("Error writing") {
        if line.contains("EOF while expecting response") && step != "PLAY" {
            // A camera that hangs up on a request does not like the request.
            SourceError::Dialogue { client: Client::Retina, detail }
        } else {
            SourceError::Broken { detail }
        }
    } else if text.starts_with("Error receiving UDP") {
        SourceError::Broken { detail }
    } else if text.starts_with("Timeout") {
        SourceError::Timeout { step, after: ANSWER_TIMEOUT }
    } else {
        SourceError::Dialogue { client: Client::Retina, detail }
    }
}

fn video_packet(frame: VideoFrame, info: &Arc<StreamInfo>) -> Packet {
    let (loss, arrived) = (frame.loss(), frame.end_ctx().received());
    let pts = frame.timestamp().elapsed();
    let data = frame.into_data();
    let keyframe = nal::is_keyframe(info.codec, &data, false);
    packet(&data, info, pts, keyframe, loss, arrived)
}

fn audio_packet(frame: &AudioFrame, info: &Arc<StreamInfo>) -> Packet {
    let pts = frame.timestamp().elapsed();
    packet(frame.data(), info, pts, true, frame.loss(), frame.ctx().received())
}

/// Puts a payload into an FFmpeg packet: one copy of compressed data, some 40 kB a picture, for
/// the padding FFmpeg's decoders need behind it.
fn packet(
    data: &[u8],
    info: &Arc<StreamInfo>,
    pts: i64,
    keyframe: bool,
    loss: u16,
    arrived: Instant,
) -> Packet {
    let mut av = ffmpeg::Packet::copy(data);
    av.set_pts(Some(pts));
    if keyframe {
        av.set_flags(ffmpeg::packet::Flags::KEY);
    }
    Packet {
        av,
        info: info.clone(),
        pts: Some(pts),
        dts: None,
        keyframe,
        loss_before: loss.into(),
        arrived,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::fake;

    const UDP: Route = Route { ffmpeg: false, over: Some(LowerTransport::Udp), probing: false };
    const TCP: Route = Route { over: Some(LowerTransport::Tcp), ..UDP };

    /// What retina says, in full.
    fn mid_picture(index: usize) -> String {
        format!("{}\n\nconn: 127.0.0.1:1(me)->127.0.0.1:2\nseq: 0007", MID_PICTURE[index])
    }

    /// A picture's packet with this slice of H.264 in it.
    fn slice(header: u8) -> Packet {
        let packet = Arc::into_inner(fake(0, false)).expect("the only owner");
        Packet { av: ffmpeg::Packet::copy(&[0, 0, 0, 1, 0x65, header, 0]), ..packet }
    }

    #[test]
    fn the_rest_of_a_picture_is_tolerated_over_udp_and_not_for_ever() {
        let now = Instant::now();
        for index in 0..MID_PICTURE.len() {
            let text = mid_picture(index);
            assert!(!Joining::new(TCP).tolerates(&text, now));
            let mut joining = Joining::new(UDP);
            assert!(joining.tolerates(&text, now));
            assert!(!joining.tolerates("bad nal header 00\n\nconn:", now), "another error");
            assert!(joining.tolerates(&text, now + JOIN_TIME / 2));
            assert!(!joining.tolerates(&text, now + JOIN_TIME), "too long");
            let mut joining = Joining::new(UDP);
            let many = std::iter::repeat_with(|| joining.tolerates(&text, now));
            assert_eq!(many.take_while(|goes_on| *goes_on).count(), JOIN_PACKETS as usize);
        }
    }

    #[test]
    fn the_first_whole_picture_tells_what_was_lost_before_it() {
        let now = Instant::now();
        let mut joining = Joining::new(UDP);
        assert!(joining.tolerates(&mid_picture(0), now) && joining.tolerates(&mid_picture(0), now));
        // The picture's last slice came whole, but the picture did not.
        assert!(!joining.admits(&mut slice(0x40)));
        let mut whole = slice(0x88);
        assert!(joining.admits(&mut whole));
        assert_eq!(whole.loss_before, 3);
        let mut next = slice(0x40);
        assert!(joining.admits(&mut next), "retina's own losses are for the decoder to judge");
        assert_eq!(next.loss_before, 0);
        assert!(Joining::new(TCP).admits(&mut slice(0x40)));
        // The next time is counted anew.
        assert!(joining.tolerates(&mid_picture(0), now + 9 * JOIN_TIME));
    }

    #[test]
    fn pictures_that_never_begin_as_they_should_are_shown_after_all() {
        let mut joining = Joining::new(UDP);
        let mut first = slice(0x40);
        let arrived = first.arrived;
        assert!(!joining.admits(&mut first));
        let mut later = Packet { arrived: arrived + JOIN_TIME, ..slice(0x40) };
        assert!(joining.admits(&mut later));
    }
}
