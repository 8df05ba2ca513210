//! One installed font, as the brush sees it.
//!
//! Policy: font files are strangers' data. A file is read once, whole and bounded, because one that
//! is mapped and then cut short would end the wall; a character counts as drawn only after its
//! outline was found to be of a sane size. Its letters share the base line of the built-in font and
//! are as large, whatever the file says of its own height.

use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

use glyph_brush::ab_glyph::{
    CodepointIdIter, Font, FontVec, GlyphId, Outline, PxScale, VariableFont, v2::GlyphImage,
};

/// Largest font file that is read, in bytes: the largest of Debian 12 has 34 MB.
const LARGEST: u64 = 64_000_000;

/// Widest advance and farthest point of a letter, in heights of the font.
pub const FAR: f32 = 4.0;

/// Curves of a letter; the richest Han characters have some hundreds.
const CURVES: usize = 20_000;

/// Weight that a variable font is set to: that of the built-in font.
const BOLD: f32 = 700.0;

/// Why a font file is not used.
#[derive(Debug, thiserror::Error)]
pub enum FontError {
    /// The file can't be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file is larger than [`LARGEST`].
    #[error("has more than {} MB", LARGEST / 1_000_000)]
    TooLarge,
    /// The path names no file: reading a device or a pipe might never end.
    #[error("is not a regular file")]
    NoFile,
    /// The file is not a font, or a broken one.
    #[error("is broken")]
    Broken,
}

/// Heights of a font, in ems: of the ascent, the descent (negative) and between two lines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metrics {
    ascent: f32,
    descent: f32,
    line_gap: f32,
}

impl Metrics {
    /// The metrics of a font.
    pub fn of(font: &impl Font) -> Self {
        let em = font.units_per_em().unwrap_or(1.0);
        Self {
            ascent: font.ascent_unscaled() / em,
            descent: font.descent_unscaled() / em,
            line_gap: font.line_gap_unscaled() / em,
        }
    }
}

/// A font that was read.
pub struct Face {
    font: FontVec,
    /// Font units of an em.
    em: f32,
    metrics: Metrics,
}

impl Face {
    /// Font `index` of a file, with the metrics of another; also gives the bytes that the font
    /// holds.
    pub fn read(path: &Path, index: u32, metrics: Metrics) -> Result<(Self, u64), FontError> {
        let file = File::open(path)?;
        let about = file.metadata()?;
        if !about.is_file() {
            return Err(FontError::NoFile);
        }
        if about.len() > LARGEST {
            return Err(FontError::TooLarge);
        }
        let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or_default());
        // The file may have grown meanwhile.
        file.take(LARGEST).read_to_end(&mut bytes)?;
        let length = bytes.len() as u64;
        Ok((Self::new(bytes, index, metrics)?, length))
    }

    /// Font `index` of these bytes.
    pub fn new(mut bytes: Vec<u8>, index: u32, metrics: Metrics) -> Result<Self, FontError> {
        keep_only(&mut bytes, index).ok_or(FontError::Broken)?;
        let mut font = FontVec::try_from_vec(bytes).map_err(|_broken| FontError::Broken)?;
        // Where it has no such axis it is as bold as it is.
        font.set_variation(b"wght", BOLD);
        let em = font.units_per_em().filter(|em| *em >= 16.0).ok_or(FontError::Broken)?;
        Ok(Self { font, em, metrics })
    }
}

/// Makes font `index` of a collection its only one, so that nobody who reads these bytes later takes
/// another one of it: the fonts of a collection differ in the region whose Han characters they draw.
/// `None` if there is no such font.
fn keep_only(bytes: &mut [u8], index: u32) -> Option<()> {
    // "ttcf", the version, the number of fonts, and where each of them begins.
    if !bytes.starts_with(b"ttcf") {
        return (index == 0).then_some(());
    }
    let fonts = u32::from_be_bytes(bytes.get(8..12)?.try_into().ok()?);
    if index >= fonts {
        return None;
    }
    let at = usize::try_from(index).ok()?.checked_mul(4)?.checked_add(12)?;
    let begins: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
    bytes.get_mut(8..12)?.copy_from_slice(&1u32.to_be_bytes());
    bytes.get_mut(12..16)?.copy_from_slice(&begins);
    Some(())
}

/// Whether a font draws a character: has it, with an outline of a sane size.
pub fn draws(font: &impl Font, character: char) -> bool {
    let id = font.glyph_id(character);
    if id.0 == 0 || !is_sane(font, id) {
        return false;
    }
    font.outline(id).is_some() || character.is_whitespace()
}

/// Whether a glyph is of a sane size and can be drawn; one that is blank is.
pub fn is_sane(font: &impl Font, id: GlyphId) -> bool {
    let far = font.units_per_em().unwrap_or_default() * FAR;
    if !(0.0..=far).contains(&font.h_advance_unscaled(id)) {
        return false;
    }
    let Some(outline) = font.outline(id) else { return true };
    let bounds = outline.bounds;
    let near = |value: f32| value.abs() <= far;
    let sane = [bounds.min.x, bounds.min.y, bounds.max.x, bounds.max.y].into_iter().all(near);
    if !sane || outline.curves.len() > CURVES {
        return false;
    }
    // What breaks in drawing breaks here, before the wall relies on it.
    let mut cover = 0.0;
    if let Some(drawn) = font.outline_glyph(id.with_scale(PxScale::from(48.0))) {
        drawn.draw(|_, _, texel| cover += texel);
    }
    cover > 0.0
}

impl Font for Face {
    fn units_per_em(&self) -> Option<f32> {
        Some(self.em)
    }

    fn ascent_unscaled(&self) -> f32 {
        self.metrics.ascent * self.em
    }

    fn descent_unscaled(&self) -> f32 {
        self.metrics.descent * self.em
    }

    fn line_gap_unscaled(&self) -> f32 {
        self.metrics.line_gap * self.em
    }

    fn glyph_id(&self, character: char) -> GlyphId {
        self.font.glyph_id(character)
    }

    fn h_advance_unscaled(&self, id: GlyphId) -> f32 {
        self.font.h_advance_unscaled(id)
    }

    fn h_side_bearing_unscaled(&self, id: GlyphId) -> f32 {
        self.font.h_side_bearing_unscaled(id)
    }

    fn v_advance_unscaled(&self, id: GlyphId) -> f32 {
        self.font.v_advance_unscaled(id)
    }

    fn v_side_bearing_unscaled(&self, id: GlyphId) -> f32 {
        self.font.v_side_bearing_unscaled(id)
    }

    fn kern_unscaled(&self, _: GlyphId, _: GlyphId) -> f32 {
        // The brush asks for pairs of which one letter is another font's.
        0.0
    }

    fn outline(&self, id: GlyphId) -> Option<Outline> {
        self.font.outline(id)
    }

    fn glyph_count(&self) -> usize {
        self.font.glyph_count()
    }

    fn codepoint_ids(&self) -> CodepointIdIter<'_> {
        self.font.codepoint_ids()
    }

    fn glyph_raster_image2(&self, id: GlyphId, size: u16) -> Option<GlyphImage<'_>> {
        self.font.glyph_raster_image2(id, size)
    }

    fn font_data(&self) -> &[u8] {
        self.font.font_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::overlay::fonts::built_in;

    fn metrics() -> Metrics {
        Metrics::of(&built_in().unwrap())
    }

    #[test]
    fn a_font_stands_on_the_line_of_the_first() {
        let metrics = Metrics { ascent: 2.0, descent: -1.0, line_gap: 0.5 };
        let face = Face::new(dejavu::sans::regular().to_vec(), 0, metrics).unwrap();
        assert_eq!(Metrics::of(&face), metrics);
        assert!(draws(&face, 'A') && draws(&face, ' ') && !draws(&face, '門'));
    }

    /// Whatever a file holds, it is refused or its characters are, and nothing panics.
    #[test]
    fn broken_fonts_are_refused() {
        let whole = dejavu::sans::regular();
        assert!(Face::new(Vec::new(), 0, metrics()).is_err());
        assert!(Face::new(b"no font".to_vec(), 0, metrics()).is_err());
        assert!(Face::new(whole.to_vec(), 1, metrics()).is_err());
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..60 {
            let mut bytes = whole[..random.usize(100..whole.len())].to_vec();
            for _ in 0..random.usize(1..200) {
                let at = random.usize(..bytes.len());
                bytes[at] = random.u8(..);
            }
            if let Ok(face) = Face::new(bytes, 0, metrics()) {
                // Drawn or not.
                "Agß€Ж".chars().filter(|character| draws(&face, *character)).count();
            }
        }
    }

    #[test]
    fn what_is_no_font_file_is_not_read() {
        let read = |path: &Path| Face::read(path, 0, metrics()).err().unwrap();
        assert!(matches!(read(Path::new("/dev/zero")), FontError::NoFile));
        assert!(matches!(read(Path::new("/nonexistent")), FontError::Io(_)));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.ttf");
        File::create(&path).unwrap().set_len(LARGEST + 1).unwrap();
        assert!(matches!(read(&path), FontError::TooLarge));
    }
}
