//! Walls follow another wall file.
//!
//! Main world, after the cameras did. Policies: a layout is known by its name, and who looks at one that
//! is no more sees the one to begin with; a tour by its name, and its steps by what they show; where
//! nothing of what a wall shows differs, nothing is touched; a number that is being typed is forgotten
//! where numbers mean other cameras. Walls are known by their names: those that the file no longer names
//! close, those that are new open, and one that an operator closed stays so. Where one wall without a
//! name becomes several, the first of them goes on with it, and the other way round.

use bevy::prelude::*;
use tracing::{error, info};

use bevy::ecs::system::RunSystemOnce;

use super::open::NewWall;
use super::tiles::{Anew, TileAccess, WallState, WallStateItem};
use super::toured::Touring;
use super::{ActiveLayout, OnScreen, Panels, Turned, WallName};
use crate::camera::WallFile;
use camwall_config::{CameraChange, Change, Diff, Tour, Wall};
use indexmap::IndexMap;

/// What walls need to know of a change of the wall file.
struct Differs {
    /// The names of the layouts as they were numbered.
    before: Vec<String>,
    /// Layouts that have other places.
    layouts: Vec<String>,
    /// Cameras came, went, or have other numbers.
    numbers: bool,
    /// The tours as they were numbered.
    tours: IndexMap<String, Tour>,
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
    let differs = Differs { before, layouts, numbers, tours: old.tours.clone() };
    if let Err(error) = world.run_system_once_with(arrange, differs) {
        error!("walls do not follow the wall file: {error}");
    }
    if let Err(error) = world.run_system_once_with(open_and_close, known_walls(old)) {
        error!("walls do not open and close as the wall file says: {error}");
    }
    if diff.rest.contains(&Change::Stats) {
        let stats = world.resource::<WallFile>().wall.overlay.stats;
        let mut panels = world.query::<&mut Panels>();
        for mut panels in panels.iter_mut(world) {
            panels.stats = stats;
        }
    }
}

/// The names of a file's walls.
fn known_walls(file: &Wall) -> Vec<String> {
    file.screens().into_keys().collect()
}

/// Opens and closes walls; `before` are the names of those that there were in the file.
fn open_and_close(
    In(before): In<Vec<String>>,
    mut walls: Query<(Entity, &mut WallName, &mut OnScreen, &mut Turned)>,
    file: Res<WallFile>,
    mut commands: Commands,
) {
    let mut wanted: Vec<NewWall> = NewWall::all_of(&file.wall).collect();
    // What has no name in one of the files is the first in the other.
    let unnamed = |names: &[String]| names.iter().all(String::is_empty);
    let after: Vec<String> = wanted.iter().map(|wall| wall.name.name.clone()).collect();
    let same = |old: &WallName, new: &WallName| match unnamed(&before) || unnamed(&after) {
        true => old.number == 0 && new.number == 0,
        false => old.name == new.name,
    };
    for (entity, mut name, mut screen, mut turned) in &mut walls {
        match wanted.iter().position(|new| same(&name, &new.name)) {
            Some(new) => {
                let new = wanted.remove(new);
                turned.set_if_neq(Turned(new.screen.rotation));
                screen.set_if_neq(OnScreen(new.screen));
                name.set_if_neq(new.name);
            }
            None => {
                info!("{}: closed, the wall file no longer names it", *name);
                commands.entity(entity).despawn();
            }
        }
    }
    wanted.retain(|wall| !before.contains(&wall.name.name));
    for wall in wanted {
        wall.spawn(&mut commands, file.wall.overlay.stats);
    }
}

fn arrange(In(differs): In<Differs>, mut walls: Query<WallState>, mut tiles: TileAccess) {
    for mut view in &mut walls {
        let name = differs.before.get(view.layout.0);
        let (number, is_there) = tiles.layout_of(name);
        view.layout.set_if_neq(ActiveLayout(number));
        let toured = follow_tour(&mut view, &mut tiles, &differs.tours);
        let other = toured || name.is_some_and(|name| differs.layouts.contains(name));
        if !is_there || other || differs.numbers {
            tiles.arrange(&mut view, Anew::File);
        }
        if differs.numbers && !view.number.digits.is_empty() {
            view.number.digits.clear();
        }
        if differs.numbers {
            view.parked.0.retain(|camera, _| tiles.has(*camera));
        }
        let layouts = &tiles.file.wall.layouts;
        view.parked_tours.tidy(|layout| layouts.contains_key(layout));
    }
}

/// A wall's tour goes on with the step of the same name, else with its first; one that is no more ends.
/// True where another layout is to be shown.
fn follow_tour(
    view: &mut WallStateItem<'_, '_>,
    tiles: &mut TileAccess<'_, '_>,
    before: &IndexMap<String, Tour>,
) -> bool {
    let Some(&Touring { tour, mut progress }) = view.touring.as_deref() else { return false };
    let file = &tiles.file.wall;
    let known = before.get_index(tour);
    let found = known.and_then(|(name, old)| Some((old, file.tours.get_full(name)?)));
    let Some((old, (number, _, tour))) = found else {
        tiles.commands.entity(view.entity).remove::<Touring>();
        return false;
    };
    let step = progress.step();
    let show = old.shows().nth(step);
    let stays = tour.shows().nth(step) == show;
    let step = if stays { Some(step) } else { tour.shows().position(|it| Some(it) == show) };
    let was_running = !progress.is_paused();
    if Some(progress.step()) != step {
        progress.renumber(step);
    }
    let layout = tour.shows().next().and_then(|show| file.layouts.get_index_of(show));
    if let Some(touring) = &mut view.touring {
        touring.set_if_neq(Touring { tour: number, progress });
    }
    let first = layout.filter(|_| step.is_none() && was_running);
    first.is_some_and(|layout| view.layout.set_if_neq(ActiveLayout(layout)))
}
