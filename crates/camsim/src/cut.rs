//! Where one unit of a clip ends and the next begins.
//!
//! Pure. Run by the main thread while the clips are
//! loaded.

use std::ops::Range;
use std::path::Path;

use crate::codec::Codec;

/// One access unit: a range of the loaded file.
#[derive(Debug)]
pub struct Unit {
    /// Where it lies in the file.
    pub range: Range<usize>,
    /// Where the parameter sets end and the first slice begins.
    pub headers_end: usize,
    /// Whether a decoder can start here.
    pub key: bool,
    /// How many frames after it is sent it is to be shown; 0 where there are no B frames.
    pub delay: u32,
}

/// Cuts at the access unit delimiters, which `make-clips.sh` asks the encoders for.
pub fn annex_b(bytes: &[u8], codec: Codec) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    let mut seen_slice = false;
    for start in start_codes(bytes) {
        let header = bytes[start.end];
        let (delimiter, slice, key) = match codec {
            Codec::H265 => {
                let kind = (header >> 1) & 0x3f;
                (kind == 35, kind < 32, (16..=21).contains(&kind))
            }
            _ => {
                let kind = header & 0x1f;
                (kind == 9, (1..=5).contains(&kind), kind == 5)
            }
        };
        if delimiter {
            if let Some(previous) = units.last_mut() {
                previous.range.end = start.start;
            }
            seen_slice = false;
            units.push(Unit {
                range: start.start..bytes.len(),
                headers_end: start.start,
                key: false,
                delay: 0,
            });
        } else if let Some(unit) = units.last_mut()
            && slice
            && !seen_slice
        {
            seen_slice = true;
            unit.headers_end = start.start;
            unit.key = key;
        }
    }
    units
}

/// Cuts where one picture's end meets the next one's start.
pub fn jpeg(bytes: &[u8]) -> Vec<Unit> {
    const SEAM: [u8; 4] = [0xff, 0xd9, 0xff, 0xd8];
    let seams = (2..bytes.len()).filter(|&at| bytes[at - 2..].starts_with(&SEAM));
    let mut starts: Vec<usize> = std::iter::once(0).chain(seams).collect();
    starts.push(bytes.len());
    let unit = |pair: &[usize]| Unit {
        range: pair[0]..pair[1],
        headers_end: pair[1],
        key: true,
        delay: 0,
    };
    starts.windows(2).map(unit).collect()
}

/// Takes from `order`, the content of `path`, which frame each unit shows, and has each wait for those shown before it.
pub fn delay_by(units: &mut [Unit], order: Vec<u8>, path: &Path) -> Result<(), String> {
    let wrong = || format!("{}: not one frame number for each unit", path.display());
    let text = String::from_utf8(order).map_err(|_not_text| wrong())?;
    let shown = text.lines().map(|line| line.parse().map_err(|_no_number| wrong()));
    let shown: Vec<usize> = shown.collect::<Result<_, _>>()?;
    let behind = shown.iter().enumerate().map(|(sent, shown)| sent.saturating_sub(*shown));
    let depth = behind.max().unwrap_or_default();
    if shown.len() != units.len() {
        return Err(wrong());
    }
    for (sent, (unit, shown)) in units.iter_mut().zip(shown).enumerate() {
        unit.delay = u32::try_from(shown + depth - sent).map_err(|_too_large| wrong())?;
    }
    Ok(())
}

/// The start codes of an Annex B stream, each as (first zero)..(first byte of the NAL unit).
pub fn start_codes(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut codes = Vec::new();
    let mut at = 0;
    while at + 3 < bytes.len() {
        if bytes[at..at + 3] == [0, 0, 1] {
            // A fourth, leading zero belongs to this start code and not to the unit before it.
            let long = at > 0 && bytes[at - 1] == 0;
            codes.push(at - usize::from(long)..at + 3);
            at += 3;
        } else {
            at += 1;
        }
    }
    codes
}
