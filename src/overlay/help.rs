//! The keys, as they are bound now, on a panel over the wall.
//!
//! What it says is pure data made from the bindings; the panel is as large as fits. Policy: the
//! tiles beside it go on saying how they are, and nothing shows through what is to be read.

use bevy::math::{Rect, Vec2};

use super::canvas;
use super::canvas::Canvas;
use super::text::{Align, GlyphCache, TextLine};

/// Ground of the panel.
const PANEL: [f32; 4] = [0.04, 0.045, 0.055, 0.97];

/// Height of a line, in heights of its letters.
const LINE: f32 = 1.45;

/// Writes the rows in two columns on a panel in the middle of a wall of `size` pixels.
pub fn write(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    rows: Vec<(String, String)>,
    size: Vec2,
    scale: f32,
) {
    let widest = |glyphs: &mut GlyphCache, px: f32, text: fn(&(String, String)) -> &str| {
        rows.iter().map(|row| glyphs.width(text(row), px)).fold(0.0, f32::max)
    };
    let columns = |glyphs: &mut GlyphCache, px: f32| {
        (widest(glyphs, px, |row| &row.0), widest(glyphs, px, |row| &row.1))
    };
    // As large as fits: a help text must be readable from where the keyboard is.
    let mut px = (26.0 * scale).min(size.y * 0.95 / (rows.len() as f32 + 1.5) / LINE);
    let (keys, texts) = columns(glyphs, px);
    px *= (size.x * 0.95 / (keys + texts + px * 4.5)).min(1.0);
    let (keys, texts) = columns(glyphs, px);
    let line = px * LINE;
    let panel = Vec2::new(keys + texts + px * 4.5, line * (rows.len() as f32 + 1.5));
    let rect = Rect::from_center_size(size / 2.0, panel);
    // Text is drawn over all shapes, so what stood where the panel is has to go.
    canvas.lines.retain(|line| rect.intersect(glyphs.bounds(line)).is_empty());
    canvas.fill(rect, PANEL);
    canvas.frame(rect, (2.0 * scale).round().max(1.0), canvas::QUIET);
    let mut at = rect.min + Vec2::new(px * 1.5, line * 1.25);
    for (chords, text) in rows {
        let plain =
            |text, at, width, color| TextLine { text, at, px, align: Align::Left, width, color };
        canvas.lines.push(plain(chords, at, keys + 1.0, canvas::SELECTED));
        let beside = at + Vec2::new(keys + px * 1.5, 0.0);
        canvas.lines.push(plain(text, beside, texts + 1.0, canvas::TEXT));
        at.y += line;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use camwall_config::{Action, Bindings, Wall};
    use camwall_words::EN;

    fn rows_of(keys: &str, layouts: usize) -> Vec<(String, String)> {
        let file = format!(r#"(cameras: {{"a": (main: "rtsp://a/")}}, keys: {{{keys}}})"#);
        let wall = Wall::parse(&file, "wall.ron").unwrap().wall;
        Bindings::resolve(&wall.keys).help(&EN.help, layouts)
    }

    fn keys_of<'r>(rows: &'r [(String, String)], text: &str) -> Option<&'r str> {
        rows.iter().find(|row| row.1 == text).map(|row| row.0.as_str())
    }

    #[test]
    fn shows_the_keys_of_the_wall_file() {
        let rows = rows_of(r#""help": ["X", "Ctrl+F1"], "stats": [], "quit": ["Alt+q"]"#, 2);
        assert_eq!(keys_of(&rows, "Show or hide this help"), Some("X  Ctrl+F1"));
        assert_eq!(keys_of(&rows, "End camwall"), Some("Alt+Q"));
        assert_eq!(keys_of(&rows, "Show or hide rate, bitrate and frame age"), None);
        assert_eq!(keys_of(&rows, "Next layout"), Some("Tab  PageDown"));
    }

    #[test]
    fn every_action_that_can_be_done_is_listed_once() {
        let rows = rows_of("", 2);
        for action in Action::all() {
            let times = rows.iter().filter(|row| row.1 == action.describe(&EN.help)).count();
            // What has no key is not listed.
            let there = !matches!(action, Action::Layout(3..) | Action::TrustClock);
            assert_eq!(times, usize::from(there), "{action:?}");
        }
        let bound = rows_of(r#""trust_clock": ["Ctrl+T"]"#, 2);
        assert_eq!(keys_of(&bound, "The clock is right: remove by age again"), Some("Ctrl+T"));
        assert_eq!(rows_of("", 12).len() - rows.len(), 9, "layout 11 has no key");
    }

    #[test]
    fn the_panel_fits_and_hides_no_other_tile() {
        for (width, height) in [(1280.0, 720.0), (400.0, 900.0), (640.0, 360.0), (3840.0, 2160.0)] {
            let (mut canvas, mut glyphs) = (Canvas::default(), GlyphCache::new(false).unwrap());
            let label = |at: Vec2| TextLine {
                text: "OFFLINE".into(),
                at,
                px: 8.0,
                align: Align::Left,
                width: 50.0,
                color: canvas::TEXT,
            };
            let size = Vec2::new(width, height);
            canvas.lines = vec![label(Vec2::new(1.0, 6.0)), label(size / 2.0)];
            write(&mut canvas, &mut glyphs, rows_of("", 12), size, 1.0);
            assert_eq!(canvas.lines[0].at, Vec2::new(1.0, 6.0), "beside the panel");
            assert!(canvas.lines.iter().all(|line| line.text != "OFFLINE" || line.at.y < 7.0));
            for line in &canvas.lines {
                let Rect { min, max } = glyphs.bounds(line);
                assert!(min.x >= 0.0 && max.x <= width, "{width}x{height}: {line:?}");
                assert!(min.y >= 0.0 && max.y <= height, "{width}x{height}: {line:?}");
            }
        }
    }
}
