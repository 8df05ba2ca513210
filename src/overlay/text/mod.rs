//! Text → glyphs in a texture and quads that show them.
//!
//! Owns the glyph texture's content and its cache. Main world. Policy: glyphs are rasterised at
//! their final size and shown texel for pixel, so they are sharp at any scale; the texture holds
//! what was used lately and grows when that does not fit. Which glyphs a text has and where they lie,
//! [`shape`] tells.

mod shape;

use std::{sync::Arc, time::Duration};

use bevy::math::{Rect, UVec2, Vec2};
use glyph_brush::{
    BrushAction, BrushError, Extra, GlyphBrush, GlyphBrushBuilder, GlyphVertex, SectionGlyph,
    ab_glyph::{self, Font, FontArc, InvalidFont, PxScale, point},
};

use tracing::info;

use self::shape::{HEIGHT, Shaped, Shaper};
use super::fonts::Fonts;
use crate::render::{GlyphPatch, Quad, Shape};

/// Half the height of the ground under a line, in heights of its letters.
pub const HALF_LABEL: f32 = 0.7;

/// How text hangs on its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// The point is the left end.
    Left,
    /// The point is the middle.
    Center,
    /// The point is the right end.
    Right,
}

/// A line of text, vertically centred on its point.
#[derive(Debug, Clone, PartialEq)]
pub struct TextLine {
    /// The text.
    pub text: String,
    /// The point that the line hangs on, in pixels of the target.
    pub at: Vec2,
    /// Height of the letters, in pixels.
    pub px: f32,
    /// How the line hangs on `at`.
    pub align: Align,
    /// Longest width, in pixels; what is longer is cut.
    pub width: f32,
    /// Red, green, blue, cover; gamma-encoded.
    pub color: [f32; 4],
}

/// A glyph, and the page that it is on.
pub type PageQuad = (usize, Quad);

/// The brush that rasterises glyphs, its fonts and its texture.
pub struct GlyphCache {
    brush: GlyphBrush<PageQuad, glyph_brush::Extra, FontArc>,
    fonts: Fonts,
    shaper: Shaper,
    /// From the middle of a line down to its base line, in heights of its letters.
    base: f32,
    /// The texture's content, kept for a device that is made anew.
    texels: Vec<u8>,
    last: Vec<PageQuad>,
}

impl GlyphCache {
    /// Ready to write with the built-in font and, if `installed`, with those of this computer.
    ///
    /// # Errors
    /// When the built-in font is not readable.
    pub fn new(installed: bool) -> Result<Self, InvalidFont> {
        let fonts = Fonts::new(installed)?;
        let first = fonts.first();
        let base = first.ascent_unscaled() / first.height_unscaled() - 0.5;
        let shaper = Shaper::new(first.clone());
        let brush = GlyphBrushBuilder::using_font(first)
            .initial_cache_size((512, 256))
            // Glyphs are placed on whole pixels: sharp, and fewer of them.
            .draw_cache_position_tolerance(1.0)
            .build();
        Ok(Self { brush, fonts, shaper, base, texels: vec![0; 512 * 256], last: Vec::new() })
    }

    /// The wall speaks this language (a BCP 47 tag).
    pub fn read_in(&mut self, tag: &str) {
        if self.fonts.read_in(tag) {
            self.shaper.forget();
        }
    }

    /// Looks for fonts for all that these texts hold; gives up waiting after `patience`, and then
    /// they come with a later [`Self::learn`].
    pub fn prepare<'t>(&mut self, texts: impl Iterator<Item = &'t str>, patience: Duration) {
        for text in texts {
            self.fonts.stack(text);
        }
        self.learn(Duration::ZERO);
        self.learn(patience);
        if self.fonts.is_looking() {
            info!("the wall opens before fonts for all names are found: boxes stand for them");
        }
    }

    /// Whether the fonts that were looked for have every character of a text.
    pub fn can_write(&self, text: &str) -> bool {
        self.fonts.is_looking() || !self.fonts.lacks(text)
    }

    /// Takes the fonts that were found since the last call, and has those looked for that are
    /// needed by what was written meanwhile.
    pub fn learn(&mut self, patience: Duration) {
        let Some(fresh) = self.fonts.learn(patience) else { return };
        for font in fresh {
            self.shaper.add(font.clone());
            self.brush.add_font(font);
        }
        self.shaper.forget();
    }

    /// Size of the texture, width × height in texels.
    pub fn texture_size(&self) -> UVec2 {
        self.brush.texture_dimensions().into()
    }

    /// The whole texture as one patch.
    pub fn whole_texture(&self) -> GlyphPatch {
        GlyphPatch {
            at: UVec2::ZERO,
            size: self.texture_size(),
            texels: self.texels.as_slice().into(),
        }
    }

    fn shape(&mut self, text: &str) -> Arc<Shaped> {
        self.shaper.shape(text, &mut self.fonts)
    }

    /// Width of a text in pixels.
    pub fn width(&mut self, text: &str, px: f32) -> f32 {
        self.shape(text).width * px / HEIGHT
    }

    /// A text on at most `room` pixels: whole, or its beginning and an ellipsis.
    pub fn fit(&mut self, text: &str, px: f32, room: f32) -> String {
        if self.width(text, px) <= room {
            return text.to_owned();
        }
        let shaped = self.shape(text);
        let mut at = shaped.cut_at((room - self.width("…", px)) * HEIGHT / px);
        loop {
            let cut = format!("{}…", text.get(..at).unwrap_or_default());
            if at == 0 || self.width(&cut, px) <= room {
                return cut;
            }
            // Its last letter has another shape there.
            at = shaped.before(at);
        }
    }

    /// A text on lines of at most `room` pixels, broken where its script allows it; `None` if it
    /// takes more than `most` lines, or a word of it is wider than a line.
    pub fn lines(&mut self, text: &str, px: f32, room: f32, most: usize) -> Option<Vec<String>> {
        let (mut lines, mut rest) = (Vec::new(), text.trim());
        while lines.len() < most {
            if self.width(rest, px) <= room {
                lines.push(rest.to_owned());
                return Some(lines);
            }
            let at = self.shape(rest).break_at(room * HEIGHT / px)?;
            let (line, after) = rest.split_at_checked(at).filter(|(_, after)| !after.is_empty())?;
            let line = line.trim_end();
            if self.width(line, px) > room + 0.5 {
                return None;
            }
            lines.push(line.to_owned());
            rest = after.trim_start();
        }
        None
    }

    /// The pixels that a line may cover.
    pub fn bounds(&mut self, line: &TextLine) -> Rect {
        let width = self.width(&line.text, line.px).min(line.width);
        let left = match line.align {
            Align::Left => line.at.x,
            Align::Center => line.at.x - width / 2.0,
            Align::Right => line.at.x - width,
        };
        let half = line.px * HALF_LABEL;
        Rect::new(left, line.at.y - half, left + width, line.at.y + half)
    }

    /// Whether fonts are missing that may still be found.
    pub fn is_wanting(&self) -> bool {
        self.fonts.is_wanting()
    }

    /// Hands the brush the glyphs of a line.
    fn queue(&mut self, line: &TextLine, page: usize) {
        let shaped = self.shape(&line.text);
        let scale = line.px / HEIGHT;
        let width = shaped.width * scale;
        let left = match line.align {
            Align::Left => line.at.x,
            Align::Center => line.at.x - width / 2.0,
            Align::Right => line.at.x - width,
        };
        let start = Vec2::new(left.round(), line.at.y.round() + self.base * line.px);
        let inside = shaped.glyphs.iter().filter(|placed| placed.x * scale <= line.width);
        let glyphs = inside.map(|placed| SectionGlyph {
            section_index: 0,
            byte_index: 0,
            glyph: placed.glyph.with_scale_and_position(
                PxScale::from(line.px),
                point(start.x + placed.x * scale, start.y + placed.y * scale),
            ),
            font_id: placed.font,
        });
        // The depth that the brush hands through is the page: few, so exact in a float.
        let extra = Extra { color: line.color, z: page as f32 };
        let everywhere = ab_glyph::Rect {
            min: point(f32::NEG_INFINITY, f32::NEG_INFINITY),
            max: point(f32::INFINITY, f32::INFINITY),
        };
        self.brush.queue_pre_positioned(glyphs.collect(), vec![extra], everywhere);
    }

    /// The quads of the lines of all pages, and the size of the texture in texels; adds what changed
    /// in the texture to `patches`. All at once: where the texture is too small, glyphs change their
    /// places in it.
    pub fn write<'l>(
        &mut self,
        pages: impl IntoIterator<Item = &'l [TextLine]>,
        patches: &mut Vec<GlyphPatch>,
    ) -> (&[PageQuad], UVec2) {
        // Lines stay queued while the texture is too small for their glyphs.
        for (page, lines) in pages.into_iter().enumerate() {
            for line in lines {
                self.queue(line, page);
            }
        }
        loop {
            let side = self.texture_size();
            let width = side.x as usize;
            let texels = &mut self.texels;
            let mut fresh = Vec::new();
            let action = self.brush.process_queued(
                |rect, new| {
                    let size = UVec2::new(rect.width(), rect.height());
                    let at = UVec2::from(rect.min);
                    for (row, source) in new.chunks_exact(size.x.max(1) as usize).enumerate() {
                        let start = (at.y as usize + row) * width + at.x as usize;
                        texels[start..start + source.len()].copy_from_slice(source);
                    }
                    fresh.push(GlyphPatch { at, size, texels: new.into() });
                },
                |vertex| glyph_quad(&vertex, side.as_vec2()),
            );
            patches.append(&mut fresh);
            match action {
                Ok(BrushAction::Draw(quads)) => {
                    self.last = quads;
                    return (&self.last, side);
                }
                Ok(BrushAction::ReDraw) => return (&self.last, side),
                Err(BrushError::TextureTooSmall { suggested: (width, height) }) => {
                    self.brush.resize_texture(width, height);
                    self.texels = vec![0; width as usize * height as usize];
                    patches.clear();
                }
            }
        }
    }
}

fn glyph_quad(vertex: &GlyphVertex<'_, glyph_brush::Extra>, texture: Vec2) -> PageQuad {
    let pixels = vertex.pixel_coords;
    let min = Vec2::new(pixels.min.x, pixels.min.y).round();
    let size = Vec2::new(pixels.max.x - pixels.min.x, pixels.max.y - pixels.min.y).round();
    let from = (Vec2::new(vertex.tex_coords.min.x, vertex.tex_coords.min.y) * texture).round();
    let rect = Rect::from_corners(min, min + size);
    let quad = Quad::shape(Shape::Glyph, rect, vertex.extra.color);
    (vertex.extra.z as usize, Quad { src: [from.x, from.y, size.x, size.y], ..quad })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, px: f32) -> TextLine {
        TextLine {
            text: text.to_owned(),
            at: Vec2::new(10.0, 50.0),
            px,
            align: Align::Left,
            width: 2000.0,
            color: [1.0; 4],
        }
    }

    fn prepared(text: &str) -> GlyphCache {
        let mut glyphs = GlyphCache::new(true).unwrap();
        glyphs.prepare([text].into_iter(), Duration::from_secs(60));
        glyphs
    }

    /// Han characters are squares of the height of the built-in font's em: their width counts.
    #[test]
    fn the_width_is_that_of_the_font_that_draws() {
        let mut glyphs = prepared("正門攝影機");
        let one = glyphs.width("門", 40.0);
        assert!((30.0..40.0).contains(&one), "{one}");
        assert!((glyphs.width("正門攝影機", 40.0) - 5.0 * one).abs() < 0.5);
        let mut boxes = GlyphCache::new(false).unwrap();
        assert!((boxes.width("門", 40.0) - one).abs() > 2.0);
    }

    /// Latin letters beside Chinese ones are placed as without them.
    #[test]
    fn another_font_does_not_move_the_line() {
        let mut glyphs = prepared("門");
        let mut places = |text: &str| -> Vec<[f32; 4]> {
            let page = [line(text, 40.0)];
            let (quads, _) = glyphs.write([page.as_slice()], &mut Vec::new());
            quads.iter().map(|(_, quad)| quad.dst).collect()
        };
        let (alone, beside) = (places("Gate"), places("Gate 門"));
        assert_eq!((alone.len(), beside.len()), (4, 5));
        assert_eq!(alone, beside[..4]);
    }

    /// The texture grows until everything fits; each letter keeps its own texels.
    #[test]
    fn the_texture_grows_with_a_hundred_chinese_names() {
        let names: Vec<String> = (0..100)
            .map(|row| (0..6).filter_map(|c| char::from_u32(0x4e00 + 31 * (6 * row + c))).collect())
            .collect();
        let mut glyphs = prepared(&names.concat());
        let small = glyphs.texture_size();
        // Half of them on either page: what was written first must still be right at the end.
        let page = |names: &[String]| -> Vec<TextLine> {
            names.iter().map(|name| line(name, 48.0)).collect()
        };
        let mut patches = Vec::new();
        let pages = [page(&names[..50]), page(&names[50..])];
        let (quads, side) = glyphs.write(pages.iter().map(Vec::as_slice), &mut patches);
        assert_eq!(quads.iter().filter(|(page, _)| *page == 1).count(), 300);
        let quads: Vec<Quad> = quads.iter().map(|(_, quad)| *quad).collect();
        assert!(side.x > small.x && side.y > small.y && side.max_element() <= 8192, "{side}");
        assert_eq!(quads.len(), 600);
        let mut places: Vec<[u32; 4]> =
            quads.iter().map(|quad| quad.src.map(|v| v as u32)).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 600);
        // What was sent to the texture is what is kept for a device that is made anew.
        let cover = glyphs.texels.iter().filter(|texel| **texel > 0).count();
        let sent = patches.iter().flat_map(|patch| patch.texels.iter()).filter(|t| **t > 0).count();
        assert_eq!(cover, sent);
    }

    #[test]
    fn what_is_too_wide_is_cut_between_letters() {
        let mut glyphs = GlyphCache::new(false).unwrap();
        assert_eq!(glyphs.fit("gate", 20.0, 400.0), "gate");
        for text in [
            "the gate at the far end",
            "1  \u{2068}שער הכניסה הראשית\u{2069}",
            "e\u{301}e\u{301}e\u{301}",
        ] {
            for room in 0..200u8 {
                let cut = glyphs.fit(text, 20.0, f32::from(room));
                assert!(cut == text || cut == "…" || glyphs.width(&cut, 20.0) <= f32::from(room));
                let rest = &text[cut.trim_end_matches('…').len().min(text.len())..];
                assert!(cut == text || !rest.starts_with('\u{301}'), "{cut}");
            }
        }
        // It begins behind the number.
        let room = glyphs.width("12  G", 20.0);
        let cut = glyphs.fit("12  Gate", 20.0, room);
        assert!(cut.starts_with("12") && cut.ends_with('…'), "{cut}");
    }

    #[test]
    fn lines_are_whole_or_are_not() {
        let mut glyphs = GlyphCache::new(false).unwrap();
        let mut lines = |text: &str, room, most| glyphs.lines(text, 20.0, room, most);
        assert_eq!(lines("short", 400.0, 1), Some(vec!["short".to_owned()]));
        let long = "the camera ended the stream (retina over TCP, port 554)";
        assert_eq!(lines(long, 400.0, 1), None);
        let two = lines(long, 400.0, 2).expect("two lines");
        assert_eq!((two.len(), two.join(" ")), (2, long.to_owned()));
        assert_eq!(lines(long, 200.0, 2), None);
        assert_eq!(lines("oneverylongwordwithoutablank", 200.0, 9), None);
    }

    /// No blanks are needed, and no line begins with a full stop.
    #[test]
    fn chinese_and_japanese_are_broken_between_characters() {
        let text = "無法連線到攝影機：請檢查電源、網路與位址。";
        let mut glyphs = prepared(text);
        let whole = glyphs.width(text, 20.0);
        let lines = glyphs.lines(text, 20.0, whole * 0.55, 2).expect("two lines");
        assert_eq!(lines.concat(), text);
        for share in 1..40u8 {
            let room = whole * f32::from(share) / 40.0;
            let lines = glyphs.lines(text, 20.0, room, 40).unwrap_or_default();
            let wrong = lines.iter().any(|line| line.starts_with(['。', '、', '：']));
            assert!(!wrong, "{lines:?}");
        }
    }
}
