//! `make bench`: what the wall costs and how late it is, beside a bare FFmpeg decode.
//!
//! Real windows on Xvfb, real RTSP streams from `camsim`, one after the other on the same machine:
//! - cores, frames shown per tile and memory of four 1920×1080 and of sixteen 640×360 cameras, each
//!   beside `ffmpeg -threads 1 … -f null` on the same streams; medians of [`ROUNDS`] rounds;
//! - what recording four 1920×1080 cameras costs that are being shown, beside `ffmpeg -c copy`;
//! - the delay from the last RTP packet of a frame to its pixels on the X server, read from the
//!   frame number in the picture.

#[path = "../../tests/support/mod.rs"]
#[expect(clippy::print_stderr, reason = "a failed test prints the log of its wall")]
mod support;

mod delay;
mod load;
mod record;
mod screen;

use support::Camsim;

/// Rounds of each measurement; odd, so that a median is one of them.
const ROUNDS: usize = 3;

#[expect(clippy::print_stdout, reason = "a benchmark prints its findings")]
fn main() {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!(
        "{cores} cores, software rendering (llvmpipe) unless a GPU is found; X: Xvfb 1920x1080"
    );
    println!(
        "\nwall                     cores  shown/s  memory MB | ffmpeg -f null: cores | ratio"
    );
    for (name, cameras, stream) in [("4 x 1920x1080p25", 4, "main"), ("16 x 640x360p25", 16, "sub")]
    {
        let count = cameras.to_string();
        let sim = Camsim::start(&["--cameras", &count, "--codec", "h264", "--size", "1080"]);
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
    let sim = Camsim::start(&["--cameras", "4", "--codec", "h264", "--size", "1080"]);
    let rounds: Vec<_> = (0..ROUNDS).map(|_| record::round(&sim)).collect();
    drop(sim);
    let [camwall, threads, ffmpeg, muxing] = [
        |round: &record::Round| round.camwall,
        |round: &record::Round| round.threads,
        |round: &record::Round| round.ffmpeg,
        |round: &record::Round| round.muxing,
    ]
    .map(|field| load::median(rounds.iter().map(field)));
    println!("\nrecording 4 x 1920x1080p25 that are shown, in % of a core for each camera:");
    println!("camwall {camwall:.2} (its recorder threads {threads:.2})");
    println!("ffmpeg -c copy -f matroska {ffmpeg:.2}, of which packing and writing {muxing:.2}");
    let delays = delay::measure();
    println!("\ndelay, sent to on screen, one 1280x720p25 camera, {} frames:", delays.count);
    println!("median {:.1} ms, p99 {:.1} ms", delays.median_ms, delays.p99_ms);
}
