//! What was recorded by a clock that was wrong, and what a start knows of that.

use super::*;

/// What a clock without a battery says.
const DEAD: &str = "2100-01-01T00:00:00Z";

fn hours(count: i64) -> SignedDuration {
    SignedDuration::from_hours(count)
}

impl Yard {
    /// The ledgers of the gate tell that the clock went from one time to another.
    fn clock_set(&self, start: Timestamp, end: Timestamp) {
        let gap = LedgerEntry::Gap { start, end, cause: Cause::ClockChanged, detail: None };
        let days = [end, start].map(paths::day_of);
        for day in &days[..if end < start && days[0] != days[1] { 2 } else { 1 }] {
            fs::create_dir_all(paths::day_folder(self.root(), "gate", *day)).unwrap();
            write_line(&paths::ledger_path(self.root(), "gate", *day), &gap).unwrap();
        }
    }

    fn set_clock(&self, now: Timestamp) {
        self.world().now = now;
    }

    /// The names of what was removed.
    fn gone(&self) -> Vec<String> {
        self.removed().into_iter().map(|(file, _)| file).collect()
    }
}

fn names(paths: &[&PathBuf]) -> Vec<String> {
    paths.iter().map(|path| name(path)).collect()
}

/// The gate is recorded for 40 days, then for three by a clock that begins anew, then it is set right.
fn battery_empty(yard: &Yard) -> (Vec<PathBuf>, PathBuf) {
    let days =
        |from, count| (0..count).map(move |day| yard.long("gate", from + hours(24 * day), 24));
    let now = at(NOON) - hours(1);
    let mut paths: Vec<_> = days(now - hours(24 * 43), 40).collect();
    yard.clock_set(now - hours(24 * 3), at(DEAD));
    paths.extend(days(at(DEAD), 3));
    yard.clock_set(at(DEAD) + hours(24 * 3), now);
    (paths, yard.long("gate", now, 1))
}

#[test]
fn what_was_recorded_while_the_clock_was_behind_is_no_older_than_what_was_before() {
    let yard = Yard::new();
    let (paths, new) = battery_empty(&yard);
    let age = Some(Duration::from_secs(3600 * 24 * 30));
    let mut retention = yard.scanned(RetentionLimits { age, ..all() });
    let mut hour = || {
        retention.apply(false).unwrap();
        yard.pass_time(Duration::from_secs(3600));
    };
    (0..20).for_each(|_| hour());
    assert_eq!(yard.gone(), names(&paths[..13].iter().collect::<Vec<_>>()));
    // Nor is any of it ever removed before what is older, or kept for ever.
    (0..24 * 31).for_each(|_| hour());
    assert_eq!(yard.gone(), names(&paths.iter().chain([&new]).collect::<Vec<_>>()));
}

#[test]
fn another_camera_is_no_younger_for_never_having_seen_the_clock_set_back() {
    for starts in [false, true] {
        let yard = Yard::new();
        yard.world().synchronised = None;
        let before = |camera, back| yard.long(camera, at(NOON) - hours(back), 1);
        let (first, second) = (before("gate", 72), before("door", 60));
        let (third, last) = (before("gate", 48), before("door", 24));
        let mut retention = yard.scanned(all());
        retention.apply(false).unwrap();
        // The door is away when the clock begins anew.
        retention.save_index("one");
        yard.set_clock(at(DEAD) + hours(2));
        yard.clock_set(at(NOON) - hours(47), at(DEAD));
        let new = yard.long("gate", at(DEAD), 1);
        if starts {
            retention = yard.retention(all());
            retention.load_index("one", true);
            retention.scan();
        }
        retention.closed(&new);
        let mut limit = |bytes| {
            retention.limits.total = Some(bytes);
            retention.apply(false).unwrap();
        };
        (0..5).rev().for_each(|count| limit(10 * count));
        let order = [&first, &second, &third, &new, &last];
        assert_eq!(yard.gone(), names(&order), "{starts}");
    }
}

#[test]
fn what_was_recorded_ahead_goes_by_age_when_it_is_old_in_truth() {
    let yard = Yard::new();
    let ahead: Vec<_> = (0..2).map(|n| yard.long("gate", at(NOON) + hours(9000 + n), 1)).collect();
    yard.clock_set(at(NOON) + hours(9002), at(NOON) - hours(3));
    let new = yard.long("gate", at(NOON) - hours(3), 1);
    let age = Some(Duration::from_secs(3600 * 4));
    let mut retention = yard.scanned(RetentionLimits { age, ..all() });
    retention.apply(false).unwrap();
    assert!(yard.removed().is_empty());
    yard.pass_time(Duration::from_secs(3601));
    retention.apply(false).unwrap();
    assert_eq!(yard.gone(), names(&[&ahead[0], &ahead[1]]));
    assert!(new.exists());
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

#[test]
fn the_first_that_is_recorded_by_a_clock_that_is_behind_is_as_old_as_it_is_in_truth() {
    for starts in [false, true] {
        let yard = Yard::new();
        yard.set_clock(at(DEAD));
        let age = Some(Duration::from_secs(3600 * 24 * 30));
        let begin = || {
            let mut retention = yard.retention(RetentionLimits { age, ..all() });
            retention.load_index("one", true);
            retention.scan();
            retention
        };
        let mut retention = begin();
        retention.apply(false).unwrap();
        let day = |retention: &mut Retention<Fake>| {
            let path = yard.long("gate", yard.world().now, 24);
            yard.pass_time(Duration::from_secs(3600 * 24));
            retention.closed(&path);
            retention.apply(false).unwrap();
            path
        };
        let mut paths: Vec<_> = (0..3).map(|_| day(&mut retention)).collect();
        yard.set_clock(at(NOON));
        retention.apply(false).unwrap();
        if starts {
            retention.save_index("one");
            retention = begin();
        }
        paths.extend((0..27).map(|_| day(&mut retention)));
        assert!(yard.removed().is_empty(), "{starts}");
        paths.extend((0..5).map(|_| day(&mut retention)));
        assert_eq!(yard.gone(), names(&paths[..4].iter().collect::<Vec<_>>()), "{starts}");
    }
}

#[test]
fn a_clock_that_was_set_forward_wrongly_makes_nothing_younger() {
    let yard = Yard::new();
    yard.set_clock(at(NOON) - hours(3));
    let mut retention = yard.scanned(all());
    retention.apply(false).unwrap();
    yard.pass_time(Duration::from_secs(3 * 3600));
    let old = yard.hours("gate", 2);
    retention.scan();
    for by in [0, 40, -40, 24 * 365, -24 * 365] {
        yard.world().now += hours(by);
        retention.apply(false).unwrap();
    }
    yard.pass_time(Duration::from_secs(41 * 3600));
    retention.limits.age = Some(Duration::from_secs(42 * 3600));
    retention.apply(false).unwrap();
    assert_eq!(yard.gone(), names(&[&old[0]]));
}
