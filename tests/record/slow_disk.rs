//! A disk that hangs: the picture goes on, memory is bounded, and what could not wait is a gap.

use std::time::{Duration, Instant};

use super::rig::{Rig, assert_untouched, fails, recorded};
use testkit::access_units::{Clip, assert_run, sent};
use testkit::archive::Timeline;
use testkit::{SECOND, SOON, SlowDisk, StatusLine, turn};

/// The most that resident memory grows beyond the bound of the wall file: allocators and the
/// picture need some room to breathe.
const SLACK_KB: u64 = 16 * 1024;

/// Records a camera of 210 kB/s within `megabytes` of memory, while its disk hangs for a while.
fn hangs(megabytes: u64, time: Duration) -> (Rig, Timeline) {
    let fields =
        format!(r#"segment: "4s", pre_roll: "0s", memory: "{megabytes}MB", keep: (free: "50MB")"#);
    let rig = Rig::new(&["cam4/main"], &fields);
    let stall = SlowDisk::build();
    let mut camwall = rig.started(stall.given_to(rig.run()));
    rig.wait_closed(&mut camwall, "cam4", 1, SOON);
    let (before, from) = (camwall.resident_kb(), camwall.lines().len());
    stall.hang();
    let until = Instant::now() + time;
    let mut most = 0;
    while Instant::now() < until {
        most = most.max(camwall.resident_kb());
        std::thread::sleep(SECOND / 10);
    }
    let hung = camwall.lines();
    stall.go_on();
    camwall.wait_for("recorded again", SOON, |line| recorded(line, "cam4"));
    // Samples more, for what was dropped meanwhile may come late.
    rig.wait_closed(&mut camwall, "cam4", rig.archive.camera("cam4").segments.len() + 2, SOON);
    let hung: &[StatusLine] = &hung[from..];
    let silent = hung.iter().skip_while(|line| recorded(line, "cam4"));
    assert!(silent.clone().count() + 5 >= hung.len(), "REC goes out soon: {hung:#?}");
    let said = silent.skip(2).collect::<Vec<_>>();
    assert!(
        !said.is_empty() && said.iter().all(|line| fails(line, "cam4", "disk_slow")),
        "{hung:#?}"
    );
    assert_untouched(&camwall.lines()[from..], "cam4");
    let bound = before + megabytes * 1024 + SLACK_KB;
    eprintln!("resident: {before} KiB, {most} KiB while the disk hung");
    assert!(most < bound, "memory: {before} KiB grew to {most} KiB");
    assert_eq!(camwall.terminate().code, Some(0));
    rig.archive.assert_sound(&["cam4"]);
    let timeline = rig.archive.camera("cam4");
    (rig, timeline)
}

#[test]
fn ten_seconds_fit_into_memory() {
    let _turn = turn();
    let (rig, timeline) = hangs(4, 10 * SECOND);
    assert_eq!(timeline.gaps, [], "nothing is missing");
    let clip = Clip::read("cam4-1080.h264");
    let units: Vec<usize> = timeline.films().iter().flat_map(|path| clip.units_of(path)).collect();
    assert_run(&units, &sent(&rig.trace(), "cam4", "main", &clip));
}

#[test]
fn what_does_not_fit_into_memory_is_a_gap() {
    let _turn = turn();
    let (rig, timeline) = hangs(2, 18 * SECOND);
    assert!(timeline.gap("disk_slow").seconds() > 2.0, "{timeline:#?}");
    assert_eq!(timeline.gaps.len(), 1, "{timeline:#?}");
    let clip = Clip::read("cam4-1080.h264");
    let sent = sent(&rig.trace(), "cam4", "main", &clip);
    let gap = timeline.gap("disk_slow").start;
    let before = timeline.segments.iter().filter(|segment| segment.start < gap);
    let after = timeline.segments.iter().filter(|segment| segment.start >= gap);
    let units = |segments: &mut dyn Iterator<Item = &_>| -> Vec<usize> {
        segments.flat_map(|segment| clip.units_of(&timeline.path(segment))).collect()
    };
    for mut side in [Box::new(before) as Box<dyn Iterator<Item = &_>>, Box::new(after)] {
        assert_run(&units(&mut side), &sent);
    }
}

#[test]
fn the_wall_ends_although_the_disk_hangs() {
    let _turn = turn();
    let rig = Rig::new(&["cam4/sub"], super::rig::SHORT);
    let stall = SlowDisk::build();
    let mut camwall = rig.started(stall.given_to(rig.run()));
    stall.hang();
    camwall.wait_for("it is said", SOON, |line| fails(line, "cam4", "disk_slow"));
    let asked = Instant::now();
    camwall.signal(libc::SIGTERM);
    let ended = camwall.finish(10 * SECOND);
    assert!(asked.elapsed() < 5 * SECOND, "{:?}: {}", asked.elapsed(), ended.stderr);
    stall.go_on();
    assert_eq!(rig.archive.parts().len(), 1, "there was no way to finish it");
    // The next start does.
    let camwall = rig.record();
    assert_eq!(camwall.terminate().code, Some(0));
    rig.archive.assert_sound(&["cam4"]);
    assert!(rig.archive.camera("cam4").segments.iter().any(|segment| segment.recovered));
}
