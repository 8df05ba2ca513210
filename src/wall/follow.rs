//! Walls follow another wall file.
//!
//! Main world, after the cameras did. Policies: a layout is known by its name, and who looks at one that
//! is no more sees the one to begin with; where nothing of what a wall shows differs, nothing is
//! touched; a number that is being typed is forgotten where numbers mean other cameras.

use bevy::prelude::*;
use tracing::error;

use bevy::ecs::system::RunSystemOnce;

use super::tiles::{Anew, TileAccess, WallState};
use super::{ActiveLayout, Panels};
use crate::camera::WallFile;
use camwall_config::{CameraChange, Change, Diff, Wall};

/// What walls need to know of a change of the wall file.
struct Differs {
    /// The names of the layouts as they were numbered.
    before: Vec<String>,
    /// Layouts that have other places.
    layouts: Vec<String>,
    /// Cameras came, went, or have other numbers.
    numbers: bool,
}

/// Follows the wall file that is in [`WallFile`] by now; `diff` is what it says differently from `old`.
pub fn follow_file(world: &mut World, diff: &Diff, old: &Wall) {
    let numbers = diff.cameras.iter().any(|it| !matches!(it.what, CameraChange::Changed(_)));
    let layout = |change: &Change| match change {
        Change::LayoutChanged(name) => Some(name.clone()),
        _ => None,
    };
    let layouts = diff.rest.iter().filter_map(layout).collect();
    let before = old.layouts.keys().cloned().collect();
    let differs = Differs { before, layouts, numbers };
    if let Err(error) = world.run_system_once_with(arrange, differs) {
        error!("walls do not follow the wall file: {error}");
    }
    if diff.rest.contains(&Change::Stats) {
        let stats = world.resource::<WallFile>().wall.overlay.stats;
        let mut panels = world.query::<&mut Panels>();
        for mut panels in panels.iter_mut(world) {
            panels.stats = stats;
        }
    }
}

fn arrange(In(differs): In<Differs>, mut walls: Query<WallState>, mut tiles: TileAccess) {
    for mut view in &mut walls {
        let name = differs.before.get(view.layout.0);
        let (number, is_there) = tiles.layout_of(name);
        view.layout.set_if_neq(ActiveLayout(number));
        let other = name.is_some_and(|name| differs.layouts.contains(name));
        if !is_there || other || differs.numbers {
            tiles.arrange(&mut view, Anew::File);
        }
        if differs.numbers && !view.number.digits.is_empty() {
            view.number.digits.clear();
        }
        if differs.numbers {
            view.parked.0.retain(|camera, _| tiles.has(*camera));
        }
    }
}
