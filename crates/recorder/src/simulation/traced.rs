//! The log from which power cuts are replayed has what the real disk tells of, call by call: that, `strace`
//! compares with what the kernel saw.

use std::collections::HashMap;
use std::fmt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tracing::dispatcher::with_default;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::NoSubscriber;
use tracing::{Dispatch, Event, Metadata, Subscriber};

use super::SimulatedRecorder;
use super::power_cuts::recorded::Recorded;
use crate::disk::log::{DiskCall, Logged};

const SECOND: Duration = Duration::from_secs(1);

/// What was told of calls that were done: with what, in the order of the fields.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<HashMap<&'static str, String>>>>);

struct Fields(HashMap<&'static str, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl Subscriber for Told {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "camwall_recorder::disk"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields(HashMap::new());
        event.record(&mut fields);
        // In memory (tmpfs) files know no stretches of zeros.
        if !fields.0.contains_key("errno") || fields.0["call"] == "\"fallocate\"" {
            self.0.lock().unwrap().push(fields.0);
        }
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

impl Told {
    /// Each in one line.
    fn lines(&self) -> Vec<String> {
        let told = self.0.lock().unwrap();
        let line = |fields: &HashMap<&str, String>| {
            let of = |name| fields.get(name).map_or("-", String::as_str);
            let name = of("call").trim_matches('"');
            match name {
                // How much of it was done.
                "write" | "pwrite64" => format!("write {} {}", of("path"), of("result")),
                "fallocate" => format!("{name} {} {} {}", of("path"), of("offset"), of("length")),
                "ftruncate" => format!("{name} {} {}", of("path"), of("length")),
                "renameat2" => format!("{name} {} {}", of("path"), of("to")),
                _ => format!("{name} {}", of("path")),
            }
        };
        told.iter().map(line).collect()
    }
}

/// What the log has of calls, each in one line; but for what only the simulated system did.
fn logged(calls: &[Logged]) -> Vec<String> {
    let mut opened: HashMap<u64, PathBuf> = HashMap::new();
    let mut lines = Vec::new();
    for Logged { call, .. } in calls {
        let one = |name: &str, path: &Path| format!("{name} {path:?}");
        if let DiskCall::Open { file, path, .. } = call {
            opened.insert(*file, path.clone());
        }
        lines.extend(match call {
            DiskCall::MakeDir(path) => Some(one("mkdir", path)),
            DiskCall::Open { path, .. } => Some(one("openat", path)),
            DiskCall::Write { file, data, .. } => {
                Some(format!("{} {}", one("write", &opened[file]), data.len()))
            }
            DiskCall::Clear { file, from, length } => {
                Some(format!("{} {from} {length}", one("fallocate", &opened[file])))
            }
            DiskCall::SetLen(file, length) => {
                Some(format!("{} {length}", one("ftruncate", &opened[file])))
            }
            DiskCall::Sync(file) => Some(one("fdatasync", &opened[file])),
            DiskCall::SyncDir(path) => Some(one("fsync", path)),
            DiskCall::Rename(from, to) => Some(format!("{} {to:?}", one("renameat2", from))),
            DiskCall::Remove(path) => Some(one("unlink", path)),
            DiskCall::RemoveDir(path) => Some(one("rmdir", path)),
            DiskCall::SyncFailed(_) | DiskCall::ReadAgain { .. } => None,
        });
    }
    lines
}

/// Plays something of which the log is kept, and compares; what was told.
fn compared(what: &str, play: impl FnOnce() -> Vec<Logged>) -> Vec<String> {
    let told = Told::default();
    let keeps = Dispatch::new(told.clone());
    // While there is a single one, the thread that comes to a line first is asked whether anybody is to be told
    // of it, and in another test nobody is.
    let _second = Dispatch::new(NoSubscriber::default());
    let calls = with_default(&keeps, play);
    let (told, logged) = (told.lines(), logged(&calls));
    let differ = told.iter().zip(&logged).position(|(told, logged)| told != logged);
    if let Some(at) = differ {
        panic!("{what}: call {at} is told as {} and logged as {}", told[at], logged[at]);
    }
    assert_eq!(told.len(), logged.len(), "{what}");
    told
}

#[test]
fn what_cuts_are_replayed_from_is_what_the_real_disk_tells_of() {
    let mut seen = String::new();
    for seed in 0..20 {
        let play = || Recorded::play(seed).gate.system().real().take();
        seen.extend(compared(&format!("sequence {seed}"), play));
    }
    seen.extend(compared("a bad block", || {
        let mut gate = SimulatedRecorder::new();
        gate.system().real().begin(gate.world().now());
        gate.run(60 * SECOND);
        gate.kill();
        let found = std::fs::metadata(gate.part()).unwrap();
        gate.world().spoil(found.ino(), 8192..8193);
        gate.run(5 * SECOND);
        gate.finish();
        gate.system().real().take()
    }));
    for name in [
        "mkdir",
        "openat",
        "write",
        "fallocate",
        "ftruncate",
        "fdatasync",
        "fsync",
        "renameat2",
        "unlink",
    ] {
        assert!(seen.contains(&format!("{name} \"")), "no {name}");
    }
}
