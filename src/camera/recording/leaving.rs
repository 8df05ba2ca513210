//! Recorders of cameras that the wall file no longer has, until their files are finished.
//!
//! Main world. Policy: what they have to tell yet is said on the walls, for there is no tile any more; nothing
//! waits for them but the end of the program, and the recorder of a camera
//! that comes back under the same id: two threads never write one camera's archive.

use std::time::Instant;

use bevy::prelude::*;

use super::{NOTE_DURATION, Recorder};
use crate::camera::messages::recording as messages;
use crate::camera::{Camera, Notice};
use crate::interface::Interface;
use crate::pacing::FramePacer;
use camwall_config::folder_of;

/// The recorders that finish.
#[derive(Resource, Default)]
pub struct Leaving(Vec<Left>);

struct Left {
    /// The folder of its camera, and what that was called.
    folder: String,
    name: String,
    recorder: camwall_recorder::Recorder,
}

impl Leaving {
    /// The recorder of this camera, while what it recorded is being finished.
    pub(super) fn of(&mut self, id: &str) -> Option<camwall_recorder::Recorder> {
        let found = self.0.iter().position(|left| left.folder == folder_of(id))?;
        Some(self.0.swap_remove(found).recorder)
    }

    /// Gives them away.
    pub(super) fn take(&mut self) -> impl Iterator<Item = camwall_recorder::Recorder> + use<> {
        std::mem::take(&mut self.0).into_iter().map(|left| left.recorder)
    }
}

/// Takes the recorder off a camera that goes, and has it finish.
pub fn retire(world: &mut World, entity: Entity) {
    let Some(camera) = world.get::<Camera>(entity) else { return };
    let (folder, name) = (folder_of(&camera.id), camera.name.clone());
    let Some(recorder) = world.entity_mut(entity).take::<Recorder>() else { return };
    let mut recorder = recorder.recorder;
    recorder.finish();
    if let Some(mut leaving) = world.get_resource_mut::<Leaving>() {
        leaving.0.push(Left { folder, name, recorder });
    }
}

/// Says what came of what was asked of them, and forgets those that are done.
pub fn let_go(
    mut leaving: ResMut<Leaving>,
    mut walls: Query<&mut Notice, Without<Camera>>,
    interface: Res<Interface>,
    pacer: Res<FramePacer>,
) {
    if leaving.0.is_empty() {
        return;
    }
    leaving.0.retain(|Left { name, recorder, .. }| {
        // In this order: its last word comes before its end.
        let over = recorder.is_over();
        while let Some(note) = recorder.note() {
            let until = Instant::now() + NOTE_DURATION;
            let said = format!("{name}: {}", messages::note(&interface.0.notes, &note));
            walls.iter_mut().for_each(|mut notice| notice.0 = Some((said.clone(), until)));
            pacer.wake_at(until);
        }
        !over
    });
}

#[cfg(test)]
mod tests;
