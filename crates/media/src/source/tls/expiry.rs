//! Warns before a camera's certificate ends, and after.
//!
//! A pure rule, told the time, and what a camera's connections remember of it. Whoever reads from a camera
//! asks now and then, so that a connection that stays for months is no reason to be surprised. Policy: a
//! warning in the log, once a day for a camera and certificate at most.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::lock::lock;

const DAY: Duration = Duration::from_secs(86_400);
/// How long before the end it is told.
const NOTICE: Duration = Duration::from_secs(30 * 86_400);
/// How often a connection looks at the clock.
const LOOK: Duration = Duration::from_secs(3600);

/// What is to be told of a certificate's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It ends within so many days; 0: within one.
    Within(u64),
    /// It has ended.
    Over,
}

/// What is told at `now` of a certificate that ends then; both since 1970.
pub(super) fn ending(end: Duration, now: Duration) -> Option<Ending> {
    match end.checked_sub(now) {
        None => Some(Ending::Over),
        Some(left) if left <= NOTICE => Some(Ending::Within(left.as_secs() / DAY.as_secs())),
        Some(_) => None,
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Within(0) => f.write_str("runs out today"),
            Self::Within(1) => f.write_str("runs out tomorrow"),
            Self::Within(days) => write!(f, "runs out in {days} days"),
            Self::Over => f.write_str("has run out"),
        }
    }
}

/// When it was last told of a camera, and of which end. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expiries(Arc<Mutex<Option<Told>>>);

#[derive(Clone, Copy, Debug)]
struct Told {
    end: Duration,
    at: Duration,
}

impl Expiries {
    /// What is to be told now, and counts as told then.
    fn due(&self, end: Duration, now: Duration) -> Option<Ending> {
        let ending = ending(end, now)?;
        let mut told = lock(&self.0);
        let just = |told: &Told| told.end == end && now < told.at + DAY && now >= told.at;
        if told.as_ref().is_some_and(just) {
            return None;
        }
        *told = Some(Told { end, at: now });
        Some(ending)
    }
}

/// One connection's look at the end of its certificate.
#[derive(Debug)]
pub(crate) struct ExpiryWatch {
    id: Arc<str>,
    told: Expiries,
    /// Since 1970; `None` where it is not known.
    end: Option<Duration>,
    next: Instant,
}

impl ExpiryWatch {
    pub(super) fn new(id: Arc<str>, told: Expiries, end: Option<Duration>) -> Self {
        Self { id, told, end, next: Instant::now() }
    }

    /// Warns where that is due. Cheap: it reads the clock, and seldom does more.
    pub fn look(&mut self) {
        let Some(end) = self.end.filter(|_| Instant::now() >= self.next) else { return };
        self.next += LOOK;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        if let Some(ending) = self.told.due(end, now) {
            tracing::warn!("{}: the camera's certificate {ending} ({})", self.id, date(end));
        }
    }
}

/// The day, in UTC.
pub(super) fn date(since_1970: Duration) -> String {
    let seconds = i64::try_from(since_1970.as_secs()).unwrap_or(i64::MAX);
    let time = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    time.strftime("%F").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_from_thirty_days_before_and_once_a_day() {
        let end = 1000 * DAY;
        assert_eq!(ending(end, end - 31 * DAY), None);
        assert_eq!(ending(end, end - NOTICE - DAY / 86_400), None, "a second before");
        assert_eq!(ending(end, end - NOTICE), Some(Ending::Within(30)));
        assert_eq!(ending(end, end - DAY / 2), Some(Ending::Within(0)));
        assert_eq!(ending(end, end), Some(Ending::Within(0)));
        assert_eq!(ending(end, end + DAY / 86_400), Some(Ending::Over));
        let told = Expiries::default();
        let first = end - 20 * DAY;
        assert_eq!(told.due(end, first), Some(Ending::Within(20)));
        assert_eq!(told.clone().due(end, first + DAY - DAY / 86_400), None, "of either stream");
        assert_eq!(told.due(end + DAY, first), Some(Ending::Within(21)), "another certificate");
        assert_eq!(told.due(end, first + DAY), Some(Ending::Within(19)));
        assert_eq!(told.due(end, first), Some(Ending::Within(20)), "the clock was set back");
    }

    #[test]
    fn a_day_is_written_as_such() {
        // 2001-09-09T01:46:40Z, a billion seconds after 1970.
        assert_eq!(date(Duration::from_secs(1_000_000_000)), "2001-09-09");
        assert!(!date(Duration::MAX).is_empty());
    }
}
