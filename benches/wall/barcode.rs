//! The frame number that is written into the pictures, read from the screen and from the cameras.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use x11rb::{
    connection::Connection,
    protocol::xproto::{ConnectionExt, ImageFormat, Window},
    rust_connection::RustConnection,
};

/// Reference cells, then bits of the frame number (tests/clips/NOTES.md).
const CELLS: u16 = 18;

/// A picture's width in cells.
const CELLS_OF_PICTURE: u16 = 40;

/// Looks at the barcode of one picture on a screen.
pub struct Eye {
    /// The screen's server.
    pub server: RustConnection,
    root: Window,
    at: (i16, i16),
    cell: u16,
}

/// A frame number, and when it was first on screen: ns of CLOCK_MONOTONIC.
pub type Seen = (u32, u64);

impl Eye {
    /// For a whole picture of this width in pixels. `at` is a point in the first cell of its barcode
    /// over which nothing is written, on its left edge.
    pub fn on(display: &str, at: (i16, i16), width: u16) -> Self {
        let (server, number) = x11rb::connect(Some(display)).expect("Xvfb answers");
        let root = server.setup().roots[number].root;
        Self { server, root, at, cell: width / CELLS_OF_PICTURE }
    }

    /// The number that is there, if there is one.
    pub fn number(&self) -> Option<u32> {
        let ((x, y), width) = (self.at, self.cell * CELLS);
        let image = self
            .server
            .get_image(ImageFormat::Z_PIXMAP, self.root, x, y, width, 1, u32::MAX)
            .ok()?
            .reply()
            .ok()?;
        let light = |cell: u16| {
            let pixel = usize::from(cell * self.cell + self.cell * 2 / 3) * 4;
            image.data.get(pixel + 1).is_some_and(|green| *green > 128)
        };
        let valid = light(0) && !light(1);
        valid.then(|| (2..CELLS).fold(0, |bits, cell| bits << 1 | u32::from(light(cell))))
    }

    /// Watches for `span`, or until `count` frames were seen, and looks each `pause`.
    pub fn watch(&self, span: Duration, count: usize, pause: Duration) -> Vec<Seen> {
        let (mut seen, start) = (Vec::<Seen>::new(), Instant::now());
        while start.elapsed() < span && seen.len() < count {
            let number = self.number();
            let at = monotonic_ns();
            if let Some(number) = number.filter(|n| seen.last().is_none_or(|(last, _)| last != n)) {
                seen.push((number, at));
            }
            thread::sleep(pause);
        }
        seen
    }
}

/// What `camsim --trace-sent` wrote.
pub struct Sent {
    file: BufReader<File>,
    line: String,
    /// Number and time of what each `CAMERA STREAM` sent, in the order of time.
    frames: HashMap<String, Vec<Seen>>,
}

impl Sent {
    /// Reads a trace from its beginning, as far as it goes.
    pub fn open(path: &Path) -> Self {
        let file = File::open(path).expect("the trace of sent frames");
        Self { file: BufReader::new(file), line: String::new(), frames: HashMap::new() }
    }

    /// Reads what has come since.
    pub fn read_on(&mut self) {
        while self.file.read_line(&mut self.line).is_ok_and(|length| length > 0) {
            if !self.line.ends_with('\n') {
                return;
            }
            let mut fields = self.line.split_whitespace();
            let mut word = || fields.next().unwrap_or_default();
            let name = format!("{} {}", word(), word());
            if let (Ok(number), Ok(at)) = (word().parse(), word().parse()) {
                self.frames.entry(name).or_default().push((number, at));
            }
            self.line.clear();
        }
    }

    /// The latest frame that `stream` sent.
    pub fn newest(&self, stream: &str) -> Option<Seen> {
        self.frames.get(stream)?.last().copied()
    }

    /// Matches each frame on screen with the latest sending of its number before: the times between
    /// them in milliseconds, sorted.
    pub fn delays(&self, stream: &str, seen: &[Seen]) -> Vec<f64> {
        let sent = self.frames.get(stream).map_or(&[][..], Vec::as_slice);
        let delay = |(number, on_screen): &Seen| {
            let before = sent.iter().rfind(|(sent, at)| sent == number && at < on_screen)?;
            Some((on_screen - before.1) as f64 / 1e6)
        };
        let mut delays: Vec<f64> = seen.iter().filter_map(delay).collect();
        delays.sort_by(f64::total_cmp);
        delays
    }
}

/// Where a trace may be written, and how camsim is told.
pub fn trace_in(folder: &Path) -> (PathBuf, String) {
    let path = folder.join("sent");
    let text = path.to_str().expect("a plain path").to_owned();
    (path, text)
}

/// CLOCK_MONOTONIC, which `camsim --trace-sent` uses too.
#[expect(unsafe_code, reason = "std's Instant does not tell its number")]
pub fn monotonic_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes one timespec, which is ours.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
