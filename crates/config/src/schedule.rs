//! The weekly schedule of a camera's recording: when it is on.
//!
//! Pure; runs on any thread. Times are local civil times to the minute, so a schedule means the same
//! on the wall and on the operator's watch; who asks converts, daylight saving included. Policy: a
//! schedule that is not understood is a mistake of the file, never a camera that is not recorded.

use std::str::FromStr;

use camwall_words::ValueMistake;
use jiff::{SignedDuration, civil::DateTime};
use serde::{Deserialize, Deserializer};

use super::{mistake::raise, suggest::nearest_and_list};

/// Minutes of a day.
const DAY: u16 = 24 * 60;

/// Minutes of a week, which begins on Monday at 00:00.
const WEEK: u16 = 7 * DAY;

/// Days as they are written.
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// All days.
const DAILY: &str = "Daily";

/// Times of the week, such as `["Mon-Fri 08:00-18:00", "Sat,Sun 22:00-06:00"]`; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weekly(Vec<Span>);

impl Weekly {
    /// Whether the schedule is on at that local time.
    #[must_use]
    pub fn is_on(&self, at: DateTime) -> bool {
        self.is_on_in(minute_of_week(at))
    }

    /// Its entries as they are written, such as `Mon-Fri 08:00-18:00`.
    pub(super) fn entries(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(Span::written)
    }

    /// Since when it has been on, or off, as it is at that local time; at most a week is looked back.
    #[must_use]
    pub fn steady_since(&self, at: DateTime) -> DateTime {
        let (on, minute) = (self.is_on(at), minute_of_week(at));
        let before = |back: &u16| self.is_on_in((minute + WEEK - back) % WEEK) == on;
        let minutes = (1..WEEK).take_while(before).count();
        let minutes = SignedDuration::from_mins(i64::try_from(minutes).unwrap_or_default());
        let begun = at.date().at(at.hour(), at.minute(), 0, 0);
        begun.saturating_sub(minutes)
    }

    fn is_on_in(&self, minute: u16) -> bool {
        let mut turns = self.0.iter().flat_map(Span::turns);
        turns.any(|(on, off)| (minute + WEEK - on) % WEEK < off - on)
    }
}

fn minute_of_week(at: DateTime) -> u16 {
    let number = |small: i8| u16::from(small.unsigned_abs());
    let day = number(at.weekday().to_monday_zero_offset());
    day * DAY + number(at.hour()) * 60 + number(at.minute())
}

impl<'de> Deserialize<'de> for Weekly {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spans = Vec::<Span>::deserialize(deserializer)?;
        if spans.is_empty() {
            return Err(raise(ValueMistake::NoTimes));
        }
        Ok(Self(spans))
    }
}

/// One entry of a schedule: days, and from when to when.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    /// From Monday on.
    days: [bool; 7],
    /// Minute of the day.
    from: u16,
    /// Minute of the day; beyond [`DAY`] where it ends on the next.
    to: u16,
}

impl Span {
    /// When it turns on and off: minutes of the week, the second one after the first and so
    /// perhaps beyond [`WEEK`].
    fn turns(&self) -> impl Iterator<Item = (u16, u16)> {
        let days = (0..).step_by(usize::from(DAY)).zip(self.days);
        days.filter(|(_, on)| *on).map(|(midnight, _)| (midnight + self.from, midnight + self.to))
    }
}

impl Span {
    /// As it is read.
    fn written(&self) -> String {
        let Self { days, from, to } = self;
        let days = if days.iter().all(|on| *on) { DAILY.to_owned() } else { written_days(days) };
        let to = if *to > DAY { to - DAY } else { *to };
        let time = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        format!("{days} {}-{}", time(*from), time(to))
    }
}

/// `Mon-Fri`, `Sat,Sun`: three days and more that follow one another are a stretch.
fn written_days(days: &[bool; 7]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut day = 0;
    while day < days.len() {
        let length = days[day..].iter().take_while(|on| **on).count();
        match length {
            0 => {}
            1 | 2 => parts.extend(DAYS[day..day + length].iter().map(ToString::to_string)),
            _ => parts.push(format!("{}-{}", DAYS[day], DAYS[day + length - 1])),
        }
        day += length.max(1);
    }
    parts.join(",")
}

impl FromStr for Span {
    type Err = ValueMistake;

    fn from_str(text: &str) -> Result<Self, ValueMistake> {
        let digit = text.find(|c: char| c.is_ascii_digit()).ok_or(ValueMistake::SpanForm)?;
        let (days, times) = text.split_at(digit);
        if days.split([',', '-']).any(|day| day.trim().is_empty()) {
            return Err(ValueMistake::SpanForm);
        }
        let (from, to) = times.split_once('-').ok_or(ValueMistake::SpanForm)?;
        let days = days_of(days)?;
        let wrong = |text: &str| ValueMistake::UnknownTime { time: text.trim().to_owned() };
        let from = minute_of_day(from).filter(|at| *at < DAY).ok_or_else(|| wrong(from))?;
        let to = minute_of_day(to).ok_or_else(|| wrong(to))?;
        match to {
            to if to == from => Err(ValueMistake::EmptySpan),
            to if to < from => Ok(Self { days, from, to: to + DAY }),
            to => Ok(Self { days, from, to }),
        }
    }
}

/// `Mon-Fri`, `Sat,Sun`, `Daily`; `Fri-Mon` is a long weekend.
fn days_of(text: &str) -> Result<[bool; 7], ValueMistake> {
    let day = |text: &str| {
        let text = text.trim();
        let found = DAYS.iter().position(|day| *day == text);
        found.ok_or_else(|| ValueMistake::UnknownDay {
            day: text.to_owned(),
            hint: nearest_and_list(text, DAYS.into_iter().chain([DAILY])),
        })
    };
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (day(first)?, day(last)?),
            None if part.trim() == DAILY => (0, 6),
            None => (day(part)?, day(part)?),
        };
        let length = (last + 7 - first) % 7;
        for number in first..=first + length {
            days[number % 7] = true;
        }
    }
    Ok(days)
}

/// `8:00`, `08:00`, `24:00`.
pub(super) fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |text: &str, most: usize| {
        let plain = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u16>().ok().filter(|number| plain && usize::from(*number) <= most)
    };
    let minutes = number(hour, 24)? * 60 + number(minute, 59).filter(|_| minute.len() == 2)?;
    (minutes <= DAY).then_some(minutes)
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(raise)
    }
}
