//! What was recorded by a clock that was wrong, and what a start knows of that.

use super::*;

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
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
