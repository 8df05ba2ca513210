//! The delay from the last RTP packet of a frame to its pixels on the X server.

use std::{
    collections::HashMap,
    fs,
    io::Write,
    process::{Command, Stdio},
    time::Duration,
};

use x11rb::{
    connection::Connection,
    protocol::xproto::{ConnectionExt, ImageFormat},
    rust_connection::RustConnection,
};

use testkit::Camsim;

use super::screen::Screen;

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

/// Pixels of a barcode cell in a picture 1280 wide (tests/clips/NOTES.md).
const CELL: u16 = 32;

/// Reference cells, then bits of the frame number.
const CELLS: u16 = 18;

/// One 1280×720 camera, shown 1:1.
pub fn measure() -> Delays {
    let folder = tempfile::tempdir().expect("a folder");
    let trace = folder.path().join("sent");
    let trace_arg = trace.to_str().expect("a plain path");
    let sim = Camsim::start(&["--cameras", "1", "--size", "720", "--trace-sent", trace_arg]);
    let wall = folder.path().join("wall.ron");
    let mut file = fs::File::create(&wall).expect("a wall file");
    let url = sim.url("cam1/main");
    let overlay = "overlay: (name: false, state: false, clock: false)";
    writeln!(file, "(cameras: {{ \"c\": (main: \"{url}\") }}, {overlay})").expect("a file");
    let screen = Screen::start();
    let mut camwall = Command::new(testkit::program("camwall"))
        .arg(&wall)
        .args(["--size", "1280x720"])
        .env("DISPLAY", &screen.display)
        .stderr(Stdio::null())
        .spawn()
        .expect("camwall starts");
    let seen = watch_barcode(&screen.display);
    camwall.kill().ok();
    camwall.wait().ok();
    evaluate(&seen, &fs::read_to_string(trace).expect("the trace of sent frames"))
}

/// Frame numbers with the time (ns) at which they were first on screen.
fn watch_barcode(display: &str) -> Vec<(u32, u64)> {
    let (server, number) = x11rb::connect(Some(display)).expect("Xvfb answers");
    let mut seen: Vec<(u32, u64)> = Vec::new();
    while seen.len() < FRAMES {
        let frame = read_barcode(&server, number);
        let at = monotonic_ns();
        if let Some(frame) = frame.filter(|frame| seen.last().is_none_or(|(last, _)| last != frame))
        {
            seen.push((frame, at));
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    seen
}

/// The number in the picture, which stands in the middle of the screen.
fn read_barcode(server: &RustConnection, number: usize) -> Option<u32> {
    let root = &server.setup().roots[number];
    let (x, y) = ((root.width_in_pixels - 1280) / 2, (root.height_in_pixels - 720) / 2);
    let (x, y) = (i16::try_from(x).ok()?, i16::try_from(y + CELL / 2).ok()?);
    let width = CELL * CELLS;
    let image = server
        .get_image(ImageFormat::Z_PIXMAP, root.root, x, y, width, 1, u32::MAX)
        .ok()?
        .reply()
        .ok()?;
    let light = |cell: u16| {
        let pixel = usize::from(cell * CELL + CELL / 2) * 4;
        image.data.get(pixel + 1).is_some_and(|green| *green > 128)
    };
    let valid = light(0) && !light(1);
    valid.then(|| (2..CELLS).fold(0, |bits, cell| bits << 1 | u32::from(light(cell))))
}

/// Matches each frame on screen with the latest sending of its number before.
fn evaluate(seen: &[(u32, u64)], trace: &str) -> Delays {
    let mut sent: HashMap<u32, Vec<u64>> = HashMap::new();
    for line in trace.lines() {
        let mut fields = line.split_whitespace().skip(2);
        let frame = fields.next().and_then(|field| field.parse().ok());
        let at = fields.next().and_then(|field| field.parse().ok());
        if let (Some(frame), Some(at)) = (frame, at) {
            sent.entry(frame).or_default().push(at);
        }
    }
    let mut delays: Vec<f64> = seen
        .iter()
        .skip(100)
        .filter_map(|(frame, on_screen)| {
            let before = sent.get(frame)?.iter().rfind(|at| *at < on_screen)?;
            Some((on_screen - before) as f64 / 1e6)
        })
        .collect();
    delays.sort_by(f64::total_cmp);
    Delays {
        count: delays.len(),
        median_ms: delays[delays.len() / 2],
        p99_ms: delays[delays.len() * 99 / 100],
    }
}

/// CLOCK_MONOTONIC, which `camsim --trace-sent` uses too.
#[expect(unsafe_code, reason = "std's Instant does not tell its number")]
fn monotonic_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes one timespec, which is ours.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
