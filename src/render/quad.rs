//! Quads: the text and plain shapes that lie over the pictures, as data.
//!
//! Owns the vertex format that the overlay writes (main world) and the pass reads (render world).
//! Policy: quads are drawn in the same pass as the pictures, only where a shape is; a list is
//! replaced as a whole when what it says changes, never edited.

use std::sync::Arc;

use bevy::math::{Rect, UVec2, Vec2};
use bytemuck::{Pod, Zeroable};

use crate::burn_in::Brightness;

/// What a quad looks like. `wall.wgsl` has the same numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum Shape {
    /// The whole rectangle.
    Solid = 0,
    /// A glyph, from the glyph texture at 1:1.
    Glyph = 1,
    /// A disc as wide as the rectangle.
    Disc = 2,
    /// A triangle, tip up.
    Triangle = 3,
    /// Diagonal stripes; `src.x` is their period in pixels.
    Hatch = 4,
}

/// One instance as the GPU reads it (64 bytes).
#[derive(Debug, Clone, Copy, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Quad {
    /// x, y, width, height on the target, in pixels.
    pub dst: [f32; 4],
    /// x, y, width, height in the glyph texture, in texels.
    pub src: [f32; 4],
    /// Red, green, blue, cover; gamma-encoded, 0..1.
    pub color: [f32; 4],
    /// A [`Shape`].
    pub shape: u32,
    /// Unused.
    pub pad: [u32; 3],
}

impl Quad {
    /// A shape that fills `rect` (pixels).
    #[must_use]
    pub fn shape(shape: Shape, rect: Rect, color: [f32; 4]) -> Self {
        let size = rect.size();
        Self {
            dst: [rect.min.x, rect.min.y, size.x, size.y],
            src: [0.0; 4],
            color,
            shape: shape as u32,
            pad: [0; 3],
        }
    }

    /// Diagonal stripes over `rect`, `period` pixels apart.
    #[must_use]
    pub fn hatch(rect: Rect, period: f32, color: [f32; 4]) -> Self {
        Self { src: [period, 0.0, 0.0, 0.0], ..Self::shape(Shape::Hatch, rect, color) }
    }
}

/// What darkens a wall of that size to `light`, if anything does: the first lies over the pictures and below
/// all other quads, the second over everything.
pub fn shades(light: Brightness, size: UVec2) -> Option<[Quad; 2]> {
    if light == Brightness::default() {
        return None;
    }
    // Also what is bare where the picture has wandered.
    let all = Rect::from_corners(Vec2::ZERO, size.as_vec2()).inflate(EDGE);
    let to = |rest: f32| Quad::shape(Shape::Solid, all, [0.0, 0.0, 0.0, 1.0 - rest]);
    Some([to(light.pictures / light.words), to(light.words)])
}

/// More than a picture wanders, in pixels.
const EDGE: f32 = 8.0;

/// New texels for the glyph texture.
#[derive(Debug, Clone)]
pub struct GlyphPatch {
    /// Top left corner, texels.
    pub at: UVec2,
    /// Width × height, texels.
    pub size: UVec2,
    /// Cover, one byte a texel, rows tightly packed.
    pub texels: Arc<[u8]>,
}
