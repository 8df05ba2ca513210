//! Names, states, figures, clock and help over the pictures.
//!
//! Main world. Owns what is written on the wall; [`crate::video`] draws it in the pass of the
//! pictures. Policy: rebuilt only when the wall is to be redrawn for another reason than a new
//! video frame, or four times a second; drawn anew only when it says something else. A picture
//! that is not live says so in large letters, always.

mod letters;
mod paint;
mod tile;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bevy::{math::Rect, prelude::*, render::renderer::RenderDevice};
use jiff::Zoned;
use tracing::error;

use crate::{
    camera::{Camera, CameraStatus, WallFile},
    config::Action,
    input::Keyboard,
    layout,
    pace::Redraw,
    stage::Stage,
    video::Scene,
};
use letters::{Align, Letters};
use paint::{Canvas, Piece};

/// The overlay between updates.
#[derive(Resource)]
pub struct Overlay {
    letters: Letters,
    canvas: Canvas,
    written: Option<Instant>,
}

/// How often the overlay is looked through for changes.
const LOOK: Duration = Duration::from_millis(250);

/// Makes the overlay; without its font the wall runs on without text.
pub fn set_up(mut commands: Commands) {
    match Letters::new() {
        Ok(letters) => {
            commands.insert_resource(Overlay { letters, canvas: Canvas::default(), written: None })
        }
        Err(error) => error!("no text on the wall, the built-in font is not readable: {error}"),
    }
}

/// A new device has an empty glyph texture.
pub fn refill_texture(
    overlay: Option<Res<Overlay>>,
    device: Option<Res<RenderDevice>>,
    mut scene: ResMut<Scene>,
    mut redraw: ResMut<Redraw>,
) {
    if let (Some(overlay), Some(device)) = (overlay, device)
        && device.is_changed()
    {
        scene.glyph_size = overlay.letters.texture_size();
        scene.glyph_patches = vec![overlay.letters.whole_texture()];
        redraw.request();
    }
}

/// Writes the overlay where it may have changed.
pub fn write(
    overlay: Option<ResMut<Overlay>>,
    stage: Res<Stage>,
    file: Res<WallFile>,
    keyboard: Res<Keyboard>,
    cameras: Query<(&Camera, &CameraStatus)>,
    mut scene: ResMut<Scene>,
    mut redraw: ResMut<Redraw>,
) {
    let Some(mut overlay) = overlay else { return };
    let overlay = &mut *overlay;
    let now = Instant::now();
    let due = overlay.written.is_none_or(|at| now.duration_since(at) >= LOOK);
    if !due && !redraw.is_requested() {
        return;
    }
    overlay.written = Some(now);
    let Overlay { letters, canvas, .. } = overlay;
    canvas.clear();
    let mut cameras: Vec<_> = cameras.iter().collect();
    cameras.sort_by_key(|(camera, _)| camera.index);
    let scale = layout::ui_scale(stage.size());
    for (place, rect) in stage.visible() {
        let camera = stage.places[place].camera;
        if let Some((camera, status)) = cameras.get(camera) {
            if stage.places.len() > 1 && !stage.is_focused() {
                canvas.frame(rect.to_rect(), 1.0, paint::SEAM);
            }
            let shown = tile::Shown { camera, status, rect, scale, now };
            tile::write(canvas, letters, &shown, &file.wall.overlay, stage.stats);
        }
    }
    frame_selection(canvas, &stage, scale);
    corner(canvas, letters, &stage, &file, scale);
    if stage.help {
        help(canvas, letters, &stage, &keyboard, scale);
    }
    let scene = scene.bypass_change_detection();
    let glyphs = letters.write(&canvas.lines, &mut scene.glyph_patches);
    scene.glyph_size = letters.texture_size();
    let same = scene.ink.len() == canvas.shapes.len() + glyphs.len()
        && scene.ink.iter().eq(canvas.shapes.iter().chain(&glyphs));
    if !same {
        scene.ink = Arc::new(canvas.shapes.iter().copied().chain(glyphs).collect());
        redraw.request();
    }
}

fn frame_selection(canvas: &mut Canvas, stage: &Stage, scale: f32) {
    if stage.is_focused() || stage.places.len() < 2 {
        return;
    }
    if let Some(place) = stage.places.get(stage.selected) {
        canvas.frame(place.rect.to_rect(), (3.0 * scale).round().max(2.0), paint::SELECTED);
    }
}

/// Clock at the bottom right, the typed camera number in the middle.
fn corner(canvas: &mut Canvas, letters: &mut Letters, stage: &Stage, file: &WallFile, scale: f32) {
    let size = stage.size().as_vec2();
    if file.wall.overlay.clock {
        let text = Zoned::now().strftime("%H:%M:%S").to_string();
        let pieces = [Piece::Text(text, paint::TEXT)];
        let px = 30.0 * scale;
        let at = size - Vec2::new(8.0 * scale, px);
        canvas.label(letters, &pieces, (at, Align::Right), px, size.x);
    }
    if !stage.typed.is_empty() {
        let pieces = [Piece::Text(format!("Camera {}_", stage.typed), paint::SELECTED)];
        canvas.label(letters, &pieces, (size / 2.0, Align::Centre), 64.0 * scale, size.x);
    }
}

/// The keys as they are bound, in two columns.
fn help(
    canvas: &mut Canvas,
    letters: &mut Letters,
    stage: &Stage,
    keyboard: &Keyboard,
    scale: f32,
) {
    let layouts = u8::try_from(stage.layouts()).unwrap_or(u8::MAX);
    let mut rows: Vec<(String, String)> = Action::all()
        .filter(|action| !matches!(action, Action::Layout(n) if *n > layouts))
        .filter_map(|action| {
            let chords: Vec<String> =
                keyboard.0.chords(action).iter().map(ToString::to_string).collect();
            (!chords.is_empty()).then(|| (chords.join("  "), action.describe().to_owned()))
        })
        .collect();
    let fixed = [
        ("Click", "Show a camera alone, or go back"),
        ("1 2 3 … Enter", "Show the camera of that number alone"),
        ("Wheel", "Zoom at the pointer"),
        ("Drag", "Move the enlarged picture"),
    ];
    rows.extend(fixed.map(|(keys, text)| (keys.to_owned(), text.to_owned())));
    let size = stage.size().as_vec2();
    // As large as fits: a help text must be readable from where the keyboard is.
    let px = (26.0 * scale).min(size.y * 0.9 / (rows.len() as f32 + 2.5) / 1.45);
    let line = px * 1.45;
    let keys = rows.iter().map(|(keys, _)| letters.width(keys, px)).fold(0.0, f32::max);
    let texts = rows.iter().map(|(_, text)| letters.width(text, px)).fold(0.0, f32::max);
    let panel = Vec2::new(keys + texts + px * 4.0, line * (rows.len() as f32 + 2.0));
    let rect = Rect::from_center_size(size / 2.0, panel.min(size));
    canvas.clear();
    canvas.fill(rect, [0.04, 0.045, 0.055, 0.93]);
    canvas.frame(rect, (2.0 * scale).round().max(1.0), paint::QUIET);
    let mut at = rect.min + Vec2::new(px * 1.5, line * 1.5);
    for (keys_text, text) in rows {
        let plain = |text, at, width, colour| letters::Line {
            text,
            at,
            px,
            align: Align::Left,
            width,
            colour,
        };
        canvas.lines.push(plain(keys_text, at, keys + 1.0, paint::SELECTED));
        let beside = at + Vec2::new(keys + px, 0.0);
        canvas.lines.push(plain(text, beside, texts + 1.0, paint::TEXT));
        at.y += line;
    }
}
