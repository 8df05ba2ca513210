//! The stage in the app: it follows the window and the acts, and becomes the scene.

use bevy::{prelude::*, window::PrimaryWindow};

use super::{Act, Request, Stage};
use crate::camera::live::Ingest;
use crate::camera::{Camera, CameraStatus, Roster, StateWord, WallFile};
use crate::pacing::{Pacer, Redraw};
use crate::render::{Scene, TileDraw};
use crate::wall::layout;

/// Places the tiles at the start.
pub fn arrange_first(mut stage: ResMut<Stage>, file: Res<WallFile>) {
    stage.arrange(&file);
}

/// Follows the window's size.
pub fn follow_window(
    windows: Query<&Window, (Changed<Window>, With<PrimaryWindow>)>,
    mut stage: ResMut<Stage>,
    file: Res<WallFile>,
    mut redraw: ResMut<Redraw>,
) {
    let Ok(window) = windows.single() else { return };
    let size = window.physical_size();
    if size != stage.size && size.x > 0 && size.y > 0 {
        stage.size = size;
        stage.arrange(&file);
        redraw.request();
    }
}

/// Applies what the operator did and lets animations run. What is not the stage's is passed on with
/// the camera that is selected at that moment.
pub fn apply(
    mut acts: MessageReader<Act>,
    mut requests: MessageWriter<Request>,
    roster: Res<Roster>,
    mut stage: ResMut<Stage>,
    file: Res<WallFile>,
    cameras: Query<(&Camera, &CameraStatus)>,
    time: Res<Time<Real>>,
    mut redraw: ResMut<Redraw>,
    pacer: Res<Pacer>,
) {
    let animated = stage.is_animating();
    stage.now = time.elapsed();
    for (camera, status) in &cameras {
        let size = (status.feed.width, status.feed.height);
        stage.sources.insert(camera.index, (size, camera.config.fit));
    }
    if !stage.typed.is_empty() && stage.now > stage.typed_until {
        stage.typed.clear();
        redraw.request();
    }
    for act in acts.read() {
        if let Some(action) = stage.act(act, &file) {
            let selected = stage.selected_camera().and_then(|index| roster.0.get(index));
            requests.write(Request { action, camera: selected.copied() });
        }
        redraw.request();
    }
    if stage.is_animating() {
        pacer.notify();
    } else if stage.focus.as_ref().is_some_and(|focus| focus.closing) {
        stage.focus = None;
    }
    // The last picture of an animation is drawn once it has ended.
    if animated || stage.is_animating() {
        redraw.request();
    }
}

/// Writes the tiles into the scene.
pub fn stage_scene(
    stage: Res<Stage>,
    roster: Res<Roster>,
    cameras: Query<(&Camera, &Ingest, &CameraStatus)>,
    mut scene: ResMut<Scene>,
) {
    let scene = scene.bypass_change_detection();
    scene.size = stage.size;
    scene.ui_scale = layout::ui_scale(stage.size);
    scene.tiles.clear();
    for (place, rect) in stage.visible() {
        let entity = roster.0.get(stage.places[place].camera).copied();
        let found = entity.and_then(|entity| cameras.get(entity).ok());
        let Some((camera, ingest, status)) = found else { continue };
        scene.tiles.push(TileDraw {
            picture: ingest.picture.clone(),
            rect,
            fit: camera.config.fit,
            view: stage.view(camera.index),
            stale: status.word() != StateWord::Live,
        });
    }
}
