//! Finishes what a kill, a power cut or a full disk left behind.
//!
//! Runs on the thread `mend`: file by file for the cameras of the wall, whose own threads name them and
//! tell of them; once and with all that belongs to it for cameras that are no longer on the wall.
//! Policy: what is playable of a file is kept and gets its line in the ledger; what the disk refuses to
//! mend or to name is tried again, and no gap is told over its time before that is done; that a file is
//! gone is believed of a disk that says so, not of one that fails; what can't be recovered is left as it
//! is, and said.

use std::io;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::{RepairError, RepairedFile, repair, repair_known};
use crate::Cause;
use crate::checkpoint::KnownPart;
use crate::disk::{Disk, RealDisk, ops};
use crate::ledger::Ledger;
use crate::ledger::chain::{LastState, last_state};
use crate::ledger::entry::{LedgerEntry, SegmentRecord};
use crate::ledger::history;
use crate::ledger::history::NextEntry;
use crate::ledger::timeline::{Unsettled, gap_lines};
use crate::pace::Pace;
use crate::paths;
use crate::paths::part_of;

/// A recovered segment: its line, file and size.
#[derive(Debug)]
pub struct RecoveredSegment {
    /// For the ledger.
    pub segment: SegmentRecord,
    /// The path of its file, without `.part`.
    pub path: PathBuf,
}

/// What became of an unfinished file.
pub enum Outcome {
    /// It is mended, and only lacks its name.
    Mended(RecoveredSegment),
    /// Nothing in it plays, it is gone, or it can never be recovered.
    Nothing,
    /// The disk refuses; another time it may not.
    Refused(RepairError),
}

/// What an earlier run left, as far as it is finished.
pub struct Leftovers {
    /// Up to when the camera's time is accounted for.
    pub until: Timestamp,
    /// Why nothing was recorded after that.
    pub cause: Cause,
    /// Files that could not be mended, oldest first.
    pub unsettled: Vec<Unsettled>,
    /// Segments that could not be given their names.
    pub unnamed: Vec<RecoveredSegment>,
}

/// Mends the file that was to become `path` and began at `start`, of which its writer may know what is
/// on the disk, reading at this pace; but does not rename it.
pub fn finish(
    disk: &impl Disk,
    id: &str,
    path: &Path,
    start: Timestamp,
    known: Option<&mut KnownPart>,
    pace: &mut dyn Pace,
) -> Outcome {
    let from = match find(disk, path) {
        Ok(Some(from)) => from,
        Ok(None) => return Outcome::Nothing,
        Err(error) => return Outcome::Refused(error.into()),
    };
    let (lost, checkpoint) = match &known {
        Some(known) => (known.checkpoint.lost, Some(known.checkpoint.end)),
        None => (0, None),
    };
    let repaired = match known.map(|known| repair_known(disk, &from, known)) {
        // It is not what its writer knew: what is in it is looked up.
        None | Some(Err(RepairError::Damaged { .. })) => repair(disk, &from, pace),
        Some(repaired) => repaired,
    };
    let recovered = match repaired {
        Ok(Some(recovered)) => recovered,
        Ok(None) if from == path => {
            tracing::error!("{id}: nothing in {} plays; it stays as it is", path.display());
            return Outcome::Nothing;
        }
        Ok(None) => {
            tracing::debug!("{id}: {} holds no whole picture and goes", from.display());
            return match ops::remove(disk, &from) {
                Ok(()) => Outcome::Nothing,
                Err(error) => Outcome::Refused(error.into()),
            };
        }
        Err(error @ RepairError::Io(_)) => return Outcome::Refused(error),
        Err(error) => {
            tracing::error!(
                "{id}: {} can't be finished and stays as it is: {error}",
                from.display()
            );
            return Outcome::Nothing;
        }
    };
    let length = SignedDuration::try_from(recovered.contents.duration).unwrap_or_default();
    let by_its_clock = start.checked_add(length).unwrap_or(start);
    let end = crate::clock::to_millis(checkpoint.unwrap_or(by_its_clock)).max(start);
    let segment = segment_of(path, (start, end), recovered, lost);
    Outcome::Mended(RecoveredSegment { segment, path: path.to_owned() })
}

/// The line of a file that was not closed by the run that wrote it.
pub(super) fn segment_of(
    path: &Path,
    (start, end): (Timestamp, Timestamp),
    file: RepairedFile,
    lost: u64,
) -> SegmentRecord {
    let contents = file.contents;
    SegmentRecord {
        file: paths::name_of(path),
        start,
        end,
        duration_ms: u64::try_from(contents.duration.as_millis()).unwrap_or(u64::MAX),
        packets: contents.packets,
        audio_packets: contents.audio_packets,
        bytes: file.bytes,
        keyframes: contents.keyframes,
        lost,
        hash: file.hash,
        video: contents.video,
        audio: contents.audio,
        recovered: true,
    }
}

/// The `.part`, or the whole file where that is there instead; none where the disk says that neither
/// is, and that their folder is there: where that is not either, the disk is not.
fn find(disk: &impl Disk, path: &Path) -> io::Result<Option<PathBuf>> {
    let part = part_of(path);
    if disk.exists(&part)? {
        return Ok(Some(part));
    }
    if disk.exists(path)? {
        return Ok(Some(path.to_owned()));
    }
    match path.parent() {
        Some(folder) if disk.exists(folder)? => Ok(None),
        _ => Err(io::ErrorKind::NotFound.into()),
    }
}

/// Finishes the leftovers of camera `id` in its folder, by the wall clock `now`. None if it was never recorded.
pub fn leftovers<D: Disk>(
    disk: &D,
    id: &str,
    root: &Path,
    folder: &str,
    ledger: &mut Ledger<D>,
    now: Timestamp,
    pace: &mut dyn Pace,
) -> Option<Leftovers> {
    let LastState { until, cause, open, next, .. } = match last_state(root, folder, now) {
        Ok(state) => state?,
        Err(error) => {
            tracing::error!("{id}: the ledger in {} can't be read: {error}", root.display());
            return None;
        }
    };
    let left = Leftovers { until, cause, unsettled: Vec::new(), unnamed: Vec::new() };
    let mut finishing = Finishing { disk, id, ledger, now, left, pace };
    for ((file, start), next) in open.into_iter().zip(next) {
        finishing.file(paths::whole_of(&file), start, next);
    }
    Some(finishing.left)
}

/// Leftovers as they are finished, in the order of their starts.
struct Finishing<'a, D> {
    disk: &'a D,
    id: &'a str,
    ledger: &'a mut Ledger<D>,
    now: Timestamp,
    left: Leftovers,
    pace: &'a mut dyn Pace,
}

impl<D: Disk> Finishing<'_, D> {
    /// One file, and `next` what the ledger has behind it.
    fn file(&mut self, path: PathBuf, start: Timestamp, next: Option<NextEntry>) {
        let told = next.unwrap_or_default();
        // Of a file that no line tells of, the start is known to the second.
        let start = if next.is_none() { start.max(self.left.until) } else { start };
        let end = match finish(self.disk, self.id, &path, start, None, self.pace) {
            Outcome::Mended(mut recovered) => {
                self.begun(&path, start, next);
                let end = recovered.segment.end.min(self.latest(start));
                let end = told.end_of(start, end);
                recovered.segment.end = end;
                self.name(recovered);
                end
            }
            // What begins next is told with a gap over it.
            Outcome::Nothing if told.at.is_none() => return,
            Outcome::Nothing => start,
            Outcome::Refused(error) => {
                let (id, part) = (self.id, part_of(&path));
                tracing::error!(
                    "{id}: {} can't be finished: {error}; it is tried again",
                    part.display()
                );
                self.begun(&path, start, next);
                return self.unsettled(path, start, told);
            }
        };
        match told.at {
            Some(at) => {
                let cause = told.cause.unwrap_or(Cause::DiskError);
                let cause = if at < end { Cause::ClockChanged } else { cause };
                for (day, gap) in gap_lines(end, at, cause) {
                    self.ledger.write(day, gap);
                }
            }
            None => self.left.until = end,
        }
    }

    /// The latest that a file can end which was begun at `start`: unless the clock was set back,
    /// before now. By the camera's clock, a burst lasts longer than the time in which it came.
    fn latest(&self, start: Timestamp) -> Timestamp {
        if start <= self.now { self.now } else { Timestamp::MAX }
    }

    /// Tells of a file that no line begins, and that nothing was recorded between what is accounted for and
    /// its `start`, if that is so: behind a file whose end is not known that has to wait.
    fn begun(&mut self, path: &Path, start: Timestamp, next: Option<NextEntry>) {
        if next.is_some() {
            return;
        }
        let last = self.left.unsettled.last_mut().filter(|file| file.next.at.is_none());
        if let Some(last) = last {
            last.next.at = Some(start);
        } else if self.left.until < start {
            let (start, end, cause) = (self.left.until, start, self.left.cause);
            let gap = LedgerEntry::Gap { start, end, cause, detail: None };
            self.ledger.write(paths::day_of(end), gap);
        }
        self.left.until = start;
        let open = LedgerEntry::Open { file: paths::name_of(path), start };
        self.ledger.write(paths::day_of(start), open);
    }

    fn name(&mut self, recovered: RecoveredSegment) {
        let (id, path, part) = (self.id, &recovered.path, part_of(&recovered.path));
        if part.exists()
            && let Err(error) = ops::rename(self.disk, &part, path)
        {
            tracing::error!(
                "{id}: can't rename {}: {error}; it plays as it is, and is tried again",
                part.display()
            );
            return self.left.unnamed.push(recovered);
        }
        let RecoveredSegment { segment, path } = recovered;
        tracing::warn!(
            "{id}: {} was being written when camwall ended; it is whole up to {}",
            path.display(),
            segment.end
        );
        self.ledger.write(paths::day_of(segment.start), LedgerEntry::Segment(segment));
    }

    /// Hands a file back that is to be mended later, after what the ledger needs for that.
    fn unsettled(&mut self, path: PathBuf, start: Timestamp, told: NextEntry) {
        let next = match (told.at, told.cause) {
            (None, None) => {
                let cause = self.left.cause;
                self.ledger.write(paths::day_of(start), LedgerEntry::Off { at: start, cause });
                NextEntry { at: None, cause: Some(cause) }
            }
            _ => told,
        };
        let latest = self.latest(start);
        self.left.unsettled.push(Unsettled { path, start, latest, next });
    }
}

/// Finishes the leftovers of all cameras that are not in `known`.
pub fn sweep(root: &Path, known: &[String], pace: &mut dyn Pace) {
    let Ok(folders) = history::recorded_folders(root) else { return };
    for folder in folders.into_iter().filter(|folder| !known.contains(folder)) {
        let mut ledger = Ledger::new(RealDisk, root, &folder, &folder);
        let now = crate::clock::to_millis(Timestamp::now());
        leftovers(&RealDisk, &folder, root, &folder, &mut ledger, now, pace);
    }
}
