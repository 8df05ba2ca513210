//! Tours: what is shown one after another, and for how long.
//!
//! Plain data, read on the caller's thread. Policy: a tour of the wall shows layouts, one of a tile
//! cameras; both are written alike.

use std::{ops::RangeInclusive, time::Duration};

use serde::Deserialize;

use super::units::{duration, maybe_duration};

/// Steps that are shown one after another, round and round.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tour {
    /// What is shown: 1 to 64 steps.
    pub steps: Vec<Step>,
    /// How long each step is shown that says nothing else, `"2s"` to `"1h"`. Default: `"15s"`.
    #[serde(default = "fifteen_seconds", deserialize_with = "duration")]
    pub every: Duration,
    /// How long after the last key or click it goes on by itself, `"1s"` to `"24h"`.
    /// Default: `"60s"`.
    #[serde(default = "a_minute", deserialize_with = "duration")]
    pub resume_after: Duration,
}

/// A step of a tour.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What is shown: a layout; in the tour of a tile, a camera.
    pub show: String,
    /// For how long, `"2s"` to `"1h"`. Default: as the tour says with `every`.
    #[serde(default, rename = "for", deserialize_with = "maybe_duration")]
    pub time: Option<Duration>,
}

fn fifteen_seconds() -> Duration {
    Tour::EVERY
}

fn a_minute() -> Duration {
    Tour::RESUME_AFTER
}

impl Tour {
    /// Allowed times of a step.
    pub const TIMES: RangeInclusive<Duration> = Duration::from_secs(2)..=Duration::from_secs(3600);
    /// Allowed values of [`Tour::resume_after`].
    pub const PAUSES: RangeInclusive<Duration> =
        Duration::from_secs(1)..=Duration::from_secs(24 * 3600);
    /// Most steps.
    pub const MOST_STEPS: usize = 64;
    /// How long a step is shown where nothing is said.
    pub const EVERY: Duration = Duration::from_secs(15);
    /// When it goes on where nothing is said.
    pub const RESUME_AFTER: Duration = Duration::from_mins(1);

    /// A tour of these steps, of which nothing else is said.
    #[must_use]
    pub fn of(steps: Vec<Step>) -> Self {
        Self { steps, every: Self::EVERY, resume_after: Self::RESUME_AFTER }
    }

    /// How long step number `step`, from 0, is shown.
    #[must_use]
    pub fn time(&self, step: usize) -> Duration {
        self.steps.get(step).and_then(|step| step.time).unwrap_or(self.every)
    }

    /// What its steps show, in their order.
    pub fn shows(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| step.show.as_str())
    }
}
