//! The wall's systems: the view follows the window and the operator, and cameras are told how large
//! they are shown.

use bevy::{prelude::*, window::PrimaryWindow};

use super::{OperatorInput, WallView};
use crate::camera::{Camera, CameraAction, CameraOrder, CameraStatus, TileLines, WallFile};
use crate::pacing::{FramePacer, RedrawState};

/// Places the tiles at the start.
pub fn arrange_first(mut view: ResMut<WallView>, file: Res<WallFile>) {
    view.arrange(&file);
}

/// Follows the window's size.
pub fn follow_window(
    windows: Query<&Window, (Changed<Window>, With<PrimaryWindow>)>,
    mut view: ResMut<WallView>,
    file: Res<WallFile>,
    mut redraw: ResMut<RedrawState>,
) {
    let Ok(window) = windows.single() else { return };
    let size = window.physical_size();
    if size != view.size && size.x > 0 && size.y > 0 {
        view.size = size;
        view.arrange(&file);
        redraw.request();
    }
}

/// Applies what the operator did and lets animations run. What concerns a camera is passed on with
/// the camera that is selected at that moment.
pub fn apply(
    mut inputs: MessageReader<OperatorInput>,
    mut actions: MessageWriter<CameraAction>,
    order: Res<CameraOrder>,
    mut view: ResMut<WallView>,
    file: Res<WallFile>,
    cameras: Query<(&Camera, &CameraStatus)>,
    time: Res<Time<Real>>,
    mut redraw: ResMut<RedrawState>,
    pacer: Res<FramePacer>,
) {
    let animated = view.is_animating();
    view.now = time.elapsed();
    for (camera, status) in &cameras {
        let size = (status.feed.width, status.feed.height);
        view.sources.insert(camera.index, (size, camera.config.fit));
    }
    if !view.typed.is_empty() && view.now > view.typed_until {
        view.typed.clear();
        redraw.request();
    }
    for input in inputs.read() {
        if let Some(action) = view.handle(input, &file) {
            let selected = view.selected_camera().and_then(|index| order.0.get(index));
            actions.write(CameraAction { action, camera: selected.copied() });
        }
        redraw.request();
    }
    if view.is_animating() {
        pacer.notify();
    } else if view.maximized.as_ref().is_some_and(|maximized| maximized.closing) {
        view.maximized = None;
    }
    // The last picture of an animation is drawn once it has ended.
    if animated || view.is_animating() {
        redraw.request();
    }
}

/// Tells each camera how many lines its largest tile needs.
pub fn tell_cameras(view: Res<WallView>, mut cameras: Query<(&Camera, &mut TileLines)>) {
    for (camera, mut lines) in &mut cameras {
        lines.set_if_neq(TileLines(view.lines(camera.index)));
    }
}
