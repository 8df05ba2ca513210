//! What a running process uses, as the kernel counts it (proc(5)).

use std::fs;

/// A process of this machine that runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Process(pub u32);

/// Ticks of the times in /proc: USER_HZ is 100 on Linux for every architecture we run on (proc(5)).
const TICKS_PER_SECOND: f64 = 100.0;

impl Process {
    /// Whether it runs: one that has ended and that nobody has waited for does not.
    pub fn runs(self) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with(['Z', 'X']))
    }

    /// User and system time so far in seconds, threads that have ended included.
    pub fn cpu_seconds(self) -> f64 {
        seconds(&self.read("stat"))
    }

    /// The same of the threads whose names are as wanted, and which run: to the nanosecond, because
    /// many that do little are lost in ticks.
    pub fn cpu_seconds_of(self, wanted: impl Fn(&str) -> bool) -> f64 {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.0)).expect("it still runs");
        let of_thread = |task: fs::DirEntry| {
            let read = |file| fs::read_to_string(task.path().join(file)).ok();
            wanted(read("comm")?.trim_end()).then(|| read("schedstat"))?
        };
        // Time on a CPU, time of waiting for one, turns.
        let nanoseconds = |stat: String| stat.split_whitespace().next()?.parse::<f64>().ok();
        tasks.flatten().filter_map(of_thread).filter_map(nanoseconds).sum::<f64>() / 1e9
    }

    /// The names of its threads, cut to the 15 bytes that Linux keeps.
    pub fn threads(self) -> Vec<String> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.0)).expect("it still runs");
        // One that ends meanwhile has none.
        let name = |task: fs::DirEntry| fs::read_to_string(task.path().join("comm")).ok();
        tasks.flatten().filter_map(name).map(|name| name.trim_end().to_owned()).collect()
    }

    /// How many descriptors it has open.
    pub fn descriptors(self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.0)).expect("it still runs").count()
    }

    /// Resident memory in MB, what it shares with others included.
    pub fn resident_mb(self) -> f64 {
        kilobytes(&self.read("status"), "VmRSS:") / 1024.0
    }

    /// Resident memory in MB that is no file: heap and stacks.
    pub fn anonymous_mb(self) -> f64 {
        kilobytes(&self.read("status"), "RssAnon:") / 1024.0
    }

    /// Resident memory in MB, of what is shared its share (PSS).
    pub fn proportional_mb(self) -> f64 {
        kilobytes(&self.read("smaps_rollup"), "Pss:") / 1024.0
    }

    fn read(self, file: &str) -> String {
        let path = format!("/proc/{}/{file}", self.0);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }
}

/// Fields 14 and 15 of `stat`: user and system time.
fn seconds(stat: &str) -> f64 {
    let (_, fields) = stat.rsplit_once(')').expect("a line of stat");
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.map(|ticks| ticks.parse::<u64>().expect("a number")).sum();
    ticks as f64 / TICKS_PER_SECOND
}

/// A line such as `VmRSS:     1234 kB`.
fn kilobytes(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let line = line.unwrap_or_else(|| panic!("no {name} in {text}"));
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn a_process_is_seen_as_it_is() {
        let this = Process(std::process::id());
        let (files, heap) = (this.descriptors(), this.anonymous_mb());
        let (stop, stopped) = std::sync::mpsc::sync_channel::<()>(1);
        let thread = std::thread::Builder::new().name("cam1.(odd) name".into());
        let thread = thread.spawn(move || stopped.recv().is_err()).unwrap();
        let open: Vec<_> = (0..20).map(|_| fs::File::open("/dev/null").unwrap()).collect();
        let full = std::hint::black_box(vec![1_u8; 64 << 20]);
        let named = |name: &str| name == "cam1.(odd) name";
        let until = Instant::now() + Duration::from_secs(30);
        while this.cpu_seconds_of(|name| !named(name)) < 0.1 {
            assert!(Instant::now() < until, "work takes time");
        }
        assert!(this.threads().iter().any(|name| named(name)), "{:?}", this.threads());
        assert!(this.cpu_seconds_of(named) < 0.1);
        // In whole ticks, of which some are not told yet.
        assert!(this.cpu_seconds() >= 0.05);
        // Other tests of this program open and close files, too.
        assert!(this.descriptors() > files + open.len() / 2);
        assert!(this.anonymous_mb() > heap + 48.0, "{} MB are held", full.len() >> 20);
        assert!(this.resident_mb() >= this.anonymous_mb() && this.proportional_mb() > 0.0);
        drop(stop);
        assert!(thread.join().unwrap());
    }

    #[test]
    fn a_process_that_has_ended_does_not_run() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let process = Process(child.id());
        assert!(process.runs());
        child.kill().unwrap();
        let until = Instant::now() + Duration::from_secs(30);
        while process.runs() {
            assert!(Instant::now() < until, "it has not been waited for, and runs no more");
        }
        child.wait().unwrap();
        assert!(!process.runs());
    }

    #[test]
    fn a_name_with_brackets_is_not_taken_for_fields() {
        let stat = "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20 0 1";
        assert!((seconds(stat) - 2.0).abs() < 1e-9);
        assert!((kilobytes("Name:\tx\nVmRSS:\t    2048 kB\n", "VmRSS:") - 2048.0).abs() < 1e-9);
    }
}
