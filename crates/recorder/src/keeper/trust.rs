//! Whether the system's clock may be believed, and how much may go by age.
//!
//! Pure; owned by the thread `retention`. Policies:
//! - a clock that jumped, or that does not follow what was recorded last, is not believed until the
//!   kernel says that it is synchronised, or an operator says that it is right, over starts as well; until
//!   then nothing goes by age. Without a jump the kernel is not asked: many clocks are right that nobody
//!   synchronises;
//! - nor is one that was ahead by days when it was recorded, however it stands to that at the next start:
//!   what was recorded after days without a recording is not believed as long as nobody knew of it;
//! - a clock that is behind what the ledgers tell is said to be so for as long as it is;
//! - whatever the clock says, no more than a recorded day of a camera goes by age in an hour, so that
//!   somebody can still see what is happening: in no hour, whenever it begins, and over a start in peace;
//!   where it is lost what went before a start, in the first hour nothing goes.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::aged::{Aged, DAY, HOUR};
use super::days::Step;
use crate::clock::ClockWord;

/// Between two looks the two clocks may differ by this.
const JUMP: SignedDuration = SignedDuration::from_secs(60);
/// What was recorded may end so far ahead of the clock: by the length of a picture, or of a sync.
const AHEAD: SignedDuration = SignedDuration::from_secs(2);
/// How long before a start the last recording may have ended.
const ABSENCE: SignedDuration = SignedDuration::from_hours(24);
/// So often it is known that the clock was set forward, the latest.
const STEPS: usize = 8;

/// One instant by both clocks, with the kernel's word on one of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    /// By the monotonic clock.
    pub instant: Instant,
    /// By the wall clock.
    pub wall: Timestamp,
    /// Whether the kernel says that the wall clock is synchronised, where it can be asked.
    pub synchronised: Option<bool>,
}

impl Moment {
    /// Now, by the clocks of this machine, one of which this may know to be right.
    pub fn now(word: ClockWord) -> Self {
        Self { instant: Instant::now(), wall: Timestamp::now(), synchronised: word() }
    }
}

/// What is believed.
#[derive(Debug, Default)]
pub(super) struct Trust {
    last: Option<Moment>,
    /// Whether the clock is not believed, so that nothing goes by age.
    pub doubted: bool,
    /// Whether the clock is behind what the ledgers tell.
    behind: bool,
    /// The furthest end that the ledgers tell.
    furthest: Option<Timestamp>,
    /// The furthest end when somebody last knew that the clock was right: if it is ahead, it is wrong.
    settled: Option<Timestamp>,
    /// When the clock, and so what the ledgers say up to then, was believed last.
    pub sure: Option<Timestamp>,
    /// What of each camera went by age in the last hour.
    aged: HashMap<Arc<str>, Aged>,
    /// When it began by the wall clock, or that was set last.
    began: Option<Timestamp>,
    /// When the clock was set forward by more than a day.
    pub steps: Vec<Step>,
    /// When it began without being told what went before.
    blind: Option<Instant>,
}

/// What a start is told of the one before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Memory {
    /// When the clock was believed last.
    sure: Option<Timestamp>,
    /// Whether it was not believed.
    #[serde(default)]
    doubted: bool,
    /// When the clock was set forward.
    #[serde(default)]
    steps: Vec<Step>,
    /// For each camera how much of it went by age in the last hour, ms.
    aged: BTreeMap<String, i64>,
}

/// Whether the clock is doubted, how often it was set forward, and of how many cameras nothing more may go
/// by age.
pub(super) type Gist = (bool, usize, usize);

impl Trust {
    /// Looks at the clocks; `furthest` is the furthest end that the ledgers tell.
    pub fn look(&mut self, now: Moment, furthest: Option<Timestamp>) {
        if let Some(last) = self.last.replace(now) {
            let passed = now.instant.saturating_duration_since(last.instant);
            let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
            let by = now.wall.duration_since(last.wall).saturating_sub(passed);
            if by.abs() > JUMP {
                self.jumped(by, now.wall);
            }
        }
        self.began.get_or_insert(now.wall);
        self.furthest = furthest;
        let news = furthest.filter(|end| self.settled.is_none_or(|settled| *end > settled));
        let ahead = news.map_or(SignedDuration::ZERO, |end| end.duration_since(now.wall));
        self.doubted |= ahead > JUMP;
        self.behind = ahead > AHEAD;
        self.ask(now);
    }

    /// The clock was set, to `now`.
    fn jumped(&mut self, by: SignedDuration, now: Timestamp) {
        self.doubted = true;
        let to = now.as_millisecond();
        // What was set forward to a time that is still to come was set wrong.
        self.steps.retain(|step| step.to <= to);
        if let Some(since) = self.began.replace(now)
            && by > DAY
        {
            let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
            self.steps.push(Step { since: since.as_millisecond(), by, to });
            self.steps.drain(..self.steps.len().saturating_sub(STEPS));
        }
    }

    /// Once after a start: what was recorded before ended at `newest`, where there is anything, and days
    /// without a recording lie before what was recorded after it was [`Trust::sure`], or they do not.
    pub fn begin(&mut self, newest: Option<Timestamp>, jumped: bool, now: Moment) {
        let absent = newest.is_some_and(|newest| now.wall.duration_since(newest) > ABSENCE);
        self.doubted |= absent || jumped;
        self.ask(now);
    }

    /// What the ledgers say up to now is believed for good, if the clock is.
    pub fn settle(&mut self, now: Moment) {
        if !self.doubted {
            self.sure = Some(now.wall);
        }
    }

    /// What the next start is to know.
    pub fn memory(&self, now: Instant) -> Memory {
        let length = |aged: &Aged| i64::try_from(aged.sum(now).as_millis()).unwrap_or(i64::MAX);
        let aged = self.aged.iter().map(|(camera, aged)| (camera.to_string(), length(aged)));
        let aged = aged.filter(|(_, length)| *length > 0).collect();
        Memory { sure: self.sure, doubted: self.doubted, steps: self.steps.clone(), aged }
    }

    /// What the start before knew, if that is there. When something went by age it does not say by a clock
    /// that is to be believed: as if that were now.
    pub fn recall(&mut self, memory: Option<Memory>, now: Instant) {
        let Some(memory) = memory else {
            self.blind = self.last.is_none().then_some(now);
            return;
        };
        (self.sure, self.doubted) = (memory.sure, self.doubted | memory.doubted);
        if self.steps.is_empty() {
            self.steps = memory.steps;
        }
        if self.aged.is_empty() {
            for (camera, length) in memory.aged {
                let aged = self.aged.entry(camera.into()).or_default();
                aged.count(SignedDuration::from_millis(length), now);
            }
        }
    }

    /// Whether nobody knows what of each camera went by age in the last hour: a day may have.
    pub fn is_blind(&self, now: Instant) -> bool {
        self.blind.is_some_and(|since| now.saturating_duration_since(since) < HOUR)
    }

    /// What a start must know though no end in peace comes before it.
    pub fn gist(&self) -> Gist {
        let waits = self.aged.values().filter(|aged| !aged.waits.is_zero()).count();
        (self.doubted, self.steps.len(), waits)
    }

    /// An operator says that the clock is right.
    pub fn confirm(&mut self) {
        (self.doubted, self.behind, self.settled) = (false, false, self.furthest);
    }

    fn ask(&mut self, now: Moment) {
        if now.synchronised == Some(true) {
            self.confirm();
        }
    }

    /// Whether an operator should look at the clock.
    pub fn is_odd(&self) -> bool {
        self.doubted || self.behind
    }

    /// Whether anything may go by age: where the clock is believed, and known what went before.
    fn believes(&self, now: Instant) -> bool {
        !self.doubted && !self.is_blind(now)
    }

    /// Whether anything more of a camera may go by age.
    pub fn may_age_more(&self, camera: &str, now: Instant) -> bool {
        let has_place =
            |aged: &Aged| aged.has_place(aged.waits.max(SignedDuration::from_millis(1)), now);
        self.believes(now) && self.aged.get(camera).is_none_or(has_place)
    }

    /// Whether a segment of that length may go by age; if so, it is counted.
    pub fn may_age(&mut self, camera: &Arc<str>, length: SignedDuration, now: Instant) -> bool {
        let believed = self.believes(now);
        let (aged, length) =
            (self.aged.entry(camera.clone()).or_default(), length.max(SignedDuration::ZERO));
        // Where the next has no place, nothing has.
        let may = believed && aged.has_place(length.max(aged.waits), now);
        aged.waits = if may { SignedDuration::ZERO } else { length.max(aged.waits) };
        if may {
            aged.count(length, now);
        }
        may
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn moment(seconds: i64) -> Moment {
        Moment {
            instant: Instant::now() + Duration::from_secs(seconds.unsigned_abs()),
            wall: Timestamp::UNIX_EPOCH + SignedDuration::from_secs(1_000_000_000 + seconds),
            synchronised: Some(false),
        }
    }

    fn set(moment: Moment, by: i64) -> Moment {
        Moment { wall: moment.wall + SignedDuration::from_secs(by), ..moment }
    }

    #[test]
    fn a_jump_is_doubted_until_somebody_knows() {
        for by in [61, -61, 86_400 * 365, -3600] {
            let mut trust = Trust::default();
            trust.look(moment(0), None);
            trust.look(set(moment(5), if by > 0 { 58 } else { -58 }), None);
            assert!(!trust.doubted, "that is drift, or somebody who corrects it");
            trust.look(set(moment(10), by + if by > 0 { 58 } else { -58 }), None);
            assert!(trust.doubted, "{by}");
            trust.look(set(moment(15), by + if by > 0 { 58 } else { -58 }), None);
            assert!(trust.doubted, "for as long as nobody knows");
            let unknown = Moment { synchronised: None, ..set(moment(20), by) };
            trust.look(unknown, None);
            assert!(trust.doubted);
            trust.look(Moment { synchronised: Some(true), ..set(moment(25), by) }, None);
            assert!(!trust.doubted);
        }
        let mut trust = Trust::default();
        trust.look(moment(0), None);
        trust.look(set(moment(5), 3600), None);
        trust.confirm();
        trust.look(set(moment(10), 3600), None);
        assert!(!trust.doubted);
    }

    #[test]
    fn a_start_is_doubted_that_does_not_follow_what_was_recorded() {
        let doubted = |newest: i64| {
            let mut trust = Trust::default();
            trust.begin(Some(moment(newest).wall), false, moment(0));
            trust.doubted
        };
        assert!(!doubted(0) && !doubted(-86_400) && doubted(-86_401) && doubted(-86_400 * 365));
        let mut trust = Trust::default();
        trust.begin(
            Some(moment(-100_000).wall),
            true,
            Moment { synchronised: Some(true), ..moment(0) },
        );
        assert!(!trust.doubted);
    }

    #[test]
    fn a_clock_behind_the_ledgers_is_said_to_be_so() {
        let end = |seconds| Some(moment(seconds).wall);
        let mut trust = Trust::default();
        let mut odd = |now, furthest| {
            trust.look(moment(now), end(furthest));
            (trust.is_odd(), trust.doubted)
        };
        assert_eq!(odd(0, 2), (false, false), "by the length of a picture");
        assert_eq!(odd(1, 30), (true, false));
        assert_eq!(odd(28, 30), (false, false), "it has caught up");
        assert_eq!(odd(29, 100), (true, true));
        assert_eq!(odd(99, 100), (true, true), "nobody knows how it came");
        trust.confirm();
        assert!(!trust.is_odd());
        // A wrong clock once, which is known.
        let mut trust = Trust::default();
        trust.look(moment(0), end(86_400));
        trust.confirm();
        trust.look(moment(5), end(86_400));
        assert!(!trust.is_odd());
        trust.look(moment(6), end(86_401));
        assert!(trust.doubted, "and wrong again");
    }

    #[test]
    fn a_day_an_hour() {
        let (mut trust, now) = (Trust::default(), Instant::now());
        let (gate, door): (Arc<str>, Arc<str>) = ("gate".into(), "door".into());
        let hours = SignedDuration::from_hours;
        for _ in 0..24 {
            assert!(trust.may_age(&gate, hours(1), now));
        }
        let later = now + Duration::from_secs(3599);
        assert!(!trust.may_age_more("gate", later) && !trust.may_age(&gate, hours(1), later));
        assert!(trust.may_age_more("door", now) && trust.may_age_more("gate", now + HOUR));
        assert!(trust.may_age(&door, hours(48), now), "one that is longer goes alone");
        assert!(!trust.may_age(&door, hours(1), now));
        assert!(trust.may_age(&gate, hours(24), now + HOUR));
    }

    #[test]
    fn no_hour_has_more_than_a_day_wherever_it_begins() {
        let (mut trust, start) = (Trust::default(), Instant::now());
        let (gate, mut gone) = (Arc::from("gate"), Vec::new());
        // A segment a minute; then as many as may at once, shortly before the hour is over.
        for second in (0..40_000_u64).filter(|second| second % 3000 < 5 || second % 7 == 0) {
            let (now, length) = (start + Duration::from_secs(second), 600 + second % 5000);
            let length_ms = SignedDuration::from_secs(i64::try_from(length).unwrap());
            while trust.may_age_more("gate", now) && trust.may_age(&gate, length_ms, now) {
                gone.push((second, length));
            }
        }
        assert!(gone.len() > 100);
        for (from, _) in &gone {
            let within = gone.iter().filter(|(at, _)| (*from..from + 3600).contains(at));
            let sum: u64 = within.map(|(_, length)| length).sum();
            assert!(sum <= 86_400, "{from}: {sum}");
        }
        let sum: u64 = gone.iter().map(|(_, length)| length).sum();
        assert!(sum > 86_400 * 8, "and nearly as much as may: {sum}");
    }

    #[test]
    fn a_start_knows_what_went_before() {
        let (mut trust, now) = (Trust::default(), Instant::now());
        let (gate, hours) = (Arc::from("gate"), SignedDuration::from_hours);
        assert!(trust.may_age(&gate, hours(20), now));
        let mut next = Trust::default();
        next.recall(Some(trust.memory(now + Duration::from_secs(1800))), now);
        assert!(!next.may_age(&gate, hours(5), now + Duration::from_secs(3599)));
        assert!(next.may_age(&gate, hours(5), now + HOUR));
        assert_eq!(trust.memory(now + HOUR), Memory::default());
    }
}
