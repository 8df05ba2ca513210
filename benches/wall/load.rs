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

use testkit::Camsim;

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
const WARM_UP: Duration = Duration::from_secs(6);

/// How long is measured.
const SPAN: Duration = Duration::from_secs(12);

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
    let sum = |children: &[Child], ticks: fn(u32) -> u64| {
        children.iter().map(|child| ticks(child.id())).sum::<u64>()
    };
    let now = |children: &[Child]| (sum(children, cpu_ticks), sum(children, recorder_ticks));
    thread::sleep(WARM_UP);
    let (before, start) = (now(&children), Instant::now());
    thread::sleep(span);
    let (after, span) = (now(&children), start.elapsed());
    let memory_mb = children.iter().map(|child| resident_mb(child.id())).sum();
    for child in &mut children {
        child.kill().ok();
        child.wait().ok();
    }
    // USER_HZ is 100 on Linux for every architecture we run on (proc(5)).
    let cores = |ticks: u64| ticks as f64 / 100.0 / span.as_secs_f64();
    Usage { cores: cores(after.0 - before.0), threads: cores(after.1 - before.1), memory_mb }
}

/// User and system time of a process.
fn cpu_ticks(pid: u32) -> u64 {
    ticks(&fs::read_to_string(format!("/proc/{pid}/stat")).expect("it still runs"))
}

/// The same of its threads `ID.record`.
fn recorder_ticks(pid: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("it still runs").flatten();
    // A thread may end meanwhile.
    let stats = threads.filter_map(|thread| fs::read_to_string(thread.path().join("stat")).ok());
    stats.filter(|stat| stat.contains(".record)")).map(|stat| ticks(&stat)).sum()
}

/// Fields 14 and 15 of proc(5)'s stat.
fn ticks(stat: &str) -> u64 {
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11);
    fields.take(2).filter_map(|field| field.parse::<u64>().ok()).sum()
}

fn resident_mb(pid: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it still runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kb: f64 = line.trim().trim_end_matches(" kB").parse().unwrap_or(0.0);
    kb / 1024.0
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
