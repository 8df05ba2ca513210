//! What parameter sets and headers say of a picture, before a decoder sees them: whether it would be
//! too large, and whether the sets themselves are too many or too large.
//!
//! Pure; the decode thread asks for each packet. Policies:
//! - a decoder allocates by what a parameter set says, so that is read here first (H.264 and H.265 with
//!   their sets anywhere in a packet or beside the stream, JPEG by its frame header). Of other codecs
//!   only the decoder knows, which has the same limits of its own;
//! - what can't be read is not refused: the decoder refuses it, or its own limits do;
//! - a refusal holds until the next parameter set of a picture that fits: what is between belongs to
//!   pictures that are not decoded.

mod bits;

use self::bits::Bits;
use super::nal::{each_annex_b, each_prefixed};
use crate::limits::{MAX_SET_BYTES, MAX_SETS, Refusal, fits};

/// What one decoder was given, and what is refused it.
#[derive(Debug)]
pub(crate) struct PictureLimits {
    /// The longest side in pixels.
    side: u32,
    /// Kind and number of the parameter sets that the decoder has.
    known: Vec<(u8, u32)>,
    refused: Option<Refusal>,
}

/// What is found in one packet.
struct Found {
    sets: usize,
    size: Option<(u32, u32)>,
    fault: Option<Refusal>,
}

impl PictureLimits {
    /// For a decoder that was just opened.
    pub fn new(side: u32) -> Self {
        Self { side, known: Vec::new(), refused: None }
    }

    /// Looks at a stream's parameters: avcC or hvcC, or sets with start codes.
    pub fn begin(&mut self, codec: &str, extradata: &[u8]) -> Result<(), Refusal> {
        if extradata.len() > MAX_SET_BYTES {
            self.refused = Some(Refusal::ParameterSets);
            return Err(Refusal::ParameterSets);
        }
        if !is_boxed(codec, extradata) {
            return self.packet(codec, extradata, false);
        }
        let mut found = Found { sets: 0, size: None, fault: None };
        each_boxed(codec, extradata, &mut |nal| self.look(codec, nal, &mut found));
        self.conclude(&found)
    }

    /// Looks at a size that is known beside the stream, 0 where it is not.
    pub fn size(&self, width: u32, height: u32) -> Result<(), Refusal> {
        if fits(width, height, self.side) { Ok(()) } else { Err(Refusal::Size { width, height }) }
    }

    /// Looks at a packet that a decoder is about to be given.
    pub fn packet(
        &mut self,
        codec: &str,
        data: &[u8],
        length_prefixed: bool,
    ) -> Result<(), Refusal> {
        let mut found = Found { sets: 0, size: None, fault: None };
        match codec {
            "h264" | "h265" if length_prefixed => each_prefixed(data, &mut |nal| {
                self.look(codec, nal, &mut found);
                false
            }),
            "h264" | "h265" => {
                // A unit ends where the next start code begins.
                let mut begun = data.len();
                each_annex_b(data, &mut |nal| {
                    let next = data.len() - nal.len();
                    self.look(codec, data.get(begun..next - 3).unwrap_or_default(), &mut found);
                    begun = next;
                    false
                });
                self.look(codec, &data[begun..], &mut found);
            }
            "mjpeg" => found.size = jpeg_size(data),
            _ => {}
        }
        self.conclude(&found)
    }

    /// Takes note of one NAL unit.
    fn look(&mut self, codec: &str, nal: &[u8], found: &mut Found) {
        let set = if codec == "h264" { h264_set(nal) } else { h265_set(nal) };
        let Some(set) = set else { return };
        found.sets += 1;
        let number = set.number.unwrap_or(u32::MAX);
        if !self.known.contains(&(set.kind, number)) && self.known.len() <= MAX_SETS {
            self.known.push((set.kind, number));
        }
        if nal.len() > MAX_SET_BYTES || found.sets > MAX_SETS || self.known.len() > MAX_SETS {
            found.fault = Some(Refusal::ParameterSets);
        }
        if let Some((width, height)) = set.size {
            let larger = found.size.is_none_or(|(w, h)| {
                u64::from(w) * u64::from(h) < u64::from(width) * u64::from(height)
                    || !fits(width, height, self.side)
            });
            if larger {
                found.size = Some((width, height));
            }
        }
    }

    /// What follows from a packet, or still holds.
    fn conclude(&mut self, found: &Found) -> Result<(), Refusal> {
        let too_large = found.size.filter(|(width, height)| !fits(*width, *height, self.side));
        let too_large = too_large.map(|(width, height)| Refusal::Size { width, height });
        if let Some(fault) = found.fault.or(too_large) {
            self.refused = Some(fault);
        } else if found.size.is_some() {
            self.refused = None;
        }
        self.refused.map_or(Ok(()), Err)
    }
}

/// A parameter set.
struct Set {
    kind: u8,
    /// Its number among those of its kind.
    number: Option<u32>,
    /// Width and height as coded, in pixels.
    size: Option<(u32, u32)>,
}

/// H.264 table 7-1: 7 is a sequence parameter set, 8 a picture parameter set.
fn h264_set(nal: &[u8]) -> Option<Set> {
    let (header, rest) = nal.split_first()?;
    let mut bits = Bits::new(rest);
    match header & 0x1f {
        7 => {
            let mut number = None;
            let size = h264_size(&mut bits, &mut number);
            Some(Set { kind: 7, number, size })
        }
        8 => Some(Set { kind: 8, number: bits.exp_golomb(), size: None }),
        _ => None,
    }
}

/// H.265 table 7-1: 32 is a video parameter set, 33 a sequence, 34 a picture parameter set. Those of
/// further layers are not decoded.
fn h265_set(nal: &[u8]) -> Option<Set> {
    let (&[first, second], rest) = nal.split_first_chunk::<2>()?;
    let layer = u16::from_be_bytes([first, second]) >> 3 & 0x3f;
    if layer != 0 {
        return None;
    }
    let mut bits = Bits::new(rest);
    match first >> 1 & 0x3f {
        32 => Some(Set { kind: 32, number: bits.number(4), size: None }),
        33 => {
            let mut number = None;
            let size = h265_size(&mut bits, &mut number);
            Some(Set { kind: 33, number, size })
        }
        34 => Some(Set { kind: 34, number: bits.exp_golomb(), size: None }),
        _ => None,
    }
}

/// H.264 7.3.2.1.1, up to the size.
fn h264_size(bits: &mut Bits<'_>, number: &mut Option<u32>) -> Option<(u32, u32)> {
    /// Profiles whose sets say how chroma and depth are coded.
    const HIGH: [u32; 13] = [100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135];
    let profile = bits.number(8)?;
    bits.skip(16)?;
    *number = Some(bits.exp_golomb()?);
    if HIGH.contains(&profile) {
        let chroma = bits.exp_golomb()?;
        if chroma == 3 {
            bits.skip(1)?;
        }
        bits.exp_golomb()?;
        bits.exp_golomb()?;
        bits.skip(1)?;
        if bits.number(1)? == 1 {
            for list in 0..if chroma == 3 { 12 } else { 8 } {
                if bits.number(1)? == 1 {
                    skip_scaling_list(bits, if list < 6 { 16 } else { 64 })?;
                }
            }
        }
    }
    bits.exp_golomb()?;
    match bits.exp_golomb()? {
        0 => {
            bits.exp_golomb()?;
        }
        1 => {
            bits.skip(1)?;
            bits.exp_golomb()?;
            bits.exp_golomb()?;
            // At most 255 by the standard; whatever it says, the data ends.
            for _ in 0..bits.exp_golomb()? {
                bits.exp_golomb()?;
            }
        }
        _ => {}
    }
    bits.exp_golomb()?;
    bits.skip(1)?;
    let (width, height) = (bits.exp_golomb()?, bits.exp_golomb()?);
    let fields = 2 - bits.number(1)?;
    let macroblocks = |count: u32| count.saturating_add(1).saturating_mul(16);
    Some((macroblocks(width), macroblocks(height).saturating_mul(fields)))
}

/// H.264 7.3.2.1.1.1.
fn skip_scaling_list(bits: &mut Bits<'_>, count: usize) -> Option<()> {
    let (mut last, mut next) = (8_i64, 8_i64);
    for _ in 0..count {
        if next != 0 {
            next = (last + bits.signed_exp_golomb()?).rem_euclid(256);
        }
        last = if next == 0 { last } else { next };
    }
    Some(())
}

/// H.265 7.3.2.2.1, up to the size.
fn h265_size(bits: &mut Bits<'_>, number: &mut Option<u32>) -> Option<(u32, u32)> {
    bits.skip(4)?;
    let layers = bits.number(3)?;
    bits.skip(1)?;
    // Profile, tier and level: 7.3.3.
    bits.skip(96)?;
    let mut present = Vec::new();
    for _ in 0..layers {
        present.push((bits.number(1)?, bits.number(1)?));
    }
    if layers > 0 {
        bits.skip(2 * (8 - layers))?;
    }
    for (profile, level) in present {
        bits.skip(88 * profile + 8 * level)?;
    }
    *number = Some(bits.exp_golomb()?);
    if bits.exp_golomb()? == 3 {
        bits.skip(1)?;
    }
    Some((bits.exp_golomb()?, bits.exp_golomb()?))
}

/// From the frame header: ITU T.81 table B.1, markers SOF0 to SOF15 without DHT, JPG and DAC.
pub(crate) fn jpeg_size(data: &[u8]) -> Option<(u32, u32)> {
    let mut rest = data.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let [0xff, marker, tail @ ..] = rest else { return None };
        let length = match *marker {
            // Fill bytes and markers without contents.
            0xff => {
                rest = &rest[1..];
                continue;
            }
            0x01 | 0xd0..=0xd8 => 0,
            _ => usize::from(u16::from_be_bytes(*tail.first_chunk()?)),
        };
        if matches!(*marker, 0xc0..=0xcf) && !matches!(*marker, 0xc4 | 0xc8 | 0xcc) {
            let [_, _, _, h1, h0, w1, w0, ..] = tail else { return None };
            let size = |bytes| u32::from(u16::from_be_bytes(bytes));
            return Some((size([*w1, *w0]), size([*h1, *h0])));
        }
        rest = tail.get(length..)?;
    }
}

/// Whether it is avcC or hvcC (ISO 14496-15, 5.3.3.1 and 8.3.3.1), which begin with their version.
fn is_boxed(codec: &str, extradata: &[u8]) -> bool {
    matches!(codec, "h264" | "h265") && extradata.first() == Some(&1)
}

/// Calls `visit` with each parameter set of avcC or hvcC.
fn each_boxed(codec: &str, extradata: &[u8], visit: &mut dyn FnMut(&[u8])) {
    fn unit<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let (unit, after) = after.split_at_checked(u16::from_be_bytes(*length).into())?;
        *rest = after;
        Some(unit)
    }
    let mut walk = || {
        if codec == "h264" {
            let mut rest = extradata.get(5..)?;
            for mask in [0x1f, 0xff] {
                let (count, after) = rest.split_first()?;
                rest = after;
                for _ in 0..count & mask {
                    visit(unit(&mut rest)?);
                }
            }
            return Some(());
        }
        let (arrays, mut rest) = extradata.get(22..)?.split_first()?;
        for _ in 0..*arrays {
            let (&[_, high, low], after) = rest.split_first_chunk::<3>()?;
            rest = after;
            for _ in 0..u16::from_be_bytes([high, low]) {
                visit(unit(&mut rest)?);
            }
        }
        Some(())
    };
    // What is cut off is the decoder's to refuse.
    let _whole: Option<()> = walk();
}

#[cfg(test)]
mod tests;
