//! Sizes of real clips, and of sets that nobody but an attacker makes.

use std::path::Path;

use super::*;
use crate::limits::MAX_SIDE;

/// Writes what [`Bits`] reads.
#[derive(Default)]
struct Written {
    bytes: Vec<u8>,
    bits: usize,
}

impl Written {
    fn number(&mut self, value: u64, bits: u32) -> &mut Self {
        for bit in (0..bits).rev() {
            if self.bits.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value >> bit & 1) as u8) << (7 - self.bits % 8);
            }
            self.bits += 1;
        }
        self
    }

    fn exp_golomb(&mut self, value: u32) -> &mut Self {
        let code = u64::from(value) + 1;
        let length = 64 - code.leading_zeros();
        self.number(0, length - 1).number(code, length)
    }

    /// As it is in a packet: with a start code, and kept from looking like others.
    fn unit(&self, header: &[u8]) -> Vec<u8> {
        let mut unit = [&[0, 0, 0, 1], header].concat();
        let mut zeros = 0;
        for &byte in &self.bytes {
            if zeros >= 2 && byte <= 3 {
                unit.push(3);
                zeros = 0;
            }
            zeros = if byte == 0 { zeros + 1 } else { 0 };
            unit.push(byte);
        }
        unit
    }
}

/// A sequence parameter set of the baseline profile, of so many macroblocks.
fn h264(number: u32, width: u32, height: u32) -> Vec<u8> {
    let mut bits = Written::default();
    bits.number(66, 8).number(0, 8).number(30, 8).exp_golomb(number);
    bits.exp_golomb(0).exp_golomb(2).exp_golomb(1).number(0, 1);
    bits.exp_golomb(width - 1).exp_golomb(height - 1).number(0b1_1_0_0, 4).number(1, 1);
    bits.unit(&[0x67])
}

/// One of H.265, in pixels.
fn h265(width: u32, height: u32) -> Vec<u8> {
    let mut bits = Written::default();
    bits.number(0, 4).number(1, 3).number(1, 1).number(1, 48).number(2, 48);
    // One more layer, with a profile and a level of its own.
    bits.number(0b11, 2).number(0, 14).number(0, 48).number(0, 48);
    bits.exp_golomb(0).exp_golomb(1).exp_golomb(width).exp_golomb(height).number(1, 1);
    bits.unit(&[0x42, 1])
}

fn picture_set(number: u32) -> Vec<u8> {
    Written::default().exp_golomb(number).number(1, 1).unit(&[0x68])
}

#[test]
fn the_sizes_of_real_clips_are_read() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/clips");
    let mut read = 0;
    for entry in std::fs::read_dir(folder).expect("the clips") {
        let path = entry.expect("an entry").path();
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
        let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
        let codec = if kind == "mjpeg" { "mjpeg" } else { kind };
        if !["h264", "h265", "mjpeg"].contains(&codec) {
            continue;
        }
        let bytes = std::fs::read(&path).expect("a clip");
        let mut limits = PictureLimits::new(MAX_SIDE);
        assert_eq!(limits.packet(codec, &bytes, false), Ok(()), "{name}");
        // The lines are in the name.
        let Some(lines) = name.rsplit('-').next().and_then(|lines| lines.parse::<u32>().ok())
        else {
            continue;
        };
        let mut low = PictureLimits::new(64);
        let Err(Refusal::Size { width, height }) = low.packet(codec, &bytes, false) else {
            unreachable!("{name} is larger than 64 a side")
        };
        assert!((lines..lines + 16).contains(&height), "{name}: {height}");
        assert!(width > height && width < 2 * height, "{name}: {width}");
        read += 1;
    }
    assert!(read >= 20, "{read} clips");
}

#[test]
fn a_picture_beyond_the_limits_is_refused_wherever_its_set_is() {
    let size = |width, height| Err(Refusal::Size { width, height });
    let slice = [0, 0, 1, 0x65, 1, 2];
    let giant = h264(0, 1025, 4);
    for packet in [giant.clone(), [&slice[..], &giant].concat(), [&giant[..], &slice].concat()] {
        assert_eq!(PictureLimits::new(16_384).packet("h264", &packet, false), size(16_400, 64));
        assert_eq!(PictureLimits::new(16_400).packet("h264", &packet, false), Ok(()));
    }
    let prefixed = [&[0, 0, 0, 2, 9, 9][..], &(giant.len() as u32 - 4).to_be_bytes(), &giant[4..]];
    let prefixed = prefixed.concat();
    assert_eq!(PictureLimits::new(16_384).packet("h264", &prefixed, true), size(16_400, 64));
    // Within each side, and too many pixels.
    let many = h264(0, 600, 600);
    assert_eq!(PictureLimits::new(16_384).packet("h264", &many, false), size(9600, 9600));
    let giant = h265(65_535, 65_535);
    assert_eq!(PictureLimits::new(16_384).packet("h265", &giant, false), size(65_535, 65_535));
    assert_eq!(PictureLimits::new(16_384).packet("h265", &h265(1920, 1080), false), Ok(()));
    let jpeg = [0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0x10, 0, 0xff, 0xff, 3];
    assert_eq!(PictureLimits::new(16_384).packet("mjpeg", &jpeg, false), size(65_535, 4096));
}

#[test]
fn a_refusal_holds_until_a_set_of_a_picture_that_fits() {
    let mut limits = PictureLimits::new(1920);
    let slice = [0, 0, 1, 0x41, 1, 2];
    let refused = Err(Refusal::Size { width: 3840, height: 2160 });
    let (small, large) = (h264(0, 40, 23), h264(0, 240, 135));
    assert_eq!(limits.packet("h264", &small, false), Ok(()));
    assert_eq!(limits.packet("h264", &slice, false), Ok(()));
    assert_eq!(limits.packet("h264", &large, false), refused);
    assert_eq!(limits.packet("h264", &slice, false), refused);
    assert_eq!(limits.packet("h264", &small, false), Ok(()));
    // One that fits does not hide another.
    let both = [&small[..], &large, &small].concat();
    assert_eq!(limits.packet("h264", &both, false), refused);
}

#[test]
fn sets_without_end_are_refused_in_one_packet_and_over_many() {
    let flood = |count| (0..count).flat_map(picture_set).collect::<Vec<u8>>();
    let full = MAX_SETS as u32;
    let mut limits = PictureLimits::new(1920);
    assert_eq!(limits.packet("h264", &flood(full), false), Ok(()));
    assert_eq!(limits.packet("h264", &flood(full), false), Ok(()), "the same once more");
    let refused = Err(Refusal::ParameterSets);
    assert_eq!(limits.packet("h264", &picture_set(200), false), refused);
    let same = picture_set(7).repeat(MAX_SETS + 1);
    assert_eq!(PictureLimits::new(1920).packet("h264", &same, false), refused);
    let long = [picture_set(7), vec![9; MAX_SET_BYTES]].concat();
    assert_eq!(PictureLimits::new(1920).packet("h264", &long, false), refused);
    let beside = vec![0; MAX_SET_BYTES + 1];
    assert_eq!(PictureLimits::new(1920).begin("mpeg4", &beside), refused);
}

#[test]
fn sets_beside_the_stream_are_looked_at() {
    let set = &h264(0, 1025, 4)[4..];
    let length = (set.len() as u16).to_be_bytes();
    let avcc = [&[1, 66, 0, 30, 0xff, 0xe1][..], &length, set, &[0]].concat();
    let refused = Err(Refusal::Size { width: 16_400, height: 64 });
    assert_eq!(PictureLimits::new(16_384).begin("h264", &avcc), refused);
    let set = &h265(20_000, 64)[4..];
    let length = (set.len() as u16).to_be_bytes();
    let hvcc = [&[1; 22][..], &[1, 33, 0, 1], &length, set].concat();
    let refused = Err(Refusal::Size { width: 20_000, height: 64 });
    assert_eq!(PictureLimits::new(16_384).begin("h265", &hvcc), refused);
    // However it is cut off.
    for end in 0..hvcc.len() {
        let _any = PictureLimits::new(16_384).begin("h265", &hvcc[..end]);
        let _any = PictureLimits::new(16_384).begin("h264", &avcc[..end.min(avcc.len())]);
    }
}
