//! All rows at once: one wall, one server, ninety seconds.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::ChildStdout;
use std::time::{Duration, Instant};

use testkit::{CameraLine, Run, SECOND, Scripted, StatusLine, WallFile, turn};

use super::judge::{Seen, judge, story};
use super::table::{LENGTH, TABLE};

/// Rows with nothing wrong about them: they must not notice the others.
const NEIGHBOURS: [&str; 3] = ["good", "good-2", "good-3"];

#[test]
fn every_row_is_told_as_it_is() {
    let _turn = turn();
    let rows: Vec<&str> = TABLE.iter().map(|expected| expected.row).collect();
    let server = Scripted::start(&rows);
    let wall = wall_of(&server, &rows);
    let run = Run::bare([wall.path()]).args(["--headless", "--size", "1280x720"]);
    let length = format!("{LENGTH}s");
    let run = run.args(["--for", &length, "--status", "-", "--status-every", "100ms"]);
    let start = Instant::now();
    let (camwall, stdout, stderr) = run.env("RUST_LOG", "camwall=info").start_unread();
    let log = std::thread::spawn(move || std::io::read_to_string(stderr).unwrap_or_default());
    let lines = read(stdout);
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
        let found = judge(expected, &seen);
        if !found.is_empty() {
            wrong.push(format!("{}: {} ({})", expected.row, found.join("; "), story(&seen, start)));
        }
    }
    for name in NEIGHBOURS {
        wrong.extend(disturbed(name, &lines));
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
        (row.to_string(), fields)
    };
    WallFile::new(&rows.iter().map(camera).collect::<Vec<_>>(), "overlay: (clock: false)")
}

/// State and warnings in one word.
fn word_of(camera: &CameraLine) -> String {
    let warnings = camera.warnings.join(",");
    format!("{} {warnings}", camera.state).trim_end().to_owned()
}

/// The status lines to their end, and when each came.
fn read(stdout: ChildStdout) -> Vec<(Instant, StatusLine)> {
    let lines = BufReader::new(stdout).lines().map_while(Result::ok);
    lines.map(|line| (Instant::now(), StatusLine::parse(&line))).collect()
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
