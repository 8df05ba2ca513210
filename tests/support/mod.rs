//! What the tests share: simulated cameras, wall files, and the `camwall` program as a child.
//!
//! Everything here waits for events with a deadline and cleans up when dropped; nothing sleeps in
//! the hope that something has happened.
#![allow(dead_code, unused_imports, reason = "each test program uses its own part of this")]

pub mod archive;
mod camsim;
mod camwall;
mod disk;
pub mod feed;
pub mod film;
pub mod kills;
pub mod ledger;
pub mod media;
mod picture;
pub mod relay;
mod stall;
mod status;
pub mod units;
mod wall;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use camsim::Camsim;
pub use camwall::{Camwall, Ended, Run};
pub use disk::Disk;
pub use picture::{Picture, Tile};
pub use stall::Stall;
pub use status::{CameraLine, StatusLine};
pub use wall::{WallFile, rtsp};

/// One second.
pub const SECOND: Duration = Duration::from_secs(1);

/// How long to wait for what takes a moment on a machine that has nothing else to do: a slow one
/// that runs other tests too is not a reason to fail.
pub const SOON: Duration = Duration::from_secs(30);

/// Lets one heavy test at a time run in this test program: several walls at once on two cores
/// starve each other. Hold it for the length of the test.
pub fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    // A failed test leaves nothing half done behind this lock.
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}
