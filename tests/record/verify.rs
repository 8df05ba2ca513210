//! What `camwall recordings --verify` leaves to the camwall that records beside it: the processor, the disk
//! and the system's memory. The kernel's word for it, through `strace`.

use super::rig::{Rig, SHORT};
use testkit::{Run, SOON, half_turn};

/// What one call of `strace -y -f` is about: the thread, the call, and what it says of it.
struct Call<'a> {
    thread: &'a str,
    name: &'a str,
    text: &'a str,
}

impl<'a> Call<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (thread, text) = line.split_once(' ')?;
        let text = text.trim_start();
        Some(Self { thread, name: text.split_once('(')?.0, text })
    }

    /// The numbers after the open file.
    fn numbers(&self) -> Option<(u64, u64)> {
        let mut words = self.text.split_once(">, ")?.1.split(", ");
        Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?))
    }

    fn read(&self) -> u64 {
        self.text.rsplit_once(" = ").and_then(|(_, count)| count.parse().ok()).unwrap_or(0)
    }
}

#[test]
fn who_verifies_waits_for_who_records_and_leaves_no_file_in_memory() {
    let _turn = half_turn();
    let rig = Rig::new(&["cam1/sub"], SHORT);
    let mut camwall = rig.record();
    rig.wait_closed(&mut camwall, "cam1", 3, 2 * SOON);
    let segments = rig.archive.camera("cam1").segments;
    let seen = rig.folder.path().join("verified");
    let followed = "trace=setpriority,ioprio_set,fadvise64,read,pread64,mmap";
    let file = seen.to_str().expect("a plain path");
    let strace = ["strace", "-f", "-y", "-s", "0", "-o", file, "-e", followed];
    let verified = Run::bare(["recordings", "--verify"]).args([rig.archive.root()]);
    let ended = verified.through(&strace).finish(SOON);
    assert_eq!(ended.code, Some(0), "{ended:#?}");
    assert_eq!(camwall.terminate().code, Some(0));

    let text = std::fs::read_to_string(&seen).expect("what strace wrote");
    let calls: Vec<Call<'_>> = text.lines().filter_map(Call::parse).collect();
    let of = |call: &Call<'_>, file: &str| call.text.contains(&format!("/{file}>"));
    for segment in &segments {
        let name = segment.file.as_str();
        let first = calls.iter().position(|call| of(call, name)).expect("it was read");
        let thread = calls[first].thread;
        let before = |what: &str| {
            let was_made = |call: &Call<'_>| {
                call.thread == thread && call.text.starts_with(what) && call.text.ends_with("= 0")
            };
            calls[..first].iter().any(was_made)
        };
        // By 19 from what the tests have themselves.
        assert!(before("setpriority(PRIO_PROCESS, 0, "), "{name}: nice");
        let idle = "ioprio_set(IOPRIO_WHO_PROCESS, 0, IOPRIO_PRIO_VALUE(IOPRIO_CLASS_IDLE, 0))";
        assert!(before(idle), "{name}: when idle");
        let of_it: Vec<&Call<'_>> = calls.iter().filter(|call| of(call, name)).collect();
        assert!(of_it.iter().all(|call| call.thread == thread && call.name != "mmap"), "{name}");
        assert!(of_it[0].text.contains("POSIX_FADV_SEQUENTIAL) = 0"), "{}", of_it[0].text);
        let read: u64 =
            of_it.iter().filter(|it| it.name.contains("read")).map(|it| it.read()).sum();
        let forgotten = of_it.iter().filter(|it| it.text.contains("POSIX_FADV_DONTNEED) = 0"));
        let end = forgotten
            .filter_map(|it| it.numbers())
            .try_fold(0, |end, (from, length)| (from == end).then_some(from + length));
        assert_eq!((read, end), (segment.bytes, Some(segment.bytes)), "{name}");
    }
}
