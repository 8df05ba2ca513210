//! Those who read what camwall prints may go away or stop reading: the wall does not notice.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use testkit::{Disk, Run, SECOND, SOON, StatusLine, WallFile, half_turn, media::clip, rtsp, turn};

/// A wall of one file that plays.
fn wall() -> WallFile {
    let wall = WallFile::new(&[("gate", rtsp("gate.mp4"))], "overlay: (clock: false)");
    clip(&wall.file("gate.mp4"), 50);
    wall
}

/// A wall for so long, without status lines.
fn run(wall: &WallFile, time: &str) -> Run {
    Run::bare([wall.path()]).args(["--headless", "--size", "320x180", "--for", time])
}

/// Pictures of the wall and of its camera per second, once it plays.
fn rates(lines: &[StatusLine]) -> (f64, f64) {
    let playing: Vec<_> = lines.iter().skip(2).collect();
    assert!(playing.len() >= 5, "{} lines", lines.len());
    let mean = |of: &dyn Fn(&StatusLine) -> f64| {
        playing.iter().map(|line| of(line)).sum::<f64>() / playing.len() as f64
    };
    (mean(&|line| line.fps), mean(&|line| line.camera("gate").fps_shown))
}

/// Says everything there is to say, with status lines, for 12 s.
fn talkative(wall: &WallFile, status: &str) -> Run {
    run(wall, "12s").status_file(wall.file(status)).env("RUST_LOG", "trace")
}

/// How many lines the log says were lost.
fn lost(log: &str) -> u64 {
    let told = log.lines().filter_map(|line| {
        let (before, _) =
            line.split_once(" log lines were lost: the reader of the log is too slow")?;
        before.rsplit(' ').next()?.parse::<u64>().ok()
    });
    told.sum()
}

#[test]
fn a_log_that_nobody_reads_costs_no_picture() {
    let _turn = turn();
    let wall = wall();
    // Side by side: whatever else slows one of them slows the other.
    let read = talkative(&wall, "read.jsonl").start();
    let (camwall, _stdout, stderr) = talkative(&wall, "unread.jsonl").start_unread();
    let started = Instant::now();
    let unread = camwall.finish(SOON);
    assert_eq!(unread.code, Some(0));
    assert!(started.elapsed() < 18 * SECOND, "{:?}", started.elapsed());
    drop(stderr);
    let read = read.finish(SOON);
    assert_eq!((read.code, lost(&read.stderr)), (Some(0), 0));
    // More than a pipe and the queue hold, or nothing is shown here.
    assert!(read.stderr.lines().count() > 12_000, "{} lines", read.stderr.lines().count());
    let (before, now) = (rates(&read.status), rates(&unread.status));
    eprintln!("pictures/s, read: {before:?}, never read: {now:?}");
    assert!(now.0 >= 0.9 * before.0 && now.1 >= 0.9 * before.1, "{before:?} fell to {now:?}");
    assert!(now.1 > 20.0, "{now:?} of 25");
}

#[test]
fn a_reader_that_goes_on_is_told_what_it_missed() {
    let _turn = half_turn();
    let wall = wall();
    let (mut camwall, _stdout, mut stderr) = talkative(&wall, "status.jsonl").start_unread();
    camwall.wait_until("nobody has read for 9 s", SOON, |lines| {
        lines.last().is_some_and(|line| line.t >= 9.0)
    });
    let mut log = String::new();
    stderr.read_to_string(&mut log).expect("UTF-8");
    assert_eq!(camwall.finish(SOON).code, Some(0));
    assert!(lost(&log) > 100, "{} lost of many; {} lines", lost(&log), log.lines().count());
    let told = log.matches("log lines were lost").count();
    assert!(told <= 3, "said {told} times");
    assert!(log.trim_end().lines().count() > 8_000, "what waited was written");
    let last = log.lines().rev().take(2000).any(|line| line.contains("ending after"));
    assert!(last, "the reader has caught up before the end");
}

#[test]
fn a_log_that_is_closed_ends_nothing() {
    let _turn = half_turn();
    let wall = wall();
    // As `2>&1 | head -1` does.
    let run_debug = run(&wall, "3s").env("RUST_LOG", "debug");
    let (camwall, stdout, stderr) = run_debug.start_unread();
    let started = Instant::now();
    let mut first = String::new();
    BufReader::new(stderr).read_line(&mut first).expect("UTF-8");
    drop(stdout);
    assert!(!first.is_empty());
    let ended = camwall.finish(SOON);
    assert_eq!(ended.code, Some(0));
    assert!(started.elapsed() >= 3 * SECOND, "{:?}", started.elapsed());
    // Not open at all, and a disk that is full.
    let runs = ["2>&-", "2>/dev/full", "2>&- >&- <&-"].map(|log| {
        let shell = format!(r#"exec "$0" "$@" {log}"#);
        (log, run(&wall, "2s").through(&["sh", "-c", &shell]).start())
    });
    for (log, camwall) in runs {
        let ended = camwall.finish(SOON);
        assert_eq!(ended.code, Some(0), "{log}: {ended:?}");
    }
}

#[test]
fn a_reader_of_status_lines_may_go() {
    let _turn = half_turn();
    let wall = wall();
    let (camwall, stdout, mut stderr) = run(&wall, "4s").args(["--status", "-"]).start_unread();
    let started = Instant::now();
    let mut first = String::new();
    BufReader::new(stdout).read_line(&mut first).expect("UTF-8");
    StatusLine::parse(&first);
    let mut log = String::new();
    stderr.read_to_string(&mut log).expect("UTF-8");
    assert_eq!(camwall.finish(SOON).code, Some(0), "{log}");
    assert!(started.elapsed() >= 4 * SECOND, "{:?}", started.elapsed());
    assert_eq!(log.matches("the status lines end here").count(), 1, "{log}");
}

/// Fills its standard output, a pipe of 64 KiB, and becomes camwall.
const FILL: &str = r#"head -c 65536 /dev/zero; exec "$0" "$@""#;

#[test]
fn a_reader_of_status_lines_that_stalls_is_given_up() {
    let _turn = half_turn();
    let wall = wall();
    // A pipe that is full, and a FIFO that nobody ever opens.
    let fifo = wall.file("status.fifo");
    let made = Command::new("mkfifo").arg(&fifo).status();
    assert!(made.as_ref().is_ok_and(ExitStatus::success), "{made:?}");
    let full = run(&wall, "17s").args(["--status", "-"]).through(&["sh", "-c", FILL]);
    let nobody = run(&wall, "17s").args(["--status"]).args([&fifo]);
    let started = Instant::now();
    for (camwall, _stdout, mut stderr) in [full.start_unread(), nobody.start_unread()] {
        let mut log = String::new();
        stderr.read_to_string(&mut log).expect("UTF-8");
        assert_eq!(camwall.finish(SOON).code, Some(0), "{log}");
        assert!(started.elapsed() < 23 * SECOND, "{:?}", started.elapsed());
        let told = "the status lines end here: nobody has read them for 10 s";
        assert_eq!(log.matches(told).count(), 1, "{log}");
        let given_up = log.lines().position(|line| line.contains(told));
        let ending = log.lines().position(|line| line.contains("ending after 17"));
        assert!(given_up < ending, "the wall lived on: {log}");
    }
}

#[test]
fn a_table_that_nobody_reads_holds_up_no_end() {
    let _turn = half_turn();
    let wall = wall();
    let run = run(&wall, "3s").args(["--table"]).through(&["sh", "-c", FILL]);
    let (camwall, _stdout, _stderr) = run.start_unread();
    let started = Instant::now();
    assert_eq!(camwall.finish(SOON).code, Some(0));
    assert!(started.elapsed() < 8 * SECOND, "{:?}", started.elapsed());
}

#[test]
fn status_lines_end_on_a_device_that_takes_none() {
    let _turn = half_turn();
    let wall = wall();
    let ended = run(&wall, "4s").args(["--status", "/dev/full"]).finish(SOON);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let told = ended.stderr.matches("the status lines end here, they can't be written").count();
    assert_eq!(told, 1, "{ended:?}");
}

#[test]
fn status_lines_wait_for_room_on_their_disk() {
    let _turn = half_turn();
    // Long lines, so that the last page of the file is soon full, too, and in the middle of one.
    let camera = |number| (format!("cam{number}"), rtsp("rtsp://127.0.0.1:1/x"));
    let wall = WallFile::new(&(0..10).map(camera).collect::<Vec<_>>(), "");
    let disk = Disk::mount("256k", &wall.file("disk"));
    let outside = disk.seen_from_outside();
    let run = run(&wall, "150s").args(["--status"]).args([wall.file("disk/status.jsonl")]);
    let mut camwall = disk.give_to(run).start();
    let read = || fs::read_to_string(outside.join("status.jsonl")).unwrap_or_default();
    camwall.wait_that("lines", SOON, || read().lines().count() >= 2);
    let mut foreign = File::create(outside.join("foreign.bin")).expect("a file");
    while foreign.write(&[0x55; 4096]).is_ok() {}
    let until = Instant::now() + 5 * SECOND;
    camwall.wait_that("5 s without room", SOON, || Instant::now() > until);
    let before = read().lines().count();
    drop(foreign);
    fs::remove_file(outside.join("foreign.bin")).expect("there");
    camwall.wait_that("more lines", SOON, || read().lines().count() >= before + 3);
    let text = read();
    let ended = camwall.terminate();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let whole = &text[..=text.rfind('\n').expect("lines")];
    let lines: Vec<StatusLine> = whole.lines().map(StatusLine::parse).collect();
    let apart = lines.windows(2).map(|pair| pair[1].t - pair[0].t).fold(0.0, f64::max);
    assert!(apart > 3.0, "there was no room for a while: {apart}");
    for said in ["the status lines pause until they can be written", "the status lines go on; "] {
        assert_eq!(ended.stderr.matches(said).count(), 1, "{said}: {ended:?}");
    }
}

#[test]
fn what_prints_its_findings_ends_with_its_code_though_nobody_reads() {
    let wall = wall();
    let folder = tempfile::tempdir().expect("a folder");
    let wrong = WallFile::verbatim("(cameras: {");
    let path = |wall: &WallFile| wall.path().to_str().expect("UTF-8").to_owned();
    let folder = folder.path().to_str().expect("UTF-8");
    for (args, code) in [
        (vec!["check".to_owned(), path(&wall)], 0),
        (vec!["check".to_owned(), path(&wall), "--probe".to_owned()], 0),
        (vec!["check".to_owned(), path(&wrong)], 3),
        (vec![path(&wrong)], 3),
        (vec![path(&wall), "--headless=never".to_owned()], 1),
        (vec!["recordings".to_owned(), folder.to_owned()], 0),
        (vec!["recordings".to_owned(), folder.to_owned(), "--json".to_owned()], 0),
        (vec!["--help".to_owned()], 0),
        (vec!["--no-such-option".to_owned()], 2),
    ] {
        let (camwall, stdout, stderr) = Run::bare(&args).env("RUST_LOG", "debug").start_unread();
        drop((stdout, stderr));
        assert_eq!(camwall.finish(Duration::from_secs(60)).code, Some(code), "{args:?}");
    }
}
