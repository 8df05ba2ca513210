//! What is wrong with a picture that is live, and doubtful about what is recorded, below the name of
//! its camera.
//!
//! Pure. Policy: what is recorded is doubted whether there is a picture or not; what to do about it is
//! said where the tile is wide enough. A picture that stands still or is dark may show nothing of what is before the
//! camera, so that it is not called live and its tile has a frame; it is not darkened, because it may
//! be right all the same. Time that is written is when it began, which does not change by itself.

use bevy::math::Vec2;

use super::{ShownTile, fit, time_of_day};
use crate::camera::messages::recording;
use crate::overlay::canvas::{self, Canvas, LabelSpan};
use crate::overlay::text::{Align, GlyphCache};
use crate::render::Shape;
use camwall_media::Warnings;

/// Letters are made smaller down to this share of their height for the time to be said too.
const SHRUNK: f32 = 0.6;

/// Whether the picture may not show what is before the camera.
pub(super) fn is_doubtful(warnings: Warnings) -> bool {
    warnings.frozen.is_some() || warnings.dark.is_some()
}

/// Whether there is anything to write; `seen` is whether there is a picture that is new.
pub(super) fn are_there(shown: &ShownTile<'_>, seen: bool) -> bool {
    words(shown, seen, false).next().is_some()
}

/// Writes them at `at` in letters at most `px` high on at most `width` pixels. `seen` is whether there
/// is a picture that is new: of others nothing is known.
pub(super) fn write(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    shown: &ShownTile<'_>,
    seen: bool,
    (at, px): (Vec2, f32),
    width: f32,
) {
    let first = |since| words(shown, seen, since).next().unwrap_or_default();
    // Since when is said where that leaves the letters their size, nearly.
    let whole = fit::word(glyphs, &first(true), px, width).filter(|fits| *fits > px * SHRUNK);
    let brief = || fit::word(glyphs, &first(false), px, width);
    let Some(fits) = whole.or_else(brief) else {
        let mark = [LabelSpan::Mark(Shape::Triangle, canvas::WARNING)];
        return canvas.label(glyphs, &mark, (at, Align::Left), px, width);
    };
    let mut spans: Vec<LabelSpan> = spans(shown, seen, whole.is_some()).collect();
    spans.extend(advice(shown).map(|text| LabelSpan::Text(text, canvas::TEXT)));
    canvas.label(glyphs, &spans, (at, Align::Left), fits, width);
}

/// The words as spans of a label.
pub(super) fn spans(
    shown: &ShownTile<'_>,
    seen: bool,
    since: bool,
) -> impl Iterator<Item = LabelSpan> {
    words(shown, seen, since).flat_map(|text| {
        let mark = LabelSpan::Mark(Shape::Triangle, canvas::WARNING);
        [mark, LabelSpan::Text(text, canvas::WARNING)]
    })
}

/// What is to be done about what is recorded.
fn advice(shown: &ShownTile<'_>) -> impl Iterator<Item = String> {
    let doubts = shown.recording.doubts;
    let words = &shown.words.recording;
    let limit = doubts.limit.map(|rule| recording::limit(words, rule).to_owned());
    let clock = doubts.clock.then(|| recording::clock(words, shown.clock_keys));
    clock.into_iter().chain(limit)
}

/// The words, what matters most first; `since` is whether they say since when.
fn words(shown: &ShownTile<'_>, seen: bool, since: bool) -> impl Iterator<Item = String> {
    let warnings = if seen { shown.warnings } else { Warnings::default() };
    let Warnings { damaged, frozen, dark, reduced, unverified } = warnings;
    let doubts = shown.recording.doubts;
    let now = shown.now;
    let (dates, words) = (&shown.words.dates, &shown.words.warned);
    let since = move |word: &str, at| match time_of_day(dates, now, at).filter(|_| since) {
        Some(time) => (words.since)(word, &time),
        None => word.to_owned(),
    };
    [
        frozen.map(|at| since(words.frozen, at)),
        dark.map(|at| since(words.dark, at)),
        damaged.then(|| words.damaged.to_owned()),
        doubts.clock.then(|| words.clock.to_owned()),
        doubts.limit.map(|_| words.keep.to_owned()),
        reduced.then(|| words.reduced.to_owned()),
        unverified.then(|| words.unverified.to_owned()),
    ]
    .into_iter()
    .flatten()
}
