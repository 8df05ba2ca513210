//! Compressed packets and what describes them, as both decoder and recorder take them.
//!
//! Made by the feed's task or the thread `ID.demux`, shared as `Arc`s: nobody copies a payload. The
//! payload lives in an FFmpeg packet (reference-counted, padded), so that decoding and remuxing need no
//! copy either.
//! H.264 and H.265 from RTSP are Annex B with the parameter sets in front of every key frame, so
//! that a stream which changes its size explains itself.

pub(crate) mod nal;
pub(crate) mod picture_limits;

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use ffmpeg_next as ffmpeg;

use super::ffmpeg::{CodecParams, StreamDesc};
pub use super::media_type::MediaType;

/// The parameters of one stream of a camera.
#[derive(Debug)]
pub struct StreamInfo {
    /// Pictures or sound.
    pub media_type: MediaType,
    /// FFmpeg's name: "h264", "hevc" is called "h265" here, "mjpeg", "aac", "pcm_mulaw", …
    pub codec: &'static str,
    /// Pixels across; 0 where only the pictures will tell.
    pub width: u32,
    /// Pixels down; 0 where only the pictures will tell.
    pub height: u32,
    /// Length of one timestamp unit in seconds, as numerator and denominator.
    pub time_base: (i32, i32),
    /// Pictures per second as the camera states them.
    pub fps: Option<f32>,
    /// Codec, extradata, sample rate and channels as FFmpeg's muxers and decoders take them.
    pub(crate) params: CodecParams,
}

impl StreamInfo {
    /// The codec's out-of-band parameters: avcC or Annex B parameter sets, AudioSpecificConfig, …
    pub(crate) fn extradata(&self) -> &[u8] {
        self.params.extradata()
    }

    /// Samples per second and channels, for sound.
    pub(crate) fn audio_format(&self) -> Option<(u32, u16)> {
        (self.media_type == MediaType::Audio).then(|| self.params.audio_format())
    }

    /// In words: "aac 16000 Hz 1 ch", "h264 1920x1080".
    pub fn describe(&self) -> String {
        match self.audio_format() {
            Some((rate, channels)) => format!("{} {rate} Hz {channels} ch", self.codec),
            None if self.width == 0 => self.codec.to_owned(),
            None => format!("{} {}x{}", self.codec, self.width, self.height),
        }
    }

    /// Whether a file begun with `self` can go on with `other`.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        (self.codec, self.width, self.height) == (other.codec, other.width, other.height)
            && self.extradata() == other.extradata()
    }

    /// Whether a decoder made for `self` cannot go on with `other`.
    pub(crate) fn needs_other_decoder(&self, other: &Self) -> bool {
        // In-band parameter sets explain themselves to the running decoder.
        self.codec != other.codec
            || (!(self.explains_itself() && other.explains_itself())
                && self.extradata() != other.extradata())
    }

    /// Whether packets have NAL unit lengths in front (MP4, MKV, FLV): avcC and hvcC begin with 1.
    pub(crate) fn length_prefixed(&self) -> bool {
        matches!(self.codec, "h264" | "h265") && self.extradata().first() == Some(&1)
    }

    fn explains_itself(&self) -> bool {
        let data = self.extradata();
        matches!(self.codec, "h264" | "h265")
            && (data.is_empty() || data.starts_with(&[0, 0, 1]) || data.starts_with(&[0, 0, 0, 1]))
    }
}

impl From<StreamDesc> for StreamInfo {
    /// What packets of the stream carry with them.
    fn from(desc: StreamDesc) -> Self {
        let (width, height) = desc.params.size();
        Self {
            media_type: desc.media_type,
            codec: desc.params.name(),
            width,
            height,
            time_base: desc.time_base,
            fps: desc.fps.filter(|fps| (0.01..1000.0).contains(fps)),
            params: desc.params,
        }
    }
}

/// One compressed picture (a whole access unit) or piece of sound.
pub struct Packet {
    pub(crate) av: ffmpeg::Packet,
    /// The stream this belongs to, with the parameters that hold from this packet on.
    pub info: Arc<StreamInfo>,
    /// Presentation time in units of [`StreamInfo::time_base`], from an arbitrary start.
    pub pts: Option<i64>,
    /// Decoding time, where the source knows it. RTSP does not.
    pub dts: Option<i64>,
    /// Whether decoding can start here.
    pub keyframe: bool,
    /// RTP packets lost just before this one.
    pub loss_before: u32,
    /// When the last byte of it was received.
    pub arrived: Instant,
}

impl Packet {
    /// The payload.
    pub fn data(&self) -> &[u8] {
        self.av.data().unwrap_or_default()
    }

    /// Pictures or sound.
    pub fn media_type(&self) -> MediaType {
        self.info.media_type
    }

    /// Seconds since the stream's start by its own clock.
    pub fn seconds(&self) -> Option<f64> {
        let (num, den) = self.info.time_base;
        self.pts.map(|pts| pts as f64 * f64::from(num) / f64::from(den.max(1)))
    }
}

impl fmt::Debug for Packet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packet")
            .field("codec", &self.info.codec)
            .field("bytes", &self.data().len())
            .field("pts", &self.pts)
            .field("keyframe", &self.keyframe)
            .field("loss_before", &self.loss_before)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::info;

    #[test]
    fn parameter_sets_in_the_stream_need_no_other_decoder() {
        let with = |id, extradata: &[u8]| {
            let params = CodecParams::new(MediaType::Video, id);
            info(params.and_then(|params| params.with_extradata(extradata)).expect("parameters"))
        };
        use ffmpeg::codec::Id::{H264, HEVC};
        let annex_b = with(H264, &[0, 0, 0, 1, 0x67]);
        assert!(!annex_b.needs_other_decoder(&with(H264, &[0, 0, 0, 1, 0x67, 2])));
        assert!(annex_b.needs_other_decoder(&with(HEVC, &[0, 0, 0, 1, 0x40])));
        assert!(with(H264, &[1, 2]).needs_other_decoder(&with(H264, &[1, 3])));
        assert!(!with(H264, &[1, 2]).needs_other_decoder(&with(H264, &[1, 2])));
        assert!(annex_b.needs_other_decoder(&with(H264, &[1, 2])));
    }
}
