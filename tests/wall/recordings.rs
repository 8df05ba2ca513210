//! `camwall recordings`, over folders that the library wrote.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use camwall_recorder::Cause;
use camwall_recorder::simulation::{SimulatedRecorder, at, day_of};
use serde_json::{Value, json};

use testkit::{Ended, Run, SOON};

const MINUTE: Duration = Duration::from_secs(60);

/// Records `gate` for 10 min in two segments around a gap of 5 s; the recorder with its folder, and
/// the two files.
fn recorded() -> (SimulatedRecorder, Vec<PathBuf>) {
    let mut gate = SimulatedRecorder::starting_at(at("2026-11-22T23:55:00.250Z"));
    let before = gate.segment(5 * MINUTE);
    gate.interrupt(Cause::CameraOffline, Duration::from_secs(5));
    let after = gate.segment(5 * MINUTE);
    gate.finish();
    (gate, vec![before, after])
}

/// Size of a file, bytes.
fn size(path: &Path) -> u64 {
    path.metadata().expect("a file").len()
}

fn run(dir: &Path, args: &[&str]) -> Ended {
    Run::bare(["recordings"]).args([dir]).args(args).finish(SOON)
}

fn listing(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).expect("one JSON object")
}

#[test]
fn a_sound_folder_is_listed_and_verified() {
    let (gate, files) = recorded();
    let ended = run(gate.root(), &[]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
    for row in [
        "2026-11-22T23:55:00.250Z  2026-11-23T00:00:00.250Z    0:05:00.000  recorded  1 segment, ",
        "2026-11-23T00:00:00.250Z  2026-11-23T00:00:05.250Z    0:00:05.000  gap       camera offline",
        "off       camwall ended (intended)",
        "total: 2 segments, ",
        " kB, 0 kept; recorded 0:10:00.000, gaps 0:00:05.000",
    ] {
        assert!(ended.stdout.contains(row), "no {row}: {}", ended.stdout);
    }
    let ended = run(gate.root(), &["--verify"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.ends_with("verified: no faults\n"), "{ended:?}");
    let ended = run(gate.root(), &["--json", "--verify", "--camera", "gate"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let listing = listing(&ended);
    assert_eq!((&listing["verified"], &listing["faults"]), (&json!(true), &json!(0)));
    let gate = &listing["cameras"][0];
    assert_eq!(
        (&gate["camera"], &gate["bytes"]),
        (&json!("gate"), &json!(size(&files[0]) + size(&files[1])))
    );
    assert_eq!(gate["gaps"][0]["cause"], "camera_offline");
    assert_eq!(gate["segments"].as_array().map(Vec::len), Some(2));
    assert_eq!(gate["off"]["cause"], "program_ended");
}

#[test]
fn faults_are_5_and_name_the_file() {
    let (gate, files) = recorded();
    let mut bytes = fs::read(&files[0]).expect("a file");
    bytes[100] ^= 1;
    fs::write(&files[0], bytes).expect("written");
    fs::remove_file(&files[1]).expect("removed");
    let ended = run(gate.root(), &[]);
    assert_eq!(ended.code, Some(0), "asked for the list alone: {ended:?}");
    let ended = run(gate.root(), &["--verify"]);
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
    let ended = run(gate.root(), &["--verify", "--json"]);
    assert_eq!((ended.code, &listing(&ended)["faults"]), (Some(5), &json!(2)), "{ended:?}");
}

#[test]
fn an_unfinished_file_is_a_fault_unless_camwall_runs() {
    let (mut gate, _) = recorded();
    gate.record(MINUTE);
    gate.kill();
    let part = gate.part();
    let lock = File::create(gate.root().join(".camwall.lock")).expect("a lock");
    lock.lock().expect("locked");
    let ended = run(gate.root(), &["--verify"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.contains("being written"), "{ended:?}");
    drop(lock);
    let ended = run(gate.root(), &["--verify"]);
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert!(ended.stdout.contains(part.to_str().expect("UTF-8")), "{ended:?}");
}

#[test]
fn what_cannot_be_read_is_3() {
    let (gate, files) = recorded();
    let nowhere = gate.root().join("none");
    for (at, args) in [
        (nowhere.as_path(), vec![]),
        (files[0].as_path(), vec!["--json"]),
        (gate.root(), vec!["--camera", "yard"]),
    ] {
        let ended = run(at, &args);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(3), ""), "{args:?}: {ended:?}");
        assert!(ended.stderr.contains(at.to_str().expect("UTF-8")), "{args:?}: {ended:?}");
    }
    let ledger = gate.ledger(day_of(gate.at()));
    fs::remove_file(&ledger).expect("removed");
    fs::create_dir(&ledger).expect("a folder");
    let ended = run(gate.root(), &["--verify"]);
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
