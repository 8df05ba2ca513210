//! Recorders of cameras that the wall file no longer has, until their files are finished.
//!
//! Main world. Policy: nothing waits for them but the end of the program, and the recorder of a camera
//! that comes back under the same id: two threads never write one camera's archive.

use bevy::prelude::*;

use super::Recorder;
use crate::camera::Camera;
use camwall_config::folder_of;

/// The recorders that finish, each with the folder of its camera.
#[derive(Resource, Default)]
pub struct Leaving(Vec<(String, camwall_recorder::Recorder)>);

impl Leaving {
    /// The recorder of this camera, while what it recorded is being finished.
    pub(super) fn of(&mut self, id: &str) -> Option<camwall_recorder::Recorder> {
        let found = self.0.iter().position(|(leaving, _)| *leaving == folder_of(id))?;
        Some(self.0.swap_remove(found).1)
    }

    /// Gives them away.
    pub(super) fn take(&mut self) -> impl Iterator<Item = camwall_recorder::Recorder> + use<> {
        std::mem::take(&mut self.0).into_iter().map(|(_, recorder)| recorder)
    }
}

/// Takes the recorder off a camera that goes, and has it finish.
pub fn retire(world: &mut World, entity: Entity) {
    let Some(camera) = world.get::<Camera>(entity) else { return };
    let folder = folder_of(&camera.id);
    let Some(mut recorder) = world.entity_mut(entity).take::<Recorder>() else { return };
    recorder.recorder.finish();
    if let Some(mut leaving) = world.get_resource_mut::<Leaving>() {
        leaving.0.push((folder, recorder.recorder));
    }
}

/// Forgets those that are done.
pub fn let_go(mut leaving: ResMut<Leaving>) {
    if leaving.0.iter().any(|(_, recorder)| recorder.is_over()) {
        leaving.0.retain(|(_, recorder)| !recorder.is_over());
    }
}
