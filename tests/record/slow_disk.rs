//! A disk that hangs: the picture goes on, memory is bounded, and what could not wait is a gap.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::rig::{Rig, all_recorded, assert_untouched, fails, recorded};
use testkit::access_units::{Clip, assert_run, sent};
use testkit::{Camwall, SECOND, SOON, SlowDisk, StatusLine, half_turn, turn};

/// The most that resident memory grows beyond the bound of the wall file: allocators and the
/// picture need some room to breathe.
const SLACK_KB: u64 = 16 * 1024;

/// A camera of 210 kB/s, of whose pictures [`MEMORY`] holds less than ten seconds, and one of which
/// it holds a minute.
const CAMERAS: [(&str, &str); 2] = [("cam4", "cam4-1080.h264"), ("cam1", "cam1-360.h264")];
const MEMORY: u64 = 2;
const HANGS: Duration = Duration::from_secs(13);

/// Lets the disk hang; the most resident memory in KiB meanwhile.
fn hang(camwall: &Camwall, disk: &SlowDisk) -> u64 {
    disk.hang();
    let until = Instant::now() + HANGS;
    let mut most = 0;
    while Instant::now() < until {
        most = most.max(camwall.resident_kb());
        std::thread::sleep(SECOND / 10);
    }
    disk.go_on();
    most
}

/// Checks that soon after the disk began to hang nothing was called recorded any more, and why.
fn assert_said(hung: &[StatusLine], camera: &str) {
    let silent = hung.iter().skip_while(|line| recorded(line, camera));
    assert!(silent.clone().count() + 5 >= hung.len(), "REC goes out soon: {hung:#?}");
    let said = silent.skip(2).collect::<Vec<_>>();
    let slow = |line: &&StatusLine| fails(line, camera, "disk_slow");
    assert!(!said.is_empty() && said.iter().all(slow), "{camera}: {hung:#?}");
}

#[test]
fn what_fits_into_memory_is_not_lost_and_what_does_not_is_a_gap() {
    let _turn = turn();
    let fields =
        format!(r#"segment: "2s", pre_roll: "0s", memory: "{MEMORY}MB", keep: (free: "50MB")"#);
    let rig = Rig::new(&["cam4/main", "cam1/sub"], &fields);
    let stall = SlowDisk::build();
    let mut camwall = rig.started(stall.given_to(rig.run()));
    rig.wait_closed(&mut camwall, "cam4", 1, SOON);
    let (before, from) = (camwall.resident_kb(), camwall.lines().len());
    let most = hang(&camwall, &stall);
    let hung = camwall.lines().split_off(from);
    camwall.wait_for("recorded again", SOON, all_recorded);
    for (camera, _) in CAMERAS {
        // Pictures more, for what was dropped meanwhile may come late.
        let closed = rig.archive.camera(camera).segments.len();
        rig.wait_closed(&mut camwall, camera, closed + 2, SOON);
        assert_said(&hung, camera);
        assert_untouched(&camwall.lines()[from..], camera);
    }
    let bound = before + 2 * MEMORY * 1024 + SLACK_KB;
    eprintln!("resident: {before} KiB, {most} KiB while the disk hung");
    assert!(most < bound, "memory: {before} KiB grew to {most} KiB");
    assert_eq!(camwall.terminate().code, Some(0));
    rig.archive.assert_sound(&CAMERAS.map(|(camera, _)| camera));

    assert_eq!(rig.archive.camera("cam1").gaps, [], "what fits waits");
    let timeline = rig.archive.camera("cam4");
    assert!(timeline.gap("disk_slow").seconds() > 1.0, "{timeline:#?}");
    assert_eq!(timeline.gaps.len(), 1, "{timeline:#?}");
    let (gap, end) = (timeline.gap("disk_slow").start, Timestamp::MAX);
    for (camera, clip, stream, from, to) in [
        ("cam1", CAMERAS[1].1, "sub", Timestamp::MIN, end),
        ("cam4", CAMERAS[0].1, "main", Timestamp::MIN, gap),
        ("cam4", CAMERAS[0].1, "main", gap, end),
    ] {
        let clip = Clip::read(clip);
        let timeline = rig.archive.camera(camera);
        let part = timeline.segments.iter().filter(|s| (from..to).contains(&s.start));
        let units: Vec<usize> =
            part.flat_map(|segment| clip.units_of(&timeline.path(segment))).collect();
        assert_run(&units, &sent(&rig.trace(), camera, stream, &clip));
    }
}

#[test]
fn the_wall_ends_although_the_disk_hangs() {
    let _turn = half_turn();
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
