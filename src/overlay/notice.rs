//! A word to the operator that is about the whole wall, in the middle of its lower edge.
//!
//! Pure. Policy: it makes way for what a tile says there; its letters are smaller where it is too long, and
//! its end is cut where no smaller ones can be read.

use bevy::math::{Rect, Vec2};

use super::canvas::{self, Canvas, LabelSpan};
use super::corner::lowest_free;
use super::text::{Align, GlyphCache};
use super::tile::fit;

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
    let width = size.x * OF_WIDTH;
    let fits = (width - 1.0) / (glyphs.width(text, 100.0) / 100.0 + 2.0 * canvas::PAD);
    let px = (LETTERS * letters).min(size.y / 8.0);
    let px = px.min(fits.max(fit::LEAST));
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
    use crate::overlay::tests::{WALLS, prepared};
    use crate::wall::layout;
    use camwall_words::Language;

    #[test]
    fn why_there_is_no_picture_is_whole_in_every_language_on_any_wall() {
        let mut cut = Vec::new();
        for language in Language::ALL {
            let (words, mut glyphs) = (language.words(), prepared(language.words(), &[]));
            let saved = (words.walls.picture_saved)("2026-12-31T23-59-58.250Z.png");
            let causes = words.causes.each().into_iter().map(|(_, why)| why);
            let failed = causes.map(|why| (words.walls.picture_failed)(&why));
            for text in failed.chain([saved]) {
                for (width, height) in WALLS {
                    for letters in [0.75, 1.0, 2.0] {
                        let (size, mut canvas) = (Vec2::new(width, height), Canvas::default());
                        let scale = layout::ui_scale(size.as_uvec2()) * letters;
                        write(&mut canvas, &mut glyphs, &text, (size, scale));
                        let line = &canvas.lines[0];
                        let Rect { min, max } = glyphs.bounds(line);
                        if line.text != text || min.x < 0.0 || max.x > width || max.y > height {
                            cut.push(format!("{width}x{height} {letters}: {line:?}"));
                        }
                    }
                }
            }
        }
        assert_eq!(cut, [""; 0]);
    }

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
