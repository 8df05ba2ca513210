//! Names, states, figures, clock and help over the pictures.
//!
//! Main world. Owns what is written on the wall; [`crate::render`] draws it in the pass of the
//! pictures. Policy: rebuilt only when the wall is to be redrawn for another reason than a new
//! video frame, or four times a second; drawn anew only when it says something else. A picture
//! that is not live says so in large letters, always. Names are written with installed fonts where
//! the built-in one lacks their characters.

mod canvas;
mod fonts;
mod help;
mod text;
mod tile;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bevy::{prelude::*, render::renderer::RenderDevice};
use jiff::Zoned;
use tracing::error;

use crate::camera::{Camera, CameraStatus, Roster, WallFile};
use crate::input::Keyboard;
use crate::pacing::Redraw;
use crate::render::Scene;
use crate::wall::{Stage, layout};
use canvas::{Canvas, Piece};
pub use fonts::{Missing, lacking};
use text::{Align, Letters};

/// The overlay between updates.
#[derive(Resource)]
pub struct Overlay {
    letters: Letters,
    canvas: Canvas,
    written: Option<Instant>,
}

/// How often the overlay is looked through for changes.
const LOOK: Duration = Duration::from_millis(250);

/// How long the wall waits for the fonts of its names before it opens without them: they take
/// milliseconds, except where fontconfig has to read every font of a slow disk first.
const FIRST_FONTS: Duration = Duration::from_millis(500);

/// Makes the overlay; without its font the wall runs on without text.
pub fn set_up(mut commands: Commands, file: Res<WallFile>) {
    match Letters::new(true) {
        Ok(mut letters) => {
            letters.prepare(file.wall.cameras.iter().map(|(id, it)| it.label(id)), FIRST_FONTS);
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
    roster: Res<Roster>,
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
    letters.learn(Duration::ZERO);
    let scale = layout::ui_scale(stage.size());
    for (place, rect) in stage.visible() {
        canvas.cover(rect.to_rect());
        let entity = roster.0.get(stage.places[place].camera).copied();
        if let Some((camera, status)) = entity.and_then(|entity| cameras.get(entity).ok()) {
            if stage.places.len() > 1 && !stage.is_focused() {
                canvas.frame(rect.to_rect(), 1.0, canvas::SEAM);
            }
            let shown = tile::Shown { camera, status, rect, scale, now };
            tile::write(canvas, letters, &shown, &file.wall.overlay, stage.stats);
        }
    }
    frame_selection(canvas, &stage, scale);
    corner(canvas, letters, &stage, &file, scale);
    if stage.help {
        let rows = help::rows(&keyboard.0, stage.layouts());
        help::write(canvas, letters, rows, stage.size().as_vec2(), scale);
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
        let (rect, width) = (place.rect.to_rect(), (5.0 * scale).round().max(3.0));
        // A dark edge inside, so that it stands out from a picture of its own colour too.
        let edge = (width / 2.0).ceil();
        canvas.frame(rect.inflate(-width), edge, canvas::SEAM);
        canvas.frame(rect, width, canvas::SELECTED);
    }
}

/// `rect`, raised above the text that stands there; where it is if there is no room.
fn lowest_free(canvas: &Canvas, letters: &mut Letters, rect: Rect) -> Rect {
    let mut free = rect;
    loop {
        let near = |line: &&text::Line| {
            (line.at.y - free.center().y).abs() < line.px + free.height() / 2.0
        };
        let bounds = canvas.lines.iter().filter(near).map(|line| letters.bounds(line));
        let under = bounds.filter(|text| !free.intersect(*text).is_empty());
        let Some(top) = under.map(|text| text.min.y).reduce(f32::min) else { return free };
        free = Rect::new(free.min.x, top - free.height(), free.max.x, top);
        if free.min.y < 0.0 {
            return rect;
        }
    }
}

/// Clock at the bottom right, the typed camera number in the middle.
fn corner(canvas: &mut Canvas, letters: &mut Letters, stage: &Stage, file: &WallFile, scale: f32) {
    let size = stage.size().as_vec2();
    if file.wall.overlay.clock {
        let text = Zoned::now().strftime("%H:%M:%S").to_string();
        let px = 30.0 * scale;
        let wide = letters.width(&text, px) + 2.0 * px * canvas::PAD;
        let ground = Vec2::new(wide, 2.0 * px * canvas::HALF_LABEL);
        let corner = size - Vec2::new(8.0 * scale, px * (1.0 - canvas::HALF_LABEL));
        let rect = lowest_free(canvas, letters, Rect::from_corners(corner - ground, corner));
        let at = Vec2::new(rect.max.x, rect.center().y);
        let pieces = [Piece::Text(text, canvas::TEXT)];
        canvas.label(letters, &pieces, (at, Align::Right), px, size.x);
    }
    if !stage.typed.is_empty() {
        let pieces = [Piece::Text(format!("Camera {}_", stage.typed), canvas::SELECTED)];
        canvas.label(letters, &pieces, (size / 2.0, Align::Centre), 64.0 * scale, size.x);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_makes_way_for_text() {
        let (mut canvas, mut letters) = (Canvas::default(), Letters::new(false).unwrap());
        let clock = Rect::new(800.0, 660.0, 1000.0, 700.0);
        assert_eq!(lowest_free(&canvas, &mut letters, clock), clock);
        let line = |text: &str, at| text::Line {
            text: text.to_owned(),
            at,
            px: 30.0,
            align: Align::Left,
            width: 400.0,
            colour: canvas::TEXT,
        };
        // Beside it, and on its place.
        canvas.lines = vec![line("CAM", Vec2::new(10.0, 680.0))];
        assert_eq!(lowest_free(&canvas, &mut letters, clock), clock);
        canvas.lines.push(line("NOT RECORDING", Vec2::new(780.0, 680.0)));
        canvas.lines.push(line("camera offline", Vec2::new(780.0, 640.0)));
        let free = lowest_free(&canvas, &mut letters, clock);
        assert_eq!((free.size(), free.min.x), (clock.size(), 800.0));
        assert_eq!(free.max.y, 640.0 - 30.0 * canvas::HALF_LABEL);
        // Nowhere to go.
        canvas.lines.extend((0..24).map(|row| line("full", Vec2::new(790.0, row as f32 * 30.0))));
        assert_eq!(lowest_free(&canvas, &mut letters, clock), clock);
    }
}
