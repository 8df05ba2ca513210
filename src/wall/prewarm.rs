//! How large cameras are in the layouts that are kept warm.
//!
//! Main world. Policy: told anew where a wall came, went or changed its size, and where the wall file is
//! another one.

use bevy::prelude::*;

use super::Wall;
use super::tiles::GAP;
use crate::camera::{Camera, Prewarmed, WallFile};
use crate::wall::layout;
use crate::wall::layout::LayoutTile;

/// Tells each camera that is kept warm how many lines its picture needs in its largest tile of those
/// layouts, on the largest wall.
pub fn tell_cameras(
    walls: Query<Ref<Wall>>,
    mut gone: RemovedComponents<Wall>,
    mut cameras: Query<(&Camera, &mut Prewarmed)>,
    file: Res<WallFile>,
) {
    let fewer = gone.read().count() > 0;
    if !fewer && !file.is_changed() && !walls.iter().any(|wall| wall.is_changed()) {
        return;
    }
    let file = &file.wall;
    let number = |id: &str| file.cameras.get_index_of(id).map(|index| index + 1);
    let layouts = || file.prewarm.iter().filter_map(|name| file.layouts.get(name));
    let arranged = |size| layouts().flat_map(move |it| layout::arrange(it, number, size, GAP));
    let tiles: Vec<LayoutTile> = walls.iter().flat_map(|wall| arranged(wall.size)).collect();
    for (camera, mut warm) in &mut cameras {
        let of_camera = tiles.iter().filter(|tile| tile.camera == camera.number);
        warm.set_if_neq(Prewarmed(of_camera.map(|tile| tile.rect.height).max()));
    }
}
