//! What is shown where now: layout, selection, full-screen tile, digital zoom.
//!
//! Main world. Owns [`WallView`], the operator's view of the wall, and turns the operator's input
//! into changes of it; [`layout`] does the geometry. Policy: input applies at once, animations only
//! show what changed; a camera keeps its tile whatever its state; nothing here waits for a camera.

pub mod layout;

mod actions;
mod systems;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, time::Duration};

use bevy::{
    math::{UVec2, Vec2},
    prelude::*,
};
use tracing::info;

use crate::camera::WallFile;
use crate::wall::layout::{Maximize, PxRect, Tile, Zoom};
use camwall_config::Fit;

pub use actions::OperatorInput;
pub use systems::{apply, arrange_first, follow_window, tell_cameras};

/// The tile that is, or is becoming, or was just full-screen.
#[derive(Debug, Clone)]
pub struct Maximized {
    /// Index into [`WallView::tiles`].
    pub tile: usize,
    animation: Maximize,
    /// The tile is on its way back to the layout.
    closing: bool,
}

/// The operator's view of the wall.
#[derive(Resource, Debug)]
pub struct WallView {
    /// Width × height of the wall, in pixels.
    size: UVec2,
    /// Number of the layout, from 0.
    layout: usize,
    /// How many layouts there are.
    layouts: usize,
    /// Tiles of the layout, in its order.
    pub tiles: Vec<Tile>,
    /// Index of the selected tile.
    pub selected: usize,
    /// The full-screen tile; none while the layout is shown.
    pub maximized: Option<Maximized>,
    /// Digital zoom by camera; none where the whole picture is shown.
    zooms: HashMap<usize, Zoom>,
    /// Size of each camera's picture and how it fills its tile, by camera.
    sources: HashMap<usize, ((u32, u32), Fit)>,
    /// Where the pointer is, in pixels, while it can be seen.
    pub pointer: Option<Vec2>,
    /// Camera number that is being typed.
    pub typed: String,
    /// The keys are shown.
    pub help: bool,
    /// Rates and frame age are shown.
    pub stats: bool,
    /// Time of the update, since the start.
    now: Duration,
    /// When the next digit starts a new number.
    typed_until: Duration,
}

/// Pixels between tiles: none. The overlay draws the seams, and a tile of 960×540 is half of
/// 1920×1080 both ways, which is cheap to make; one of 959×539 is not.
const GAP: u32 = 0;

impl WallView {
    /// A view of `size` pixels that begins with layout number `layout`.
    #[must_use]
    pub fn new(size: UVec2, layout: usize, stats: bool) -> Self {
        Self {
            size,
            layout,
            layouts: 0,
            tiles: Vec::new(),
            selected: 0,
            maximized: None,
            zooms: HashMap::new(),
            sources: HashMap::new(),
            pointer: None,
            typed: String::new(),
            help: false,
            stats,
            now: Duration::ZERO,
            typed_until: Duration::ZERO,
        }
    }

    /// Size of the wall, width × height in pixels.
    #[must_use]
    pub fn size(&self) -> UVec2 {
        self.size
    }

    /// How many layouts there are.
    #[must_use]
    pub fn layouts(&self) -> usize {
        self.layouts
    }

    /// Number of the layout, from 0.
    #[cfg(test)]
    #[must_use]
    pub fn layout(&self) -> usize {
        self.layout
    }

    /// The whole wall as a rectangle.
    fn full(&self) -> PxRect {
        PxRect::of_window(self.size)
    }

    /// Places anew after a change of size or layout.
    fn arrange(&mut self, file: &WallFile) {
        self.layouts = file.wall.layouts.len();
        let Some((name, layout)) = file.wall.layouts.get_index(self.layout) else { return };
        let index = |id: &str| file.wall.cameras.get_index_of(id);
        let maximized = self.maximized.take().filter(|maximized| !maximized.closing);
        let camera =
            maximized.and_then(|maximized| self.tiles.get(maximized.tile)).map(|p| p.camera);
        let selected = self.tiles.get(self.selected).map(|tile| tile.camera);
        self.tiles = layout::arrange(layout, index, self.size, GAP);
        let find =
            |camera: Option<usize>| self.tiles.iter().position(|tile| Some(tile.camera) == camera);
        self.selected = find(selected).unwrap_or(0);
        let animation = Maximize::at(self.full());
        self.maximized = find(camera).map(|tile| Maximized { tile, animation, closing: false });
        info!("layout {name}: {} tiles on {}x{}", self.tiles.len(), self.size.x, self.size.y);
    }

    /// Whether a tile is full-screen or on its way there.
    #[must_use]
    pub fn is_maximized(&self) -> bool {
        self.maximized.as_ref().is_some_and(|maximized| !maximized.closing)
    }

    /// Whether the animation is running.
    #[must_use]
    pub fn is_animating(&self) -> bool {
        self.maximized.as_ref().is_some_and(|maximized| !maximized.animation.done(self.now))
    }

    /// Tiles in drawing order, with their rectangles of this instant.
    pub fn visible(&self) -> impl Iterator<Item = (usize, PxRect)> {
        let alone = self.is_maximized() && !self.is_animating();
        let moving = self
            .maximized
            .as_ref()
            .map(|maximized| (maximized.tile, maximized.animation.rect_at(self.now)));
        let at_rest = self.tiles.iter().enumerate().map(|(i, tile)| (i, tile.rect));
        at_rest.filter(move |(i, _)| !alone && moving.is_none_or(|(m, _)| m != *i)).chain(moving)
    }

    /// The camera of the selected tile, by its index.
    #[must_use]
    pub fn selected_camera(&self) -> Option<usize> {
        self.tiles.get(self.selected).map(|tile| tile.camera)
    }

    /// The largest tile of a camera, width × height in pixels, where animations end.
    #[must_use]
    pub fn largest(&self, camera: usize) -> Option<(u32, u32)> {
        let size = |rect: PxRect| (rect.width, rect.height);
        let full = self.is_maximized().then_some(self.maximized.as_ref()).flatten();
        if full.and_then(|f| self.tiles.get(f.tile)).is_some_and(|p| p.camera == camera) {
            return Some(size(self.full()));
        }
        let tiles = self.tiles.iter().filter(|tile| tile.camera == camera);
        tiles.map(|tile| size(tile.rect)).max_by_key(|(w, h)| w * h)
    }

    /// How many lines a picture needs to be sharp in the camera's largest tile, where animations
    /// end: those of the tile, times the digital zoom. `None` where no tile shows it.
    #[must_use]
    pub fn lines(&self, camera: usize) -> Option<u32> {
        let (_, height) = self.largest(camera)?;
        Some((height as f32 * self.zoom_of(camera).factor()).round() as u32)
    }

    /// How large a camera's whole picture is on the wall, width × height in pixels; `None`
    /// where it is not shown or the source is not larger.
    #[must_use]
    pub fn picture_size(&self, camera: usize, source: (u32, u32), fit: Fit) -> Option<(u32, u32)> {
        let (width, height) = self.largest(camera)?;
        let tile = PxRect::new(0, 0, width, height);
        let picture = layout::place(tile, source.into(), (1, 1), fit, self.zoom_of(camera))?;
        let span = picture.src.size();
        let whole = |dst: u32, span: f32| (dst as f32 / span.max(1e-3)).round() as u32;
        let size = (whole(picture.dst.width, span.x), whole(picture.dst.height, span.y));
        (size.0 < source.0 && size.1 < source.1).then_some(size)
    }

    /// The digital zoom of a camera.
    #[must_use]
    pub fn zoom_of(&self, camera: usize) -> Zoom {
        self.zooms.get(&camera).copied().unwrap_or_default()
    }

    /// The topmost visible tile under a pixel: index and rectangle.
    #[must_use]
    pub fn tile_at(&self, pixel: Vec2) -> Option<(usize, PxRect)> {
        self.visible().filter(|(_, rect)| rect.contains(pixel)).last()
    }
}
