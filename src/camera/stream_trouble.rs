//! Which of a camera's two streams is left alone for a while, because it does not serve.
//!
//! Plain data and rules: they are told the time and know no feed. Policy: a sub stream without a
//! picture for [`PATIENCE`] makes way for the main stream, which then shows whether it is any
//! better: until it has a picture, the sub stream stays on the wall. The sub stream is tried again
//! after [`FIRST_BAR`], and each time it fails anew after twice as long, while the main stream is on
//! the wall; a sub stream that was well for [`WELL`] is trusted as before. A main stream whose
//! pictures came too late, again and again, or that this computer can't keep up with, makes way for
//! the sub stream for [`LAST_BAR`], or until somebody selects the camera or opens it full-screen.

use std::time::{Duration, Instant};

/// How long a sub stream may be without a picture.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a stream is left alone the first time, and at most.
const FIRST_BAR: Duration = Duration::from_secs(30);
const LAST_BAR: Duration = Duration::from_secs(600);
/// A sub stream that was well for so long has no past.
const WELL: Duration = Duration::from_secs(600);

/// How a stream does at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It is not there, or what is wrong is not its own.
    Absent,
    /// It is being connected, or its first picture is waited for.
    Coming,
    /// It has pictures.
    Well,
    /// It should have pictures and has none.
    Failing,
}

/// What is remembered of a sub stream's trouble.
#[derive(Debug, Clone, Copy, Default)]
pub struct SubTrouble {
    failing: Option<Instant>,
    well: Option<Instant>,
    barred_until: Option<Instant>,
    /// How often it was barred.
    bars: u32,
}

impl SubTrouble {
    /// Whether the sub stream may be shown or fetched.
    pub fn is_usable(&mut self, sub: Condition, now: Instant) -> bool {
        let since = |it: &mut Option<Instant>, is: bool| {
            *it = is.then(|| it.unwrap_or(now));
            it.map_or(Duration::ZERO, |since| now.saturating_duration_since(since))
        };
        // What is connected anew and brings nothing again goes on failing.
        let comes_again = sub == Condition::Coming && self.failing.is_some();
        let failing = since(&mut self.failing, sub == Condition::Failing || comes_again);
        let well = since(&mut self.well, sub == Condition::Well);
        if sub == Condition::Well {
            // It is back before the main stream had a picture.
            self.barred_until = None;
        }
        if well >= WELL {
            self.bars = 0;
        }
        if failing >= PATIENCE && self.barred_until.is_none_or(|until| until <= now) {
            let bar = FIRST_BAR * 2_u32.saturating_pow(self.bars);
            self.barred_until = Some(now + bar.min(LAST_BAR));
            self.bars = self.bars.saturating_add(1).min(10);
            // A stream that is tried again has its time again.
            self.failing = None;
        }
        self.barred_until.is_none_or(|until| until <= now)
    }
}

/// What is remembered of a main stream's trouble.
#[derive(Debug, Clone, Copy, Default)]
pub struct MainTrouble {
    barred_until: Option<Instant>,
}

impl MainTrouble {
    /// The main stream is tried again: somebody looks at the camera now.
    pub fn forgive(&mut self) {
        self.barred_until = None;
    }

    /// Whether the main stream may be shown where there is another. `too_slow`: its pictures came
    /// too late, again and again, or this computer can't keep up with it.
    pub fn is_usable(&mut self, too_slow: bool, now: Instant) -> bool {
        if too_slow {
            self.barred_until = Some(now + LAST_BAR);
        }
        self.barred_until.is_none_or(|until| until <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Condition::{Absent, Coming, Failing, Well};

    const SECOND: Duration = Duration::from_secs(1);

    /// When the sub stream stops and starts being usable, in seconds, where it fails whenever it is
    /// tried, and is absent while it is not.
    fn changes(seconds: u32, condition: impl Fn(u32, bool) -> Condition) -> Vec<(u32, bool)> {
        let (mut trouble, start) = (SubTrouble::default(), Instant::now());
        let mut usable = true;
        let mut seen = Vec::new();
        for second in 0..seconds {
            let is = trouble.is_usable(condition(second, usable), start + second * SECOND);
            if is != usable {
                usable = is;
                seen.push((second, is));
            }
        }
        seen
    }

    #[test]
    fn a_sub_that_fails_makes_way_after_five_seconds_and_is_tried_ever_more_seldom() {
        let fails_when_tried = |_, tried| if tried { Failing } else { Absent };
        assert_eq!(
            changes(1500, fails_when_tried),
            [
                (5, false),
                (35, true),
                // It is asked a second after it may be.
                (41, false),
                (101, true),
                (107, false),
                (227, true),
                (233, false),
                (473, true),
                (479, false),
                (959, true),
                (965, false),
            ]
        );
    }

    #[test]
    fn a_hiccup_is_none_and_one_that_comes_back_first_stays() {
        let hiccup = |second, _| if second % 5 == 4 { Well } else { Failing };
        assert_eq!(changes(100, hiccup), []);
        // The main stream has no picture either, and the sub stream comes back.
        let back = |second, _| if second < 20 { Failing } else { Well };
        assert_eq!(changes(100, back), [(5, false), (20, true)]);
    }

    #[test]
    fn what_connects_over_and_over_and_brings_nothing_fails() {
        // Ten seconds connected without a picture, a second of pause.
        let in_vain = |second: u32, _| if second % 11 == 10 { Failing } else { Coming };
        assert_eq!(changes(30, in_vain), [(15, false)]);
        // A first connection that takes its time does not.
        assert_eq!(changes(100, |_, _| Coming), []);
    }

    #[test]
    fn what_was_well_for_long_is_trusted_as_before() {
        let again = |second: u32, tried| match second {
            0..10 | 1000.. if tried => Failing,
            0..1000 if tried => Well,
            _ => Absent,
        };
        assert_eq!(
            changes(1100, again),
            [(5, false), (35, true), (1005, false), (1035, true), (1041, false)]
        );
    }

    #[test]
    fn a_main_stream_that_is_too_slow_is_left_alone_for_ten_minutes() {
        let (mut trouble, start) = (MainTrouble::default(), Instant::now());
        assert!(trouble.is_usable(false, start));
        assert!(!trouble.is_usable(true, start + SECOND));
        let mut forgiven = trouble;
        forgiven.forgive();
        assert!(forgiven.is_usable(false, start + 2 * SECOND), "somebody looks");
        assert!(!trouble.is_usable(false, start + 600 * SECOND));
        assert!(trouble.is_usable(false, start + 601 * SECOND));
    }
}
