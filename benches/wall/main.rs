//! `make bench`: what the wall costs, how late it is, and what it promises.
//!
//! Real windows on Xvfb, real RTSP streams from `camsim`, one after the other on the same machine:
//! - `load`: cores, frames shown per tile and memory of four 1920×1080 and of sixteen 640×360
//!   cameras, each beside `ffmpeg -threads 1 … -f null` on the same streams;
//! - `record`: what recording four 1920×1080 cameras costs that are being shown, beside
//!   `ffmpeg -c copy`;
//! - `delay`: the time from the last RTP packet of a frame to its pixels on the X server, read from
//!   the frame number in the picture;
//! - `growth`: cores, memory, threads and delay of 4, 16, 36 and 64 cameras;
//! - `hidden`: what a camera costs that nobody looks at;
//! - `show`: the time from a key to the picture of a hidden camera;
//! - `scale`, `scale=10m`: threads and descriptors a camera, and 200 cameras for a minute or longer;
//! - `onecore`: 64 cameras on one core;
//! - `two-windows`: how often each of two windows is drawn, on Xorg with two monitors.
//!
//! `cargo bench -- record` measures only that, `record=PROGRAM` against another camwall.
//! `cargo bench -- against=PROGRAM` holds the walls of `load` against those of another camwall;
//! `cargo bench -- soak=1h` is `make soak FOR=1h`;
//! `cargo bench -- million` starts on a million segments (root, 2 GB, nine minutes). Figures
//! are medians of [`ROUNDS`] rounds. The exit code is 1 where a limit is not kept, and a panic's
//! where there is nothing to measure.
#![allow(clippy::print_stdout, reason = "a benchmark prints its findings")]

mod against;
mod barcode;
mod click;
mod clips;
mod delay;
mod growth;
mod hidden;
mod keys;
mod limit;
mod load;
mod million;
mod onecore;
mod record;
mod scale;
mod screen;
mod show;
mod soak;
mod stage;
mod two_windows;

use std::{path::Path, process::ExitCode};

use testkit::Camsim;

/// Rounds of each measurement; odd, so that a median is one of them.
const ROUNDS: usize = 3;

/// A measurement: takes what its name is followed by, and says whether all limits are kept.
type Part = fn(Option<&str>) -> bool;

/// What is measured where nothing is named.
const PARTS: [(&str, Part); 9] = [
    ("load", loads),
    ("record", recording),
    ("delay", delays),
    ("growth", growth::measure),
    ("hidden", hidden::measure),
    ("show", show::measure),
    ("scale", scale::measure),
    ("onecore", onecore::measure),
    ("two-windows", two_windows::measure),
];

/// What is measured only by name.
const OTHERS: [(&str, Part); 3] =
    [("against", against), ("soak", soak::measure), ("million", million::measure)];

fn main() -> ExitCode {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!(
        "{cores} cores, software rendering (llvmpipe) unless a GPU is found; X: Xvfb 1920x1080"
    );
    // Cargo adds options of its own.
    let chosen: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    let mut kept = true;
    if chosen.is_empty() {
        for (_, measure) in PARTS {
            kept &= measure(None);
        }
    }
    for word in &chosen {
        let (name, value) =
            word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        let part = PARTS.iter().chain(&OTHERS).find(|(known, _)| *known == name);
        let Some((_, measure)) = part else {
            println!("no measurement is called {name}");
            return ExitCode::FAILURE;
        };
        kept &= measure(value);
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn against(other: Option<&str>) -> bool {
    against::measure(Path::new(other.expect("against=PROGRAM")));
    true
}

/// The walls that are loaded: a name, how many cameras, and which of their streams.
const WALLS: [(&str, usize, &str); 2] =
    [("4 x 1920x1080p25", 4, "main"), ("16 x 640x360p25", 16, "sub")];

/// Simulated cameras for one of [`WALLS`].
fn cameras_of(count: usize) -> Camsim {
    Camsim::start(&["--cameras", &count.to_string(), "--codec", "h264", "--size", "1080"])
}

fn loads(_: Option<&str>) -> bool {
    println!(
        "\nwall                     cores  shown/s  memory MB | ffmpeg -f null: cores | ratio"
    );
    for (name, cameras, stream) in WALLS {
        let sim = cameras_of(cameras);
        let rounds: Vec<_> = (0..ROUNDS).map(|_| load::round(&sim, cameras, stream)).collect();
        let wall = load::median(rounds.iter().map(|round| round.wall_cores));
        let ffmpeg = load::median(rounds.iter().map(|round| round.ffmpeg_cores));
        let shown = load::median(rounds.iter().map(|round| round.shown));
        let memory = load::median(rounds.iter().map(|round| round.memory_mb));
        println!(
            "{name:<24} {wall:>5.2} {shown:>8.2} {memory:>10.0} | {ffmpeg:>21.2} | {:>5.2}",
            wall / ffmpeg
        );
    }
    true
}

fn recording(other: Option<&str>) -> bool {
    if let Some(other) = other {
        return record::against(Path::new(other));
    }
    let sim = Camsim::start(&["--cameras", "4", "--codec", "h264", "--size", "1080"]);
    let rounds: Vec<_> = (0..ROUNDS).map(|_| record::round(&sim)).collect();
    let median = |field: fn(&record::Round) -> f64| load::median(rounds.iter().map(field));
    println!("\nrecording 4 x 1920x1080p25 that are shown, in % of a core for each camera:");
    println!(
        "camwall {:.2}, of which its recorder threads {:.2}",
        median(|round| round.camwall),
        median(|round| round.threads)
    );
    println!(
        "ffmpeg -c copy -f matroska {:.2}, of which packing and writing {:.2}",
        median(|round| round.ffmpeg),
        median(|round| round.muxing)
    );
    true
}

fn delays(_: Option<&str>) -> bool {
    let delays = delay::measure();
    println!("\ndelay, sent to on screen, one 1280x720p25 camera, {} frames:", delays.count);
    println!("median {:.1} ms, p99 {:.1} ms", delays.median_ms, delays.p99_ms);
    true
}
