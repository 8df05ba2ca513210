//! Two hundred times open and close leave nothing behind: no thread, no file, no memory.
//!
//! A program of its own with one test, because it counts the threads and files of the process.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

use std::time::{Duration, Instant};

use testkit::{Camsim, SECOND, SOON, feed::*};

/// What this process holds.
#[derive(Debug, Clone, Copy)]
struct Footprint {
    threads: usize,
    files: usize,
    resident_kb: u64,
}

fn footprint() -> Footprint {
    let count = |dir: &str| std::fs::read_dir(dir).map_or(0, Iterator::count);
    let status = std::fs::read_to_string("/proc/self/status").expect("/proc");
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    Footprint {
        threads: count("/proc/self/task"),
        files: count("/proc/self/fd"),
        resident_kb: resident.trim().trim_end_matches(" kB").parse().expect("a number"),
    }
}

/// Waits until the threads of a dropped feed are gone.
fn settle(threads: usize) {
    let until = Instant::now() + SOON;
    while footprint().threads > threads {
        assert!(Instant::now() < until, "a dropped feed ends: {:?}, not {threads}", footprint());
        std::thread::sleep(SECOND / 200);
    }
}

#[test]
fn nothing_is_left_behind() {
    let server = Camsim::start(&[]);
    // The threads that all feeds share come with the first.
    close(open(spec(server.url("cam1/sub"), BOTH[0])));
    std::thread::sleep(SECOND / 10);
    for via in BOTH {
        let idle = footprint().threads;
        let cycle = |n: u64| {
            let path = if n.is_multiple_of(2) { "cam1/sub" } else { "cam8/sub" };
            let feed = open(spec(server.url(path), via));
            if n.is_multiple_of(5) {
                // Closed somewhere while it connects.
                std::thread::sleep(Duration::from_millis(n % 40));
            } else {
                wait_frame(&feed, SOON, |_| true);
            }
            drop(feed);
            settle(idle);
        };
        // Caches fill, allocators take their share.
        (0..30).for_each(cycle);
        let before = footprint();
        (0..200).for_each(cycle);
        let mut after = footprint();
        // A connection that is hung up is closed a moment later.
        let until = Instant::now() + SOON;
        while after.files > before.files && Instant::now() < until {
            std::thread::sleep(SECOND / 20);
            after = footprint();
        }
        assert!(after.threads <= before.threads, "{via:?}: {before:?} -> {after:?}");
        assert!(after.files <= before.files, "{via:?}: {before:?} -> {after:?}");
        let room = 8 * 1024;
        assert!(after.resident_kb < before.resident_kb + room, "{via:?}: {before:?} -> {after:?}");
    }
}
