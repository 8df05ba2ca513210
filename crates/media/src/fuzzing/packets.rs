//! What we read in a compressed packet ourselves: H.264, H.265, JPEG and MPEG-4.

use std::sync::Arc;

use ffmpeg_next as ffmpeg;

use super::picture_limits::picture_limits;
use super::units::units;
use crate::ffmpeg::CodecParams;
use crate::fixtures::{info, packet_of};
use crate::media_type::MediaType;
use crate::mux::codec_params::video;
use crate::packet::nal;

/// The codecs by number, with FFmpeg's id.
const CODECS: [(&str, ffmpeg::codec::Id); 4] = [
    ("h264", ffmpeg::codec::Id::H264),
    ("h265", ffmpeg::codec::Id::HEVC),
    ("mjpeg", ffmpeg::codec::Id::MJPEG),
    ("mpeg4", ffmpeg::codec::Id::MPEG4),
];

/// The first byte chooses codec and framing, the rest is a packet: our readers agree with each other and
/// with a slow reader, and what they take out of the packet is in it.
///
/// # Panics
/// Where that is not so, or FFmpeg has no memory.
pub fn packets(bytes: &[u8]) {
    crate::init();
    let Some((&choice, data)) = bytes.split_first() else { return };
    let (codec, id) = CODECS[usize::from(choice & 3)];
    let prefixed = choice & 4 != 0;
    let key = nal::is_keyframe(codec, data, prefixed);
    let gradual = nal::recovers_gradually(codec, data, prefixed);
    let begins = nal::begins_picture(codec, data);
    let sets = nal::parameter_sets(codec, data);
    if !matches!(codec, "h264" | "h265") {
        assert!(key && begins && !gradual && sets.is_none(), "{codec} is none of their business");
    } else if !prefixed {
        let units = units(data);
        let (first_slice, key_expected) = first_slice(codec, &units);
        assert_eq!(key, key_expected, "where decoding can start");
        let flag = first_slice.and_then(|slice| slice.get(if codec == "h264" { 1 } else { 2 }));
        assert_eq!(begins, flag.is_some_and(|byte| byte & 0x80 != 0), "where a picture begins");
        assert!(!gradual || key, "a refresh begins where decoding can start");
    }
    if let Some(sets) = sets {
        parameter_sets(codec, data, &sets);
    }
    picture_limits(codec, data, prefixed);
    header(id, data);
}

/// The first slice as [`nal::begins_picture`] counts slices, and whether decoding can start here.
fn first_slice<'a>(codec: &str, units: &[&'a [u8]]) -> (Option<&'a [u8]>, bool) {
    let h264 = codec == "h264";
    let kind = |unit: &[u8]| if h264 { unit[0] & 0x1f } else { (unit[0] >> 1) & 0x3f };
    let is_slice =
        |unit: &&&[u8]| if h264 { matches!(kind(unit), 1 | 2 | 5) } else { kind(unit) <= 31 };
    let slice = units.iter().find(is_slice).copied();
    let key = units.iter().find_map(|unit| match (h264, kind(unit)) {
        (true, 5) | (false, 16..=23) => Some(true),
        (true, 1 | 2) | (false, 0..=15) => Some(false),
        (true, 6) => has_recovery_point(&message(&unit[1..])).then_some(true),
        _ => None,
    });
    (slice, key == Some(true))
}

/// An SEI up to the next start code, without the threes behind two zeros (H.264 7.3.1).
fn message(unit: &[u8]) -> Vec<u8> {
    let starts = |at: &usize| matches!(unit[*at..], [0, 0, 0 | 1, ..]);
    let end = (0..unit.len()).find(starts).unwrap_or(unit.len());
    let kept = (0..end).filter(|at| *at < 2 || unit[at - 2..=*at] != [0, 0, 3]);
    kept.map(|at| unit[at]).collect()
}

/// H.264 annex D.1, without a copy of how [`nal`] walks it: type and size are sums of bytes up to the
/// first that is not 255, and a message without a byte of its own is none.
fn has_recovery_point(sei: &[u8]) -> bool {
    let mut at = 0;
    while sei.len().saturating_sub(at) > 2 {
        let mut numbers = [0; 2];
        for number in &mut numbers {
            loop {
                let Some(byte) = sei.get(at) else { return false };
                at += 1;
                *number += usize::from(*byte);
                if *byte != 255 {
                    break;
                }
            }
        }
        if numbers[0] == 6 {
            return at < sei.len();
        }
        at += numbers[1];
    }
    false
}

/// Sets are pieces of the packet behind start codes of four bytes, and are found in themselves again.
fn parameter_sets(codec: &str, data: &[u8], sets: &[u8]) {
    assert_eq!(nal::parameter_sets(codec, sets).as_deref(), Some(sets), "not found again");
    // Each has a start code of three bytes in the packet, and gets one of four.
    assert!(sets.len() <= data.len() + data.len() / 4 + 1, "{} of {}", sets.len(), data.len());
    let units = units(sets);
    for (index, unit) in units.iter().enumerate() {
        let next = units.get(index + 1).map_or(0, |next| next.len() + 4);
        let unit = &unit[..unit.len() - next];
        assert!(data.windows(unit.len()).any(|window| window == unit), "not in the packet");
    }
}

/// What a file would begin with.
fn header(id: ffmpeg::codec::Id, data: &[u8]) {
    let params = CodecParams::new(MediaType::Video, id).expect("memory");
    let packet = packet_of(&Arc::new(info(params)), data, 0, true, std::time::Instant::now());
    if let Ok(params) = video(&packet) {
        let (width, height) = params.size();
        assert!(width > 0 && height > 0, "{width}x{height}");
        assert!(params.extradata().len() <= data.len() * 2, "more than there was");
    }
}
