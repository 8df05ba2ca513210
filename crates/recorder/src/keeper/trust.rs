//! Whether the system's clock may be believed, and how much may go by age.
//!
//! Pure; owned by the thread `retention`. Policies:
//! - a clock that jumped, or that does not follow what was recorded last, is not believed until the
//!   kernel says that it is synchronised, or an operator says that it is right; until then nothing goes
//!   by age. Without a jump the kernel is not asked: many clocks are right that nobody synchronises;
//! - a clock that is behind what the ledgers tell is said to be so for as long as it is;
//! - whatever the clock says, no more than a recorded day of a camera goes by age in an hour, so that
//!   somebody can still see what is happening.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::clock::ClockWord;

/// Between two looks the two clocks may differ by this.
const JUMP: SignedDuration = SignedDuration::from_secs(60);
/// What was recorded may end so far ahead of the clock: by the length of a picture, or of a sync.
const AHEAD: SignedDuration = SignedDuration::from_secs(2);
/// How long before a start the last recording may have ended.
const ABSENCE: SignedDuration = SignedDuration::from_hours(24);
/// How much of a camera may go by age in [`HOUR`].
const DAY: SignedDuration = SignedDuration::from_hours(24);
const HOUR: Duration = Duration::from_secs(3600);

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
    /// For each camera since when, and how much of it went by age.
    aged: HashMap<Arc<str>, (Instant, SignedDuration)>,
}

impl Trust {
    /// Looks at the clocks; `furthest` is the furthest end that the ledgers tell.
    pub fn look(&mut self, now: Moment, furthest: Option<Timestamp>) {
        if let Some(last) = self.last.replace(now) {
            let passed = now.instant.saturating_duration_since(last.instant);
            let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::MAX);
            let by_wall = now.wall.duration_since(last.wall);
            self.doubted |= by_wall.saturating_sub(passed).abs() > JUMP;
        }
        self.furthest = furthest;
        let news = furthest.filter(|end| self.settled.is_none_or(|settled| *end > settled));
        let ahead = news.map_or(SignedDuration::ZERO, |end| end.duration_since(now.wall));
        self.doubted |= ahead > JUMP;
        self.behind = ahead > AHEAD;
        self.ask(now);
    }

    /// Once after a start: what was recorded before ended at `newest`.
    pub fn begin(&mut self, newest: Timestamp, now: Moment) {
        self.doubted |= now.wall.duration_since(newest) > ABSENCE;
        self.ask(now);
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

    /// Whether anything more of a camera may go by age.
    pub fn may_age_more(&self, camera: &str, now: Instant) -> bool {
        let gone = self.aged.get(camera).filter(|(since, _)| now.duration_since(*since) < HOUR);
        !self.doubted && gone.is_none_or(|(_, gone)| *gone < DAY)
    }

    /// Whether a segment of that length may go by age; if so, it is counted.
    pub fn may_age(&mut self, camera: &Arc<str>, length: SignedDuration, now: Instant) -> bool {
        let (since, gone) = self.aged.entry(camera.clone()).or_insert((now, SignedDuration::ZERO));
        if now.saturating_duration_since(*since) >= HOUR {
            (*since, *gone) = (now, SignedDuration::ZERO);
        }
        let with = gone.saturating_add(length.max(SignedDuration::ZERO));
        // One that is longer than a day goes alone.
        let may = !self.doubted && (with <= DAY || gone.is_zero());
        // Where the next has no place, nothing has.
        *gone = if may { with } else { DAY.max(*gone) };
        may
    }
}

#[cfg(test)]
mod tests {
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
            trust.begin(moment(newest).wall, moment(0));
            trust.doubted
        };
        assert!(!doubted(0) && !doubted(-86_400) && doubted(-86_401) && doubted(-86_400 * 365));
        let mut trust = Trust::default();
        trust.begin(moment(-100_000).wall, Moment { synchronised: Some(true), ..moment(0) });
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
}
