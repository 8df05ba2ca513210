//! What the protect key marks.

use camwall_media::ConnectionState;
use jiff::SignedDuration;

use super::{SECOND, sound};
use crate::Cause;
use crate::events::Note;
use crate::simulation::{DiskFault, DiskOperation, RetentionLimits, SimulatedRecorder, at};
use crate::writer::rules::Intent;

/// A camera whose files are ten seconds long.
fn gate() -> SimulatedRecorder {
    let mut gate = SimulatedRecorder::new();
    gate.settings.length = 10 * SECOND;
    gate
}

/// Which segments are protected, open ones too.
fn kept(gate: &SimulatedRecorder) -> Vec<bool> {
    let history = sound(gate);
    let closed = history.segments().iter().map(|it| it.kept);
    closed.chain(history.opens().iter().map(|it| it.kept)).collect()
}

#[test]
fn k_keeps_until_k() {
    let mut gate = gate();
    gate.record(25 * SECOND);
    // The second file began five seconds ago, and the first ended just then.
    assert_eq!(gate.protect(), Some(Note::Protected));
    gate.record(30 * SECOND);
    assert!(gate.status().kept);
    assert_eq!(kept(&gate), [false, true, true, true, true, true]);
    gate.kill();
    gate.pass(5 * SECOND);
    gate.record(10 * SECOND);
    assert!(gate.status().kept, "after a kill");
    gate.finish();
    gate.record(10 * SECOND);
    assert!(gate.status().kept, "after an end in peace");
    gate.interrupt(Cause::CameraOffline, 10 * SECOND);
    gate.record(5 * SECOND);
    assert!(kept(&gate)[1..].iter().all(|kept| *kept), "{:?}", kept(&gate));
    assert_eq!(gate.protect(), Some(Note::SpanEnded));
    gate.run(SECOND);
    assert!(!gate.status().kept);
    let before = kept(&gate).len();
    assert!(kept(&gate)[1..].iter().all(|kept| *kept), "what was recorded stays kept");
    gate.record(30 * SECOND);
    gate.kill();
    gate.record(15 * SECOND);
    gate.finish();
    assert!(kept(&gate).len() >= before + 4);
    assert!(kept(&gate)[before..].iter().all(|kept| !kept), "{:?}", kept(&gate));
}

#[test]
fn a_span_goes_on_the_next_day_and_the_day_after() {
    let mut gate = SimulatedRecorder::starting_at(at("2026-11-22T23:00:00Z"));
    gate.settings.length = 3600 * SECOND;
    gate.tick = 10 * SECOND;
    (gate.camera.interval, gate.camera.gop) = (SECOND, 10);
    gate.record(60 * SECOND);
    gate.protect();
    gate.run(26 * 3600 * SECOND);
    // Nothing tells of the span but the newest ledger.
    let first = gate.ledger(crate::paths::day_of(at("2026-11-22T23:00:00Z")));
    let second = gate.ledger(crate::paths::day_of(at("2026-11-23T23:00:00Z")));
    for ledger in [&first, &second] {
        assert_eq!(std::fs::read_to_string(ledger).unwrap().matches("hold").count(), 1);
    }
    gate.kill();
    std::fs::remove_file(second).unwrap();
    std::fs::remove_file(first).unwrap();
    gate.record(60 * SECOND);
    assert!(gate.status().kept);
}

#[test]
fn k_off_the_air_releases_the_whole_span() {
    let mut gate = gate();
    gate.record(5 * SECOND);
    gate.protect();
    gate.record(5 * SECOND);
    gate.protect();
    // Another span, with something between them.
    gate.record(30 * SECOND);
    gate.protect();
    gate.record(30 * SECOND);
    assert_eq!(kept(&gate), [true, false, true, true, true, true, true]);
    gate.intend(Intent::Off(Cause::StoppedByHand));
    gate.run(5 * SECOND);
    // The span is open still, and a press that ends it releases nothing.
    assert_eq!(gate.protect(), Some(Note::SpanEnded));
    gate.run(5 * SECOND);
    assert_eq!(gate.protect(), Some(Note::NewestReleased));
    assert_eq!(kept(&gate), [true, false, false, false, false, false, false, false]);
    // And quickly once more, the one before.
    assert_eq!(gate.protect(), Some(Note::NewestReleased));
    assert_eq!(kept(&gate), [false; 8]);
    gate.run(5 * SECOND);
    assert_eq!(gate.protect(), Some(Note::NewestProtected));
    assert_eq!(kept(&gate), [false, false, false, false, false, false, false, true]);
}

#[test]
fn a_second_press_at_once_takes_back_the_first_and_nothing_older() {
    let mut gate = gate();
    gate.record(5 * SECOND);
    gate.protect();
    gate.run(5 * SECOND);
    gate.protect();
    gate.run(30 * SECOND);
    let old = kept(&gate);
    assert_eq!(old, [true, false, false, false]);
    assert_eq!(gate.protect(), Some(Note::Protected));
    gate.run(2 * SECOND);
    assert_eq!(gate.protect(), Some(Note::Released));
    assert_eq!((&kept(&gate)[..4], gate.status().kept), (&old[..], false));
    assert!(!kept(&gate)[4], "begun meanwhile");
    // A third says that it is the old one that is meant.
    gate.run(SECOND);
    assert_eq!(gate.protect(), Some(Note::NewestReleased));
    assert_eq!(kept(&gate), [false; 5]);
}

#[test]
fn a_press_while_the_camera_is_away_ends_the_span_and_releases_nothing() {
    let mut gate = gate();
    gate.record(5 * SECOND);
    gate.protect();
    gate.run(20 * SECOND);
    gate.camera.disconnect(ConnectionState::Offline);
    gate.run(5 * SECOND);
    assert!(gate.status().kept);
    assert_eq!(gate.protect(), Some(Note::SpanEnded));
    assert!(!gate.status().kept);
    gate.record(20 * SECOND);
    gate.finish();
    assert_eq!(kept(&gate), [true, true, true, false, false]);
}

#[test]
fn a_span_that_ends_is_released_by_another_press_at_once() {
    let mut gate = gate();
    gate.record(5 * SECOND);
    gate.protect();
    gate.run(20 * SECOND);
    assert_eq!(gate.protect(), Some(Note::SpanEnded));
    gate.run(SECOND);
    assert_eq!(gate.protect(), Some(Note::NewestReleased));
    gate.run(20 * SECOND);
    gate.finish();
    assert_eq!(kept(&gate), [false; 5]);
}

#[test]
fn whatever_a_kill_interrupts_all_of_a_span_is_kept() {
    let mut killed = 0;
    for life in 0..60 {
        let mut gate = gate();
        gate.record(5 * SECOND);
        gate.protect();
        gate.run(4 * SECOND + SECOND / 2);
        // At one of the operations of the next rotation and behind it.
        gate.world().life = Some(life);
        gate.run(3 * SECOND);
        killed += u32::from(!gate.is_running());
        gate.world().life = None;
        gate.record(15 * SECOND);
        assert!(gate.status().kept, "{life}");
        gate.finish();
        let kept = kept(&gate);
        assert!(kept.iter().all(|kept| *kept) && kept.len() >= 3, "{life}: {kept:?}");
    }
    assert!(killed > 10);
}

#[test]
fn what_is_released_goes_with_the_next_look_though_nothing_is_recorded() {
    for refused in [false, true] {
        let mut gate = gate();
        let none = RetentionLimits { age: None, total: None, per_camera: Some(0), free: 0 };
        gate.limits = Some(none);
        gate.record(5 * SECOND);
        gate.protect();
        gate.record(30 * SECOND);
        gate.intend(Intent::Off(Cause::StoppedByHand));
        gate.run(5 * SECOND);
        assert_eq!(gate.protect(), Some(Note::SpanEnded));
        gate.run(20 * SECOND);
        let files = gate.files().len();
        assert!(files > 3 && gate.world().taken.is_empty(), "what is kept stays");
        let operations = vec![DiskOperation::Append];
        gate.world().fault = refused.then_some(DiskFault { operations, code: 28, after: 0 });
        assert_eq!(gate.protect(), Some(Note::NewestReleased));
        gate.run(10 * SECOND);
        if refused {
            assert_eq!(gate.files().len(), files, "as long as the ledger does not say so");
            gate.world().fault = None;
            gate.run(10 * SECOND);
        }
        assert_eq!(gate.files().len(), 0, "{refused}");
        gate.finish();
        sound(&gate);
    }
}

#[test]
fn a_span_of_a_clock_that_was_ahead_is_open_until_it_is_ended() {
    for days in [1, 2, 3, 40] {
        let ahead = SignedDuration::from_hours(24 * days);
        let mut gate = gate();
        gate.record(5 * SECOND);
        gate.kill();
        gate.set_clock(ahead);
        gate.record(15 * SECOND);
        assert_eq!(gate.protect(), Some(Note::Protected));
        gate.run(5 * SECOND);
        gate.kill();
        gate.set_clock(-ahead);
        gate.record(15 * SECOND);
        assert!(gate.status().kept, "{days}");
        assert_eq!(gate.protect(), Some(Note::SpanEnded));
        gate.record(15 * SECOND);
        for _ in 0..2 {
            gate.kill();
            gate.record(15 * SECOND);
            assert!(!gate.status().kept, "{days}: what was ended comes back");
        }
        gate.finish();
        sound(&gate);
    }
}
