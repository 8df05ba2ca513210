//! The ledger, the folder of recordings, and `camwall recordings`.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::Value;

use super::mask;
use testkit::archive::{Archive, DIR};
use testkit::{Camwall, Run, SOON, StatusLine, WallFile, half_turn, media::clip};

/// Records a file twice, with a gap between the two runs, in segments of which only some may stay.
fn recorded() -> (WallFile, Archive) {
    let rest = format!(
        "recording: (dir: {DIR:?}, segment: \"1s\", pre_roll: \"0s\", \
         keep: (per_camera: \"200KB\", free: \"20MB\"))"
    );
    let wall = WallFile::new(&[("gate", "main: \"gate.mp4\", record: Always")], &rest);
    clip(&wall.file("gate.mp4"), 250);
    let archive = Archive::of(&wall);
    for run in 1..=2 {
        let mut camwall: Camwall = Run::offscreen_of("160x90", &wall).start();
        camwall.wait_for("it is recorded", SOON, |line: &StatusLine| line.cameras[0].recording);
        camwall.wait_that("segments are removed", SOON, || kinds(&archive)["removed"] >= run * 2);
        let ended = camwall.terminate();
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
    (wall, archive)
}

/// The lines of all ledgers.
fn lines(archive: &Archive) -> Vec<String> {
    let ledgers = archive.files_of("jsonl");
    let text = ledgers.iter().map(|path| std::fs::read_to_string(path).unwrap_or_default());
    text.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// How many lines there are of each type.
fn kinds(archive: &Archive) -> IndexMap<String, usize> {
    let mut kinds = IndexMap::from([("removed".to_owned(), 0)]);
    for line in lines(archive) {
        // The last line may be being written.
        let Ok(line) = serde_json::from_str::<Value>(&line) else { continue };
        *kinds.entry(line["type"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
    }
    kinds
}

/// A text with what varies taken out: two files that begin within a second have numbers.
fn masked(text: &str) -> String {
    mask::figures(&mask::hashes(text)).replace("Z_0.", "Z.").replace("segments", "segment")
}

/// A value with its figures masked, and of each list only the first.
fn shape(value: &Value) -> Value {
    match value {
        Value::Number(_) => 0.into(),
        Value::String(text) => masked(text).into(),
        Value::Array(all) => all.iter().take(1).map(shape).collect(),
        Value::Object(all) => all.iter().map(|(key, value)| (key.clone(), shape(value))).collect(),
        other => other.clone(),
    }
}

#[test]
fn ledger_folder_and_listing_are_as_they_were() {
    let _turn = half_turn();
    let (_wall, archive) = recorded();
    // One line of each form; the order of keys within a line is part of it.
    let forms: BTreeSet<String> = lines(&archive).iter().map(|line| masked(line)).collect();
    insta::assert_snapshot!("ledger", forms.into_iter().collect::<Vec<_>>().join("\n"));

    let paths = archive.files();
    let paths: BTreeSet<String> = paths
        .iter()
        .map(|path| path.strip_prefix(archive.root()).expect("in it").to_string_lossy())
        .map(|path| masked(&path))
        .collect();
    insta::assert_snapshot!("folder", paths.into_iter().collect::<Vec<_>>().join("\n"));

    let list = |args: &[&str]| {
        let ended = Run::bare(["recordings"]).args([archive.root()]).args(args).finish(SOON);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended:?}");
        ended.stdout
    };
    let table = list(&["--verify"]);
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let root = archive.root().to_string_lossy();
    // One row of each form: how many segments retention has left is a matter of moments.
    let rows: BTreeSet<String> =
        table.lines().map(|line| masked(&words(&line.replace(&*root, "DIR")))).collect();
    insta::assert_snapshot!("recordings_table", rows.into_iter().collect::<Vec<_>>().join("\n"));
    let json: Value = serde_json::from_str(&list(&["--json"]).replace(&*root, "DIR")).unwrap();
    insta::assert_snapshot!("recordings_json", format!("{:#}", shape(&json)));
}
