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
        self.ask(texts);
        self.learn(patience);
        if self.fonts.is_looking() {
            info!("the wall opens before fonts for all names are found: boxes stand for them");
        }
    }

    /// Has fonts looked for that these texts need; they come with a later [`Self::learn`].
    pub fn ask<'t>(&mut self, texts: impl Iterator<Item = &'t str>) {
        for text in texts {
            self.fonts.stack(text);
        }
        self.learn(Duration::ZERO);
    }

    /// Whether the fonts that were found have every character of a text.
    pub fn can_write(&self, text: &str) -> bool {
        !self.fonts.lacks(text)
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
mod tests;
