//! What is written where: a list of shapes and lines of text, before it becomes ink.
//!
//! Plain data, main world. Owns the wall's colours and the look of a label. Policy: a state is told
//! by shape, word and colour together, never by colour alone; text always stands on a dark ground,
//! whatever the picture under it.

use bevy::math::{Rect, Vec2};

use super::text::{Align, Letters, Line};
use crate::camera::StateWord;
use crate::render::{Ink, Shape};

/// Ground under text.
pub const GROUND: [f32; 4] = [0.04, 0.045, 0.055, 0.78];
/// Between two tiles.
pub const SEAM: [f32; 4] = [0.0, 0.0, 0.0, 1.0];
/// Ordinary text.
pub const TEXT: [f32; 4] = [0.95, 0.96, 0.97, 1.0];
/// Text that matters less.
pub const QUIET: [f32; 4] = [0.72, 0.75, 0.79, 1.0];
/// A camera whose stream reaches the disk.
pub const RECORDING: [f32; 4] = [0.93, 0.2, 0.24, 1.0];
/// A segment that retention leaves alone (reddish purple, as [`state_colour`] chooses).
pub const KEPT: [f32; 4] = [0.85, 0.55, 0.72, 1.0];
/// Ground of what must be seen from across the room: a recording that is not made.
pub const ALARM: [f32; 4] = [0.78, 0.02, 0.07, 1.0];
/// Letters and signs on it; their contrast is 6 to 1.
pub const ON_ALARM: [f32; 4] = [1.0, 1.0, 1.0, 1.0];
/// The selected tile.
pub const SELECTED: [f32; 4] = [1.0, 0.78, 0.2, 1.0];

/// Half the height of a label's ground, in heights of its letters.
pub const HALF_LABEL: f32 = 0.7;
/// Margin at either end of a label, in heights of its letters.
pub const PAD: f32 = 0.35;
/// Width of a mark in a label, in heights of its letters.
pub const MARK: f32 = 0.8;
/// Between two pieces of a label, in heights of its letters.
pub const GAP: f32 = 0.45;

/// Colours that people with a colour vision deficiency can tell apart too (after Okabe & Ito,
/// "Color Universal Design", 2008): bluish green, sky blue, orange, vermilion, grey.
#[must_use]
pub fn state_colour(state: StateWord) -> [f32; 4] {
    match state {
        StateWord::Live => [0.0, 0.72, 0.53, 1.0],
        StateWord::Connecting => [0.34, 0.71, 0.91, 1.0],
        StateWord::Stale => [0.95, 0.66, 0.08, 1.0],
        StateWord::Offline | StateWord::AuthFailed => [0.96, 0.42, 0.16, 1.0],
        StateWord::Ended => [0.7, 0.7, 0.7, 1.0],
    }
}

/// The shape of a state.
#[must_use]
pub fn state_shape(state: StateWord) -> Shape {
    match state {
        StateWord::Live => Shape::Disc,
        StateWord::Connecting => Shape::Hatch,
        StateWord::Stale | StateWord::AuthFailed => Shape::Triangle,
        StateWord::Offline | StateWord::Ended => Shape::Solid,
    }
}

/// The word of a state, for operators.
#[must_use]
pub fn state_word(state: StateWord) -> &'static str {
    match state {
        StateWord::Live => "LIVE",
        StateWord::Connecting => "CONNECTING",
        StateWord::Stale => "NO NEW PICTURE",
        StateWord::Offline => "OFFLINE",
        StateWord::AuthFailed => "LOGIN REFUSED",
        StateWord::Ended => "ENDED",
    }
}

/// Shapes and text in drawing order: all shapes first, then all text.
#[derive(Default)]
pub struct Canvas {
    /// Shapes.
    pub shapes: Vec<Ink>,
    /// Lines of text.
    pub lines: Vec<Line>,
}

/// A piece of a label.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// A shape in a colour.
    Mark(Shape, [f32; 4]),
    /// Text in a colour.
    Text(String, [f32; 4]),
}

impl Piece {
    /// The mark of a state.
    #[must_use]
    pub fn state(state: StateWord) -> Self {
        Self::Mark(state_shape(state), state_colour(state))
    }
}

impl Canvas {
    /// Empties it and keeps the memory.
    pub fn clear(&mut self) {
        self.shapes.clear();
        self.lines.clear();
    }

    /// Takes away what a tile at `rect` lies over: ink is drawn over all pictures, so what belongs
    /// to a covered one has to go.
    pub fn cover(&mut self, rect: Rect) {
        self.lines.retain(|line| !rect.contains(line.at));
        self.shapes.retain(|ink| {
            let [x, y, width, height] = ink.dst;
            !rect.contains(Vec2::new(x + width / 2.0, y + height / 2.0))
        });
    }

    /// A plain rectangle.
    pub fn fill(&mut self, rect: Rect, colour: [f32; 4]) {
        self.shapes.push(Ink::shape(Shape::Solid, rect, colour));
    }

    /// A frame inside `rect`, `width` pixels wide.
    pub fn frame(&mut self, rect: Rect, width: f32, colour: [f32; 4]) {
        let Rect { min, max } = rect;
        let inner = rect.inflate(-width);
        self.fill(Rect::from_corners(min, Vec2::new(max.x, inner.min.y)), colour);
        self.fill(Rect::from_corners(Vec2::new(min.x, inner.max.y), max), colour);
        let left = Vec2::new(inner.min.x, inner.max.y);
        self.fill(Rect::from_corners(Vec2::new(min.x, inner.min.y), left), colour);
        let right = Vec2::new(max.x, inner.max.y);
        self.fill(Rect::from_corners(Vec2::new(inner.max.x, inner.min.y), right), colour);
    }

    /// A line of pieces on a dark ground, `px` high letters, hanging on `at` (the middle of its
    /// left end, its middle or the middle of its right end), at most `width` pixels wide. Pieces
    /// that do not fit are left out from the end, the first is cut.
    pub fn label(
        &mut self,
        letters: &mut Letters,
        pieces: &[Piece],
        (at, align): (Vec2, Align),
        px: f32,
        width: f32,
    ) {
        let (pad, space) = (px * PAD, px * GAP);
        let room = width - 2.0 * pad;
        let mut measured: Vec<(&Piece, f32)> = Vec::new();
        let mut used = 0.0;
        for piece in pieces {
            let wide = match piece {
                Piece::Mark(..) => px * MARK,
                Piece::Text(text, _) => letters.width(text, px).ceil(),
            };
            let with = used + if measured.is_empty() { wide } else { space + wide };
            if with > room && measured.iter().any(|(piece, _)| matches!(piece, Piece::Text(..))) {
                break;
            }
            measured.push((piece, wide.min(room.max(0.0))));
            used = with.min(room);
        }
        let full = used + 2.0 * pad;
        let left = match align {
            Align::Left => at.x,
            Align::Centre => at.x - full / 2.0,
            Align::Right => at.x - full,
        };
        let half = Vec2::new(0.0, px * HALF_LABEL);
        let ground =
            Rect::from_corners(Vec2::new(left, at.y) - half, Vec2::new(left + full, at.y) + half);
        self.fill(ground, GROUND);
        let mut x = left + pad;
        for (piece, wide) in measured {
            self.piece(piece, Vec2::new(x, at.y), px, wide);
            x += wide + space;
        }
    }

    fn piece(&mut self, piece: &Piece, at: Vec2, px: f32, width: f32) {
        match piece {
            Piece::Mark(shape, colour) => {
                let side = px * 0.7;
                let corner = (at - Vec2::new(0.0, side / 2.0)).round();
                let rect = Rect::from_corners(corner, corner + Vec2::splat(side.round()));
                self.shapes.push(match shape {
                    Shape::Hatch => Ink::hatch(rect, (px * 0.3).max(3.0), *colour),
                    shape => Ink::shape(*shape, rect, *colour),
                });
            }
            Piece::Text(text, colour) => self.lines.push(Line {
                text: text.clone(),
                at,
                px,
                align: Align::Left,
                width: width + 1.0,
                colour: *colour,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_covers_what_belongs_to_the_tile_below_and_nothing_beside_it() {
        let (mut canvas, mut letters) = (Canvas::default(), Letters::new(false).unwrap());
        let pieces = [Piece::state(StateWord::Live), Piece::Text("gate".into(), TEXT)];
        for x in [10.0, 500.0] {
            canvas.label(&mut letters, &pieces, (Vec2::new(x, 20.0), Align::Left), 20.0, 200.0);
        }
        let all = (canvas.shapes.len(), canvas.lines.len());
        canvas.cover(Rect::new(0.0, 0.0, 400.0, 300.0));
        assert_eq!((canvas.shapes.len() * 2, canvas.lines.len() * 2), all);
        assert!(canvas.lines.iter().all(|line| line.at.x > 400.0));
    }
}
