//! What really held when, for a ledger to be compared with.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::Cause;
use crate::ledger::history::Gap;
use crate::simulation::Delivered;

/// How much later or earlier than it held a cause may be told: a gap begins at the last picture,
/// and a cause must be steady before it is told.
const SLACK: Duration = Duration::from_secs(4);
/// Without a key frame for longer, pictures are missing.
const STALL: Duration = Duration::from_millis(1500);

/// Causes and when they held, by the monotonic clock; and how the wall clock was set.
pub struct Truth {
    began: Instant,
    wall: Timestamp,
    held: Vec<(Cause, Instant, Instant)>,
    /// What the wall clock was ahead by, in turn.
    offsets: Vec<SignedDuration>,
}

impl Truth {
    /// Nothing held yet.
    pub fn new(began: Instant, wall: Timestamp) -> Self {
        Self { began, wall, held: Vec::new(), offsets: vec![SignedDuration::ZERO] }
    }

    /// A cause held.
    pub fn held(&mut self, cause: Cause, from: Instant, until: Instant) {
        self.held.push((cause, from, until));
    }

    /// The wall clock was set.
    pub fn clock_set(&mut self, at: Instant, by: SignedDuration) {
        let newest = self.offsets.last().copied().unwrap_or_default();
        self.offsets.push(newest + by);
        self.held.push((Cause::ClockChanged, at, at));
    }

    /// Whether the wall clock was set at all.
    pub fn was_set(&self) -> bool {
        self.offsets.len() > 1
    }

    /// Whether the cause of a gap really held in it.
    pub fn explains(&self, gap: &Gap, delivered: &[Delivered]) -> bool {
        if gap.cause == Cause::ClockChanged {
            return self.was_set();
        }
        self.offsets.iter().any(|offset| {
            let (Some(from), Some(until)) =
                (self.instant(gap.start, *offset), self.instant(gap.end, *offset))
            else {
                return false;
            };
            let (from, until) = (from - SLACK, until + SLACK);
            let stalled = || gap.cause == Cause::CameraStalled && stalled(delivered, from, until);
            self.held.iter().any(|(cause, held_from, held_until)| {
                *cause == gap.cause && *held_from <= until && *held_until >= from
            }) || stalled()
        })
    }

    fn instant(&self, at: Timestamp, offset: SignedDuration) -> Option<Instant> {
        let after = at.duration_since(self.wall + offset);
        let later = after.unsigned_abs();
        if after.is_negative() {
            self.began.checked_sub(later)
        } else {
            self.began.checked_add(later)
        }
    }
}

/// Whether no key frame came for a while.
fn stalled(delivered: &[Delivered], from: Instant, until: Instant) -> bool {
    let keys = || delivered.iter().filter(|it| it.keyframe).map(|it| it.at);
    let ends = keys().skip(1).chain([until + STALL]);
    let long = |(last, next): (Instant, Instant)| next.saturating_duration_since(last) > STALL;
    keys().zip(ends).filter(|(last, next)| *last <= until && *next >= from).any(long)
        || keys().next().is_none_or(|first| first > from + STALL)
}
