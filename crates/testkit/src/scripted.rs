//! The cameras that misbehave by script, as a child of the test.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Camsim;

/// Running rows; they end when this is dropped.
pub struct Scripted {
    camsim: Camsim,
}

impl Scripted {
    /// Starts these rows, or all of the tables.
    pub fn start(rows: &[&str]) -> Self {
        Self::start_with(rows, &[])
    }

    /// Starts these rows, or all, with the recorded answers that retina ships.
    pub fn with_answers(rows: &[&str]) -> Self {
        let answers = recorded_answers();
        Self::start_with(rows, &["--answers", answers.to_str().expect("a path in UTF-8")])
    }

    fn start_with(rows: &[&str], more: &[&str]) -> Self {
        let names = rows.join(",");
        let mut args = vec!["--scripted"];
        if !rows.is_empty() {
            args.extend(["--row", &names]);
        }
        args.extend(more);
        Self { camsim: Camsim::start(&args) }
    }

    /// The rows that run.
    pub fn rows(&self) -> Vec<&str> {
        let rows = self.camsim.ready["rows"].as_object().expect("rows");
        rows.keys().map(String::as_str).collect()
    }

    /// The address of a row, without a login.
    pub fn url(&self, row: &str) -> &str {
        self.camsim.ready["rows"][row]["url"].as_str().unwrap_or_else(|| panic!("no row {row}"))
    }

    /// User and password that a row asks for.
    pub fn login(&self, row: &str) -> Option<(&str, &str)> {
        let entry = &self.camsim.ready["rows"][row];
        Some((entry["user"].as_str()?, entry["password"].as_str()?))
    }

    /// Waits until a row enters this phase, and says when. Each event is told once.
    pub fn phase(&self, row: &str, phase: &str, within: Duration) -> Instant {
        let what = format!("phase {phase} of {row}");
        let wanted = |e: &Value| e["event"] == "phase" && e["row"] == row && e["phase"] == phase;
        self.camsim.take(&what, within, wanted).0
    }

    /// Waits until `event` (`connect`, `request`, `reached`, `close`) has happened to a row; says
    /// when, and what it was. Each event is told once.
    pub fn expect(&self, event: &str, row: &str, within: Duration) -> (Instant, Value) {
        let what = format!("{event} of {row}");
        self.camsim.take(&what, within, |e| e["event"] == event && e["row"] == row)
    }

    /// The events of this kind that have happened to a row and that nobody has asked for, in their
    /// order; they are told once.
    pub fn drain(&self, event: &str, row: &str) -> Vec<(Instant, Value)> {
        self.camsim.drain(|e| e["event"] == event && e["row"] == row)
    }

    /// Moves a row to its next phase.
    pub fn next(&mut self, row: &str) {
        self.camsim.tell(&format!("next {row}"));
    }

    /// Has a row begin anew, without connections.
    pub fn again(&mut self, row: &str) {
        self.camsim.tell(&format!("again {row}"));
    }

    /// Forgets the events that nobody has asked for: a long run would keep them all.
    pub fn forget(&self) {
        self.camsim.drain(|_| true);
    }

    /// What the server holds: `threads`, `files`, and `connections` by row.
    pub fn stat(&mut self) -> Value {
        self.camsim.tell("stat")
    }
}

/// Where the sources of the crate retina have recorded answers of real cameras.
///
/// # Panics
/// Where Cargo does not know retina, or its sources have none: the tests need them.
pub fn recorded_answers() -> PathBuf {
    // What other systems need was not fetched where camwall was only built.
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        .args(["--filter-platform", &platform])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let client = packages.iter().find(|package| package["name"] == "retina").expect("retina");
    let manifest = PathBuf::from(client["manifest_path"].as_str().expect("a path"));
    let answers = manifest.parent().expect("a folder").join("src/client/testdata");
    assert!(answers.is_dir(), "{} is missing", answers.display());
    answers
}

#[cfg(test)]
mod tests {
    use super::super::SOON;
    use super::Scripted;

    #[test]
    fn rows_tell_their_addresses_and_are_moved_on() {
        let mut scripted = Scripted::start(&["syn", "auth"]);
        assert_eq!(scripted.rows(), ["auth", "syn"]);
        assert!(scripted.url("auth").starts_with("rtsp://127.0.0.1:"));
        assert!(scripted.login("auth").is_some() && scripted.login("syn").is_none());
        scripted.phase("syn", "no-answer", SOON);
        scripted.next("syn");
        scripted.phase("syn", "good", SOON);
        assert!(scripted.drain("phase", "syn").is_empty());
        scripted.again("syn");
        assert_eq!(scripted.expect("phase", "syn", SOON).1["phase"], "no-answer");
        assert_eq!(scripted.stat()["connections"]["auth"], 0);
    }

    #[test]
    fn every_recorded_answer_is_a_row() {
        let scripted = Scripted::with_answers(&[]);
        let recorded = scripted.rows().iter().filter(|row| row.starts_with("recorded/")).count();
        let files = std::fs::read_dir(super::recorded_answers()).expect("a folder").count();
        assert_eq!(recorded, files);
        assert!(recorded >= 40, "{recorded}");
    }
}
