//! The tiles of a wall as operations find them; how they are made is in `making`.
//!
//! Main world. Policy: a change of size moves tiles; another layout, or another wall file, makes others,
//! and what the operator looks at stays: the selected camera, the full-screen one, the digital zoom. A
//! camera is known by its entity: its number may become another's.

mod making;

use std::time::Duration;

use bevy::{
    ecs::{query::QueryData, system::SystemParam},
    prelude::*,
};

use super::placement::drawn_rect;
use super::tour::Attention;
use super::toured::{ParkedTours, TileTour, Touring};
use super::{
    ActiveLayout, HeldActions, HelpPages, Maximized, NumberEntry, Panels, ParkedZooms, PointedAt,
    Selected, Shows, StripShown, Tile, TileRect, TileZoom, Tiles, Wall, in_drawing_order,
};
use crate::burn_in::ScreenCare;
use crate::camera::{Camera, PictureShape, WallFile};
use crate::wall::layout;
use crate::wall::layout::{Content, LayoutTile, PxRect, Zoom};

/// Pixels between tiles: none. The overlay draws the seams, and a tile of 960×540 is half of
/// 1920×1080 both ways, which is cheap to make; one of 959×539 is not.
pub(super) const GAP: u32 = 0;

/// A wall, for those who change it.
#[derive(QueryData)]
#[query_data(mutable)]
pub struct WallState {
    pub entity: Entity,
    pub wall: &'static mut Wall,
    pub layout: &'static mut ActiveLayout,
    pub selected: &'static mut Selected,
    pub maximized: &'static mut Maximized,
    pub number: &'static mut NumberEntry,
    pub panels: &'static mut Panels,
    pub pages: &'static HelpPages,
    pub strip: &'static StripShown,
    pub pointed: &'static PointedAt,
    pub(super) held: &'static mut HeldActions,
    pub(super) parked: &'static mut ParkedZooms,
    pub(super) attention: &'static mut Attention,
    pub(super) touring: Option<&'static mut Touring>,
    pub(super) parked_tours: &'static mut ParkedTours,
    pub tiles: Option<&'static Tiles>,
}

/// Why tiles are placed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anew {
    /// The wall has another size, or tiles change places.
    Size,
    /// It shows another layout.
    Layout,
    /// It shows the next layout of its tour.
    Tour,
    /// The wall file is another one.
    File,
}

/// All tiles, and what they show.
#[derive(SystemParam)]
pub struct TileAccess<'w, 's> {
    tiles: Query<
        'w,
        's,
        (
            &'static Tile,
            &'static mut TileRect,
            &'static mut TileZoom,
            Option<&'static Shows>,
            Option<&'static mut TileTour>,
        ),
    >,
    cameras: Query<'w, 's, (Entity, &'static Camera, &'static PictureShape)>,
    pub(super) file: Res<'w, WallFile>,
    care: Res<'w, ScreenCare>,
    time: Res<'w, Time<Real>>,
    pub commands: Commands<'w, 's>,
}

impl TileAccess<'_, '_> {
    /// Since the start of the program.
    pub fn now(&self) -> Duration {
        self.time.elapsed()
    }

    /// Whether nothing flies: a tile is where it belongs at once.
    pub fn cuts(&self) -> bool {
        self.file.wall.overlay.reduced_motion
    }

    /// How many layouts there are.
    pub fn layouts(&self) -> usize {
        self.file.wall.layouts.len()
    }

    /// The tiles of a wall, and their geometry, in the same order.
    pub fn of(&self, tiles: Option<&Tiles>) -> (Vec<Entity>, Vec<LayoutTile>) {
        let tiles = tiles.into_iter().flat_map(|tiles| tiles.iter());
        let geometry = |entity| {
            let (tile, rect, ..) = self.tiles.get(entity).ok()?;
            let Tile { index, number: camera, content, overlap } = *tile;
            Some((entity, LayoutTile { camera, content, index, rect: rect.rest, overlap }))
        };
        tiles.filter_map(geometry).unzip()
    }

    /// The camera that a tile shows.
    pub fn camera(&self, tile: Entity) -> Option<Entity> {
        let (.., shows, _) = self.tiles.get(tile).ok()?;
        shows.map(|shows| shows.0)
    }

    /// The place of a tile in its layout.
    pub fn rest(&self, tile: Entity) -> Option<PxRect> {
        self.tiles.get(tile).ok().map(|(_, rect, ..)| rect.rest)
    }

    /// Where a tile is now, unless it is hidden.
    pub fn drawn(&self, view: &WallStateItem<'_, '_>, tile: Entity) -> Option<PxRect> {
        drawn_rect(tile, self.rest(tile)?, &view.maximized, self.now())
    }

    /// The topmost tile under a pixel, and where it is.
    pub fn at(&self, view: &WallStateItem<'_, '_>, pixel: Vec2) -> Option<(Entity, PxRect)> {
        in_drawing_order(view.tiles, &view.maximized)
            .filter_map(|tile| Some((tile, self.drawn(view, tile)?)))
            .filter(|(_, rect)| rect.contains(pixel))
            .last()
    }

    /// The pixels of a tile at `rect` that its picture covers: less than the tile where bars are.
    fn covered(&self, tile: Entity, rect: PxRect) -> PxRect {
        let shown = self.camera(tile).and_then(|camera| self.cameras.get(camera).ok());
        let picture = shown.and_then(|(_, camera, shape)| {
            layout::place(rect, shape.size, shape.sar, camera.config.fit, Zoom::FIT)
        });
        picture.map_or(rect, |picture| picture.dst)
    }

    /// Enlarges the picture of a tile at `rect`; what is shown at `pixel` stays there.
    pub fn enlarge(
        &mut self,
        view: &WallStateItem<'_, '_>,
        (tile, rect): (Entity, PxRect),
        pixel: Vec2,
        factor: f32,
    ) {
        let pointer = self.covered(tile, rect).unit(pixel);
        self.zoom(view, tile, |zoom| zoom.zoom_at(pointer, factor));
    }

    /// Moves the enlarged picture of a tile at `rect` by so many pixels.
    pub fn pan(&mut self, view: &WallStateItem<'_, '_>, (tile, rect): (Entity, PxRect), by: Vec2) {
        let size = self.covered(tile, rect).size().as_vec2();
        self.zoom(view, tile, |zoom| zoom.pan(-by / size));
    }

    /// Shows the whole picture of a tile.
    pub fn show_whole(&mut self, view: &WallStateItem<'_, '_>, tile: Entity) {
        self.zoom(view, tile, |_| Zoom::FIT);
    }

    /// Changes the zoom of a tile, and with it of all tiles of the wall that show the same camera.
    fn zoom(
        &mut self,
        view: &WallStateItem<'_, '_>,
        tile: Entity,
        change: impl FnOnce(Zoom) -> Zoom,
    ) {
        let Ok((_, _, zoom, shows, _)) = self.tiles.get(tile) else { return };
        let (next, shown) = (TileZoom(change(zoom.0)), shows.copied());
        for other in view.tiles.into_iter().flat_map(|tiles| tiles.iter()) {
            if let Ok((_, _, mut zoom, shows, _)) = self.tiles.get_mut(other)
                && (other == tile || shown.is_some() && shows.copied() == shown)
            {
                zoom.set_if_neq(next);
            }
        }
    }

    /// The number of the layout of that name; of the one to begin with where there is none.
    pub(super) fn layout_of(&self, name: Option<&String>) -> (usize, bool) {
        let found = name.and_then(|name| self.file.wall.layouts.get_index_of(name));
        (found.unwrap_or_else(|| self.file.wall.first_layout()), found.is_some())
    }

    /// Whether there is such a camera.
    pub(super) fn has(&self, camera: Entity) -> bool {
        self.cameras.contains(camera)
    }

    /// The camera of that number.
    fn numbered(&self, number: usize) -> Option<Entity> {
        let found = self.cameras.iter().find(|(_, known, _)| known.number == number);
        found.map(|(entity, ..)| entity)
    }

    /// Whether a picture of the wall is enlarged.
    pub(super) fn is_enlarged(&self, tiles: Option<&Tiles>) -> bool {
        let enlarged =
            |tile| self.tiles.get(tile).is_ok_and(|(_, _, zoom, ..)| zoom.0 != Zoom::FIT);
        tiles.into_iter().flat_map(|tiles| tiles.iter()).any(enlarged)
    }

    /// A tile's tour, and which entry of its layout the tile is.
    pub(super) fn tour(&self, tile: Entity) -> Option<(&TileTour, usize)> {
        let (known, .., tour) = self.tiles.get(tile).ok()?;
        Some((tour?, known.index))
    }

    /// A tile's tour, to be changed.
    pub(super) fn tour_mut(&mut self, tile: Entity) -> Option<Mut<'_, TileTour>> {
        let (.., tour) = self.tiles.get_mut(tile).ok()?;
        tour
    }

    /// Has a tile show the camera of this id; and the hotspots, if the tile is selected.
    pub(super) fn show(&mut self, view: &mut WallStateItem<'_, '_>, tile: Entity, id: &str) {
        let number = self.file.wall.cameras.get_index_of(id).map_or(0, |index| index + 1);
        let camera = self.numbered(number);
        self.put(view, tile, (number, camera));
        if view.selected.0 == Some(tile) {
            self.follow_selection(view, (number, camera));
        }
    }

    /// Has the hotspots show the camera of the selected tile.
    pub(super) fn show_selected(&mut self, view: &mut WallStateItem<'_, '_>) {
        let selected = view.selected.0.and_then(|tile| self.tiles.get(tile).ok());
        let Some((tile, .., shows, _)) = selected else { return };
        if tile.content != Content::Hotspot {
            let shown = (tile.number, shows.map(|shows| shows.0));
            self.follow_selection(view, shown);
        }
    }

    fn follow_selection(
        &mut self,
        view: &mut WallStateItem<'_, '_>,
        shown: (usize, Option<Entity>),
    ) {
        for tile in view.tiles.into_iter().flat_map(|tiles| tiles.iter()) {
            if self.tiles.get(tile).is_ok_and(|(tile, ..)| tile.content == Content::Hotspot) {
                self.put(view, tile, shown);
            }
        }
    }

    /// Puts a camera into a tile, with its own zoom.
    fn put(
        &mut self,
        view: &mut WallStateItem<'_, '_>,
        tile: Entity,
        (number, camera): (usize, Option<Entity>),
    ) {
        let Ok((known, .., shows, _)) = self.tiles.get(tile) else { return };
        let (known, before) = (*known, shows.map(|shows| shows.0));
        if (known.number, before) == (number, camera) {
            return;
        }
        self.park_zoom(view, tile);
        let zoom = camera.map_or(Zoom::FIT, |camera| self.zoom_of(view, camera));
        if let Ok((_, _, mut known, ..)) = self.tiles.get_mut(tile) {
            known.set_if_neq(TileZoom(zoom));
        }
        let mut tile = self.commands.entity(tile);
        tile.insert(Tile { number, ..known });
        match camera {
            Some(camera) => tile.insert(Shows(camera)),
            None => tile.remove::<Shows>(),
        };
    }

    /// How far a camera's picture is enlarged on a wall, or was when it was last shown.
    fn zoom_of(&self, view: &WallStateItem<'_, '_>, camera: Entity) -> Zoom {
        let tiles = view.tiles.into_iter().flat_map(|tiles| tiles.iter());
        let shown = tiles.filter_map(|tile| {
            let (_, _, zoom, shows, _) = self.tiles.get(tile).ok()?;
            shows.filter(|shows| shows.0 == camera).map(|_| zoom.0)
        });
        let parked = || view.parked.0.get(&camera).copied();
        shown.into_iter().next().or_else(parked).unwrap_or_default()
    }
}
