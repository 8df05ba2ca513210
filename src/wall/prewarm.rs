//! Which cameras are kept warm for what is shown next, and how large they are there.
//!
//! Main world. Policy: those of the layouts that the wall file keeps warm, and those of the step that a
//! tour shows next. Told anew where a wall came, went or changed its size, a tour has come further, and
//! where the wall file is another one.

use bevy::prelude::*;

use super::layout::{Content, LayoutTile};
use super::tiles::GAP;
use super::touring::{ParkedTours, TileTour, Touring, tour_of};
use super::{Tile, TileRect, Wall};
use crate::camera::{Camera, Prewarmed, WallFile};
use crate::wall::layout;
use camwall_config as config;
use camwall_config::Layout;

type Touched<'w, 's> =
    (Query<'w, 's, (), Or<(Changed<Touring>, Changed<TileTour>, Changed<Wall>)>>,);

/// Tells each camera whether it is kept warm, and how many lines its picture needs then: those of its
/// largest tile, on the largest wall.
pub fn tell_cameras(
    mut commands: Commands,
    (changed,): Touched,
    mut gone: (RemovedComponents<Wall>, RemovedComponents<Touring>, RemovedComponents<TileTour>),
    walls: Query<(&Wall, &ParkedTours, Option<&Touring>)>,
    tours: Query<(&Tile, &TileRect, &TileTour)>,
    mut cameras: Query<(Entity, &Camera, Option<&mut Prewarmed>)>,
    file: Res<WallFile>,
) {
    let fewer = gone.0.read().count() + gone.1.read().count() + gone.2.read().count() > 0;
    if !fewer && !file.is_changed() && changed.is_empty() {
        return;
    }
    let file = &file.wall;
    let mut wanted: Vec<(&str, u32)> = Vec::new();
    for (wall, parked, touring) in &walls {
        for (name, layout) in file.prewarm.iter().filter_map(|it| file.layouts.get_key_value(it)) {
            for tile in arranged(file, layout, wall) {
                match tour_of(layout, tile.index) {
                    Some(tour) => wanted.extend(tour.shows().map(|id| (id, tile.rect.height))),
                    None => {
                        wanted.push((parked.camera((name, layout), tile.index), tile.rect.height))
                    }
                }
            }
        }
        let next = touring.and_then(|touring| next_layout(file, touring));
        if let Some((name, layout)) = next {
            let tiles = arranged(file, layout, wall);
            wanted.extend(
                tiles
                    .iter()
                    .map(|tile| (parked.camera((name, layout), tile.index), tile.rect.height)),
            );
        }
    }
    for (tile, rect, tour) in &tours {
        let next = next_camera(file, tile, tour);
        wanted.extend(next.map(|id| (id, rect.rest.height)));
    }
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
