//! CPU time of recording four cameras that are being shown, and of FFmpeg recording the same.

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

/// How long is measured each time.
const SPAN: Duration = Duration::from_secs(24);

/// A wall without and with recording, then FFmpeg with and without a file.
pub fn round(sim: &Camsim) -> Round {
    let urls: Vec<String> =
        (1..=CAMERAS).map(|number| sim.url(&format!("cam{number}/main"))).collect();
    let folder = tempfile::tempdir().expect("a folder");
    let shown = wall(folder.path(), &urls, false);
    let recorded = wall(folder.path(), &urls, true);
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

/// A wall that shows all cameras, and records them or not.
fn wall(folder: &Path, urls: &[String], record: bool) -> Usage {
    let path = folder.join("wall.ron");
    let (fields, section) = if record {
        ("record: Always", r#"recording: (dir: "rec", keep: (free: "50MB")),"#)
    } else {
        ("", "")
    };
    let camera = |(i, url): (usize, &String)| format!("\"c{i}\": (main: \"{url}\", {fields}), ");
    let cameras: String = urls.iter().enumerate().map(camera).collect();
    let mut file = fs::File::create(&path).expect("a wall file");
    writeln!(file, "(cameras: {{ {cameras} }}, {section})").expect("room for a file");
    let screen = Screen::start();
    let camwall = Command::new(testkit::program("camwall"))
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
