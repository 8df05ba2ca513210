//! Wall files in a folder of their own.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A wall file; its folder goes when it is dropped.
pub struct WallFile {
    folder: TempDir,
}

/// The fields of a camera that has only a main stream.
pub fn rtsp(url: &str) -> String {
    format!("main: {url:?}")
}

impl WallFile {
    /// Writes a wall with these cameras (id and fields, for example `main: "rtsp://…"`) and `rest`
    /// (`layouts`, `overlay` and so on).
    pub fn new<Id: AsRef<str>, Fields: AsRef<str>>(cameras: &[(Id, Fields)], rest: &str) -> Self {
        let line = |(id, fields): &(Id, Fields)| {
            format!("        {:?}: ({}),\n", id.as_ref(), fields.as_ref())
        };
        let cameras: String = cameras.iter().map(line).collect();
        Self::verbatim(&format!("(\n    cameras: {{\n{cameras}    }},\n    {rest}\n)\n"))
    }

    /// Writes this text, right or wrong.
    pub fn verbatim(text: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("camwall-").tempdir().expect("a folder");
        std::fs::write(folder.path().join("wall.ron"), text).expect("a wall file");
        Self { folder }
    }

    /// The wall file.
    pub fn path(&self) -> PathBuf {
        self.file("wall.ron")
    }

    /// A file beside it, which need not exist.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Writes a login, `user:password`, into the file `login` beside it, which nobody else can read.
    pub fn write_login(&self, login: &str) {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let file = options.open(self.file("login"));
        file.and_then(|mut file| file.write_all(login.as_bytes())).expect("a login");
    }

    /// Where it lies.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}
