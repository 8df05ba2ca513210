//! Letters: text → glyphs in a texture and quads that show them.
//!
//! Owns the font, the glyph texture's content and its cache. Main world. Policy: glyphs are
//! rasterised at their final size and shown texel for pixel, so they are sharp at any scale; the
//! texture holds what was used lately and grows when that does not fit.

use bevy::math::{Rect, UVec2, Vec2};
use glyph_brush::{
    BrushAction, BrushError, FontId, GlyphBrush, GlyphBrushBuilder, GlyphCruncher, GlyphVertex,
    HorizontalAlign, Layout, OwnedSection, OwnedText, VerticalAlign, ab_glyph::FontRef,
};

use crate::video::{GlyphPatch, Ink, Shape};

/// How text hangs on its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// The point is the left end.
    Left,
    /// The point is the middle.
    Centre,
    /// The point is the right end.
    Right,
}

/// A line of text, vertically centred on its point.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// What it says.
    pub text: String,
    /// Where, in pixels.
    pub at: Vec2,
    /// Height of the letters, in pixels.
    pub px: f32,
    /// How it hangs on `at`.
    pub align: Align,
    /// Longest width, in pixels; what is longer is cut.
    pub width: f32,
    /// Red, green, blue, cover; gamma-encoded.
    pub colour: [f32; 4],
}

/// The brush and its texture.
pub struct Letters {
    brush: GlyphBrush<Ink, glyph_brush::Extra, FontRef<'static>>,
    /// The texture's content, kept for a device that is made anew.
    texels: Vec<u8>,
    last: Vec<Ink>,
}

impl Letters {
    /// Ready to write.
    ///
    /// # Errors
    /// When the built-in font is not readable.
    pub fn new() -> Result<Self, glyph_brush::ab_glyph::InvalidFont> {
        let font = FontRef::try_from_slice(dejavu::sans::bold())?;
        let brush = GlyphBrushBuilder::using_font(font)
            .initial_cache_size((512, 256))
            // Glyphs stand on whole pixels: sharp, and fewer of them.
            .draw_cache_position_tolerance(1.0)
            .build();
        Ok(Self { brush, texels: vec![0; 512 * 256], last: Vec::new() })
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
        let line = Line {
            text: text.to_owned(),
            at: Vec2::ZERO,
            px,
            align: Align::Left,
            width: f32::INFINITY,
            colour: [1.0; 4],
        };
        self.brush.glyph_bounds(section(&line).to_borrowed()).map_or(0.0, |bounds| bounds.width())
    }

    /// The pixels that a line may cover.
    pub fn bounds(&mut self, line: &Line) -> Rect {
        let width = self.width(&line.text, line.px).min(line.width);
        let left = match line.align {
            Align::Left => line.at.x,
            Align::Centre => line.at.x - width / 2.0,
            Align::Right => line.at.x - width,
        };
        let half = line.px * super::paint::HALF_LABEL;
        Rect::new(left, line.at.y - half, left + width, line.at.y + half)
    }

    /// The ink of `lines`; adds what changed in the texture to `patches`.
    pub fn write(&mut self, lines: &[Line], patches: &mut Vec<GlyphPatch>) -> Vec<Ink> {
        loop {
            for line in lines {
                self.brush.queue(section(line).to_borrowed());
            }
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
                |vertex| glyph_ink(&vertex, side.as_vec2()),
            );
            patches.append(&mut fresh);
            match action {
                Ok(BrushAction::Draw(ink)) => {
                    self.last.clone_from(&ink);
                    return ink;
                }
                Ok(BrushAction::ReDraw) => return self.last.clone(),
                Err(BrushError::TextureTooSmall { suggested: (width, height) }) => {
                    self.brush.resize_texture(width, height);
                    self.texels = vec![0; width as usize * height as usize];
                    patches.clear();
                }
            }
        }
    }
}

fn section(line: &Line) -> OwnedSection {
    let (h_align, left) = match line.align {
        Align::Left => (HorizontalAlign::Left, line.at.x),
        Align::Centre => (HorizontalAlign::Center, line.at.x),
        Align::Right => (HorizontalAlign::Right, line.at.x),
    };
    let text = OwnedText::new(line.text.clone())
        .with_scale(line.px)
        .with_color(line.colour)
        .with_font_id(FontId(0));
    OwnedSection::default()
        .add_text(text)
        .with_screen_position((left.round(), line.at.y.round()))
        .with_bounds((line.width, f32::INFINITY))
        .with_layout(Layout::default_single_line().h_align(h_align).v_align(VerticalAlign::Center))
}

fn glyph_ink(vertex: &GlyphVertex<'_, glyph_brush::Extra>, texture: Vec2) -> Ink {
    let pixels = vertex.pixel_coords;
    let min = Vec2::new(pixels.min.x, pixels.min.y).round();
    let size = Vec2::new(pixels.max.x - pixels.min.x, pixels.max.y - pixels.min.y).round();
    let from = (Vec2::new(vertex.tex_coords.min.x, vertex.tex_coords.min.y) * texture).round();
    let rect = Rect::from_corners(min, min + size);
    let ink = Ink::shape(Shape::Glyph, rect, vertex.extra.color);
    Ink { src: [from.x, from.y, size.x, size.y], ..ink }
}
