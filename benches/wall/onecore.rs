//! Too much for one core: 64 cameras of 640×360p25 on a wall that may use no other.
//!
//! Core 0 is the wall's, the last one is for the cameras, the screen and what looks at it.

use std::process::Command;
use std::time::Duration;

use testkit::{Camsim, SOON, WallFile, rtsp, trend::quantile};

use super::{
    barcode::{Eye, Sent, trace_in},
    delay::BARE,
    limit,
    stage::{self, Stage},
};

/// Of the grid. The selected camera has three by three places of it, so that its barcode is not
/// under the frame of the selection; each other camera has one.
const COLUMNS: usize = 9;
const ROWS: usize = 8;
const LARGE: usize = 3;

const CAMERAS: usize = 1 + COLUMNS * ROWS - LARGE * LARGE;

/// The selected picture's barcode and width on the screen, in pixels: it is 1:1, in the middle of
/// 640×405, and the frame of the selection is 8 wide.
const SELECTED: ((i16, i16), u16) = ((0, 34), 640);

/// Until the wall has found out what it can do.
const SETTLE: Duration = Duration::from_secs(20);

/// How long is measured: whole pairs of groups of pictures, of which every other one may be left out.
const SPAN: Duration = Duration::from_secs(32);

/// How evenly the tiles that are not selected share what there is: slowest to fastest.
const EVEN: f64 = 0.7;

/// Of the selected camera: from the last packet of a frame to the screen, median in ms.
const DELAY_MS: f64 = 100.0;

/// Prints what the wall makes of it.
pub fn measure(_: Option<&str>) -> bool {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores < 2 {
        return limit::holds("there are two cores to share", false);
    }
    let other = (cores - 1).to_string();
    let folder = tempfile::tempdir().expect("a folder");
    let (trace, trace_arg) = trace_in(folder.path());
    let sim = Camsim::start(&["--cameras", "64", "--codec", "h264", "--trace-sent", &trace_arg]);
    pin(sim.pid(), &other);
    let camera = |number| (format!("c{number}"), rtsp(&sim.url(&format!("cam{number}/sub"))));
    let cameras: Vec<_> = (1..=CAMERAS).map(camera).collect();
    let wall = WallFile::new(&cameras, &format!("{}, {BARE}", layout()));
    let stage = Stage::open_through(&wall, &["taskset", "-c", "0"]);
    pin(stage.screen.pid(), &other);
    stage.until("all cameras have sent something", 3 * SOON, |line| {
        line.cameras.iter().all(|camera| camera.frame_age_ms.is_some())
    });
    std::thread::sleep(SETTLE);
    let from = stage.line().map_or(0.0, |line| line.t);
    // Camera 1 is selected at the start.
    let eye = Eye::on(&stage.screen.display, SELECTED.0, SELECTED.1);
    let seen = eye.watch(SPAN, usize::MAX, Duration::from_millis(2));
    let shown = stage::shown(&stage, from);
    let (slowest, fastest) = (stage::least(shown[1..].iter().copied()), most(&shown[1..]));
    let mut reduced = 0;
    stage.lines(0.0, |line| {
        let says = |warnings: &[String]| warnings.iter().any(|word| word == "reduced");
        reduced = reduced.max(line.cameras.iter().filter(|camera| says(&camera.warnings)).count());
    });
    let mut sent = Sent::open(&trace);
    sent.read_on();
    let mut delays = sent.delays("cam1 sub", &seen);
    let median = quantile(&mut delays, 0.5);
    println!("\n64 cameras of 640x360p25 on one core, the first of them selected:");
    println!("frames shown/s: selected {:.1}, others {slowest:.1} to {fastest:.1}", shown[0]);
    println!(
        "delay of the selected: median {median:.0} ms, p99 {:.0} ms, {} frames; {reduced} tiles say REDUCED",
        quantile(&mut delays, 0.99),
        delays.len()
    );
    [
        limit::at_least("frames shown/s by the slowest", slowest, 0.1),
        limit::at_least("slowest to fastest", slowest / fastest, EVEN),
        limit::at_most("median delay of the selected, ms", median, DELAY_MS),
        limit::holds("REDUCED is said", reduced > 0),
    ]
    .into_iter()
    .all(|met| met)
}

fn layout() -> String {
    let places = (0..ROWS).flat_map(|row| (0..COLUMNS).map(move |column| (column, row)));
    let small = places.filter(|(column, row)| *column >= LARGE || *row >= LARGE);
    let tile = |(number, (column, row))| {
        format!("(camera: \"c{number}\", column: {column}, row: {row}), ")
    };
    let others: String = (2..).zip(small).map(tile).collect();
    format!(
        "layouts: {{ \"all\": Tiles(columns: {COLUMNS}, rows: {ROWS}, tiles: [\
         (camera: \"c1\", column: 0, row: 0, width: {LARGE}, height: {LARGE}), {others}]) }}"
    )
}

fn most(figures: &[f64]) -> f64 {
    figures.iter().copied().fold(0.0, f64::max)
}

/// Leaves a process and all its threads only this core.
fn pin(process: u32, core: &str) {
    let process = process.to_string();
    let set = Command::new("taskset").args(["-a", "-p", "-c", core, &process]).output();
    assert!(set.is_ok_and(|set| set.status.success()), "taskset of util-linux");
}
