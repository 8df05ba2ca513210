//! The clock at the bottom right, the wall's tour above it, and the camera number that is being typed.
//!
//! Pure. Policy: clock and tour make way for what a tile says below them; a tour for which there is no
//! room is not told.

use bevy::prelude::*;
use jiff::Zoned;

use super::canvas;
use super::canvas::{Canvas, LabelSpan};
use super::text::{Align, GlyphCache, TextLine};
use super::tile::fit;
use crate::wall::{Pace, TourLine};
use camwall_config as config;
use camwall_words::Words;

/// Height of the letters at scale 1, in pixels.
const CLOCK: f32 = 30.0;
const TOUR: f32 = 22.0;
const DIGITS: f32 = 64.0;

/// Below the ground of a text, in heights of its letters.
const BELOW: f32 = 1.0 - canvas::HALF_LABEL;

/// What is to be written.
pub struct Said<'a> {
    /// Whether there is to be a clock.
    pub clock: bool,
    /// What is told of a tour.
    pub tour: Option<String>,
    /// The camera number that is being typed.
    pub digits: &'a str,
}

/// What is told of a wall's tour, on a wall that shows layout number `layout`.
pub fn tour(
    words: &Words,
    file: &config::Wall,
    told: Option<TourLine>,
    layout: usize,
) -> Option<String> {
    let TourLine { tour, step: (step, steps), pace } = told?;
    let name = match tour {
        Some(tour) => file.tours.get_index(tour)?.0,
        None => file.layouts.get_index(layout)?.0,
    };
    let (name, words) = (&fit::isolated(name), &words.walls);
    Some(match pace {
        Pace::Running => (words.tour)(name, step + 1, steps),
        Pace::Paused(left) => (words.tour_paused)(name, left.as_secs()),
        Pace::Stopped => (words.tour_stopped)(name),
    })
}

/// `rect`, raised above the text that is written there; none if there is no room.
pub(super) fn lowest_free(canvas: &Canvas, glyphs: &mut GlyphCache, rect: Rect) -> Option<Rect> {
    let mut free = rect;
    loop {
        let near =
            |line: &&TextLine| (line.at.y - free.center().y).abs() < line.px + free.height() / 2.0;
        let bounds = canvas.lines.iter().filter(near).map(|line| glyphs.bounds(line));
        let under = bounds.filter(|text| !free.intersect(*text).is_empty());
        let Some(top) = under.map(|text| text.min.y).reduce(f32::min) else {
            return Some(free);
        };
        free = Rect::new(free.min.x, top - free.height(), free.max.x, top);
        if free.min.y < 0.0 {
            return None;
        }
    }
}

/// Writes what is `said`, the camera number in the middle, on a wall of `size` pixels in letters of the
/// scale `letters`.
pub fn write(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    words: &Words,
    said: &Said<'_>,
    (size, letters): (Vec2, f32),
) {
    let right = size.x - 8.0 * letters;
    if said.clock {
        let text = Zoned::now().strftime(words.dates.time).to_string();
        let px = CLOCK * letters;
        let rect = corner(glyphs, &text, px, Vec2::new(right, size.y - px * BELOW));
        let rect = lowest_free(canvas, glyphs, rect).unwrap_or(rect);
        write_in(canvas, glyphs, LabelSpan::Text(text, canvas::TEXT), (rect, px, size.x));
    }
    if let Some(text) = &said.tour {
        let px = TOUR * letters;
        let rect = corner(glyphs, text, px, Vec2::new(right, size.y - px * BELOW));
        if let Some(rect) = lowest_free(canvas, glyphs, rect) {
            let span = LabelSpan::Name(text.clone(), canvas::TEXT);
            write_in(canvas, glyphs, span, (rect, px, rect.width() + 1.0));
        }
    }
    if !said.digits.is_empty() {
        let text = (words.tile.camera_number)(said.digits);
        let spans = [LabelSpan::Name(text, canvas::SELECTED)];
        let px = (DIGITS * letters).min(size.y / 4.0);
        canvas.label(glyphs, &spans, (size / 2.0, Align::Center), px, size.x);
    }
}

/// The ground of a text in letters of `px` that ends in this corner.
fn corner(glyphs: &mut GlyphCache, text: &str, px: f32, at: Vec2) -> Rect {
    let wide = (glyphs.width(text, px) + 2.0 * px * canvas::PAD).min(at.x);
    Rect::from_corners(at - Vec2::new(wide, 2.0 * px * canvas::HALF_LABEL), at)
}

fn write_in(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    span: LabelSpan,
    (rect, px, width): (Rect, f32, f32),
) {
    let at = Vec2::new(rect.max.x, rect.center().y);
    canvas.label(glyphs, &[span], (at, Align::Right), px, width);
}

#[cfg(test)]
mod tests {
    use camwall_words::Language;

    use super::*;

    #[test]
    fn the_clock_makes_way_for_text() {
        let (mut canvas, mut glyphs) = (Canvas::default(), GlyphCache::new(false).unwrap());
        let clock = Rect::new(800.0, 660.0, 1000.0, 700.0);
        assert_eq!(lowest_free(&canvas, &mut glyphs, clock), Some(clock));
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
        assert_eq!(lowest_free(&canvas, &mut glyphs, clock), Some(clock));
        canvas.lines.push(line("NOT RECORDING", Vec2::new(780.0, 680.0)));
        canvas.lines.push(line("camera offline", Vec2::new(780.0, 640.0)));
        let free = lowest_free(&canvas, &mut glyphs, clock).unwrap();
        assert_eq!((free.size(), free.min.x), (clock.size(), 800.0));
        assert_eq!(free.max.y, 640.0 - 30.0 * canvas::HALF_LABEL);
        // Nowhere to go.
        canvas.lines.extend((0..24).map(|row| line("full", Vec2::new(790.0, row as f32 * 30.0))));
        assert_eq!(lowest_free(&canvas, &mut glyphs, clock), None);
    }

    #[test]
    fn a_tour_stands_above_the_clock_in_every_language_on_every_wall() {
        let mut glyphs = GlyphCache::new(false).unwrap();
        let texts: Vec<String> = Language::ALL
            .into_iter()
            .flat_map(|language| {
                let words = &language.words().walls;
                ["rounds", "a name that is so long that it has no room on any wall at all"].map(
                    |name| {
                        let paused = (words.tour_paused)(name, 86_400);
                        [(words.tour)(name, 12, 64), paused, (words.tour_stopped)(name)]
                    },
                )
            })
            .flatten()
            .collect();
        for (size, scale) in [((320, 180), 0.2), ((1280, 720), 0.67), ((720, 1280), 1.3)] {
            let size = Vec2::new(size.0 as f32, size.1 as f32);
            for tour in &texts {
                let mut canvas = Canvas::default();
                let said = Said { clock: true, tour: Some(tour.clone()), digits: "" };
                let words = Language::English.words();
                write(&mut canvas, &mut glyphs, words, &said, (size, scale));
                let lines: Vec<Rect> =
                    canvas.lines.iter().map(|line| glyphs.bounds(line)).collect();
                let [clock, told] = lines[..] else { panic!("{tour} on {size}: {lines:?}") };
                assert!(told.max.y <= clock.min.y, "{tour} on {size}: {told:?} over {clock:?}");
                let whole = Rect::from_corners(Vec2::ZERO, size);
                let inside = whole.contains(told.min) && whole.contains(told.max);
                assert!(inside, "{tour} on {size}: {told:?}");
            }
        }
    }
}
