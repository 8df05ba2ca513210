//! What is written on one tile.
//!
//! Pure: state in, shapes and lines out. Policy: number and name top left, state beside it; a
//! picture that is not live carries a band across its middle that says so, why, and since when; what
//! is wrong with a live one, and doubtful about its recordings, is written below its name;
//! what concerns its recording is written at its lower edge, except for REC, which is lit only
//! while bytes reach the disk and for which a long name makes room.

pub mod fit;
mod recording_banner;
mod warnings;

use std::borrow::Cow;
use std::time::{Duration, Instant};

use bevy::math::{Rect, Vec2};
use jiff::Zoned;

use super::canvas;
use super::canvas::{Canvas, HALF_LABEL, LabelSpan};
use super::text::{Align, GlyphCache};
use crate::camera::messages;
use crate::camera::{Camera, CameraState, Health, Notice, StreamKind, StreamStats};
use crate::render::{Quad, Shape};
use crate::wall::layout;
use crate::wall::layout::PxRect;
use camwall_config as config;
use camwall_config::Chord;
use camwall_media::{FeedState, Warnings};
use camwall_recorder::RecorderStatus;
use camwall_words::{Dates, Words};

/// A tile of the wall, and its camera.
pub struct ShownTile<'a> {
    /// The camera that the tile shows.
    pub camera: &'a Camera,
    /// The state of its picture.
    pub health: &'a Health,
    /// What is wrong with it though it is live.
    pub warnings: Warnings,
    /// The figures of its stream.
    pub stats: &'a StreamStats,
    /// How its recording goes.
    pub recording: &'a RecorderStatus,
    /// What a key just did.
    pub notice: &'a Notice,
    /// The step of the tile's tour, from 1, and how many there are.
    pub tour: Option<(usize, usize)>,
    /// The language in which it is written.
    pub words: &'static Words,
    /// The keys that confirm the clock.
    pub clock_keys: &'a [Chord],
    /// The rectangle of the tile, in pixels.
    pub rect: PxRect,
    /// Scale of the interface: 1 at 1080 lines.
    pub scale: f32,
    /// The time for which the tile is written.
    pub now: Instant,
}

/// Whether a camera's tile says something that changes by time alone: the age of a picture, the
/// seconds to the next try.
#[must_use]
pub fn is_restless(health: &Health, stats: &StreamStats, now: Instant) -> bool {
    let tries_again = matches!(health.0, FeedState::Down(_));
    tries_again || stats.frame_age(now).is_some_and(|age| age > OLD)
}

/// Frame ages above this are shown: younger ones are the ordinary distance of two frames.
const OLD: Duration = Duration::from_secs(1);

/// From one row of the label to the next, in heights of its letters.
const ROW: f32 = 1.4;

/// A line of an explanation, in heights of its letters.
const LINE: f32 = 1.6;

/// Writes one tile's label, figures and state.
pub fn write(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    shown: &ShownTile<'_>,
    show: &config::Overlay,
    stats: bool,
) {
    let rect = shown.rect.to_rect();
    let state = shown.health.state();
    let size = show.letter_size as f32 / 100.0;
    let Some(px) = layout::label_px(shown.rect, shown.scale * size) else {
        // Too small to read anything: the state still has its colour frame and hatching.
        if shown.recording.fault.is_some() {
            recording_banner::bar(canvas, rect);
        }
        if state != CameraState::Live {
            canvas.state_frame(rect, 2.0, canvas::state_color(state));
        } else if warnings::is_doubtful(shown.warnings) {
            canvas.state_frame(rect, 2.0, canvas::WARNING);
        }
        return;
    };
    // A large tile has room for a name that can be read from farther away.
    let px = px.max(((rect.height() / 30.0).min(rect.width() / 50.0) * size).round());
    let state_px = state_px(rect, px, size);
    let live = state == CameraState::Live;
    if !live && shown.stats.frame_age(shown.now).is_none() {
        let faint = [0.35, 0.37, 0.4, 0.35];
        canvas.shapes.push(Quad::hatch(rect, 22.0 * shown.scale, faint));
    }
    let at = rect.min + Vec2::new(px * 0.4, px * 1.1);
    let mut below = at + Vec2::new(0.0, px * ROW);
    // A picture that is late is seen too; of others nothing is known.
    let seen = live || state == CameraState::Late;
    let fits = live || below.y + px * HALF_LABEL <= rect.center().y - state_px * HALF_LABEL;
    let warned = fits && warnings::are_there(shown, seen);
    let rows = if warned { ROW } else { 0.0 };
    let ceiling =
        if live { rect.min.y + px * (1.8 + rows) } else { rect.center().y + state_px * HALF_LABEL };
    let floor = recording_banner::write(canvas, glyphs, shown, (px, state_px), ceiling);
    let frame = (3.0 * shown.scale).round().max(2.0);
    if !live {
        canvas.state_frame(rect, frame, canvas::state_color(state));
        band(canvas, glyphs, shown, (px, state_px), floor);
    } else if warnings::is_doubtful(shown.warnings) {
        canvas.state_frame(rect, frame, canvas::WARNING);
    }
    let width = rect.width() - px * 0.8;
    let mut spans = label(shown, show);
    if !fits {
        // Behind the name, where there is room.
        spans.extend(warnings::spans(shown, seen, false));
    }
    if !spans.is_empty() {
        canvas.label(glyphs, &spans, (at, Align::Left), px, width);
    }
    if warned {
        warnings::write(canvas, glyphs, shown, seen, (below, px), width);
        below.y += px * ROW;
    }
    if stats {
        let ceiling = below.y - px * HALF_LABEL;
        let state = rect.center().y - state_px * HALF_LABEL;
        let floor = if live { floor } else { floor.min(state) };
        write_figures(canvas, glyphs, shown, (below.x, px * 0.75, width), (ceiling, floor));
    }
}

/// The figures of the stream on as many lines as they take; none where that is more than the tile has
/// between `ceiling` and `floor`, which is where the state stands or what is written at the lower edge.
fn write_figures(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    shown: &ShownTile<'_>,
    (left, px, width): (f32, f32, f32),
    (ceiling, floor): (f32, f32),
) {
    let room = fit::Room { width, height: floor - ceiling, line: ROW, most: 4 };
    let Some((lines, px)) = fit::sentence(glyphs, &figures(shown), px, room) else { return };
    let line = px * ROW;
    let mut y = ceiling + line / 2.0;
    for text in lines {
        let spans = [LabelSpan::Text(text, canvas::QUIET)];
        canvas.label(glyphs, &spans, (Vec2::new(left, y), Align::Left), px, width);
        y += line;
    }
}

/// Height of the letters of a state, for a label whose letters are `px` high; `size` is the share of
/// their ordinary height that all letters have.
fn state_px(rect: Rect, px: f32, size: f32) -> f32 {
    (px * 1.35)
        .max(((rect.height() / 14.0).min(rect.width() / 20.0) * size).round())
        .min(rect.height() / 4.0)
}

/// Number and name, recording, state, and the age of a frame that is not quite fresh.
fn label(shown: &ShownTile<'_>, show: &config::Overlay) -> Vec<LabelSpan> {
    let state = shown.health.state();
    let (record, words) = (shown.recording, shown.words);
    let mut spans = Vec::new();
    if show.name {
        let text = format!("{}  {}", shown.camera.number, fit::isolated(&shown.camera.name));
        spans.push(LabelSpan::Name(text, canvas::TEXT));
    }
    if record.writing {
        spans.push(LabelSpan::Mark(Shape::Disc, canvas::RECORDING));
        spans.push(LabelSpan::Text(words.tile.rec.to_owned(), canvas::TEXT));
    }
    if record.kept {
        spans.push(LabelSpan::Mark(Shape::Solid, canvas::KEPT));
        spans.push(LabelSpan::Text(words.tile.kept.to_owned(), canvas::TEXT));
    }
    if state != CameraState::Live {
        // The band says it.
        return spans;
    }
    if show.state && !warnings::is_doubtful(shown.warnings) {
        spans.push(LabelSpan::state(state));
        spans.push(LabelSpan::Text(
            canvas::state_label(&words.states, state).to_owned(),
            canvas::state_color(state),
        ));
    }
    if let Some(age) = shown.stats.frame_age(shown.now).filter(|age| *age > OLD) {
        let text = (words.tile.picture_old)(&words.numbers.tenths(age.as_secs_f32()));
        spans.push(LabelSpan::Text(text, canvas::state_color(CameraState::Stale)));
    }
    if let Some((step, steps)) = shown.tour.filter(|_| show.name) {
        spans.push(LabelSpan::Text((words.walls.tile_tour)(step, steps), canvas::TEXT));
    }
    spans
}

/// The local time at `at`.
fn time_of_day(dates: &Dates, now: Instant, at: Instant) -> Option<String> {
    let age = jiff::SignedDuration::try_from(now.saturating_duration_since(at)).ok()?;
    let today = Zoned::now();
    Some(when(dates, &today.checked_sub(age).ok()?, &today))
}

/// A time in words, as it is told `now`: hours, minutes and seconds, and the day where it is another.
fn when(dates: &Dates, at: &Zoned, now: &Zoned) -> String {
    let pattern = if at.date() == now.date() { dates.time } else { dates.day_and_time };
    at.strftime(pattern).to_string()
}

fn figures(shown: &ShownTile<'_>) -> String {
    let (feed, rates) = (&shown.stats.feed, shown.stats.rates);
    let age = shown.stats.frame_age(shown.now).map_or_else(
        || "–".to_owned(),
        |age| if age > OLD { format!("{} s", age.as_secs()) } else { "<1 s".to_owned() },
    );
    let words = &shown.words.tile;
    let stream = match shown.stats.stream {
        StreamKind::Main => words.main_stream,
        StreamKind::Sub => words.sub_stream,
    };
    let over = feed.transport.map_or(String::new(), |over| format!(" {}", over.as_str()));
    format!(
        "{} {}×{} {}{over}  {:.0}/s  {:.0} kbit/s  {}",
        stream,
        feed.width,
        feed.height,
        feed.codec.unwrap_or("–"),
        rates.shown,
        rates.kbps,
        (words.delay_and_age)(shown.stats.delay.as_millis(), &age),
    )
}

/// The band across a picture that is not live; its explanations end above `floor`.
fn band(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    shown: &ShownTile<'_>,
    (px, big): (f32, f32),
    floor: f32,
) {
    let (rect, words) = (shown.rect.to_rect(), shown.words);
    let state = shown.health.state();
    let color = canvas::state_color(state);
    let mut y = rect.center().y;
    let mut word = canvas::state_label(&words.states, state).to_owned();
    if let FeedState::Late { by } = shown.health.0 {
        word = (words.tile.late_by)(&word, by.as_secs());
    }
    let width = rect.width() * 0.96;
    let middle = |y| (Vec2::new(rect.center().x, y), Align::Center);
    let mark = LabelSpan::state(state);
    match fit::word(glyphs, &word, big, width) {
        Some(big) => {
            let spans = [mark, LabelSpan::Text(word, color)];
            canvas.label(glyphs, &spans, middle(y), big, width);
        }
        // The frame says it, too.
        None => canvas.label(glyphs, &[mark], middle(y), big, width),
    }
    let small = (px * 0.8).max((big * 0.5).round()).max(fit::LEAST);
    let most = if rect.height() > rect.width() { 3 } else { 2 };
    y += big * HALF_LABEL;
    for (text, brief) in explain(shown) {
        let room = fit::Room { width, height: floor - y, line: LINE, most };
        let mut sentence = fit::sentence(glyphs, &text, small, room);
        if let Some(brief) = brief.filter(|_| sentence.is_none()) {
            sentence = fit::sentence(glyphs, &brief, small, room);
        }
        let Some((lines, px)) = sentence else { continue };
        let step = px * LINE;
        for text in lines {
            let spans = [LabelSpan::Text(text, canvas::TEXT)];
            canvas.label(glyphs, &spans, middle(y + step / 2.0), px, width);
            y += step;
        }
    }
}

/// Why there is no live picture and what to do, since when, and what happens next: what a small
/// tile has no room for is what matters least. Beside a sentence what is left of it where it is too
/// long.
fn explain(shown: &ShownTile<'_>) -> Vec<(String, Option<String>)> {
    let words = shown.words;
    let (error, retry_at) = match &shown.health.0 {
        FeedState::Down(outage) => (Some(&outage.error), Some(outage.retry_at)),
        _ => (None, None),
    };
    let why: Option<Cow<'static, str>> = match &shown.health.0 {
        FeedState::Undecodable { why } => Some(messages::undecodable(&words.advice, *why)),
        FeedState::Late { .. } if shown.stats.feed.late_is_ours => {
            Some(words.advice.overloaded.into())
        }
        FeedState::Late { .. } => Some(words.advice.late.into()),
        _ => error.map(|error| messages::source(&words.advice, error).into()),
    };
    let brief = why.as_deref().map(|why| words.what(why).to_owned());
    let why = why.map(|why| (why.into_owned(), brief));
    let mut lines: Vec<(String, Option<String>)> = why.into_iter().collect();
    if let FeedState::Undecodable { .. } | FeedState::Late { .. } = &shown.health.0
        && let Some(since) = shown.stats.state_since
        && let Some(time) = time_of_day(&words.dates, shown.now, since)
    {
        lines.push(((words.tile.since)(&time), None));
    }
    let old = shown.stats.frame_age(shown.now).filter(|age| *age > OLD);
    if let Some((age, at)) = old.zip(shown.stats.feed.last_frame_at)
        && let Some(time) = time_of_day(&words.dates, shown.now, at)
    {
        lines.push(((words.tile.last_picture)(&time, age.as_secs()), None));
    }
    if let Some(at) = retry_at.filter(|_| error.is_some_and(|error| !error.is_final())) {
        let left = at.saturating_duration_since(shown.now).as_secs();
        let again = match left {
            0 => words.tile.trying_now.to_owned(),
            left => (words.tile.trying_in)(left),
        };
        lines.push((again, None));
    }
    lines
}

#[cfg(test)]
mod tests;
