//! Power cuts at any call of a removal: what is left is finished by the next start, and no ledger lies.

use super::days::days;
use super::*;
use crate::disk::log::{DiskCall, Logged, LoggedDisk};
use crate::disk::replay::{DiskModel, Image, read_image};

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

/// Eight of eighteen segments go, while a sync fails, if any.
struct Removal {
    yard: Yard,
    before: Image,
    calls: Vec<Logged>,
}

fn limits() -> RetentionLimits {
    RetentionLimits { total: Some(100), ..all() }
}

fn retention<D: Disk>(
    root: &Path,
    world: (D, &Fake),
    limits: RetentionLimits,
    uuid: &str,
) -> Retention<D> {
    let stop = Arc::new(AtomicBool::new(false));
    let world = (world.0, world.1.clock());
    let mut new = Retention::new(Archive::new(root), limits, ["gate".to_owned()], world, stop);
    new.load_index(uuid, true);
    new.walk();
    while new.read_days(Duration::from_secs(60)) {}
    new
}

fn is_failed(it: &Logged) -> bool {
    matches!(it.call, DiskCall::SyncFailed(_))
}

impl Removal {
    fn play(lost_sync: Option<u32>) -> Self {
        Self::play_where(lost_sync, None)
    }

    /// The same where these appends are refused.
    fn play_where(lost_sync: Option<u32>, refuse: Option<(u32, io::ErrorKind)>) -> Self {
        let yard = Yard::new();
        days(&yard, "gate", 6);
        let before = read_image(yard.root()).unwrap();
        let disk = LoggedDisk::new(yard.fake.clone());
        disk.begin(Instant::now());
        (yard.world().lost_sync, yard.world().refuse) = (lost_sync, refuse);
        let mut retention = retention(yard.root(), (disk.clone(), &yard.fake), limits(), "one");
        retention.save_index("one");
        retention.look().unwrap();
        retention.save_index("one");
        let calls = disk.take();
        Self { yard, before, calls }
    }

    /// Cuts the power after so many calls and looks at what the next start makes of it.
    fn cut(&self, after: usize, carries: bool, random: &mut fastrand::Rng) {
        let mut model = DiskModel::new(&self.before, carries);
        self.calls[..after].iter().for_each(|it| model.apply(self.yard.root(), it));
        let left = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        model.leave(left.path(), random).unwrap();
        let fake = Yard::at(left.path());
        let again = retention(left.path(), (fake.clone(), &fake), all(), "one");
        check(left.path());
        let there = again.days.total;
        // A line whose sync failed may be on the disk though it was taken back: its segment goes with others.
        let least = if self.calls[..after].iter().any(is_failed) { 90 } else { 100 };
        assert!((least..=180).contains(&there), "{there} after {after} calls");
        let mut again = retention(left.path(), (fake.clone(), &fake), limits(), "no index");
        assert_eq!(again.days.total, there, "no index knows more than the ledgers");
        again.look().unwrap();
        assert_eq!(again.days.total, there.min(100));
        check(left.path());
    }
}

#[test]
fn a_power_cut_at_any_call_leaves_what_the_next_start_finishes() {
    let removal = Removal::play(None);
    let removals = removal.yard.world().deeds.len();
    assert_eq!(removals, 16, "eight of eighteen, each said and done");
    let all = removal.calls.len();
    assert!(all > 40, "and with them two days and two indices");
    let mut random = fastrand::Rng::with_seed(12);
    for after in 0..=all {
        removal.cut(after, false, &mut random);
        removal.cut(after, true, &mut random);
    }
}

#[test]
fn a_power_cut_where_there_was_no_room_for_a_line_costs_no_reason() {
    let mut random = fastrand::Rng::with_seed(14);
    for refused in [1, 2, 3, 5, 8, 13] {
        let removal = Removal::play_where(None, Some((refused, io::ErrorKind::StorageFull)));
        for after in 0..=removal.calls.len() {
            removal.cut(after, random.bool(), &mut random);
        }
    }
}

#[test]
fn a_sync_that_fails_before_the_power_cut_costs_no_truth() {
    let mut random = fastrand::Rng::with_seed(13);
    for lost in 0.. {
        let removal = Removal::play(Some(lost));
        if removal.yard.world().lost_sync.is_some() {
            assert!(lost >= 10, "of a removal each, and of two indices");
            return;
        }
        let failed = removal.calls.iter().position(is_failed).unwrap();
        for after in failed..=removal.calls.len() {
            removal.cut(after, random.bool(), &mut random);
        }
    }
}
