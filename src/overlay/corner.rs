//! The clock at the bottom right, the wall's tour above it, and the camera number that is being typed.
//!
//! Pure. Policy: clock and tour make way for what a tile says below them; a tour for which there is no
//! room is not told. Where a tour's line is too long its name is cut, and never what it does.

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
    pub tour: Option<TourSaid>,
    /// The camera number that is being typed.
    pub digits: &'a str,
}

/// What is told of a tour: a text around its name, which alone may be cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TourSaid {
    before: String,
    name: String,
    behind: String,
}

impl TourSaid {
    /// The text that `say` makes of a name.
    fn of(name: &str, say: impl Fn(&str) -> String) -> Self {
        // No text of a table has this character.
        let text = say(PLACE);
        let (before, behind) = text.split_once(PLACE).unwrap_or((&text, ""));
        Self { before: before.to_owned(), name: name.to_owned(), behind: behind.to_owned() }
    }

    /// The text with this name.
    fn named(&self, name: &str) -> String {
        format!("{}{}{}", self.before, fit::isolated(name), self.behind)
    }

    /// The text on at most `room` pixels in letters at most `px` high, and their height: of a name that
    /// is too long only the beginning, and smaller letters where even that is too much.
    fn fitting(&self, glyphs: &mut GlyphCache, px: f32, room: f32) -> (String, f32) {
        let wide =
            |glyphs: &mut GlyphCache, text: &str| glyphs.width(text, px) + 2.0 * px * canvas::PAD;
        let whole = self.named(&self.name);
        if wide(glyphs, &whole) <= room {
            return (whole, px);
        }
        let around = wide(glyphs, &self.named(""));
        // What lies beside a name may be shaped with it: a little room is left.
        let name = glyphs.fit(&self.name, px, room - around - px * SPARE);
        let text = self.named(&name);
        let px = px * (room / wide(glyphs, &text)).min(1.0);
        (text, px)
    }
}

/// Stands for a name.
const PLACE: &str = "\u{fffc}";

/// Left beside a name that is cut, in heights of the letters.
const SPARE: f32 = 0.2;

/// What is told of a wall's tour, on a wall that shows layout number `layout`.
pub fn tour(
    words: &Words,
    file: &config::Wall,
    told: Option<TourLine>,
    layout: usize,
) -> Option<TourSaid> {
    let TourLine { tour, step: (step, steps), pace } = told?;
    let name = match tour {
        Some(tour) => file.tours.get_index(tour)?.0,
        None => file.layouts.get_index(layout)?.0,
    };
    let words = &words.walls;
    Some(TourSaid::of(name, |name| match pace {
        Pace::Running => (words.tour)(name, step + 1, steps),
        Pace::Paused(left) => (words.tour_paused)(name, left.as_secs()),
        Pace::Stopped => (words.tour_stopped)(name),
    }))
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
    if let Some(tour) = &said.tour {
        let (text, px) = tour.fitting(glyphs, TOUR * letters, right);
        let rect = corner(glyphs, &text, px, Vec2::new(right, size.y - px * BELOW));
        if let Some(rect) = lowest_free(canvas, glyphs, rect) {
            let span = LabelSpan::Text(text, canvas::TEXT);
            write_in(canvas, glyphs, span, (rect, px, rect.width() + 1.0));
        }
    }
    if !said.digits.is_empty() {
        let text = (words.tile.camera_number)(said.digits);
        // Letters scale: what is measured once holds for all sizes.
        let wide = glyphs.width(&text, 100.0) / 100.0 + 2.0 * canvas::PAD;
        let px = (DIGITS * letters).min(size.y / 4.0).min((size.x - 1.0) / wide);
        let spans = [LabelSpan::Name(text, canvas::SELECTED)];
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
    use crate::overlay::tests::{WALLS, prepared};
    use crate::wall::layout;

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

    /// What is written on a wall of this size, and where.
    fn written(
        glyphs: &mut GlyphCache,
        words: &Words,
        said: &Said<'_>,
        (size, scale): (Vec2, f32),
    ) -> Vec<(String, Rect)> {
        let mut canvas = Canvas::default();
        write(&mut canvas, glyphs, words, said, (size, scale));
        canvas.lines.iter().map(|line| (line.text.clone(), glyphs.bounds(line))).collect()
    }

    /// Each wall with its scale, in letters of all sizes.
    fn walls() -> impl Iterator<Item = (Vec2, f32)> {
        WALLS.into_iter().flat_map(|(width, height)| {
            let size = Vec2::new(width, height);
            let scale = layout::ui_scale(size.as_uvec2());
            [0.75, 1.0, 2.0].map(|letters| (size, scale * letters))
        })
    }

    #[test]
    fn a_tour_stands_above_the_clock_in_every_language_and_only_its_name_is_cut() {
        let long = "a name that is so long that it has no room on any wall, not even on one of 8K \
                    that is as wide as a street and shows sixty-four cameras beside one another";
        let from_right = "שער צפון ושער דרום ".repeat(20);
        let names = ["rounds", long, from_right.trim(), &"巡".repeat(300)];
        let mut wrong = Vec::new();
        for language in Language::ALL {
            let words = language.words();
            let mut glyphs = prepared(words, &names);
            for name in names {
                let told = [
                    TourSaid::of(name, |name| (words.walls.tour)(name, 12, 64)),
                    TourSaid::of(name, |name| (words.walls.tour_paused)(name, 86_400)),
                    TourSaid::of(name, |name| (words.walls.tour_stopped)(name)),
                ];
                for ((size, scale), tour) in
                    walls().flat_map(|wall| told.clone().map(|it| (wall, it)))
                {
                    let said = Said { clock: true, tour: Some(tour.clone()), digits: "" };
                    let lines = written(&mut glyphs, words, &said, (size, scale));
                    let [(_, clock), (text, told)] = &lines[..] else {
                        panic!("{tour:?} on {size}: {lines:?}")
                    };
                    let whole = Rect::from_corners(Vec2::ZERO, size);
                    let inside = whole.contains(told.min) && whole.contains(told.max);
                    let around = text.starts_with(&tour.before) && text.ends_with(&tour.behind);
                    let named = text.contains('…') != text.contains(name);
                    if !inside || !around || !named || told.max.y > clock.min.y + 0.01 {
                        wrong.push(format!("{text:?} on {size}, {scale}: {told:?}, {clock:?}"));
                    }
                }
            }
        }
        assert_eq!(wrong, [""; 0]);
    }

    #[test]
    fn a_pause_is_whole_on_a_narrow_wall() {
        let (words, mut glyphs) = (Language::English.words(), GlyphCache::new(false).unwrap());
        let name = "the yard, both gates and the road behind the house";
        let tour = Some(TourSaid::of(name, |name| (words.walls.tour_paused)(name, 43)));
        let said = Said { clock: false, tour, digits: "" };
        let lines = written(&mut glyphs, words, &said, (Vec2::new(360.0, 640.0), 0.67));
        let text = &lines[0].0;
        assert!(text.starts_with("TOUR the yard") && text.ends_with("… PAUSED, 43 s"), "{text}");
    }

    #[test]
    fn a_number_that_is_typed_is_whole_in_every_language() {
        for language in Language::ALL {
            let words = language.words();
            let mut glyphs = prepared(words, &[]);
            for (size, scale) in walls() {
                let said = Said { clock: false, tour: None, digits: "1234" };
                let lines = written(&mut glyphs, words, &said, (size, scale));
                let [(text, rect)] = &lines[..] else { panic!("{lines:?}") };
                assert_eq!(*text, (words.tile.camera_number)("1234"), "{size}");
                assert!(rect.min.x >= 0.0 && rect.max.x <= size.x, "{text} on {size}: {rect:?}");
            }
        }
    }
}
