//! Whether the CPUs that the process may use are full.
//!
//! A decode thread asks once a second. Linux tells it in three files of `/proc`, which takes 0.3 ms at most
//! (measured, on two busy CPUs); where they are not as expected nobody knows. Policy: full is when this
//! process uses what it may, which a container may limit, or when none of its CPUs is idle, whoever
//! uses them.

use std::time::Duration;

/// Units in which Linux tells CPU time on every architecture we run on (proc(5): `USER_HZ`).
const TICKS: f32 = 100.0;
/// The part of the CPUs that we use when they are full, and that is idle then at most.
const OURS: f32 = 0.95;
const IDLE: f32 = 0.05;

/// CPU time up to a moment, in ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sample {
    /// Of all threads of the process.
    ours: u64,
    /// Of nobody, on the CPUs that the process may use; and how many they are.
    idle: u64,
    cpus: u64,
}

/// Compares one sample with the next.
#[derive(Debug, Default)]
pub(super) struct CpuWatch(Option<Sample>);

impl CpuWatch {
    /// Whether the CPUs were full since this was last asked, `span` ago. `usable` of them may be
    /// used at once.
    pub fn is_full(&mut self, span: Duration, usable: usize) -> Option<bool> {
        let read = |path| std::fs::read_to_string(path).ok();
        let files = || {
            let status = read("/proc/self/status")?;
            sample(&read("/proc/self/stat")?, &read("/proc/stat")?, &status)
        };
        let now = files();
        let before = std::mem::replace(&mut self.0, now)?;
        Some(is_full(before, now?, span, usable))
    }
}

fn is_full(before: Sample, now: Sample, span: Duration, usable: usize) -> bool {
    let ticks = span.as_secs_f32().max(0.01) * TICKS;
    let ours = now.ours.saturating_sub(before.ours) as f32 / (ticks * usable.max(1) as f32);
    let idle = now.idle.saturating_sub(before.idle) as f32 / (ticks * now.cpus.max(1) as f32);
    ours >= OURS || (before.cpus == now.cpus && idle <= IDLE)
}

/// By the files `/proc/self/stat`, `/proc/stat` and `/proc/self/status`.
fn sample(own: &str, all: &str, status: &str) -> Option<Sample> {
    // Fields 14 and 15, of which the second one may hold spaces and parentheses.
    let mut fields = own.rsplit(')').next()?.split_whitespace().skip(11);
    let ours = fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
    let allowed = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    let (mut idle, mut cpus) = (0, 0);
    for line in all.lines() {
        let mut fields = line.split_whitespace();
        let number = fields.next().and_then(|name| name.strip_prefix("cpu")?.parse().ok());
        if number.is_some_and(|number| is_in(allowed, number)) {
            // Idle and waiting for a disk.
            let mut fields = fields.skip(3);
            idle += fields.next()?.parse::<u64>().ok()? + fields.next()?.parse::<u64>().ok()?;
            cpus += 1;
        }
    }
    (cpus > 0).then_some(Sample { ours, idle, cpus })
}

/// Whether a list such as `0-3,8` has a number.
fn is_in(list: &str, number: u32) -> bool {
    list.trim().split(',').any(|part| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let ends = first.parse::<u32>().ok().zip(last.parse::<u32>().ok());
        ends.is_some_and(|(first, last)| (first..=last).contains(&number))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "Name:\tcamwall\nCpus_allowed_list:\t1-2,5\nMems_allowed_list:\t0\n";

    fn own(user: u64, system: u64) -> String {
        format!("7 (a) b) c) S 1 7 7 0 -1 4194304 99 0 0 0 {user} {system} 0 0 20 0 9 0 5\n")
    }

    fn all(idle: [u64; 6]) -> String {
        let cpus = idle.iter().enumerate();
        let lines = cpus.map(|(cpu, idle)| format!("cpu{cpu} 9 9 9 {idle} 1 0 0 0 0 0\n"));
        format!("cpu  54 54 54 999 6 0 0 0 0 0\n{}intr 9\nctxt 9\n", lines.collect::<String>())
    }

    #[test]
    fn only_the_cpus_that_the_process_may_use_count() {
        let found = sample(&own(30, 12), &all([1000, 20, 30, 1000, 1000, 50]), STATUS);
        assert_eq!(found, Some(Sample { ours: 42, idle: 100 + 3, cpus: 3 }));
        for (own, all, status) in [("", "", ""), (&*own(1, 1), "cpu  1 1\n", STATUS)] {
            assert_eq!(sample(own, all, status), None);
        }
    }

    #[test]
    fn full_is_what_we_may_use_or_where_nothing_is_idle() {
        let second = Duration::from_secs(1);
        let before = Sample { ours: 500, idle: 900, cpus: 2 };
        let after = |ours: u64, idle: u64| Sample { ours: 500 + ours, idle: 900 + idle, cpus: 2 };
        let full = |ours, idle, usable| is_full(before, after(ours, idle), second, usable);
        assert!(full(190, 10, 2), "all by us");
        assert!(full(20, 8, 2), "others use them");
        assert!(!full(180, 20, 2), "a tenth is idle");
        assert!(full(96, 100, 1), "a container allows one CPU");
        assert!(!full(50, 100, 1));
        assert!(!is_full(before, Sample { cpus: 3, ..after(20, 0) }, second, 3), "others now");
    }

    #[test]
    fn this_computer_tells() {
        let mut watch = CpuWatch::default();
        assert_eq!(watch.is_full(Duration::from_secs(1), 1), None, "nothing to compare with");
        assert!(watch.is_full(Duration::from_secs(1), 1).is_some());
    }
}
