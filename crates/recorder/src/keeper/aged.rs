//! How much of a camera went by age lately: no more than a recorded day may in an hour, whenever that begins.
//!
//! Pure; part of [`Trust`](super::trust::Trust). Policy: what went in the same minute went at once, so that a
//! camera of short segments takes no more room here than one of long ones.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use jiff::SignedDuration;

/// How much of a camera may go by age in [`HOUR`].
pub(super) const DAY: SignedDuration = SignedDuration::from_hours(24);
/// In which it may.
pub(super) const HOUR: Duration = Duration::from_secs(3600);
/// What goes within this time goes at once, as far as [`HOUR`] is concerned.
const AT_ONCE: Duration = Duration::from_secs(60);

/// What of a camera went by age in the last hour, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Aged {
    gone: VecDeque<Portion>,
    /// The length of the next that had no place.
    pub waits: SignedDuration,
}

/// What went at once.
#[derive(Clone, Copy, Debug)]
struct Portion {
    first: Instant,
    last: Instant,
    length: SignedDuration,
}

impl Aged {
    /// How much went in the hour before.
    pub fn sum(&self, now: Instant) -> SignedDuration {
        let lately = |it: &&Portion| now.saturating_duration_since(it.last) < HOUR;
        let lengths = self.gone.iter().filter(lately).map(|it| it.length);
        lengths.fold(SignedDuration::ZERO, SignedDuration::saturating_add)
    }

    /// Whether as much more may go; what is longer than a day goes alone.
    pub fn has_place(&self, length: SignedDuration, now: Instant) -> bool {
        let gone = self.sum(now);
        gone.is_zero() || gone.saturating_add(length) <= DAY
    }

    /// So much goes.
    pub fn count(&mut self, length: SignedDuration, now: Instant) {
        self.gone.retain(|it| now.saturating_duration_since(it.last) < HOUR);
        match self.gone.back_mut() {
            Some(it) if now.saturating_duration_since(it.first) < AT_ONCE => {
                (it.last, it.length) = (now, it.length.saturating_add(length));
            }
            _ => self.gone.push_back(Portion { first: now, last: now, length }),
        }
    }
}
