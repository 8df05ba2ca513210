//! CPU time and memory of a wall, and of FFmpeg on the same streams.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use testkit::{Camsim, Process};

use super::screen::Screen;

/// What one round found.
pub struct Round {
    /// Cores used by camwall.
    pub wall_cores: f64,
    /// Frames per second on the tile that shows fewest.
    pub shown: f64,
    /// Resident memory of camwall.
    pub memory_mb: f64,
    /// Cores used by all FFmpeg processes together.
    pub ffmpeg_cores: f64,
}

/// Until everything runs evenly: connections, shader compilation, first key frames.
pub const WARM_UP: Duration = Duration::from_secs(6);

/// How long is measured.
pub const SPAN: Duration = Duration::from_secs(12);

/// The middle of an odd number of values.
pub fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Camwall, then FFmpeg, on the first `cameras` cameras of `sim`.
pub fn round(sim: &Camsim, cameras: usize, stream: &str) -> Round {
    let urls = urls(sim, cameras, stream);
    let (Usage { cores: wall_cores, memory_mb, .. }, shown) =
        wall(&testkit::program("camwall"), &urls);
    let decode = |url: &String| {
        Command::new("ffmpeg")
            .args(["-v", "error", "-nostdin", "-rtsp_transport", "tcp", "-threads", "1", "-i", url])
            .args(["-map", "0:v", "-f", "null", "-"])
            .spawn()
            .expect("ffmpeg starts")
    };
    let ffmpeg_cores = watch(urls.iter().map(decode).collect(), SPAN).cores;
    Round { wall_cores, shown, memory_mb, ffmpeg_cores }
}

/// The addresses of the first `cameras` cameras of `sim`.
pub fn urls(sim: &Camsim, cameras: usize, stream: &str) -> Vec<String> {
    (1..=cameras).map(|number| sim.url(&format!("cam{number}/{stream}"))).collect()
}

/// What a camwall of these cameras uses, and the frames per second on its slowest tile.
pub fn wall(program: &Path, urls: &[String]) -> (Usage, f64) {
    let folder = tempfile::tempdir().expect("a folder");
    let wall = folder.path().join("wall.ron");
    let mut file = fs::File::create(&wall).expect("a wall file");
    let list: String =
        urls.iter().enumerate().map(|(i, url)| format!("\"c{i}\": (main: \"{url}\"), ")).collect();
    writeln!(file, "(cameras: {{ {list} }})").expect("room for a file");
    let status = folder.path().join("status.jsonl");
    let screen = Screen::start();
    let camwall = Command::new(program)
        .arg(&wall)
        .args(["--size", "1920x1080", "--status"])
        .arg(&status)
        .env("DISPLAY", &screen.display)
        .stderr(Stdio::null())
        .spawn()
        .expect("camwall starts");
    let usage = watch(vec![camwall], SPAN);
    drop(screen);
    (usage, slowest_tile(&fs::read_to_string(status).expect("status lines")))
}

/// What some processes used together.
pub struct Usage {
    /// Cores.
    pub cores: f64,
    /// Cores used by threads that record, of these.
    pub threads: f64,
    /// Resident memory at the end.
    pub memory_mb: f64,
}

/// What some processes use over `span`; ends them.
pub fn watch(mut children: Vec<Child>, span: Duration) -> Usage {
    let processes: Vec<Process> = children.iter().map(|child| Process(child.id())).collect();
    let records = |name: &str| name.ends_with(".record") || ["mend", "retention"].contains(&name);
    let recorders = |it: &Process| it.cpu_seconds_of(records);
    let now = || {
        let all: f64 = processes.iter().map(|it| it.cpu_seconds()).sum();
        (all, processes.iter().map(recorders).sum::<f64>())
    };
    thread::sleep(WARM_UP);
    let (before, start) = (now(), Instant::now());
    thread::sleep(span);
    let (after, span) = (now(), start.elapsed().as_secs_f64());
    let memory_mb = processes.iter().map(|it| it.resident_mb()).sum();
    for child in &mut children {
        child.kill().ok();
        child.wait().ok();
    }
    Usage { cores: (after.0 - before.0) / span, threads: (after.1 - before.1) / span, memory_mb }
}

/// Mean frames per second of the tile that shows fewest, over the measured span.
fn slowest_tile(status: &str) -> f64 {
    let lines: Vec<Value> = status
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|line| line["t"].as_f64().is_some_and(|t| t > WARM_UP.as_secs_f64()))
        .collect();
    let tiles = lines[0]["cameras"].as_array().map_or(0, Vec::len);
    let mean = |tile: usize| {
        let shown = lines.iter().filter_map(|line| line["cameras"][tile]["fps_shown"].as_f64());
        shown.sum::<f64>() / lines.len() as f64
    };
    (0..tiles).map(mean).fold(f64::INFINITY, f64::min)
}
