//! What came of it, in figures.

use std::{
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use serde_json::Value;
use testkit::{Process, archive::holes, trend};

use super::super::limit;
use super::heard::Told;

/// Part of the run at its beginning in which caches fill, and the longest that it takes.
const WARM_UP: (f64, Duration) = (0.25, Duration::from_secs(600));

/// What memory may grow by, upper end of the 95 % interval, MB an hour; and from which length of a
/// run on that is judged: shorter ones can't tell.
const GROWTH: f64 = 5.0;
const JUDGED: Duration = Duration::from_secs(3600);

/// Why a camera that is troubled may not have been recorded; noise can't be.
const EXPLAINED: [&str; 5] =
    ["camera_offline", "camera_stalled", "source_ended", "not_recordable", "program_ended"];

/// What the wall used at a moment.
pub struct Sample {
    hours: f64,
    heap_mb: f64,
    threads: usize,
    descriptors: usize,
}

impl Sample {
    /// Looks at a process, `at` after the beginning.
    pub fn take(at: Duration, process: Process) -> Self {
        Self {
            hours: at.as_secs_f64() / 3600.0,
            heap_mb: process.anonymous_mb(),
            threads: process.threads().len(),
            descriptors: process.descriptors(),
        }
    }
}

/// Prints everything; false where a limit is not kept.
pub fn print(samples: &[Sample], told: Told, archive: Vec<String>, span: Duration) -> bool {
    let untroubled = cameras(&told);
    println!("connections ended or failed, by cause, in the log:");
    for (cause, count) in &told.causes {
        println!("  {count:>5} × {cause}");
    }
    println!("errors in the log:");
    for (error, count) in &told.errors {
        println!("  {count:>5} × {error}");
    }
    println!(
        "age of the newest frame of live cameras: p50 {} ms, p99 {} ms",
        age(&told, 0.5),
        age(&told, 0.99)
    );
    let grows = process(samples, span);
    for what in &archive {
        println!("  {what}");
    }
    let sound = limit::holds("recordings are whole and their gaps explained", archive.is_empty());
    untroubled && grows && sound
}

/// Prints how each camera did; false where nothing was told.
fn cameras(told: &Told) -> bool {
    println!("camera             live   reconnects  otherwise");
    for (id, camera) in &told.cameras {
        let all: u64 = camera.states.values().sum();
        let share = |count: u64| 100.0 * count as f64 / all as f64;
        let others = camera.states.iter().filter(|(state, _)| *state != "live");
        let others: Vec<String> =
            others.map(|(state, count)| format!("{state} {:.1} %", share(*count))).collect();
        let live = share(camera.states.get("live").copied().unwrap_or_default());
        println!("{id:<18} {live:>5.1} % {:>8}   {}", camera.reconnects, others.join(", "));
    }
    let lived = |camera: &super::heard::OfCamera| camera.states.contains_key("live");
    limit::holds(
        "every camera was live for a while",
        !told.cameras.is_empty() && told.cameras.values().all(lived),
    )
}

/// The age in milliseconds that this part of the frames does not exceed.
fn age(told: &Told, part: f64) -> usize {
    let all: u64 = told.ages.iter().sum();
    let mut left = (all as f64 * part) as u64;
    let mut below = |count: &u64| {
        let is_below = left >= *count;
        left = left.saturating_sub(*count);
        is_below
    };
    told.ages.iter().take_while(|count| below(count)).count()
}

/// Memory, threads and descriptors; false where memory grows in a run that is long enough to tell.
fn process(samples: &[Sample], span: Duration) -> bool {
    let warm_up = span.mul_f64(WARM_UP.0).min(WARM_UP.1).as_secs_f64() / 3600.0;
    let warm: Vec<&Sample> = samples.iter().filter(|sample| sample.hours >= warm_up).collect();
    let (Some(first), Some(last)) = (warm.first(), warm.last()) else {
        return limit::holds("there are samples", false);
    };
    println!(
        "threads {} to {}, descriptors {} to {}, heap {:.1} to {:.1} MB",
        first.threads,
        last.threads,
        first.descriptors,
        last.descriptors,
        first.heap_mb,
        last.heap_mb
    );
    let points: Vec<(f64, f64)> = warm.iter().map(|it| (it.hours, it.heap_mb)).collect();
    if points.len() < 2 * trend::BLOCKS {
        println!("heap: too short a run for a slope");
        return span < JUDGED;
    }
    let slope = trend::slope(&points);
    println!(
        "heap (RssAnon) grows by {:.2} MB/h, 95 % interval {:.2} to {:.2}, {} samples after {:.0} min",
        slope.mean,
        slope.least,
        slope.most,
        points.len(),
        60.0 * warm_up
    );
    if span < JUDGED {
        println!("  not judged: runs of less than an hour can't tell");
        return true;
    }
    limit::at_most("MB/h, upper end", slope.most, GROWTH)
}

/// What is wrong with the recordings: nothing, where all is as it should be. Who was never touched
/// has no gap at all.
pub fn archive(folder: &Path, recorded: &[&str], untouched: &[&str]) -> Vec<String> {
    let output = Command::new(testkit::program("camwall"))
        .args(["recordings", "--json", "--verify"])
        .arg(folder)
        .stderr(Stdio::inherit())
        .output()
        .expect("camwall starts");
    let Ok(said) = serde_json::from_slice::<Value>(&output.stdout) else {
        return vec!["camwall recordings says nothing".into()];
    };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut wrong = Vec::new();
    if !output.status.success() || said["faults"] != 0 {
        wrong.push(format!("{}: {} faults", output.status, said["faults"]));
    }
    for id in recorded {
        let cameras = list(&said["cameras"]);
        let Some(camera) = cameras.iter().find(|camera| camera["camera"] == *id) else {
            wrong.push(format!("{id}: nothing was recorded"));
            continue;
        };
        let fault = |fault: &Value| format!("{id}: {}: {}", fault["path"], fault["fault"]);
        wrong.extend(list(&camera["faults"]).iter().map(fault));
        let gaps = list(&camera["gaps"]);
        println!(
            "recorded {id}: {:.0} s in {} files, {} gaps of {:.1} s",
            camera["seconds"].as_f64().unwrap_or_default(),
            list(&camera["segments"]).len(),
            gaps.len(),
            camera["gap_seconds"].as_f64().unwrap_or_default().abs()
        );
        let explained = |gap: &&Value| {
            let cause = gap["cause"].as_str().unwrap_or_default();
            EXPLAINED.contains(&cause) && (!untouched.contains(id) || cause == "program_ended")
        };
        let gap = |gap: &Value| format!("{id}: a gap that is not explained: {gap}");
        wrong.extend(gaps.iter().filter(|it| !explained(it)).map(gap));
        wrong.extend(holes(camera).into_iter().map(|at| format!("{id}: a hole at {at}")));
    }
    wrong
}
