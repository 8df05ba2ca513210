//! One input of FFmpeg's: opened, read and closed on the thread `ID.demux`.
//!
//! An interrupt callback, set before the input is opened, ends every wait for the network within 100 ms of
//! being told to end, and enforces the deadline of a read. Policies:
//! - RTSP: `nobuffer` with FFmpeg's own parser. libavformat ignores the RTP marker bit, so a
//!   picture leaves when the next one begins: one frame interval of delay. `noparse` would not
//!   help: it hands out fragments of NAL units and hides where a picture ends. Retina has no such
//!   delay and is the first choice for `rtsp://`.
//! - RTSP is not probed: the SDP names the codecs, and probing held the first picture for seconds.
//! - What FFmpeg may do is in a table, `allowed`, and no option of the wall file can change that; it reaches
//!   RTSP and HTTP cameras through a relay of ours, `front`.
//! - A file loops, unless its options say otherwise.

use std::sync::Arc;
use std::time::{Duration, Instant};

use camwall_address::Scheme;
use ffmpeg_next as ffmpeg;

use super::allowed::{Allowed, DECODERS, allowed};
use super::front::Front;
use crate::ffmpeg::{Demuxer, StreamDesc};
use crate::limits::MAX_SET_BYTES;
use crate::packet::nal;
use crate::packet::{MediaType, Packet, StreamInfo};
use crate::source::file_pacing::FileClock;
use crate::source::io_deadline::IoDeadline;
use crate::source::route::{Client, Route};
use crate::source::{ANSWER_TIMEOUT, Oversized, SourceContext, SourceError};

/// Opening may take several answers.
pub(super) const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long closing may take.
const FAREWELL: Duration = Duration::from_millis(500);
/// Options that are ours and not FFmpeg's.
const OWN_OPTIONS: [&str; 1] = ["loop"];

/// An open input.
pub(super) struct Input {
    demuxer: Demuxer,
    context: SourceContext,
    route: Route,
    deadline: Arc<IoDeadline>,
    video: Picked,
    audio: Option<Picked>,
    /// Whether any picture came at all, and whether one came since the deadline was last extended.
    started: bool,
    fresh: bool,
    /// Only for files.
    clock: Option<FileClock>,
}

impl Input {
    /// Opens the input; blocks for at most [`OPEN_TIMEOUT`].
    pub fn open(context: SourceContext, route: Route, front: &Front) -> Result<Self, SourceError> {
        let deadline = Arc::new(IoDeadline::new(OPEN_TIMEOUT));
        let scheme = context.address.scheme;
        let is_rtsp = scheme.is_rtsp();
        let interrupted = {
            let (deadline, context) = (deadline.clone(), context.clone());
            move || {
                if deadline.is_closing() {
                    return deadline.is_expired();
                }
                context.cancellation.is_cancelled() || deadline.is_expired()
            }
        };
        let allowed = allowed(scheme, context.spec.hls, context.address.bare.expose());
        let opened = Demuxer::open(
            &front.url(&context),
            allowed.forced,
            options(&context, route, &allowed, front),
            !is_rtsp,
            interrupted,
        );
        let (mut demuxer, unused) =
            opened.map_err(|error| explain(error, &context, route, &deadline))?;
        for name in
            unused.iter().filter(|name| context.spec.options.iter().any(|(k, _)| k == *name))
        {
            tracing::warn!("{}: FFmpeg knows no option {name:?} for this input", context.spec.id);
        }
        let (video, audio) = pick_streams(&mut demuxer, allowed.video)?;
        let described = |picked: &Picked| picked.1.extradata().len() <= MAX_SET_BYTES;
        if !described(&video) || !audio.as_ref().is_none_or(described) {
            return Err(SourceError::Oversized { what: Oversized::ParameterSets });
        }
        let clock = (scheme == Scheme::File).then(|| FileClock::new(video.1.fps));
        Ok(Self {
            demuxer,
            context,
            route,
            deadline,
            video,
            audio,
            started: false,
            fresh: true,
            clock,
        })
    }

    /// At the end of the input: rewinds a looping file, or says why there is no more.
    fn end_of_input(&mut self) -> Result<(), SourceError> {
        let Some(clock) = &mut self.clock else { return Err(SourceError::EndOfStream) };
        if !self.context.spec.switch("loop") || !self.started {
            return Err(SourceError::Ended);
        }
        self.demuxer
            .rewind()
            .map_err(|error| explain(error, &self.context, self.route, &self.deadline))?;
        clock.rewind();
        Ok(())
    }

    /// Turns FFmpeg's packet into ours; `None` for one of a stream nobody wants.
    fn accept(&mut self, mut av: ffmpeg::Packet) -> Option<Packet> {
        let arrived = Instant::now();
        let is_video = av.stream() == self.video.0;
        let info = match &self.audio {
            _ if is_video => &self.video.1,
            Some((index, info)) if av.stream() == *index => info,
            _ => return None,
        };
        let data = av.data()?;
        // FFmpeg's flag knows nothing of recovery points and needs its parser to have run.
        let keyframe =
            !is_video || av.is_key() || nal::is_keyframe(info.codec, data, info.length_prefixed());
        if keyframe {
            av.set_flags(av.flags() | ffmpeg::packet::Flags::KEY);
        }
        if let Some(clock) = &mut self.clock {
            clock.shift(&mut av, info.time_base);
        }
        Some(Packet {
            pts: av.pts().or(av.dts()),
            dts: av.dts(),
            info: info.clone(),
            keyframe,
            loss_before: 0,
            arrived,
            av,
        })
    }

    /// The video stream.
    pub fn info(&self) -> &Arc<StreamInfo> {
        &self.video.1
    }

    /// The sound, if there is any.
    pub fn audio(&self) -> Option<&Arc<StreamInfo>> {
        self.audio.as_ref().map(|(_, info)| info)
    }

    /// Blocks until there is a packet.
    pub fn next(&mut self) -> Result<Packet, SourceError> {
        // Sound alone does not count: a camera without a picture is to be connected anew.
        if std::mem::take(&mut self.fresh) || self.clock.is_some() {
            self.deadline.extend(self.context.patience(self.route, self.started));
        }
        loop {
            if self.context.cancellation.is_cancelled() {
                return Err(SourceError::Stopped);
            }
            let mut av = ffmpeg::Packet::empty();
            match self.demuxer.read(&mut av) {
                Ok(()) => {}
                Err(ffmpeg::Error::Eof) => {
                    self.end_of_input()?;
                    continue;
                }
                // One damaged packet; the demuxer continues after it.
                Err(ffmpeg::Error::InvalidData) => continue,
                Err(ffmpeg::Error::Other { errno: libc::EAGAIN }) => continue,
                Err(_) if self.demuxer.is_glutted() => {
                    return Err(SourceError::Oversized { what: Oversized::AccessUnit });
                }
                Err(_)
                    if self.deadline.is_expired() && !self.context.cancellation.is_cancelled() =>
                {
                    let after = self.context.patience(self.route, self.started);
                    let (started, over) = (self.started, self.route.over);
                    return Err(SourceError::Idle { after, started, over });
                }
                Err(error) => {
                    return Err(explain(error, &self.context, self.route, &self.deadline));
                }
            }
            if let Some(packet) = self.accept(av) {
                let is_video = packet.media_type() == MediaType::Video;
                self.started |= is_video;
                self.fresh |= is_video;
                return Ok(packet);
            }
        }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        // Closing sends TEARDOWN, which the stopped feed's interrupt callback would prevent.
        self.deadline.close(FAREWELL);
    }
}

/// FFmpeg's options for an input: ours first, then the user's, which win, but for what is ours alone.
fn options(
    context: &SourceContext,
    route: Route,
    allowed: &Allowed,
    front: &Front,
) -> ffmpeg::Dictionary<'static> {
    let micros = |time: Duration| time.as_micros().to_string();
    let mut options = ffmpeg::Dictionary::new();
    match context.address.scheme {
        Scheme::Rtsp | Scheme::Rtsps => {
            options.set("rtsp_transport", if route.udp() { "udp" } else { "tcp" });
            options.set("rtsp_flags", "filter_src");
            options.set("allowed_media_types", "video+audio");
            // Microseconds without a byte from the socket, since FFmpeg 5.0.
            options.set("timeout", &micros((context.patience)()));
            options.set("fflags", "nobuffer");
            // UDP only: how long a gap is waited for, and the socket's buffer.
            options.set("max_delay", "50000");
            options.set("buffer_size", "4194304");
            options.set("user_agent", concat!("camwall/", env!("CARGO_PKG_VERSION")));
        }
        Scheme::Http
        | Scheme::Https
        | Scheme::Rtmp
        | Scheme::Rtmps
        | Scheme::Srt
        | Scheme::Udp
        | Scheme::Rtp => {
            options.set("fflags", "nobuffer");
            options.set("analyzeduration", "1000000");
            options.set("probesize", "500000");
            if matches!(context.address.scheme, Scheme::Http | Scheme::Https) {
                options.set("timeout", &micros(ANSWER_TIMEOUT));
                options.set("http_proxy", front.proxy());
            }
        }
        Scheme::File | Scheme::V4l2 => {}
    }
    if let Some(target) = front.rtmp_target() {
        options.set("rtmp_tcurl", target);
    }
    for (key, value) in &context.spec.options {
        // `check` says that these can't be set.
        if !OWN_OPTIONS.contains(&key.as_str()) && !camwall_address::is_ours(key) {
            options.set(key, value.expose());
        }
    }
    if !allowed.protocols.is_empty() {
        options.set("protocol_whitelist", allowed.protocols);
    }
    options.set("format_whitelist", allowed.demuxers);
    options.set("codec_whitelist", DECODERS);
    options
}

/// A stream's index and description.
type Picked = (usize, Arc<StreamInfo>);

/// The first video stream of a codec that is allowed, and the first sound; all others are thrown away.
fn pick_streams(
    demuxer: &mut Demuxer,
    codecs: &[&str],
) -> Result<(Picked, Option<Picked>), SourceError> {
    let internal = |error: ffmpeg::Error| SourceError::Internal { detail: error.to_string() };
    let picked = |desc: StreamDesc| (desc.index, Arc::new(StreamInfo::from(desc)));
    let (video, audio) = demuxer.pick_streams(Some(codecs)).map_err(internal)?;
    let none = || SourceError::Unsupported { detail: "no video stream".to_owned() };
    Ok((picked(video.ok_or_else(none)?), audio.map(picked)))
}

/// Sorts FFmpeg's errors. Of an RTSP answer FFmpeg 5.1 tells 400, 401, 403 and 404, and of the others
/// their class only (`ff_rtsp_averror`): 453 and 454 look like any 4xx and count as misunderstood.
/// A camera that hangs up on it looks like one that talks nonsense.
fn explain(
    error: ffmpeg::Error,
    context: &SourceContext,
    route: Route,
    deadline: &IoDeadline,
) -> SourceError {
    use ffmpeg::Error as E;
    let detail = context.censor().clean(&format!("FFmpeg: {error}"));
    match error {
        E::Exit if context.cancellation.is_cancelled() => SourceError::Stopped,
        _ if deadline.is_expired() => SourceError::Timeout { step: "opening", after: OPEN_TIMEOUT },
        E::HttpUnauthorized | E::HttpForbidden => SourceError::Auth { detail },
        E::HttpNotFound | E::Other { errno: libc::ENOENT | libc::ENODEV } => {
            SourceError::NotFound { detail }
        }
        E::HttpServerError => SourceError::Busy { detail, retry_after: None },
        E::Eof => SourceError::EndOfStream,
        E::Other { errno: libc::ETIMEDOUT } => {
            SourceError::Timeout { step: "opening", after: ANSWER_TIMEOUT }
        }
        E::Other {
            errno: libc::ECONNREFUSED | libc::EHOSTUNREACH | libc::ENETUNREACH | libc::EADDRNOTAVAIL,
        } => SourceError::Unreachable { detail },
        E::Other { errno: libc::ECONNRESET | libc::EPIPE } => SourceError::Broken { detail },
        // What a 461 becomes where no other transport is left (`ff_rtsp_connect`).
        E::Other { errno: libc::EPROTONOSUPPORT } => match route.over {
            Some(over) => SourceError::TransportRefused { refused: over.into(), detail },
            None => SourceError::Dialogue { client: Client::Ffmpeg, detail },
        },
        // What getaddrinfo's failures become.
        E::Other { errno: libc::EIO } => SourceError::Unreachable { detail },
        // What a container becomes that is not in the table.
        E::Other { errno: libc::EINVAL } if context.address.scheme == Scheme::File => {
            SourceError::Unsupported { detail }
        }
        E::DemuxerNotFound | E::DecoderNotFound | E::ProtocolNotFound => {
            SourceError::Unsupported { detail }
        }
        _ => SourceError::Dialogue { client: Client::Ffmpeg, detail },
    }
}
