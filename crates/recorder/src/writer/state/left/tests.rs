//! What is told of what a kill left, before and after files were begun.

use std::time::Duration;

use super::*;
use crate::simulation::at as time;

fn at(text: &str) -> Timestamp {
    time(&format!("2026-11-22T{text}:00Z"))
}

/// A `.part` that was begun then.
fn part(start: &str, next: Option<NextEntry>) -> LeftFile {
    let start = at(start);
    let name = paths::file_name("gate", start, 1, "mkv");
    LeftFile { path: paths::part_of(Path::new(&name)), start, next }
}

/// All is told up to 07:10, when the camera went away.
fn left(open: Vec<LeftFile>) -> LastState {
    LastState {
        until: at("07:10"),
        cause: Cause::CameraOffline,
        open,
        behind: Vec::new(),
        whole: Vec::new(),
        picture: Duration::ZERO,
    }
}

/// Taken up at 08:00, of files that were written last a minute before.
fn taken(left: LastState, is_begun: bool) -> TakeUp {
    take_up(left, at("08:00"), is_begun, |_| Some(at("07:59")))
}

fn lines(taken: &TakeUp) -> Vec<String> {
    let short = |at: &Timestamp| at.strftime("%H:%M").to_string();
    let line = |(_, line): &(civil::Date, LedgerEntry)| match line {
        LedgerEntry::Gap { start, end, cause, .. } => {
            format!("gap {}-{} {cause:?}", short(start), short(end))
        }
        LedgerEntry::Open { start, .. } => format!("open {}", short(start)),
        LedgerEntry::Off { at, cause } => format!("off {} {cause:?}", short(at)),
        other => panic!("{other:?}"),
    };
    taken.lines.iter().map(line).collect()
}

const OFFLINE: Option<NextEntry> = Some(NextEntry { at: None, cause: Some(Cause::CameraOffline) });

#[test]
fn of_a_file_that_a_line_begins_it_is_told_that_its_end_is_not_known() {
    let told = || left(vec![part("07:20", Some(NextEntry::default()))]);
    let early = taken(told(), false);
    assert_eq!(lines(&early), ["off 07:20 CameraOffline"]);
    assert_eq!((Some(early.files[0].next), early.files[0].latest), (OFFLINE, at("08:00")));
    assert_eq!(early.gap, Some((at("07:10"), Cause::CameraOffline)));
    // The clock was set back to before it was written last.
    let back = take_up(told(), at("07:30"), false, |_| Some(at("07:59")));
    assert_eq!(lines(&back), ["off 07:20 ClockChanged"]);
    assert!(back.files[0].set_back && back.files[0].latest == at("07:59"));
    // Told once is enough.
    let again = taken(left(vec![part("07:20", OFFLINE)]), false);
    assert_eq!((lines(&again), &again.files), (Vec::new(), &early.files));
}

#[test]
fn what_no_line_tells_of_is_told_behind_the_gap_before_it() {
    let two = taken(left(vec![part("07:20", None), part("07:30", None)]), false);
    let off = ["off 07:20 CameraOffline", "off 07:30 CameraOffline"];
    let told = ["gap 07:10-07:20 CameraOffline", "open 07:20", off[0], "open 07:30", off[1]];
    assert_eq!(lines(&two), told, "none behind a file whose end is not known");
    let next: Vec<_> = two.files.iter().map(|file| file.next.at).collect();
    assert_eq!(next, [Some(at("07:30")), None]);
    assert_eq!(two.gap, Some((at("07:30"), Cause::CameraOffline)));
    let back = taken(left(vec![part("07:00", None)]), false);
    let told = ["gap 07:10-07:00 ClockChanged", "open 07:00", "off 07:00 ProgramKilled"];
    assert_eq!(lines(&back), told);
}

#[test]
fn what_is_missing_beside_whole_files_is_told_by_who_takes_them_in() {
    let mut between = left(vec![part("07:20", Some(NextEntry::default())), part("07:40", None)]);
    between.whole = vec![at("07:15"), at("07:30")];
    let between = taken(between, false);
    let told = ["off 07:20 CameraOffline", "open 07:40", "off 07:40 CameraOffline"];
    assert_eq!(lines(&between), told);
    assert_eq!(between.files[0].next.at, Some(at("07:30")));
}

#[test]
fn behind_files_that_were_begun_nothing_is_told_that_reads_as_a_clock_set_back() {
    let untold = || vec![part("07:20", None)];
    let late = taken(left(untold()), true);
    let gap = Some((at("07:10"), Cause::CameraOffline));
    assert_eq!(late, TakeUp { gap, ..TakeUp::default() }, "it is for the next start");
    let mut whole = untold();
    whole[0].path = paths::whole_of(&whole[0].path);
    assert_eq!(taken(left(whole), true), TakeUp::default(), "it is for who takes it in");
    // Begun by a clock that was ahead.
    let ahead = taken(left(vec![part("08:30", Some(NextEntry::default()))]), true);
    assert_eq!((lines(&ahead), Some(ahead.files[0].next)), (Vec::new(), OFFLINE));
}

#[test]
fn what_was_begun_behind_a_clock_that_a_start_saw_set_back_cuts_nothing_off() {
    let seen = NextEntry { at: None, cause: Some(Cause::ClockChanged) };
    let taken = taken(left(vec![part("07:20", Some(seen)), part("07:20", None)]), false);
    let [first, second] = &taken.files[..] else { panic!("{taken:?}") };
    assert_eq!((first.next.at, first.next.cause), (Some(at("07:20")), Some(Cause::ProgramKilled)));
    assert!(first.set_back && first.latest == Timestamp::MAX && !second.set_back);
}
