//! `make soak`: hours with cameras that fail at random, some of them recorded.
//!
//! Sixteen cameras of `camsim --scripted`. Three are never touched; one of the others, by turns of
//! chance, is begun anew every 10 to 30 s: it hangs up, and then does what is wrong with it. The
//! wall's status lines and log are read while they are written, so a run of days holds no more than
//! one of minutes. At the end the recordings are held against their ledgers.

mod heard;
mod report;
mod trouble;

use std::{
    thread,
    time::{Duration, Instant},
};

use testkit::{Process, Run, SOON, Scripted, WallFile, archive::DIR, rtsp};

use self::{heard::Heard, report::Sample, trouble::Trouble};
use super::screen::Screen;

/// How long, unless told otherwise.
const SPAN: Duration = Duration::from_secs(600);

/// How often memory, threads and descriptors are looked at.
const EVERY: Duration = Duration::from_secs(5);

/// Cameras to which nothing happens, and those to which something does. Each is a row of `camsim`'s
/// tables that mends itself.
const UNTOUCHED: [&str; 3] = ["good", "good-2", "good-3"];
const TROUBLED: [&str; 13] = [
    "late",
    "scrambled",
    "scrambled-slices",
    "damaged",
    "frozen",
    "dark",
    "silent-play",
    "half-close",
    "rst",
    "truncated",
    "busy",
    "hangs-up",
    "jump-forward",
];

/// Those that are recorded.
const RECORDED: [&str; 8] =
    ["good", "good-2", "late", "scrambled", "silent-play", "half-close", "rst", "busy"];

/// Runs it for a time such as `1h`; false where memory grows, or a recording has an unexplained gap.
pub fn measure(span: Option<&str>) -> bool {
    let span = span.filter(|span| !span.is_empty());
    let span = span.map_or(SPAN, |span| humantime::parse_duration(span).expect("a duration"));
    let rows: Vec<&str> = UNTOUCHED.iter().chain(&TROUBLED).copied().collect();
    let mut scripted = Scripted::start(&rows);
    let wall = wall_file(&scripted, &rows);
    let screen = Screen::start();
    let (camwall, lines, log) = Run::bare([wall.path()])
        .args(["--size", "1920x1080", "--status", "-"])
        .env("DISPLAY", &screen.display)
        .env("RUST_LOG", heard::FILTER)
        .start_unread();
    let copy = testkit::program("camwall").with_file_name("soak.log");
    let heard = Heard::start(lines, log, &copy);
    heard.until_live(&UNTOUCHED, 2 * SOON);
    let (count, time) = (rows.len(), humantime::format_duration(span));
    println!("\nsoak: {count} cameras for {time}; the log is in {}", copy.display());
    let samples = live_through(&mut scripted, Process(camwall.pid()), span);
    camwall.signal(libc::SIGTERM);
    let ended = camwall.finish(SOON);
    let told = heard.finish();
    let archive = report::archive(&wall.file(DIR), &RECORDED, &UNTOUCHED);
    let kept = report::print(&samples, told, archive, span);
    super::limit::holds("the wall ended as asked", ended.code == Some(0)) && kept
}

fn wall_file(scripted: &Scripted, rows: &[&str]) -> WallFile {
    let camera = |row: &&str| {
        let record = if RECORDED.contains(row) { ", record: Always" } else { "" };
        ((*row).to_owned(), format!("{}{record}", rtsp(scripted.url(row))))
    };
    let cameras: Vec<_> = rows.iter().map(camera).collect();
    let keep = r#"segment: "1min", keep: (total: "400MB", free: "1MB")"#;
    WallFile::new(&cameras, &format!("recording: (dir: {DIR:?}, {keep}),"))
}

/// Troubles the cameras and takes samples until `span` is over.
fn live_through(scripted: &mut Scripted, process: Process, span: Duration) -> Vec<Sample> {
    let (start, mut samples) = (Instant::now(), Vec::new());
    let mut trouble = Trouble::new(&TROUBLED);
    while start.elapsed() < span {
        samples.push(Sample::take(start.elapsed(), process));
        if let Some(row) = trouble.due(start.elapsed()) {
            scripted.again(row);
            scripted.forget();
        }
        thread::sleep(EVERY);
    }
    println!("  {} times a camera was begun anew", trouble.count());
    samples
}
