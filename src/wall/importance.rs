//! Which cameras somebody looks at more than at others.
//!
//! Main world, when walls and tiles are placed. Policy: a camera is important while it is selected on
//! any wall that is seen, or full-screen, also on the way there and back. It is told so only when that
//! changes.

use bevy::prelude::*;

use super::{Maximized, Selected, ShownBy, Waiting};
use crate::camera::Important;

/// Tells each camera whether it is selected or full-screen.
pub fn tell_cameras(
    walls: Query<(&Selected, &Maximized), Without<Waiting>>,
    mut cameras: Query<(&mut Important, Option<&ShownBy>)>,
) {
    for (mut important, shown_by) in &mut cameras {
        let is_one = |tile: Option<Entity>| {
            tile.is_some_and(|tile| shown_by.is_some_and(|by| by.iter().any(|it| it == tile)))
        };
        let looked_at = walls.iter().any(|(selected, maximized)| {
            is_one(selected.0) || is_one(maximized.0.map(|maximized| maximized.tile))
        });
        important.set_if_neq(Important(looked_at));
    }
}

#[cfg(test)]
mod tests {
    use bevy::math::UVec2;

    use super::*;
    use crate::wall::layout::{Maximize, PxRect};
    use crate::wall::{MaximizedTile, Shows};

    #[test]
    fn what_is_selected_or_full_screen_on_any_wall_is_important_for_as_long_as_it_is() {
        let mut app = App::new();
        app.add_systems(Update, tell_cameras);
        let world = app.world_mut();
        let cameras = [(); 4].map(|()| world.spawn(Important::default()).id());
        let tiles = cameras.map(|camera| world.spawn(Shows(camera)).id());
        let animation = Maximize::at(PxRect::of_window(UVec2::ONE));
        let closing = MaximizedTile { tile: tiles[1], animation, closing: true };
        let first = world.spawn((Selected(Some(tiles[0])), Maximized::default())).id();
        let second = world.spawn((Selected(Some(tiles[2])), Maximized(Some(closing)))).id();
        let important = |app: &mut App| {
            app.update();
            cameras.map(|camera| app.world().get::<Important>(camera).is_some_and(|it| it.0))
        };
        assert_eq!(important(&mut app), [true, true, true, false]);
        app.world_mut().entity_mut(second).insert((Selected(Some(tiles[0])), Maximized::default()));
        assert_eq!(important(&mut app), [true, false, false, false]);
        app.world_mut().entity_mut(first).insert(Waiting);
        app.world_mut().entity_mut(second).insert(Selected(None));
        assert_eq!(important(&mut app), [false; 4]);
    }
}
