//! Whole files of which no line tells, on real files.

use std::fs;
use std::path::Path;
use std::time::Duration;

use jiff::civil;

use super::*;
use crate::pace::Unpaced;
use crate::paths;
use crate::paths::name_of;
use crate::simulation::seeds::play_each;
use crate::simulation::{
    DiskFault, DiskOperation, GATE, SimulatedRecorder, at, day_of, numbers_in,
};
use crate::system::RecorderSystem;
use crate::{FaultKind, History};

const MINUTE: Duration = Duration::from_secs(60);

/// Three minutes in three files, a gap of one, and two minutes more.
fn archive(start: &str) -> SimulatedRecorder {
    let mut archive = SimulatedRecorder::starting_at(at(start));
    archive.settings.length = MINUTE;
    archive.record(3 * MINUTE);
    archive.finish();
    archive.pass(MINUTE);
    archive.record(2 * MINUTE);
    archive.finish();
    archive
}

/// Takes lines out of a ledger.
fn lose(archive: &SimulatedRecorder, date: civil::Date, which: impl Fn(&str) -> bool) {
    let path = archive.ledger(date);
    let text = fs::read_to_string(&path).unwrap();
    let left: String =
        text.lines().filter(|line| !which(line)).map(|line| format!("{line}\n")).collect();
    fs::write(path, left).unwrap();
}

/// How many files of a day are taken in, and whether any has to wait.
fn look(
    archive: &SimulatedRecorder,
    date: civil::Date,
    on_wall: bool,
) -> io::Result<(usize, bool)> {
    let system = archive.system();
    let mut day = DayLook::new(DayId { folder: GATE.into(), date }, Instant::now());
    let (mut all, mut more) = (0, true);
    while more {
        let taken;
        (taken, more) = day.go_on(system, system.archive(), on_wall, &mut Unpaced)?;
        all += taken;
    }
    Ok((all, day.waits))
}

fn take(archive: &SimulatedRecorder, date: civil::Date, on_wall: bool) -> usize {
    look(archive, date, on_wall).unwrap().0
}

fn faults(archive: &SimulatedRecorder) -> Vec<String> {
    let verified = crate::verify(archive.root(), GATE, false, &mut |_, _| {}).unwrap();
    verified.1.iter().map(|fault| format!("{}: {}", fault.path.display(), fault.kind)).collect()
}

#[test]
fn a_file_without_its_lines_is_taken_in_where_nothing_covers_its_time() {
    let archive = archive("2026-11-22T07:20:00Z");
    let date = day_of(archive.at());
    let before = History::read(archive.root(), GATE).unwrap();
    let lost = before.segments()[1].segment.clone();
    lose(&archive, date, |line| line.contains(&lost.file));
    assert!(!faults(&archive).is_empty());
    assert_eq!(take(&archive, date, true), 1);
    let after = History::read(archive.root(), GATE).unwrap();
    let found = &after.segments()[1].segment;
    assert_eq!((found.start, found.end, found.bytes), (lost.start, lost.end, lost.bytes));
    assert_eq!((&found.hash, found.packets, found.recovered), (&lost.hash, lost.packets, true));
    assert!(faults(&archive).is_empty(), "{:?}", faults(&archive));
    assert_eq!(take(&archive, date, true), 0, "once");
}

#[test]
fn a_file_as_long_as_a_group_of_its_hash_is_taken_in_too() {
    let archive = archive("2026-11-22T07:20:00Z");
    let (date, path) = (day_of(archive.at()), archive.files()[1].clone());
    lose(&archive, date, |line| line.contains(&name_of(&path)));
    // What stands behind the last cluster is passed over.
    fs::File::options().write(true).open(&path).unwrap().set_len(64 << 10).unwrap();
    assert_eq!(take(&archive, date, true), 1);
    let history = History::read(archive.root(), GATE).unwrap();
    let found = &history.segments()[1].segment;
    assert_eq!(found.hash, blake3::hash(&fs::read(&path).unwrap()).to_string());
    assert!(faults(&archive).is_empty(), "{:?}", faults(&archive));
}

#[test]
fn a_file_over_a_told_time_stays_nobody_s() {
    let archive = archive("2026-11-22T07:20:00Z");
    let date = day_of(archive.at());
    let files = archive.files();
    // Another copy of a file in the second before the end of the gap.
    let name = paths::file_name(GATE, at("2026-11-22T07:23:30Z"), 1, "mkv");
    fs::copy(&files[0], files[0].with_file_name(&name)).unwrap();
    // One that begins behind all that is told: somebody may still tell of that.
    let name = paths::file_name(GATE, at("2026-11-22T09:00:00Z"), 1, "mkv");
    fs::copy(&files[0], files[0].with_file_name(&name)).unwrap();
    // What is no film.
    let name = paths::file_name(GATE, at("2026-11-22T06:00:00Z"), 1, "mkv");
    fs::write(files[0].with_file_name(&name), "no film").unwrap();
    assert_eq!(take(&archive, date, true), 0);
    assert_eq!(faults(&archive).len(), 3);
}

#[test]
fn days_without_their_ledgers_are_taken_in_and_add_up() {
    let mut archive = archive("2026-11-20T23:57:00Z");
    for _ in 0..2 {
        archive.pass(Duration::from_secs(24 * 3600));
        archive.record(2 * MINUTE);
        archive.finish();
    }
    archive.pass(Duration::from_secs(24 * 3600));
    archive.record(MINUTE);
    archive.finish();
    let present = || History::read(archive.root(), GATE).unwrap().present().count();
    let all = present();
    let [first, second] = [civil::date(2026, 11, 21), civil::date(2026, 11, 22)];
    for date in [first, second] {
        fs::remove_file(archive.ledger(date)).unwrap();
    }
    assert!(present() < all);
    for date in [second, first] {
        assert!(take(&archive, date, true) > 0);
    }
    assert_eq!(present(), all);
    assert!(faults(&archive).is_empty(), "{:?}", faults(&archive));
}

#[test]
fn what_this_run_may_still_tell_of_is_left_alone() {
    let mut archive = archive("2026-11-22T07:20:00Z");
    let date = day_of(archive.at());
    let lost = paths::name_of(&archive.files()[1]);
    lose(&archive, date, |line| line.contains(&lost));
    archive.record(MINUTE / 2);
    archive.world().fault = disk_fault(&[DiskOperation::Append]);
    archive.run(MINUTE);
    assert!(look(&archive, date, true).is_err(), "its lines wait");
    archive.world().fault = None;
    archive.run(MINUTE);
    assert_eq!(take(&archive, date, true), 1);
    archive.finish();
    assert!(faults(&archive).is_empty(), "{:?}", faults(&archive));
    let text = fs::read_to_string(archive.ledger(date)).unwrap();
    let left: String =
        text.lines().filter(|line| !line.contains(&lost)).map(|line| format!("{line}\n")).collect();
    let open = format!("{{\"type\":\"open\",\"file\":\"{lost}\",");
    let open = format!("{open}\"start\":\"2026-11-22T07:21:00.000Z\"}}\n");
    fs::write(archive.ledger(date), left + &open).unwrap();
    assert_eq!(take(&archive, date, true), 0, "a line begins it: the mender has it");
}

fn disk_fault(operations: &[DiskOperation]) -> Option<DiskFault> {
    let code = rustix::io::Errno::IO.raw_os_error();
    Some(DiskFault { operations: operations.to_vec(), code, after: 0 })
}

/// Minutes of two days, ended so.
fn over_midnight(end: impl FnOnce(&mut SimulatedRecorder)) -> SimulatedRecorder {
    let mut archive = SimulatedRecorder::starting_at(at("2026-11-21T23:57:00.4Z"));
    archive.settings.length = MINUTE;
    archive.record(8 * MINUTE + MINUTE / 2);
    end(&mut archive);
    archive
}

/// What there is by the ledger: where it begins and ends.
fn spans(archive: &SimulatedRecorder) -> Vec<(Timestamp, Timestamp)> {
    let history = History::read(archive.root(), GATE).unwrap();
    history.segments().iter().map(|it| (it.segment.start, it.segment.end)).collect()
}

#[test]
fn a_lost_ledger_of_today_is_not_told_to_be_a_gap() {
    let ends: [fn(&mut SimulatedRecorder); 2] = [|it| it.kill(), |it| it.finish()];
    for end in ends {
        for goes_on in [true, false] {
            let mut archive = over_midnight(end);
            let today = day_of(archive.at());
            let before = archive.files().len();
            fs::remove_file(archive.ledger(today)).unwrap();
            archive.pass(MINUTE);
            if goes_on {
                archive.record(2 * MINUTE);
            } else {
                archive.intend(crate::Intent::Off(Cause::StoppedByHand));
                archive.run(2 * MINUTE);
            }
            assert!(take(&archive, today, true) > 0, "{}", archive.told_in_ledgers());
            archive.record(MINUTE);
            archive.finish();
            assert!(faults(&archive).is_empty(), "{:?}", faults(&archive));
            let spans = spans(&archive);
            assert!(spans.len() > before, "{spans:?}");
            let short = |(start, end): &(Timestamp, Timestamp)| {
                end.duration_since(*start) < SignedDuration::from_secs(28)
            };
            assert!(!spans[..before].iter().any(short), "{spans:?}");
            assert_eq!(take(&archive, today, true), 0, "once");
        }
    }
}

#[test]
fn files_whose_lines_a_kill_lost_are_not_told_to_be_a_gap() {
    let mut archive = SimulatedRecorder::starting_at(at("2026-11-22T07:20:00.4Z"));
    archive.settings.length = Duration::from_secs(5);
    archive.record(MINUTE);
    archive.world().fault = disk_fault(&[DiskOperation::Append]);
    archive.run(3 * MINUTE);
    archive.kill();
    archive.world().fault = None;
    let before = archive.files().len();
    archive.pass(MINUTE);
    archive.record(2 * MINUTE);
    assert!(take(&archive, day_of(archive.at()), true) > 0);
    archive.finish();
    assert!(faults(&archive).is_empty(), "{:?}", faults(&archive));
    assert!(spans(&archive).len() > before);
}

#[test]
fn where_nothing_can_be_taken_in_a_gap_is_told() {
    let mut archive = over_midnight(SimulatedRecorder::finish);
    let today = day_of(archive.at());
    fs::remove_file(archive.ledger(today)).unwrap();
    let lost: Vec<_> = archive
        .files()
        .into_iter()
        .filter(|path| path.to_string_lossy().contains("/22/"))
        .collect();
    for path in &lost {
        fs::write(path, "no film").unwrap();
    }
    archive.pass(MINUTE);
    archive.record(MINUTE);
    assert_eq!(take(&archive, today, true), 0);
    archive.finish();
    let told = faults(&archive);
    assert_eq!(told.len(), lost.len(), "each is nobody's, and that is all: {told:?}");
}

#[test]
fn a_board_that_does_not_know_the_time_takes_in_what_it_lost() {
    for sets_clock in [true, false] {
        let mut archive = over_midnight(SimulatedRecorder::finish);
        let (today, before) = (day_of(archive.at()), archive.files().len());
        fs::remove_file(archive.ledger(today)).unwrap();
        archive.pass(MINUTE);
        let years = archive.at().duration_since(at("2000-01-01T00:00:00Z"));
        archive.set_clock(-years);
        archive.record(2 * MINUTE);
        if sets_clock {
            archive.set_clock(years);
            archive.record(2 * MINUTE);
        }
        assert!(take(&archive, today, true) > 0, "{}", archive.told_in_ledgers());
        archive.record(MINUTE);
        archive.finish();
        assert!(faults(&archive).is_empty(), "{:?}", faults(&archive));
        let history = History::read(archive.root(), GATE).unwrap();
        let lost = |gap: &&crate::Gap| gap.cause == Cause::DiskError;
        assert_eq!(history.gaps().iter().filter(lost).count(), 0, "{:#?}", history.gaps());
        assert!(history.present().count() > before);
    }
}

#[test]
fn a_ledger_that_can_be_read_later_tells_no_gap_over_files_whose_own_is_lost() {
    for cut in [true, false] {
        let mut archive = over_midnight(SimulatedRecorder::finish);
        let today = day_of(archive.at());
        fs::remove_file(archive.ledger(today)).unwrap();
        let last = archive.ledger(today.yesterday().unwrap());
        if cut {
            // Its last file is whole, too, and only begun.
            let text = fs::read_to_string(&last).unwrap();
            let lines = text.lines().count() - 1;
            let left: String = text.lines().take(lines).map(|line| format!("{line}\n")).collect();
            fs::write(&last, left).unwrap();
        }
        fs::rename(&last, last.with_extension("aside")).unwrap();
        fs::create_dir(&last).unwrap();
        archive.pass(MINUTE);
        archive.record(2 * MINUTE);
        fs::remove_dir(&last).unwrap();
        fs::rename(last.with_extension("aside"), &last).unwrap();
        archive.record(3 * MINUTE);
        assert!(take(&archive, today, true) > 0, "{}", archive.told_in_ledgers());
        archive.finish();
        let told = archive.told_in_ledgers();
        assert!(faults(&archive).is_empty(), "{cut}: {:?}\n{told}", faults(&archive));
        assert_eq!(spans(&archive).len(), archive.files().len(), "{cut}: {told}");
    }
}

#[test]
fn no_gap_is_told_over_files_that_were_not_looked_at() {
    let mut archive = SimulatedRecorder::starting_at(at("2026-11-21T23:59:00.4Z"));
    archive.settings.length = Duration::from_secs(2);
    archive.record(6 * MINUTE);
    archive.finish();
    let today = day_of(archive.at());
    fs::remove_file(archive.ledger(today)).unwrap();
    archive.record(MINUTE);
    let system = archive.system();
    let mut day = DayLook::new(DayId { folder: GATE.into(), date: today }, Instant::now());
    let mut go_on = || day.go_on(system, system.archive(), true, &mut Unpaced).unwrap();
    assert_eq!(go_on(), (AT_ONCE, true));
    let gaps = History::read(archive.root(), GATE).unwrap().gaps().to_vec();
    assert!(gaps.iter().all(|gap| gap.cause != Cause::DiskError), "{gaps:#?}");
    assert!(matches!(go_on(), (10.., false)));
    archive.finish();
    assert!(faults(&archive).is_empty(), "{:?}", faults(&archive));
}

#[test]
fn what_the_disk_does_not_take_is_told_by_the_next_try_with_what_is_missing_beside_it() {
    let mut failed = 0;
    for after in 0..6 {
        let archive = over_midnight(SimulatedRecorder::finish);
        let today = day_of(archive.at());
        lose(&archive, today, |line| (1..5).any(|at| line.contains(&format!("T00-0{at}"))));
        // One of those in the middle is gone, too.
        let gone = archive.files().into_iter().find(|it| it.to_string_lossy().contains("T00-03"));
        fs::remove_file(gone.unwrap()).unwrap();
        archive.world().fault =
            disk_fault(&[DiskOperation::Append]).map(|it| DiskFault { after, ..it });
        let first = look(&archive, today, false);
        archive.world().fault = None;
        failed += u32::from(first.is_err());
        take(&archive, today, false);
        assert!(faults(&archive).is_empty(), "{after}: {:?}", faults(&archive));
        assert_eq!(spans(&archive).len(), 8, "{after}");
    }
    assert!((1..6).contains(&failed), "{failed}");
}

#[test]
fn a_day_that_fails_or_waits_is_tried_again_for_half_an_hour() {
    for fails in [true, false] {
        let date = civil::date(2026, 11, 22);
        let day = |folder: &str, date| DayId { folder: folder.into(), date };
        let (days, start) = ([date, date.yesterday().unwrap()], Instant::now());
        let mut looks = DayLooks::new(days.map(|date| day("gate", date)).into(), start);
        let (mut now, mut tries) = (start, 0);
        while let Some(at) = looks.next_at() {
            now = at;
            let mut it = looks.next(now).unwrap();
            if it.id.date != date {
                looks.done(it, Ok(false), now);
                continue;
            }
            tries += 1;
            it.waits = !fails;
            let outcome = if fails { Err(io::ErrorKind::StorageFull.into()) } else { Ok(false) };
            looks.done(it, outcome, now);
        }
        assert_eq!(tries, TRIES);
        let took = now.duration_since(start);
        assert!((28 * MINUTE..=31 * MINUTE).contains(&took), "{took:?}");
    }
}

/// A recording with stops, kills and restarts over midnight, whose newest ledger then loses its end, or all of it.
fn play(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let start = at("2026-11-21T23:57:00.4Z") + Duration::from_millis(random.u64(0..1000));
    let mut archive = SimulatedRecorder::starting_at(start);
    archive.settings.length = Duration::from_secs(random.u64(3..40));
    for _ in 0..random.u32(2..8) {
        archive.record(Duration::from_millis(random.u64(500..90_000)));
        match random.u32(0..5) {
            0 => archive.kill(),
            1 => archive.finish(),
            2 => archive.camera.disconnect(camwall_media::ConnectionState::Offline),
            3 => archive.intend(crate::Intent::Off(Cause::StoppedByHand)),
            _ => archive.camera.change_parameters(),
        }
        if archive.is_running() {
            archive.run(Duration::from_millis(random.u64(0..20_000)));
        } else {
            archive.pass(Duration::from_millis(random.u64(0..20_000)));
        }
    }
    if random.bool() {
        archive.kill()
    } else {
        archive.finish()
    }
    let today = day_of(archive.at());
    let newest = [today, today.yesterday().unwrap()].map(|date| archive.ledger(date));
    let newest = newest.into_iter().find(|path| path.exists()).unwrap();
    let text = fs::read_to_string(&newest).unwrap();
    let left = random.usize(0..text.lines().count());
    let left: String = text.lines().take(left).map(|line| format!("{line}\n")).collect();
    if left.is_empty() { fs::remove_file(&newest) } else { fs::write(&newest, left) }.unwrap();
    archive.pass(Duration::from_millis(random.u64(0..20_000)));
    if random.bool() {
        archive.record(MINUTE);
    } else {
        archive.intend(crate::Intent::Off(Cause::StoppedByHand));
        archive.run(MINUTE);
    }
    for date in [today, today.yesterday().unwrap()] {
        take(&archive, date, true);
    }
    archive.record(MINUTE / 2);
    archive.finish();
    // Which of two files of a second was first, and when the second began, only their lines told; and how long
    // a picture lasts that is alone in its file.
    let is_second = |path: &Path| {
        let name = name_of(path);
        name.contains("Z_") || path.with_file_name(name.replace("Z.", "Z_2.")).exists()
    };
    let is_alone = |path: &Path| numbers_in(path).unwrap().pictures.len() < 2;
    let verified = crate::verify(archive.root(), GATE, false, &mut |_, _| {}).unwrap();
    let mut faults = verified.1;
    faults
        .retain(|it| it.kind != FaultKind::Unknown || !(is_second(&it.path) || is_alone(&it.path)));
    assert!(faults.is_empty(), "seed {seed}: {faults:#?}\n{text}\n{}", archive.told_in_ledgers());
}

#[test]
fn whatever_lines_are_lost_all_time_is_told_again() {
    play_each("CAMWALL_LOSSES", 0..40, play);
}
