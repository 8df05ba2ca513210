//! A word to the operator that is about the whole wall, in the middle of its lower edge.
//!
//! Pure. Policy: it makes way for what a tile says there; its end is cut where the wall is too small.

use bevy::math::{Rect, Vec2};

use super::canvas::{self, Canvas, LabelSpan};
use super::corner::lowest_free;
use super::text::{Align, GlyphCache};

/// Height of the letters at scale 1, in pixels.
const LETTERS: f32 = 30.0;

/// The most of the wall's width that it takes.
const OF_WIDTH: f32 = 0.9;

/// Writes it on a wall of `size` pixels in letters of the scale `letters`.
pub fn write(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    text: &str,
    (size, letters): (Vec2, f32),
) {
    let px = (LETTERS * letters).min(size.y / 8.0);
    let width = size.x * OF_WIDTH;
    let wide = (glyphs.width(text, px) + 2.0 * px * canvas::PAD).min(width);
    let ground = Vec2::new(wide, 2.0 * px * canvas::HALF_LABEL);
    let middle = Vec2::new(size.x / 2.0, size.y - px - ground.y / 2.0);
    let at = Rect::from_center_size(middle, ground);
    let rect = lowest_free(canvas, glyphs, at).unwrap_or(at);
    let spans = [LabelSpan::Name(text.to_owned(), canvas::TEXT)];
    canvas.label(glyphs, &spans, (rect.center(), Align::Center), px, width);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_on_any_wall_and_over_nothing_else() {
        for size in [(320.0, 240.0), (1280.0, 720.0), (7680.0, 4320.0)].map(Vec2::from) {
            let (mut canvas, mut glyphs) = (Canvas::default(), GlyphCache::new(false).unwrap());
            let text = "SNAPSHOT @wall_2026-11-22T07-20-00Z.png";
            for line in 0..2 {
                write(&mut canvas, &mut glyphs, text, (size, size.y / 1080.0));
                assert_eq!(canvas.lines.len(), line + 1);
            }
            let [one, other] = [0, 1].map(|line| glyphs.bounds(&canvas.lines[line]));
            assert!(one.intersect(other).is_empty(), "{one:?} {other:?}");
            for rect in [one, other] {
                assert!(rect.min.x >= 0.0 && rect.max.x <= size.x && rect.max.y <= size.y);
            }
        }
    }
}
