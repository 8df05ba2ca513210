//! What the tests share: simulated cameras, wall files, and the `camwall` program as a child.
//!
//! Everything here waits for events with a deadline and cleans up when dropped; nothing sleeps in
//! the hope that something has happened.
#![allow(
    missing_docs,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, may panic where something is missing, and say what they are by name"
)]

pub mod access_units;
pub mod archive;
mod bad_blocks;
mod camsim;
mod camwall;
mod devices;
mod disk;
mod ext4;
mod faults;
pub mod feed;
pub mod kills;
pub mod ledger;
pub mod media;
mod picture;
mod preloaded;
mod probe;
pub mod probed_file;
mod process;
pub mod relay;
mod scripted;
mod slow_disk;
mod status;
mod terminal;
pub mod trend;
mod turn;
mod wall;
pub mod web;
pub mod window;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use bad_blocks::{BLOCK, BadBlocks};
pub use camsim::Camsim;
pub use camwall::{Camwall, Ended, Run};
pub use devices::Devices;
pub use disk::Disk;
pub use ext4::{Ext4, Snapshot};
pub use faults::{Fault, Faults};
pub use picture::{Picture, Tile};
pub use preloaded::Preloaded;
pub use probe::{Probe, Tried};
pub use process::Process;
pub use scripted::{Scripted, recorded_answers};
pub use slow_disk::SlowDisk;
pub use status::{CameraLine, ConfigLine, StatusLine};
pub use terminal::Terminal;
pub use turn::{Turn, half_turn, turn};
pub use wall::{WallFile, rtsp};

/// A program of this workspace, next to the test that runs: Cargo puts them into one folder.
///
/// # Panics
/// Where it was not built.
pub fn program(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("the path of this program");
    let folder = test.parent().and_then(Path::parent).expect("target/PROFILE/deps");
    let program = folder.join(name);
    assert!(program.exists(), "{} is missing: `make build` makes it", program.display());
    program
}

/// One second.
pub const SECOND: Duration = Duration::from_secs(1);

/// How long to wait for what takes a moment on a machine that has nothing else to do: a slow one
/// that runs other tests too is not a reason to fail.
pub const SOON: Duration = Duration::from_secs(30);
