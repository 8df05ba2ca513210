//! Walls follow their windows and the night, animations and forgotten numbers come to their end.
//!
//! Main world, once an update.

use bevy::prelude::*;

use super::tiles::{Anew, TileAccess, WallState};
use super::{Maximized, NumberEntry, OnWindow, Turned, Wall};
use crate::burn_in::ScreenCare;
use crate::pacing::FramePacer;
use crate::wall::layout::turned;

/// Makes the tiles of a new wall.
pub fn furnish(made: On<Add, Wall>, mut walls: Query<WallState>, mut tiles: TileAccess) {
    if let Ok(mut view) = walls.get_mut(made.entity) {
        tiles.arrange(&mut view, Anew::Layout);
    }
}

/// Follows the size of the windows, and how walls are turned in them.
pub fn follow_window(
    windows: Query<Ref<Window>>,
    on: Query<(Entity, Ref<OnWindow>, Ref<Turned>)>,
    mut walls: Query<WallState>,
    mut tiles: TileAccess,
) {
    for (wall, on, rotation) in &on {
        let (Ok(window), Ok(mut view)) = (windows.get(on.0), walls.get_mut(wall)) else {
            continue;
        };
        if !window.is_changed() && !on.is_changed() && !rotation.is_changed() {
            continue;
        }
        let size = turned(rotation.0, window.physical_size());
        if size.x > 0 && size.y > 0 && view.wall.set_if_neq(Wall { size }) {
            tiles.arrange(&mut view, Anew::Size);
        }
    }
}

/// Tiles change places where the care for the screens wants it, and back.
pub fn change_places(
    care: Res<ScreenCare>,
    mut mirrored: Local<bool>,
    mut walls: Query<WallState>,
    mut tiles: TileAccess,
) {
    if std::mem::replace(&mut *mirrored, care.mirrored) == care.mirrored {
        return;
    }
    for mut view in &mut walls {
        tiles.arrange(&mut view, Anew::Size);
    }
}

/// Ends what time ends: a flight that has arrived, a number that nobody goes on typing. While a tile
/// flies the wall is woken.
pub fn animate(
    mut walls: Query<(&mut Maximized, &mut NumberEntry)>,
    time: Res<Time<Real>>,
    pacer: Res<FramePacer>,
) {
    let now = time.elapsed();
    for (mut maximized, mut number) in &mut walls {
        if maximized.is_animating(now) {
            pacer.notify();
        } else if maximized.0.is_some() && maximized.open().is_none() {
            maximized.0 = None;
        }
        if !number.digits.is_empty() && !number.is_open(now) {
            number.digits.clear();
        }
    }
}
