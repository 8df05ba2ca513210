//! Makes a [`StreamInfo`] of retina's description of a stream.
//!
//! Pure; the feed's task runs it when a session comes up and when a camera changes its
//! parameters.

use ffmpeg_next as ffmpeg;
use retina::client::Stream;
use retina::codec::ParametersRef;

use super::{Oversized, SourceError};
use crate::ffmpeg::CodecParams;
use crate::limits::{MAX_SET_BYTES, MAX_STREAMS};
use crate::packet::{MediaType, StreamInfo};

/// Characters of a camera's word that are told.
const WORD: usize = 20;

/// The first video stream that can be depacketized.
pub(crate) fn pick_video(streams: &[Stream]) -> Result<usize, SourceError> {
    if streams.len() > MAX_STREAMS {
        return Err(SourceError::Oversized { what: Oversized::Streams });
    }
    let known = |stream: &Stream| video_codec(stream).is_some();
    if let Some(index) = streams.iter().position(known) {
        return Ok(index);
    }
    let names: Vec<_> = streams
        .iter()
        .map(|stream| format!("{} {}", word(stream.media()), word(stream.encoding_name())))
        .collect();
    Err(SourceError::Unsupported {
        detail: if names.is_empty() { "no streams".to_owned() } else { names.join(", ") },
    })
}

/// A camera's word, as it may stand in a message.
fn word(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(WORD).collect()
}

/// The codecs that retina depacketizes and FFmpeg decodes.
fn video_codec(stream: &Stream) -> Option<ffmpeg::codec::Id> {
    match (stream.media(), stream.encoding_name()) {
        ("video", "h264") => Some(ffmpeg::codec::Id::H264),
        ("video", "h265") => Some(ffmpeg::codec::Id::HEVC),
        ("video" | "image", "jpeg") => Some(ffmpeg::codec::Id::MJPEG),
        _ => None,
    }
}

/// What the SDP, or the latest key frame, says about a video stream.
pub(crate) fn video_info(stream: &Stream) -> Result<StreamInfo, SourceError> {
    let unsupported =
        || SourceError::Unsupported { detail: format!("video {}", stream.encoding_name()) };
    let id = video_codec(stream).ok_or_else(unsupported)?;
    let mut size = (0, 0);
    let mut fps = stream.framerate();
    let mut extradata: &[u8] = &[];
    if let Some(ParametersRef::Video(video)) = stream.parameters() {
        size = video.pixel_dimensions();
        // JPEG needs no out-of-band data.
        extradata = if id == ffmpeg::codec::Id::MJPEG { &[] } else { video.extra_data() };
        if let Some((seconds, per)) = video.frame_rate().filter(|(seconds, _)| *seconds > 0) {
            fps = Some(per as f32 / seconds as f32);
        }
    }
    if extradata.len() > MAX_SET_BYTES {
        return Err(SourceError::Oversized { what: Oversized::ParameterSets });
    }
    let params = CodecParams::new(MediaType::Video, id)
        .and_then(|params| params.with_extradata(extradata))
        .map_err(|error| SourceError::Internal { detail: error.to_string() })?
        .with_size(size.0, size.1);
    Ok(StreamInfo {
        media_type: MediaType::Video,
        codec: params.name(),
        width: size.0,
        height: size.1,
        time_base: (1, clock_rate(stream).unwrap_or(90_000)),
        fps: fps.filter(|fps| (0.01..1000.0).contains(fps)),
        params,
    })
}

/// Ticks a second of a stream's times, if that makes sense.
fn clock_rate(stream: &Stream) -> Option<i32> {
    i32::try_from(stream.clock_rate_hz()).ok().filter(|rate| *rate > 0)
}

/// What the SDP says about a sound stream that recorders can keep.
pub(crate) fn audio_info(stream: &Stream) -> Option<StreamInfo> {
    use ffmpeg::codec::Id;
    if stream.media() != "audio" {
        return None;
    }
    let (id, bits) = match stream.encoding_name() {
        "mpeg4-generic" => (Id::AAC, 0),
        "pcmu" => (Id::PCM_MULAW, 8),
        "pcma" => (Id::PCM_ALAW, 8),
        "l16" => (Id::PCM_S16BE, 16),
        "g722" => (Id::ADPCM_G722, 4),
        // RFC 3551 packs G.726 little-endian.
        "g726-16" => (Id::ADPCM_G726LE, 2),
        "g726-24" => (Id::ADPCM_G726LE, 3),
        "g726-32" => (Id::ADPCM_G726LE, 4),
        "g726-40" => (Id::ADPCM_G726LE, 5),
        _ => return None,
    };
    let Some(ParametersRef::Audio(audio)) = stream.parameters() else { return None };
    let extradata = if id == Id::AAC { audio.extra_data() } else { &[] };
    if extradata.len() > MAX_SET_BYTES {
        return None;
    }
    // RFC 3551: G.722 runs at 16 kHz whatever its clock rate of 8000 claims.
    let rate = if id == Id::ADPCM_G722 { 16_000 } else { audio.clock_rate() };
    if rate == 0 {
        return None;
    }
    let params = CodecParams::new(MediaType::Audio, id)
        .and_then(|params| params.with_extradata(extradata))
        .ok()?
        .with_audio(rate, audio.channels().get(), bits);
    Some(StreamInfo {
        media_type: MediaType::Audio,
        codec: params.name(),
        width: 0,
        height: 0,
        time_base: (1, clock_rate(stream)?),
        fps: None,
        params,
    })
}
