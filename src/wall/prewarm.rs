//! Which cameras are kept warm for what is shown next, and how large they are there.
//!
//! Main world. Policy: those of the layouts that the wall file keeps warm, and those of the step that a
//! tour shows next. Told anew where a wall came, went or changed its size, a tour has come further, and
//! where the wall file is another one.

use bevy::{ecs::system::SystemParam, prelude::*};

use super::layout::{Content, LayoutTile};
use super::tiles::GAP;
use super::toured::{ParkedTours, TileTour, Touring, tour_of};
use super::{OnWall, Tile, TileRect, Waiting, Wall};
use crate::camera::{Camera, Prewarmed, WallFile};
use crate::wall::layout;
use camwall_config as config;
use camwall_config::Layout;

/// What tells that others are to be kept warm.
#[derive(SystemParam)]
pub struct News<'w, 's> {
    changed: Query<'w, 's, (), Or<(Changed<Wall>, Added<Waiting>)>>,
    toured: Query<'w, 's, (), Or<(Changed<Touring>, Changed<TileTour>)>>,
    gone: RemovedComponents<'w, 's, Wall>,
    back: RemovedComponents<'w, 's, Waiting>,
    ended: RemovedComponents<'w, 's, Touring>,
    ended_in_tiles: RemovedComponents<'w, 's, TileTour>,
}

impl News<'_, '_> {
    fn any(&mut self) -> bool {
        let walls = self.gone.read().count() + self.back.read().count();
        let tours = self.ended.read().count() + self.ended_in_tiles.read().count();
        walls + tours > 0 || !self.changed.is_empty() || !self.toured.is_empty()
    }
}

/// The walls and tiles for which cameras may be kept warm.
#[derive(SystemParam)]
pub struct Shown<'w, 's> {
    walls: Query<
        'w,
        's,
        (&'static Wall, &'static ParkedTours, Option<&'static Touring>, Has<Waiting>),
    >,
    tours: Query<'w, 's, (&'static Tile, &'static TileRect, &'static TileTour, &'static OnWall)>,
}

impl Shown<'_, '_> {
    /// Ids of the cameras that are to be kept warm, each with the lines of a tile.
    fn wanted<'f>(&self, file: &'f config::Wall) -> Vec<(&'f str, u32)> {
        let mut wanted: Vec<(&str, u32)> = Vec::new();
        for (wall, parked, touring, waits) in &self.walls {
            for (_, layout) in file.prewarm.iter().filter_map(|it| file.layouts.get_key_value(it)) {
                for tile in arranged(file, layout, wall) {
                    let lines = |id| (id, tile.rect.height);
                    match tour_of(layout, tile.index) {
                        Some(tour) => wanted.extend(tour.shows().map(lines)),
                        None => wanted.push(lines(parked.camera(("", layout), tile.index))),
                    }
                }
            }
            let touring = touring.filter(|_| !waits);
            if let Some(next) = touring.and_then(|touring| next_layout(file, touring)) {
                let lines = |tile: LayoutTile| (parked.camera(next, tile.index), tile.rect.height);
                wanted.extend(arranged(file, next.1, wall).into_iter().map(lines));
            }
        }
        for (tile, rect, tour, on) in &self.tours {
            let waits = self.walls.get(on.0).is_ok_and(|(.., waits)| waits);
            let next = next_camera(file, tile, tour).filter(|_| !waits);
            wanted.extend(next.map(|id| (id, rect.rest.height)));
        }
        wanted
    }
}

/// Tells each camera whether it is kept warm, and how many lines its picture needs then: those of its
/// largest tile, on the largest wall.
pub fn tell_cameras(
    mut commands: Commands,
    mut news: News,
    shown: Shown,
    mut cameras: Query<(Entity, &Camera, Option<&mut Prewarmed>)>,
    file: Res<WallFile>,
) {
    if !news.any() && !file.is_changed() {
        return;
    }
    let file = &file.wall;
    let wanted = shown.wanted(file);
    for (entity, camera, warm) in &mut cameras {
        let of_camera = wanted.iter().filter(|(id, _)| **id == *camera.id);
        let lines = of_camera.map(|(_, lines)| *lines).max();
        let is_warm = lines.is_some() || file.is_prewarmed(&camera.id);
        match warm {
            Some(mut warm) if is_warm => {
                warm.set_if_neq(Prewarmed(lines));
            }
            None if is_warm => {
                commands.entity(entity).insert(Prewarmed(lines));
            }
            Some(_) => {
                commands.entity(entity).remove::<Prewarmed>();
            }
            None => {}
        }
    }
}

fn arranged(file: &config::Wall, layout: &Layout, wall: &Wall) -> Vec<LayoutTile> {
    let number = |id: &str| file.cameras.get_index_of(id).map(|index| index + 1);
    let mut tiles = layout::arrange(layout, number, wall.size, GAP);
    tiles.retain(|tile| tile.content != Content::Hotspot);
    tiles
}

/// The layout that a wall's tour shows next, where that is to be kept warm.
fn next_layout<'f>(file: &'f config::Wall, touring: &Touring) -> Option<(&'f str, &'f Layout)> {
    let (_, tour) = file.tours.get_index(touring.tour)?;
    let step = touring.progress.warm(tour.steps.len())?;
    let (name, layout) = file.layouts.get_key_value(&tour.steps.get(step)?.show)?;
    Some((name, layout))
}

/// The camera that a tile's tour shows next, where that is to be kept warm.
fn next_camera<'f>(file: &'f config::Wall, tile: &Tile, own: &TileTour) -> Option<&'f str> {
    let tour = tour_of(file.layouts.get(&own.layout)?, tile.index)?;
    let step = own.progress.warm(tour.steps.len())?;
    Some(tour.steps.get(step)?.show.as_str())
}
