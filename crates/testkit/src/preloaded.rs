//! Libraries in C that are preloaded into camwall: what no program does to itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A library that was built for a test; goes when dropped.
pub struct Preloaded {
    folder: TempDir,
}

impl Preloaded {
    /// Builds `source`, a file beside this one.
    pub fn build(source: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let this = Self { folder };
        build(source, &["-shared", "-fPIC"], &this.library());
        this
    }

    /// The library.
    pub fn library(&self) -> PathBuf {
        self.folder.path().join("preloaded.so")
    }

    /// The folder that it lies in, for what the test and the library tell each other.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Builds `source`, a file beside this one, with these arguments more.
pub(crate) fn build(source: &str, args: &[&str], into: &Path) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(source);
    let mut command = Command::new("cc");
    command.arg("-O1").args(args).arg(source).arg("-o").arg(into);
    let status = command.status().expect("the tests need a C compiler");
    assert!(status.success(), "{command:?}");
}
