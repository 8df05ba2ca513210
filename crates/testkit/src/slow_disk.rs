//! A disk that hangs when it is told to: a library preloaded into camwall holds its writes.

use std::path::PathBuf;

use super::{Preloaded, Run};

/// Holds the recordings' writes of the walls it was given to; goes when dropped.
pub struct SlowDisk {
    library: Preloaded,
}

impl SlowDisk {
    /// Builds the library; nothing hangs yet.
    pub fn build() -> Self {
        Self { library: Preloaded::build("slow_disk.c") }
    }

    /// Has a wall's recordings depend on it.
    pub fn given_to(&self, run: Run) -> Run {
        run.env("LD_PRELOAD", self.library.library()).env("CAMWALL_STALL", self.control())
    }

    /// From here on, the disk does not answer.
    pub fn hang(&self) {
        std::fs::write(self.control(), "").expect("a file");
    }

    /// It answers again.
    pub fn go_on(&self) {
        std::fs::remove_file(self.control()).expect("it hung");
    }

    fn control(&self) -> PathBuf {
        self.library.folder().join("hang")
    }
}

impl Drop for SlowDisk {
    fn drop(&mut self) {
        // A wall that outlives a failed test must not hang. Fails where nothing hangs.
        std::fs::remove_file(self.control()).ok();
    }
}
