//! The tiles of a wall as operations find them, and how they are made.
//!
//! Main world. Policy: a change of size moves tiles; another layout, or another wall file, makes others,
//! and what the operator looks at stays: the selected camera, the full-screen one, the digital zoom. A
//! camera is known by its entity: its number may become another's.

use std::time::Duration;

use bevy::{
    ecs::{query::QueryData, system::SystemParam},
    prelude::*,
};
use tracing::info;

use super::placement::drawn_rect;
use super::{
    ActiveLayout, HeldActions, HelpPages, Maximized, MaximizedTile, NumberEntry, OnWall, Panels,
    ParkedZooms, PointedAt, Selected, Shows, StripShown, Tile, TileRect, TileZoom, Tiles, Wall,
    in_drawing_order,
};
use crate::camera::{Camera, PictureShape, WallFile};
use crate::wall::layout;
use crate::wall::layout::{LayoutTile, Maximize, PxRect, Zoom};

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
    pub tiles: Option<&'static Tiles>,
}

/// Why tiles are placed anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anew {
    /// The wall has another size.
    Size,
    /// It shows another layout.
    Layout,
    /// The wall file is another one.
    File,
}

/// All tiles, and what they show.
#[derive(SystemParam)]
pub struct TileAccess<'w, 's> {
    tiles: Query<
        'w,
        's,
        (&'static Tile, &'static mut TileRect, &'static mut TileZoom, Option<&'static Shows>),
    >,
    cameras: Query<'w, 's, (Entity, &'static Camera, &'static PictureShape)>,
    file: Res<'w, WallFile>,
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
            let Tile { index, number: camera, overlap } = *tile;
            Some((entity, LayoutTile { camera, index, rect: rect.rest, overlap }))
        };
        tiles.filter_map(geometry).unzip()
    }

    /// The camera that a tile shows.
    pub fn camera(&self, tile: Entity) -> Option<Entity> {
        let (.., shows) = self.tiles.get(tile).ok()?;
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
        let Ok((_, _, zoom, shows)) = self.tiles.get(tile) else { return };
        let (next, shown) = (TileZoom(change(zoom.0)), shows.copied());
        for other in view.tiles.into_iter().flat_map(|tiles| tiles.iter()) {
            if let Ok((_, _, mut zoom, shows)) = self.tiles.get_mut(other)
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

    /// Places a wall's tiles anew after a change of its size, or makes others.
    pub fn arrange(&mut self, view: &mut WallStateItem<'_, '_>, why: Anew) {
        let Some((name, layout)) = self.file.wall.layouts.get_index(view.layout.0) else { return };
        let number = |id: &str| self.file.wall.cameras.get_index_of(id).map(|index| index + 1);
        let wanted = layout::arrange(layout, number, view.wall.size, GAP);
        info!("layout {name}: {} tiles on {}x{}", wanted.len(), view.wall.size.x, view.wall.size.y);
        let (entities, before) = self.of(view.tiles);
        let same = before.iter().map(|tile| tile.index).eq(wanted.iter().map(|tile| tile.index));
        let maximized = view.maximized.open();
        let full = Maximize::at(view.wall.rect());
        let fill = |tile| MaximizedTile { tile, animation: full, closing: false };
        if same && why == Anew::Size {
            for (entity, LayoutTile { rect: rest, .. }) in entities.into_iter().zip(&wanted) {
                if let Ok((_, mut rect, ..)) = self.tiles.get_mut(entity) {
                    rect.rest = *rest;
                }
            }
            view.maximized.set_if_neq(Maximized(maximized.map(fill)));
            return;
        }
        let known = |tile: Option<Entity>| {
            let (tile, _, _, shows) = self.tiles.get(tile?).ok()?;
            Some((*tile, shows.map(|shows| shows.0)))
        };
        let (selected, alone) = (known(view.selected.0), known(maximized));
        for tile in entities {
            self.remove(view, tile);
        }
        let shown: Vec<Option<Entity>> =
            wanted.iter().map(|tile| self.numbered(tile.camera)).collect();
        let made = wanted.iter().zip(&shown).map(|(tile, shown)| self.make(view, tile, *shown));
        let made: Vec<Entity> = made.collect();
        // The same camera in the same place of the same layout, else the same camera.
        let find = |known: Option<(Tile, Option<Entity>)>| {
            let (known, camera) = known?;
            let is_of = |place: &usize| match camera {
                Some(_) => shown[*place] == camera,
                // It is gone. In another file its number may be another's.
                None => why != Anew::File && wanted[*place].camera == known.number,
            };
            let stays = |place: &usize| why != Anew::Layout && wanted[*place].index == known.index;
            let mut places = (0..wanted.len()).filter(is_of);
            let place = places.clone().find(stays).or_else(|| places.next());
            place.map(|place| made[place])
        };
        let first = made.first().copied();
        view.selected.set_if_neq(Selected(find(selected).or(first)));
        view.maximized.set_if_neq(Maximized(find(alone).map(fill)));
    }

    fn remove(&mut self, view: &mut WallStateItem<'_, '_>, tile: Entity) {
        if let Ok((_, _, zoom, Some(shows))) = self.tiles.get(tile) {
            if zoom.0 == Zoom::FIT {
                view.parked.0.remove(&shows.0);
            } else {
                view.parked.0.insert(shows.0, zoom.0);
            }
        }
        self.commands.entity(tile).despawn();
    }

    /// A new tile.
    fn make(
        &mut self,
        view: &WallStateItem<'_, '_>,
        tile: &LayoutTile,
        shown: Option<Entity>,
    ) -> Entity {
        let LayoutTile { camera: number, index, rect: rest, overlap } = *tile;
        let parked = shown.and_then(|camera| view.parked.0.get(&camera).copied());
        let zoom = TileZoom(parked.unwrap_or_default());
        let rect = TileRect { rest, end: rest, drawn: Some(rest) };
        let tile = Tile { index, number, overlap };
        let mut made = self.commands.spawn((tile, rect, zoom, OnWall(view.entity)));
        if let Some(camera) = shown {
            made.insert(Shows(camera));
        }
        made.id()
    }
}
