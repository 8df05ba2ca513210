//! The clock at the bottom right, and the camera number that is being typed.
//!
//! Pure. Policy: the clock makes way for what a tile says below it.

use bevy::prelude::*;
use jiff::Zoned;

use super::canvas;
use super::canvas::{Canvas, LabelSpan};
use super::text::{Align, GlyphCache, TextLine};
use camwall_words::Words;

/// `rect`, raised above the text that is written there; `rect` itself if there is no room.
fn lowest_free(canvas: &Canvas, glyphs: &mut GlyphCache, rect: Rect) -> Rect {
    let mut free = rect;
    loop {
        let near =
            |line: &&TextLine| (line.at.y - free.center().y).abs() < line.px + free.height() / 2.0;
        let bounds = canvas.lines.iter().filter(near).map(|line| glyphs.bounds(line));
        let under = bounds.filter(|text| !free.intersect(*text).is_empty());
        let Some(top) = under.map(|text| text.min.y).reduce(f32::min) else { return free };
        free = Rect::new(free.min.x, top - free.height(), free.max.x, top);
        if free.min.y < 0.0 {
            return rect;
        }
    }
}

/// Writes the clock if there is to be one, and the camera number in the middle, on a wall of `size`
/// pixels in letters of the scale `letters`.
pub fn write(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    words: &Words,
    digits: &str,
    clock: bool,
    (size, letters): (Vec2, f32),
) {
    if clock {
        let text = Zoned::now().strftime(words.dates.time).to_string();
        let px = 30.0 * letters;
        let wide = glyphs.width(&text, px) + 2.0 * px * canvas::PAD;
        let ground = Vec2::new(wide, 2.0 * px * canvas::HALF_LABEL);
        let corner = size - Vec2::new(8.0 * letters, px * (1.0 - canvas::HALF_LABEL));
        let rect = lowest_free(canvas, glyphs, Rect::from_corners(corner - ground, corner));
        let at = Vec2::new(rect.max.x, rect.center().y);
        let spans = [LabelSpan::Text(text, canvas::TEXT)];
        canvas.label(glyphs, &spans, (at, Align::Right), px, size.x);
    }
    if !digits.is_empty() {
        let spans = [LabelSpan::Name((words.tile.camera_number)(digits), canvas::SELECTED)];
        let px = (64.0 * letters).min(size.y / 4.0);
        canvas.label(glyphs, &spans, (size / 2.0, Align::Center), px, size.x);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_makes_way_for_text() {
        let (mut canvas, mut glyphs) = (Canvas::default(), GlyphCache::new(false).unwrap());
        let clock = Rect::new(800.0, 660.0, 1000.0, 700.0);
        assert_eq!(lowest_free(&canvas, &mut glyphs, clock), clock);
        let line = |text: &str, at| TextLine {
            text: text.to_owned(),
            at,
            px: 30.0,
            align: Align::Left,
            width: 400.0,
            color: canvas::TEXT,
        };
        // Beside it, and on its place.
        canvas.lines = vec![line("CAM", Vec2::new(10.0, 680.0))];
        assert_eq!(lowest_free(&canvas, &mut glyphs, clock), clock);
        canvas.lines.push(line("NOT RECORDING", Vec2::new(780.0, 680.0)));
        canvas.lines.push(line("camera offline", Vec2::new(780.0, 640.0)));
        let free = lowest_free(&canvas, &mut glyphs, clock);
        assert_eq!((free.size(), free.min.x), (clock.size(), 800.0));
        assert_eq!(free.max.y, 640.0 - 30.0 * canvas::HALF_LABEL);
        // Nowhere to go.
        canvas.lines.extend((0..24).map(|row| line("full", Vec2::new(790.0, row as f32 * 30.0))));
        assert_eq!(lowest_free(&canvas, &mut glyphs, clock), clock);
    }
}
