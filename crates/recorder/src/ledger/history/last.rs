//! What an earlier run of the program left of a camera's recording, for the run that continues it.
//!
//! Policy: the newest ledgers are read, not years of them.

use std::{
    ffi::OsStr,
    fs,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use jiff::{Timestamp, civil};

use super::{History, OpenSegment, days, naming};
use crate::Cause;
use crate::paths;
use crate::paths::FileName;

/// Ledgers that [`last_state`] reads: so many days back, what a kill left open is found.
const NEWEST: usize = 7;

/// What the record thread needs to know when it starts: it closes what is `open`, with gaps before
/// and between where starts are later than `until`, and begins its next segment behind one more gap
/// of this `cause`. Every gap's line comes before the `open` of what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastState {
    /// Up to when the ledger accounts for everything.
    pub until: Timestamp,
    /// Why nothing is recorded from then on, or from the end of the `open` ones on: the cause of a
    /// trailing `off`, else the program was killed.
    pub cause: Cause,
    /// Files of segments that were begun but not closed, and their starts; oldest first. The file
    /// is the `….part`, or the renamed one where that is there instead; also a `….part` that a kill
    /// left before any line told of it.
    pub open: Vec<(PathBuf, Timestamp)>,
}

/// The newest segment of a camera.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewestSegment {
    /// Its file's name, without `.part`.
    pub file: String,
    /// The day whose folder and ledger it is in.
    pub day: civil::Date,
    /// Whether it is protected from retention.
    pub kept: bool,
}

impl History {
    fn last_state(&self) -> io::Result<Option<LastState>> {
        let (closed, off) = (self.until(), self.off());
        let mut open: Vec<_> = self.opens.iter().map(|it| (file_of(it), it.start)).collect();
        open.extend(self.untold(closed)?);
        open.sort_by_key(|(_, start)| *start);
        let begun = open.first().map(|(_, start)| *start);
        let until = closed.or(begun).or(off.map(|off| off.at));
        let cause = off.map_or(Cause::ProgramKilled, |off| off.cause);
        Ok(until.map(|until| LastState { until, cause, open }))
    }

    /// Files of what a kill left before their `open` line was written, and their starts: as the
    /// name tells, to the second, but not before what the ledger accounts for.
    fn untold(&self, closed: Option<Timestamp>) -> io::Result<Vec<(PathBuf, Timestamp)>> {
        let mut found = Vec::new();
        for day in days_if_any(&self.root, &self.folder)? {
            if closed.is_some_and(|until| day < paths::day_of(until)) {
                continue;
            }
            let folder = paths::day_folder(&self.root, &self.folder, day);
            for entry in fs::read_dir(&folder).map_err(|error| naming(&folder, error))? {
                let path = entry.map_err(|error| naming(&folder, error))?.path();
                let name = path.file_name().and_then(OsStr::to_str).and_then(FileName::parse);
                let Some(name) = name.filter(|name| name.part && name.folder == self.folder) else {
                    continue;
                };
                let late = closed.is_none_or(|until| until.as_second() <= name.start.as_second());
                let known = self.begun.contains_key(&paths::whole_of(&path));
                if late && !known && name.extension != paths::SNAPSHOT {
                    let start = closed.map_or(name.start, |until| name.start.max(until));
                    found.push((path, start));
                }
            }
        }
        Ok(found)
    }

    fn newest(&self) -> Option<NewestSegment> {
        let closed = self.present().map(|it| (it.segment.start, &it.path, it.position, it.kept));
        let opens = self.opens.iter().map(|it| (it.start, &it.path, it.position, it.kept));
        let there = |path: &Path| path.exists() || paths::part_of(path).exists();
        let (_, path, position, kept) = closed
            .chain(opens)
            .filter(|(_, path, ..)| there(path))
            .max_by_key(|(start, _, position, _)| (*start, *position))?;
        let file = path.file_name()?.to_str()?.to_owned();
        Some(NewestSegment { file, day: position.day, kept })
    }
}

/// The `.part`, or the whole file where that is there instead.
fn file_of(it: &OpenSegment) -> PathBuf {
    let part = it.part();
    if !part.exists() && it.path.exists() { it.path.clone() } else { part }
}

/// The days of a camera as [`days`]; none where it was never recorded into a `root` that is there.
fn days_if_any(root: &Path, folder: &str) -> io::Result<Vec<civil::Date>> {
    match days(root, folder) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // Without the folder of recordings nothing can be said about what is in it.
            fs::metadata(root).map_err(|error| naming(root, error))?;
            Ok(Vec::new())
        }
        days => days,
    }
}

/// The state of a camera's recording, from its newest ledgers; none if it was never recorded.
///
/// # Errors
/// Where `root`, a folder or a ledger can't be read.
pub fn last_state(root: &Path, folder: &str) -> io::Result<Option<LastState>> {
    let mut days = days_if_any(root, folder)?;
    days.retain(|day| paths::ledger_path(root, folder, *day).exists());
    let newest = &days[days.len().saturating_sub(NEWEST)..];
    let state = History::read_days(root, folder, newest)?.last_state()?;
    if state.is_some() || newest.len() == days.len() {
        return Ok(state);
    }
    History::read_days(root, folder, &days)?.last_state()
}

/// The newest segment whose file is there, closed or not.
///
/// # Errors
/// As [`last_state`].
pub fn newest_segment(root: &Path, folder: &str) -> io::Result<Option<NewestSegment>> {
    for day in days_if_any(root, folder)?.into_iter().rev() {
        if let Some(newest) = History::read_days(root, folder, &[day])?.newest() {
            return Ok(Some(newest));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ledger::entry::{LedgerEntry, RetentionRule};
    use crate::paths::{day_of, name_of};
    use crate::simulation::{GATE, SimulatedRecorder, at};

    const SECOND: Duration = Duration::from_secs(1);
    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn state(archive: &SimulatedRecorder) -> LastState {
        last_state(archive.root(), GATE).unwrap().expect("recorded")
    }

    fn brief(archive: &SimulatedRecorder) -> (Timestamp, Cause, usize) {
        let state = state(archive);
        (state.until, state.cause, state.open.len())
    }

    #[test]
    fn never_recorded_is_told_from_not_readable() {
        let archive = SimulatedRecorder::new();
        assert_eq!(last_state(archive.root(), GATE).unwrap(), None);
        assert_eq!(newest_segment(archive.root(), GATE).unwrap(), None);
        let gone = archive.root().join("unplugged");
        assert_eq!(last_state(&gone, GATE).unwrap_err().kind(), ErrorKind::NotFound);
        assert!(newest_segment(&gone, GATE).is_err());
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
        let open = vec![(part.clone(), start)];
        let expected = LastState { until: start, cause: Cause::ProgramKilled, open };
        assert_eq!(state(&archive), expected);
        let whole = part.with_extension("");
        fs::rename(&part, &whole).unwrap();
        assert_eq!(state(&archive).open, [(whole.clone(), start)], "killed behind the renaming");
        fs::remove_file(&whole).unwrap();
        assert_eq!(state(&archive).open, [(part, start)], "killed before the file was made");
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
        let until = archive.at();
        archive.record(SECOND);
        archive.break_disk();
        assert_eq!(brief(&archive), (until, Cause::DiskError, 1));
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
        assert_eq!(open, [(archive.part(), until)]);
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
    fn the_newest_segment_is_one_whose_file_is_there() {
        let mut archive = SimulatedRecorder::starting_at(at("2026-11-22T23:59:50Z"));
        let newest = |archive: &SimulatedRecorder| newest_segment(archive.root(), GATE).unwrap();
        let (start, day) = (archive.at(), day_of(archive.at()));
        let first = archive.closed(5 * SECOND);
        let now = archive.at();
        archive.write(start, LedgerEntry::Keep { file: name_of(&first), keep: true, at: now });
        archive.pass(60 * SECOND);
        archive.record(SECOND);
        archive.kill();
        let part = archive.part();
        let file = name_of(&part.with_extension(""));
        let open = NewestSegment { file, day: day.tomorrow().unwrap(), kept: false };
        assert_eq!(newest(&archive), Some(open));
        fs::remove_file(part).unwrap();
        let kept = NewestSegment { file: name_of(&first), day, kept: true };
        assert_eq!(newest(&archive), Some(kept));
        let line =
            LedgerEntry::Removed { file: name_of(&first), at: now, why: RetentionRule::Free };
        archive.write(start, line);
        assert_eq!(newest(&archive), None);
    }

    #[test]
    fn a_file_that_no_line_tells_of_is_found() {
        let archive = SimulatedRecorder::new();
        let folder = paths::day_folder(archive.root(), GATE, day_of(archive.at()));
        fs::create_dir_all(&folder).unwrap();
        for name in ["gate_2026-11-22T07-20-00Z.png.part", "yard_2026-11-22T07-20-00Z.mkv.part"] {
            fs::write(folder.join(name), "").unwrap();
        }
        assert_eq!(last_state(archive.root(), GATE).unwrap(), None);
        let part = folder.join("gate_2026-11-22T07-20-00Z.mkv.part");
        fs::write(&part, "").unwrap();
        let first = LastState {
            until: archive.at(),
            cause: Cause::ProgramKilled,
            open: vec![(part.clone(), archive.at())],
        };
        assert_eq!(state(&archive), first, "killed in the first moment of the first recording");
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
        assert_eq!(state(&archive).open, [(second, archive.at())]);
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
}
