//! Care for screens that show the same for years: a small orbit of the picture, and nights.
//!
//! Plain data, read on the caller's thread. Times are local civil times to the minute. Policy: all of
//! it is off unless the file asks for it.

use std::ops::RangeInclusive;

use camwall_words::ValueMistake;
use jiff::civil::Time;
use serde::{Deserialize, Deserializer};

use super::{mistake::raise, schedule::minute_of_day};

/// Care for the screens.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BurnIn {
    /// By how many pixels, 0 to 2, the whole picture wanders, so that no edge stays in its place;
    /// 0 leaves it where it is. Default: 0.
    pub orbit: u32,
    /// Another picture by night. Default: none.
    pub night: Option<Night>,
}

impl BurnIn {
    /// Allowed values of [`BurnIn::orbit`].
    pub const ORBITS: RangeInclusive<u32> = 0..=2;
}

/// What is different by night. Times are those of the computer's clock and zone, such as `"22:00"`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Night {
    /// When it begins.
    #[serde(deserialize_with = "time")]
    pub from: Time,
    /// When it ends; before `from` on the next day.
    #[serde(deserialize_with = "time")]
    pub to: Time,
    /// How many percent of the light are taken away, 0 to 80. Default: 0.
    #[serde(default)]
    pub dim: u32,
    /// Tiles change places: what is on the left by day is on the right by night. Default: false.
    #[serde(default)]
    pub swap: bool,
}

impl Night {
    /// Allowed values of [`Night::dim`].
    pub const DIMS: RangeInclusive<u32> = 0..=80;

    /// Whether it is night at that local time; over midnight too.
    #[must_use]
    pub fn is_night(&self, now: Time) -> bool {
        if self.from <= self.to {
            self.from <= now && now < self.to
        } else {
            self.from <= now || now < self.to
        }
    }
}

/// A time of day, `"00:00"` to `"23:59"`.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
    let text = String::deserialize(deserializer)?;
    let minutes = minute_of_day(&text)
        .and_then(|minutes| i8::try_from(minutes / 60).ok().zip(i8::try_from(minutes % 60).ok()));
    let time = minutes.and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok());
    time.ok_or_else(|| raise(ValueMistake::TimeOfDay { time: text }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_lasts_over_midnight_and_ends_before_its_end() {
        let at = |hour, minute| Time::new(hour, minute, 0, 0).unwrap();
        let night = |from, to| Night { from, to, dim: 0, swap: false };
        let over = night(at(22, 0), at(6, 0));
        for (time, is) in [
            (at(21, 59), false),
            (at(22, 0), true),
            (at(0, 0), true),
            (at(5, 59), true),
            (at(6, 0), false),
            (at(12, 0), false),
        ] {
            assert_eq!(over.is_night(time), is, "{time}");
        }
        assert!(over.is_night(Time::new(5, 59, 59, 999).unwrap()));
        let short = night(at(1, 0), at(2, 30));
        let is = [at(0, 59), at(1, 0), at(2, 29), at(2, 30)].map(|time| short.is_night(time));
        assert_eq!(is, [false, true, true, false]);
    }
}
