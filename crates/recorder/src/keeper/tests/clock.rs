//! What was recorded by a clock that was wrong, and what a start knows of that.

use super::*;

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

impl Yard {
    fn set_clock(&self, now: Timestamp) {
        self.world().now = now;
    }
}

#[test]
fn a_doubt_outlives_the_program() {
    let yard = Yard::new();
    yard.world().synchronised = Some(false);
    let old = yard.long("gate", at(NOON) - hours(30), 1);
    yard.long("gate", at(NOON) - hours(12), 1);
    yard.set_clock(at(NOON) - hours(11));
    let age = Some(Duration::from_secs(3600 * 48));
    let start = || {
        let mut retention = yard.retention(RetentionLimits { age, ..all() });
        retention.load_index("one", true);
        retention.scan();
        retention.apply(false).unwrap();
        retention
    };
    let mut retention = start();
    assert!(!retention.trust.is_odd());
    // So far that no day is missing.
    yard.set_clock(at(NOON) + hours(29));
    retention.apply(false).unwrap();
    retention.closed(&yard.long("gate", at(NOON) + hours(28), 1));
    retention.save_index("one");
    let mut retention = start();
    assert!(retention.trust.is_odd() && old.exists());
    retention.trust.confirm();
    retention.apply(false).unwrap();
    retention.save_index("one");
    assert!(!old.exists() && !start().trust.is_odd());
}

#[test]
fn a_start_that_can_not_look_around_doubts_the_clock_when_it_can() {
    let yard = Yard::new();
    let old = yard.hours("gate", 3);
    yard.world().synchronised = Some(false);
    yard.world().now += hours(24 * 365);
    let age = Some(Duration::from_secs(3600));
    let mut retention = yard.retention(RetentionLimits { age, ..all() });
    let away = yard.root().with_extension("away");
    fs::rename(yard.root(), &away).unwrap();
    assert!(!retention.walk());
    assert_eq!(retention.look(), Err(Cause::NoFolder));
    fs::rename(&away, yard.root()).unwrap();
    yard.pass_time(Duration::from_secs(600));
    let next = yard.segment("gate", yard.world().now - SignedDuration::from_mins(10), 10);
    retention.closed(&next);
    for _ in 0..3 {
        retention.apply(false).unwrap();
        yard.pass_time(Duration::from_secs(3600));
        retention.scan();
    }
    assert!(retention.trust.is_odd() && old.iter().all(|path| path.exists()));
    assert!(yard.removed().is_empty());
}

#[test]
fn an_index_that_is_lost_takes_no_second_day_with_it() {
    for there in [true, false] {
        let yard = Yard::new();
        let long = |back: i64| yard.long("gate", at(NOON) - hours(8 * back), 8);
        let paths: Vec<_> = (1..=40).rev().map(long).collect();
        let age = Some(Duration::from_secs(3600));
        let start = |is_new| {
            let mut retention = yard.retention(RetentionLimits { age, ..all() });
            retention.load_index("one", is_new);
            retention.scan();
            retention.apply(false).unwrap();
            retention
        };
        start(true).save_index("one");
        let gone = yard.removed().len();
        if !there {
            fs::remove_file(yard.root().join(".camwall.days")).unwrap();
        }
        // A start that is none in peace tells the next as much.
        start(false).save_index("one");
        let mut retention = start(false);
        yard.pass_time(Duration::from_secs(3599));
        retention.apply(false).unwrap();
        assert_eq!((yard.removed().len(), gone), (3, 3), "{there}");
        yard.pass_time(Duration::from_secs(1));
        retention.apply(false).unwrap();
        assert_eq!(yard.removed().len(), 6, "{there}");
        assert!(paths[6].exists());
    }
}
