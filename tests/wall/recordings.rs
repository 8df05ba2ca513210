//! `camwall recordings`, over folders that the library wrote.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use camwall_recorder::fixture::{
    Ledger, LedgerEntry, RealDisk, day_folder, day_of, file_name, ledger_path,
};
use camwall_recorder::{Cause, SegmentRecord};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tempfile::TempDir;

use testkit::{Ended, Run, SOON};

/// Begins a segment of `gate` with this content; its file, which is a `.part`.
fn begin(root: &Path, ledger: &mut Ledger<RealDisk>, start: Timestamp, content: &str) -> PathBuf {
    let day = day_of(start);
    let file = file_name("gate", start, 1, "mkv");
    ledger.write(day, LedgerEntry::Open { file: file.clone(), start });
    let part = day_folder(root, "gate", day).join(format!("{file}.part"));
    fs::write(&part, content).expect("a segment");
    part
}

/// Records `gate` for 10 min in two segments around a gap of 5 s; the folder and the two files.
fn recorded() -> (TempDir, Vec<PathBuf>) {
    let dir = tempfile::tempdir().expect("a folder");
    let mut ledger = Ledger::new(RealDisk, dir.path(), "gate", "gate");
    let mut start: Timestamp = "2026-11-22T23:55:00.250Z".parse().expect("a time");
    let mut files = Vec::new();
    for content in ["before", "after"] {
        let part = begin(dir.path(), &mut ledger, start, content);
        let path = part.with_extension("");
        fs::rename(&part, &path).expect("closed");
        let end = start + SignedDuration::from_mins(5);
        let segment = SegmentRecord {
            file: path.file_name().expect("a name").to_string_lossy().into_owned(),
            start,
            end,
            duration_ms: 300_000,
            packets: 7500,
            audio_packets: 0,
            bytes: content.len().try_into().expect("a few bytes"),
            keyframes: 300,
            lost: 0,
            hash: blake3::hash(content.as_bytes()).to_hex().to_string(),
            video: "h264 1920x1080".to_owned(),
            audio: None,
            recovered: false,
        };
        ledger.write(day_of(start), LedgerEntry::Segment(segment));
        files.push(path);
        if files.len() == 1 {
            start = end + SignedDuration::from_secs(5);
            let gap = LedgerEntry::Gap {
                start: end,
                end: start,
                cause: Cause::CameraOffline,
                detail: None,
            };
            ledger.write(day_of(start), gap);
        } else {
            ledger.write(day_of(end), LedgerEntry::Off { at: end, cause: Cause::ProgramEnded });
        }
    }
    assert_eq!(ledger.pending(), 0);
    (dir, files)
}

fn run(dir: &Path, args: &[&str]) -> Ended {
    Run::bare(["recordings"]).args([dir]).args(args).finish(SOON)
}

fn listing(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).expect("one JSON object")
}

#[test]
fn a_sound_folder_is_listed_and_verified() {
    let (dir, _) = recorded();
    let ended = run(dir.path(), &[]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    for row in [
        "2026-11-22T23:55:00.250Z  2026-11-23T00:00:00.250Z    0:05:00.000  recorded  1 segment, 6 B",
        "2026-11-23T00:00:00.250Z  2026-11-23T00:00:05.250Z    0:00:05.000  gap       camera offline",
        "off       camwall ended (intended)",
        "total: 2 segments, 11 B, 0 kept; recorded 0:10:00.000, gaps 0:00:05.000",
    ] {
        assert!(ended.stdout.contains(row), "no {row}: {}", ended.stdout);
    }
    let ended = run(dir.path(), &["--verify"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.ends_with("verified: no faults\n"), "{ended:?}");
    let ended = run(dir.path(), &["--json", "--verify", "--camera", "gate"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let listing = listing(&ended);
    assert_eq!((&listing["verified"], &listing["faults"]), (&json!(true), &json!(0)));
    let gate = &listing["cameras"][0];
    assert_eq!((&gate["camera"], &gate["bytes"]), (&json!("gate"), &json!(11)));
    assert_eq!(gate["gaps"][0]["cause"], "camera_offline");
    assert_eq!(gate["segments"].as_array().map(Vec::len), Some(2));
    assert_eq!(gate["off"]["cause"], "program_ended");
}

#[test]
fn faults_are_5_and_name_the_file() {
    let (dir, files) = recorded();
    fs::write(&files[0], "befere").expect("written");
    fs::remove_file(&files[1]).expect("removed");
    let ended = run(dir.path(), &[]);
    assert_eq!(ended.code, Some(0), "asked for the list alone: {ended:?}");
    let ended = run(dir.path(), &["--verify"]);
    assert_eq!(ended.code, Some(5), "{ended:?}");
    let faults: Vec<&str> =
        ended.stdout.lines().filter_map(|line| line.trim().strip_prefix("fault: ")).collect();
    let told = |fault: &str, file: &Path, what: &str| {
        fault.starts_with(file.to_str().expect("UTF-8")) && fault.contains(what)
    };
    assert_eq!(faults.len(), 2, "{ended:?}");
    assert!(told(faults[0], &files[0], "other content"), "{faults:?}");
    assert!(told(faults[1], &files[1], "is missing"), "{faults:?}");
    assert!(ended.stdout.ends_with("verified: 2 faults\n"), "{ended:?}");
    let ended = run(dir.path(), &["--verify", "--json"]);
    assert_eq!((ended.code, &listing(&ended)["faults"]), (Some(5), &json!(2)), "{ended:?}");
}

#[test]
fn an_unfinished_file_is_a_fault_unless_camwall_runs() {
    let (dir, _) = recorded();
    let start = "2026-11-23T00:05:05.250Z".parse().expect("a time");
    let part =
        begin(dir.path(), &mut Ledger::new(RealDisk, dir.path(), "gate", "gate"), start, "now");
    let lock = File::create(dir.path().join(".camwall.lock")).expect("a lock");
    lock.lock().expect("locked");
    let ended = run(dir.path(), &["--verify"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("being written"), "{ended:?}");
    drop(lock);
    let ended = run(dir.path(), &["--verify"]);
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert!(ended.stdout.contains(part.to_str().expect("UTF-8")), "{ended:?}");
}

#[test]
fn what_cannot_be_read_is_3() {
    let (dir, files) = recorded();
    let nowhere = dir.path().join("none");
    for (at, args) in [
        (nowhere.as_path(), vec![]),
        (files[0].as_path(), vec!["--json"]),
        (dir.path(), vec!["--camera", "yard"]),
    ] {
        let ended = run(at, &args);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{args:?}: {ended:?}");
        assert!(ended.stderr.contains(at.to_str().expect("UTF-8")), "{args:?}: {ended:?}");
    }
    let ledger = ledger_path(dir.path(), "gate", jiff::civil::date(2026, 11, 23));
    fs::remove_file(&ledger).expect("removed");
    fs::create_dir(&ledger).expect("a folder");
    let ended = run(dir.path(), &["--verify"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.stderr.contains(ledger.to_str().expect("UTF-8")), "{ended:?}");
    assert_eq!(Run::bare(["recordings"]).finish(SOON).code, Some(2), "no folder");
}

#[test]
fn an_empty_folder_is_no_fault() {
    let dir = tempfile::tempdir().expect("a folder");
    let ended = run(dir.path(), &["--verify"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stderr.contains("no recordings"), "{ended:?}");
}
