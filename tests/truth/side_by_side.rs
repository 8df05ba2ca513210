//! All rows at once: one wall, one server, ninety seconds.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::ChildStdout;
use std::time::{Duration, Instant};

use testkit::access_units::Clip;
use testkit::archive::{Archive, DIR};
use testkit::{CameraLine, Run, SECOND, Scripted, StatusLine, WallFile, turn};

use super::judge::{Seen, judge, story};
use super::table::{HEALED, LENGTH, TABLE};

/// Rows with nothing wrong about them, and their clips: they must not notice the others. They are
/// recorded.
const NEIGHBOURS: [(&str, &str); 3] =
    [("good", "cam1-360.h264"), ("good-2", "cam2-360.h264"), ("good-3", "cam3-360.h264")];

#[test]
fn every_row_is_told_as_it_is() {
    let _turn = turn();
    let rows: Vec<&str> = TABLE.iter().map(|expected| expected.row).collect();
    let mut server = Scripted::start(&rows);
    let wall = wall_of(&server, &rows);
    let run = Run::bare([wall.path()]).args(["--headless", "--size", "1280x720"]);
    let length = format!("{LENGTH}s");
    let run = run.args(["--for", &length, "--status", "-", "--status-every", "100ms"]);
    let (start, mut healed) = (Instant::now(), false);
    let (camwall, stdout, stderr) = run.env("RUST_LOG", "camwall=info").start_unread();
    let log = std::thread::spawn(move || std::io::read_to_string(stderr).unwrap_or_default());
    let lines = read(stdout, |line| {
        if line.t >= HEALED.0 && !std::mem::replace(&mut healed, true) {
            HEALED.1.iter().for_each(|row| server.next(row));
        }
    });
    let ended = camwall.finish(10 * SECOND);
    let log = log.join().expect("the log");
    assert_eq!(ended.code, Some(0), "{log}");

    let mut wrong = Vec::new();
    for expected in TABLE {
        let mut seen = Seen::default();
        for (at, event) in server.drain("phase", expected.row) {
            seen.phases.push((at, event["phase"].as_str().expect("a name").to_owned()));
        }
        for (at, line) in &lines {
            let word = word_of(line.camera(expected.row));
            seen.says(*at, &word);
        }
        wrong.extend(gone_back(expected.row, &lines));
        let found = judge(expected, &seen);
        if !found.is_empty() {
            wrong.push(format!("{}: {} ({})", expected.row, found.join("; "), story(&seen, start)));
        }
    }
    let archive = Archive::of(&wall);
    for (name, clip) in NEIGHBOURS {
        wrong.extend(disturbed(name, &lines));
        wrong.extend(holes(&archive, name, clip));
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(start.elapsed() < Duration::from_secs(180));
}

/// A camera a row; `minute` says how seldom its pictures come.
fn wall_of(server: &Scripted, rows: &[&str]) -> WallFile {
    let camera = |row: &&str| {
        let mut fields = format!("main: {:?}", server.url(row));
        if let Some((user, password)) = server.login(row) {
            fields = fields.replace("rtsp://", &format!("rtsp://{user}:{password}@"));
        }
        if *row == "minute" {
            fields += ", interval: \"60s\"";
        }
        if NEIGHBOURS.iter().any(|(name, _)| name == row) {
            fields += ", record: Always";
        }
        (row.to_string(), fields)
    };
    let recording = format!("(dir: {DIR:?}, pre_roll: \"0s\", keep: (free: \"20MB\"))");
    let rest = format!("overlay: (clock: false), recording: {recording}");
    WallFile::new(&rows.iter().map(camera).collect::<Vec<_>>(), &rest)
}

/// State and warnings in one word.
fn word_of(camera: &CameraLine) -> String {
    let warnings = camera.warnings.join(",");
    format!("{} {warnings}", camera.state).trim_end().to_owned()
}

/// The status lines to their end, and when each came; `each` is told of it at once.
fn read(stdout: ChildStdout, mut each: impl FnMut(&StatusLine)) -> Vec<(Instant, StatusLine)> {
    let lines = BufReader::new(stdout).lines().map_while(Result::ok);
    let parsed = lines.map(|line| (Instant::now(), StatusLine::parse(&line)));
    parsed.inspect(|(_, line)| each(line)).collect()
}

/// Counters of a camera that went back.
fn gone_back(row: &str, lines: &[(Instant, StatusLine)]) -> Option<String> {
    let counters = |line: &StatusLine| {
        let camera = line.camera(row);
        [camera.dropped, camera.lost, camera.errors, camera.reconnects]
    };
    let back = lines.windows(2).find_map(|pair| {
        let (before, after) = (counters(&pair[0].1), counters(&pair[1].1));
        let back = before.iter().zip(after).any(|(before, after)| after < *before);
        back.then_some((before, after))
    })?;
    Some(format!("{row}: counters go back: {back:?}"))
}

/// What a neighbour noticed: a picture that was missing, packets that were lost, counters that went
/// back.
fn disturbed(name: &str, lines: &[(Instant, StatusLine)]) -> Vec<String> {
    let mut wrong = BTreeMap::new();
    let cameras = lines.iter().map(|(_, line)| line.camera(name));
    for camera in cameras.skip_while(|camera| camera.state != "live") {
        if camera.frame_age_ms.is_none_or(|age| age > 500) {
            wrong.insert("a hole", format!("{:?} ms old", camera.frame_age_ms));
        }
        if camera.lost + camera.reconnects > 0 {
            wrong.insert("a loss", format!("{} lost", camera.lost));
        }
    }
    wrong.into_iter().map(|(what, detail)| format!("{name}: {what}, {detail}")).collect()
}

/// Pictures that are missing in what was recorded of a neighbour, or out of their order: of its clip,
/// which is sent over and over, each access unit follows the one before.
fn holes(archive: &Archive, name: &str, clip: &str) -> Vec<String> {
    let timeline = archive.camera(name);
    let clip = Clip::read(clip);
    let units: Vec<usize> =
        timeline.segments.iter().flat_map(|it| clip.units_of(&timeline.path(it))).collect();
    let breaks = |pair: &&[usize]| pair[1] != (pair[0] + 1) % clip.count();
    let holes = units.windows(2).filter(breaks).count();
    let least = 20 * (LENGTH as usize - 5);
    let mut wrong = Vec::new();
    if holes > 0 || units.len() < least || !timeline.gaps.is_empty() {
        let gaps = &timeline.gaps;
        wrong.push(format!("{name}: {holes} holes in {} pictures, gaps {gaps:?}", units.len()));
    }
    wrong
}
