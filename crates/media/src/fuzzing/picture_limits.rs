//! What keeps a packet from the decoder: the sizes and the number of its parameter sets.

use super::units::each_unit;
use crate::limits::{MAX_SETS, Refusal, fits};
use crate::packet::picture_limits::PictureLimits;

/// Smaller than some pictures of cameras, so that a few bits decide.
const SIDE: u32 = 1000;

/// Whatever the packet, it is judged the same each time and however it is framed, what is refused for its
/// size does not fit, a refusal outlives packets that tell no size, and more sets than there may be are
/// refused.
pub(super) fn picture_limits(codec: &str, data: &[u8], prefixed: bool) {
    let judge = |data: &[u8], prefixed| {
        let mut limits = PictureLimits::new(SIDE);
        let said = limits.packet(codec, data, prefixed);
        assert_eq!(limits.packet(codec, &[], prefixed), said, "judged anew without a reason");
        said
    };
    let said = judge(data, prefixed);
    if let Err(Refusal::Size { width, height }) = said {
        assert!(!fits(width, height, SIDE), "{width}x{height} fits");
    }
    // A description is any bytes as well.
    let (mut once, mut twice) = (PictureLimits::new(SIDE), PictureLimits::new(SIDE));
    assert_eq!(once.begin(codec, data), twice.begin(codec, data));
    if codec == "mjpeg" {
        let size = frame_header(data);
        let too_large = size.filter(|(width, height)| !fits(*width, *height, SIDE));
        let expected = too_large.map(|(width, height)| Refusal::Size { width, height });
        assert_eq!(said.err(), expected, "the frame header says {size:?}");
    }
    if matches!(codec, "h264" | "h265") && !prefixed {
        let units = each_unit(data);
        let with_lengths: Vec<u8> = units
            .iter()
            .flat_map(|unit| [&(unit.len() as u32).to_be_bytes(), *unit].concat())
            .collect();
        assert_eq!(judge(&with_lengths, true), said, "with lengths in place of start codes");
        let sets = units.iter().filter(|unit| is_set(codec, unit)).count();
        assert!(sets <= MAX_SETS || said == Err(Refusal::ParameterSets), "{sets} sets: {said:?}");
    }
}

/// H.264 and H.265 tables 7-1; of H.265 those of the base layer.
fn is_set(codec: &str, unit: &[u8]) -> bool {
    match (codec, unit) {
        ("h264", [first, ..]) => matches!(first % 32, 7 | 8),
        ("h265", [first, second, ..]) => {
            matches!(first / 2 % 64, 32..=34) && first % 2 == 0 && *second < 8
        }
        _ => false,
    }
}

/// Width and height in the first frame header of a JPEG, by offsets: ITU T.81 B.1.1 and B.2.2.
fn frame_header(data: &[u8]) -> Option<(u32, u32)> {
    let number = |at: usize| Some(u32::from(*data.get(at)?) << 8 | u32::from(*data.get(at + 1)?));
    if number(0)? != 0xffd8 {
        return None;
    }
    let mut at = 2;
    loop {
        let marker = number(at)?;
        let is_frame =
            (0xffc0..=0xffcf).contains(&marker) && ![0xffc4, 0xffc8, 0xffcc].contains(&marker);
        at += match marker {
            0..=0xfeff => return None,
            0xffff => 1,
            0xff01 | 0xffd0..=0xffd8 => 2,
            // Length, precision, then the lines and the samples of each.
            _ if is_frame => return Some((number(at + 7)?, number(at + 5)?)),
            _ => 2 + number(at + 2)? as usize,
        };
    }
}
