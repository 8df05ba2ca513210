//! Completes the codec parameters of a recording's streams from the first key frame.
//!
//! The thread that writes a recording runs it once per file. A camera's description may lack the
//! size of its pictures or its parameter sets, or be outdated; no header can do without them.
//! Policies:
//! - parameter sets in the key frame win over those of the description: the file's pictures were
//!   made with them;
//! - nothing is decoded: FFmpeg's parsers and a few bytes' reading tell all;
//! - of sound nothing but the description is known, which is completed where the codec allows it.

use ffmpeg_next as ffmpeg;

use crate::ffmpeg::CodecParams;
use crate::ffmpeg::parser::picture_size;
use crate::packet::nal;
use crate::packet::picture_limits::jpeg_size;
use crate::packet::{Packet, StreamInfo};

/// Why a stream can't be recorded. Its text is for the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRecordable {
    /// Neither the key frame nor the camera's description has the parameter sets.
    #[error("{codec} without parameter sets")]
    NoParameterSets {
        /// The video's codec.
        codec: &'static str,
    },
    /// Neither the key frame nor the camera's description says how large the pictures are.
    #[error("{codec}: the size of its pictures is unknown")]
    UnknownSize {
        /// The video's codec.
        codec: &'static str,
    },
    /// The camera's description of the sound is incomplete.
    #[error("{codec}: sample rate and channels are unknown")]
    UnknownSound {
        /// The sound's codec.
        codec: &'static str,
    },
    /// The container can't hold the sound.
    #[error("{codec} is not possible in {container}")]
    NotInContainer {
        /// The sound's codec.
        codec: &'static str,
        /// "Matroska", "MP4".
        container: &'static str,
    },
    /// The file was begun with another codec.
    #[error("{codec} in a file of {file}")]
    OtherCodec {
        /// The packet's codec.
        codec: &'static str,
        /// The codec of the file's video.
        file: &'static str,
    },
    /// FFmpeg refuses the stream.
    #[error("{codec}: {detail}")]
    Refused {
        /// The stream's codec.
        codec: &'static str,
        /// FFmpeg's words.
        detail: String,
    },
}

impl NotRecordable {
    /// FFmpeg's refusal of a stream.
    pub(super) fn refused(codec: &'static str, error: ffmpeg::Error) -> Self {
        Self::Refused { codec, detail: error.to_string() }
    }
}

/// The parameters of the pictures that begin with this key frame.
pub(crate) fn video(first: &Packet) -> Result<CodecParams, NotRecordable> {
    let info = &first.info;
    let codec = info.codec;
    let failed = |error| NotRecordable::refused(codec, error);
    let mut params = info.params.duplicate().map_err(failed)?.for_muxer(None);
    let prefixed = info.extradata().first() == Some(&1);
    let known = (info.width, info.height);
    let size = match info.codec {
        "h264" | "h265" if prefixed => known,
        "h264" | "h265" => {
            match nal::parameter_sets(info.codec, first.data()) {
                Some(sets) => params = params.with_extradata(&sets).map_err(failed)?,
                None if nal::parameter_sets(info.codec, info.extradata()).is_some() => {}
                None => return Err(NotRecordable::NoParameterSets { codec }),
            }
            picture_size(params.id(), &first.av).unwrap_or(known)
        }
        "mpeg4" => {
            if let Some(header) = mpeg4_header(first.data()).filter(|_| lacks_header(info)) {
                params = params.with_extradata(header).map_err(failed)?;
            }
            picture_size(params.id(), &first.av).unwrap_or(known)
        }
        "mjpeg" => jpeg_size(first.data()).unwrap_or(known),
        _ => known,
    };
    if size.0 == 0 || size.1 == 0 {
        return Err(NotRecordable::UnknownSize { codec });
    }
    Ok(params.with_size(size.0, size.1))
}

fn lacks_header(info: &StreamInfo) -> bool {
    info.extradata().is_empty()
}

/// The parameters of the sound.
pub(crate) fn audio(info: &StreamInfo) -> Result<CodecParams, NotRecordable> {
    let codec = info.codec;
    let failed = |error| NotRecordable::refused(codec, error);
    let params = info.params.duplicate().map_err(failed)?;
    let (rate, channels) = params.audio_format();
    if rate == 0 || channels == 0 {
        return Err(NotRecordable::UnknownSound { codec });
    }
    let (frame_size, header) = match info.codec {
        "aac" => (Some(1024), aac_header(rate, channels)),
        "mp2" => (Some(1152), None),
        "opus" => (None, Some(opus_header(rate, channels))),
        _ => (None, None),
    };
    let params = params.for_muxer(frame_size);
    match header.filter(|_| lacks_header(info)) {
        Some(header) => params.with_extradata(&header).map_err(failed),
        None => Ok(params),
    }
}

/// Everything before the first group or picture: ISO 14496-2 table 6-3, group_of_vop and vop.
fn mpeg4_header(data: &[u8]) -> Option<&[u8]> {
    let end = data.windows(4).position(|code| matches!(code, [0, 0, 1, 0xb3 | 0xb6]))?;
    (end > 0).then(|| &data[..end])
}

/// ISO 14496-3 table 1.18: the sample rates that have a number.
const AAC_RATES: [u32; 13] =
    [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];

/// An AudioSpecificConfig (ISO 14496-3, 1.6.2.1) of AAC-LC, for streams that say it in ADTS.
fn aac_header(rate: u32, channels: u16) -> Option<Vec<u8>> {
    const LOW_COMPLEXITY: u16 = 2;
    let rate = u16::try_from(AAC_RATES.iter().position(|known| *known == rate)?).ok()?;
    let channels = if channels == 8 { 7 } else { channels };
    let config = (LOW_COMPLEXITY << 11) | (rate << 7) | (channels << 3);
    (channels < 8).then(|| config.to_be_bytes().to_vec())
}

/// An identification header (RFC 7845, 5.1), which RTP does without.
fn opus_header(rate: u32, channels: u16) -> Vec<u8> {
    let mut header = b"OpusHead".to_vec();
    header.extend([1, u8::try_from(channels).unwrap_or(2)]);
    // Nothing to skip: recording begins somewhere in the middle.
    header.extend(0_u16.to_le_bytes());
    header.extend(rate.to_le_bytes());
    // No gain; mono or stereo as they are.
    header.extend([0, 0, 0]);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn size_of_a_jpeg() {
        let sof = [0xff, 0xc0, 0, 11, 8, 1, 0x68, 2, 0x80, 1, 1, 0x11, 0];
        let app = [0xff, 0xe0, 0, 4, 1, 2];
        let jpeg = |parts: &[&[u8]]| [&[0xff, 0xd8][..], &parts.concat()].concat();
        assert_eq!(jpeg_size(&jpeg(&[&sof])), Some((640, 360)));
        assert_eq!(jpeg_size(&jpeg(&[&app, &[0xff], &sof])), Some((640, 360)));
        assert_eq!(jpeg_size(&jpeg(&[&app, &sof[..6]])), None);
        assert_eq!(jpeg_size(&jpeg(&[&[0xff, 0xe0, 0xff, 0xff]])), None);
        assert_eq!(jpeg_size(&[]), None);
    }

    #[test]
    fn header_of_mpeg4() {
        let data = [0, 0, 1, 0xb0, 1, 0, 0, 1, 0xb6, 9];
        assert_eq!(mpeg4_header(&data), Some(&data[..5]));
        assert_eq!(mpeg4_header(&data[5..]), None);
        assert_eq!(mpeg4_header(&[]), None);
    }

    #[test]
    fn headers_of_sound() {
        // As FFmpeg's encoder writes it for 16 kHz mono.
        assert_eq!(aac_header(16_000, 1), Some(vec![0x14, 0x08]));
        assert_eq!(aac_header(44_100, 2), Some(vec![0x12, 0x10]));
        assert_eq!(aac_header(12_345, 2), None);
        assert_eq!(aac_header(48_000, 30), None);
        assert_eq!(opus_header(48_000, 2).len(), 19);
    }
}
