//! What is written on one tile.
//!
//! Pure: state in, shapes and lines out. Policy: number and name top left, state beside it; a
//! picture that is not live carries a band across its middle that says so, why, and since when.

use std::time::{Duration, Instant};

use bevy::math::Vec2;
use jiff::Zoned;

use super::{
    letters::{Align, Letters},
    paint::{self, Canvas, Piece},
};
use crate::{
    camera::{Camera, CameraStatus, StateWord},
    config,
    layout::{self, PxRect},
    stream::FeedState,
    video::{Ink, Shape},
};

/// A tile as it stands on the wall.
pub struct Shown<'a> {
    /// Whose.
    pub camera: &'a Camera,
    /// How it is doing.
    pub status: &'a CameraStatus,
    /// Where, in pixels.
    pub rect: PxRect,
    /// Scale of the interface.
    pub scale: f32,
    /// This instant.
    pub now: Instant,
}

/// Frame ages above this are shown: younger ones are the ordinary distance of two frames.
const OLD: Duration = Duration::from_secs(1);

/// Writes one tile's label, figures and state.
pub fn write(
    canvas: &mut Canvas,
    letters: &mut Letters,
    shown: &Shown<'_>,
    show: &config::Overlay,
    stats: bool,
) {
    let rect = shown.rect.to_rect();
    let state = shown.status.word();
    let Some(px) = layout::label_px(shown.rect, shown.scale) else {
        // Too small to read anything: the state still has its colour frame and hatching.
        if state != StateWord::Live {
            canvas.frame(rect, 2.0, paint::state_colour(state));
        }
        return;
    };
    // A large tile has room for a name that can be read from farther away.
    let px = px.max((rect.height() / 30.0).min(rect.width() / 50.0).round());
    if state != StateWord::Live {
        if shown.status.frame_age(shown.now).is_none() {
            let faint = [0.35, 0.37, 0.4, 0.35];
            canvas.shapes.push(Ink::hatch(rect, 22.0 * shown.scale, faint));
        }
        canvas.frame(rect, (3.0 * shown.scale).round().max(2.0), paint::state_colour(state));
        band(canvas, letters, shown, px);
    }
    let pieces = label(shown, show);
    let at = rect.min + Vec2::new(px * 0.4, px * 1.1);
    let width = rect.width() - px * 0.8;
    if !pieces.is_empty() {
        canvas.label(letters, &pieces, (at, Align::Left), px, width);
    }
    if stats {
        let pieces = [Piece::Text(figures(shown), paint::QUIET)];
        let below = at + Vec2::new(0.0, px * 1.4);
        canvas.label(letters, &pieces, (below, Align::Left), px * 0.75, width);
    }
}

/// Number and name, state, recording, and the age of a frame that is not quite fresh.
fn label(shown: &Shown<'_>, show: &config::Overlay) -> Vec<Piece> {
    let state = shown.status.word();
    let mut pieces = Vec::new();
    if show.name {
        let text = format!("{}  {}", shown.camera.index + 1, shown.camera.name);
        pieces.push(Piece::Text(text, paint::TEXT));
    }
    if shown.status.record.writing {
        pieces.push(Piece::Mark(Shape::Disc, paint::RECORDING));
        pieces.push(Piece::Text("REC".to_owned(), paint::TEXT));
    }
    if state != StateWord::Live {
        // The band says it.
        return pieces;
    }
    if show.state {
        pieces.push(Piece::state(state));
        pieces.push(Piece::Text(paint::state_word(state).to_owned(), paint::state_colour(state)));
    }
    if let Some(age) = shown.status.frame_age(shown.now).filter(|age| *age > OLD) {
        let text = format!("{:.1} s old", age.as_secs_f32());
        pieces.push(Piece::Text(text, paint::state_colour(StateWord::Stale)));
    }
    pieces
}

fn figures(shown: &Shown<'_>) -> String {
    let (feed, rates) = (&shown.status.feed, shown.status.rates);
    let age = shown.status.frame_age(shown.now).map_or_else(
        || "–".to_owned(),
        |age| if age > OLD { format!("{} s", age.as_secs()) } else { "<1 s".to_owned() },
    );
    format!(
        "{} {}×{} {}  {:.0}/s  {:.0} kbit/s  delay {} ms  age {age}",
        shown.status.stream.as_str(),
        feed.width,
        feed.height,
        feed.codec.unwrap_or("–"),
        rates.shown,
        rates.kbps,
        shown.status.delay.as_millis(),
    )
}

/// The band across a picture that is not live.
fn band(canvas: &mut Canvas, letters: &mut Letters, shown: &Shown<'_>, px: f32) {
    let rect = shown.rect.to_rect();
    let state = shown.status.word();
    let colour = paint::state_colour(state);
    let big = (px * 1.35)
        .max((rect.height() / 14.0).min(rect.width() / 20.0).round())
        .min(rect.height() / 4.0);
    let mut y = rect.center().y;
    let pieces = [Piece::state(state), Piece::Text(paint::state_word(state).to_owned(), colour)];
    let width = rect.width() * 0.96;
    canvas.label(letters, &pieces, (Vec2::new(rect.center().x, y), Align::Centre), big, width);
    let small = (px * 0.8).max((big * 0.5).round());
    y += big * 0.7 - small * 0.9;
    let texts = explain(shown);
    let lines = texts.iter().flat_map(|text| wrap_text(letters, text, small, width));
    for text in lines.collect::<Vec<_>>() {
        y += small * 1.85;
        if y + small * 0.7 > rect.max.y {
            break;
        }
        let lines = [Piece::Text(text, paint::TEXT)];
        canvas.label(letters, &lines, (Vec2::new(rect.center().x, y), Align::Centre), small, width);
    }
}

/// Breaks a text that is too long into two lines, between words; cuts what is longer still.
fn wrap_text(letters: &mut Letters, text: &str, px: f32, width: f32) -> Vec<String> {
    if letters.width(text, px) <= width - px {
        return vec![text.to_owned()];
    }
    let breaks = text.char_indices().filter(|(_, c)| *c == ' ').map(|(at, _)| at);
    let fitting = breaks.take_while(|at| letters.width(&text[..*at], px) <= width - px).last();
    let (first, rest) = text.split_at(fitting.unwrap_or_default());
    let lines = [first, rest].map(str::trim).into_iter().filter(|line| !line.is_empty());
    lines.map(|line| fit_text(letters, line, px, width)).collect()
}

/// Cuts a text that is too long, with an ellipsis.
fn fit_text(letters: &mut Letters, text: &str, px: f32, width: f32) -> String {
    let room = width - px;
    if letters.width(text, px) <= room {
        return text.to_owned();
    }
    // Begin with the share that fits on average, then take off what is wider than average.
    let share = room / letters.width(text, px);
    let mut cut: Vec<char> = text.chars().collect();
    cut.truncate((cut.len() as f32 * share.max(0.0)) as usize);
    loop {
        let shorter: String = cut.iter().chain(['…'].iter()).collect();
        if cut.pop().is_none() || letters.width(&shorter, px) <= room {
            return shorter;
        }
    }
}

/// Since when there is no live picture, why, and what happens next.
fn explain(shown: &Shown<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(age) = shown.status.frame_age(shown.now).filter(|age| *age > OLD) {
        let since = jiff::SignedDuration::try_from(age)
            .ok()
            .and_then(|age| Zoned::now().checked_sub(age).ok());
        if let Some(since) = since {
            lines.push(format!(
                "last picture {}, {} s ago",
                since.strftime("%H:%M:%S"),
                age.as_secs()
            ));
        }
    }
    let retry = |at: Instant| {
        let left = at.saturating_duration_since(shown.now).as_secs();
        if left == 0 { "trying again now".to_owned() } else { format!("trying again in {left} s") }
    };
    match &shown.status.feed.state {
        FeedState::Offline { reason, retry_at, .. } => {
            lines.push(retry(*retry_at));
            // Its log line names the camera; here its tile does.
            let named = format!("{}: ", shown.camera.id);
            lines.push(reason.strip_prefix(&named).unwrap_or(reason).to_owned());
        }
        FeedState::AuthFailed { retry_at, .. } => {
            lines.push("check user and password".to_owned());
            lines.push(retry(*retry_at));
        }
        _ => {}
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        camera::{Rates, StreamKind},
        config::Wall,
        stream::FeedStatus,
    };

    #[test]
    fn long_reasons_take_two_lines_and_no_more() {
        let mut letters = Letters::new().unwrap();
        let mut wrap = |text: &str, width| wrap_text(&mut letters, text, 20.0, width);
        assert_eq!(wrap("short", 400.0), ["short"]);
        let long = "the camera ended the stream (retina over TCP, port 554)";
        assert_eq!(wrap(long, 400.0).join(" "), long);
        assert_eq!(wrap(long, 400.0).len(), 2);
        let cut = wrap(long, 200.0);
        assert!(cut.len() == 2 && cut[1].ends_with('…'), "{cut:?}");
        assert_eq!(wrap("oneverylongwordwithoutablank", 200.0).len(), 1);
        assert!(wrap("", 200.0).len() == 1);
    }

    /// What the label of camera 1 says; `age` is that of its newest frame.
    fn words(state: FeedState, recording: bool, age: Duration) -> Vec<String> {
        let wall = Wall::parse(r#"(cameras: {"gate": (main: "./a")})"#, "wall.ron").unwrap().wall;
        let now = Instant::now() + Duration::from_secs(60);
        let camera = Camera {
            index: 0,
            id: Arc::from("gate"),
            name: "Main gate".to_owned(),
            config: wall.cameras["gate"].clone(),
        };
        let feed = FeedStatus { state, last_frame_at: Some(now - age), ..FeedStatus::default() };
        let status = CameraStatus {
            feed,
            stream: StreamKind::Main,
            shown: 0,
            delay: Duration::ZERO,
            record: crate::record::RecorderStatus { writing: recording, ..Default::default() },
            note: None,
            rates: Rates::default(),
        };
        let rect = PxRect::new(0, 0, 640, 360);
        let shown = Shown { camera: &camera, status: &status, rect, scale: 1.0, now };
        label(&shown, &wall.overlay)
            .into_iter()
            .filter_map(|piece| match piece {
                Piece::Text(text, _) => Some(text),
                Piece::Mark(..) => None,
            })
            .collect()
    }

    #[test]
    fn a_label_says_what_is_so() {
        let fresh = Duration::from_millis(40);
        assert_eq!(words(FeedState::Live, false, fresh), ["1  Main gate", "LIVE"]);
        assert_eq!(words(FeedState::Live, true, fresh), ["1  Main gate", "REC", "LIVE"]);
        let old = Duration::from_millis(1500);
        assert_eq!(words(FeedState::Live, false, old), ["1  Main gate", "LIVE", "1.5 s old"]);
        assert_eq!(words(FeedState::Stale, true, old), ["1  Main gate", "REC"]);
    }
}
