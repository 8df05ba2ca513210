//! What must hold of an archive, whatever happened.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use camwall_media::inspect;
use jiff::{SignedDuration, Timestamp};

use super::{SECOND, Trial};
use crate::ledger::history::History;
use crate::simulation::{DiskOperation, GATE, Numbers, Refusal};
use crate::{Cause, Fault, FaultKind, verify};

/// What is in a file, and what the ledger says of it.
struct Filed {
    start: Timestamp,
    end: Timestamp,
    recovered: bool,
    numbers: Numbers,
}

impl Trial {
    /// What must hold of the archive in the end.
    pub(super) fn check(&self) {
        let (history, mut faults) = verify(self.gate.root(), GATE, false, &mut |_, _| {}).unwrap();
        faults.retain(|fault| !self.stays_empty(fault));
        assert_eq!(faults, [], "the archive has faults");
        for other in &self.others {
            let folder = &other.settings.folder;
            if !other.root().join(folder).exists() {
                continue;
            }
            let (_, mut faults) = verify(other.root(), folder, false, &mut |_, _| {}).unwrap();
            faults.retain(|fault| !self.stays_empty(fault));
            assert_eq!(faults, [], "the archive of {folder} has faults");
        }
        self.check_removals(&history);
        let mut filed = self.check_files(&history);
        filed.sort_by_key(|it| it.numbers.pictures[0]);
        self.check_pictures(&filed);
        self.check_retries();
        for gap in history.gaps() {
            // What a kill left ends by the camera's clock, which is ahead of the time in which a burst
            // came: the gap may begin long after the kill.
            let burst = self.held_up && gap.cause == Cause::ProgramKilled && !self.kills.is_empty();
            let explained = burst || self.truth.explains(gap, &self.gate.delivered);
            assert!(explained, "a gap for a cause that did not hold: {gap:?}");
        }
    }

    /// Whether a file that was given up before anything was in it stayed because the disk refused to
    /// remove it: no line tells of it, and it holds nothing.
    fn stays_empty(&self, fault: &Fault) -> bool {
        let refused = |it: &Refusal| it.operation == DiskOperation::Remove && it.path == fault.path;
        fault.kind == FaultKind::UnfinishedUnknown && self.gate.world().refusals.iter().any(refused)
    }

    /// That what the disk refuses is not tried again too soon.
    fn check_retries(&self) {
        let times = |operation| -> Vec<Instant> {
            let world = self.gate.world();
            let gate = self.gate.root().join(GATE);
            let ours = |it: &&Refusal| {
                it.operation == operation && it.path.starts_with(&gate) && !it.for_room
            };
            let found = world.refusals.iter().filter(ours);
            let mut times: Vec<_> = found.map(|it| it.at).collect();
            times.dedup();
            times
        };
        let anew = |from: Instant, until: Instant| {
            self.starts.iter().chain(&self.wishes).any(|at| (from..=until).contains(at))
        };
        for pair in times(DiskOperation::Create).windows(2) {
            let pause = pair[1] - pair[0];
            assert!(pause >= 2 * SECOND || anew(pair[0], pair[1]), "begun again after {pause:?}");
        }
        // The first may be tried again at once.
        for three in times(DiskOperation::Append).windows(3) {
            let pause = three[2] - three[0];
            let ends = self.ends.iter().any(|at| (three[0]..=three[2]).contains(at));
            let anew = anew(three[0], three[2]) || ends;
            assert!(pause >= SECOND || anew, "the ledger is tried again after {pause:?}");
        }
    }

    /// That files hold what the ledger says, each without a hole.
    fn check_files(&self, history: &History) -> Vec<Filed> {
        let mut filed = Vec::new();
        for recorded in history.segments() {
            let (path, segment) = (&recorded.path, &recorded.segment);
            let numbers = self.gate.numbers_of(path).unwrap();
            let counts = [segment.packets, segment.audio_packets];
            if !recorded.removed {
                let held = inspect(path).unwrap();
                assert_eq!([held.packets, held.audio_packets], counts, "{segment:?}");
            }
            let found = [numbers.pictures.len() as u64, numbers.sounds.len() as u64];
            assert_eq!(found, counts, "{segment:?}");
            for kind in [&numbers.pictures, &numbers.sounds] {
                let whole = kind.windows(2).all(|pair| pair[0] + 1 == pair[1]);
                assert!(whole, "a hole in {}, or doubled: {kind:?}", segment.file);
            }
            let (start, end, recovered) = (segment.start, segment.end, segment.recovered);
            filed.push(Filed { start, end, recovered, numbers });
        }
        filed
    }

    /// That each picture is in one file at most, and in one where no gap tells why not.
    fn check_pictures(&self, filed: &[Filed]) {
        let delivered: BTreeMap<u64, Instant> =
            self.gate.delivered.iter().map(|it| (it.number, it.at)).collect();
        for pair in filed.windows(2) {
            let (last, first) =
                (*pair[0].numbers.pictures.last().unwrap(), pair[1].numbers.pictures[0]);
            assert!(last < first, "pictures {first} to {last} are in two files");
            let missing = delivered.range(last + 1..first).count();
            let time = delivered[&first].saturating_duration_since(delivered[&last]);
            // What came in a burst is longer by the camera's clock than the time in which it came,
            // and of a recovered file only the camera's clock is known.
            let guessed = self.held_up && pair[0].recovered;
            let told = pair[0].end != pair[1].start || guessed;
            // By a clock that was set back by just as much as the program was away no time is missing; a
            // file goes on by the clock that it began with up to the next key frame.
            let between =
                |at: Instant| at + 2 * SECOND >= delivered[&last] && at <= delivered[&first];
            let set_back = self.set.iter().any(|(at, by)| by.is_negative() && between(*at));
            assert!(
                missing == 0 || told || set_back || time < SECOND,
                "{missing} pictures after {last} are missing without a gap"
            );
            // And a gap is not longer than what is missing, but for a pre-roll that reaches back to
            // before the newest line of the ledger.
            let gap = pair[1].start.duration_since(pair[0].end);
            let longest = SignedDuration::try_from(time).unwrap() + SignedDuration::from_secs(5);
            assert!(
                self.truth.was_set() || guessed || gap <= longest,
                "{gap} for {time:?} after {last}"
            );
        }
        let saved: BTreeSet<u64> =
            filed.iter().flat_map(|it| it.numbers.pictures.iter().copied()).collect();
        let end = self.now() - 3 * SECOND / 2;
        let lost: Vec<_> =
            delivered.iter().filter(|(number, at)| **at > end && !saved.contains(number)).collect();
        assert!(lost.is_empty(), "all is well at the end, but {lost:?} are lost");
        for (at, newest, most) in &self.kills {
            let Some(kept) = saved.range(..=newest).next_back() else { continue };
            // What came since the first that is lost; before, nothing may have come for a while.
            let Some((_, first)) = delivered.range(kept + 1..*newest + 1).next() else { continue };
            let loss = delivered[newest].saturating_duration_since(*first);
            assert!(loss <= *most, "{loss:?} lost by the kill after {:?}", *at - self.began);
        }
    }
}
