use std::fs;
use std::time::Duration;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::*;
use crate::Cause;
use crate::ledger::entry::{LedgerEntry, RetentionRule};
use crate::paths::{day_of, name_of};
use crate::simulation::{GATE, SimulatedRecorder};

const SECOND: Duration = Duration::from_secs(1);
const TENTH: Duration = Duration::from_millis(100);

fn verify_as(archive: &SimulatedRecorder, running: bool) -> Vec<String> {
    let root = archive.root();
    let (_, faults) = verify(root, GATE, running, &mut |_, _| {}).unwrap();
    let brief = |fault: &Fault| {
        let text = format!("{}: {}", fault.location(), fault.kind);
        text.strip_prefix(&format!("{}/gate/", root.display())).unwrap().to_owned()
    };
    faults.iter().map(brief).collect()
}

fn faults(archive: &SimulatedRecorder) -> Vec<String> {
    verify_as(archive, false)
}

/// That there is exactly one fault, which names the file and says what is wrong.
fn assert_one(faults: &[String], file: &str, what: &str) {
    assert_eq!(faults.len(), 1, "{faults:#?}");
    assert!(faults[0].contains(file) && faults[0].contains(what), "{faults:?}");
}

/// Three segments with a gap, without a fault, and their files.
fn sound() -> (SimulatedRecorder, Vec<PathBuf>) {
    let mut archive = SimulatedRecorder::new();
    let mut paths = vec![archive.segment(10 * SECOND), archive.segment(10 * SECOND)];
    archive.interrupt(Cause::CameraOffline, 5 * SECOND);
    paths.push(archive.segment(10 * SECOND));
    archive.finish();
    assert_eq!(faults(&archive), [""; 0]);
    (archive, paths)
}

/// Changes the lines of the ledger of the archive's day.
fn edit(archive: &SimulatedRecorder, change: impl FnOnce(&mut Vec<String>)) {
    let path = archive.ledger(day_of(archive.at()));
    let mut lines: Vec<_> = fs::read_to_string(&path).unwrap().lines().map(str::to_owned).collect();
    change(&mut lines);
    fs::write(&path, lines.join("\n") + "\n").unwrap();
}

#[test]
fn a_file_begun_in_the_moment_of_a_kill_lacks_no_time() {
    let (archive, paths) = sound();
    let name = name_of(&paths[1]);
    let other = name.replace(".mkv", "_2.mkv");
    let begin = |archive: &SimulatedRecorder, file: &str, at: usize| {
        edit(archive, |lines| {
            let is_open = |line: &String| line.contains("open") && line.contains(&name);
            let open = lines.iter().position(is_open).unwrap();
            lines.insert(open + at, lines[open].replace(&name, file));
        });
    };
    // Killed, and started again in no time: nothing is left of it, and nothing is missing.
    begin(&archive, &other, 0);
    assert_eq!(faults(&archive), [""; 0]);
    // Begun last, it may have had a time of its own.
    begin(&archive, &name.replace(".mkv", "_3.mkv"), 1);
    assert!(faults(&archive).iter().any(|fault| fault.contains("_3.mkv")));
}

#[test]
fn a_flipped_byte_is_found() {
    let (archive, paths) = sound();
    let mut bytes = fs::read(&paths[1]).unwrap();
    bytes[3] ^= 1;
    fs::write(&paths[1], bytes).unwrap();
    assert_one(&faults(&archive), &name_of(&paths[1]), "other content");
}

#[test]
fn a_cut_file_is_found() {
    let (archive, paths) = sound();
    let bytes = fs::read(&paths[0]).unwrap();
    fs::write(&paths[0], &bytes[1..]).unwrap();
    let what = format!("has {} bytes; the ledger says {}", bytes.len() - 1, bytes.len());
    assert_one(&faults(&archive), &name_of(&paths[0]), &what);
}

#[test]
fn a_deleted_file_is_found_unless_retention_took_it() {
    let (archive, paths) = sound();
    fs::remove_file(&paths[0]).unwrap();
    assert_one(&faults(&archive), &name_of(&paths[0]), "is missing");
    assert_one(&verify_as(&archive, true), &name_of(&paths[0]), "is missing");
    let at = archive.at();
    archive.write(
        at,
        LedgerEntry::Removed { file: name_of(&paths[0]), at, why: RetentionRule::Total },
    );
    assert_eq!(faults(&archive), [""; 0]);
    archive.write(
        at,
        LedgerEntry::Removed { file: name_of(&paths[1]), at, why: RetentionRule::Total },
    );
    assert_one(&faults(&archive), &name_of(&paths[1]), "still there");
    assert_eq!(verify_as(&archive, true), [""; 0], "it may be about to go");
}

#[test]
fn a_folder_in_place_of_a_file_is_found() {
    let (archive, paths) = sound();
    fs::remove_file(&paths[0]).unwrap();
    fs::create_dir(&paths[0]).unwrap();
    assert_one(&faults(&archive), &name_of(&paths[0]), "can't be read");
}

#[test]
fn files_that_no_line_tells_of_are_found() {
    let (archive, paths) = sound();
    let folder = paths[0].parent().unwrap();
    let odd = "gate_2026-11-22T09-00-00Z.mkv";
    fs::write(folder.join(odd), "").unwrap();
    for ours_not in ["notes.txt", "gate_2026-11-22T09-00-00Z.png", "holiday.mkv"] {
        fs::write(folder.join(ours_not), "").unwrap();
    }
    assert_one(&faults(&archive), odd, "is not in the ledger");
    fs::remove_file(folder.join(odd)).unwrap();
    let moved = archive.root().join(GATE).join(name_of(&paths[0]));
    fs::rename(&paths[0], &moved).unwrap();
    let found = faults(&archive);
    assert!(found.len() == 2 && found[0].ends_with("is missing"), "{found:?}");
    assert!(found[1].starts_with("gate_") && found[1].ends_with("is not in the ledger"));
}

#[test]
fn unfinished_files_are_faults_unless_they_are_being_written() {
    let (mut archive, _) = sound();
    archive.record(SECOND);
    archive.kill();
    let part = archive.part();
    assert_one(&faults(&archive), &name_of(&part), "was left unfinished");
    assert_eq!(verify_as(&archive, true), [""; 0]);
    let whole = part.with_extension("");
    fs::rename(&part, &whole).unwrap();
    assert_one(&faults(&archive), &name_of(&whole), "is not closed in the ledger");
    assert_eq!(verify_as(&archive, true), [""; 0]);
    fs::remove_file(&whole).unwrap();
    assert_one(&faults(&archive), &name_of(&whole), "was begun");
}

#[test]
fn torn_lines_are_found_with_their_place() {
    let (archive, _) = sound();
    edit(&archive, |lines| lines.insert(2, "{\"type\":\"segm".to_owned()));
    assert_one(&faults(&archive), "gate_2026-11-22.ledger.jsonl:3: ", "torn");
}

#[test]
fn holes_overlaps_and_turned_times_are_found() {
    let is_gap = |line: &&mut String| line.contains("\"type\":\"gap\"");
    let (archive, _) = sound();
    edit(&archive, |lines| lines.retain(|line| !line.contains("\"gap\"")));
    assert_one(
        &faults(&archive),
        ".ledger.jsonl:",
        "nothing tells what was from 2026-11-22T07:20:20.000Z to 2026-11-22T07:20:25.000Z (0:00:05.000)",
    );
    let (archive, paths) = sound();
    edit(&archive, |lines| {
        let line = lines.iter_mut().find(is_gap).unwrap();
        *line = line.replace("07:20:20.000Z", "07:20:19.999Z");
    });
    let what = format!("0:00:00.001 before {} ends", name_of(&paths[1]));
    assert_one(&faults(&archive), ".ledger.jsonl:", &what);
    let (archive, _) = sound();
    edit(&archive, |lines| {
        let line = lines.iter_mut().find(is_gap).unwrap();
        *line = line.replace("07:20:25.000Z", "07:20:15.000Z");
    });
    let found = faults(&archive);
    assert!(found[0].contains("ends before it begins"), "{found:?}");
}

#[test]
fn a_clock_set_back_is_no_fault_but_a_hole_behind_it_is() {
    let (mut archive, _) = sound();
    archive.record(5 * SECOND);
    archive.set_clock(SignedDuration::from_secs(-20));
    archive.record(5 * SECOND);
    let path = archive.segment(60 * SECOND);
    archive.segment(SECOND);
    archive.finish();
    assert_eq!(faults(&archive), [""; 0]);
    edit(&archive, |lines| lines.retain(|line| !line.contains(&name_of(&path))));
    let found = faults(&archive);
    assert!(found.iter().any(|fault| fault.contains("nothing tells what was")), "{found:?}");
}

#[test]
fn what_follows_an_open_segment_may_join_it() {
    let (archive, paths) = sound();
    let part = paths::part_of(&paths[0]);
    fs::rename(&paths[0], &part).unwrap();
    let closes = format!("\"segment\",\"file\":\"{}\"", name_of(&paths[0]));
    edit(&archive, |lines| lines.retain(|line| !line.contains(&closes)));
    assert_one(&faults(&archive), &name_of(&part), "was left unfinished");
    assert_eq!(verify_as(&archive, true), [""; 0], "its line may be under way");
}

#[test]
fn a_file_begun_in_the_moment_of_the_next_holds_no_time() {
    for (earlier, lost) in [(0, false), (1, true)] {
        let (archive, paths) = sound();
        let (next, empty) = (name_of(&paths[2]), paths[2].with_extension("mp4"));
        edit(&archive, |lines| {
            let is_next = |line: &LedgerEntry| matches!(line, LedgerEntry::Open { file, .. } if *file == next);
            let parsed = |line: &String| serde_json::from_str::<LedgerEntry>(line).unwrap();
            let place = lines.iter().position(|line| is_next(&parsed(line))).unwrap();
            let LedgerEntry::Open { start, .. } = parsed(&lines[place]) else { unreachable!() };
            let start = start - SignedDuration::from_millis(earlier);
            let open = LedgerEntry::Open { file: name_of(&empty), start, after: None };
            let off = LedgerEntry::Off { at: start, cause: Cause::ProgramKilled };
            let told = [open, off].map(|line| serde_json::to_string(&line).unwrap());
            lines.splice(place..place, told);
        });
        let only = |it: &String| it.contains(&name_of(&empty)) && it.contains("is not there");
        assert_eq!(faults(&archive).iter().any(only), lost);
        assert!(lost || faults(&archive).is_empty(), "{:?}", faults(&archive));
        // What is there of it is told, as ever.
        let part = paths::part_of(&empty);
        fs::write(&part, "").unwrap();
        assert!(faults(&archive).iter().any(|it| it.contains(&name_of(&part))));
    }
}

#[test]
fn a_stretch_over_several_others_is_found_once() {
    let (archive, _) = sound();
    let end = archive.at();
    let start = end - SignedDuration::from_secs(25);
    let cause = Cause::DiskFull;
    archive.write(end, LedgerEntry::Gap { start, end, cause, detail: None });
    assert_one(&faults(&archive), ".ledger.jsonl:", "ends");
}

#[test]
fn a_day_that_retention_took_whole_is_no_hole() {
    let mut archive = SimulatedRecorder::new();
    let first = archive.segment(10 * SECOND);
    archive.protect();
    archive.finish();
    assert!(first.exists());
    archive.pass(24 * 3600 * SECOND);
    let gone = [archive.segment(10 * SECOND), archive.segment(10 * SECOND)];
    let day = day_of(archive.at());
    archive.finish();
    archive.pass(24 * 3600 * SECOND);
    archive.segment(10 * SECOND);
    archive.finish();
    assert_eq!(faults(&archive), [""; 0]);
    for path in gone {
        fs::remove_file(path).unwrap();
    }
    fs::remove_file(archive.ledger(day)).unwrap();
    assert_eq!(faults(&archive), [""; 0]);
}

#[test]
fn a_segment_told_twice_is_found() {
    let (archive, paths) = sound();
    edit(&archive, |lines| {
        let line = lines.iter().find(|line| line.contains("\"segment\"")).unwrap();
        lines.push(line.replace("\"packets\":100", "\"packets\":101"));
    });
    let found = faults(&archive);
    assert!(
        found[0].contains("a second time") && found[0].contains(&name_of(&paths[0])),
        "{found:?}"
    );
}

#[test]
fn a_hash_that_is_none_is_found() {
    let (archive, paths) = sound();
    edit(&archive, |lines| {
        let line = lines.iter_mut().find(|line| line.contains("\"segment\"")).unwrap();
        *line = line.replace("\"hash\":\"", "\"hash\":\"x");
    });
    assert_one(&faults(&archive), &name_of(&paths[0]), "no sound hash");
}

#[test]
fn only_a_lock_that_is_held_is_a_running_camwall() {
    let archive = SimulatedRecorder::new();
    assert!(!is_recording(archive.root()));
    let lock = File::create(archive.root().join(paths::LOCK)).unwrap();
    assert!(!is_recording(archive.root()));
    lock.try_lock().unwrap();
    assert!(is_recording(archive.root()));
    lock.unlock().unwrap();
    assert!(!is_recording(archive.root()));
    lock.try_lock().expect("asking leaves no lock behind");
}

#[test]
fn lengths_read_as_on_a_clock() {
    for (ms, text) in [
        (0, "0:00:00.000"),
        (61_001, "0:01:01.001"),
        (360_000_000, "100:00:00.000"),
        (-1_500, "-0:00:01.500"),
    ] {
        assert_eq!(format_length(SignedDuration::from_millis(ms)), text);
    }
}

/// What may happen to a recording; lengths of segments in tenths of a second.
#[derive(Clone, Debug)]
enum Event {
    Segments(Vec<u32>),
    Off(Cause, u32),
    /// Away for so many seconds.
    Ended(u64),
    /// Killed so far into a segment, back after so many seconds.
    KilledOpen(u32, u64),
    KilledBetween(u64),
}

fn event() -> impl Strategy<Value = Event> {
    use Event as E;
    // Long enough for the next try on a disk that was full, and the next key frame.
    let tenths = || 40..200_u32;
    // Up to 30 h: over midnight, and over a day without any.
    let away = || prop_oneof![0..5_u64, 1..108_000_u64];
    let causes = [Cause::CameraOffline, Cause::DiskFull, Cause::StoppedByHand];
    prop_oneof![
        proptest::collection::vec(tenths(), 1..4).prop_map(E::Segments),
        (proptest::sample::select(causes.to_vec()), tenths())
            .prop_map(|(cause, time)| E::Off(cause, time)),
        away().prop_map(E::Ended),
        (tenths(), away()).prop_map(|(open, away)| E::KilledOpen(open, away)),
        away().prop_map(E::KilledBetween),
    ]
}

fn play(events: &[Event]) -> SimulatedRecorder {
    let mut archive = SimulatedRecorder::new();
    archive.segment(SECOND);
    for event in events {
        match event {
            Event::Segments(lengths) => {
                for tenths in lengths {
                    archive.segment(*tenths * TENTH);
                }
            }
            Event::Off(cause, tenths) => archive.interrupt(*cause, *tenths * TENTH),
            Event::Ended(away) => {
                archive.finish();
                archive.pass(Duration::from_secs(*away));
            }
            Event::KilledOpen(open, away) => {
                archive.segment(*open * TENTH);
                archive.kill();
                archive.pass(Duration::from_secs(*away));
            }
            Event::KilledBetween(away) => {
                archive.closed(4 * SECOND);
                archive.pass(Duration::from_secs(*away));
            }
        }
    }
    // Long enough for the next key frame and the next try.
    archive.segment(5 * SECOND);
    archive.finish();
    archive
}

/// All lines that account for time: ledger, and number from 0.
fn accounts(root: &Path) -> Vec<(PathBuf, usize)> {
    let mut found = Vec::new();
    for day in crate::ledger::history::days(root, GATE).unwrap() {
        let path = paths::ledger_path(root, GATE, day);
        let text = fs::read_to_string(&path).unwrap_or_default();
        let accounting = text.lines().enumerate().filter(|(_, line)| {
            line.contains("\"type\":\"segment\"") || line.contains("\"type\":\"gap\"")
        });
        found.extend(accounting.map(|(at, _)| (path.clone(), at)));
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn whatever_happens_adds_up_and_no_line_can_go(
        events in proptest::collection::vec(event(), 0..8),
        which in any::<proptest::sample::Index>(),
    ) {
        let archive = play(&events);
        prop_assert_eq!(faults(&archive), Vec::<String>::new());
        let history = History::read(archive.root(), GATE).unwrap();
        let recorded = history.segments().iter().map(|it| (it.segment.start, it.segment.end));
        let gaps = history.gaps().iter().map(|gap| (gap.start, gap.end));
        let sum: SignedDuration =
            recorded.chain(gaps).map(|(start, end)| end.duration_since(start)).sum();
        let began = history.segments()[0].segment.start;
        prop_assert_eq!(sum, archive.at().duration_since(began), "no second is lost");

        let accounts = accounts(archive.root());
        let (ledger, at) = which.get(&accounts);
        let text = fs::read_to_string(ledger).unwrap();
        let left: String =
            text.lines().enumerate().filter(|(n, _)| n != at).map(|(_, l)| format!("{l}\n")).collect();
        fs::write(ledger, left).unwrap();
        prop_assert!(!faults(&archive).is_empty());
    }
}

/// Counts what is told to it.
#[derive(Default)]
struct Counts(u64, u32);

impl crate::pace::Pace for Counts {
    fn took(&mut self, bytes: u64) -> std::io::Result<()> {
        (self.0, self.1) = (self.0 + bytes, self.1 + 1);
        Ok(())
    }
}

#[test]
fn every_byte_that_is_read_is_told_to_the_pace_in_small_pieces() {
    let mut archive = SimulatedRecorder::new();
    let path = archive.closed(std::time::Duration::from_secs(5));
    let mut pace = Counts::default();
    let verified = verify_at(archive.root(), GATE, false, &mut pace, &mut |_, _| {});
    assert!(verified.unwrap().1.is_empty());
    assert_eq!(pace.0, std::fs::metadata(&path).unwrap().len());
    let large = archive.root().join("large");
    std::fs::File::create(&large).unwrap().set_len(10_000_000).unwrap();
    let mut pace = Counts::default();
    let (bytes, hash) = measure(&large, &mut pace).unwrap();
    assert_eq!((bytes, pace.0), (10_000_000, 10_000_000));
    assert!(pace.1 >= 9, "{} pieces", pace.1);
    assert_eq!(hash, blake3::hash(&vec![0; 10_000_000]));
}

#[test]
fn beside_a_camwall_that_records_no_more_is_read_than_the_rate() {
    let mut archive = SimulatedRecorder::new();
    let path = archive.closed(SECOND);
    let bytes = 20_000_000;
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(bytes).unwrap();
    let lock = File::create(archive.root().join(paths::LOCK)).unwrap();
    lock.try_lock().unwrap();
    let begun = Instant::now();
    assert_one(&verify_as(&archive, true), "gate_", "20000000");
    let least = Duration::from_secs(bytes) / pace::RATE - TENTH;
    assert!(begun.elapsed() >= least, "{:?} for {bytes} bytes", begun.elapsed());
}
