//! What is written where: a list of shapes and lines of text, before they become quads.
//!
//! Plain data, main world. Owns the look of a label. Policy: a state is told
//! by shape, word and colour together, never by colour alone; text is always written on a dark
//! ground, whatever the picture under it, and is there whole or not at all.

use bevy::math::{Rect, Vec2};

pub use super::colors::*;
pub use super::text::HALF_LABEL;
use super::text::{Align, GlyphCache, TextLine};
use crate::camera::CameraState;
use crate::render::{Quad, Shape};
use camwall_words::States;

/// Margin at either end of a label, in heights of its letters.
pub const PAD: f32 = 0.35;
/// Width of a mark in a label, in heights of its letters.
pub const MARK: f32 = 0.8;
/// Distance of two spans of a label, in heights of its letters.
pub const GAP: f32 = 0.45;
/// What of a name is left at least, in heights of its letters: the number and a letter or two.
const NAME: f32 = 3.2;

/// The shape of a state.
#[must_use]
pub fn state_shape(state: CameraState) -> Shape {
    match state {
        CameraState::Live => Shape::Disc,
        CameraState::Connecting | CameraState::Busy => Shape::Hatch,
        CameraState::Stale
        | CameraState::Late
        | CameraState::Undecodable
        | CameraState::NoLogin
        | CameraState::NotTrusted
        | CameraState::AuthFailed => Shape::Triangle,
        CameraState::Offline | CameraState::Ended => Shape::Solid,
    }
}

/// The word of a state, for operators.
#[must_use]
pub fn state_label(words: &States, state: CameraState) -> &'static str {
    match state {
        CameraState::Live => words.live,
        CameraState::Connecting => words.connecting,
        CameraState::Late => words.late,
        CameraState::Stale => words.no_new_picture,
        CameraState::Undecodable => words.cant_decode,
        CameraState::Busy => words.busy,
        CameraState::NoLogin => words.no_login,
        CameraState::NotTrusted => words.not_trusted,
        CameraState::Offline => words.offline,
        CameraState::AuthFailed => words.login_refused,
        CameraState::Ended => words.ended,
    }
}

/// Shapes and text in drawing order: all shapes first, then all text.
#[derive(Default)]
pub struct Canvas {
    /// Shapes, in drawing order.
    pub shapes: Vec<Quad>,
    /// Lines of text, in drawing order.
    pub lines: Vec<TextLine>,
    /// Black grounds, white text and wide frames.
    pub high_contrast: bool,
    /// What will hide all that is below it; empty where nothing does.
    pub hidden: Rect,
}

/// One span of a label: a mark or text.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelSpan {
    /// A shape in a colour.
    Mark(Shape, [f32; 4]),
    /// Text in a colour: there as a whole, or not.
    Text(String, [f32; 4]),
    /// A name, which makes room for what stands behind it: its end may be cut off.
    Name(String, [f32; 4]),
}

impl LabelSpan {
    /// The mark of a state.
    #[must_use]
    pub fn state(state: CameraState) -> Self {
        Self::Mark(state_shape(state), state_color(state))
    }
}

impl Canvas {
    /// Empties the canvas and keeps its memory.
    pub fn clear(&mut self) {
        self.shapes.clear();
        self.lines.clear();
    }

    /// Removes what belongs to the tiles that a tile at `rect` covers: quads are drawn over all
    /// pictures.
    pub fn cover(&mut self, rect: Rect) {
        self.lines.retain(|line| !rect.contains(line.at));
        self.shapes.retain(|quad| {
            let [x, y, width, height] = quad.dst;
            !rect.contains(Vec2::new(x + width / 2.0, y + height / 2.0))
        });
    }

    /// A plain rectangle.
    pub fn fill(&mut self, rect: Rect, color: [f32; 4]) {
        self.shapes.push(Quad::shape(Shape::Solid, rect, color));
    }

    /// The ground of a text and its marks. Whether they are to be written: not where even a part of it
    /// will be hidden.
    #[must_use]
    pub fn ground(&mut self, rect: Rect, color: [f32; 4]) -> bool {
        let seen = self.hidden.intersect(rect).is_empty();
        if seen {
            self.fill(rect, color);
        }
        seen
    }

    /// A frame inside `rect`, `width` pixels wide.
    pub fn frame(&mut self, rect: Rect, width: f32, color: [f32; 4]) {
        let Rect { min, max } = rect;
        let inner = rect.inflate(-width);
        self.fill(Rect::from_corners(min, Vec2::new(max.x, inner.min.y)), color);
        self.fill(Rect::from_corners(Vec2::new(min.x, inner.max.y), max), color);
        let left = Vec2::new(inner.min.x, inner.max.y);
        self.fill(Rect::from_corners(Vec2::new(min.x, inner.min.y), left), color);
        let right = Vec2::new(max.x, inner.max.y);
        self.fill(Rect::from_corners(Vec2::new(inner.max.x, inner.min.y), right), color);
    }

    /// A frame inside `rect` that tells a state, about `width` pixels wide.
    pub fn state_frame(&mut self, rect: Rect, width: f32, color: [f32; 4]) {
        self.frame(rect, if self.high_contrast { 2.0 * width } else { width }, color);
    }

    /// A colour as this wall shows it.
    fn shown(&self, color: [f32; 4]) -> [f32; 4] {
        match color {
            GROUND if self.high_contrast => [0.0, 0.0, 0.0, 1.0],
            TEXT | QUIET if self.high_contrast => [1.0; 4],
            color => color,
        }
    }

    /// A line of text by itself, in the colours of this wall.
    pub fn write(&mut self, line: TextLine) {
        let color = self.shown(line.color);
        self.lines.push(TextLine { color, ..line });
    }

    /// A line of spans on a dark ground, `px` high letters, hanging on `at` (the middle of its
    /// left end, its middle or the middle of its right end), at most `width` pixels wide. What there
    /// is no room for is left out from the end; a name is cut before that, and beside it marks stay
    /// longer than texts.
    pub fn label(
        &mut self,
        glyphs: &mut GlyphCache,
        spans: &[LabelSpan],
        (at, align): (Vec2, Align),
        px: f32,
        width: f32,
    ) {
        let (pad, space) = (px * PAD, px * GAP);
        let room = width - 2.0 * pad;
        let parts = parts_that_fit(glyphs, spans, px, room);
        if parts.is_empty() {
            return;
        }
        let used = parts.iter().map(|(_, wide)| wide).sum::<f32>();
        let full = used + space * (parts.len() - 1) as f32 + 2.0 * pad;
        let left = match align {
            Align::Left => at.x,
            Align::Center => at.x - full / 2.0,
            Align::Right => at.x - full,
        };
        let half = Vec2::new(0.0, px * HALF_LABEL);
        let ground =
            Rect::from_corners(Vec2::new(left, at.y) - half, Vec2::new(left + full, at.y) + half);
        if !self.ground(ground, self.shown(GROUND)) {
            return;
        }
        let mut x = left + pad;
        for (span, wide) in parts {
            self.draw_span(span, Vec2::new(x, at.y), px, wide);
            x += wide + space;
        }
    }

    fn draw_span(&mut self, span: LabelSpan, at: Vec2, px: f32, width: f32) {
        match span {
            LabelSpan::Mark(shape, color) => {
                let side = px * 0.7;
                let corner = (at - Vec2::new(0.0, side / 2.0)).round();
                let rect = Rect::from_corners(corner, corner + Vec2::splat(side.round()));
                self.shapes.push(match shape {
                    Shape::Hatch => Quad::hatch(rect, (px * 0.3).max(3.0), color),
                    shape => Quad::shape(shape, rect, color),
                });
            }
            LabelSpan::Text(text, color) | LabelSpan::Name(text, color) => {
                let (align, width) = (Align::Left, width + 1.0);
                self.write(TextLine { text, at, px, align, width, color });
            }
        }
    }
}

/// What of these spans has room on `room` pixels, and how wide it is.
fn parts_that_fit(
    glyphs: &mut GlyphCache,
    spans: &[LabelSpan],
    px: f32,
    room: f32,
) -> Vec<(LabelSpan, f32)> {
    let is_name = |span: &LabelSpan| matches!(span, LabelSpan::Name(..));
    let is_mark = |span: &LabelSpan| matches!(span, LabelSpan::Mark(..));
    let mut wide = |span: &LabelSpan| match span {
        LabelSpan::Mark(..) => px * MARK,
        LabelSpan::Text(text, _) | LabelSpan::Name(text, _) => glyphs.width(text, px).ceil(),
    };
    let mut parts: Vec<(LabelSpan, f32)> =
        spans.iter().map(|span| (span.clone(), wide(span))).collect();
    let least = |(span, wide): &(LabelSpan, f32)| {
        if is_name(span) { wide.min(px * NAME) } else { *wide }
    };
    let total = |parts: &[(LabelSpan, f32)], of: fn(&(LabelSpan, f32)) -> bool| {
        let some = parts.iter().filter(|part| of(part));
        some.map(least).sum::<f32>() + px * GAP * parts.len().saturating_sub(1) as f32
    };
    while total(&parts, |_| true) > room {
        if !parts.iter().any(|(span, _)| is_name(span)) {
            // A mark goes with its text, and the first stays.
            if parts.len() < 2 {
                break;
            }
            parts.pop();
            continue;
        }
        let text = parts.iter().rposition(|(span, _)| matches!(span, LabelSpan::Text(..)));
        let mark = parts.iter().rposition(|(span, _)| is_mark(span));
        let Some(out) = text.or(mark) else { break };
        parts.remove(out);
    }
    let rest = total(&parts, |(span, _)| !matches!(span, LabelSpan::Name(..)));
    for (span, wide) in &mut parts {
        if let LabelSpan::Name(text, _) = span
            && *wide > room - rest
        {
            *text = glyphs.fit(text, px, room - rest);
            *wide = glyphs.width(text, px).ceil().min(room.max(0.0));
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tile_covers_what_belongs_to_the_tile_below_and_nothing_beside_it() {
        let (mut canvas, mut glyphs) = (Canvas::default(), GlyphCache::new(false).unwrap());
        let spans = [LabelSpan::state(CameraState::Live), LabelSpan::Text("gate".into(), TEXT)];
        for x in [10.0, 500.0] {
            canvas.label(&mut glyphs, &spans, (Vec2::new(x, 20.0), Align::Left), 20.0, 200.0);
        }
        let all = (canvas.shapes.len(), canvas.lines.len());
        canvas.cover(Rect::new(0.0, 0.0, 400.0, 300.0));
        assert_eq!((canvas.shapes.len() * 2, canvas.lines.len() * 2), all);
        assert!(canvas.lines.iter().all(|line| line.at.x > 400.0));
    }
}
