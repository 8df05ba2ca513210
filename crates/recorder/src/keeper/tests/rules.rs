//! Which segments go, and which stay.

use super::*;

#[test]
fn age_counts_from_the_end() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 5);
    // Since 9:10: the segment from 9:00 on is just young enough, the one from 8:00 on is not.
    let age = Some(Duration::from_secs(10_200));
    let mut retention = yard.scanned(RetentionLimits { age, ..all() });
    retention.apply(false).unwrap();
    let expected: Vec<_> = hours[..2].iter().map(|path| (name(path), RetentionRule::Age)).collect();
    assert_eq!(yard.removed(), expected);
    yard.world().now += SignedDuration::from_secs(1);
    retention.apply(false).unwrap();
    assert_eq!(yard.removed().len(), 3, "a second later the next is too old");
    assert!(hours[3].exists() && hours[4].exists());
}

#[test]
fn bytes_of_a_camera_and_of_all() {
    let yard = Yard::new();
    let (gate, door) = (yard.hours("gate", 6), yard.hours("door", 2));
    let keep = RetentionLimits { per_camera: Some(40), total: Some(50), ..all() };
    yard.scanned(keep).apply(false).unwrap();
    let expected = [
        (name(&gate[0]), RetentionRule::PerCamera),
        (name(&gate[1]), RetentionRule::PerCamera),
        (name(&gate[2]), RetentionRule::Total),
    ];
    assert_eq!(yard.removed(), expected);
    assert!(door.iter().all(|path| path.exists()));
}

#[test]
fn closed_segments_count_at_once_and_ghosts_do_not() {
    let yard = Yard::new();
    let mut retention = yard.scanned(RetentionLimits { total: Some(20), ..all() });
    for path in yard.hours("gate", 3) {
        retention.closed(&path);
        retention.apply(false).unwrap();
    }
    assert_eq!(yard.removed().len(), 1);
    let ghost = yard.root().join("gate/2126/11/22/gate_2126-11-22T11-30-00Z.mkv");
    for path in [&ghost, Path::new("/etc/passwd"), &yard.root().join("gate")] {
        retention.closed(path);
        retention.apply(false).unwrap();
    }
    assert_eq!(yard.removed().len(), 1);
}

#[test]
fn the_floor_of_free_space() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 10);
    yard.world().size = 110;
    let mut retention = yard.scanned(RetentionLimits { free: 35, ..all() });
    retention.apply(false).unwrap();
    assert_eq!(yard.removed().len(), 3, "10 free and three of 10 make 40");
    assert!(!hours[2].exists() && hours[3].exists());
    retention.apply(false).unwrap();
    assert_eq!(yard.removed().len(), 3);
}

#[test]
fn what_is_not_ours_stays() {
    let yard = Yard::new();
    let start = at("2126-11-01T07:20:00Z");
    let folder = paths::day_folder(yard.root(), "gate", paths::day_of(start));
    let ours = yard.segment("gate", start, 10);
    let line = fs::read(ledger_of(&ours)).unwrap();
    let mut others = vec![
        yard.file("gate", at("2126-11-01T08:00:00Z"), "mkv", 10),
        yard.file("gate", at("2126-11-01T09:00:00Z"), "mkv.part", 10),
        yard.file("gate", at("2126-11-01T09:00:00Z"), "png", 10),
        folder.join("copy of gate_2126-11-01T07-20-00Z.mkv"),
        folder.join("gate_2126-11-02T07-20-00Z.mkv"),
        folder.join("notes.txt"),
        yard.root().join("gate_2126-11-01T07-20-00Z.mkv"),
    ];
    // The same file and its ledger, in another camera's folder.
    let copy = paths::day_folder(yard.root(), "door", paths::day_of(start)).join(name(&ours));
    others.extend([copy.clone(), copy.with_file_name("door_2126-11-01.ledger.jsonl")]);
    // A link to a camera's folder, a link to a segment.
    let elsewhere = tempfile::tempdir().unwrap();
    fs::create_dir_all(copy.parent().unwrap()).unwrap();
    for path in &others {
        File::create(path).unwrap().set_len(10).unwrap();
    }
    fs::write(copy.with_file_name("door_2126-11-01.ledger.jsonl"), line).unwrap();
    let linked = yard.segment("link", start, 10);
    let (link, away) = (yard.root().join("link"), elsewhere.path().join("away"));
    let moved = std::process::Command::new("mv").args([&link, &away]).status().unwrap();
    assert!(moved.success());
    std::os::unix::fs::symlink(away, link).unwrap();
    others.push(linked);
    let keep = RetentionLimits {
        age: Some(Duration::from_secs(60)),
        total: Some(0),
        free: 1 << 40,
        ..all()
    };
    yard.world().size = 1 << 20;
    let mut retention = yard.scanned(keep);
    assert_eq!(retention.apply(false), Err(crate::Cause::DiskFull));
    assert_eq!(yard.removed(), [(name(&ours), RetentionRule::Age)]);
    for path in &others {
        assert!(path.exists(), "{}", path.display());
    }
    assert!(ledger_of(&ours).exists(), "its folder holds other things");
}

#[test]
fn protected_segments_stay_until_they_are_released() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 4);
    yard.keep(&hours[0], true);
    let mut retention = yard.scanned(RetentionLimits { total: Some(20), ..all() });
    yard.keep(&hours[1], true);
    retention.apply(false).unwrap();
    assert_eq!(
        yard.removed(),
        [(name(&hours[2]), RetentionRule::Total), (name(&hours[3]), RetentionRule::Total)]
    );
    yard.keep(&hours[1], false);
    let next = yard.segment("gate", at("2126-11-22T11:40:00Z"), 10);
    retention.closed(&next);
    retention.apply(false).unwrap();
    assert!(hours[0].exists() && !hours[1].exists() && next.exists());
    assert_eq!(yard.scanned(RetentionLimits { total: Some(0), ..all() }).apply(false), Ok(()));
    assert!(hours[0].exists() && !next.exists());
}

#[test]
fn a_segment_protected_while_it_is_written_stays() {
    let yard = Yard::new();
    let mut retention = yard.scanned(RetentionLimits { total: Some(0), ..all() });
    let start = at("2126-11-22T11:00:00Z");
    let part = yard.file("gate", start, "mkv.part", 10);
    let whole = part.with_extension("");
    yard.line(&whole, &LedgerEntry::Open { file: name(&whole), start, after: None });
    yard.keep(&whole, true);
    // Another segment of that day makes retention read this ledger before ours is closed.
    let other = yard.segment("gate", at("2126-11-22T10:00:00Z"), 10);
    retention.closed(&other);
    retention.apply(false).unwrap();
    fs::rename(&part, &whole).unwrap();
    fs::remove_file(&whole).unwrap();
    // Its `open` line stands before the `keep`, the `segment` line after it.
    let text = fs::read_to_string(ledger_of(&whole)).unwrap();
    let path = yard.segment("gate", start, 10);
    let after = fs::read_to_string(ledger_of(&whole)).unwrap();
    let segment = after[text.len()..].lines().nth(1).unwrap().to_owned();
    fs::write(ledger_of(&whole), format!("{text}{segment}\n")).unwrap();
    retention.closed(&path);
    retention.apply(false).unwrap();
    assert!(path.exists() && !other.exists());
}

#[test]
fn a_key_pressed_at_the_last_moment_counts() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 2);
    let mut retention = yard.scanned(RetentionLimits { total: Some(10), ..all() });
    let pressed = hours[0].clone();
    let line = LedgerEntry::Keep { file: name(&pressed), keep: true, at: at(NOON) };
    let write = move || write_line(&ledger_of(&pressed), &line).unwrap();
    yard.world().meanwhile = Some(Box::new(write));
    retention.apply(false).unwrap();
    yard.world().meanwhile = None;
    assert!(hours[0].exists(), "the line says it goes, and then that it is kept");
    assert!(!hours[1].exists());
    yard.scanned(RetentionLimits { total: Some(0), ..all() }).apply(false).unwrap();
    assert!(hours[0].exists());
    // Released, it goes as its ledger said.
    yard.keep(&hours[0], false);
    yard.scanned(RetentionLimits { total: Some(0), ..all() }).apply(false).unwrap();
    assert!(!hours[0].exists());
}

#[test]
fn a_past_day_goes_with_its_last_segment() {
    let yard = Yard::new();
    let days: Vec<PathBuf> = ["2126-10-31", "2126-11-01", "2126-11-20", "2126-11-21", "2126-11-22"]
        .map(|day| yard.segment("gate", at(&format!("{day}T07:20:00Z")), 10))
        .into();
    let png = yard.file("gate", at("2126-11-01T09:00:00Z"), "png", 10);
    let stranger = yard.segment("gone", at("2126-11-01T07:20:00Z"), 10);
    yard.scanned(RetentionLimits { total: Some(0), ..all() }).apply(false).unwrap();
    assert_eq!(yard.removed().len(), 6);
    let folder = |path: &Path, up| path.ancestors().nth(up).unwrap().exists();
    assert!(!folder(&days[0], 2) && folder(&days[0], 3), "31 and 10 are gone, 2126 is not");
    assert!(png.exists() && ledger_of(&days[1]).exists());
    assert!(!folder(&days[2], 1) && folder(&days[2], 2), "the day is gone, the month is not");
    assert!(ledger_of(&days[3]).exists() && ledger_of(&days[4]).exists(), "too young");
    assert!(!yard.root().join("gone").exists(), "{}", stranger.display());
    // Two days later they are old enough, and a scan finds them.
    yard.world().now += SignedDuration::from_hours(48);
    yard.scanned(all());
    assert!(!folder(&days[3], 1) && !folder(&days[4], 1));
    assert!(png.exists() && yard.root().join("gate").exists());
}

#[test]
fn a_clock_a_year_ahead_removes_nothing_by_age() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 60);
    let age = Some(Duration::from_secs(10 * 86_400));
    yard.world().synchronised = Some(false);
    let mut retention = yard.scanned(RetentionLimits { age, ..all() });
    retention.apply(false).unwrap();
    assert!(!retention.trust.is_odd(), "not synchronised is not wrong");
    yard.world().now += SignedDuration::from_hours(24 * 365);
    for _ in 0..10 {
        yard.pass_time(Duration::from_secs(3600));
        retention.apply(false).unwrap();
    }
    assert!(retention.trust.is_odd() && yard.removed().is_empty());
    // And a start then knows no better.
    let mut retention = yard.scanned(RetentionLimits { age, ..all() });
    retention.apply(false).unwrap();
    assert!(retention.trust.is_odd() && hours.iter().all(|path| path.exists()));
    yard.world().synchronised = Some(true);
    retention.apply(false).unwrap();
    assert!(!retention.trust.is_odd());
    assert_eq!(yard.removed().len(), 60, "of ten minutes each, which is less than a day");
}

#[test]
fn a_recorded_day_an_hour_goes_by_age() {
    let yard = Yard::new();
    let start = |back| at(NOON) - SignedDuration::from_hours(back);
    let paths: Vec<_> = (1..=40).rev().map(|back| yard.long("gate", start(8 * back), 8)).collect();
    let age = Some(Duration::from_secs(3600));
    let mut retention = yard.scanned(RetentionLimits { age, ..all() });
    retention.apply(false).unwrap();
    retention.apply(false).unwrap();
    assert_eq!(yard.removed().len(), 3);
    yard.pass_time(Duration::from_secs(3600));
    retention.apply(false).unwrap();
    assert_eq!(yard.removed().len(), 6);
    assert!(!paths[5].exists() && paths[6].exists());
}

#[test]
fn what_is_confirmed_counts() {
    let yard = Yard::new();
    yard.hours("gate", 6);
    yard.world().synchronised = None;
    let age = Some(Duration::from_secs(30 * 86_400));
    let mut retention = yard.scanned(RetentionLimits { age, ..all() });
    retention.apply(false).unwrap();
    yard.world().now += SignedDuration::from_hours(24 * 60);
    retention.apply(false).unwrap();
    assert!(yard.removed().is_empty());
    retention.trust.confirm();
    retention.apply(false).unwrap();
    assert_eq!(yard.removed().len(), 6);
}

#[test]
fn an_unmet_limit_is_said_as_long_as_it_is_so() {
    let yard = Yard::new();
    let (gate, door) = (yard.hours("gate", 3), yard.hours("door", 1));
    gate.iter().for_each(|path| yard.keep(path, true));
    let unmet = |retention: &Retention<Fake>| -> Vec<_> {
        retention.found.unmet.iter().map(|(camera, rule)| (camera.to_string(), *rule)).collect()
    };
    let mut retention = yard.scanned(RetentionLimits { per_camera: Some(20), ..all() });
    for _ in 0..2 {
        retention.apply(false).unwrap();
        assert_eq!(unmet(&retention), [("gate".to_owned(), RetentionRule::PerCamera)]);
    }
    assert!(door[0].exists());
    retention.limits.total = Some(20);
    retention.apply(false).unwrap();
    let all = [("door", RetentionRule::Total), ("gate", RetentionRule::Total)];
    assert_eq!(unmet(&retention), all.map(|(camera, rule)| (camera.to_owned(), rule)));
    retention.limits.total = None;
    yard.keep(&gate[0], false);
    retention.closed(&gate[0]);
    retention.apply(false).unwrap();
    assert_eq!(unmet(&retention), []);
    assert!(!gate[0].exists());
}

#[test]
fn a_start_a_year_ahead_is_doubted_whatever_is_recorded_since() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 3);
    yard.world().synchronised = Some(false);
    yard.world().now += SignedDuration::from_hours(24 * 365);
    let age = Some(Duration::from_secs(3600));
    let mut retention = yard.retention(RetentionLimits { age, ..all() });
    retention.walk();
    // The first file is closed before anything old was read.
    let (start, end) = (at(NOON) - SignedDuration::from_mins(50), yard.world().now);
    let next = yard.file("gate", end, "mkv", 10);
    let gap = LedgerEntry::Gap { start, end, cause: Cause::ProgramEnded, detail: None };
    yard.line(&next, &gap);
    assert_eq!(yard.segment("gate", end, 10), next);
    retention.closed(&next);
    for _ in 0..3 {
        yard.pass_time(Duration::from_secs(5));
        retention.apply(false).unwrap();
        assert!(yard.removed().is_empty());
        retention.read_days(Duration::from_secs(60));
    }
    assert!(retention.trust.is_odd());
    yard.world().synchronised = Some(true);
    retention.apply(false).unwrap();
    assert!(!retention.trust.is_odd() && hours.iter().all(|path| !path.exists()));
}

#[test]
fn a_clock_behind_the_ledger_is_said_though_it_is_recorded() {
    for (ahead, settles) in [(30, true), (3600, false)] {
        let yard = Yard::new();
        yard.world().synchronised = None;
        let end = at(NOON) + SignedDuration::from_secs(ahead);
        let old = yard.segment_until("gate", at(NOON) - SignedDuration::from_mins(10), end, 10);
        let mut retention = yard.scanned(all());
        let (start, end) = (end, at(NOON));
        let gap = LedgerEntry::Gap { start, end, cause: Cause::ClockChanged, detail: None };
        yard.line(&old, &gap);
        let next = yard.segment_until("gate", end, end + SignedDuration::from_secs(1), 10);
        retention.closed(&next);
        retention.apply(false).unwrap();
        assert!(retention.trust.is_odd());
        yard.pass_time(Duration::from_secs(4000));
        retention.apply(false).unwrap();
        assert_eq!(retention.trust.is_odd(), !settles);
        retention.trust.confirm();
        retention.apply(false).unwrap();
        assert!(!retention.trust.is_odd());
    }
}

#[test]
fn a_clock_a_year_ahead_is_doubted_again_by_the_start_after_it_was_recorded() {
    for index in [true, false] {
        let yard = Yard::new();
        let hours = yard.hours("gate", 60);
        yard.world().synchronised = Some(false);
        let age = Some(Duration::from_secs(3600 * 24 * 30));
        let limits = RetentionLimits { age, ..all() };
        let start = |yard: &Yard| {
            let mut retention = yard.retention(limits.clone());
            retention.load_index("one", true);
            retention.scan();
            retention.apply(false).unwrap();
            retention
        };
        let end = |mut retention: Retention<Fake>| {
            retention.save_index("one");
            if !index {
                fs::remove_file(yard.root().join(".camwall.days")).unwrap();
            }
        };
        let retention = start(&yard);
        assert!(!retention.trust.is_odd());
        end(retention);
        yard.world().now += SignedDuration::from_hours(24 * 365);
        for _ in 0..3 {
            let mut retention = start(&yard);
            assert!(retention.trust.is_odd(), "{index}");
            let next = yard.segment("gate", yard.world().now, 10);
            retention.closed(&next);
            yard.pass_time(Duration::from_secs(3600));
            retention.apply(false).unwrap();
            assert!(yard.removed().is_empty() && hours[0].exists(), "{index}");
            end(retention);
        }
        // Once somebody knows, it is known at the next start as well, if it could be written down.
        let mut retention = start(&yard);
        retention.trust.confirm();
        retention.apply(false).unwrap();
        assert_eq!(yard.removed().len(), 60);
        end(retention);
        assert!(!start(&yard).trust.is_odd());
    }
}

#[test]
fn an_absence_that_was_known_is_not_doubted_again() {
    let yard = Yard::new();
    yard.world().synchronised = Some(false);
    for day in [1, 2, 20, 21, 40] {
        yard.segment("gate", at(NOON) - SignedDuration::from_hours(24 * day), 10);
    }
    let start = |uuid| {
        let mut retention = yard.retention(all());
        retention.load_index(uuid, true);
        retention.scan();
        retention.apply(false).unwrap();
        retention
    };
    let mut retention = start("one");
    assert!(retention.trust.is_odd(), "with nothing known, days that are missing are doubted");
    retention.trust.confirm();
    retention.apply(false).unwrap();
    retention.save_index("one");
    assert!(!start("one").trust.is_odd() && start("two").trust.is_odd());
}
