//! What camsim says: events as JSON lines on stdout, and the trace of sent frames.
//!
//! Any thread may report. Policy: a line is written and flushed whole, as tests wait for it; a
//! reader that has gone away is no reason to stop the cameras, so failed writes are ignored.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use gstreamer_rtsp_server::RTSPContext;
use serde_json::Value;

/// The events of this run.
#[derive(Debug)]
pub struct Events {
    wanted: bool,
}

impl Events {
    /// `wanted` is false where stdout belongs to the child.
    pub fn new(wanted: bool) -> Self {
        Self { wanted }
    }

    /// Prints one event.
    pub fn emit(&self, event: &Value) {
        if self.wanted {
            let mut out = std::io::stdout().lock();
            writeln!(out, "{event}").and_then(|()| out.flush()).ok();
        }
    }
}

/// The file that says when which frame went onto the wire.
#[derive(Debug)]
pub struct Trace {
    file: Mutex<File>,
}

impl Trace {
    /// Appends to `path`.
    pub fn open(path: &Path) -> Result<Self, String> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .map_err(|e| format!("cannot write the trace {}: {e}", path.display()))?;
        Ok(Self { file: Mutex::new(file) })
    }

    /// Writes that the last packet of a frame leaves at `nanoseconds` of CLOCK_MONOTONIC.
    pub fn sent(&self, camera: &str, stream: &str, frame: usize, nanoseconds: u64) {
        let line = format!("{camera} {stream} {frame} {nanoseconds}\n");
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // One unbuffered write per frame: the reader sees whole lines, at once.
        file.write_all(line.as_bytes()).ok();
    }
}

/// Camera and stream a request is about, if its path is that of a mount.
pub fn mount_of(context: &RTSPContext) -> Option<(String, String)> {
    let path = context.uri()?.decode_path_components();
    Some((path.get(1)?.to_string(), path.get(2)?.to_string()))
}
