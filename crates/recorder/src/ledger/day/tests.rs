//! What a day says of ledgers on disk, sound and damaged, and of clocks that were set.

use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use jiff::SignedDuration;

use super::lines::{LONGEST_LINE, next_line};
use super::*;
use crate::Cause;
use crate::ledger::entry::RetentionRule;
use crate::ledger::history::History;
use crate::paths::day_of;
use crate::simulation::{GATE, SimulatedRecorder, at};

const SECOND: Duration = Duration::from_secs(1);
const DATE: civil::Date = civil::date(2026, 11, 22);

fn id(date: civil::Date) -> DayId {
    DayId { folder: GATE.into(), date }
}

fn day(archive: &SimulatedRecorder, date: civil::Date) -> Day {
    Day::read(archive.root(), &id(date)).unwrap()
}

/// A folder whose ledger of [`DATE`] is this text.
fn ledger(text: &[u8]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let path = paths::ledger_path(root.path(), GATE, DATE);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    root
}

fn read(text: &[u8]) -> Day {
    Day::read(ledger(text).path(), &id(DATE)).unwrap()
}

fn line(entry: &LedgerEntry) -> String {
    serde_json::to_string(entry).unwrap() + "\n"
}

fn off(second: i64) -> String {
    line(&LedgerEntry::Off {
        at: at("2026-11-22T07:20:00Z") + SignedDuration::from_secs(second),
        cause: Cause::DiskFull,
    })
}

fn open(clock: &str) -> String {
    let start = at(&format!("2026-11-22T{clock}Z"));
    line(&LedgerEntry::Open { file: paths::file_name(GATE, start, 1, "mkv"), start, after: None })
}

fn gap(start: &str, end: &str, cause: Cause) -> String {
    line(&LedgerEntry::Gap { start: at(start), end: at(end), cause, detail: None })
}

fn brief(day: &Day) -> Vec<(String, String, Option<String>, usize)> {
    let text = |at: Timestamp| at.strftime("%d %H:%M:%S").to_string();
    let runs = day.runs.iter();
    runs.map(|run| (text(run.first), text(run.last), run.after.map(text), run.line)).collect()
}

/// What is open by all that a day tells.
fn opens(day: &Day) -> Vec<OpenSegment> {
    History::of(Path::new(""), GATE, std::iter::once(day)).opens().to_vec()
}

#[test]
fn damage_costs_no_line_but_its_own() {
    let (first, second) = (off(1), off(2));
    let zeros = "\0".repeat(200_000);
    let torn = &first[..20];
    let long = format!("{zeros}\n");
    for damage in ["{}\n", "\u{fffd}\n", torn, &long] {
        let text = format!("{first}{damage}{second}");
        let day = read(text.as_bytes());
        let name = &damage[..4.min(damage.len())];
        assert_eq!(day.offs.len(), 2, "{name:?}");
        assert_eq!(day.read_to, text.len() as u64, "{name:?}");
        assert_eq!(day.bad.len(), 1, "{name:?}");
        assert_eq!(day.bad[0].position.line, 2, "{name:?}");
    }
    let day = read(format!("{first}\n\r\n{second}").as_bytes());
    assert!(day.bad.is_empty() && day.offs.len() == 2, "blank lines are none");
}

#[test]
fn whole_lines_without_an_end_between_them_all_count() {
    let (first, second, third) = (off(1), off(2), off(3));
    let glued = format!("{}{}{}{third}", &first[..30], first.trim_end(), second.trim_end());
    let day = read(glued.as_bytes());
    let seconds: Vec<_> = day.offs.iter().map(|off| off.at.as_second() % 60).collect();
    assert_eq!((seconds, day.bad.len()), (vec![1, 2, 3], 1));
}

#[test]
fn memory_for_bad_lines_is_bounded() {
    let text = format!("{}{}", "{}\n".repeat(TOLD + 7), off(1));
    let day = read(text.as_bytes());
    assert_eq!((day.bad.len(), day.bad_beyond, day.offs.len()), (TOLD, 7, 1));
    let mut from = io::BufReader::new(io::repeat(b'x').take(50_000_000));
    let mut line = Vec::new();
    assert_eq!(next_line(&mut from, &mut line).unwrap(), 50_000_000);
    assert!(line.len() == LONGEST_LINE && line.capacity() <= 4 * LONGEST_LINE);
}

#[test]
fn a_line_counts_when_it_is_ended_and_for_those_who_look_when_it_is_whole() {
    let text = off(1) + off(2).trim_end();
    let root = ledger(text.as_bytes());
    assert_eq!(Day::read(root.path(), &id(DATE)).unwrap().offs.len(), 1);
    let looked = Day::look(root.path(), &id(DATE)).unwrap();
    assert_eq!((looked.offs.len(), looked.bad.len()), (2, 0));
    let (file, why) =
        (paths::file_name(GATE, at("2026-11-22T07:20:00Z"), 1, "mkv"), RetentionRule::Age);
    let removed = line(&LedgerEntry::Removed { file, at: at("2026-11-23T07:20:00Z"), why });
    let looked = ledger((open("07:20:00") + removed.trim_end()).as_bytes());
    let looked = Day::look(looked.path(), &id(DATE)).unwrap();
    assert!(looked.bad.is_empty() && !looked.is_thinned(), "nothing was removed yet");
    let torn = ledger(&text.as_bytes()[..text.len() - 1]);
    let looked = Day::look(torn.path(), &id(DATE)).unwrap();
    assert_eq!((looked.offs.len(), looked.bad.len()), (1, 1));
    assert_eq!(read(b"").offs.len(), 0);
    let nowhere = Day::read(Path::new("/nowhere"), &id(DATE)).unwrap();
    assert!(nowhere.runs.is_empty() && nowhere.read_to == 0);
}

#[test]
fn read_in_parts_is_as_read_at_once() {
    let mut archive = SimulatedRecorder::new();
    archive.settings.length = 5 * SECOND;
    archive.record(30 * SECOND);
    archive.protect();
    archive.set_clock(SignedDuration::from_secs(-12));
    archive.record(10 * SECOND);
    archive.kill();
    archive.closed(7 * SECOND);
    let text = fs::read(archive.ledger(DATE)).unwrap();
    let text =
        [&text[..text.len() / 2], b"\0\0\0\n{\"type\":\"o", &text[text.len() / 2..]].concat();
    let root = ledger(b"");
    let path = paths::ledger_path(root.path(), GATE, DATE);
    for step in [1, 7, 100, 1000] {
        fs::write(&path, b"").unwrap();
        let mut day = Day::read(root.path(), &id(DATE)).unwrap();
        for end in (0..text.len()).step_by(step).chain([text.len()]) {
            fs::write(&path, &text[..end]).unwrap();
            let lines = day.lines;
            assert_eq!(day.catch_up(root.path()).unwrap(), day.lines > lines);
        }
        assert_eq!(shape(&day), shape(&read(&text)), "{step}");
    }
}

/// All that a day tells, but the folder that it is in.
fn shape(day: &Day) -> String {
    let segments: Vec<_> =
        day.segments.iter().map(|it| (&it.segment, it.kept, it.position, it.run)).collect();
    let opens = opens(day);
    let opens: Vec<_> = opens.iter().map(|it| (it.start, it.kept, it.position)).collect();
    let rest = (&day.gaps, &day.offs, &day.holds, &day.runs, &day.bad);
    format!("{segments:?} {opens:?} {rest:?}")
}

#[test]
fn a_line_that_was_taken_back_is_forgotten() {
    let [first, second, other] = [off(1), off(2), off(3)];
    let root = ledger((first.clone() + &second).as_bytes());
    let path = paths::ledger_path(root.path(), GATE, DATE);
    let mut day = Day::read(root.path(), &id(DATE)).unwrap();
    assert!(!day.catch_up(root.path()).unwrap(), "nothing new");
    for (text, seconds) in
        [(first.clone() + &other, vec![1, 3]), (first.clone(), vec![1]), (String::new(), vec![])]
    {
        fs::write(&path, text).unwrap();
        assert!(day.catch_up(root.path()).unwrap());
        let told: Vec<_> = day.offs.iter().map(|off| off.at.as_second() % 60).collect();
        assert_eq!(told, seconds);
    }
    fs::write(&path, first).unwrap();
    assert!(day.catch_up(root.path()).unwrap() && day.offs.len() == 1);
    fs::remove_file(&path).unwrap();
    assert!(day.catch_up(root.path()).unwrap() && day.offs.is_empty());
}

#[test]
fn a_day_adds_up() {
    let mut archive = SimulatedRecorder::new();
    let first = archive.closed(SECOND);
    let second = archive.closed(SECOND);
    let third = archive.closed(SECOND);
    let now = archive.at();
    let keep = |path: &Path, keep| {
        archive.write(now, LedgerEntry::Keep { file: paths::name_of(path), keep, at: now });
    };
    keep(&first, true);
    keep(&second, true);
    keep(&first, false);
    let why = RetentionRule::Age;
    archive.write(now, LedgerEntry::Removed { file: paths::name_of(&third), at: now, why });
    let day = day(&archive, DATE);
    let flags: Vec<_> = day.segments.iter().map(|it| (it.kept, it.removed)).collect();
    assert_eq!(flags, [(false, false), (true, false), (false, true)]);
    assert!(day.file(&paths::name_of(&second)).unwrap().kept && day.is_thinned());
    let size = |path: &Path| fs::metadata(path).unwrap().len();
    let bytes = day.segments.iter().map(|it| it.segment.bytes);
    assert_eq!(bytes.collect::<Vec<_>>()[..2], [size(&first), size(&second)]);
    assert_eq!(day.file(&paths::name_of(&third)).unwrap().removed, Some(now));
    assert_eq!((day.runs.len(), opens(&day)), (1, vec![]));
}

#[test]
fn a_clock_that_is_set_back_cuts_a_run() {
    let mut archive = SimulatedRecorder::new();
    archive.record(60 * SECOND);
    archive.set_clock(SignedDuration::from_secs(-30));
    archive.closed(20 * SECOND);
    let day = day(&archive, DATE);
    let [first, second] = &day.runs[..] else { panic!("two runs: {:?}", day.runs) };
    assert_eq!(second.after, Some(first.last));
    assert_eq!((second.first, second.last), (day.gaps[0].end, archive.at()));
    let ends: Vec<_> = day.segments.iter().map(|it| (it.run, it.segment.end)).collect();
    assert_eq!(ends, [(0, first.last), (1, second.last)]);
}

#[test]
fn a_day_that_is_lived_again_is_cut_where_its_files_go_back() {
    // As it is where the gap is in the ledger of the day before, in which the clock was set back to.
    let day = read((open("00:00:00") + &open("00:10:00") + &open("00:00:01")).as_bytes());
    assert_eq!(day.runs.len(), 2);
    let lines: Vec<_> = day.runs.iter().map(|run| run.line).collect();
    assert_eq!(lines, [1, 3]);
}

#[test]
fn a_gap_back_into_another_day_leads_there_and_counts_there() {
    let back = gap("2026-11-22T00:10:00Z", "2026-11-21T23:40:00Z", Cause::ClockChanged);
    let day = read((open("00:00:00") + &back + &open("00:15:00")).as_bytes());
    assert!(day.gaps.is_empty());
    assert_eq!(day.runs[0].leads_to, Some(at("2026-11-21T23:40:00Z")));
    assert_eq!(day.runs[0].last, at("2026-11-22T00:10:00Z"));
    assert_eq!(day.runs.len(), 2, "what comes then is another life of that day");
    let forth = gap("2027-01-08T00:10:00Z", "2026-11-22T00:00:00Z", Cause::ClockChanged);
    let day = read((open("00:30:00") + &forth + &open("00:00:00")).as_bytes());
    assert_eq!(day.runs.len(), 2);
    assert_eq!(day.runs[1].after, Some(at("2027-01-08T00:10:00Z")));
}

#[test]
fn a_gap_back_that_is_told_late_cuts_where_it_was() {
    let late = gap("2026-11-22T07:25:00Z", "2026-11-22T07:22:00Z", Cause::ClockChanged);
    // Begun at 7:20, killed at 7:25, begun again at 7:22, and once more at 7:30.
    let begun = open("07:20:00") + &open("07:22:00") + &open("07:30:00");
    let day = read((begun.clone() + &late).as_bytes());
    let expected = [
        ("22 07:20:00".to_owned(), "22 07:20:00".to_owned(), None, 1),
        ("22 07:22:00".to_owned(), "22 07:30:00".to_owned(), Some("22 07:25:00".to_owned()), 2),
    ];
    assert_eq!(brief(&day), expected);
    let run = |clock: &str| {
        let start = at(&format!("2026-11-22T{clock}Z"));
        day.run_of(&paths::file_name(GATE, start, 1, "mkv"))
    };
    assert_eq!([run("07:20:00"), run("07:22:00"), run("07:30:00")], [Some(0), Some(1), Some(1)]);
    let earlier = open("07:50:00") + &begun;
    let day = read((earlier + &late).as_bytes());
    assert_eq!(day.runs.len(), 3, "{:?}", brief(&day));
    assert_eq!(day.runs[2].after, Some(at("2026-11-22T07:25:00Z")));
}

#[test]
fn a_gap_back_to_the_very_moment_in_which_a_file_of_before_began_cuts_where_it_is_told() {
    let back = gap("2026-11-22T07:25:00Z", "2026-11-22T07:22:00Z", Cause::ClockChanged);
    let day = read((open("07:20:00") + &open("07:22:00") + &off(300) + &back).as_bytes());
    let expected = [
        ("22 07:20:00".to_owned(), "22 07:25:00".to_owned(), None, 1),
        ("22 07:22:00".to_owned(), "22 07:22:00".to_owned(), Some("22 07:25:00".to_owned()), 4),
    ];
    assert_eq!(brief(&day), expected);
}

#[test]
fn a_gap_back_came_late_behind_the_file_that_it_leads_to_unless_its_start_was_told_since() {
    let to = |end: &str, start: &str| {
        let [start, end] = [start, end].map(|clock| format!("2026-11-22T{clock}Z"));
        gap(&start, &end, Cause::ClockChanged)
    };
    let begun = open("07:20:00") + &open("07:22:00");
    let second = to("07:22:00", "07:26:00");
    for (text, late) in [
        (open("07:20:00") + &to("07:22:00", "07:25:00") + &open("07:22:00"), vec![false]),
        (begun.clone() + &to("07:22:00", "07:25:00"), vec![true]),
        (begun.clone() + &open("07:30:00") + &to("07:22:00", "07:25:00"), vec![true]),
        (begun.clone() + &off(300) + &to("07:22:00", "07:25:00"), vec![false]),
        // As where the ledger could not be read when that file was begun.
        (
            open("07:20:00") + &off(300) + &open("07:22:00") + &to("07:22:00", "07:25:00"),
            vec![true],
        ),
        (begun.clone() + &to("07:22:00", "07:25:00") + &second, vec![true, false]),
        (begun + &to("07:22:01", "07:25:00"), vec![false]),
    ] {
        let day = read(text.as_bytes());
        assert_eq!(day.gaps.iter().map(|gap| gap.late).collect::<Vec<_>>(), late, "{text}");
    }
}

#[test]
fn a_gap_that_is_told_late_tells_what_the_run_follows_that_it_leads_to() {
    let (killed, end, begin) =
        (Cause::ProgramKilled, "2026-11-21T23:59:50Z", "2026-11-22T00:00:10Z");
    let day = read((open("00:00:10") + &open("00:10:00") + &gap(end, begin, killed)).as_bytes());
    let expected = ("21 23:59:50".to_owned(), "22 00:10:00".to_owned(), None, 1);
    assert_eq!(brief(&day), [expected]);
}

#[test]
fn a_gap_back_that_is_told_late_and_leads_to_an_off_cuts_there_and_ends_no_file_that_was_begun_since()
 {
    let [off, begin] = ["2026-11-22T07:22:00Z", "2026-11-22T07:23:00Z"];
    // Begun at 7:20, killed at 7:25; the clock is set back to 7:22, and it is to record from 7:23 on.
    let cause = Cause::NotScheduled;
    let text = open("07:20:00")
        + &line(&LedgerEntry::Off { at: at(off), cause })
        + &gap(off, begin, cause)
        + &open("07:23:00")
        + &gap("2026-11-22T07:25:00Z", off, Cause::ClockChanged);
    let day = read(text.as_bytes());
    let expected = [
        ("22 07:20:00".to_owned(), "22 07:20:00".to_owned(), None, 1),
        ("22 07:22:00".to_owned(), "22 07:23:00".to_owned(), Some("22 07:25:00".to_owned()), 2),
    ];
    assert_eq!(brief(&day), expected);
    let runs: Vec<_> = day.begun.iter().map(|open| open.run).collect();
    assert_eq!((runs, day.gaps[0].run, day.gaps[1].run), (vec![0, 1], 1, 1));
    let history = History::of(Path::new(""), GATE, std::iter::once(&day));
    let next = history.next_of(&day.begun[1]);
    assert_eq!((next.at, next.cause), (None, None));
}

#[test]
fn a_gap_back_to_the_very_moment_in_which_the_day_began_does_not_begin_it() {
    let back = gap("2026-11-22T07:25:00Z", "2026-11-22T07:22:00Z", Cause::ClockChanged);
    let day = read((open("07:22:00") + &off(300) + &back + &open("07:22:00")).as_bytes());
    let expected = [
        ("22 07:22:00".to_owned(), "22 07:25:00".to_owned(), None, 1),
        ("22 07:22:00".to_owned(), "22 07:22:00".to_owned(), Some("22 07:25:00".to_owned()), 3),
    ];
    assert_eq!(brief(&day), expected);
}

#[test]
fn opens_are_those_that_no_line_explains() {
    let mut archive = SimulatedRecorder::new();
    archive.closed(SECOND);
    archive.record(SECOND);
    archive.protect();
    archive.kill();
    let open = opens(&day(&archive, day_of(archive.at())));
    assert_eq!((open.len(), open[0].kept, open[0].part()), (1, true, archive.part()));
    let (start, end) = (open[0].start, archive.at());
    let cause = Cause::DiskError;
    archive.write(end, LedgerEntry::Gap { start, end, cause, detail: None });
    assert_eq!(opens(&day(&archive, DATE)), [], "given up");
}

#[test]
fn a_gap_that_is_told_late_belongs_where_its_file_is() {
    let killed = Cause::ProgramKilled;
    let (day, ends) = ("2026-11-22T", "Z");
    let tell = |from: &str, to: &str, cause| {
        gap(&format!("{day}{from}{ends}"), &format!("{day}{to}{ends}"), cause)
    };
    // Begun at 19:00, killed, begun again at 19:10, killed; the clock is set back, and only then is it
    // known where the first ended.
    let text = open("19:00:00")
        + &open("19:10:00")
        + &tell("19:15:00", "17:17:00", Cause::ClockChanged)
        + &open("17:17:00")
        + &tell("19:01:00", "19:10:00", killed);
    let found = read(text.as_bytes());
    assert_eq!(found.runs.len(), 2);
    assert_eq!(found.runs[0].told, Some(at("2026-11-22T19:10:00Z")));
    assert_eq!(found.runs[1].told, Some(at("2026-11-22T17:17:00Z")), "{:?}", found.runs);
    assert_eq!(found.runs[1].last, at("2026-11-22T17:17:00Z"));
    // The same where nothing was begun behind the first, only the cause became another.
    let off = line(&LedgerEntry::Off { at: at("2026-11-22T19:10:00Z"), cause: Cause::DiskFull });
    let text = open("19:00:00")
        + &off
        + &tell("19:10:00", "17:17:00", Cause::ClockChanged)
        + &open("17:17:00")
        + &tell("19:01:00", "19:10:00", killed);
    let found = read(text.as_bytes());
    assert_eq!(found.runs[1].told, Some(at("2026-11-22T17:17:00Z")), "{:?}", found.runs);
    // One that is told in its time, also where the other run knows that time.
    let off = line(&LedgerEntry::Off { at: at("2026-11-22T19:05:00Z"), cause: killed });
    let now = tell("19:05:00", "19:10:00", killed);
    let found = read((text + &off + &now).as_bytes());
    assert_eq!(found.runs[1].told, Some(at("2026-11-22T19:10:00Z")));
}

#[test]
fn a_gap_that_begins_where_a_file_begins_gives_it_up_whichever_way_it_goes() {
    for (end, backward) in [("19:20:00", false), ("18:00:00", true)] {
        let cause = if backward { Cause::ClockChanged } else { Cause::ProgramKilled };
        let nothing = gap("2026-11-22T19:10:00Z", &format!("2026-11-22T{end}Z"), cause);
        let day = read((open("19:10:00") + &open(end) + &nothing).as_bytes());
        let opens: Vec<_> = opens(&day).iter().map(|open| open.start).collect();
        assert_eq!(opens, [at(&format!("2026-11-22T{end}Z"))], "{end}");
    }
}

#[test]
fn a_gap_of_an_earlier_era_that_is_told_late_gives_up_no_file_of_a_later_one() {
    let text = open("19:00:00")
        + &open("20:00:00")
        // The clock is set back between the two, by the time of day.
        + &gap("2026-11-22T20:05:00Z", "2026-11-22T19:30:00Z", Cause::ClockChanged)
        + &open("19:30:00")
        + &gap("2026-11-22T19:10:00Z", "2026-11-22T20:00:00Z", Cause::ProgramKilled);
    let found = opens(&read(text.as_bytes()));
    assert_eq!(found.last().map(|open| open.start), Some(at("2026-11-22T20:00:00Z")));
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn where_a_file_ended_that_nobody_closed_is_what_was_told_of_it_behind_the_next() {
    let seen = LedgerEntry::Off { at: at("2026-11-22T19:00:00Z"), cause: Cause::ClockChanged };
    let text = open("19:00:00") + &line(&seen) + &open("18:30:00");
    let late = gap("2026-11-22T19:04:00Z", "2026-11-22T18:30:00Z", Cause::ClockChanged);
    let next = |text: String| {
        let day = read(text.as_bytes());
        let history = History::of(Path::new(""), GATE, std::iter::once(&day));
        let first = history.opens().iter().max_by_key(|open| open.start).cloned();
        let next = history.next_of(&first.unwrap());
        (next.at.unwrap(), next.cause)
    };
    let told = at("2026-11-22T18:30:00Z");
    assert_eq!(next(text.clone()), (told, Some(Cause::ClockChanged)));
    assert_eq!(next(text + &late), (at("2026-11-22T19:04:00Z"), None));
}

#[test]
fn a_file_follows_the_one_that_its_line_names_which_nobody_closed_yet() {
    let begin = |clock: &str, after: &str| {
        let [start, after] = [clock, after].map(|clock| at(&format!("2026-11-{clock}Z")));
        let file = paths::file_name(GATE, start, 1, "mkv");
        line(&LedgerEntry::Open { file, start, after: Some(after) })
    };
    let (before, after) = ("22T07:20:00", "22T07:25:00");
    let on = read((open("07:20:00") + &begin(after, before)).as_bytes());
    assert_eq!(on.runs.len(), 1, "it goes on");
    // Back into what was recorded before, whose files end earlier, and forth again.
    let back = read((open("07:20:00") + &begin(after, "23T00:00:04")).as_bytes());
    let links: Vec<_> = back.runs.iter().map(|run| run.after).collect();
    assert_eq!(links, [None, Some(at("2026-11-23T00:00:04Z"))]);
    let left = begin("21T23:59:00", before);
    let forth = read((open("07:20:00") + &left + &begin(after, "21T23:59:00")).as_bytes());
    assert_eq!(forth.runs[0].leads_to, Some(at("2026-11-21T23:59:00Z")));
    assert_eq!(forth.runs[1].after, Some(at("2026-11-21T23:59:00Z")));
    assert_eq!((forth.runs.len(), forth.begun.len()), (2, 2), "that one is in its own day");
    // It is told where that one ended.
    let told = gap("2026-11-21T23:59:07Z", "2026-11-22T07:25:00Z", Cause::ProgramKilled);
    let text = open("07:20:00") + &left + &begin(after, "21T23:59:00") + &told;
    let run = &read(text.as_bytes()).runs[1];
    assert_eq!((run.first, run.after), (at("2026-11-21T23:59:07Z"), None));
}
