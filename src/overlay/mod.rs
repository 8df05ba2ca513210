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

use crate::camera::{Camera, CameraOrder, CameraStatus, WallFile};
use crate::input::Keyboard;
use crate::pacing::RedrawState;
use crate::render::Scene;
use crate::wall::{WallView, layout};
use canvas::{Canvas, LabelSpan};
pub use fonts::lacking;
use text::{Align, GlyphCache};

/// The overlay between updates.
#[derive(Resource)]
pub struct Overlay {
    glyphs: GlyphCache,
    canvas: Canvas,
    written: Option<Instant>,
}

/// How often the overlay is looked through for changes.
const CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// How long the wall waits for the fonts of its names before it opens without them: they take
/// milliseconds, except where fontconfig has to read every font of a slow disk first.
const FONTS_TIMEOUT: Duration = Duration::from_millis(500);

/// Makes the overlay; without its font the wall runs on without text.
pub fn set_up(mut commands: Commands, file: Res<WallFile>) {
    match GlyphCache::new(true) {
        Ok(mut glyphs) => {
            glyphs.prepare(file.wall.cameras.iter().map(|(id, it)| it.label(id)), FONTS_TIMEOUT);
            commands.insert_resource(Overlay { glyphs, canvas: Canvas::default(), written: None })
        }
        Err(error) => error!("no text on the wall, the built-in font is not readable: {error}"),
    }
}

/// A new device has an empty glyph texture.
pub fn refill_texture(
    overlay: Option<Res<Overlay>>,
    device: Option<Res<RenderDevice>>,
    mut scene: ResMut<Scene>,
    mut redraw: ResMut<RedrawState>,
) {
    if let (Some(overlay), Some(device)) = (overlay, device)
        && device.is_changed()
    {
        scene.glyph_size = overlay.glyphs.texture_size();
        scene.glyph_patches = vec![overlay.glyphs.whole_texture()];
        redraw.request();
    }
}

/// Writes the overlay if its content may have changed.
pub fn write(
    overlay: Option<ResMut<Overlay>>,
    view: Res<WallView>,
    file: Res<WallFile>,
    keyboard: Res<Keyboard>,
    order: Res<CameraOrder>,
    cameras: Query<(&Camera, &CameraStatus)>,
    mut scene: ResMut<Scene>,
    mut redraw: ResMut<RedrawState>,
) {
    let Some(mut overlay) = overlay else { return };
    let overlay = &mut *overlay;
    let now = Instant::now();
    let due = overlay.written.is_none_or(|at| now.duration_since(at) >= CHECK_INTERVAL);
    if !due && !redraw.is_requested() {
        return;
    }
    overlay.written = Some(now);
    let Overlay { glyphs, canvas, .. } = overlay;
    canvas.clear();
    glyphs.learn(Duration::ZERO);
    let scale = layout::ui_scale(view.size());
    for (tile, rect) in view.visible() {
        canvas.cover(rect.to_rect());
        let entity = order.0.get(view.tiles[tile].camera).copied();
        if let Some((camera, status)) = entity.and_then(|entity| cameras.get(entity).ok()) {
            if view.tiles.len() > 1 && !view.is_maximized() {
                canvas.frame(rect.to_rect(), 1.0, canvas::SEAM);
            }
            let shown = tile::ShownTile { camera, status, rect, scale, now };
            tile::write(canvas, glyphs, &shown, &file.wall.overlay, view.stats);
        }
    }
    frame_selection(canvas, &view, scale);
    corner(canvas, glyphs, &view, &file, scale);
    if view.help {
        let rows = help::rows(&keyboard.0, view.layouts());
        help::write(canvas, glyphs, rows, view.size().as_vec2(), scale);
    }
    let scene = scene.bypass_change_detection();
    let glyph_quads = glyphs.write(&canvas.lines, &mut scene.glyph_patches);
    scene.glyph_size = glyphs.texture_size();
    let same = scene.quads.len() == canvas.shapes.len() + glyph_quads.len()
        && scene.quads.iter().eq(canvas.shapes.iter().chain(&glyph_quads));
    if !same {
        scene.quads = Arc::new(canvas.shapes.iter().copied().chain(glyph_quads).collect());
        redraw.request();
    }
}

fn frame_selection(canvas: &mut Canvas, view: &WallView, scale: f32) {
    if view.is_maximized() || view.tiles.len() < 2 {
        return;
    }
    if let Some(tile) = view.tiles.get(view.selected) {
        let (rect, width) = (tile.rect.to_rect(), (5.0 * scale).round().max(3.0));
        // A dark edge inside, so that it stands out from a picture of its own colour too.
        let edge = (width / 2.0).ceil();
        canvas.frame(rect.inflate(-width), edge, canvas::SEAM);
        canvas.frame(rect, width, canvas::SELECTED);
    }
}

/// `rect`, raised above the text that is written there; `rect` itself if there is no room.
fn lowest_free(canvas: &Canvas, glyphs: &mut GlyphCache, rect: Rect) -> Rect {
    let mut free = rect;
    loop {
        let near = |line: &&text::TextLine| {
            (line.at.y - free.center().y).abs() < line.px + free.height() / 2.0
        };
        let bounds = canvas.lines.iter().filter(near).map(|line| glyphs.bounds(line));
        let under = bounds.filter(|text| !free.intersect(*text).is_empty());
        let Some(top) = under.map(|text| text.min.y).reduce(f32::min) else { return free };
        free = Rect::new(free.min.x, top - free.height(), free.max.x, top);
        if free.min.y < 0.0 {
            return rect;
        }
    }
}

/// Clock at the bottom right, the typed camera number in the middle.
fn corner(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    view: &WallView,
    file: &WallFile,
    scale: f32,
) {
    let size = view.size().as_vec2();
    if file.wall.overlay.clock {
        let text = Zoned::now().strftime("%H:%M:%S").to_string();
        let px = 30.0 * scale;
        let wide = glyphs.width(&text, px) + 2.0 * px * canvas::PAD;
        let ground = Vec2::new(wide, 2.0 * px * canvas::HALF_LABEL);
        let corner = size - Vec2::new(8.0 * scale, px * (1.0 - canvas::HALF_LABEL));
        let rect = lowest_free(canvas, glyphs, Rect::from_corners(corner - ground, corner));
        let at = Vec2::new(rect.max.x, rect.center().y);
        let spans = [LabelSpan::Text(text, canvas::TEXT)];
        canvas.label(glyphs, &spans, (at, Align::Right), px, size.x);
    }
    if !view.typed.is_empty() {
        let spans = [LabelSpan::Text(format!("Camera {}_", view.typed), canvas::SELECTED)];
        canvas.label(glyphs, &spans, (size / 2.0, Align::Center), 64.0 * scale, size.x);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_makes_way_for_text() {
        let (mut canvas, mut glyphs) = (Canvas::default(), GlyphCache::new(false).unwrap());
        let clock = Rect::new(800.0, 660.0, 1000.0, 700.0);
        assert_eq!(lowest_free(&canvas, &mut glyphs, clock), clock);
        let line = |text: &str, at| text::TextLine {
            text: text.to_owned(),
            at,
            px: 30.0,
            align: Align::Left,
            width: 400.0,
            color: canvas::TEXT,
        };
        // Beside it, and on its place.
        canvas.lines = vec![line("CAM", Vec2::new(10.0, 680.0))];
        assert_eq!(lowest_free(&canvas, &mut glyphs, clock), clock);
        canvas.lines.push(line("NOT RECORDING", Vec2::new(780.0, 680.0)));
        canvas.lines.push(line("camera offline", Vec2::new(780.0, 640.0)));
        let free = lowest_free(&canvas, &mut glyphs, clock);
        assert_eq!((free.size(), free.min.x), (clock.size(), 800.0));
        assert_eq!(free.max.y, 640.0 - 30.0 * canvas::HALF_LABEL);
        // Nowhere to go.
        canvas.lines.extend((0..24).map(|row| line("full", Vec2::new(790.0, row as f32 * 30.0))));
        assert_eq!(lowest_free(&canvas, &mut glyphs, clock), clock);
    }
}
