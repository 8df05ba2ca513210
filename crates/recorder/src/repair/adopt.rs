//! Takes in files that are whole and named, and of which no line tells.
//!
//! Runs on the thread `mend`, a while after a start, day by day. Policies:
//! - only into a hole of the ledger: where it tells of that time already, two truths would be worse than a
//!   file that is nobody's, which verifying tells;
//! - only what was written before this start: what this run writes is told of by the one who writes it;
//! - nothing of the file is changed, and only the line that closes it is written, because one that begins
//!   it would say that the clock had gone back; what is still missing beside it becomes a gap.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::{SignedDuration, Timestamp, civil};

use super::read::ReadOnce;
use super::{make_plan, record_of};
use crate::Cause;
use crate::container::bytes::Bytes;
use crate::disk::Disk;
use crate::error::Why;
use crate::ledger::Ledger;
use crate::ledger::archive::Archive;
use crate::ledger::day::{Day, DayId};
use crate::ledger::entry::{LedgerEntry, SegmentRecord};
use crate::ledger::folders::segments_in;
use crate::ledger::history::{History, days};
use crate::ledger::timeline::gap_lines;
use crate::pace::Pace;
use crate::paths;

/// What a name tells of the start: the second, not its part.
const SECOND: SignedDuration = SignedDuration::from_secs(1);
/// Files of one day that are looked into at most: reading them is all that this costs.
const MOST: usize = 2000;

/// Takes in the files of one day which were last written `before`; `on_wall` where somebody may still tell
/// of the time behind the last line. How many.
///
/// # Errors
/// Where a folder or a ledger can't be read.
pub fn adopt<D: Disk>(
    disk: &D,
    archive: &Archive,
    id: &DayId,
    before: SystemTime,
    on_wall: bool,
    pace: &mut dyn Pace,
) -> io::Result<usize> {
    let root = archive.root();
    let day = Day::read(root, id)?;
    pace.took(day.read_to)?;
    let files = unknown(root, &day, before)?;
    if files.is_empty() {
        return Ok(0);
    }
    let mut told = Told::around(root, id)?;
    let mut found = Vec::new();
    for (path, second) in files {
        // What can't be read, or plays nothing, stays what it is.
        let Ok(record) = look_into(&path, second, pace) else { continue };
        if record.keyframes > 0
            && let Some((start, end)) =
                told.place(second, record.end.duration_since(second), on_wall)
        {
            found.push(SegmentRecord { start, end, ..record });
            told.stretches.push((start, end));
        }
    }
    let mut ledger = Ledger::new(disk.clone(), archive, &id.folder, &id.folder);
    let holes: BTreeSet<_> = found.iter().flat_map(|it| told.holes(it.start, it.end)).collect();
    for segment in &found {
        let file = &segment.file;
        tracing::warn!("{}: no line told of {file}, nor of its time; now one does", id.folder);
        ledger.write(id.date, LedgerEntry::Segment(segment.clone()));
    }
    for (date, gap) in holes.iter().flat_map(|(from, to)| gap_lines(*from, *to, Cause::DiskError)) {
        ledger.write(date, gap);
    }
    if ledger.pending() > 0 {
        return Err(io::Error::other("the ledger takes no line"));
    }
    Ok(found.len())
}

/// What a file holds that begins at `start`, as it is.
fn look_into(path: &Path, start: Timestamp, pace: &mut dyn Pace) -> Result<SegmentRecord, Why> {
    let file = File::open(path)?;
    let len = file.metadata()?.len();
    let mut once = ReadOnce::new(&file, len, |buffer, at| file.read_exact_at(buffer, at), pace);
    let plan = make_plan(&mut Bytes::new(&mut once, len))?;
    once.read_to(len)?;
    if !once.bad.is_empty() {
        return Err(io::Error::from(rustix::io::Errno::IO).into());
    }
    let record = record_of(path, start, &plan)?;
    let hash = once.hash.finish(len, |_, _| Err(io::ErrorKind::Unsupported.into()))?;
    Ok(SegmentRecord { bytes: len, hash, ..record })
}

/// Segments in a day's folder that no line names, and their starts to the second; oldest first.
fn unknown(root: &Path, day: &Day, before: SystemTime) -> io::Result<Vec<(PathBuf, Timestamp)>> {
    let mut found = Vec::new();
    for (name, entry) in segments_in(root, &day.id.folder, day.id.date)? {
        let path = entry.path();
        if !name.part && !day.names(&paths::name_of(&path)) && found.len() < MOST {
            let meta = entry.metadata()?;
            if meta.is_file() && meta.modified()? < before {
                found.push((path, name.start));
            }
        }
    }
    found.sort_by(|one, other| (one.1, &one.0).cmp(&(other.1, &other.0)));
    Ok(found)
}

/// The time that ledgers tell of.
struct Told {
    /// Stretches from their starts to their ends.
    stretches: Vec<(Timestamp, Timestamp)>,
    /// Since when something is open or off, whose end is told later.
    open: Vec<Timestamp>,
    /// The days between whose ledgers there is none that is missing.
    known: std::ops::RangeInclusive<civil::Date>,
}

impl Told {
    /// By the ledgers of a day and of those beside it.
    fn around(root: &Path, id: &DayId) -> io::Result<Self> {
        let all = days(root, &id.folder)?;
        let has = |date: &&civil::Date| paths::ledger_path(root, &id.folder, **date).exists();
        let last = all.iter().filter(has).rfind(|date| **date < id.date);
        let next = all.iter().filter(has).find(|date| **date > id.date);
        let near: Vec<_> = [last, Some(&id.date), next].into_iter().flatten().copied().collect();
        let history = History::read_days(root, &id.folder, &near)?;
        let segments = history.segments().iter().map(|it| (it.segment.start, it.segment.end));
        let gaps = history.gaps().iter().filter(|gap| gap.start < gap.end);
        let mut stretches: Vec<_> = segments.chain(gaps.map(|gap| (gap.start, gap.end))).collect();
        stretches.sort();
        let opens = history.opens().iter().map(|it| it.start);
        let open = opens.chain(history.off().map(|off| off.at)).collect();
        // A folder beside that has no ledger may hold others of whose time nothing is told.
        let beside = |date: Option<&civil::Date>| date.filter(|date| has(date)).copied();
        let before = all.iter().rfind(|date| **date < id.date);
        let after = all.iter().find(|date| **date > id.date);
        let known = beside(before).unwrap_or(id.date)..=beside(after).unwrap_or(id.date);
        Ok(Self { stretches, open, known })
    }

    /// Where a file is that began in this second and lasts so long; none where that is told of.
    fn place(
        &self,
        second: Timestamp,
        duration: SignedDuration,
        on_wall: bool,
    ) -> Option<(Timestamp, Timestamp)> {
        let within = |at: &Timestamp| (second..second + SECOND).contains(at);
        let end_of = |start: Timestamp| crate::clock::to_millis(start + duration);
        // It joins what ends or begins there, within what the name leaves open.
        let after = self.stretches.iter().map(|(_, end)| *end).filter(within).max();
        let before = self.stretches.iter().map(|(start, _)| *start - duration).filter(within).max();
        let start = crate::clock::to_millis(after.or(before).unwrap_or(second)).max(second);
        let end =
            match self.stretches.iter().map(|(start, _)| *start).find(|at| *at >= end_of(second)) {
                Some(next) if next < end_of(start) => next,
                _ => end_of(start),
            };
        let free = self.stretches.iter().all(|(from, to)| *to <= start || end <= *from);
        let waits = self.open.iter().any(|open| {
            let closed_by = self.stretches.iter().map(|(from, _)| *from).find(|from| from > open);
            *open < end && closed_by.is_none_or(|closed| start < closed)
        });
        let told_behind =
            self.beside(start, end).1.is_some() || self.open.iter().any(|open| *open >= end);
        (start < end && free && !waits && (told_behind || !on_wall)).then_some((start, end))
    }

    /// What ends before, and what begins behind.
    fn beside(&self, start: Timestamp, end: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
        let last = self.stretches.iter().map(|(_, to)| *to).filter(|to| *to <= start).max();
        let begins = self.stretches.iter().map(|(from, _)| *from).chain(self.open.iter().copied());
        (last, begins.filter(|from| *from >= end).min())
    }

    /// What is still not told of before and behind a file.
    fn holes(&self, start: Timestamp, end: Timestamp) -> Vec<(Timestamp, Timestamp)> {
        let (last, next) = self.beside(start, end);
        let holes = [last.map(|last| (last, start)), next.map(|next| (end, next))];
        let known = |at: &Timestamp| self.known.contains(&paths::day_of(*at));
        let is_hole = |(from, to): &(Timestamp, Timestamp)| from < to && known(from) && known(to);
        holes.into_iter().flatten().filter(is_hole).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::*;
    use crate::disk::RealDisk;
    use crate::pace::Unpaced;
    use crate::simulation::{GATE, SimulatedRecorder, at, day_of};

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

    fn take(archive: &SimulatedRecorder, date: civil::Date, on_wall: bool) -> usize {
        let id = DayId { folder: GATE.into(), date };
        let later = SystemTime::now() + MINUTE;
        let archive = Archive::new(archive.root());
        adopt(&RealDisk, &archive, &id, later, on_wall, &mut Unpaced).unwrap()
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
    fn what_this_run_writes_is_left_alone() {
        let archive = archive("2026-11-22T07:20:00Z");
        let date = day_of(archive.at());
        let lost = paths::name_of(&archive.files()[1]);
        lose(&archive, date, |line| line.contains(&lost));
        let id = DayId { folder: GATE.into(), date };
        let began = SystemTime::from(at("2026-11-22T07:20:00Z"));
        let its = Archive::new(archive.root());
        let taken = adopt(&RealDisk, &its, &id, began, true, &mut Unpaced).unwrap();
        assert_eq!(taken, 0);
        let text = fs::read_to_string(archive.ledger(date)).unwrap();
        let open = format!("{{\"type\":\"open\",\"file\":\"{lost}\",");
        let open = format!("{open}\"start\":\"2026-11-22T07:21:00.000Z\"}}\n");
        fs::write(archive.ledger(date), text + &open).unwrap();
        assert_eq!(take(&archive, date, true), 0, "a line begins it: the mender has it");
    }
}
