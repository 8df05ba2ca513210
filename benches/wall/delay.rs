//! The delay from the last RTP packet of a frame to its pixels on the X server.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use testkit::{Camsim, SOON, WallFile, rtsp, trend::quantile};

use super::{
    barcode::{Eye, Sent, trace_in},
    screen::Screen,
};

/// What was found.
pub struct Delays {
    /// Frames that were seen.
    pub count: usize,
    /// Half of them were faster.
    pub median_ms: f64,
    /// One in a hundred was slower.
    pub p99_ms: f64,
}

/// Frames to look at: 40 s.
const FRAMES: usize = 1000;

/// Frames at the beginning, which are not counted.
const WARM_UP: usize = 100;

/// Nothing is written over the barcode.
pub const BARE: &str = "overlay: (name: false, state: false, clock: false)";

/// One 1280×720 camera, shown 1:1.
pub fn measure() -> Delays {
    let folder = tempfile::tempdir().expect("a folder");
    let (trace, trace_arg) = trace_in(folder.path());
    let sim = Camsim::start(&["--cameras", "1", "--size", "720", "--trace-sent", &trace_arg]);
    let wall = WallFile::new(&[("c", rtsp(&sim.url("cam1/main")))], BARE);
    let screen = Screen::start();
    let mut camwall = Command::new(testkit::program("camwall"))
        .arg(wall.path())
        .args(["--size", "1280x720"])
        .env("DISPLAY", &screen.display)
        .stderr(Stdio::null())
        .spawn()
        .expect("camwall starts");
    // The window is in the middle of the screen.
    let eye = Eye::on(&screen.display, (320, 196), 1280);
    let seen = eye.watch(4 * SOON, FRAMES, Duration::from_micros(500));
    camwall.kill().ok();
    camwall.wait().ok();
    assert!(seen.len() > FRAMES / 2, "{} frames were seen on the screen", seen.len());
    let mut sent = Sent::open(&trace);
    sent.read_on();
    let mut delays = sent.delays("cam1 main", &seen[WARM_UP..]);
    Delays {
        count: delays.len(),
        median_ms: quantile(&mut delays, 0.5),
        p99_ms: quantile(&mut delays, 0.99),
    }
}
