//! What is known of days, in which order they go, and what a start has to read.

use super::*;

/// Puts the time at which a folder changed far back, as that of an archive is.
fn settle(yard: &Yard) {
    for found in WalkDir::new(yard.root()).into_iter().filter_map(Result::ok) {
        if found.file_type().is_dir() {
            let folder = File::open(found.path()).unwrap();
            folder
                .set_modified(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(9))
                .unwrap();
        }
    }
}

/// Three segments a day, the last day is yesterday.
pub(super) fn days(yard: &Yard, camera: &str, count: i64) -> Vec<PathBuf> {
    let start = |day, hour| at(NOON) - SignedDuration::from_hours(24 * day - hour);
    let days = (1..=count).rev();
    days.flat_map(|day| (0..3).map(move |hour| yard.segment(camera, start(day, hour), 10)))
        .collect()
}

/// One that starts with the index that the last one wrote.
fn started(yard: &Yard, limits: RetentionLimits) -> Retention<Fake> {
    let mut retention = yard.retention(limits);
    retention.load_index("one", true);
    retention.walk();
    retention
}

#[test]
fn a_start_reads_what_changed_since_and_nothing_else() {
    let yard = Yard::new();
    let paths = days(&yard, "gate", 30);
    settle(&yard);
    let mut first = yard.scanned(all());
    first.save_index("one");
    let again = started(&yard, all());
    assert_eq!((again.days.total, again.unread.len()), (900, 0));
    let mut other = yard.retention(all());
    other.load_index("two", true);
    other.walk();
    assert_eq!((other.days.total, other.unread.len()), (0, 30), "the index of another archive");
    // A line more, a file less, a day less.
    yard.keep(&paths[0], true);
    fs::remove_file(&paths[3]).unwrap();
    fs::remove_dir_all(paths[6].parent().unwrap()).unwrap();
    let mut again = started(&yard, all());
    assert_eq!((again.days.total, again.unread.len()), (870, 2));
    assert!(!again.read_days(Duration::from_secs(60)));
    assert_eq!(again.days.total, 860);
}

#[test]
fn removing_opens_the_oldest_day_alone() {
    let yard = Yard::new();
    let (gate, door) = (days(&yard, "gate", 30), days(&yard, "door", 20));
    settle(&yard);
    yard.scanned(all()).save_index("one");
    let mut retention = started(&yard, RetentionLimits { total: Some(1480), ..all() });
    retention.apply(false).unwrap();
    assert_eq!(yard.removed().len(), 2);
    assert_eq!(retention.open.len(), 1);
    assert!(!gate[1].exists() && gate[2].exists() && door[0].exists());
}

#[test]
fn removing_for_room_opens_the_oldest_day_alone_whatever_changed_lately() {
    let yard = Yard::new();
    let gate = days(&yard, "gate", 3);
    let others: Vec<_> = (0..20).flat_map(|n| yard.hours(&format!("other{n}"), 2)).collect();
    let start = at(NOON) - SignedDuration::from_mins(90);
    let late = yard.file("late", start, "mkv", 10);
    yard.line(&late, &LedgerEntry::Open { file: name(&late), start, after: None });
    settle(&yard);
    let mut retention = yard.scanned(RetentionLimits { free: 10, ..all() });
    retention.open.clear();
    yard.world().size = used(yard.root()) + 5;
    others.iter().step_by(2).for_each(|path| yard.keep(path, true));
    assert_eq!(yard.segment("late", start, 10), late);
    retention.apply(false).unwrap();
    assert_eq!(yard.removed(), [(name(&gate[0]), RetentionRule::Free)]);
    assert_eq!(retention.open.len(), 1);
    // And those are opened when it is their turn.
    let used = used(yard.root());
    (yard.world().size, retention.limits.free) = (used, used);
    retention.apply(false).unwrap();
    assert!(others.iter().step_by(2).all(|path| path.exists()));
    assert_eq!(yard.removed().len(), gate.len() + 20 + 1);
    assert!(!late.exists());
}

#[test]
fn age_opens_no_more_than_may_go_by_it() {
    let yard = Yard::new();
    let gate: Vec<_> = (1..=30)
        .rev()
        .flat_map(|day| {
            let midnight = at("2126-11-22T00:00:00Z") - SignedDuration::from_hours(24 * day);
            (0..24).map(move |hour| (midnight, hour))
        })
        .map(|(midnight, hour)| yard.long("gate", midnight + SignedDuration::from_hours(hour), 1))
        .collect();
    let age = Some(Duration::from_secs(10 * 86_400));
    let mut retention = yard.scanned(RetentionLimits { age, ..all() });
    for _ in 0..3 {
        retention.apply(false).unwrap();
        assert_eq!(yard.removed().len(), 24);
        assert!(retention.open.len() <= 2, "{}", retention.open.len());
    }
    // With nothing known of them as well.
    yard.pass_time(Duration::from_secs(3600));
    let mut retention = yard.retention(RetentionLimits { age, ..all() });
    retention.walk();
    for _ in 0..2 {
        retention.apply(false).unwrap();
        assert_eq!(yard.removed().len(), 24, "not before the newest are known");
        let newest = retention.unread.pop().unwrap();
        assert!(retention.open_day(&newest));
    }
    retention.apply(false).unwrap();
    assert_eq!((yard.removed().len(), retention.open.len() <= 4), (48, true));
    assert!(!gate[47].exists() && gate[48].exists());
}

#[test]
fn below_the_floor_the_oldest_day_goes_before_all_are_read() {
    let yard = Yard::new();
    let gate = days(&yard, "gate", 30);
    yard.world().size = 920;
    let limits = RetentionLimits { free: 40, total: Some(500), ..all() };
    let mut retention = started(&yard, limits);
    assert_eq!(retention.unread.len(), 30);
    retention.apply(false).unwrap();
    assert_eq!(yard.removed().len(), 2, "for the floor; nothing for a total that is not known");
    assert!(!gate[1].exists() && gate[2].exists());
    assert_eq!(retention.open.len(), 1, "the oldest");
}

#[test]
fn a_kill_between_line_and_removal_is_finished_behind_an_index() {
    let yard = Yard::new();
    let paths = days(&yard, "gate", 3);
    settle(&yard);
    yard.scanned(all()).save_index("one");
    let removed =
        LedgerEntry::Removed { file: name(&paths[0]), at: at(NOON), why: RetentionRule::Age };
    yard.line(&paths[0], &removed);
    let mut retention = started(&yard, all());
    retention.read_days(Duration::from_secs(60));
    assert!(!paths[0].exists() && paths[1].exists());
    assert_eq!(retention.days.total, 80);
}

#[test]
fn a_clock_set_back_does_not_make_the_newest_the_oldest() {
    let yard = Yard::new();
    let minutes = SignedDuration::from_mins;
    // 9:00 to 11:00, and when the clock was set back by two hours, 9:00 to 10:00 again.
    let old: Vec<_> =
        (0..12).map(|n| yard.segment("gate", at(NOON) - minutes(180 - 10 * n), 10)).collect();
    let (start, end) = (at(NOON) - minutes(60), at(NOON) - minutes(175));
    let gap = LedgerEntry::Gap { start, end, cause: Cause::ClockChanged, detail: None };
    yard.line(&old[0], &gap);
    let new: Vec<_> =
        (0..6).map(|n| yard.segment("gate", at(NOON) - minutes(175 - 10 * n), 10)).collect();
    let mut retention = yard.scanned(RetentionLimits { total: Some(90), ..all() });
    retention.apply(false).unwrap();
    let expected: Vec<_> = old[..9].iter().map(|path| (name(path), RetentionRule::Total)).collect();
    assert_eq!(yard.removed(), expected);
    assert!(new.iter().all(|path| path.exists()));
    // And what is closed then is the newest.
    let next = yard.segment("gate", at(NOON) - minutes(115), 40);
    retention.closed(&next);
    retention.apply(false).unwrap();
    assert!(next.exists() && old[9..].iter().all(|path| !path.exists()) && !new[0].exists());
}

#[test]
fn another_camera_is_no_older_for_never_having_seen_the_clock_set_back() {
    let yard = Yard::new();
    let hours = SignedDuration::from_hours;
    // The gate was recorded a year ahead for a day.
    let ahead = yard.segment("gate", at(NOON) + hours(24 * 365), 10);
    let start = at(NOON) - hours(48);
    let first = yard.file("gate", start, "mkv", 10);
    fs::remove_file(&first).unwrap();
    let end = at(NOON) + hours(24 * 365) + SignedDuration::from_mins(10);
    let gap = LedgerEntry::Gap { start: end, end: start, cause: Cause::ClockChanged, detail: None };
    yard.line(&first, &gap);
    let gate = yard.segment("gate", start, 10);
    let door = yard.segment("door", start + hours(1), 10);
    let mut retention = yard.scanned(RetentionLimits { total: Some(20), ..all() });
    retention.apply(false).unwrap();
    assert!(!ahead.exists() && gate.exists() && door.exists());
    retention.limits.total = Some(10);
    retention.apply(false).unwrap();
    assert!(!gate.exists() && door.exists());
}

#[test]
fn what_is_closed_counts_without_its_day_being_read_again() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 3);
    let (start, file) = (at("2126-11-22T11:15:00Z"), "gate_2126-11-22T11-15-00Z.mkv".to_owned());
    yard.line(&hours[0], &LedgerEntry::Open { file, start, after: None });
    let mut retention = yard.scanned(all());
    let next = yard.segment("gate", at("2126-11-22T11:30:00Z"), 10);
    retention.closed(&next);
    retention.closed(&next);
    assert_eq!(retention.days.total, 40, "once, however often it is told");
    // A file that was mended later is older than others.
    let mended = yard.segment("gate", start, 10);
    retention.closed(&mended);
    assert_eq!(retention.days.total, 50);
    retention.limits.total = Some(10);
    retention.apply(false).unwrap();
    assert!(!hours[2].exists() && !mended.exists() && next.exists());
}
