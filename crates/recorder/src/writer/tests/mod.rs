//! The rules of a recording in simulated time: one by one, and in random order.

mod disks;
mod failures;
mod random;
mod resume;
mod rules;
mod second;
mod spans;
mod truth;
mod waking;

use std::time::Duration;

use crate::Cause;
use crate::ledger::history::History;
use crate::simulation::{GATE, SimulatedRecorder, numbers_in};
use crate::verify;

const SECOND: Duration = Duration::from_secs(1);

/// What the ledger says, after the archive was found to be sound.
fn sound(gate: &SimulatedRecorder) -> History {
    let (history, faults) = verify(gate.root(), GATE, gate.is_running(), &mut |_, _| {}).unwrap();
    assert_eq!(faults, []);
    history
}

/// Starts and lengths of the segments: `07:20:00.000 10.0`.
fn segments(history: &History) -> Vec<String> {
    let brief = |it: &crate::RecordedSegment| {
        let length = it.segment.end.duration_since(it.segment.start).as_secs_f64();
        format!("{} {length:.1}", it.segment.start.strftime("%H:%M:%S%.3f"))
    };
    history.segments().iter().map(brief).collect()
}

/// Causes and lengths of the gaps, seconds.
fn gaps(history: &History) -> Vec<(Cause, f64)> {
    let length = |gap: &crate::Gap| gap.end.duration_since(gap.start).as_secs_f64();
    history.gaps().iter().map(|gap| (gap.cause, length(gap))).collect()
}

/// The numbers of the pictures in each file.
fn pictures(history: &History) -> Vec<Vec<u64>> {
    let of = |it: &crate::RecordedSegment| numbers_in(&it.path).unwrap().pictures;
    history.segments().iter().map(of).collect()
}

/// Ends the program; that all pictures are in the files, and those in a row.
fn all_pictures(gate: &mut SimulatedRecorder) -> History {
    gate.finish();
    let history = sound(gate);
    let delivered: Vec<u64> = gate.delivered.iter().map(|it| it.number).collect();
    let mut found = pictures(&history);
    // Files are listed by the wall clock, which may have been set back.
    found.sort();
    assert_eq!(found.concat(), delivered);
    history
}
