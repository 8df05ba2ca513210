//! The lower edge of a tile: NOT RECORDING, and what a key just did.
//!
//! Pure, as all of the tile. Policy: a camera that is to be recorded and is not says so by shape,
//! word and colour in letters as large as those of its state, over the whole width of its tile and
//! below its picture's middle, so that neither hides the other; the banner stays as long as
//! it is true. What a key did is said above that, for as long as the status says.

use bevy::math::{Rect, Vec2};

use super::{ShownTile, fit};
use crate::camera::messages::recording;
use crate::overlay::canvas;
use crate::overlay::canvas::{Canvas, LabelSpan};
use crate::overlay::text::{Align, GlyphCache, TextLine};
use crate::render::{Quad, Shape};
use camwall_recorder::Cause;

/// The smallest letters of these words that can be told apart, in pixels: capitals need less than
/// ordinary text.
const LEAST: f32 = 7.0;

/// The banner takes at most this part of the tile's height: the state in the middle ends above it.
const OF_HEIGHT: f32 = 0.32;

/// A row of the banner, in heights of its letters: of the words, and of the cause where it is
/// written below them.
const ROW: f32 = 1.5;
const BELOW_ROW: f32 = 1.25;

/// A line of a note, in heights of its letters.
const LINE: f32 = 1.4;

/// Letters of the cause, in heights of those of the words: beside them, and below them.
const BESIDE: f32 = 0.75;
const BELOW: f32 = 0.65;

/// The sign before the words, its distance from them and the margin, in heights of the letters.
const SIGN: f32 = 0.85;
const GAP: f32 = 0.4;
const MARGIN: f32 = 0.55;

/// Writes the banner and the note of a tile whose label has letters `px` high and whose state
/// `state_px`, and nothing above `ceiling`. Gives the upper edge of what is written.
pub fn write(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    shown: &ShownTile<'_>,
    (px, state_px): (f32, f32),
    ceiling: f32,
) -> f32 {
    let rect = shown.rect.to_rect();
    let floor = match shown.recording.fault {
        Some(cause) => not_recording(canvas, glyphs, shown, state_px, cause),
        None => rect.max.y,
    };
    note(canvas, glyphs, shown, px, (ceiling, floor))
}

/// The banner that says that the camera is not recorded, and why. Gives the upper edge.
fn not_recording(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    shown: &ShownTile<'_>,
    state_px: f32,
    cause: Cause,
) -> f32 {
    let (rect, said) = (shown.rect.to_rect(), shown.words.tile.not_recording);
    // Letters scale: what is measured once holds for all sizes.
    let words = glyphs.width(said, 100.0) / 100.0;
    let wanted = state_px.min(rect.height() * OF_HEIGHT / (ROW + BELOW * BELOW_ROW));
    let px = wanted.min(rect.width() / (words + SIGN + GAP + 2.0 * MARGIN)).floor();
    if px < LEAST {
        return bar(canvas, rect);
    }
    let left = rect.min.x + px * MARGIN;
    let behind = left + px * (SIGN + GAP + words + GAP);
    let right = rect.max.x - px * MARGIN;
    let (beside, below) = ((px * BESIDE).max(LEAST), (px * BELOW).max(LEAST));
    let cause = recording::cause(&shown.words.causes, cause);
    let one_row = behind + glyphs.width(cause, beside) <= right;
    let (row, second) = (px * ROW, below * BELOW_ROW);
    let below = below.min(below * (right - left) / glyphs.width(cause, below).max(1.0));
    let two_rows = !one_row && below >= LEAST && row + second <= rect.height() * OF_HEIGHT;
    let height = (row + if two_rows { second } else { 0.0 }).round();
    let top = rect.max.y - height;
    if !canvas.ground(Rect::from_corners(Vec2::new(rect.min.x, top), rect.max), canvas::ALARM) {
        return top;
    }
    let y = top + row / 2.0;
    sign(canvas, Vec2::new(left, y), px * SIGN);
    let mut say = |text: String, at: Vec2, px: f32, width: f32| {
        let color = canvas::ON_ALARM;
        canvas.lines.push(TextLine { text, at, px, align: Align::Left, width, color });
    };
    let at = Vec2::new(left + px * (SIGN + GAP), y);
    say(said.to_owned(), at, px, px * words + 2.0);
    if one_row {
        say(cause.to_owned(), Vec2::new(behind, y), beside, right - behind + 1.0);
    } else if two_rows {
        let at = Vec2::new(left, top + row + second * 0.4);
        say(cause.to_owned(), at, below, right - left + 1.0);
    }
    top
}

/// Where no letter can be read, the colour and the sign are left. Gives the bar's upper edge.
pub fn bar(canvas: &mut Canvas, rect: Rect) -> f32 {
    let height = (rect.height() / 4.0).max(8.0).min(rect.height() / 2.0).floor();
    let top = rect.max.y - height;
    if canvas.ground(Rect::from_corners(Vec2::new(rect.min.x, top), rect.max), canvas::ALARM) {
        let side = height * 0.8;
        sign(canvas, Vec2::new(rect.center().x - side / 2.0, top + height / 2.0), side);
    }
    top
}

/// A disc with a bar across, `side` pixels wide, hanging on the middle of its left edge.
fn sign(canvas: &mut Canvas, at: Vec2, side: f32) {
    let corner = (at - Vec2::new(0.0, side / 2.0)).round();
    let rect = Rect::from_corners(corner, corner + Vec2::splat(side.round()));
    canvas.shapes.push(Quad::shape(Shape::Disc, rect, canvas::ON_ALARM));
    let across = Vec2::new(rect.width() * 0.64, (rect.height() * 0.22).max(2.0)).round();
    canvas.fill(Rect::from_center_size(rect.center(), across), canvas::ALARM);
}

/// What a key just did, above `floor` and below `ceiling`. Gives the upper edge.
fn note(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    shown: &ShownTile<'_>,
    px: f32,
    (ceiling, floor): (f32, f32),
) -> f32 {
    let rect = shown.rect.to_rect();
    let note = shown.notice.0.as_ref().filter(|(_, until)| shown.now < *until);
    let Some((said, _)) = note else { return floor };
    let px = (px * 0.8).max(LEAST);
    let width = rect.width() * 0.96;
    // Clear of the frame of the selected tile.
    let floor = floor.min(rect.max.y - 8.0 * shown.scale);
    let room = floor - ceiling;
    let all = fit::Room { width, height: room, line: LINE, most: 2 };
    // The name of a file has no end on a small tile.
    let one = || (px * LINE <= room).then(|| (vec![said.clone()], px));
    let fitting = fit::sentence(glyphs, said, px, all).or_else(one);
    let Some((lines, px)) = fitting else { return floor };
    let line = px * LINE;
    let top = floor - line * lines.len() as f32;
    let mut y = top + line / 2.0;
    for text in lines {
        let at = (Vec2::new(rect.center().x, y), Align::Center);
        canvas.label(glyphs, &[LabelSpan::Name(text, canvas::TEXT)], at, px, width);
        y += line;
    }
    top
}
