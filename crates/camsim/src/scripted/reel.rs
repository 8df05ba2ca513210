//! Clips as the scripted cameras play them: access units as lists of NAL units.
//!
//! Loaded on the main thread before anybody listens, read only afterwards and shared. The
//! bitstream is parsed no further than the types of NAL units; what a film asks for (key frames
//! only, no parameter sets, larger pictures) is done once here.

use std::path::Path;
use std::sync::Arc;

use super::script::film::{Film, Forged};
use crate::codec::Codec;
use crate::cut::{annex_b, start_codes};

/// One access unit.
#[derive(Debug)]
pub struct Picture {
    /// Without delimiters, in order.
    pub nals: Vec<Vec<u8>>,
}

/// A film, ready to play.
#[derive(Debug)]
pub struct Reel {
    pub film: Film,
    pub pictures: Vec<Picture>,
    /// Those at the beginning of the clip, whether or not the pictures have them.
    pub sets: Vec<Vec<u8>>,
}

impl Reel {
    /// Loads a film. The message of an error is meant for the user.
    pub fn load(dir: &Path, film: Film) -> Result<Arc<Self>, String> {
        let path = dir.join(film.file);
        let wrong =
            |what: &dyn std::fmt::Display| format!("cannot play {}: {what}", path.display());
        let bytes = std::fs::read(&path).map_err(|e| wrong(&e))?;
        let reel = Self::cut(&bytes, film);
        if reel.pictures.is_empty() || reel.sets.is_empty() {
            return Err(wrong(&"it has no pictures or does not begin with parameter sets"));
        }
        Ok(Arc::new(reel))
    }

    fn cut(bytes: &[u8], film: Film) -> Self {
        let kind = |nal: &[u8]| NalKind::of(film.codec, nal);
        let mut sets = Vec::new();
        let mut pictures = Vec::new();
        for unit in annex_b(bytes, film.codec) {
            let mut nals = nals(&bytes[unit.range.clone()]);
            nals.retain(|nal| kind(nal) != NalKind::Delimiter);
            if pictures.is_empty() && sets.is_empty() {
                sets = nals.iter().filter(|nal| kind(nal) == NalKind::Set).cloned().collect();
            }
            if film.bare {
                nals.retain(|nal| kind(nal) != NalKind::Set);
            }
            fill(&mut nals, film);
            forge(&mut nals, film);
            if unit.key || !film.keys_only {
                pictures.push(Picture { nals });
            }
        }
        forge(&mut sets, film);
        Self { film, pictures, sets }
    }

    /// The picture with this number, in a loop.
    pub fn picture(&self, number: u64) -> &Picture {
        let count = self.pictures.len() as u64;
        // The remainder is below the length of a Vec.
        &self.pictures[(number % count) as usize]
    }
}

/// What a NAL unit is, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NalKind {
    Delimiter,
    Set,
    Slice,
    Other,
}

impl NalKind {
    /// Tables 7-1 of H.264 and H.265.
    pub fn of(codec: Codec, nal: &[u8]) -> Self {
        let first = nal.first().copied().unwrap_or(0);
        match (codec, first >> 1 & 0x3f, first & 0x1f) {
            (Codec::H265, 35, _) => Self::Delimiter,
            (Codec::H265, 32..=34, _) => Self::Set,
            (Codec::H265, 0..=31, _) => Self::Slice,
            (Codec::H265, ..) => Self::Other,
            (_, _, 9) => Self::Delimiter,
            (_, _, 7 | 8) => Self::Set,
            (_, _, 1..=5) => Self::Slice,
            _ => Self::Other,
        }
    }
}

fn nals(unit: &[u8]) -> Vec<Vec<u8>> {
    let codes = start_codes(unit);
    let ends = codes.iter().skip(1).map(|code| code.start).chain([unit.len()]);
    codes.iter().zip(ends).map(|(code, end)| unit[code.end..end].to_vec()).collect()
}

/// Adds filler data (H.264, 7.3.2.7), which a decoder skips.
fn fill(nals: &mut Vec<Vec<u8>>, film: Film) {
    let length: usize = nals.iter().map(Vec::len).sum();
    let missing = length * (film.size - 1);
    if film.codec == Codec::H264 && missing > 2 {
        let mut filler = vec![0xff; missing];
        filler[0] = 12;
        filler[missing - 1] = 0x80;
        nals.push(filler);
    }
}

/// Puts forged parameter sets in the place of those of a picture that has some.
fn forge(nals: &mut Vec<Vec<u8>>, film: Film) {
    /// Baseline sets of 1025×4 and of 1000×1000 macroblocks (H.264, 7.3.2.1.1).
    const WIDE: [u8; 9] = [0x67, 66, 0, 30, 0xda, 0x00, 0x10, 0x04, 0x99];
    const VAST: [u8; 11] = [0x67, 66, 0, 30, 0xda, 0x00, 0x3e, 0x80, 0x07, 0xd1, 0x90];
    let is_set = |nal: &Vec<u8>| nal.first().is_some_and(|byte| byte & 0x1f == 7);
    let Some(set) = nals.iter_mut().find(|nal| is_set(nal)) else { return };
    match film.forged {
        None => {}
        Some(Forged::Wide) => *set = WIDE.to_vec(),
        Some(Forged::Vast) => *set = VAST.to_vec(),
        Some(Forged::Flood) => {
            let sets = (0..256).map(picture_set);
            let at = nals.iter().position(|nal| !is_set(nal)).unwrap_or(nals.len());
            nals.splice(at..at, sets);
        }
    }
}

/// A picture parameter set of this number (H.264, 7.3.2.2): two numbers in Exp-Golomb code, and then
/// the plainest of all.
fn picture_set(number: u32) -> Vec<u8> {
    let code = number + 1;
    let length = 32 - code.leading_zeros();
    // The set's number in Exp-Golomb code; behind it all is 0, to the stop bit.
    let bits = u64::from(code) << 16 | 0b1001_1100_0111_0001;
    let count = 2 * length - 1 + 16;
    let bytes = (bits << (64 - count)).to_be_bytes();
    std::iter::once(0x68).chain(bytes.into_iter().take(count.div_ceil(8) as usize)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::script::film::{Film, h264};
    use std::time::Duration;

    use super::{Path, Reel};

    const CLIP: Film = h264("cam9-288.h264", 25);

    fn load(film: Film) -> Reel {
        let dir = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clips"));
        std::sync::Arc::into_inner(Reel::load(dir, film).unwrap()).unwrap()
    }

    fn kinds(reel: &Reel, picture: u64) -> Vec<u8> {
        reel.picture(picture).nals.iter().map(|nal| nal[0] & 0x1f).collect()
    }

    #[test]
    fn a_clip_is_cut_into_pictures_without_delimiters() {
        let reel = load(CLIP);
        assert_eq!(reel.pictures.len(), 100);
        assert_eq!(kinds(&reel, 50).last(), Some(&5));
        assert_eq!((kinds(&reel, 1), kinds(&reel, 101)), (vec![1], vec![1]));
        assert_eq!(reel.sets.iter().map(|set| set[0] & 0x1f).collect::<Vec<_>>(), [7, 8]);
    }

    #[test]
    fn a_film_can_leave_out_and_fill_up() {
        let reel = load(CLIP.keys_each(Duration::from_secs(5)));
        assert_eq!(reel.pictures.len(), 2);
        let bare = load(CLIP.bare());
        assert!((0..100).all(|n| kinds(&bare, n).iter().all(|kind| *kind != 7 && *kind != 8)));
        assert_eq!(bare.sets.len(), 2);
        let (small, large) = (load(CLIP), load(CLIP.filled(10)));
        let size = |reel: &Reel, n| reel.picture(n).nals.iter().map(Vec::len).sum::<usize>();
        assert!((0..100).all(|n| size(&large, n) == 10 * size(&small, n)));
    }
}
