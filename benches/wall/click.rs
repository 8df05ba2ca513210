//! What looking at every camera once leaves in memory.
//!
//! 64 cameras of 640×360p15, their main streams held for recording, each alone in a layout. The wall
//! is led through all of them and back to the first.

use std::{
    thread,
    time::{Duration, Instant},
};

use testkit::{Camsim, Process, SECOND, SOON, WallFile, rtsp};

use super::{
    keys::{self, Keyboard},
    limit,
    stage::Stage,
};

const CAMERAS: usize = 64;

/// Until the pre-roll (10 s) is full, and until what was shown last is let go.
const SETTLE: Duration = Duration::from_secs(20);

/// More than before, MB: a few pictures of the one camera that is shown, which come and go.
const LIMIT_MB: f64 = 12.0;

/// Prints memory before and after, and says whether it is as it was.
pub fn measure() -> bool {
    let sim = Camsim::start(&["--cameras", "64", "--codec", "h264", "--rate", "15"]);
    let camera = |number| (id(number), rtsp(&sim.url(&format!("cam{number}/sub"))));
    let cameras: Vec<_> = (1..=CAMERAS).map(camera).collect();
    let layout = |number| format!("{0:?}: Grid(columns: 1, cameras: [{0:?}]), ", id(number));
    let layouts: String = (1..=CAMERAS).map(layout).collect();
    let rest =
        format!(r#"layouts: {{ {layouts} }}, recording: (dir: "rec", keep: (free: "1MB")),"#);
    let wall = WallFile::new(&cameras, &rest);
    let stage = Stage::open(&wall);
    stage.until("all are connected", 2 * SOON, |line| {
        line.camera("c1").is_live() && line.cameras.iter().all(|camera| camera.bitrate_kbps > 0)
    });
    let keyboard = Keyboard::on(&stage.screen.display);
    thread::sleep(SETTLE);
    let before = memory(stage.process());
    let start = Instant::now();
    for number in (2..=CAMERAS).chain([1]) {
        keyboard.press(keys::TAB);
        let shows = format!("camera {number} is shown");
        stage.until(&shows, SOON, |line| line.camera(&id(number)).is_live());
    }
    let took = start.elapsed().as_secs_f64();
    thread::sleep(SETTLE);
    let after = memory(stage.process());
    println!(
        "memory (PSS) before and after {CAMERAS} cameras were shown once, in {took:.0} s: \
         {before:.0} MB, {after:.0} MB ({:+.1} MB)",
        after - before
    );
    limit::at_most("left by cameras that were shown once, MB", after - before, LIMIT_MB)
}

fn id(number: usize) -> String {
    format!("c{number}")
}

/// The least of some seconds.
fn memory(process: Process) -> f64 {
    let sample = |_| {
        thread::sleep(SECOND);
        process.proportional_mb()
    };
    (0..5).map(sample).fold(f64::INFINITY, f64::min)
}
