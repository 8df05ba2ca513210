//! What a wall costs as it grows: 4 to 64 cameras of 640×360 and 15 frames a second, on one screen.
//!
//! Names and states are left out, because the delay is read from the barcode under them.

use std::time::Duration;

use testkit::{Camsim, SOON, WallFile, rtsp, trend::quantile};

use super::{
    ROUNDS,
    barcode::{Eye, Sent, trace_in},
    clips,
    delay::BARE,
    limit, load,
    stage::{self, Stage},
};

/// Cameras on a side of the grid.
const SIDES: [u16; 4] = [2, 4, 6, 8];

/// Of all cameras, 1/s.
const RATE: f64 = 15.0;

/// Of the screen, in pixels.
const WIDTH: u16 = 1920;

/// What one wall was found to use.
struct Found {
    cores: f64,
    memory_mb: f64,
    threads: f64,
    shown: f64,
    median_ms: f64,
    p99_ms: f64,
}

/// Prints a table of medians for docs/measured.md.
pub fn measure(_: Option<&str>) -> bool {
    println!(
        "\n| cameras of 640×360p15 | cores | memory (PSS) | threads | delay, p99 | frames shown |"
    );
    println!("|---|---|---|---|---|---|");
    let mut in_time = f64::INFINITY;
    for side in SIDES {
        let rounds: Vec<_> = (0..ROUNDS).map(|_| wall(side)).collect();
        let median = |field: fn(&Found) -> f64| load::median(rounds.iter().map(field));
        println!(
            "| {} | {:.2} | {:.0} MB | {} | {:.0} ms, {:.0} ms | {:.1} |",
            side * side,
            median(|it| it.cores),
            median(|it| it.memory_mb),
            median(|it| it.threads),
            median(|it| it.median_ms),
            median(|it| it.p99_ms),
            median(|it| it.shown)
        );
        in_time = in_time.min(median(|it| it.shown));
    }
    limit::at_least("frames shown, else cores can't be compared", in_time, 0.9 * RATE)
}

fn wall(side: u16) -> Found {
    let count = side * side;
    let folder = tempfile::tempdir().expect("a folder");
    let (trace, trace_arg) = trace_in(folder.path());
    let number = count.to_string();
    let films = clips::at_rate(15);
    let args = ["--cameras", &number, "--rate", "15", "--trace-sent", &trace_arg];
    let sim = Camsim::start_with_clips(films.path(), &args);
    let camera = |number| (format!("c{number}"), rtsp(&sim.url(&format!("cam{number}/main"))));
    let wall = WallFile::new(&(1..=count).map(camera).collect::<Vec<_>>(), BARE);
    let stage = Stage::open(&wall);
    stage.until("all cameras are live", 2 * SOON, |line| line.all_live());
    std::thread::sleep(load::WARM_UP);
    let (cores, from) = stage.cores(load::SPAN);
    let process = stage.process();
    let (memory_mb, threads) = (process.proportional_mb(), process.threads().len() as f64);
    let shown = stage::least(stage::shown(&stage, from));
    // Camera 2, which is not selected. Afterwards: the screen is looked at on the same cores.
    let tile = WIDTH / side;
    let at = (i16::try_from(tile).expect("a place"), i16::try_from(tile / 80).expect("a place"));
    let eye = Eye::on(&stage.screen.display, at, tile);
    let seen = eye.watch(load::SPAN, usize::MAX, Duration::from_millis(2));
    let mut sent = Sent::open(&trace);
    sent.read_on();
    let mut delays = sent.delays("cam2 main", &seen);
    assert!(delays.len() > 50, "frames of camera 2 are seen on the screen: {}", delays.len());
    let (median_ms, p99_ms) = (quantile(&mut delays, 0.5), quantile(&mut delays, 0.99));
    Found { cores, memory_mb, threads, shown, median_ms, p99_ms }
}
