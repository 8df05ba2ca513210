//! Finishes what a kill, a power cut or a full disk left behind.
//!
//! Runs on the thread `ID.record` before it records and whenever a file could not be closed, and
//! once on the thread `sweep` for cameras that are no longer on the wall. Policy: what is playable
//! of a file is kept, cut at its last whole cluster or fragment, and gets its line in the ledger;
//! what can't be recovered is left as it is, and said.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::repair;
use crate::Cause;
use crate::disk::{Disk, RealDisk};
use crate::ledger::Ledger;
use crate::ledger::entry::{LedgerEntry, SegmentRecord};
use crate::ledger::history;
use crate::ledger::history::LastState;
use crate::paths;
use crate::paths::part_of;
use camwall_media::BestEffort;

/// A recovered segment: its line, file and size.
pub struct RecoveredSegment {
    /// For the ledger.
    pub entry: LedgerEntry,
    /// When the segment ends.
    pub end: Timestamp,
    /// The path of its file, without `.part`.
    pub path: PathBuf,
    /// Size of the file, bytes.
    pub bytes: u64,
}

/// Mends the file that was to become `path` and began at `start`, but does not rename it; none if
/// nothing in it plays.
pub fn finish(
    disk: &impl Disk,
    id: &str,
    path: &Path,
    start: Timestamp,
) -> Option<RecoveredSegment> {
    let part = part_of(path);
    let from = if part.exists() { part.as_path() } else { path };
    if !from.exists() {
        return None;
    }
    let recovered = match repair(disk, from) {
        Ok(Some(recovered)) => recovered,
        Ok(None) if from == path => {
            tracing::error!("{id}: nothing in {} plays; it stays as it is", path.display());
            return None;
        }
        Ok(None) => {
            tracing::debug!("{id}: {} holds no whole picture and goes", from.display());
            // What stays is found again by the next start.
            disk.remove(from).best_effort();
            return None;
        }
        Err(error) => {
            tracing::error!(
                "{id}: {} can't be finished and stays as it is: {error}",
                from.display()
            );
            return None;
        }
    };
    let contents = recovered.contents;
    let length = SignedDuration::try_from(contents.duration).unwrap_or_default();
    let end = crate::clock::to_millis(start.checked_add(length).unwrap_or(start));
    let entry = LedgerEntry::Segment(SegmentRecord {
        file: paths::name_of(path),
        start,
        end,
        duration_ms: u64::try_from(contents.duration.as_millis()).unwrap_or(u64::MAX),
        packets: contents.packets,
        audio_packets: contents.audio_packets,
        bytes: recovered.bytes,
        keyframes: contents.keyframes,
        lost: 0,
        hash: recovered.hash,
        video: contents.video,
        audio: contents.audio,
        recovered: true,
    });
    Some(RecoveredSegment { entry, end, path: path.to_owned(), bytes: recovered.bytes })
}

/// Finishes the leftovers of camera `id` in its folder; tells up to when its time is accounted for and why nothing was
/// recorded after that. None if it was never recorded.
pub fn leftovers<D: Disk>(
    disk: &D,
    id: &str,
    root: &Path,
    folder: &str,
    ledger: &mut Ledger<D>,
) -> Option<(Timestamp, Cause)> {
    let LastState { mut until, cause, open } = match history::last_state(root, folder) {
        Ok(state) => state?,
        Err(error) => {
            tracing::error!("{id}: the ledger in {} can't be read: {error}", root.display());
            return None;
        }
    };
    for (file, start) in open {
        let path = paths::whole_of(&file);
        let Some(mut recovered) = finish(disk, id, &path, start) else { continue };
        let part = part_of(&path);
        if part.exists()
            && let Err(error) = disk.rename(&part, &path)
        {
            tracing::error!("{id}: can't rename {}: {error}; it plays as it is", part.display());
            continue;
        }
        if let (LedgerEntry::Segment(segment), Some(next)) =
            (&mut recovered.entry, next_start(root, folder, &path, start))
        {
            // Written when it ended: only its name was missing.
            (segment.end, recovered.end) = (next, next);
        }
        tracing::warn!(
            "{id}: {} was being written when camwall ended; it is whole up to {}",
            path.display(),
            recovered.end
        );
        if until < start {
            let gap = LedgerEntry::Gap { start: until, end: start, cause, detail: None };
            ledger.write(paths::day_of(start), gap);
        }
        ledger.write(paths::day_of(start), recovered.entry);
        until = until.max(recovered.end);
    }
    Some((until, cause))
}

/// Finishes the leftovers of all cameras that are not in `known`.
pub fn sweep(root: &Path, known: &HashSet<String>) {
    let Ok(folders) = history::recorded_folders(root) else { return };
    for folder in folders.into_iter().filter(|folder| !known.contains(folder)) {
        let mut ledger = Ledger::new(RealDisk, root, &folder, &folder);
        leftovers(&RealDisk, &folder, root, &folder, &mut ledger);
    }
}

/// Where what was begun at `start` as `path` ends, if the ledger goes on behind its line: there a
/// segment or a gap begins. Lines before it may tell of later times, where the clock was set back.
fn next_start(root: &Path, folder: &str, path: &Path, start: Timestamp) -> Option<Timestamp> {
    // What follows is in the ledgers of that day and of later ones.
    let mut days = history::days(root, folder).ok()?;
    days.retain(|day| *day >= paths::day_of(start));
    let history = history::History::read_days(root, folder, &days).ok()?;
    let line = history.opens().iter().find(|it| it.path == path).map(|it| it.position);
    let segments = history.segments().iter().map(|it| (it.segment.start, it.position));
    let gaps = history.gaps().iter().map(|it| (it.start, it.position));
    let opens = history.opens().iter().map(|it| (it.start, it.position));
    let later = segments.chain(gaps).chain(opens);
    let later = later.filter(|(next, at)| *next > start && line.is_none_or(|line| *at > line));
    later.map(|(next, _)| next).min()
}
