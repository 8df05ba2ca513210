//! Which lines a recording needs.

use super::*;
use crate::disk::RealDisk;
use crate::ledger::archive::Archive;

fn lines(root: &Path) -> Vec<LedgerEntry> {
    let day = paths::day_of(at("2026-11-22T10:00:00Z"));
    let text = std::fs::read_to_string(paths::ledger_path(root, "gate", day)).unwrap();
    text.lines().map(|entry| serde_json::from_str(entry).unwrap()).collect()
}

fn timeline(root: &Path) -> Timeline<RealDisk> {
    let ledger = Ledger::new(RealDisk, &Archive::new(root), "gate", "gate");
    Timeline::new(ledger)
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn a_gap_joins_what_it_lies_between() {
    let root = tempfile::tempdir().unwrap();
    let mut timeline = timeline(root.path());
    let [end, start] = [at("2026-11-22T10:00:00Z"), at("2026-11-22T10:00:05Z")];
    timeline.off(end, Cause::CameraOffline);
    assert_eq!(timeline.join(at("2026-11-22T09:59:59Z"), false), end);
    timeline.segment_opened("a.mkv".to_owned(), start);
    let gap =
        LedgerEntry::Gap { start: end, end: start, cause: Cause::CameraOffline, detail: None };
    let open = LedgerEntry::Open { file: "a.mkv".to_owned(), start, after: None };
    let off = LedgerEntry::Off { at: end, cause: Cause::CameraOffline };
    assert_eq!(lines(root.path()), [off, gap, open]);
}

#[test]
fn files_that_meet_have_no_gap() {
    let root = tempfile::tempdir().unwrap();
    let mut timeline = timeline(root.path());
    let start = at("2026-11-22T10:00:00Z");
    timeline.segment_ended(start, Cause::ClockChanged);
    timeline.segment_opened("a.mkv".to_owned(), start);
    assert_eq!(
        lines(root.path()),
        [LedgerEntry::Open { file: "a.mkv".to_owned(), start, after: None }]
    );
}

#[test]
fn a_file_of_one_picture_is_not_given_up_by_the_gap_behind_it() {
    let root = tempfile::tempdir().unwrap();
    let mut timeline = timeline(root.path());
    let [start, now] = [at("2026-11-22T10:00:00Z"), at("2026-11-22T10:00:05Z")];
    let path = PathBuf::from("a.mkv");
    let next = NextEntry { at: Some(now), cause: Some(Cause::ProgramKilled) };
    timeline.unsettled.push(Unsettled {
        path: path.clone(),
        start,
        latest: now,
        next,
        set_back: false,
    });
    let end = timeline.settle(&path, Some(start)).unwrap();
    assert_eq!(end, start + MOMENT);
    let gap = LedgerEntry::Gap { start: end, end: now, cause: Cause::ProgramKilled, detail: None };
    assert_eq!(lines(root.path()), [gap]);
}

#[test]
fn where_a_file_that_ended_after_midnight_was_left_is_told_in_the_ledger_of_its_own_day() {
    let root = tempfile::tempdir().unwrap();
    let mut timeline = timeline(root.path());
    let [start, end] = [at("2026-11-22T23:59:50Z"), at("2026-11-23T00:00:04Z")];
    let (latest, path) = (Timestamp::MAX, PathBuf::from("a.mkv"));
    // The clock was set back meanwhile, and what was recorded since has reached that midnight.
    for (back, told) in [("2026-11-22T23:59:58Z", 1), ("2026-11-21T23:59:58Z", 2)] {
        let next = NextEntry { at: Some(at(back)), cause: Some(Cause::ProgramKilled) };
        let file = Unsettled { path: path.clone(), start, latest, next, set_back: true };
        timeline.unsettled.push(file);
        assert_eq!(timeline.settle(&path, Some(end)), Some(end));
        assert_eq!(lines(root.path()).len(), told);
    }
    let other = paths::ledger_path(root.path(), "gate", paths::day_of(end));
    assert!(!other.exists());
}

#[test]
fn a_clock_that_is_set_back_is_told() {
    let root = tempfile::tempdir().unwrap();
    let mut timeline = timeline(root.path());
    let [end, start] = [at("2026-11-22T11:00:00Z"), at("2026-11-22T10:00:00Z")];
    timeline.segment_ended(end, Cause::ClockChanged);
    assert_eq!(timeline.join(start, true), start);
    timeline.segment_opened("a.mkv".to_owned(), start);
    let gap = LedgerEntry::Gap { start: end, end: start, cause: Cause::ClockChanged, detail: None };
    assert_eq!(lines(root.path())[0], gap);
}

#[test]
fn only_a_steady_cause_cuts_a_gap() {
    let root = tempfile::tempdir().unwrap();
    let mut timeline = timeline(root.path());
    let start = WallClock::now();
    let at = |steps| start.later(steps * STEADY);
    timeline.resume(Some((Timestamp::UNIX_EPOCH, Cause::ProgramKilled)), Vec::new());
    timeline.watch(Cause::CameraOffline, &at(0));
    timeline.watch(Cause::CameraStalled, &at(1));
    timeline.watch(Cause::CameraOffline, &at(2));
    assert_eq!(timeline.gap, Some((Timestamp::UNIX_EPOCH, Cause::ProgramKilled)));
    timeline.watch(Cause::CameraOffline, &at(3));
    assert_eq!(timeline.gap.unwrap().1, Cause::CameraOffline);
}
