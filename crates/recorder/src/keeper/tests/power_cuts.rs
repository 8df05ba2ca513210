//! Power cuts at any call of a removal: what is left is finished by the next start, and no ledger lies.

use super::days::days;
use super::*;
use crate::disk::log::LoggedDisk;
use crate::disk::replay::{DiskModel, read_image};

/// That a ledger says of each segment that is gone that it was removed, and of none that is there.
fn check(root: &Path) {
    for found in WalkDir::new(root).into_iter().filter_map(Result::ok) {
        if found.path().extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let text = fs::read_to_string(found.path()).unwrap();
        // A line that was torn never counted.
        let whole = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
        let lines: Vec<LedgerEntry> =
            whole.filter_map(|line| serde_json::from_str(line).ok()).collect();
        for line in &lines {
            let LedgerEntry::Segment(segment) = line else { continue };
            let said = lines.iter().any(
                |line| matches!(line, LedgerEntry::Removed { file, .. } if *file == segment.file),
            );
            let there = found.path().with_file_name(&segment.file).exists();
            assert_eq!(!there, said, "{}", segment.file);
        }
    }
}

#[test]
fn a_power_cut_at_any_call_leaves_what_the_next_start_finishes() {
    let yard = Yard::new();
    days(&yard, "gate", 6);
    let image = read_image(yard.root()).unwrap();
    let disk = LoggedDisk::new(yard.fake.clone());
    disk.begin(Instant::now());
    let system = (disk.clone(), yard.fake.clock());
    let stop = Arc::new(AtomicBool::new(false));
    let limits = RetentionLimits { total: Some(100), ..all() };
    let known = ["gate".to_owned()];
    let mut retention = Retention::new(
        Archive::new(yard.root()),
        limits.clone(),
        known.clone(),
        system,
        stop.clone(),
    );
    retention.walk();
    while retention.read_days(Duration::from_secs(60)) {}
    retention.save_index("one");
    retention.look().unwrap();
    retention.save_index("one");
    let calls = disk.take();
    let removals = yard.world().deeds.len();
    assert_eq!(removals, 16, "eight of eighteen, each said and done");
    assert!(calls.len() > 40, "and with them two days and two indices");
    let mut random = fastrand::Rng::with_seed(12);
    for cut in 0..=calls.len() {
        for carries in [false, true] {
            let mut model = DiskModel::new(&image, carries);
            calls[..cut].iter().for_each(|it| model.apply(yard.root(), it));
            let left = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
            model.leave(left.path(), &mut random).unwrap();
            let fake = Yard::at(left.path());
            let new = |limits| {
                Retention::new(
                    Archive::new(left.path()),
                    limits,
                    known.clone(),
                    (fake.clone(), fake.clock()),
                    stop.clone(),
                )
            };
            let mut again = new(all());
            again.load_index("one", true);
            again.walk();
            while again.read_days(Duration::from_secs(60)) {}
            check(left.path());
            let there = again.days.total;
            assert!((100..=180).contains(&there), "{there} after {cut} calls");
            assert!(cut < calls.len() || there == 100);
            let mut again = new(limits.clone());
            again.scan();
            assert_eq!(again.days.total, there, "no index knows more than the ledgers");
            again.look().unwrap();
            assert_eq!(again.days.total, 100);
        }
    }
}
