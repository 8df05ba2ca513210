//! Kills, full and failing disks, damage.

use super::*;
use crate::keeper::{LATE, LOOK, LOOK_FULL};

/// One that took a segment off a disk that was too full for the line on it, and the segment.
fn removed_without_its_line() -> (Yard, Retention<Fake>, String) {
    let yard = Yard::new();
    let file = name(&yard.hours("gate", 4)[0]);
    yard.world().size = 40;
    yard.world().refuse = Some((2, io::ErrorKind::StorageFull));
    let mut retention = yard.scanned(RetentionLimits { free: 10, ..all() });
    retention.apply(false).unwrap();
    assert_eq!(yard.world().deeds, [Deed::Removed { file: file.clone() }]);
    (yard, retention, file)
}

#[test]
fn a_kill_between_line_and_removal_is_finished() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 3);
    let removed =
        |path: &Path, at| LedgerEntry::Removed { file: name(path), at, why: RetentionRule::Age };
    yard.line(&hours[0], &removed(&hours[0], at(NOON)));
    // Put back from a backup after it was removed.
    yard.line(&hours[1], &removed(&hours[1], at("2021-11-22T12:00:00Z")));
    let mut retention = yard.scanned(all());
    assert!(!hours[0].exists() && hours[1].exists() && hours[2].exists());
    assert_eq!(yard.world().deeds, [Deed::Removed { file: name(&hours[0]) }]);
    retention.limits.total = Some(0);
    retention.apply(false).unwrap();
    assert!(hours[1].exists() && !hours[2].exists(), "what was put back is not ours any more");
}

#[test]
fn what_is_finished_late_counts_for_the_room_that_is_made() {
    let yard = Yard::new();
    yard.world().own_disks.insert("door".to_owned(), 1000);
    yard.world().size = 40;
    let (hours, door) = (yard.hours("gate", 4), yard.hours("door", 1));
    let mut retention = yard.scanned(all());
    // Their lines came, and the files could not be removed.
    for path in [&hours[0], &door[0]] {
        let (file, why) = (name(path), RetentionRule::Free);
        yard.line(path, &LedgerEntry::Removed { file, at: at(NOON), why });
    }
    retention.limits.free = 10;
    retention.apply(false).unwrap();
    assert_eq!(yard.world().deeds, [Deed::Removed { file: name(&hours[0]) }], "and no other");
    retention.limits.free = 20;
    retention.apply(false).unwrap();
    assert!(!hours[1].exists() && hours[2].exists(), "it counts once");
    assert!(door[0].exists(), "room on another disk is no room");
}

#[test]
fn a_full_disk_has_no_room_for_the_line_and_yet_gets_room() {
    let (yard, mut retention, file) = removed_without_its_line();
    retention.apply(false).unwrap();
    assert_eq!(
        yard.world().deeds[1],
        Deed::Said { file, why: RetentionRule::Free },
        "paid at the next look"
    );
    assert_eq!(yard.world().deeds.len(), 2);
}

#[test]
fn a_kill_before_there_was_room_for_the_line_costs_no_reason() {
    let (yard, retention, file) = removed_without_its_line();
    drop(retention);
    let said = Deed::Said { file: file.clone(), why: RetentionRule::Free };
    yard.world().refuse = Some((1, io::ErrorKind::StorageFull));
    let mut next = yard.scanned(all());
    assert_eq!(yard.world().deeds.len(), 1, "nor at that start");
    next.apply(false).unwrap();
    assert_eq!(yard.world().deeds[1..], [said]);
    for _ in 0..2 {
        yard.scanned(all()).apply(false).unwrap();
    }
    assert_eq!(yard.world().deeds.len(), 2, "said once");
}

#[test]
fn what_was_noted_and_stayed_is_not_said_to_be_removed() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 2);
    yard.world().stuck = Some(name(&hours[0]));
    yard.world().refuse = Some((1, io::ErrorKind::StorageFull));
    let mut retention = yard.scanned(RetentionLimits { total: Some(10), ..all() });
    retention.apply(false).unwrap();
    assert!(hours[0].exists() && !hours[1].exists());
    assert_eq!(yard.removed().len(), 1);
    // Killed before it could be removed.
    let noted = |path: &Path| LedgerEntry::Removed {
        file: name(path),
        at: at(NOON),
        why: RetentionRule::Free,
    };
    notes::write(&RealDisk, yard.root(), &[noted(&hours[0]), noted(&hours[1])]).unwrap();
    yard.scanned(all()).apply(false).unwrap();
    assert!(hours[0].exists());
    assert_eq!(yard.removed().len(), 1);
    let text = fs::read_to_string(yard.root().join(notes::NAME)).unwrap();
    assert_eq!(text.trim(), "", "and what is settled is forgotten");
}

#[test]
fn where_not_even_a_note_can_be_made_a_segment_stays() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 2);
    fs::create_dir(yard.root().join(notes::NAME)).unwrap();
    yard.world().refuse = Some((1, io::ErrorKind::StorageFull));
    let mut retention = yard.scanned(RetentionLimits { total: Some(10), ..all() });
    retention.apply(false).unwrap();
    assert!(hours[0].exists() && !hours[1].exists(), "the next has room for its line");
    assert_eq!(yard.removed().len(), 1);
}

#[test]
fn where_there_never_was_room_for_notes_there_is_room_all_the_same() {
    let yard = Yard::new();
    let file = name(&yard.hours("gate", 4)[0]);
    yard.world().size = 40;
    (yard.world().no_file, yard.world().refuse) = (true, Some((2, io::ErrorKind::StorageFull)));
    let mut retention = yard.scanned(RetentionLimits { free: 10, ..all() });
    assert!(!yard.root().join(notes::NAME).exists());
    retention.apply(false).unwrap();
    let removed = Deed::Removed { file: file.clone() };
    assert_eq!(yard.world().deeds, std::slice::from_ref(&removed));
    yard.world().no_file = false;
    yard.world().refuse = Some((1, io::ErrorKind::StorageFull));
    retention.apply(false).unwrap();
    assert_eq!(yard.world().deeds.len(), 1, "noted at least");
    drop(retention);
    yard.scanned(all()).apply(false).unwrap();
    let said = Deed::Said { file, why: RetentionRule::Free };
    assert_eq!(yard.world().deeds, [removed, said]);
}

#[test]
fn more_lines_than_notes_have_room_for_wait_for_room() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 40);
    yard.world().refuse = Some((u32::MAX, io::ErrorKind::StorageFull));
    let mut retention = yard.scanned(RetentionLimits { total: Some(10), ..all() });
    retention.apply(false).unwrap();
    let gone = hours.iter().filter(|path| !path.exists()).count();
    assert!((4..12).contains(&gone), "{gone}");
    yard.world().refuse = None;
    retention.scan();
    retention.apply(false).unwrap();
    assert!(hours[..39].iter().all(|path| !path.exists()));
    assert_eq!(yard.world().deeds.len(), 2 * 39, "each said and done");
}

#[test]
fn a_ledger_that_fails_protects_its_segments_and_no_others() {
    let yard = Yard::new();
    let (gate, door) = (yard.hours("gate", 2), yard.hours("door", 2));
    yard.world().refuse = Some((1, io::ErrorKind::PermissionDenied));
    let mut retention = yard.scanned(RetentionLimits { total: Some(20), ..all() });
    retention.apply(false).unwrap();
    assert!(door[0].exists() && !gate[0].exists() && !door[1].exists() && gate[1].exists());
    // And is tried again when there was a scan.
    retention.scan();
    retention.limits.total = Some(10);
    retention.apply(false).unwrap();
    assert!(!door[0].exists() && gate[1].exists());
}

#[test]
fn a_file_that_can_not_be_removed_holds_nothing_up() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 4);
    yard.world().stuck = Some(name(&hours[0]));
    let mut retention = yard.scanned(RetentionLimits { total: Some(20), ..all() });
    for _ in 0..3 {
        retention.apply(false).unwrap();
    }
    assert!(hours[0].exists() && !hours[1].exists() && !hours[2].exists() && hours[3].exists());
    assert_eq!(yard.world().deeds.len(), 5, "said once");
    yard.world().stuck = None;
    yard.scanned(all());
    assert!(!hours[0].exists());
}

#[test]
fn full_is_full_until_there_is_a_little_more_than_the_hard_floor() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 2);
    yard.keep(&hours[1], true);
    let other = yard.root().join("other");
    File::create(&other).unwrap().set_len(2000).unwrap();
    yard.world().size = 2020;
    let mut retention = yard.scanned(RetentionLimits { free: 1000, ..all() });
    assert_eq!(retention.pause(), LOOK);
    assert_eq!(retention.has_room(), Err(Cause::DiskFull));
    assert_eq!(retention.apply(false), Err(Cause::DiskFull));
    assert_eq!(retention.pause(), LOOK_FULL);
    assert!(!hours[0].exists() && hours[1].exists());
    let mut free = |bytes: u64| {
        File::create(&other).unwrap().set_len(2010 - bytes).unwrap();
        retention.apply(false)
    };
    assert_eq!(free(250), Err(Cause::DiskFull));
    assert_eq!(free(261), Err(Cause::DiskFull));
    assert_eq!(free(262), Ok(()));
    assert_eq!(free(251), Ok(()));
    assert_eq!(free(249), Err(Cause::DiskFull));
    // What is closed because of it may go.
    let next = yard.segment("gate", at("2126-11-22T11:30:00Z"), 100);
    retention.closed(&next);
    assert_eq!(retention.apply(false), Err(Cause::DiskFull));
    assert!(!next.exists());
}

#[test]
fn below_the_floor_recording_goes_on_and_the_oldest_go() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 4);
    yard.keep(&hours[3], true);
    yard.world().size = 70;
    let mut retention = yard.scanned(RetentionLimits { free: 100, ..all() });
    assert_eq!(retention.has_room(), Ok(()), "30 free, and only below 25 it is too full");
    assert_eq!(retention.apply(false), Ok(()));
    assert_eq!(yard.removed().len(), 3, "all that may go, and yet it is recorded");
    assert!(hours[3].exists());
}

#[test]
fn the_hard_floor_stops() {
    let limits = |free| RetentionLimits { free, ..all() };
    assert_eq!((limits(0).hard_floor(), limits(1000).hard_floor()), (0, 250));
    assert_eq!(limits(u64::MAX).hard_floor(), 256_000_000);
    let yard = Yard::new();
    let hours = yard.hours("gate", 2);
    yard.keep(&hours[1], true);
    yard.world().size = 30;
    let mut retention = yard.scanned(limits(100));
    assert_eq!(retention.has_room(), Err(Cause::DiskFull));
    // 20 free once the oldest is gone.
    assert_eq!(retention.apply(false), Err(Cause::DiskFull));
    assert_eq!(yard.removed().len(), 1);
    yard.world().size = 36;
    assert_eq!(retention.apply(false), Ok(()));
}

#[test]
fn a_write_that_failed_gets_room_without_a_floor() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 10);
    yard.world().size = 100;
    let mut retention = yard.scanned(all());
    retention.apply(false).unwrap();
    assert_eq!(yard.removed().len(), 0, "no floor, no removal");
    retention.apply(true).unwrap();
    assert_eq!(yard.removed(), [(name(&hours[0]), RetentionRule::Free)]);
    // Others failed at the same time, and tell it a little later.
    retention.apply(true).unwrap();
    assert_eq!(yard.removed().len(), 1);
    // With room on the disk it is a quota.
    yard.pass_time(Duration::from_secs(6));
    retention.apply(true).unwrap();
    assert_eq!(yard.removed().len(), 2);
}

#[test]
fn three_removals_in_vain_and_no_more() {
    let yard = Yard::new();
    yard.hours("gate", 10);
    yard.world().size = 1_000_000;
    let mut retention = yard.scanned(all());
    let mut outcomes = Vec::new();
    for _ in 0..10 {
        outcomes.push(retention.apply(true));
        yard.pass_time(Duration::from_secs(6));
    }
    assert_eq!(yard.removed().len(), 3);
    assert_eq!(outcomes[..3], [Ok(()); 3]);
    assert_eq!(outcomes[3..], [Err(Cause::DiskFull); 7]);
    // It is tried again, and once a write goes well room is made as before.
    yard.pass_time(LATE);
    assert_eq!(retention.apply(false), Ok(()));
    assert!(retention.waits_for_writes());
    retention.wrote("door", 1_000_000);
    assert_eq!(retention.apply(true), Err(Cause::DiskFull), "another's write says nothing");
    retention.wrote("gate", 1);
    assert!(!retention.waits_for_writes(), "as much was written as went");
    assert_eq!(retention.apply(true), Ok(()));
    assert_eq!(yard.removed().len(), 4);
}

#[test]
fn cameras_that_fail_by_turns_cost_three_segments_together() {
    let yard = Yard::new();
    let (_, _) = (yard.hours("gate", 10), yard.hours("door", 10));
    yard.world().size = 1_000_000;
    let mut retention = yard.scanned(all());
    for turn in 0..40 {
        retention.no_space(&yard.root().join(["gate", "door"][turn % 2]));
        retention.look().unwrap();
        yard.pass_time(Duration::from_secs(2));
    }
    assert_eq!(yard.removed().len(), 3);
    assert_eq!(retention.found.barred.len(), 2);
}

#[test]
fn what_another_takes_as_soon_as_it_is_free_costs_three_segments() {
    let yard = Yard::new();
    yard.hours("gate", 10);
    yard.world().size = 1_000_000;
    let mut retention = yard.scanned(all());
    for _ in 0..10 {
        retention.apply(true).ok();
        // The head of a file, and no more.
        retention.wrote("gate", 1);
        yard.pass_time(Duration::from_secs(6));
    }
    assert_eq!(yard.removed().len(), 3);
}

#[test]
fn a_quota_that_recordings_alone_fill_is_recorded_in_for_ever() {
    let yard = Yard::new();
    let (_, _) = (yard.hours("gate", 10), yard.hours("door", 10));
    yard.world().size = 1_000_000;
    let mut retention = yard.scanned(all());
    for turn in 0..10 {
        // Whose write fails first asks; the others have room before they notice.
        retention.no_space(&yard.root().join(["gate", "door"][turn % 2]));
        retention.look().unwrap();
        assert!(retention.found.barred.is_empty());
        for _ in 0..2 {
            retention.wrote("gate", 2);
            retention.wrote("door", 2);
        }
        yard.pass_time(Duration::from_secs(6));
    }
    assert_eq!(yard.removed().len(), 10);
}

#[test]
fn a_full_disk_is_cleared_for_one_camera_though_another_is_under_a_quota() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 10);
    let other = yard.root().join("other");
    let fill = |free: u64| File::create(&other).unwrap().set_len(1_000_000 - 100 - free).unwrap();
    yard.world().size = 1_000_000;
    let mut retention = yard.scanned(all());
    fill(100_000);
    for _ in 0..6 {
        retention.no_space(&yard.root().join("door"));
        retention.look().unwrap();
        yard.pass_time(Duration::from_secs(6));
    }
    assert_eq!(yard.removed().len(), 3);
    fill(0);
    assert_eq!(retention.apply(true), Err(Cause::DiskFull), "room is wanted that nothing brings");
    assert!(hours.iter().all(|path| !path.exists()));
    assert!(!retention.found.barred.contains_key("gate"));
}

#[test]
fn what_one_camera_can_not_write_bars_no_other() {
    let yard = Yard::new();
    let mut retention = yard.scanned(all());
    assert_eq!(retention.apply(true), Err(Cause::DiskFull), "a quota, and nothing to remove");
    assert_eq!(retention.look(), Ok(()));
    assert_eq!(retention.found.barred.keys().map(|camera| &**camera).collect::<Vec<_>>(), ["gate"]);
}

#[test]
fn without_inodes_one_segment_goes_and_not_gigabytes() {
    let yard = Yard::new();
    yard.hours("gate", 80);
    yard.world().size = 1_000_000;
    yard.world().files = Some(80);
    let mut retention = yard.scanned(RetentionLimits { free: 100_000, ..all() });
    assert_eq!(retention.apply(true), Ok(()));
    assert_eq!(yard.removed().len(), 1);
    assert_eq!(retention.pause(), LOOK_FULL);
    for _ in 0..100 {
        yard.pass_time(LOOK_FULL);
        assert_eq!(retention.apply(false), Ok(()));
    }
    assert_eq!(yard.removed().len(), 64, "one at a look, until there are enough");
    assert_eq!(retention.pause(), LOOK);
    for path in yard.hours("gate", 16) {
        yard.keep(&path, true);
    }
    yard.world().files = Some(16);
    assert_eq!(retention.apply(false), Ok(()), "no file can be made, and what is open needs none");
}

#[test]
fn only_the_disk_that_is_full_is_cleared() {
    let yard = Yard::new();
    let (gate, door) = (yard.hours("gate", 4), yard.hours("door", 4));
    yard.world().size = 1_000_000;
    yard.world().own_disks.insert("door".to_owned(), 40);
    let mut retention = yard.scanned(all());
    retention.no_space(&door[3].with_extension("mkv.part"));
    retention.look().unwrap();
    assert_eq!(yard.removed(), [(name(&door[0]), RetentionRule::Free)]);
    assert!(gate.iter().all(|path| path.exists()));
    // And its floor is its own.
    retention.limits.free = 20;
    retention.look().unwrap();
    assert!(!door[1].exists() && door[2].exists() && gate[0].exists());
    yard.keep(&door[2], true);
    yard.keep(&door[3], true);
    yard.world().own_disks.insert("door".to_owned(), 20);
    assert_eq!(retention.look(), Ok(()));
    assert_eq!(
        retention.found.barred.iter().collect::<Vec<_>>(),
        [(&"door".into(), &Cause::DiskFull)]
    );
}

#[test]
fn a_disk_that_is_mounted_later_is_known_by_the_first_file_on_it() {
    let yard = Yard::new();
    let (gate, door) = (yard.hours("gate", 4), yard.hours("door", 4));
    yard.world().size = 80;
    let mut retention = yard.scanned(RetentionLimits { free: 10, ..all() });
    yard.world().own_disks.insert("door".to_owned(), 1_000_000);
    retention.closed(&yard.segment("door", at("2126-11-22T11:30:00Z"), 10));
    yard.world().size = 40;
    retention.look().unwrap();
    assert!(door.iter().all(|path| path.exists()), "they bring no room there");
    assert!(!gate[0].exists() && gate[1].exists());
}

#[test]
fn the_hard_floor_of_a_cameras_own_disk_counts_from_the_start() {
    let yard = Yard::new();
    let _ = yard.hours("door", 4);
    yard.world().size = 1000;
    yard.world().own_disks.insert("door".to_owned(), 50);
    let barred = |retention: &Retention<Fake>| retention.found.barred.get("door").copied();
    let mut retention = yard.retention(RetentionLimits { free: 100, ..all() });
    assert_eq!(retention.has_room(), Ok(()));
    assert_eq!(barred(&retention), Some(Cause::DiskFull), "10 of 25");
    let mut retention = yard.retention(RetentionLimits { free: 40, ..all() });
    assert_eq!((retention.has_room(), barred(&retention)), (Ok(()), None));
}

#[test]
fn without_anything_to_remove_no_space_is_full() {
    let yard = Yard::new();
    let other = yard.root().join("other");
    File::create(&other).unwrap().set_len(100).unwrap();
    yard.world().size = 100;
    let mut retention = yard.scanned(all());
    assert_eq!(retention.apply(true), Err(Cause::DiskFull));
    assert_eq!(retention.apply(false), Err(Cause::DiskFull));
    File::create(&other).unwrap().set_len(95).unwrap();
    assert_eq!(retention.apply(false), Ok(()));
}

#[test]
fn room_that_comes_late_is_waited_for() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 10);
    yard.world().size = 110;
    yard.world().lazy = true;
    let mut retention = yard.scanned(RetentionLimits { free: 15, ..all() });
    for _ in 0..5 {
        retention.apply(false).unwrap();
        yard.pass_time(LATE / 10);
    }
    assert_eq!(yard.removed().len(), 1);
    yard.world().late = 0;
    retention.apply(false).unwrap();
    assert_eq!(yard.removed().len(), 1);
    assert!(hours[1].exists());
    // Where it never comes, one more goes each time.
    yard.world().size = 100;
    retention.apply(false).unwrap();
    assert_eq!(yard.removed().len(), 2);
    yard.pass_time(LATE);
    retention.apply(false).unwrap();
    assert_eq!(yard.removed().len(), 3);
}

#[test]
fn a_line_that_waited_for_room_is_found_when_room_is_needed() {
    let yard = Yard::new();
    yard.world().size = 21;
    let mut retention = yard.scanned(RetentionLimits { free: 10, ..all() });
    let path = yard.segment("gate", at("2126-11-22T11:00:00Z"), 20);
    let text = fs::read(ledger_of(&path)).unwrap();
    fs::remove_file(ledger_of(&path)).unwrap();
    retention.closed(&path);
    assert_eq!(retention.apply(false), Err(Cause::DiskFull));
    fs::write(ledger_of(&path), text).unwrap();
    assert_eq!(retention.apply(false), Ok(()));
    assert!(!path.exists());
}

#[test]
fn a_read_only_disk_is_left_alone() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 2);
    let mut retention = yard.scanned(RetentionLimits { total: Some(0), ..all() });
    yard.world().read_only = true;
    assert_eq!(retention.has_room(), Err(Cause::DiskReadOnly));
    assert_eq!(retention.apply(true), Err(Cause::DiskReadOnly));
    assert!(hours[0].exists());
    yard.world().read_only = false;
    assert_eq!(retention.apply(false), Ok(()));
    assert!(!hours[0].exists());
}

#[test]
fn a_damaged_tree_is_passed_over() {
    use std::os::unix::ffi::OsStrExt;
    let yard = Yard::new();
    let hours = yard.hours("gate", 2);
    fs::write(yard.root().join("gate/2125"), "a file").unwrap();
    fs::create_dir_all(yard.root().join("gate/2126/13/40/x/y")).unwrap();
    fs::create_dir_all(yard.root().join("gate/2126/11/21/gate_2126-11-21T07-20-00Z.mkv")).unwrap();
    fs::create_dir_all(yard.root().join(std::ffi::OsStr::from_bytes(b"\xff\xfe/2126"))).unwrap();
    // A ledger that is a folder, and one that is full of zeros.
    fs::create_dir_all(yard.root().join("door/2126/11/22/door_2126-11-22.ledger.jsonl")).unwrap();
    fs::create_dir_all(yard.root().join("door/2126/11/21")).unwrap();
    fs::write(yard.root().join("door/2126/11/21/door_2126-11-21.ledger.jsonl"), vec![0; 1 << 20])
        .unwrap();
    yard.scanned(RetentionLimits { total: Some(10), ..all() }).apply(false).unwrap();
    assert_eq!(yard.removed(), [(name(&hours[0]), RetentionRule::Total)]);
}

#[test]
fn segments_without_their_ledger_are_nobodys() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 2);
    let mut retention = yard.scanned(RetentionLimits { total: Some(0), ..all() });
    let ledger = ledger_of(&hours[0]);
    let text = fs::read(&ledger).unwrap();
    fs::remove_file(&ledger).unwrap();
    retention.apply(false).unwrap();
    assert!(yard.removed().is_empty());
    fs::write(&ledger, text).unwrap();
    retention.scan();
    retention.apply(false).unwrap();
    assert_eq!(yard.removed().len(), 2);
}

#[test]
fn what_others_remove_does_not_count() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 4);
    let mut retention = yard.scanned(RetentionLimits { total: Some(40), ..all() });
    fs::remove_file(&hours[0]).unwrap();
    let next = yard.segment("gate", at("2126-11-22T11:30:00Z"), 10);
    retention.closed(&next);
    retention.apply(false).unwrap();
    assert!(yard.removed().is_empty());
    fs::remove_file(&hours[1]).unwrap();
    retention.scan();
    assert_eq!(retention.days.total, 30);
    fs::remove_dir_all(yard.root().join("gate")).unwrap();
    retention.scan();
    assert_eq!(retention.days.total, 0);
}

#[test]
fn removing_that_brings_no_inodes_ends_after_three() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 20);
    yard.world().size = 1_000_000;
    yard.world().files = Some(20);
    let mut retention = yard.scanned(all());
    let mut outcomes = Vec::new();
    for _ in 0..8 {
        outcomes.push(retention.apply(false));
        // Somebody else takes what becomes free.
        yard.world().files = Some(count(yard.root()));
        yard.pass_time(LOOK_FULL);
    }
    assert_eq!(yard.removed().len(), 4, "the first brought one, three more none");
    assert_eq!(outcomes, [Ok(()); 8], "what is open needs none");
    // Whose file can't be made asks, and that is no quota.
    for _ in 0..8 {
        assert_eq!(retention.apply(true), Ok(()));
        yard.pass_time(Duration::from_secs(6));
    }
    assert_eq!(yard.removed().len(), 4);
    // And goes on where there are more than before.
    yard.world().files = Some(count(yard.root()) + 2);
    assert_eq!(retention.apply(false), Ok(()));
    assert_eq!(yard.removed().len(), 5);
    assert!(hours[5].exists());
}

#[test]
fn a_floor_that_can_not_be_met_is_said_at_each_look() {
    let yard = Yard::new();
    let hours = yard.hours("gate", 3);
    hours.iter().for_each(|path| yard.keep(path, true));
    yard.world().size = 100;
    let mut retention = yard.scanned(RetentionLimits { free: 80, ..all() });
    let is_said = |retention: &Retention<Fake>| {
        retention.found.unmet.get("gate") == Some(&RetentionRule::Free)
    };
    for second in 0..10 {
        let lately = second % 3 == 1;
        let next = yard.segment("gate", at("2126-11-22T11:30:00Z"), 10);
        // One goes now and then, and others' writes failed shortly before.
        if second % 4 == 0 {
            retention.closed(&next);
        }
        if lately {
            retention.no_space(&yard.root().join("gate"));
        }
        retention.look().unwrap();
        assert!(is_said(&retention), "{second}");
        yard.pass_time(Duration::from_secs(1));
    }
    yard.world().size = 200;
    retention.apply(false).unwrap();
    assert!(!is_said(&retention));
}

#[test]
fn a_line_for_which_there_was_no_room_is_tried_at_the_end() {
    let (yard, mut retention, file) = removed_without_its_line();
    retention.write_owed();
    assert_eq!(yard.world().deeds[1..], [Deed::Said { file, why: RetentionRule::Free }]);
}
