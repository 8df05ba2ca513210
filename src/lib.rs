//! camwall: a native video wall for control rooms.
//!
//! The library behind the `camwall` program, in the order in which data flows:
//!
//! ```text
//! wall.ron → config → app ─▶ Camera entities ─▶ live: Feeds ↔ media (threads) → mailbox ───┐
//!                               │                                │                         │
//!                            recording: Recorder ↔ recorder (threads) → files, ledger      │
//! keys, mouse → input ─▶ wall: WallView (layout, maximise, zoom) ─▶ overlay ─▶ render: Scene ▶ window
//! ```
//! Imports point down, and no module imports one that imports it back:
//!
//! ```text
//! main → app, commands, cli, logging
//! app → shutdown, status, overlay, input, window, and all below
//! shutdown → status, logging → (nothing)      commands → overlay, camera, cli
//! status → render, camera, cli                overlay → input, render, wall, camera, pacing
//! render → wall, camera, pacing               input → wall, window
//! wall → camera, pacing                       camera → pacing
//! ```
//! Only `render` names wgpu; FFmpeg and retina are named by the crate `camwall-media` alone;
//! `wall::layout` is pure geometry.

mod app;
mod camera;
mod cli;
mod commands;
mod input;
mod logging;
mod overlay;
mod pacing;
mod render;
mod shutdown;
mod status;
mod wall;
mod window;

pub use app::{RunError, run};
pub use cli::{CheckArgs, Cli, Command, Headless, RecordingsArgs, RunArgs};
pub use commands::{check, print_mistakes, recordings};
pub use logging::{COMMAND_FILTER, Log, WALL_FILTER, init_logging};
