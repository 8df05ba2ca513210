//! Cameras follow another wall file: they come, go, and are described differently.
//!
//! Main world, before feeds and recorders are read. Policies: a camera is known by its id, and what
//! the file says of it as before is left alone; who goes takes its picture along, and what was
//! recorded of it is finished behind it.

use bevy::{ecs::system::RunSystemOnce, prelude::*};
use tracing::{error, info};

use super::{Camera, Prewarmed, WallFile, live, recording};
use camwall_config::{CameraChange, CameraFields, Change, Diff, Wall};

/// Follows the wall file that is in [`WallFile`] by now; `diff` is what it says differently.
pub fn follow_file(world: &mut World, diff: &Diff) {
    let Some(file) = world.get_resource::<WallFile>().map(|file| file.wall.clone()) else { return };
    go_and_come(world, diff, &file);
    let mut changed = describe(world, diff, &file);
    if diff.rest.contains(&Change::StaleAfter) {
        let mut all = world.query_filtered::<Entity, With<Camera>>();
        changed.extend(all.iter(world).map(|entity| (entity, CameraFields::default())));
    }
    prewarm(world, &file);
    if let Err(error) = world.run_system_once_with(live::follow_file, changed) {
        error!("cameras do not follow the wall file: {error}");
    }
    recording::follow_file(world, diff);
}

fn go_and_come(world: &mut World, diff: &Diff, file: &Wall) {
    let is = |id: &str, what| diff.cameras.iter().any(|it| it.id == id && it.what == what);
    let mut cameras = world.query::<(Entity, &Camera)>();
    let gone = |(_, camera): &(Entity, &Camera)| is(&camera.id, CameraChange::Removed);
    let gone: Vec<Entity> = cameras.iter(world).filter(gone).map(|(entity, _)| entity).collect();
    for entity in gone {
        if let Some(camera) = world.get::<Camera>(entity) {
            info!("camera {}: is no more in the wall file", camera.id);
        }
        recording::retire(world, entity);
        world.despawn(entity);
    }
    for (number, (id, config)) in (1..).zip(&file.cameras) {
        if is(id, CameraChange::Added) {
            info!("camera {id}: is new in the wall file");
            world.spawn(Camera::new(number, id, config));
        }
    }
}

/// Writes what the file says into the cameras where it differs; those that are described differently,
/// and in what.
fn describe(world: &mut World, diff: &Diff, file: &Wall) -> Vec<(Entity, CameraFields)> {
    let mut cameras = world.query::<(Entity, &mut Camera)>();
    let mut changed = Vec::new();
    for (entity, mut camera) in cameras.iter_mut(world) {
        let Some((index, id, config)) = file.cameras.get_full(&*camera.id) else { continue };
        let number = index + 1;
        if camera.number != number {
            camera.number = number;
        }
        let what = diff.cameras.iter().find_map(|it| match it.what {
            CameraChange::Changed(fields) if it.id == *id => Some(fields),
            _ => None,
        });
        if let Some(fields) = what {
            *camera = Camera { id: camera.id.clone(), ..Camera::new(number, id, config) };
            changed.push((entity, fields));
        }
    }
    changed
}

/// Marks those that are kept warm.
fn prewarm(world: &mut World, file: &Wall) {
    let mut cameras = world.query::<(Entity, &Camera, Has<Prewarmed>)>();
    let differs = |(entity, camera, is): (Entity, &Camera, bool)| {
        let wanted = file.is_prewarmed(&camera.id);
        (wanted != is).then_some((entity, wanted))
    };
    let other: Vec<(Entity, bool)> = cameras.iter(world).filter_map(differs).collect();
    for (entity, wanted) in other {
        let mut camera = world.entity_mut(entity);
        if wanted {
            camera.insert(Prewarmed::default());
        } else {
            camera.remove::<Prewarmed>();
        }
    }
}
