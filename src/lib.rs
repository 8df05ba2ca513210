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
//! {layout, stream}` and `layout → config`. Only `ingest` and `stage` know each other: streams are
//! chosen by the tiles of `stage`, which shows the pictures of `ingest`. `stream` and `record` know
//! no ECS, `config` and `layout` neither threads nor FFmpeg, only `stream` names FFmpeg and only
//! `video` wgpu.

pub mod camera;
pub mod check;
pub mod cli;
pub mod diagnostics;
pub mod display;
pub mod exit;
pub mod ingest;
pub mod input;
pub mod layout;
pub mod logging;
pub mod outlet;
pub mod overlay;
pub mod pace;
pub mod recording;
pub mod recordings;
pub mod run;
pub mod stage;
pub mod video;
pub mod window;
pub mod words;

use bevy::prelude::*;

/// The steps of one update, in order.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WallSystems {
    /// Feeds are opened, their state is read.
    Ingest,
    /// Keys, mouse and window become acts.
    Input,
    /// Acts change the stage.
    Stage,
    /// Numbers are taken and written.
    Report,
    /// Text and shapes are laid over.
    Overlay,
    /// The scene is handed to the pass.
    Present,
}

/// The wall's systems, without window and renderer: those are chosen by [`run`].
pub fn plugin(app: &mut App) {
    use WallSystems as S;
    app.add_message::<stage::Act>()
        .add_message::<stage::Request>()
        .init_resource::<pace::Redraw>()
        .init_resource::<input::Pointer>()
        .configure_sets(
            Update,
            (S::Ingest, S::Input, S::Stage, S::Report, S::Overlay, S::Present).chain(),
        )
        .add_systems(
            Startup,
            (
                camera::spawn_cameras,
                recording::find_archive,
                stage::arrange_first,
                overlay::set_up,
                video::announce,
            ),
        )
        .add_systems(
            Update,
            (
                (
                    ingest::open_feeds,
                    recording::open_recorders,
                    ingest::read_status,
                    recording::read_recorders,
                )
                    .chain()
                    .in_set(S::Ingest),
                (window::place_window, stage::follow_window).chain().in_set(S::Input),
                (input::read_keys, input::read_mouse, input::hide_pointer)
                    .chain()
                    .after(stage::follow_window)
                    .in_set(S::Input),
                (
                    stage::apply,
                    (recording::act, recording::follow_schedule, recording::drive).chain(),
                    ingest::choose_streams,
                    ingest::set_scale,
                )
                    .chain()
                    .in_set(S::Stage),
                (diagnostics::sample, exit::watch).chain().in_set(S::Report),
                (stage::stage_scene, overlay::refill_texture, overlay::write)
                    .chain()
                    .in_set(S::Overlay),
                (pace::choose_interval, pace::decide).chain().in_set(S::Present),
            ),
        );
}
