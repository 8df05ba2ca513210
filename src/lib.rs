//! camwall: a native video wall for control rooms.
//!
//! The library behind the `camwall` program, in the order in which data flows:
//!
//! ```text
//! wall.ron → config → app ─▶ Camera entities ─┬▶ Feeds ↔ media (threads) ─▶ frame queue ──┐
//!                                             └▶ Recorder ↔ recorder (threads) ─▶ files, ledger
//! keys, mouse → input → operations ─▶ Wall and Tile entities ─▶ overlay ─▶ scene ─▶ pass ◀┘
//!                                                                                   └▶ window
//! ```
//! No module imports one that imports it back; each imports, besides the crates below:
//!
//! ```text
//! app        every module below but commands
//! commands   opening, sandbox, overlay, camera, cli
//! opening    sandbox, cli
//! sandbox    camera, cli
//! shutdown   status, render, camera, operation, pacing, logging
//! reload     opening, sandbox, input, interface, window, wall, camera, operation, pacing
//! watchdog   render, pacing, logging
//! status     reload, render, camera, cli
//! overlay    input, render, wall, camera, interface
//! wall_picture  render, wall, camera, operation, pacing, interface
//! render     wall, camera, pacing, burn_in
//! input      wall, operation, burn_in
//! window     operation
//! wall       camera, operation, pacing, burn_in
//! burn_in    camera
//! camera     operation, pacing, interface
//! ```
//! Only `render` names wgpu, and only the crate `camwall-media` FFmpeg and retina; `wall::layout`
//! is pure geometry.

mod app;
mod burn_in;
mod camera;
mod cli;
mod commands;
mod descriptors;
mod input;
mod interface;
mod kernel;
mod logging;
mod opening;
mod operation;
mod overlay;
mod pacing;
mod privacy;
mod reload;
mod render;
mod sandbox;
mod shutdown;
mod status;
mod wall;
mod wall_picture;
mod watchdog;
mod window;

pub use app::{RunError, run};
pub use cli::{
    CheckArgs, Cli, Command, GenerateArgs, Generated, Headless, ImportArgs, NewArgs,
    RecordingsArgs, RunArgs, Shown, WrongCommandLine,
};
pub use commands::{ask_login, check, diff, generate, import, new, print_mistakes, recordings};
pub use descriptors::raise_descriptor_limit;
pub use logging::{COMMAND_FILTER, Log, WALL_FILTER, init_logging};
pub use opening::{
    Opened, OpenedPair, open_check, open_diff, open_generate, open_import, open_new,
    open_recordings, open_wall,
};
pub use privacy::keep_memory_private;
pub use sandbox::{Lacking, NotConfined, SandboxReport};
