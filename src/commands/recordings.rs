//! `camwall recordings`: what is recorded in a folder, what is not and why, and is it all there?
//!
//! Runs on the main thread, without Bevy, also beside a camwall that records into the same folder;
//! changes nothing. Policy: times are UTC; the table has what joins, the JSON has every segment;
//! what files and ledgers say is made harmless for the terminal.
//!
//! The JSON is one object, a stable interface. Times are as in the ledger, lengths in seconds,
//! sizes in bytes; `segments` has the fields of the ledger's line and these; fields may be added:
//! ```json
//! {"verified": true, "faults": 0, "cameras": [{
//!   "camera": "gate", "bytes": 512, "kept": 1, "removed": 0, "seconds": 600.0, "gap_seconds": 60.0,
//!   "segments": [{"path": "DIR/gate/…/gate_….mkv", "kept": false, "removed": false, "file": "…"}],
//!   "spans": [{"start": "…", "end": "…", "seconds": 600.0, "segments": 1, "bytes": 512, "removed": false}],
//!   "gaps": [{"start": "…", "end": "…", "seconds": 60.0, "cause": "disk_full", "detail": null, "intended": false}],
//!   "open": [{"path": "DIR/gate/…/gate_….mkv.part", "start": "…", "writing": true}],
//!   "off": {"at": "…", "cause": "program_ended", "intended": true},
//!   "faults": [{"path": "DIR/gate/…/gate_….mkv", "line": null, "fault": "is missing"}]
//! }]}
//! ```
//! `bytes`, `kept` and `seconds` count the segments that are there. `open` are segments that are
//! not closed: being written, or left by a kill. `off` says since when nothing is recorded, if so.
//! Without `--verify` the lists of faults are empty.

mod faults;
mod json;
mod table;

use std::{
    io::{self, BufWriter, IsTerminal, Write},
    process::ExitCode,
};

use super::terminal::{is_harmful, plain};
use crate::cli::RecordingsArgs;
use crate::kernel::read_when_idle;
use camwall_config as config;
use camwall_media::BestEffort;
use camwall_recorder::{Fault, History, is_recording, recorded_folders, verify};

/// The folder, or a camera's in it, can't be read.
const UNREADABLE: u8 = 3;

/// How much less urgent than all else verifying is; at the disk it waits until nobody else wants that.
const NICE: i32 = 19;

/// `--verify` found faults.
const FAULTY: u8 = 5;

/// One camera's recordings, and what is wrong with them.
struct Report {
    history: History,
    faults: Vec<Fault>,
    /// Whether a camwall records into the folder now.
    running: bool,
}

impl Report {
    /// Segments that are there, and how many of them are kept.
    fn present(&self) -> (usize, usize) {
        let mut count = (0, 0);
        for it in self.history.present() {
            count = (count.0 + 1, count.1 + usize::from(it.kept));
        }
        count
    }
}

/// Lists the recordings of a folder, and verifies them if asked.
#[must_use]
pub fn recordings(args: &RecordingsArgs) -> ExitCode {
    let folders = match choose(args) {
        Ok(folders) => folders,
        Err(why) => {
            say(&why);
            return ExitCode::from(UNREADABLE);
        }
    };
    let (mut reports, mut all_read, mut faults) = (Vec::new(), true, 0);
    let mut out = BufWriter::new(io::stdout().lock());
    for folder in folders {
        match examine(args, &folder) {
            Ok(report) => {
                faults += report.faults.len();
                if args.json {
                    reports.push(report);
                } else {
                    // Nowhere is left to say that the terminal is gone; so it is below.
                    table::write_camera(&mut out, &report).best_effort();
                }
            }
            Err(error) => {
                say(&format!("{folder}: {error}"));
                all_read = false;
            }
        }
    }
    if args.json {
        json::write(&mut out, &reports, args.verify).best_effort();
    } else if args.verify {
        table::write_verdict(&mut out, faults).best_effort();
    }
    out.flush().best_effort();
    match (all_read, faults) {
        (false, _) => ExitCode::from(UNREADABLE),
        (true, 0) => ExitCode::SUCCESS,
        (true, _) => ExitCode::from(FAULTY),
    }
}

/// The folders of the cameras asked for; in words why not.
fn choose(args: &RecordingsArgs) -> Result<Vec<String>, String> {
    let dir = args.dir.display();
    let all = recorded_folders(&args.dir)
        .map_err(|error| format!("{dir}: can't read the recordings: {error}"))?;
    let Some(camera) = &args.camera else {
        if all.is_empty() {
            say(&format!("{dir}: no recordings in there"));
        }
        return Ok(all);
    };
    let wanted = config::folder_of(camera);
    match all.iter().find(|folder| *folder == camera || **folder == wanted) {
        Some(folder) => Ok(vec![folder.clone()]),
        None => Err(format!(
            "{dir}: no recordings of `{camera}`; there are: {}",
            if all.is_empty() { "none".to_owned() } else { all.join(", ") }
        )),
    }
}

fn examine(args: &RecordingsArgs, folder: &str) -> io::Result<Report> {
    let running = is_recording(&args.dir);
    if !args.verify {
        let history = History::read(&args.dir, folder)?;
        return Ok(Report { history, faults: Vec::new(), running });
    }
    let nice = rustix::process::nice(NICE).map_err(io::Error::from);
    if let Err(error) = nice.and_then(|_| read_when_idle()) {
        say(&format!("verifying is as urgent as all else: {error}"));
    }
    // Terabytes take hours: somebody who waits wants to see that it goes on.
    let mut progress = |done: usize, of: usize| {
        if io::stderr().is_terminal() {
            let end = if done < of { "" } else { "\r\x1b[K" };
            let text = format!("\r{}: {done} of {of} files{end}", plain(folder));
            // Progress is for whoever looks.
            io::stderr().write_all(text.as_bytes()).best_effort();
        }
    };
    let (history, faults) = verify(&args.dir, folder, running, &mut progress)?;
    Ok(Report { history, faults, running })
}

fn say(text: &str) {
    // Nowhere is left to say that the terminal is gone.
    writeln!(io::stderr(), "{}", plain(text)).best_effort();
}

#[cfg(test)]
mod tests {
    use super::*;
    use camwall_recorder::Cause;
    use camwall_recorder::simulation::{GATE, LedgerEntry, SimulatedRecorder};
    use std::time::Duration;

    const SECOND: Duration = Duration::from_secs(1);

    /// What `--verify` finds in a sample, with a camwall at work or without.
    pub(crate) fn report(archive: &SimulatedRecorder, running: bool) -> Report {
        let verified = verify(archive.root(), GATE, running, &mut |_, _| {});
        let (history, faults) = verified.unwrap();
        Report { history, faults, running }
    }

    /// A gap of an offline camera, with this detail in the ledger.
    pub(crate) fn report_of_a_gap(detail: &str) -> Report {
        let mut archive = SimulatedRecorder::new();
        archive.closed(SECOND);
        let (start, cause) = (archive.at(), Cause::CameraOffline);
        archive.pass(SECOND);
        let (end, detail) = (archive.at(), Some(detail.to_owned()));
        archive.write(end, LedgerEntry::Gap { start, end, cause, detail });
        report(&archive, false)
    }

    fn args(archive: &SimulatedRecorder, camera: Option<&str>) -> RecordingsArgs {
        let dir = archive.root().to_owned();
        RecordingsArgs { dir, verify: false, json: false, camera: camera.map(str::to_owned) }
    }

    #[test]
    fn cameras_are_found_by_id_or_folder() {
        let mut archive = SimulatedRecorder::new();
        assert_eq!(choose(&args(&archive, None)).unwrap(), [""; 0]);
        archive.closed(SECOND);
        let odd = config::folder_of("a/b");
        std::fs::rename(archive.root().join(GATE), archive.root().join(&odd)).unwrap();
        for camera in [None, Some("a/b"), Some(odd.as_str())] {
            assert_eq!(choose(&args(&archive, camera)).unwrap(), [odd.as_str()]);
        }
        let why = choose(&args(&archive, Some("yard"))).unwrap_err();
        assert!(why.contains("`yard`") && why.contains(&odd), "{why}");
        let mut nowhere = args(&archive, None);
        nowhere.dir.push("none");
        assert!(choose(&nowhere).unwrap_err().contains("can't read"));
    }
}
