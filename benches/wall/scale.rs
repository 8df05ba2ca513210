//! Many cameras in one process: what each takes of threads and descriptors, and whether 200 live.

use std::{
    collections::BTreeMap,
    fmt, thread,
    time::{Duration, Instant},
};

use testkit::{Camsim, Process, SECOND, SOON, WallFile, rtsp};

use super::{clips, limit, stage::Stage};

/// Cameras of the walls that are compared.
const SMALL: u32 = 4;
const LARGE: u32 = 64;

/// Of their grids.
const SIDE: u32 = 8;

/// What a camera may take. It has two connections, each through a relay of its own: to the camera, from
/// there to the client, which has both ends here, and the port for the client.
const THREADS: f64 = 2.0;
const DESCRIPTORS: f64 = 8.0;

/// Cameras of the wall that is to last, and the least frames a second that each decodes of 5.
const MANY: u32 = 200;
const RATE: f64 = 4.9;

/// How long that is, unless told otherwise.
const SPAN: Duration = Duration::from_secs(60);

/// Threads, descriptors, and memory (PSS) in MB.
#[derive(Clone, Copy)]
struct Footprint {
    threads: f64,
    descriptors: f64,
    memory_mb: f64,
}

impl fmt::Display for Footprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { threads, descriptors, memory_mb } = self;
        write!(f, "{threads} threads, {descriptors} descriptors, {memory_mb:.0} MB (PSS)")
    }
}

/// Prints both; `scale=10m` has the 200 cameras last for ten minutes.
pub fn measure(span: Option<&str>) -> bool {
    let span = span.map_or(SPAN, |span| humantime::parse_duration(span).expect("a duration"));
    let (per_camera, lasting) = (per_camera(), lasting(span));
    per_camera && lasting
}

/// A camera whose sub is shown and whose main is held for its recorder, which does not record.
fn per_camera() -> bool {
    let sim = |count: u32| {
        let count = count.to_string();
        Camsim::start(&["--cameras", &count, "--codec", "h264", "--rate", "5"])
    };
    let [small, large] = [SMALL, LARGE].map(|count| held(sim(count), count));
    let cameras = f64::from(LARGE - SMALL);
    let threads = (large.threads - small.threads) / cameras;
    let descriptors = (large.descriptors - small.descriptors) / cameras;
    println!("\na camera with its sub shown and its main held, {SMALL} against {LARGE} of them:");
    println!("{small}\n{large}");
    let threads = limit::at_most("threads a camera", threads, THREADS);
    let descriptors = limit::at_most("descriptors a camera", descriptors, DESCRIPTORS);
    println!("  memory (PSS) a camera: {:.1} MB", (large.memory_mb - small.memory_mb) / cameras);
    threads && descriptors
}

fn held(mut sim: Camsim, count: u32) -> Footprint {
    let camera = |number| {
        let url = |stream| sim.url(&format!("cam{number}/{stream}"));
        (format!("c{number}"), format!("{}, sub: {:?}", rtsp(&url("main")), url("sub")))
    };
    let cameras: Vec<_> = (1..=count).map(camera).collect();
    // Both walls have small tiles, as only those show a sub.
    let tile = |place| {
        let (number, column, row) = (place + 1, place % SIDE, place / SIDE);
        format!("(camera: \"c{number}\", column: {column}, row: {row}), ")
    };
    let tiles: String = (0..count).map(tile).collect();
    let rest = format!(
        "layouts: {{ \"all\": Tiles(columns: {SIDE}, rows: {SIDE}, tiles: [{tiles}]) }},
         recording: (dir: \"rec\", keep: (free: \"1MB\")),"
    );
    let wall = WallFile::new(&cameras, &rest);
    let stage = Stage::open(&wall);
    stage.until("all cameras are live", 4 * SOON, |line| {
        line.cameras.iter().all(|camera| camera.is_live() && camera.stream == "sub")
    });
    let end = Instant::now() + 2 * SOON;
    while sim.tell("stat")["sessions"] != 2 * count {
        assert!(Instant::now() < end, "main and sub are connected: {}", sim.tell("stat"));
        thread::sleep(SECOND);
    }
    footprint(stage.process())
}

/// What is there all the time: the least of some seconds, after some.
fn footprint(process: Process) -> Footprint {
    thread::sleep(5 * SECOND);
    let sample = |_| {
        thread::sleep(SECOND / 2);
        let threads = process.threads().len() as f64;
        let descriptors = process.descriptors() as f64;
        Footprint { threads, descriptors, memory_mb: process.proportional_mb() }
    };
    let least = |a: Footprint, b: Footprint| Footprint {
        threads: a.threads.min(b.threads),
        descriptors: a.descriptors.min(b.descriptors),
        memory_mb: a.memory_mb.min(b.memory_mb),
    };
    (0..10).map(sample).reduce(least).expect("samples")
}

/// 200 small cameras for `span`.
fn lasting(span: Duration) -> bool {
    let films = clips::tiny();
    let count = MANY.to_string();
    let args = ["--cameras", &count, "--subs", "120", "--rate", "5"];
    let sim = Camsim::start_with_clips(films.path(), &args);
    let camera = |number| (format!("c{number}"), rtsp(&sim.url(&format!("cam{number}/main"))));
    let cameras: Vec<_> = (1..=MANY).map(camera).collect();
    let ids: Vec<&String> = cameras.iter().map(|(id, _)| id).collect();
    let layouts = format!("layouts: {{ \"all\": Grid(columns: 20, cameras: {ids:?}) }}");
    let wall = WallFile::new(&cameras, &layouts);
    let stage = Stage::open(&wall);
    stage.until("all cameras are live", 4 * SOON, |line| line.all_live());
    let begin = footprint(stage.process());
    let (cores, from) = stage.cores(span);
    let end = footprint(stage.process());
    let mut decoded: BTreeMap<String, f64> = BTreeMap::new();
    let (mut lines, mut not_live) = (0_u32, 0_u32);
    stage.lines(from, |line| {
        lines += 1;
        for camera in &line.cameras {
            *decoded.entry(camera.id.clone()).or_default() += camera.fps_decoded;
            not_live += u32::from(camera.state != "live");
        }
    });
    assert!(lines > 0, "there are status lines");
    let least = decoded.values().copied().fold(f64::INFINITY, f64::min) / f64::from(lines);
    println!("\n{MANY} cameras of 160x120p5 for {} s, {cores:.2} cores:", span.as_secs());
    println!("begin {begin}\nend   {end}");
    let decoded = limit::at_least("frames decoded/s by the slowest", least, RATE);
    let live = limit::at_most("status lines that call a camera not live", not_live.into(), 0.0);
    decoded && live && decoded_all(&stage)
}

fn decoded_all(stage: &Stage) -> bool {
    let count = stage.line().map_or(0, |line| line.cameras.len());
    limit::at_least("cameras in the status line", count as f64, MANY.into())
}
