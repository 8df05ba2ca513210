//! One picture in full size out of a camera's packets: what a snapshot shows.
//!
//! Runs on the caller's thread, with a decoder of its own: the camera's decoder keeps running, and
//! may be switched off or shrink its pictures. Policies:
//! - the last picture that the packets hold, as coded and cropped; pixels that are not square stay
//!   as they are;
//! - what it means is read as the wall reads it ([`ColorInfo`](crate::ColorInfo)): same matrix,
//!   range and chroma positions;
//! - what is beyond the limits of a decoder gives no picture; that of the GPU is none here;
//! - only the stretch from the last key frame on is decoded, all of it only where that gives no
//!   picture; only the last picture is converted.

use std::sync::Arc;

use ffmpeg_next as ffmpeg;
use image::RgbImage;

use super::pixel_format;
use crate::ffmpeg::swscale::to_rgb;
use crate::ffmpeg::{decode_packet, open_decoder, take_pictures};
use crate::limits::MAX_SIDE;
use crate::packet::picture_limits::PictureLimits;
use crate::packet::{MediaType, Packet};

/// Bytes of a pixel.
const RGB: usize = 3;

/// Why there is no still picture.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// No packet of a picture that decoding can start with.
    #[error("no key frame among the packets")]
    NoKeyFrame,
    /// FFmpeg has no decoder for it, or the decoder refuses the parameters.
    #[error("{stream} can't be decoded: {detail}")]
    NoDecoder {
        /// What the packets carry.
        stream: String,
        /// FFmpeg's words.
        detail: String,
    },
    /// The decoder made no picture out of the packets.
    #[error("the decoder made no picture of the packets")]
    NoPicture,
    /// swscale refused.
    #[error("{format} pictures can't be converted: {detail}")]
    NotConverted {
        /// The pixel format.
        format: String,
        /// FFmpeg's words.
        detail: String,
    },
}

/// Decodes `packets` (the first is a key frame; video packets of one stream in order) and gives
/// the last picture.
///
/// # Errors
/// Where the packets hold no picture, or FFmpeg can't decode or convert it.
pub fn decode_snapshot(packets: &[Arc<Packet>]) -> Result<RgbImage, SnapshotError> {
    let begins = |packet: &Arc<Packet>| packet.keyframe && packet.media_type() == MediaType::Video;
    let last = packets.iter().rposition(begins).ok_or(SnapshotError::NoKeyFrame)?;
    let first = packets.iter().position(begins).unwrap_or(last);
    let mut outcome = decode(&packets[last..]);
    // A key frame that does not stand alone after all, or is damaged.
    if first < last && outcome == Err(SnapshotError::NoPicture) {
        outcome = decode(&packets[first..]);
    }
    outcome
}

/// Decodes all and converts the last picture.
fn decode(packets: &[Arc<Packet>]) -> Result<RgbImage, SnapshotError> {
    let info = &packets.first().ok_or(SnapshotError::NoKeyFrame)?.info;
    let mut limits = PictureLimits::new(MAX_SIDE);
    limits.begin(info.codec, info.extradata()).map_err(|_refusal| SnapshotError::NoPicture)?;
    let mut decoder =
        open_decoder(&info.params, info.time_base, false, MAX_SIDE).map_err(|error| {
            SnapshotError::NoDecoder { stream: info.describe(), detail: error.to_string() }
        })?;
    let (mut last, mut spare) = (None, None);
    // What the decoder can't read is not a reason to give up, as on the wall.
    let mut keep =
        |video: Result<ffmpeg::frame::Video, ffmpeg::Error>| last = video.ok().or(last.take());
    for packet in packets.iter().filter(|packet| packet.media_type() == MediaType::Video) {
        if limits.packet(info.codec, packet.data(), info.length_prefixed()).is_err() {
            continue;
        }
        decode_packet(&mut decoder, &packet.av, &mut spare, &mut keep)
            .unwrap_or_else(|error| tracing::trace!("a packet that the decoder refuses: {error}"));
    }
    if let Err(error) = decoder.send_eof() {
        tracing::trace!("a decoder that can't be drained: {error}");
    }
    take_pictures(&mut decoder, &mut spare, &mut keep);
    let video = last.ok_or(SnapshotError::NoPicture)?;
    convert(&video, info.codec == "mjpeg").map_err(|error| SnapshotError::NotConverted {
        format: format!("{:?}", video.format()),
        detail: error.to_string(),
    })
}

/// The picture as RGB, 8 bits each.
fn convert(video: &ffmpeg::frame::Video, jpeg: bool) -> Result<RgbImage, ffmpeg::Error> {
    let color = pixel_format::color_of(video, jpeg);
    let rgb = to_rgb(video, color)?;
    let rows = rgb.data(0).chunks(rgb.stride(0)).take(rgb.height() as usize);
    let row = rgb.width() as usize * RGB;
    let mut bytes: Vec<u8> =
        rows.flat_map(|bytes| &bytes[..row.min(bytes.len())]).copied().collect();
    let gray = video.format().descriptor().is_some_and(|desc| desc.name().starts_with("gray"));
    if gray && !color.full_range {
        // swscale takes all gray for full range, whatever it is told.
        bytes.iter_mut().for_each(|sample| *sample = stretch(*sample));
    }
    RgbImage::from_raw(rgb.width(), rgb.height(), bytes).ok_or(ffmpeg::Error::InvalidData)
}

/// 16..235 → 0..255.
fn stretch(sample: u8) -> u8 {
    let above = u16::from(sample.clamp(16, 235) - 16);
    u8::try_from((above * 255 + 109) / 219).unwrap_or(u8::MAX)
}

#[cfg(test)]
mod tests {
    use ffmpeg::format::Pixel;
    use ffmpeg::util::color::{Range, Space};

    use super::*;
    use crate::fixtures::fake;

    #[test]
    fn without_a_picture_it_says_why() {
        crate::init();
        assert_eq!(decode_snapshot(&[]), Err(SnapshotError::NoKeyFrame));
        assert_eq!(
            decode_snapshot(&[fake(0, false), fake(1, false)]),
            Err(SnapshotError::NoKeyFrame)
        );
        // Of no contents: neither the last key frame nor the first gives anything.
        assert_eq!(decode_snapshot(&[fake(0, true), fake(1, true)]), Err(SnapshotError::NoPicture));
    }

    /// One shade all over.
    fn flat(format: Pixel, shade: [u16; 3], range: Range, space: Space) -> RgbImage {
        let mut video = ffmpeg::frame::Video::new(format, 66, 34);
        let deep = matches!(format, Pixel::YUV420P10LE | Pixel::YUV422P10LE | Pixel::GRAY10LE);
        for (index, shade) in (0..video.planes()).zip(shade) {
            let [low, high] = shade.to_le_bytes();
            for (at, byte) in video.data_mut(index).iter_mut().enumerate() {
                *byte = if deep && at % 2 == 1 { high } else { low };
            }
        }
        video.set_color_range(range);
        video.set_color_space(space);
        convert(&video, false).expect("a picture")
    }

    fn is_all(picture: &RgbImage, want: [u8; 3], what: &str) {
        assert_eq!(picture.dimensions(), (66, 34));
        for pixel in picture.pixels() {
            let off = pixel.0.iter().zip(want).map(|(is, want)| is.abs_diff(want)).max();
            assert!(off <= Some(1), "{what}: {pixel:?} instead of {want:?}");
        }
    }

    /// Pure red as `bits`-bit numbers: Y' = Kr, Cb = -Kr / 2(1 - Kb), Cr = 1/2 (ITU-R BT.601 and
    /// BT.709, section 3).
    fn red(space: Space, range: Range, bits: u32) -> [u16; 3] {
        let (kr, kb) = if space == Space::BT709 { (0.2126, 0.0722) } else { (0.299, 0.114) };
        let [y, cb, cr] = [kr, -kr / (2.0 * (1.0 - kb)), 0.5];
        let (steps, top) = (f64::from(1 << (bits - 8)), f64::from((1 << bits) - 1));
        let codes = match range {
            Range::JPEG => [y * top, 128.0 * steps + cb * top, 128.0 * steps + cr * top],
            _ => [16.0 + 219.0 * y, 128.0 + 224.0 * cb, 128.0 + 224.0 * cr].map(|c| c * steps),
        };
        codes.map(|code: f64| code.round().min(top) as u16)
    }

    #[test]
    fn matrix_range_and_depth_are_those_of_the_picture() {
        use Pixel::{GRAY8, GRAY10LE, YUV420P, YUV420P10LE, YUV422P10LE, YUV444P, YUVJ420P};
        for space in [Space::BT709, Space::BT470BG] {
            for range in [Range::MPEG, Range::JPEG] {
                let formats = [(YUV420P, 8), (YUV444P, 8), (YUV420P10LE, 10), (YUV422P10LE, 10)];
                for (format, bits) in formats {
                    let picture = flat(format, red(space, range, bits), range, space);
                    is_all(&picture, [255, 0, 0], &format!("{format:?} {space:?} {range:?}"));
                }
            }
        }
        let full = red(Space::BT470BG, Range::JPEG, 8);
        let named = flat(YUVJ420P, full, Range::Unspecified, Space::BT470BG);
        is_all(&named, [255, 0, 0], "full range by its name");
        let gray = |format, code, range| flat(format, [code; 3], range, Space::Unspecified);
        is_all(&gray(GRAY8, 16, Range::MPEG), [0; 3], "limited gray");
        is_all(&gray(GRAY8, 16, Range::JPEG), [16; 3], "full gray");
        is_all(&gray(GRAY10LE, 940, Range::MPEG), [255; 3], "limited deep gray");
    }

    #[test]
    fn rgb_stays_what_it_is() {
        let picture = flat(Pixel::RGB24, [200; 3], Range::Unspecified, Space::Unspecified);
        is_all(&picture, [200; 3], "RGB");
        let planes = flat(Pixel::GBRP, [10, 20, 30], Range::JPEG, Space::RGB);
        is_all(&planes, [30, 10, 20], "planes of green, blue, red");
    }
}
