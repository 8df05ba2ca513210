//! A wall clock that is wrong, and then right: names, lengths and the ledger follow, and what was
//! recorded meanwhile is not hidden.

use jiff::{SignedDuration, Timestamp};

use super::rig::{Rig, SHORT, all_recorded};
use testkit::archive::{Timeline, name_of};
use testkit::window::session::WindowSession;
use testkit::{Fault, Faults, SECOND, SOON, StatusLine, half_turn};

#[test]
fn a_clock_that_is_set_ahead_is_a_gap() {
    let _turn = half_turn();
    let rig = Rig::new(&["cam1/sub"], SHORT);
    let faults = Faults::build();
    let mut camwall = rig.started(faults.given_to(rig.run()));
    rig.wait_closed(&mut camwall, "cam1", 1, SOON);
    faults.set_ahead(3600);
    let closed = rig.archive.camera("cam1").segments.len();
    rig.wait_closed(&mut camwall, "cam1", closed + 3, SOON);
    assert!(all_recorded(camwall.lines().last().expect("lines")), "nothing else is wrong");
    assert_eq!(camwall.terminate().code, Some(0));
    rig.archive.assert_sound(&["cam1"]);
    let timeline = rig.archive.camera("cam1");
    assert_eq!(timeline.causes(), ["clock_changed"], "{timeline:#?}");
    let gap = timeline.gap("clock_changed");
    assert!((gap.seconds() - 3600.0).abs() < 2.0, "{gap:#?}");
}

/// Checks that a file turned at least every so often, by the ledger's order.
fn assert_turns(timeline: &Timeline, most: SignedDuration) {
    for segment in &timeline.segments {
        let length = segment.end.duration_since(segment.start);
        let by_camera = SignedDuration::from_millis(segment.duration_ms.try_into().expect("short"));
        assert!((length - by_camera).abs() < SignedDuration::from_millis(300), "{segment:#?}");
        assert!(length <= most, "{segment:#?}");
        assert!(segment.file.contains(&name_of(segment.start)), "{segment:#?}");
    }
}

/// Records with a clock that is ahead, and again with the right one.
fn was_ahead(seconds: u64) {
    let _turn = half_turn();
    let rig = Rig::new(&["cam1/sub"], SHORT);
    let faults = Faults::build();
    faults.set_ahead(seconds);
    let mut camwall = rig.started(faults.given_to(rig.run()));
    rig.wait_closed(&mut camwall, "cam1", 1, SOON);
    assert_eq!(camwall.terminate().code, Some(0));
    let ahead = rig.archive.camera("cam1").segments.len();
    let mut camwall = rig.record();
    let right = Timestamp::now();
    rig.wait_closed(&mut camwall, "cam1", ahead + 3, 5 * SECOND + SOON / 2);
    let last = camwall.lines().pop().expect("lines");
    assert_eq!(camwall.terminate().code, Some(0));
    rig.archive.verify();
    let timeline = rig.archive.camera("cam1");
    timeline.assert_files();
    // Key frames are 2 s apart.
    assert_turns(&timeline, SignedDuration::from_millis(4300));
    // The one gap goes back, from the end that is told to where the right clock begins.
    let gaps: Vec<_> = timeline.gaps.iter().filter(|gap| gap.end < gap.start).collect();
    assert_eq!((gaps.len(), timeline.gaps.len()), (1, 1), "{timeline:#?}");
    assert_eq!(gaps[0].cause, "clock_changed");
    assert!((gaps[0].end.duration_since(right)).abs() < SignedDuration::from_secs(10), "{gaps:#?}");
    let warnings = &last.camera("cam1").warnings;
    assert!(warnings.iter().any(|warning| warning == "clock"), "the tile says so: {last:#?}");
}

#[test]
fn a_clock_that_was_half_a_minute_ahead_is_a_backward_gap() {
    was_ahead(30);
}

#[test]
fn a_clock_that_was_an_hour_ahead_is_a_backward_gap() {
    was_ahead(3600);
}

#[test]
fn a_clock_a_year_ahead_removes_nothing_until_the_kernel_says_that_it_is_right() {
    let _turn = half_turn();
    let keep = r#"segment: "2s", pre_roll: "0s", keep: (free: "20MB", age: "1h")"#;
    let rig = Rig::new(&["cam1/sub"], keep);
    let mut camwall = rig.record();
    rig.wait_closed(&mut camwall, "cam1", 2, SOON);
    assert_eq!(camwall.terminate().code, Some(0));
    let old = rig.archive.camera("cam1").films();
    let faults = Faults::build();
    faults.begin(Fault::Unsynchronised);
    faults.set_ahead(365 * 24 * 3600);
    let mut camwall = rig.started(faults.given_to(rig.run()));
    let closed = rig.archive.camera("cam1").segments.len();
    rig.wait_closed(&mut camwall, "cam1", closed + 3, SOON);
    // With the last of a day its ledger goes, which would tell.
    assert!(old.iter().all(|path| path.exists()), "what is left: {:#?}", rig.archive.files());
    let last = camwall.lines().pop().expect("lines");
    let warnings = &last.camera("cam1").warnings;
    assert!(warnings.iter().any(|warning| warning == "clock"), "the tile says so: {last:#?}");
    faults.end(Fault::Unsynchronised);
    faults.begin(Fault::Synchronised);
    camwall.wait_that("the old ones go", 3 * SOON, || old.iter().all(|path| !path.exists()));
    assert_eq!(camwall.terminate().code, Some(0));
    rig.archive.assert_sound(&["cam1"]);
    assert!(rig.archive.camera("cam1").present().count() >= 3, "the new ones stay");
}

#[test]
fn a_clock_that_is_set_back_in_mid_recording_is_a_backward_gap() {
    let _turn = half_turn();
    let rig = Rig::new(&["cam1/sub"], SHORT);
    let faults = Faults::build();
    faults.set_ahead(3600);
    let mut camwall = rig.started(faults.given_to(rig.run()));
    rig.wait_closed(&mut camwall, "cam1", 2, SOON);
    faults.set_ahead(0);
    let closed = rig.archive.camera("cam1").segments.len();
    rig.wait_closed(&mut camwall, "cam1", closed + 4, SOON);
    assert!(all_recorded(camwall.lines().last().expect("lines")), "nothing else is wrong");
    assert_eq!(camwall.terminate().code, Some(0));
    rig.archive.verify();
    let timeline = rig.archive.camera("cam1");
    timeline.assert_files();
    assert_eq!(timeline.causes(), ["clock_changed"], "{timeline:#?}");
    let gap = timeline.gap("clock_changed");
    assert!((gap.seconds() + 3600.0).abs() < 3.0, "{gap:#?}");
    // Key frames are 2 s apart.
    assert_turns(&timeline, SignedDuration::from_millis(4300));
}

#[test]
fn an_operator_who_says_that_the_clock_is_right_lets_what_is_old_go() {
    let _turn = half_turn();
    let keep = r#"segment: "2s", pre_roll: "0s", keep: (free: "20MB", age: "1h")"#;
    let keys = r#"keys: { "trust_clock": ["Z"] },"#;
    let rig = Rig::named(&[("cam1", "cam1/sub")], "record: Always", keep, keys);
    let mut camwall = rig.record();
    rig.wait_closed(&mut camwall, "cam1", 2, SOON);
    assert_eq!(camwall.terminate().code, Some(0));
    let old = rig.archive.camera("cam1").films();
    let faults = Faults::build();
    faults.begin(Fault::Unsynchronised);
    faults.set_ahead(365 * 24 * 3600);
    let archive = rig.archive.clone();
    let Rig { wall, server: _server, .. } = rig;
    let shown = (wall, &["--size", "640x360"][..]);
    let mut session = WindowSession::open_as(shown, |run| faults.given_to(run), all_recorded);
    let doubts =
        |line: &StatusLine| line.camera("cam1").warnings.iter().any(|warning| warning == "clock");
    session.camwall.wait_for("the tile says CLOCK", 3 * SOON, doubts);
    let closed = archive.camera("cam1").segments.len();
    session
        .camwall
        .wait_that("new files", SOON, || archive.camera("cam1").segments.len() >= closed + 3);
    assert!(old.iter().all(|path| path.exists()), "what is left: {:#?}", archive.files());
    session.keys(&["z"]);
    session.camwall.wait_for("the tile no longer says so", SOON, |line| !doubts(line));
    session
        .camwall
        .wait_that("the old ones go", 3 * SOON, || old.iter().all(|path| !path.exists()));
    assert_eq!(session.camwall.terminate().code, Some(0));
    archive.assert_sound(&["cam1"]);
    assert!(archive.camera("cam1").present().count() >= 3, "the new ones stay");
}
