//! What is wrong with a picture that is live, below the name of its camera.
//!
//! Pure. Policy: a picture that stands still or is dark may show nothing of what is before the
//! camera, so that it is not called live and its tile has a frame; it is not darkened, because it may
//! be right all the same. Time that is written is when it began, which does not change by itself.

use bevy::math::Vec2;

use super::{ShownTile, time_of_day};
use crate::overlay::canvas::{self, Canvas, LabelSpan};
use crate::overlay::text::{Align, GlyphCache};
use crate::render::Shape;
use camwall_media::Warnings;

/// Whether the picture may not show what is before the camera.
pub(super) fn is_doubtful(warnings: Warnings) -> bool {
    warnings.frozen.is_some() || warnings.dark.is_some()
}

/// Writes them at `at` in letters `px` high on at most `width` pixels; false where there are none.
pub(super) fn write(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    shown: &ShownTile<'_>,
    (at, px): (Vec2, f32),
    width: f32,
) -> bool {
    let spans: Vec<LabelSpan> = words(shown)
        .flat_map(|text| {
            let mark = LabelSpan::Mark(Shape::Triangle, canvas::WARNING);
            [mark, LabelSpan::Text(text, canvas::WARNING)]
        })
        .collect();
    if !spans.is_empty() {
        canvas.label(glyphs, &spans, (at, Align::Left), px, width);
    }
    !spans.is_empty()
}

/// The words, what matters most first.
pub(super) fn words(shown: &ShownTile<'_>) -> impl Iterator<Item = String> {
    let Warnings { damaged, frozen, dark, reduced, unverified } = shown.warnings;
    let now = shown.now;
    let since = move |word: &str, at| match time_of_day(now, at) {
        Some(time) => format!("{word} since {time}"),
        None => word.to_owned(),
    };
    [
        frozen.map(|at| since("FROZEN", at)),
        dark.map(|at| since("DARK", at)),
        damaged.then(|| "DAMAGED".to_owned()),
        reduced.then(|| "REDUCED".to_owned()),
        unverified.then(|| "ENCRYPTED, NOT VERIFIED".to_owned()),
    ]
    .into_iter()
    .flatten()
}
