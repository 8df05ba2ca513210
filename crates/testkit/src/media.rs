//! Files to play, made with the `ffmpeg` program.

use std::path::Path;
use std::process::Command;

/// Runs `ffmpeg`.
pub fn ffmpeg<'a>(args: impl IntoIterator<Item = &'a str>) {
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-v", "error", "-y"]).args(args);
    let status = command.status().expect("the tests need the program ffmpeg");
    assert!(status.success(), "{command:?}");
}

/// Writes the first `frames` pictures (25 a second, 640×360) of camera 1 to `path`.
pub fn clip(path: &Path, frames: u32) {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clips/cam1-360.h264");
    let (path, frames) = (path.to_string_lossy(), frames.to_string());
    ffmpeg(["-r", "25", "-i", source, "-frames:v", &frames, "-c", "copy", &path]);
}
