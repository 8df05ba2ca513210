//! How a wall's tiles are placed anew, or others are made, and what of the ones before stays.

use bevy::prelude::*;
use tracing::{debug, info};

use super::super::toured::TileTour;
use super::super::{Maximized, MaximizedTile, OnWall, Selected, Shows, Tile, TileRect, TileZoom};
use super::{Anew, GAP, TileAccess, WallStateItem};
use crate::wall::layout;
use crate::wall::layout::{Content, LayoutTile, Maximize, Zoom};

impl TileAccess<'_, '_> {
    /// Places a wall's tiles anew after a change of its size, or makes others.
    pub fn arrange(&mut self, view: &mut WallStateItem<'_, '_>, why: Anew) {
        let Some((name, layout)) = self.file.wall.layouts.get_index(view.layout.0) else { return };
        let number = |id: &str| self.file.wall.cameras.get_index_of(id).map(|index| index + 1);
        let mut wanted = match self.care.mirrored {
            true => layout::arrange_mirrored(layout, number, view.wall.size, GAP),
            false => layout::arrange(layout, number, view.wall.size, GAP),
        };
        let (count, size) = (wanted.len(), view.wall.size);
        if why == Anew::Tour {
            debug!("layout {name}: {count} tiles on {}x{}", size.x, size.y);
        } else {
            info!("layout {name}: {count} tiles on {}x{}", size.x, size.y);
        }
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
        let (selected, alone) = (self.known(view.selected.0, why), self.known(maximized, why));
        for tile in entities {
            self.park(view, tile);
            self.commands.entity(tile).despawn();
        }
        // After those before were parked: one of them may be of the same layout.
        let layout = (name.as_str(), layout);
        let tours: Vec<Option<TileTour>> =
            wanted.iter().map(|tile| view.parked_tours.tour(layout, tile.index)).collect();
        for (tile, tour) in wanted.iter_mut().zip(&tours) {
            let toured = tour.as_ref().and_then(|tour| number(&tour.show));
            tile.camera = toured.unwrap_or(tile.camera);
        }
        let mut shown: Vec<Option<Entity>> =
            wanted.iter().map(|tile| self.numbered(tile.camera)).collect();
        let find = |known: Option<Known>| known?.find(&wanted, &shown, why);
        let first = wanted.iter().position(|tile| tile.content != Content::Hotspot);
        let (place, alone) = (find(selected).or(first), find(alone));
        let hotspot = hotspot_shows(&wanted, &shown, place, selected);
        for (tile, shown) in wanted.iter_mut().zip(&mut shown) {
            if tile.content == Content::Hotspot {
                (tile.camera, *shown) = hotspot;
            }
        }
        let tiles = wanted.iter().zip(&shown).zip(tours);
        let made: Vec<Entity> =
            tiles.map(|((tile, shown), tour)| self.make(view, tile, *shown, tour)).collect();
        view.selected.set_if_neq(Selected(place.map(|place| made[place])));
        view.maximized.set_if_neq(Maximized(alone.map(|place| fill(made[place]))));
    }

    /// A tile as it is, with the number that its camera has by now.
    fn known(&self, tile: Option<Entity>, why: Anew) -> Option<Known> {
        let (tile, _, _, shows, _) = self.tiles.get(tile?).ok()?;
        let (mut tile, camera) = (*tile, shows.map(|shows| shows.0));
        tile.number = match camera.and_then(|camera| self.cameras.get(camera).ok()) {
            Some((_, camera, _)) => camera.number,
            // What is gone has none in another file.
            None if why == Anew::File => 0,
            None => tile.number,
        };
        Some(Known { tile, camera })
    }

    /// Keeps how far a tile's picture is enlarged, and where its tour is.
    fn park(&self, view: &mut WallStateItem<'_, '_>, tile: Entity) {
        if let Ok((known, .., Some(tour))) = self.tiles.get(tile) {
            view.parked_tours.keep(known.index, tour, self.time.elapsed());
        }
        self.park_zoom(view, tile);
    }

    pub(super) fn park_zoom(&self, view: &mut WallStateItem<'_, '_>, tile: Entity) {
        let Ok((_, _, zoom, Some(Shows(camera)), _)) = self.tiles.get(tile) else { return };
        if zoom.0 == Zoom::FIT {
            view.parked.0.remove(camera);
        } else {
            view.parked.0.insert(*camera, zoom.0);
        }
    }

    /// A new tile.
    fn make(
        &mut self,
        view: &WallStateItem<'_, '_>,
        tile: &LayoutTile,
        shown: Option<Entity>,
        tour: Option<TileTour>,
    ) -> Entity {
        let LayoutTile { camera: number, content, index, rect: rest, overlap } = *tile;
        let parked = shown.and_then(|camera| view.parked.0.get(&camera).copied());
        let zoom = TileZoom(parked.unwrap_or_default());
        let rect = TileRect { rest, end: rest, drawn: Some(rest) };
        let tile = Tile { index, number, content, overlap };
        let mut made = self.commands.spawn((tile, rect, zoom, OnWall(view.entity)));
        if let Some(camera) = shown {
            made.insert(Shows(camera));
        }
        if let Some(tour) = tour {
            made.insert(tour);
        }
        made.id()
    }
}

/// A tile as it was before others were made.
#[derive(Debug, Clone, Copy)]
struct Known {
    tile: Tile,
    camera: Option<Entity>,
}

impl Known {
    /// Its place among other tiles: the same camera in the same place of the same layout, else the same
    /// camera; of a hotspot, the hotspot.
    fn find(&self, wanted: &[LayoutTile], shown: &[Option<Entity>], why: Anew) -> Option<usize> {
        let other = matches!(why, Anew::Layout | Anew::Tour);
        let is_there = |place: &usize| !other && wanted[*place].index == self.tile.index;
        let is_hotspot = |place: &usize| wanted[*place].content == Content::Hotspot;
        let is_of = |place: &usize| match self.camera {
            Some(_) => shown[*place] == self.camera,
            // It is gone. In another file its number may be another's.
            None => why != Anew::File && wanted[*place].camera == self.tile.number,
        };
        let mut places = (0..wanted.len()).filter(|place| !is_hotspot(place)).filter(is_of);
        let itself = (0..wanted.len())
            .filter(|_| self.tile.content == Content::Hotspot)
            .find(|place| is_hotspot(place) && is_there(place));
        let stays = || places.clone().find(is_there);
        itself.or_else(stays).or_else(|| places.next())
    }
}

/// What hotspots show where the tile at `place` is selected: its camera, and where that is a hotspot, what
/// it showed before.
fn hotspot_shows(
    wanted: &[LayoutTile],
    shown: &[Option<Entity>],
    place: Option<usize>,
    before: Option<Known>,
) -> (usize, Option<Entity>) {
    match (place, before) {
        (Some(place), _) if wanted[place].content != Content::Hotspot => {
            (wanted[place].camera, shown[place])
        }
        (Some(_), Some(before)) => (before.tile.number, before.camera),
        _ => (0, None),
    }
}
