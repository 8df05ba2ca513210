//! All rows at once: one wall, one server, for as long as the table says.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::process::ChildStdout;
use std::time::{Duration, Instant};

use testkit::access_units::Clip;
use testkit::archive::{Archive, DIR};
use testkit::{CameraLine, Run, SECOND, Scripted, StatusLine, WallFile, turn};

use super::expected::Expected;
use super::judge::{Seen, judge, story};
use super::log::{FILTER, hear, indiscreet};
use super::table::{HEALED, LENGTH, TABLE};

/// Rows with nothing wrong about them, and their clips: they must not notice the others. They are
/// recorded.
const NEIGHBOURS: [(&str, &str); 3] =
    [("good", "cam1-360.h264"), ("good-2", "cam2-360.h264"), ("good-3", "cam3-360.h264")];

/// In milliseconds: pictures more than two seconds late are called so after 0.3 s, in which they may
/// become as much later.
const LIVE_AND_LATE: u64 = 2_600;

/// In milliseconds: so much older than others of that moment no picture of a neighbour may be. Four are
/// 160 ms apart.
const HOLE: u64 = 200;

#[test]
fn every_row_is_told_as_it_is() {
    let _turn = turn();
    let rows: Vec<&str> = TABLE.iter().map(|expected| expected.row).collect();
    let mut server = Scripted::start(&rows);
    let wall = wall_of(&server, &rows);
    // Small: nothing here is judged by its pixels, and what a CPU draws it can't decode. A wall that
    // this computer is too slow for says so of each row.
    let run = Run::bare([wall.path()]).args(["--headless", "--size", "320x180"]);
    let length = format!("{LENGTH}s");
    let run = run.args(["--for", &length, "--status", "-", "--status-every", "100ms"]);
    let start = Instant::now();
    let (camwall, stdout, stderr) = run.env("RUST_LOG", FILTER).start_unread();
    let log = std::thread::spawn(move || timed(stderr).collect::<Vec<_>>());
    let mut healed = HEALED.into_iter().peekable();
    let lines = read(stdout, |line| {
        while let Some((_, rows)) = healed.next_if(|(after, _)| line.t >= *after) {
            rows.iter().for_each(|row| server.next(row));
        }
    });
    let ended = camwall.finish(10 * SECOND);
    let log = log.join().expect("the log");
    assert_eq!(ended.code, Some(0), "{log:#?}");

    let mut wrong = Vec::new();
    for expected in TABLE {
        let seen = seen_of(expected.row, &server, &lines, &log);
        wrong.extend(gone_back(expected.row, &lines));
        wrong.extend(lateness(expected, &lines));
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
    let passwords: Vec<&str> =
        rows.iter().filter_map(|row| server.login(row)).map(|(_, password)| password).collect();
    assert!(!passwords.is_empty(), "there are logins to be kept");
    let text = log.iter().map(|(_, line)| line.as_str());
    wrong.extend(indiscreet(text, &passwords).into_iter().map(|line| format!("said: {line}")));
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(start.elapsed() < Duration::from_secs(180));
}

#[test]
fn the_table_names_every_row() {
    let server = Scripted::start(&[]);
    let served: BTreeSet<&str> = server.rows().into_iter().collect();
    let named: BTreeSet<&str> = TABLE.iter().map(|expected| expected.row).collect();
    assert_eq!(named, served);
    assert_eq!(named.len(), TABLE.len(), "each row once");
}

/// What was seen of a row.
fn seen_of(
    row: &str,
    server: &Scripted,
    lines: &[(Instant, StatusLine)],
    log: &[(Instant, String)],
) -> Seen {
    let mut seen = Seen::default();
    for (at, event) in server.drain("phase", row) {
        seen.phases.push((at, event["phase"].as_str().expect("a name").to_owned()));
    }
    for (at, line) in lines {
        let camera = line.camera(row);
        seen.says(*at, &word_of(camera));
        seen.reconnects = camera.reconnects;
    }
    hear(row, log, &mut seen);
    seen
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

/// Lines to their end, and when each came.
fn timed(pipe: impl Read) -> impl Iterator<Item = (Instant, String)> {
    let lines = BufReader::new(pipe).lines().map_while(Result::ok);
    lines.map(|line| (Instant::now(), line))
}

/// The status lines to their end; `each` is told of it at once.
fn read(stdout: ChildStdout, mut each: impl FnMut(&StatusLine)) -> Vec<(Instant, StatusLine)> {
    let parsed = timed(stdout).map(|(at, line)| (at, StatusLine::parse(&line)));
    parsed.inspect(|(_, line)| each(line)).collect()
}

/// Pictures that are called live and come late, and such that are late by something else than typed.
fn lateness(expected: &Expected, lines: &[(Instant, StatusLine)]) -> Option<String> {
    let cameras = lines.iter().map(|(_, line)| line.camera(expected.row));
    let mut late = cameras.filter_map(|camera| Some((camera.state.as_str(), camera.late_ms?)));
    let (word, by) = late.find(|(word, by)| match (*word, expected.late_ms) {
        ("live", _) => *by > LIVE_AND_LATE,
        ("late", Some((least, most))) => !(least..=most).contains(by),
        _ => false,
    })?;
    Some(format!("{}: {word} and {by} ms late", expected.row))
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

/// What a neighbour noticed: a picture that was missing, packets that were lost.
fn disturbed(name: &str, lines: &[(Instant, StatusLine)]) -> Vec<String> {
    let mut wrong = BTreeMap::new();
    let told = lines.iter().map(|(_, line)| (line, line.camera(name)));
    for (line, camera) in told.skip_while(|(_, camera)| camera.state != "live") {
        let usual = usual_age(line);
        if camera.frame_age_ms.is_none_or(|age| age > usual + HOLE) {
            let age = camera.frame_age_ms;
            wrong.insert("a hole", format!("{age:?} ms old at {} s, others {usual}", line.t));
        }
        if camera.lost + camera.reconnects > 0 {
            wrong.insert("a loss", format!("{} lost", camera.lost));
        }
    }
    wrong.into_iter().map(|(what, detail)| format!("{name}: {what}, {detail}")).collect()
}

/// How old the pictures of half the live cameras are at most, in milliseconds: where this computer has too
/// much to do for a moment, all are older together.
fn usual_age(line: &StatusLine) -> u64 {
    let live = line.cameras.iter().filter(|camera| camera.state == "live");
    let mut ages: Vec<u64> = live.filter_map(|camera| camera.frame_age_ms).collect();
    ages.sort_unstable();
    ages.get(ages.len() / 2).copied().unwrap_or(0)
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
