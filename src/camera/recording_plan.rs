//! What the wall file says of a camera's recording.
//!
//! Pure. Policy: what a schedule does not allow is not recorded, not even as a pre-roll.

use std::time::{Duration, Instant};

use jiff::{Timestamp, Zoned};

use camwall_config::{Record, Recording};

/// Whether the wall file wants a recording at `now`.
pub fn planned(record: &Record, now: &Zoned) -> bool {
    match record {
        Record::Never => false,
        Record::Always => true,
        Record::Weekly(weekly) => weekly.is_on(now.datetime()),
    }
}

/// Whether what a recording is to begin with is kept in memory. `recording` is that section of the
/// wall file.
pub fn keeps_pre_roll(record: &Record, recording: Option<&Recording>) -> bool {
    // Where nobody speaks of recording, a sub stream on the wall is the only connection.
    recording.map_or(*record != Record::Never, |recording| !recording.pre_roll.is_zero())
}

/// Whether the main stream is connected from the beginning, whatever the wall shows.
pub fn holds_main(record: &Record, recording: Option<&Recording>, now: &Zoned) -> bool {
    planned(record, now) || keeps_pre_roll(record, recording)
}

/// When the time began, within `now`, in which the schedule wants a recording; none where no schedule
/// is on. `looked` is when it was last seen to be off.
pub fn on_since(record: &Record, now: &Zoned, looked: Option<Instant>) -> Option<Instant> {
    let Record::Weekly(weekly) = record else { return None };
    if !weekly.is_on(now.datetime()) {
        return None;
    }
    let at = Instant::now();
    let begun = now.time_zone().to_zoned(weekly.steady_since(now.datetime())).ok();
    let passed = begun.map(|begun| now.duration_since(&begun));
    let passed = passed.and_then(|passed| Duration::try_from(passed).ok());
    // An hour that comes twice began later, and so did one to which the clock was set.
    passed.and_then(|passed| at.checked_sub(passed)).max(looked)
}

/// Whether a camera that was recorded up to `until`, when camwall was killed, was recorded by hand, and
/// its schedule has not changed since.
pub fn by_hand_goes_on(record: &Record, until: Timestamp, now: &Zoned) -> bool {
    match record {
        Record::Never => true,
        Record::Always => false,
        Record::Weekly(weekly) => {
            let (then, now) = (until.to_zoned(now.time_zone().clone()), now.datetime());
            !weekly.is_on(now) && weekly.steady_since(now) <= then.datetime()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On from 08:00 to 18:00 on workdays, and while clocks are set back.
    fn office() -> Record {
        let text = r#"(cameras: { "gate": (main: "/a",
            record: Weekly(["Mon-Fri 08:00-18:00", "Sun 02:30-02:45"])) })"#;
        let wall = camwall_config::Wall::parse(text, "wall.ron").unwrap().wall;
        wall.cameras["gate"].record.clone()
    }

    fn berlin(text: &str) -> Zoned {
        format!("{text}[Europe/Berlin]").parse().unwrap()
    }

    #[test]
    fn the_time_of_a_schedule_begins_to_the_second() {
        let since = |text: &str| on_since(&office(), &berlin(text), None);
        let passed = |since: Option<Instant>| since.unwrap().elapsed();
        assert_eq!(since("2026-11-26T07:59:59+01:00"), None);
        let second = Duration::from_secs(1);
        assert!(passed(since("2026-11-26T08:00:00+01:00")) < second);
        let late = passed(since("2026-11-26T08:00:09+01:00"));
        assert!((9 * second..10 * second).contains(&late), "{late:?}");
        for record in [Record::Always, Record::Never] {
            assert_eq!(on_since(&record, &berlin("2026-11-26T08:00:09+01:00"), None), None);
        }
    }

    #[test]
    fn a_time_that_comes_twice_or_to_which_the_clock_was_set_begins_when_it_is_seen() {
        // Clocks went back at 03:00 to 02:00: 02:30 came for the second time.
        let looked = Instant::now().checked_sub(Duration::from_secs(1));
        for text in ["2026-10-25T02:30:04+01:00", "2026-11-26T12:00:00+01:00"] {
            assert_eq!(on_since(&office(), &berlin(text), looked), looked, "{text}");
        }
    }

    #[test]
    fn what_a_key_began_goes_on_until_the_schedule_changes() {
        let goes_on = |until: &str, now: &str| {
            by_hand_goes_on(&office(), berlin(until).timestamp(), &berlin(now))
        };
        let (morning, evening) = ("2026-11-26T07:10:00+01:00", "2026-11-26T18:10:00+01:00");
        assert!(goes_on(morning, "2026-11-26T07:20:00+01:00"));
        assert!(goes_on(evening, "2026-11-27T07:59:59+01:00"), "over midnight");
        assert!(!goes_on(morning, "2026-11-26T12:00:00+01:00"), "the schedule records");
        assert!(!goes_on(morning, evening), "the schedule said off since");
        assert!(!goes_on("2026-11-26T17:59:00+01:00", evening), "the schedule recorded");
        assert!(by_hand_goes_on(&Record::Never, Timestamp::UNIX_EPOCH, &berlin(evening)));
        assert!(!by_hand_goes_on(&Record::Always, Timestamp::UNIX_EPOCH, &berlin(evening)));
    }
}
