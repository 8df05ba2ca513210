//! How long a feed waits before it tries again, and what it shows meanwhile.

use std::mem::discriminant;
use std::time::{Duration, Instant};

use super::Invariants;
use crate::feed::simulation::camera::SECRET;
use crate::source::SourceError;
use crate::status::{FeedState, Outage};

/// The pauses in a row, and their seconds.
const PAUSES: [(&str, f64); 5] = [
    ("a pause of 1 s", 1.0),
    ("a pause of 2 s", 2.0),
    ("a pause of 5 s", 5.0),
    ("a pause of 10 s", 10.0),
    ("a pause of 30 s", 30.0),
];

impl Invariants {
    /// Late pictures are no reason for a pause, but not twice within ten seconds.
    pub(super) fn late(&mut self, now: Instant, paused: bool) {
        if paused {
            self.count("late again too soon");
            return;
        }
        self.count("late, and connected anew at once");
        let soon = |at| now - at < Duration::from_secs(10);
        self.must(!self.connected_for_lateness.is_some_and(soon), "late, and again at once");
        self.connected_for_lateness = Some(now);
    }

    /// A pause is to begin.
    pub fn pausing(&mut self, now: Instant, until: Instant, shown: &FeedState, permits: usize) {
        if self.cancelled {
            return;
        }
        self.must(self.open == 0 && permits == 0, "a pause holds nothing");
        let outage = match shown {
            FeedState::Down(outage) => Some(outage),
            // What we hang up for is still said.
            FeedState::Late { .. } | FeedState::Undecodable { .. } => None,
            _ => return self.must(false, &format!("a pause is shown as {shown:?}")),
        };
        // After a refusal it is looked now and then whether the login is another.
        let looks = self.reads_logins && outage.is_some_and(|outage| outage.error.is_auth());
        let retry_at = outage.map_or(until, |outage| outage.retry_at);
        let soon = looks && until <= now + Duration::from_secs(10) && until < retry_at;
        self.must(retry_at == until || soon, "the state says when the next try is");
        let until = retry_at;
        if self.pause.is_some() {
            self.must(looks && self.pause == Some(until), "one pause a failure");
            return;
        }
        self.note(now, "pause");
        self.pause = Some(until);
        let Some((failed, error)) = self.failed.clone() else {
            return self.must(false, "a pause without a reason");
        };
        self.must(failed == now, "the pause begins with the failure");
        if matches!(error, SourceError::Late { .. }) {
            let soon = |at| now - at < Duration::from_secs(10);
            let again = self.connected_for_lateness.is_some_and(soon);
            self.must(again, "late pictures are waited for only if that did not help");
        }
        self.must(error != SourceError::Ended, "a file that ended is not tried again");
        let (least, most) = self.expected_pause(failed, &error);
        let pause = (until - now).as_secs_f64();
        let window = least - 1e-6..=most + 1e-6;
        self.must(window.contains(&pause), &format!("a pause of {pause} s for {window:?}"));
        self.must(!error.is_auth() || pause >= 48.0, "a refused login costs 48 s at least");
        if !matches!(error, SourceError::NoLogin { .. })
            && let Some(cause) = &mut self.cause
        {
            cause.paused = true;
        }
        if let Some(Outage { since, error: said, .. }) = outage {
            self.must(discriminant(&**said) == discriminant(&error), "the state says why");
            let tells = !self.file && format!("{said:?}").contains(SECRET);
            self.must(!tells, "no state holds a password");
            self.must(self.outages.began() == Some(*since), "the state says since when");
        }
        self.shown.down(&error);
    }

    /// The least and the most seconds.
    fn expected_pause(&mut self, failed: Instant, error: &SourceError) -> (f64, f64) {
        match error {
            SourceError::Auth { .. } => {
                self.count("a refused login");
                return (48.0, 72.0);
            }
            SourceError::NoLogin { .. } => return (10.0, 10.0),
            _ => {}
        }
        if self.live.is_some_and(|live| failed - live >= Duration::from_secs(30)) {
            if self.pauses > 0 {
                self.count("well again after half a minute");
            }
            self.pauses = 0;
        }
        let step = self.pauses.min(PAUSES.len() - 1);
        self.pauses += 1;
        let (what, seconds) = PAUSES[step];
        let (least, most) = (0.8 * seconds, 1.2 * seconds);
        match error {
            SourceError::Busy { retry_after: Some(after), .. } => {
                self.count("busy until then");
                // What the simulated camera asks for, and what it gets.
                let seconds = match after.as_secs() {
                    0 => 1.0,
                    7 => 7.0,
                    _ => 60.0,
                };
                return (seconds, seconds);
            }
            SourceError::Busy { .. } => {
                self.count(if step == 4 { "busy for the fifth time" } else { "busy" });
                return (least.min(10.0), most.min(10.0));
            }
            SourceError::SentElsewhere { .. } => self.count("sent elsewhere"),
            _ => {}
        }
        self.count(what);
        (least, most)
    }
}
