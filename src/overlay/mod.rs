//! Names, states, figures, clock and help over the pictures.
//!
//! Main world. Owns what is written on the wall; [`crate::render`] draws it in the pass of the
//! pictures. Policy: written anew only when a component changed that it tells of, and by time where
//! it says something that time changes (the clock each second, an age four times a second); drawn
//! anew only when it says something else. A picture that is not live says so in large letters,
//! always. Names are written with installed fonts where
//! the built-in one lacks their characters.

mod canvas;
mod colors;
mod corner;
mod fonts;
mod help;
mod notice;
mod strip;
mod text;
mod tile;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bevy::{
    ecs::{query::QueryData, system::SystemParam},
    prelude::*,
    render::renderer::RenderDevice,
};
use jiff::Timestamp;
use tracing::{error, warn};

use crate::camera::{
    Camera, CameraReport, Health, Notice, PictureWarnings, RecordingStatus, WallFile,
};
use crate::input::Keyboard;
use crate::interface::Interface;
use crate::render::{GlyphTexture, Scene};
use crate::wall::{
    ActiveLayout, ActiveWall, HelpPages, Maximized, NumberEntry, Panels, Selected, Shows, TileRect,
    TileTour, Tiles, TourShown, Waiting, Wall, in_drawing_order, layout,
};
use camwall_config::Action;
use canvas::Canvas;
pub use fonts::lacking;
pub use strip::Strip;
use text::GlyphCache;
use tile::ShownTile;

/// The step of an update in which text and shapes are written into the scenes.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OverlaySystems;

/// Writes on the pictures.
pub struct OverlayPlugin;

impl Plugin for OverlayPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Interface>()
            .init_resource::<ActiveWall>()
            .add_systems(Startup, set_up)
            .init_resource::<Strip>()
            .add_systems(
                Update,
                (refill_texture, speak, strip::tell, strip::follow, write)
                    .chain()
                    .in_set(OverlaySystems),
            );
    }
}

/// The overlay between updates.
#[derive(Resource)]
pub struct Overlay {
    glyphs: GlyphCache,
    /// One for each wall.
    canvases: Vec<Canvas>,
    /// Pages of the help of each wall.
    pages: Vec<usize>,
    written: Option<Written>,
    /// Whether the fonts have the letters of the wall's language is not known yet.
    unproven: bool,
}

/// When the overlay was last written.
#[derive(Clone, Copy)]
struct Written {
    at: Instant,
    /// The second of the clock.
    second: i64,
    /// Something that it says changes by time alone.
    restless: bool,
}

/// How often an overlay that changes by time alone is written anew.
const CHECK_INTERVAL: Duration = Duration::from_millis(250);

/// How long the wall waits for the fonts of its names before it opens without them: they take
/// milliseconds, except where fontconfig has to read every font of a slow disk first.
const FONTS_TIMEOUT: Duration = Duration::from_millis(500);

/// Makes the overlay; without its font the wall runs on without text.
pub fn set_up(mut commands: Commands, file: Res<WallFile>, interface: Res<Interface>) {
    match GlyphCache::new(true) {
        Ok(mut glyphs) => {
            glyphs.read_in(interface.0.tag);
            let names = file.wall.cameras.iter().map(|(id, it)| it.label(id));
            let own: Vec<String> = interface.0.each().into_iter().map(|(_, text)| text).collect();
            glyphs.prepare(names.chain(own.iter().map(String::as_str)), FONTS_TIMEOUT);
            commands.insert_resource(Overlay {
                glyphs,
                canvases: Vec::new(),
                pages: Vec::new(),
                written: None,
                unproven: true,
            })
        }
        Err(error) => error!("no text on the wall, the built-in font is not readable: {error}"),
    }
}

/// Has the wall speak English where no font has the letters of its language: from the start on, and when
/// the wall file asks for another language later. Fonts may be looked for a while until that is known.
pub fn speak(overlay: Option<ResMut<Overlay>>, mut interface: ResMut<Interface>) {
    let Some(mut overlay) = overlay else { return };
    if !interface.is_changed() && !overlay.unproven {
        return;
    }
    let Overlay { glyphs, unproven, .. } = &mut *overlay;
    let Interface(words) = *interface;
    if interface.is_changed() {
        *unproven = true;
        glyphs.read_in(words.tag);
        glyphs.ask(words.each().iter().map(|(_, text)| text.as_str()));
    }
    if glyphs.is_wanting() {
        return;
    }
    *unproven = false;
    if words.each().iter().any(|(_, text)| !glyphs.can_write(text)) {
        warn!("no installed font has the letters of {}: the wall speaks English", words.tag);
        *interface = Interface::default();
        glyphs.read_in(interface.0.tag);
    }
}

/// A new device has an empty glyph texture.
pub fn refill_texture(
    overlay: Option<Res<Overlay>>,
    device: Option<Res<RenderDevice>>,
    mut texture: ResMut<GlyphTexture>,
) {
    if let (Some(overlay), Some(device)) = (overlay, device)
        && device.is_changed()
    {
        texture.size = overlay.glyphs.texture_size();
        texture.patches = vec![overlay.glyphs.whole_texture()];
    }
}

/// A wall, and what is written on it.
#[derive(QueryData)]
#[query_data(mutable)]
pub struct WrittenWall {
    entity: Entity,
    wall: &'static Wall,
    selected: &'static Selected,
    maximized: &'static Maximized,
    number: &'static NumberEntry,
    layout: &'static ActiveLayout,
    tour: &'static TourShown,
    panels: &'static Panels,
    notice: &'static Notice,
    pages: &'static mut HelpPages,
    tiles: Option<&'static Tiles>,
    scene: &'static mut Scene,
}

/// What tells that something else is to be written.
#[derive(SystemParam)]
pub struct Changes<'w, 's> {
    walls: Query<
        'w,
        's,
        (),
        Or<(
            Changed<Wall>,
            Changed<Selected>,
            Changed<Maximized>,
            Changed<NumberEntry>,
            Changed<TourShown>,
            Changed<Panels>,
            Changed<Tiles>,
            Added<Waiting>,
        )>,
    >,
    tiles: Query<'w, 's, (), Or<(Changed<TileRect>, Changed<Shows>)>>,
    cameras: Query<
        'w,
        's,
        (),
        Or<(
            Changed<Camera>,
            Changed<Health>,
            Changed<PictureWarnings>,
            Changed<RecordingStatus>,
            Changed<Notice>,
        )>,
    >,
    gone: RemovedComponents<'w, 's, Camera>,
    file: Res<'w, WallFile>,
    keyboard: Res<'w, Keyboard>,
    active: Res<'w, ActiveWall>,
}

impl Changes<'_, '_> {
    fn any(&mut self) -> bool {
        let gone = self.gone.read().count() > 0;
        let file = self.file.is_changed() || self.keyboard.is_changed();
        gone || file
            || self.active.is_changed()
            || !self.walls.is_empty()
            || !self.tiles.is_empty()
            || !self.cameras.is_empty()
    }
}

/// What is read to write the overlay.
#[derive(SystemParam)]
pub struct Content<'w, 's> {
    file: Res<'w, WallFile>,
    interface: Res<'w, Interface>,
    keyboard: Res<'w, Keyboard>,
    strip: Res<'w, Strip>,
    active: Res<'w, ActiveWall>,
    /// The walls that are seen.
    seen: Query<'w, 's, (), (With<Wall>, Without<Waiting>)>,
    tiles: Query<'w, 's, (&'static TileRect, Option<&'static Shows>, Option<&'static TileTour>)>,
    cameras: Query<'w, 's, CameraReport>,
}

/// Writes the overlay of all walls if their content may have changed. All at once: they share the
/// texture of the glyphs.
pub fn write(
    overlay: Option<ResMut<Overlay>>,
    mut changes: Changes,
    content: Content,
    mut walls: Query<WrittenWall>,
    mut texture: ResMut<GlyphTexture>,
) {
    let Some(mut overlay) = overlay else { return };
    let changed = changes.any() || content.interface.is_changed() || content.strip.is_changed();
    let now = Instant::now();
    let restless = walls.iter().any(|wall| wall.panels.stats)
        || content.cameras.iter().any(|it| {
            // Of one that nobody sees nothing is written.
            it.lines.0.is_some() && tile::is_restless(it.health, it.stats, now)
        });
    let second = Timestamp::now().as_second();
    if !changed && !overlay.is_due(now, second, restless, content.file.wall.overlay.clock) {
        return;
    }
    overlay.written = Some(Written { at: now, second, restless });
    let Overlay { glyphs, canvases, pages, .. } = &mut *overlay;
    glyphs.learn(Duration::ZERO);
    canvases.resize_with(walls.iter().len(), Canvas::default);
    pages.clear();
    for (canvas, wall) in canvases.iter_mut().zip(&walls) {
        canvas.clear();
        canvas.high_contrast = content.file.wall.overlay.high_contrast;
        pages.push(write_wall(canvas, glyphs, &wall, &content, now));
    }
    let lines = canvases.iter().map(|canvas| canvas.lines.as_slice());
    let (quads, size) = glyphs.write(lines, &mut texture.patches);
    texture.size = size;
    for ((number, canvas), mut wall) in canvases.iter().enumerate().zip(&mut walls) {
        let of_wall = quads.iter().filter(|(page, _)| *page == number).map(|(_, quad)| quad);
        let fresh = || canvas.shapes.iter().chain(of_wall.clone());
        if !wall.scene.quads.iter().eq(fresh()) {
            wall.scene.quads = Arc::new(fresh().copied().collect());
        }
        let count = pages.get(number).copied().unwrap_or(1).max(1);
        wall.pages.set_if_neq(HelpPages(count));
    }
}

impl Overlay {
    /// Whether time alone calls for writing.
    fn is_due(&self, now: Instant, second: i64, restless: bool, clock: bool) -> bool {
        let Some(written) = self.written else { return true };
        let waited = now.saturating_duration_since(written.at) >= CHECK_INTERVAL;
        let by_time = restless || written.restless || self.glyphs.is_wanting();
        (clock && written.second != second) || (waited && by_time)
    }
}

/// Writes one wall. Gives the number of pages that its help has.
fn write_wall(
    canvas: &mut Canvas,
    glyphs: &mut GlyphCache,
    view: &WrittenWallReadOnlyItem<'_, '_>,
    content: &Content<'_, '_>,
    now: Instant,
) -> usize {
    let (config, words) = (&content.file.wall, content.interface.0);
    let scale = layout::ui_scale(view.wall.size);
    let letters = scale * config.overlay.letter_size as f32 / 100.0;
    let size = view.wall.size.as_vec2();
    let strip = content.strip.0.as_ref().map(|said| {
        strip::lay_out(glyphs, &words.reload, (said, view.panels.folded), (size, letters))
    });
    canvas.hidden = strip.as_ref().map_or(Rect::default(), |strip| strip.rect);
    let (alone, count) = (view.maximized.open().is_some(), view.tiles.map_or(0, |it| it.len()));
    for tile in in_drawing_order(view.tiles, view.maximized) {
        let Ok((TileRect { drawn: Some(rect), .. }, shows, tour)) = content.tiles.get(tile) else {
            continue;
        };
        canvas.cover(rect.to_rect());
        let Some(report) = shows.and_then(|shows| content.cameras.get(shows.0).ok()) else {
            continue;
        };
        if count > 1 && !alone {
            canvas.frame(rect.to_rect(), 1.0, canvas::SEAM);
        }
        let shown = ShownTile {
            camera: report.camera,
            health: report.health,
            warnings: report.warnings.0,
            stats: report.stats,
            recording: &report.recording.0,
            notice: report.notice,
            tour: tour.map(TileTour::step),
            words,
            clock_keys: content.keyboard.0.chords(Action::TrustClock),
            rect: *rect,
            scale,
            now,
        };
        tile::write(canvas, glyphs, &shown, &config.overlay, view.panels.stats);
    }
    let selected = view.selected.0.filter(|_| count > 1 && !alone);
    if let Some((rect, ..)) = selected.and_then(|tile| content.tiles.get(tile).ok()) {
        // Among several walls one sees where keys go.
        let active = content.seen.iter().len() < 2 || content.active.0 == Some(view.entity);
        frame_selection(canvas, rect.rest.to_rect(), scale, active);
    }
    if let Some((text, _)) = &view.notice.0 {
        notice::write(canvas, glyphs, text, (size, letters));
    }
    let said = corner::Said {
        clock: config.overlay.clock,
        tour: corner::tour(words, config, view.tour.0, view.layout.0),
        digits: &view.number.digits,
    };
    corner::write(canvas, glyphs, words, &said, (size, letters));
    if let Some(strip) = strip {
        strip.write(canvas);
    }
    if view.panels.help {
        let keyboard = &content.keyboard.0;
        let topics = keyboard.help(&words.help, config);
        let keys: Vec<String> =
            keyboard.chords(Action::Help).iter().map(ToString::to_string).collect();
        let keys = keys.join("  ");
        let help = (topics, &words.help, keys.as_str());
        return help::write(canvas, glyphs, help, (size, letters), view.panels.page);
    }
    1
}

/// Frames the selected tile; on a wall that keys are not for by a thin grey line.
fn frame_selection(canvas: &mut Canvas, rect: Rect, scale: f32, active: bool) {
    let width = (5.0 * scale).round().max(3.0) * if canvas.high_contrast { 2.0 } else { 1.0 };
    let (width, color) = match active {
        true => (width, canvas::SELECTED),
        false => ((width / 2.0).ceil(), canvas::UNHEARD),
    };
    // A dark edge inside, so that it stands out from a picture of its own colour too.
    let edge = (width / 2.0).ceil();
    canvas.frame(rect.inflate(-width), edge, canvas::SEAM);
    canvas.frame(rect, width, color);
}

#[cfg(test)]
mod tests;
