//! Retention beside a recording: what goes, and what must not.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::{SECOND, Trial};
use crate::ledger::history::History;
use crate::simulation::{
    DiskOperation, GATE, LedgerEntry, Refusal, RetentionLimits, RetentionRule, Taken, name_of,
};

/// A clock that is set by more is not believed.
const JUMP: SignedDuration = SignedDuration::from_secs(60);
/// How long a look at the clocks may be ago.
const LOOK: Duration = Duration::from_secs(6);

/// A line about a removal.
struct Said {
    file: String,
    at: Timestamp,
    why: RetentionRule,
}

impl Trial {
    /// In every other sequence something is to go.
    pub(super) fn limit(&mut self, seed: u64) {
        // What happens in a sequence stays what it was without.
        let mut random = fastrand::Rng::with_seed(seed ^ 0x6b65_6570);
        if random.bool() {
            return;
        }
        let free = random.u64(2000..20_000);
        self.gate.limits = Some(RetentionLimits {
            age: random.bool().then(|| Duration::from_secs(random.u64(10..60))),
            total: (random.u8(..4) == 0).then(|| random.u64(10_000..60_000)),
            per_camera: (random.u8(..4) == 0).then(|| random.u64(5000..40_000)),
            free,
        });
        let mut world = self.gate.world();
        world.synchronised = [None, Some(false), Some(true)][random.usize(..3)];
        if random.bool() {
            self.size = free + random.u64(10_000..80_000);
            world.room = Some((self.gate.root().to_owned(), self.size));
        }
    }

    /// That what went was to go, and was the oldest.
    pub(super) fn check_removals(&self, history: &History) {
        let Some(limits) = &self.gate.limits else { return };
        let taken: Vec<Taken> = self.gate.world().taken.clone();
        let taken: Vec<&Taken> =
            taken.iter().filter(|it| it.path.starts_with(self.gate.root().join(GATE))).collect();
        let said = self.said();
        assert_eq!(self.gate.taken_though_kept(), [] as [String; 0]);
        for it in &taken {
            let file = name_of(&it.path);
            let recorded = history.segments().iter().find(|other| other.path == it.path);
            let recorded = recorded.unwrap_or_else(|| panic!("{file} went and is in no ledger"));
            assert!(recorded.removed, "{file} went without a word");
            let said = said.iter().find(|said| said.file == file).unwrap();
            match said.why {
                RetentionRule::Age => self.check_age(it, said, recorded.segment.end, limits),
                RetentionRule::Free => {
                    let world = self.gate.world();
                    // A disk that was full must come a little above the hard floor.
                    let size = world.room.as_ref().map_or(0, |(_, size)| *size);
                    let least = limits.free.max(limits.hard_floor() + size.max(self.size) / 20);
                    // What was said is done, if late: also by a start in the same instant.
                    let late = it.wall.duration_since(said.at) > SignedDuration::from_millis(1)
                        || self.starts.contains(&it.at);
                    let asked = world.asked_for_room > 0 || late;
                    assert!(it.free < least || asked, "{file}: {} were free of {least}", it.free);
                }
                RetentionRule::Total => assert!(limits.total.is_some(), "{file}"),
                RetentionRule::PerCamera => assert!(limits.per_camera.is_some(), "{file}"),
            }
        }
        for said in &said {
            let path = history.segments().iter().find(|it| it.segment.file == said.file);
            let kept = path.is_some_and(|it| it.kept);
            let gone = taken.iter().any(|it| name_of(&it.path) == said.file);
            assert!(gone || kept, "{} is said to be removed and was not", said.file);
        }
        self.check_order(history, &taken);
    }

    /// That it was old in truth, but for how far the clock was set forward since; and that nothing went by a
    /// clock that had jumped.
    fn check_age(&self, it: &Taken, said: &Said, end: Timestamp, limits: &RetentionLimits) {
        let age = limits.age.expect("nothing is to go by age");
        let newest = it.numbers.pictures.last();
        let arrived = self.gate.delivered.iter().find(|one| Some(&one.number) == newest);
        if let Some(arrived) = arrived.filter(|_| !self.held_up) {
            // A file goes on by the clock that it began with up to the next key frame.
            let since = |at: Instant| at + 2 * SECOND >= arrived.at;
            let since = self.set.iter().filter(|(at, by)| since(*at) && by.is_positive());
            let forward: Duration = since.map(|(_, by)| by.unsigned_abs()).sum();
            let in_truth = it.at.duration_since(arrived.at);
            assert!(in_truth + forward + SECOND >= age, "{in_truth:?}: {}", said.file);
        } else if !self.truth.was_set() {
            let by_clock = said.at.duration_since(end).unsigned_abs();
            assert!(by_clock >= age, "{by_clock:?}: {}", said.file);
        }
        if self.gate.world().synchronised == Some(true) {
            return;
        }
        let begun = self.starts.iter().rfind(|start| **start <= it.at).copied();
        let others = |at| self.set.iter().filter(move |(other, _)| at_most(*other, at, LOOK));
        // What it had seen may not have reached the disk before a kill.
        let is_killed =
            |at: Instant| self.kills.iter().any(|(killed, ..)| (at..=it.at).contains(killed));
        let jumped = self.set.iter().find(|(at, by)| {
            by.abs() > JUMP
                && !is_killed(*at)
                && *at < it.at
                && begun.is_some_and(|begun| begun + LOOK < *at)
                && others(*at).count() == 1
        });
        assert_eq!(jumped, None, "{} went by a clock that nobody vouches for", said.file);
    }

    /// That nothing older stays, or goes later, which could go before, too.
    fn check_order(&self, history: &History, taken: &[&Taken]) {
        // What could not be removed, or could not be said to be, is tried again an hour later, and where a
        // segment's own line could not be written, it comes late.
        let gate = self.gate.root().join(GATE);
        let in_vain = |it: &&Refusal| {
            matches!(it.operation, DiskOperation::Remove | DiskOperation::Append)
                && it.path.starts_with(&gate)
        };
        let refused = self.gate.world().refusals.iter().find(in_vain).map(|it| it.at);
        let in_order = |it: &&&Taken| refused.is_none_or(|refused| it.at < refused);
        let lines = self.gate.lines();
        let is_keep = |line: &LedgerEntry, of: &String| matches!(line, LedgerEntry::Keep { file, .. } if file == of);
        for stays in history.segments().iter().filter(|it| !it.segment.recovered) {
            let file = &stays.segment.file;
            let until = taken.iter().find(|it| it.path == stays.path).map(|it| it.at);
            if lines.iter().any(|line| is_keep(line, file)) {
                continue;
            }
            let numbers = self.gate.numbers_of(&stays.path).unwrap().pictures;
            let closed = self.gate.world().closed.iter().position(|it| *it == stays.path);
            let newer = taken.iter().filter(in_order);
            let newer = newer.filter(|it| it.numbers.pictures > numbers);
            for it in newer.filter(|it| until.is_none_or(|until| it.at < until)) {
                let world = self.gate.world();
                let later = world.closed.iter().position(|path| *path == it.path);
                drop(world);
                // What was closed late could not go earlier.
                let in_turn = closed.zip(later).is_some_and(|(closed, later)| closed < later);
                assert!(!in_turn, "{file} stays, and {} went", name_of(&it.path));
            }
        }
    }

    fn said(&self) -> Vec<Said> {
        let said = |line| match line {
            LedgerEntry::Removed { file, at, why } => Some(Said { file, at, why }),
            _ => None,
        };
        self.gate.lines().into_iter().filter_map(said).collect()
    }
}

fn at_most(one: Instant, other: Instant, apart: Duration) -> bool {
    one.saturating_duration_since(other).max(other.saturating_duration_since(one)) <= apart
}
