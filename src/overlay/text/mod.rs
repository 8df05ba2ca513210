//! Text → glyphs in a texture and quads that show them.
//!
//! Owns the glyph texture's content and its cache. Main world. Policy: glyphs are rasterised at
//! their final size and shown texel for pixel, so they are sharp at any scale; the texture holds
//! what was used lately and grows when that does not fit. A line is cut into runs, each in the
//! font that [`Fonts`] names.

use std::time::Duration;

use bevy::math::{Rect, UVec2, Vec2};
use glyph_brush::{
    BrushAction, BrushError, GlyphBrush, GlyphBrushBuilder, GlyphCruncher, GlyphVertex,
    HorizontalAlign, Layout, Section, Text, VerticalAlign,
    ab_glyph::{FontArc, InvalidFont},
};

use tracing::info;

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
        let brush = GlyphBrushBuilder::using_font(fonts.first())
            .initial_cache_size((512, 256))
            // Glyphs are placed on whole pixels: sharp, and fewer of them.
            .draw_cache_position_tolerance(1.0)
            .build();
        Ok(Self { brush, fonts, texels: vec![0; 512 * 256], last: Vec::new() })
    }

    /// Looks for fonts for all that these texts hold; gives up waiting after `patience`, and then
    /// they come with a later [`Self::learn`].
    pub fn prepare<'t>(&mut self, texts: impl Iterator<Item = &'t str>, patience: Duration) {
        for text in texts {
            self.fonts.runs(text);
        }
        self.learn(Duration::ZERO);
        self.learn(patience);
        if self.fonts.is_looking() {
            info!("the wall opens before fonts for all names are found: boxes stand for them");
        }
    }

    /// Takes the fonts that were found since the last call, and has those looked for that are
    /// needed by what was written meanwhile.
    pub fn learn(&mut self, patience: Duration) {
        for font in self.fonts.learn(patience) {
            self.brush.add_font(font);
        }
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

    /// Width of a text in pixels.
    pub fn width(&mut self, text: &str, px: f32) -> f32 {
        let line = TextLine {
            text: text.to_owned(),
            at: Vec2::ZERO,
            px,
            align: Align::Left,
            width: f32::INFINITY,
            color: [1.0; 4],
        };
        self.brush
            .glyph_bounds(section(&line, 0, &mut self.fonts))
            .map_or(0.0, |bounds| bounds.width())
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
                self.brush.queue(section(line, page, &mut self.fonts));
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

fn section<'l>(line: &'l TextLine, page: usize, fonts: &mut Fonts) -> Section<'l> {
    let (h_align, left) = match line.align {
        Align::Left => (HorizontalAlign::Left, line.at.x),
        Align::Center => (HorizontalAlign::Center, line.at.x),
        Align::Right => (HorizontalAlign::Right, line.at.x),
    };
    let text = fonts.runs(&line.text).into_iter().map(|(run, font)| {
        // The depth that the brush hands through is the page: few, so exact in a float.
        Text::new(run)
            .with_scale(line.px)
            .with_color(line.color)
            .with_font_id(font)
            .with_z(page as f32)
    });
    Section::default()
        .with_text(text.collect())
        .with_screen_position((left.round(), line.at.y.round()))
        .with_bounds((line.width, f32::INFINITY))
        .with_layout(Layout::default_single_line().h_align(h_align).v_align(VerticalAlign::Center))
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
}
