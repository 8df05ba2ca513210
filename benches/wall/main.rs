//! `make bench`: what the wall costs and how late it is, beside a bare FFmpeg decode.
//!
//! Real windows on Xvfb, real RTSP streams from `camsim`, one after the other on the same machine:
//! - cores, frames shown per tile and memory of four 1920×1080 and of sixteen 640×360 cameras, each
//!   beside `ffmpeg -threads 1 … -f null` on the same streams; medians of [`ROUNDS`] rounds;
//! - what recording four 1920×1080 cameras costs that are being shown, beside `ffmpeg -c copy`;
//! - the delay from the last RTP packet of a frame to its pixels on the X server, read from the
//!   frame number in the picture.
//!
//! `cargo bench -- record` measures only the second of these, `load` the first, `delay` the last.
//! `cargo bench -- against=PROGRAM` holds the walls of the first against those of another camwall.
#![allow(clippy::print_stdout, reason = "a benchmark prints its findings")]

mod against;
mod delay;
mod load;
mod record;
mod screen;

use std::path::Path;

use testkit::Camsim;

/// Rounds of each measurement; odd, so that a median is one of them.
const ROUNDS: usize = 3;

fn main() {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!(
        "{cores} cores, software rendering (llvmpipe) unless a GPU is found; X: Xvfb 1920x1080"
    );
    let parts: [(&str, fn()); 3] = [("load", loads), ("record", recording), ("delay", delays)];
    // `cargo bench -- record` measures only that; cargo adds options of its own.
    let chosen: Vec<String> =
        std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    if let Some(other) = chosen.iter().find_map(|chosen| chosen.strip_prefix("against=")) {
        return against::measure(Path::new(other));
    }
    for (name, measure) in parts {
        if chosen.is_empty() || chosen.iter().any(|chosen| chosen == name) {
            measure();
        }
    }
}

/// The walls that are loaded: a name, how many cameras, and which of their streams.
const WALLS: [(&str, usize, &str); 2] =
    [("4 x 1920x1080p25", 4, "main"), ("16 x 640x360p25", 16, "sub")];

/// Simulated cameras for one of [`WALLS`].
fn cameras_of(count: usize) -> Camsim {
    Camsim::start(&["--cameras", &count.to_string(), "--codec", "h264", "--size", "1080"])
}

fn loads() {
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
}

fn recording() {
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
}

fn delays() {
    let delays = delay::measure();
    println!("\ndelay, sent to on screen, one 1280x720p25 camera, {} frames:", delays.count);
    println!("median {:.1} ms, p99 {:.1} ms", delays.median_ms, delays.p99_ms);
}
