//! camwall: a native video wall for control rooms.
//!
//! The library behind the `camwall` program, in the order in which data flows:
//!
//! ```text
//! wall.ron → config → camera entities → ingest ↔ stream (threads) → mailbox
//!                          │                        └─▶ record (threads) → files, ledger
//!                      recording ↔ record                              │
//! input → stage (layout, full-screen, zoom) → overlay → scene → video (one pass) → window
//! ```
//! Imports point towards data: `run → {ingest, recording, stage, overlay, input, diagnostics} →
//! camera → {config, record, stream}`, `record → stream`, `{ingest, overlay, stage} → video →
//! {layout, stream}`, `{overlay, check} → words → stream` and `layout → config`. Only `ingest` and
//! `stage` know each other: streams are chosen by the tiles of `stage`, which shows the pictures of
//! `ingest`. `stream` and `record` know no ECS, `config` and `layout` neither threads nor FFmpeg,
//! only `stream` names FFmpeg and only `video` wgpu.

pub mod app;
pub mod camera;
pub mod cli;
pub mod commands;
pub mod input;
pub mod logging;
pub mod overlay;
pub mod pacing;
pub mod render;
pub mod shutdown;
pub mod status;
pub mod wall;
pub mod window;

use bevy::prelude::*;

/// The steps of one update, in order.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WallSystems {
    /// Feeds are opened, their state is read.
    Feeds,
    /// Keys, mouse and window become acts.
    Input,
    /// Acts change the stage.
    Wall,
    /// Numbers are taken and written.
    Status,
    /// Text and shapes are laid over.
    Overlay,
    /// The scene is handed to the pass.
    Present,
}

/// The wall's systems, without window and renderer: those are chosen by [`run`].
pub fn plugin(app: &mut App) {
    use WallSystems as S;
    app.add_message::<wall::OperatorInput>()
        .add_message::<wall::CameraAction>()
        .init_resource::<pacing::RedrawState>()
        .init_resource::<input::Pointer>()
        .configure_sets(
            Update,
            (S::Feeds, S::Input, S::Wall, S::Status, S::Overlay, S::Present).chain(),
        )
        .add_systems(
            Startup,
            (
                camera::spawn_cameras,
                crate::camera::recording::find_storage,
                wall::arrange_first,
                overlay::set_up,
                render::announce,
            ),
        )
        .add_systems(
            Update,
            (
                (
                    crate::camera::live::open_feeds,
                    crate::camera::recording::open_recorders,
                    crate::camera::live::read_status,
                    crate::camera::recording::read_recorders,
                )
                    .chain()
                    .in_set(S::Feeds),
                (window::place_window, wall::follow_window).chain().in_set(S::Input),
                (input::read_keys, input::read_mouse, input::hide_pointer)
                    .chain()
                    .after(wall::follow_window)
                    .in_set(S::Input),
                (
                    wall::apply,
                    (
                        crate::camera::recording::act,
                        crate::camera::recording::follow_schedule,
                        crate::camera::recording::drive,
                    )
                        .chain(),
                    crate::camera::live::choose_streams,
                    crate::camera::live::set_scale,
                )
                    .chain()
                    .in_set(S::Wall),
                (status::sample, shutdown::watch).chain().in_set(S::Status),
                (wall::stage_scene, overlay::refill_texture, overlay::write)
                    .chain()
                    .in_set(S::Overlay),
                (pacing::choose_interval, pacing::decide).chain().in_set(S::Present),
            ),
        );
}
