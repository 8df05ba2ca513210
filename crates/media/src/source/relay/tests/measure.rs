//! What the relay costs: delay of each picture, and CPU.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

use super::camera::{Act, Camera, Pictures};
use super::{RELAYED, open};

/// Nanoseconds since the first call.
pub fn clock() -> u64 {
    static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGAN.elapsed().as_nanos() as u64
}

/// CPU in µs, user and system, of the threads on which retina and the relay run and of this one, but not
/// of the camera's: proc(5), the first field of `schedstat`.
fn cpu() -> u64 {
    let own = std::fs::read_link("/proc/thread-self").expect("Linux");
    let tasks = std::fs::read_dir("/proc/self/task").expect("Linux").flatten();
    let nanos = tasks.filter_map(|task| {
        let text = |file| std::fs::read_to_string(task.path().join(file)).ok();
        let counts = own.ends_with(task.file_name()) || text("comm")? == "io\n";
        text("schedstat")?.split(' ').next()?.parse::<u64>().ok().filter(|_| counts)
    });
    nanos.sum::<u64>() / 1000
}

/// 25 pictures a second of 4 Mbit/s: 20 kB each. Delays in µs, sorted, and CPU in µs a second.
fn run(time: Duration) -> (Vec<u64>, u64) {
    let pictures = Pictures { interval: Duration::from_millis(40), bytes: 20_000 };
    let camera = Camera::sending(pictures, |_, _| Act::Usual);
    let mut source = open(camera.port, None, RELAYED).expect("a session");
    source.next().expect("a picture");
    let (until, before, mut delays) = (Instant::now() + time, cpu(), Vec::new());
    while Instant::now() < until {
        let packet = source.next().expect("a picture");
        let now = clock();
        let data = packet.data();
        // Behind the slice's header and first byte.
        let at = data
            .windows(21)
            .position(|part| part[0] == 0x88 && part[1..].iter().all(u8::is_ascii_digit));
        let stamp = std::str::from_utf8(&data[at.expect("a stamp") + 1..][..20]).expect("digits");
        delays.push((now - stamp.parse::<u64>().expect("a number")) / 1000);
    }
    delays.sort_unstable();
    (delays, (cpu() - before) / time.as_secs())
}

/// `cargo test --release -p camwall-media measure -- --ignored --nocapture` writes the figures of
/// ARCHITECTURE.md into the file that `RELAY_FIGURES` names.
#[test]
#[ignore = "takes two minutes and checks nothing but that pictures come"]
fn what_the_relay_costs() {
    let mut report = String::new();
    for round in 0..5 {
        let (delays, cpu) = run(Duration::from_secs(20));
        let at = |part: usize| delays[delays.len() * part / 100];
        let (p50, p99) = (at(50), at(99));
        report += &format!("{round}: p50 {p50} µs, p99 {p99} µs, CPU {cpu} µs/s\n");
    }
    if let Ok(path) = std::env::var("RELAY_FIGURES") {
        std::fs::write(path, &report).expect("a file");
    }
    assert!(report.lines().count() == 5);
}
