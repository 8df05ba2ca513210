//! Simulated cameras, a wall that records them, and the folder it records to.

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use testkit::archive::{Archive, DIR};
use testkit::{Camsim, Camwall, Run, SOON, StatusLine, WallFile};

/// What the tests that care for none of it set: files of 2 s, no pre-roll, and a disk that may be
/// nearly full.
pub const SHORT: &str = r#"segment: "2s", pre_roll: "0s", keep: (free: "20MB")"#;

/// A place to record at. The cameras end after the wall.
pub struct Rig {
    pub wall: WallFile,
    pub archive: Archive,
    pub server: Camsim,
    /// Holds what the cameras have sent.
    pub folder: TempDir,
}

impl Rig {
    /// Records `streams` (`cam1/sub`) always, each as the camera of that name; `recording` are the
    /// fields of that section.
    pub fn new(streams: &[&str], recording: &str) -> Self {
        let cameras: Vec<(&str, &str)> =
            streams.iter().map(|stream| (name_of(stream), *stream)).collect();
        Self::named(&cameras, "record: Always", recording, "")
    }

    /// Cameras by id and stream, with these fields more; `rest` is more of the wall file.
    pub fn named(cameras: &[(&str, &str)], fields: &str, recording: &str, rest: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let trace = folder.path().join("sent");
        let trace = trace.to_str().expect("a plain path");
        let server = Camsim::start(&["--cameras", "11", "--trace-sent", trace]);
        let camera = |(id, stream): &(&str, &str)| {
            let main = server.url(stream);
            (id.to_string(), format!("main: {main:?}, {fields}"))
        };
        let cameras: Vec<_> = cameras.iter().map(camera).collect();
        let rest = format!("recording: (dir: {DIR:?}, {recording}),\n{rest}");
        let wall = WallFile::new(&cameras, &rest);
        let archive = Archive::of(&wall);
        Self { wall, archive, server, folder }
    }

    /// What the cameras have sent, frame by frame.
    pub fn trace(&self) -> PathBuf {
        self.folder.path().join("sent")
    }

    /// Opens the wall where nobody sees it.
    pub fn run(&self) -> Run {
        Run::offscreen_of("320x180", &self.wall)
    }

    /// Opens the wall and waits until all its cameras are recorded.
    pub fn record(&self) -> Camwall {
        self.started(self.run())
    }

    /// Waits until all cameras of this run are recorded.
    pub fn started(&self, run: Run) -> Camwall {
        let mut camwall = run.start();
        camwall.wait_for("all cameras are recorded", SOON, all_recorded);
        camwall
    }

    /// Waits until `camera` has `count` closed files.
    pub fn wait_closed(&self, camwall: &mut Camwall, camera: &str, count: usize, within: Duration) {
        camwall.wait_that(&format!("{count} files of {camera}"), within, || {
            self.archive.camera(camera).segments.len() >= count
        });
    }
}

/// Waits for so many status lines more: seconds.
pub fn wait_lines(camwall: &mut Camwall, count: usize) {
    let until = camwall.lines().len() + count;
    camwall.wait_until("some seconds", SOON, |lines| lines.len() >= until);
}

/// Whether the files of all cameras grow.
pub fn all_recorded(line: &StatusLine) -> bool {
    line.cameras.iter().all(|camera| camera.recording && camera.record_fault.is_none())
}

/// Whether a camera is not recorded, and this is said to be why.
pub fn fails(line: &StatusLine, camera: &str, cause: &str) -> bool {
    let camera = line.camera(camera);
    !camera.recording && camera.record_fault.as_deref() == Some(cause)
}

/// Whether a camera is recorded.
pub fn recorded(line: &StatusLine, camera: &str) -> bool {
    let camera = line.camera(camera);
    camera.recording && camera.record_fault.is_none()
}

/// Checks that a camera's picture went on through all of these lines as if nothing was: all of its
/// 25 pictures a second, on the whole.
pub fn assert_untouched(lines: &[StatusLine], camera: &str) {
    assert!(lines.len() >= 3, "{} lines", lines.len());
    let shown = lines.iter().map(|line| line.camera(camera).fps_shown);
    let mean = shown.clone().sum::<f64>() / lines.len() as f64;
    let least = shown.fold(f64::INFINITY, f64::min);
    assert!(mean >= 0.9 * 25.0 && least >= 0.6 * 25.0, "mean {mean}, least {least}: {lines:#?}");
    let last = &lines[lines.len() - 1];
    assert!(lines.iter().all(|line| line.is(camera, "live")), "live throughout");
    assert_eq!(last.camera(camera).reconnects, lines[0].camera(camera).reconnects, "{last:#?}");
}

fn name_of(stream: &str) -> &str {
    stream.split('/').next().unwrap_or(stream)
}
