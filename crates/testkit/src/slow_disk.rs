//! A disk that hangs when it is told to: a library preloaded into camwall holds its writes.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::Run;

/// Holds the recordings' writes of the walls it was given to; goes when dropped.
pub struct SlowDisk {
    folder: TempDir,
}

impl SlowDisk {
    /// Builds the library; nothing hangs yet.
    pub fn build() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let this = Self { folder };
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/slow_disk.c");
        let mut command = Command::new("cc");
        command.args(["-O1", "-shared", "-fPIC", source, "-o"]).arg(this.library());
        let status = command.status().expect("the tests need a C compiler");
        assert!(status.success(), "{command:?}");
        this
    }

    /// Has a wall's recordings depend on it.
    pub fn given_to(&self, run: Run) -> Run {
        run.env("LD_PRELOAD", self.library()).env("CAMWALL_STALL", self.control())
    }

    /// From here on, the disk does not answer.
    pub fn hang(&self) {
        std::fs::write(self.control(), "").expect("a file");
    }

    /// It answers again.
    pub fn go_on(&self) {
        std::fs::remove_file(self.control()).expect("it hung");
    }

    fn library(&self) -> PathBuf {
        self.folder.path().join("stall.so")
    }

    fn control(&self) -> PathBuf {
        self.folder.path().join("hang")
    }
}

impl Drop for SlowDisk {
    fn drop(&mut self) {
        // A wall that outlives a failed test must not hang. Fails where nothing hangs.
        std::fs::remove_file(self.control()).ok();
    }
}
