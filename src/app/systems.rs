//! The order of the wall's systems within one update.
//!
//! Main world. Policy: what is read comes before what is decided, and what is decided before what
//! is drawn, so that an operator's input is on the screen with the next picture.

use bevy::prelude::*;

use crate::camera::CameraAction;
use crate::wall::OperatorInput;
use crate::{camera, input, overlay, pacing, render, shutdown, status, wall, window};

/// The steps of one update, in order.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WallSystems {
    /// Feeds and recorders are opened, their state is read.
    Feeds,
    /// Keys and mouse become the operator's input; the view follows the window.
    Input,
    /// The operator's input changes the view and the recordings; cameras follow with their streams.
    Wall,
    /// Numbers are taken and written; the program ends when it is time.
    Status,
    /// Tiles, text and shapes are written into the scene.
    Overlay,
    /// Whether the pass draws the scene is decided.
    Present,
}

/// Adds the wall's systems; window and renderer are added by [`run`](super::run).
pub fn plugin(app: &mut App) {
    app.add_plugins((operate, present));
}

/// From feeds and input to the tiles of the scene; needs neither a screen nor a renderer.
pub fn operate(app: &mut App) {
    use WallSystems as S;
    app.add_message::<OperatorInput>()
        .add_message::<CameraAction>()
        .init_resource::<pacing::RedrawState>()
        .init_resource::<camera::TextureSupport>()
        .init_resource::<input::Pointer>()
        .configure_sets(
            Update,
            (S::Feeds, S::Input, S::Wall, S::Status, S::Overlay, S::Present).chain(),
        )
        .add_systems(
            Startup,
            (
                (camera::spawn_cameras, wall::arrange_first, wall::tell_cameras).chain(),
                camera::find_storage,
            ),
        )
        .add_systems(
            Update,
            (
                (
                    camera::open_feeds,
                    camera::open_recorders,
                    camera::read_feeds,
                    camera::read_recorders,
                )
                    .chain()
                    .in_set(S::Feeds),
                (window::place_window, wall::follow_window).chain().in_set(S::Input),
                (input::read_keys, input::read_mouse, input::hide_pointer)
                    .chain()
                    .after(wall::follow_window)
                    .in_set(S::Input),
                (
                    (wall::apply, wall::tell_cameras).chain(),
                    (camera::apply_actions, camera::follow_schedule, camera::drive_recorders)
                        .chain(),
                    camera::choose_streams,
                )
                    .chain()
                    .in_set(S::Wall),
                render::fill_scene.in_set(S::Overlay),
            ),
        );
}

/// What reports, writes over the pictures, and decides when the scene is drawn.
fn present(app: &mut App) {
    use WallSystems as S;
    app.add_systems(Startup, (overlay::set_up, render::announce)).add_systems(
        Update,
        (
            render::scale_on_cpu.after(camera::choose_streams).in_set(S::Wall),
            (status::sample, shutdown::watch).chain().in_set(S::Status),
            (overlay::refill_texture, overlay::write)
                .chain()
                .after(render::fill_scene)
                .in_set(S::Overlay),
            (render::choose_interval, render::decide).chain().in_set(S::Present),
        ),
    );
}
