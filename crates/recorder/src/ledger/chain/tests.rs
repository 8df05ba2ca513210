//! What the last state is, whatever was done to clock, ledger and files.

use std::fs;
use std::io::ErrorKind;
use std::time::Duration;

use super::*;
use crate::Gap;
use crate::ledger::entry::{LedgerEntry, RetentionRule};
use crate::paths::{FileName, day_of, name_of};
use crate::simulation::{DiskFault, DiskOperation, GATE, SimulatedRecorder, at};

const SECOND: Duration = Duration::from_secs(1);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn state(archive: &SimulatedRecorder) -> LastState {
    last_state(archive.root(), GATE, archive.at()).unwrap().expect("recorded")
}

fn left(path: PathBuf, start: Timestamp, next: Option<NextEntry>) -> LeftFile {
    LeftFile { path, start, next }
}

fn brief(archive: &SimulatedRecorder) -> (Timestamp, Cause, usize) {
    let state = state(archive);
    (state.until, state.cause, state.open.len())
}

#[test]
fn never_recorded_is_told_from_not_readable() {
    let archive = SimulatedRecorder::new();
    assert_eq!(last_state(archive.root(), GATE, archive.at()).unwrap(), None);
    assert_eq!(newest_segments(archive.root(), GATE, 9).unwrap().next(), None);
    let gone = archive.root().join("unplugged");
    assert_eq!(last_state(&gone, GATE, archive.at()).unwrap_err().kind(), ErrorKind::NotFound);
    assert!(newest_segments(&gone, GATE, 9).is_err());
}

#[test]
fn a_clean_end_keeps_its_cause() {
    let mut archive = SimulatedRecorder::new();
    archive.record(SECOND);
    archive.finish();
    let end = archive.at();
    assert_eq!(brief(&archive), (end, Cause::ProgramEnded, 0));
    archive.pass(5 * SECOND);
    archive.closed(SECOND);
    let end = archive.at();
    assert_eq!(brief(&archive), (end, Cause::ProgramKilled, 0), "that `off` is over");
    archive.record(SECOND);
    archive.intend(crate::Intent::Off(Cause::NotScheduled));
    archive.run(SECOND);
    let (until, cause, open) = brief(&archive);
    assert_eq!((cause, open), (Cause::NotScheduled, 0));
    assert!(until > end && until < archive.at());
}

#[test]
fn killed_in_the_first_segment() {
    let mut archive = SimulatedRecorder::new();
    let start = archive.at();
    archive.record(SECOND);
    archive.kill();
    let part = archive.part();
    let open = |path: &Path| [left(path.to_owned(), start, Some(NextEntry::default()))];
    let found = state(&archive);
    assert_eq!((found.until, found.cause), (start, Cause::ProgramKilled));
    assert_eq!(found.open, open(&part));
    let whole = part.with_extension("");
    fs::rename(&part, &whole).unwrap();
    assert_eq!(state(&archive).open, open(&whole), "killed behind the renaming");
    fs::remove_file(&whole).unwrap();
    assert_eq!(state(&archive).open, open(&part), "killed before the file was made");
}

#[test]
fn killed_between_segments() {
    let mut archive = SimulatedRecorder::new();
    archive.closed(SECOND);
    assert_eq!(brief(&archive), (archive.at(), Cause::ProgramKilled, 0));
    archive.record(SECOND);
    archive.kill();
    assert_eq!(brief(&archive).2, 1);
    for again in ["killed", "and killed again"] {
        archive.pass(10 * SECOND);
        archive.camera.disconnect(camwall_media::ConnectionState::Offline);
        archive.run(SECOND);
        archive.kill();
        let history = History::read(archive.root(), GATE).unwrap();
        let recovered = &history.segments()[1].segment;
        assert!(recovered.recovered);
        assert_eq!(brief(&archive), (recovered.end, Cause::ProgramKilled, 0), "{again}");
    }
    archive.closed(SECOND);
    assert_eq!(brief(&archive), (archive.at(), Cause::ProgramKilled, 0));
}

#[test]
fn a_segment_that_the_disk_cut_off_keeps_the_cause() {
    let mut archive = SimulatedRecorder::new();
    archive.closed(SECOND);
    archive.record(SECOND);
    archive.break_disk();
    let history = History::read(archive.root(), GATE).unwrap();
    let off = history.off().unwrap();
    assert!(off.at > history.opens()[0].start);
    assert_eq!(brief(&archive), (off.at, Cause::DiskError, 1));
}

#[test]
fn an_off_at_the_start_of_a_segment_is_over() {
    let mut archive = SimulatedRecorder::new();
    archive.record(SECOND);
    let now = archive.world().now();
    archive.camera.connect(now);
    let start = archive.at();
    archive.record(SECOND);
    archive.kill();
    let text = fs::read_to_string(archive.ledger(day_of(start))).unwrap();
    assert!(text.lines().any(|line| line.contains("off") && line.contains("07:20:01.000Z")));
    assert_eq!(brief(&archive), (start, Cause::ProgramKilled, 1));
}

#[test]
fn what_a_gap_covers_is_given_up() {
    let mut archive = SimulatedRecorder::new();
    archive.closed(SECOND);
    archive.record(SECOND);
    archive.kill();
    fs::remove_file(archive.part()).unwrap();
    assert_eq!(brief(&archive).2, 1);
    archive.pass(60 * SECOND);
    archive.closed(SECOND);
    assert_eq!(brief(&archive), (archive.at(), Cause::ProgramKilled, 0));
}

#[test]
fn over_midnight_and_over_years() {
    let mut archive = SimulatedRecorder::new();
    archive.settings.length = 30 * DAY;
    (archive.tick, archive.camera.interval) = (5 * SECOND, 5 * SECOND);
    for _ in 0..3 {
        archive.closed(DAY);
    }
    archive.record(DAY);
    archive.break_disk();
    archive.kill();
    archive.pass(400 * DAY);
    assert_eq!(brief(&archive).1, Cause::DiskError);
    assert_eq!(brief(&archive).2, 1, "its line is in the ledger of the day before");
    let start = archive.at();
    archive.record(120 * SECOND);
    archive.kill();
    let LastState { until, open, .. } = state(&archive);
    assert!(until > start, "what was left over years is done with");
    assert_eq!(open, [left(archive.part(), until, Some(NextEntry::default()))]);
}

#[test]
fn newer_ledgers_that_say_nothing_do_not_hide_older_ones() {
    let mut archive = SimulatedRecorder::new();
    archive.closed(SECOND);
    let (end, file) = (archive.at(), "gate_2026-12-01T00-00-00Z.mkv".to_owned());
    for _ in 0..=NEWEST {
        archive.pass(DAY);
        let at = archive.at();
        let line = LedgerEntry::Removed { file: file.clone(), at, why: RetentionRule::Age };
        let day = paths::ledger_path(archive.root(), GATE, day_of(at));
        fs::create_dir_all(day.parent().unwrap()).unwrap();
        archive.write(at, line);
    }
    assert_eq!(state(&archive).until, end);
}

#[test]
fn the_newest_segments_are_those_whose_files_are_there() {
    let mut archive = SimulatedRecorder::starting_at(at("2026-11-22T23:59:50Z"));
    let newest = |archive: &SimulatedRecorder| -> Vec<_> {
        newest_segments(archive.root(), GATE, 9).unwrap().collect()
    };
    let (start, day) = (archive.at(), day_of(archive.at()));
    let first = archive.closed(5 * SECOND);
    let now = archive.at();
    archive.write(start, LedgerEntry::Keep { file: name_of(&first), keep: true, at: now });
    archive.pass(60 * SECOND);
    archive.record(SECOND);
    archive.kill();
    let part = archive.part();
    let file = name_of(&part.with_extension(""));
    let open = ((file, day.tomorrow().unwrap()), false);
    let kept = ((name_of(&first), day), true);
    assert_eq!(newest(&archive), [open, kept.clone()]);
    fs::remove_file(part).unwrap();
    assert_eq!(newest(&archive), [kept]);
    let line = LedgerEntry::Removed { file: name_of(&first), at: now, why: RetentionRule::Free };
    archive.write(start, line);
    assert_eq!(newest(&archive), []);
}

#[test]
fn a_file_that_no_line_tells_of_is_found() {
    let archive = SimulatedRecorder::new();
    let folder = paths::day_folder(archive.root(), GATE, day_of(archive.at()));
    fs::create_dir_all(&folder).unwrap();
    for name in ["gate_2026-11-22T07-20-00Z.png.part", "yard_2026-11-22T07-20-00Z.mkv.part"] {
        fs::write(folder.join(name), "").unwrap();
    }
    assert_eq!(last_state(archive.root(), GATE, archive.at()).unwrap(), None);
    let part = folder.join("gate_2026-11-22T07-20-00Z.mkv.part");
    fs::write(&part, "").unwrap();
    let open = vec![left(part, archive.at(), None)];
    let found = state(&archive);
    let first = (archive.at(), Cause::ProgramKilled, open);
    let words = "killed in the first moment of the first recording";
    assert_eq!((found.until, found.cause, found.open), first, "{words}");
}

#[test]
fn files_that_the_ledger_has_done_with_are_not_taken_up_again() {
    let mut archive = SimulatedRecorder::new();
    let start = archive.at();
    archive.record(SECOND);
    archive.kill();
    let part = archive.part();
    archive.pass(5 * SECOND);
    // As an earlier camwall gave up what it could not repair.
    let (end, cause) = (archive.at(), Cause::DiskError);
    archive.write(end, LedgerEntry::Gap { start, end, cause, detail: None });
    archive.closed(5 * SECOND);
    assert!(part.exists() && state(&archive).open.is_empty(), "given up");
    let folder = part.parent().unwrap();
    let named = |at, number| {
        folder.join(paths::file_name(GATE, at, number, "mkv")).with_added_extension("part")
    };
    let second = named(archive.at(), 7);
    fs::write(&second, "").unwrap();
    fs::write(named(archive.at() - SECOND, 7), "").unwrap();
    let earlier = named(archive.at() - SECOND, 7);
    let found = state(&archive);
    let began = Timestamp::from_second((archive.at() - SECOND).as_second()).unwrap();
    let behind = (found.open, found.behind);
    let expected = (vec![left(second, archive.at(), None)], vec![left(earlier, began, None)]);
    assert_eq!(behind, expected);
}

#[test]
fn a_clock_set_back_does_not_hide_the_end() {
    let mut archive = SimulatedRecorder::new();
    archive.record(60 * SECOND);
    archive.set_clock(jiff::SignedDuration::from_secs(-30));
    archive.closed(20 * SECOND);
    assert_eq!(brief(&archive), (archive.at(), Cause::ProgramKilled, 0));
    archive.record(5 * SECOND);
    archive.finish();
    assert_eq!(brief(&archive), (archive.at(), Cause::ProgramEnded, 0));
    archive.pass(SECOND);
    let start = archive.at();
    archive.record(SECOND + SECOND / 2);
    archive.kill();
    let (until, cause, open) = brief(&archive);
    assert_eq!((cause, open), (Cause::ProgramKilled, 1));
    assert!(until >= start && until <= archive.at());
}

#[test]
fn what_is_mended_before_the_clock_was_set_back_is_not_the_end() {
    // Killed, and nothing is mended while it records on behind a clock that was set back; killed again.
    let mut archive = SimulatedRecorder::new();
    archive.record(20 * SECOND);
    archive.kill();
    archive.world().mends = false;
    archive.record(5 * SECOND);
    archive.kill();
    archive.set_clock(jiff::SignedDuration::from_secs(-120));
    archive.closed(10 * SECOND);
    let end = archive.at();
    assert_eq!(brief(&archive), (end, Cause::ProgramKilled, 2), "the newest era's");
    // Also where a file is open there.
    archive.record(5 * SECOND);
    archive.kill();
    let (until, cause, open) = brief(&archive);
    assert_eq!((cause, open), (Cause::ProgramKilled, 3));
    assert!(until >= end && until <= archive.at(), "{until}");
    archive.world().mends = true;
    archive.record(5 * SECOND);
    archive.finish();
    let (history, _) = verified(&archive);
    let back = history.gaps().iter().filter(|gap| gap.is_backward()).count();
    assert_eq!(back, 1, "{:?}", history.gaps());
}

/// Nothing is wrong with the archive, and how many pictures are in its segments.
fn verified(archive: &SimulatedRecorder) -> (History, u64) {
    let (history, faults) =
        crate::verify(archive.root(), GATE, archive.is_running(), &mut |_, _| {}).unwrap();
    assert!(faults.is_empty(), "{faults:?}");
    let pictures = history.present().map(|it| it.segment.packets).sum();
    (history, pictures)
}

#[test]
fn what_no_line_tells_of_behind_a_clock_set_back_is_finished() {
    for (away, bare) in [(1, false), (90, false), (1, true), (90, true)] {
        let mut archive = SimulatedRecorder::new();
        archive.record(60 * SECOND);
        archive.finish();
        archive.set_clock(jiff::SignedDuration::from_secs(-30));
        let operations = vec![DiskOperation::Append];
        archive.world().fault = Some(DiskFault { operations, code: 5, after: 0 });
        let start = archive.at();
        archive.record(10 * SECOND);
        archive.kill();
        archive.world().fault = None;
        let part = archive.part();
        if bare {
            let bytes = fs::read(&part).unwrap();
            let cluster = bytes.windows(4).position(|it| *it == [0x1f, 0x43, 0xb6, 0x75]);
            fs::write(&part, &bytes[..cluster.unwrap()]).unwrap();
        }
        assert_eq!(state(&archive).behind.len(), 1);
        archive.pass(away * SECOND);
        archive.record(5 * SECOND);
        archive.finish();
        let (history, _) = verified(&archive);
        let mut recovered = history.segments().iter().filter(|it| it.segment.recovered);
        let found = recovered.next().map(|it| (it.segment.start, it.segment.duration_ms > 9000));
        assert_eq!(found, (!bare).then_some((start, true)), "{away}");
        assert!(!part.exists() && recovered.next().is_none());
        let back = history.gaps().iter().filter(|gap| gap.is_backward()).count();
        assert_eq!(back, usize::from(!bare || away == 1), "{:?}", history.gaps());
        let killed = history.gaps().iter().any(|gap| gap.cause == Cause::ProgramKilled);
        assert_eq!(killed, !bare, "{:?}", history.gaps());
    }
}

#[test]
fn a_ledger_that_ends_up_to_a_minute_ahead_is_a_backward_gap() {
    for seconds in [2, 18, 59, 3600] {
        let mut archive = SimulatedRecorder::new();
        archive.settings.length = 5 * SECOND;
        archive.record(7 * SECOND);
        archive.finish();
        archive.set_clock(jiff::SignedDuration::from_secs(-seconds));
        let begun = archive.at();
        archive.record(18 * SECOND);
        archive.finish();
        let (history, _) = verified(&archive);
        let back: Vec<_> = history.gaps().iter().filter(|gap| gap.is_backward()).collect();
        assert_eq!(back.len(), 1, "{seconds}: {:?}", history.gaps());
        assert_eq!(back[0].cause, Cause::ClockChanged);
        let new: Vec<_> =
            history.segments().iter().filter(|it| it.position > back[0].position).collect();
        assert!(new.len() >= 3, "{seconds}: {} files in 18 s at 5 s a file", new.len());
        for it in new {
            let segment = &it.segment;
            assert!(segment.start < segment.end && segment.start >= begun, "{seconds}");
            let name = FileName::parse(&segment.file).unwrap();
            assert_eq!(name.start.as_second(), segment.start.as_second(), "named by its time");
        }
    }
}

#[test]
fn a_second_is_drift_and_joins_and_so_does_a_last_picture_that_lasts() {
    let mut archive = SimulatedRecorder::new();
    archive.record(7 * SECOND);
    archive.finish();
    archive.set_clock(jiff::SignedDuration::from_secs(-1));
    archive.record(5 * SECOND);
    archive.finish();
    let (history, _) = verified(&archive);
    assert!(!history.gaps().iter().any(Gap::is_backward), "{:?}", history.gaps());
    assert!(history.segments().is_sorted_by(|one, next| one.segment.end <= next.segment.start));
    let mut slow = SimulatedRecorder::new();
    (slow.camera.interval, slow.camera.gop) = (10 * SECOND, 1);
    slow.record(42 * SECOND);
    slow.finish();
    let end = state(&slow).until;
    assert!(end > slow.at() + 2 * SECOND, "its last picture lasts ten seconds: {end}");
    slow.record(30 * SECOND);
    slow.finish();
    let (history, _) = verified(&slow);
    assert!(!history.gaps().iter().any(Gap::is_backward), "{:?}", history.gaps());
}

#[test]
fn days_that_lie_in_the_future_hide_nothing() {
    let mut archive = SimulatedRecorder::new();
    archive.closed(SECOND);
    let year = jiff::SignedDuration::from_hours(24 * 365);
    archive.set_clock(year);
    for _ in 0..8 {
        archive.closed(SECOND);
        archive.pass(DAY);
    }
    archive.set_clock(-year - jiff::SignedDuration::from_hours(24 * 8));
    for round in 0..3 {
        archive.record(5 * SECOND);
        archive.kill();
        let part = archive.part();
        let killed = archive.at();
        archive.pass(10 * SECOND);
        archive.closed(5 * SECOND);
        assert!(!part.exists(), "{round}: what a kill left is finished");
        let (history, _) = verified(&archive);
        let recovered: Vec<_> =
            history.segments().iter().filter(|it| it.segment.recovered).collect();
        assert_eq!(recovered.len(), round + 1);
        let last = recovered.iter().map(|it| it.segment.end).max().unwrap();
        assert!(last <= killed && last > killed - SECOND, "{round}");
        assert_eq!(brief(&archive), (archive.at(), Cause::ProgramKilled, 0), "{round}");
        // A day later there are ledgers of three times.
        archive.pass(DAY);
    }
    // As an earlier camwall left it: the day that is left says nothing of how it goes on.
    let future = day_of(archive.at() + year);
    for entry in walkdir::WalkDir::new(archive.root().join(GATE)) {
        let path = entry.unwrap().into_path();
        let is_future = path.to_string_lossy().contains("ledger")
            && path.to_string_lossy().contains(&format!("_{}", future.year()));
        if is_future {
            let text = fs::read_to_string(&path).unwrap();
            let lines = text.lines().filter(|line| !line.contains("clock_changed"));
            fs::write(&path, lines.map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        }
    }
    let until = state(&archive).until;
    assert!(until < archive.at() && until > archive.at() - DAY - 10 * SECOND, "{until}");
}

#[test]
fn a_clock_set_back_over_midnight_costs_no_more_than_a_kill() {
    for hours in [1, 25, 49] {
        for killed_before in [false, true] {
            let mut archive = SimulatedRecorder::starting_at(at("2026-11-23T23:50:00Z"));
            archive.settings.length = 300 * SECOND;
            archive.record(900 * SECOND);
            if killed_before {
                archive.kill();
            } else {
                archive.finish();
            }
            archive.set_clock(jiff::SignedDuration::from_hours(-hours));
            archive.record(5 * SECOND);
            archive.kill();
            let killed = archive.at();
            archive.pass(20 * SECOND);
            // And over midnight again, by another kill.
            archive.record(3600 * SECOND);
            archive.kill();
            archive.pass(20 * SECOND);
            archive.record(10 * SECOND);
            archive.finish();
            let (history, pictures) = verified(&archive);
            assert!(archive.files().iter().all(|path| !paths::is_part(path)));
            // Ten a second; each of three kills costs less than a second.
            assert!(pictures > 45_150 - 60, "{hours} {killed_before}: {pictures}");
            let cut: Vec<_> = history.gaps().iter().filter(|gap| gap.is_backward()).collect();
            assert_eq!(cut.len(), 1, "{hours} {killed_before}");
            let around = |it: &&crate::RecordedSegment| {
                it.segment.recovered
                    && it.segment.start < killed
                    && it.segment.end > killed - SECOND
            };
            let found: Vec<_> = history.segments().iter().filter(around).collect();
            let lengths: Vec<_> =
                found.iter().map(|it| it.segment.end.duration_since(it.segment.start)).collect();
            assert!(lengths.iter().any(|length| length.as_secs() <= 5), "a true end: {lengths:?}");
            let until = archive.at();
            assert_eq!(brief(&archive), (until, Cause::ProgramEnded, 0), "{hours} {killed_before}");
        }
    }
}
