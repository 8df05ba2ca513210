//! CPU time of recording four cameras that are being shown, and of FFmpeg recording the same.
//!
//! And [`against`] another camwall: [`HELD`] cameras are recorded and one of them is shown, so that
//! recording is most of what the two do.

use std::{
    fs,
    io::Write,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use testkit::{Camsim, archive::Archive};

use super::{
    load::{self, Usage},
    screen::Screen,
};

/// What one round found, in percent of a core for each camera.
pub struct Round {
    /// What recording adds to the wall.
    pub camwall: f64,
    /// What the recorders' own threads use, of that.
    pub threads: f64,
    /// What `ffmpeg -c copy -f matroska` uses.
    pub ffmpeg: f64,
    /// What it uses more than `ffmpeg -c copy -f null`: packing and writing alone.
    pub muxing: f64,
}

/// How many cameras.
const CAMERAS: u32 = 4;

/// How many cameras are recorded where two programs are compared.
const HELD: u32 = 16;

/// Rounds of such a comparison; odd, so that a median is one of them.
const ROUNDS: usize = 3;

/// How long is measured each time.
const SPAN: Duration = Duration::from_secs(24);

/// A wall without and with recording, then FFmpeg with and without a file.
pub fn round(sim: &Camsim) -> Round {
    let urls: Vec<String> =
        (1..=CAMERAS).map(|number| sim.url(&format!("cam{number}/main"))).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let camwall = testkit::program("camwall");
    let shown = wall(&camwall, folder.path(), &urls, "", "");
    let recorded = wall(&camwall, folder.path(), &urls, "record: Always", SECTION);
    let archive = Archive::at(folder.path().join("rec"));
    assert!(archive.parts().len() == urls.len(), "all cameras were recorded");
    let ffmpeg = |to_file: bool| {
        let children = urls.iter().enumerate().map(|(number, url)| {
            let file = folder.path().join(format!("{number}.mkv"));
            copy(url, to_file.then_some(&file))
        });
        load::watch(children.collect(), SPAN).cores
    };
    let (packed, received) = (ffmpeg(true), ffmpeg(false));
    let share = |cores: f64| 100.0 * cores / f64::from(CAMERAS);
    Round {
        camwall: share(recorded.cores - shown.cores),
        threads: share(recorded.threads),
        ffmpeg: share(packed),
        muxing: share(packed - received),
    }
}

/// What recording one camera takes of a core, in percent: this program's and another one's, the two
/// by turns, and the other one twice a round. Its recorders' own threads, and all of the wall. Whether the
/// threads take no more than the other's, within [`NOISE`].
pub fn against(other: &Path) -> bool {
    let sim = Camsim::start(&["--cameras", &HELD.to_string(), "--codec", "h264", "--size", "1080"]);
    let urls = load::urls(&sim, HELD as usize, "main");
    let this = testkit::program("camwall");
    println!("\n{HELD} x 1920x1080p25 recorded, one shown, in % of a core for each camera:");
    println!("             this: threads   all | other: threads   all | this/other: threads   all");
    let mut kept = true;
    for (container, section) in [("Matroska", SECTION), ("MP4", MP4)] {
        let folder = tempfile::tempdir().expect("a folder");
        let layouts = r#"layouts: { "one": Grid(columns: 1, cameras: ["c0"]) },"#;
        let rounds: Vec<[Usage; 3]> = (0..ROUNDS)
            .map(|_| {
                [other, &this, other].map(|program| {
                    let rest = format!("{layouts}{section}");
                    wall(program, folder.path(), &urls, "record: Always", &rest)
                })
            })
            .collect();
        let median = |which: usize, of: fn(&Usage) -> f64| {
            100.0 / f64::from(HELD) * load::median(rounds.iter().map(|round| of(&round[which])))
        };
        let ratio = |of: fn(&Usage) -> f64| {
            load::median(rounds.iter().map(|[a, this, b]| 2.0 * of(this) / (of(a) + of(b))))
        };
        let (threads, all): (fn(&Usage) -> f64, fn(&Usage) -> f64) =
            (|usage| usage.threads, |usage| usage.cores);
        println!(
            "{container:<12} {:>13.3} {:>5.2} | {:>14.3} {:>5.2} | {:>19.3} {:>5.3}",
            median(1, threads),
            median(1, all),
            median(0, threads),
            median(0, all),
            ratio(threads),
            ratio(all)
        );
        kept &= ratio(threads) <= 1.0 + NOISE;
    }
    kept
}

/// A ratio so far above one is not told from noise.
const NOISE: f64 = 0.03;

/// The section of a wall file that records.
const SECTION: &str = r#"recording: (dir: "rec", keep: (free: "50MB")),"#;

/// The same, as MP4.
const MP4: &str = r#"recording: (dir: "rec", container: Mp4, keep: (free: "50MB")),"#;

/// What a wall of all cameras uses, each with `fields`, and `rest` beside them.
fn wall(program: &Path, folder: &Path, urls: &[String], fields: &str, rest: &str) -> Usage {
    let path = folder.join("wall.ron");
    let camera = |(i, url): (usize, &String)| format!("\"c{i}\": (main: \"{url}\", {fields}), ");
    let cameras: String = urls.iter().enumerate().map(camera).collect();
    let mut file = fs::File::create(&path).expect("a wall file");
    writeln!(file, "(cameras: {{ {cameras} }}, {rest})").expect("room for a file");
    let screen = Screen::start();
    let camwall = Command::new(program)
        .arg(&path)
        .args(["--size", "1920x1080"])
        .env("DISPLAY", &screen.display)
        .stderr(Stdio::null())
        .spawn()
        .expect("camwall starts");
    load::watch(vec![camwall], SPAN)
}

/// FFmpeg packing what a camera sends into a file, or dropping it.
fn copy(url: &str, file: Option<&std::path::PathBuf>) -> Child {
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "fatal", "-nostdin", "-y", "-rtsp_transport", "tcp", "-i", url]);
    command.args(["-map", "0:v", "-c", "copy"]);
    match file {
        Some(file) => command.args(["-f", "matroska"]).arg(file),
        None => command.args(["-f", "null", "-"]),
    };
    command.spawn().expect("ffmpeg starts")
}
