//! Whatever lies in the folder and whatever the rules: what must always hold.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Plain,
    Kept,
    Released,
    /// Without a line in the ledger.
    Foreign,
    Part,
    Snapshot,
    /// The ledger says that it was removed, and then we were killed.
    Killed,
}

#[derive(Clone, Debug)]
struct Item {
    camera: usize,
    /// Half hours before noon.
    back: i64,
    bytes: u64,
    kind: Kind,
}

#[derive(Clone, Debug)]
struct Case {
    items: Vec<Item>,
    age_hours: Option<u64>,
    total: Option<u64>,
    per_camera: Option<u64>,
    free: u64,
    size: u64,
    life: u32,
}

const CAMERAS: [&str; 3] = ["gate", "door", "old"];

fn case() -> impl Strategy<Value = Case> {
    let kind = prop_oneof![
        6 => Just(Kind::Plain),
        1 => Just(Kind::Kept),
        1 => Just(Kind::Released),
        1 => Just(Kind::Foreign),
        1 => Just(Kind::Part),
        1 => Just(Kind::Snapshot),
        1 => Just(Kind::Killed),
    ];
    let item = (0..3_usize, 1..200_i64, 0..100_u64, kind)
        .prop_map(|(camera, back, bytes, kind)| Item { camera, back, bytes, kind });
    let limit = || proptest::option::of(0..1500_u64);
    let rules = (proptest::option::of(1..100_u64), limit(), limit(), 0..500_u64, 500..3000_u64);
    (proptest::collection::vec(item, 0..30), rules, 0..40_u32).prop_map(
        |(mut items, rules, life)| {
            items.sort_by_key(|item| (item.camera, item.back));
            items.dedup_by_key(|item| (item.camera, item.back));
            let (age_hours, total, per_camera, free, size) = rules;
            Case { items, age_hours, total, per_camera, free, size, life }
        },
    )
}

/// What is in the folder, by name.
struct Model {
    items: BTreeMap<String, (Item, PathBuf)>,
}

fn build(yard: &Yard, case: &Case) -> Model {
    let mut items = BTreeMap::new();
    // The oldest first, as it was recorded.
    for item in case.items.iter().rev() {
        let camera = CAMERAS[item.camera];
        let start = at(NOON) - SignedDuration::from_mins(30 * item.back);
        let path = match item.kind {
            Kind::Foreign => yard.file(camera, start, "mkv", item.bytes),
            Kind::Part => yard.file(camera, start, "mkv.part", item.bytes),
            Kind::Snapshot => yard.file(camera, start, "png", item.bytes),
            _ => yard.segment(camera, start, item.bytes),
        };
        if matches!(item.kind, Kind::Kept | Kind::Released) {
            yard.keep(&path, true);
        }
        if item.kind == Kind::Released {
            yard.keep(&path, false);
        }
        if item.kind == Kind::Killed {
            yard.line(
                &path,
                &LedgerEntry::Removed { file: name(&path), at: at(NOON), why: RetentionRule::Age },
            );
        }
        items.insert(name(&path), (item.clone(), path));
    }
    Model { items }
}

/// What is ours and there.
fn ours(model: &Model) -> impl Iterator<Item = &(Item, PathBuf)> {
    model.items.values().filter(|(item, path)| {
        !matches!(item.kind, Kind::Foreign | Kind::Part | Kind::Snapshot) && path.exists()
    })
}

fn sum(model: &Model, camera: Option<usize>) -> u64 {
    let items = ours(model).filter(|(item, _)| camera.is_none_or(|camera| item.camera == camera));
    items.map(|(item, _)| item.bytes).sum()
}

fn removable(model: &Model, camera: Option<usize>) -> bool {
    ours(model).any(|(item, _)| {
        item.kind != Kind::Kept && camera.is_none_or(|camera| item.camera == camera)
    })
}

/// That each removal was called for when it was done, was said before, and hit the oldest.
fn check_deeds(case: &Case, model: &Model, deeds: &[Deed]) {
    let mut there: BTreeMap<&String, &Item> = model
        .items
        .iter()
        .filter(|(_, (item, _))| !matches!(item.kind, Kind::Foreign | Kind::Part | Kind::Snapshot))
        .map(|(name, (item, _))| (name, item))
        .collect();
    let mut said = BTreeMap::new();
    for deed in deeds {
        let file = match deed {
            Deed::Said { file, why } => {
                assert_eq!(said.insert(file.clone(), *why), None, "said twice: {file}");
                continue;
            }
            Deed::Removed { file } => file,
        };
        let item = there[file];
        let of_camera = |there: &BTreeMap<&String, &Item>| -> u64 {
            there.values().filter(|one| one.camera == item.camera).map(|one| one.bytes).sum()
        };
        let older =
            |one: &&Item| (one.back, CAMERAS[item.camera]) > (item.back, CAMERAS[one.camera]);
        let mut before = there.values().copied().filter(|one| one.kind != Kind::Kept).filter(older);
        match (said.get(file), item.kind) {
            (None, Kind::Killed) | (Some(_), Kind::Killed) => {}
            (None, _) => panic!("{file} went without a word"),
            (Some(RetentionRule::Age), _) => {
                let hours = i64::try_from(case.age_hours.unwrap()).unwrap();
                assert!(30 * item.back - 10 > 60 * hours, "{file} is too young");
            }
            (Some(RetentionRule::PerCamera), _) => {
                assert!(of_camera(&there) > case.per_camera.unwrap());
                assert!(!before.any(|one| one.camera == item.camera), "{file} is not the oldest");
            }
            (Some(RetentionRule::Total), _) => {
                assert!(there.values().map(|one| one.bytes).sum::<u64>() > case.total.unwrap());
                assert!(before.next().is_none(), "{file} is not the oldest");
            }
            (Some(RetentionRule::Free), _) => {
                assert!(before.next().is_none(), "{file} is not the oldest")
            }
        }
        there.remove(file);
    }
}

fn check_end(case: &Case, yard: &Yard, model: &Model, outcome: Result<(), Cause>) {
    for (name, (item, path)) in &model.items {
        let untouchable =
            matches!(item.kind, Kind::Kept | Kind::Foreign | Kind::Part | Kind::Snapshot);
        assert!(!untouchable || path.exists(), "{name}, {:?}, is gone", item.kind);
        assert!(item.kind != Kind::Killed || !path.exists(), "{name} was not finished");
        if let Some(hours) = case.age_hours
            && 30 * item.back - 10 > 60 * i64::try_from(hours).unwrap()
        {
            assert!(untouchable || !path.exists(), "{name} is too old");
        }
    }
    if let Some(limit) = case.total {
        assert!(sum(model, None) <= limit || !removable(model, None));
    }
    for camera in 0..CAMERAS.len() {
        if let Some(limit) = case.per_camera {
            assert!(sum(model, Some(camera)) <= limit || !removable(model, Some(camera)));
        }
    }
    let size = yard.world().size;
    let free = size - used(yard.root());
    assert!(free >= case.free || !removable(model, None));
    assert_eq!(outcome, if free >= case.free / 4 { Ok(()) } else { Err(Cause::DiskFull) });
}

/// That ledgers say of each file of theirs that is gone that it was removed.
fn check_ledgers(yard: &Yard) {
    for found in WalkDir::new(yard.root()) {
        let found = found.unwrap();
        if found.path().extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let text = fs::read_to_string(found.path()).unwrap();
        let lines: Vec<LedgerEntry> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in &lines {
            let LedgerEntry::Segment(segment) = line else { continue };
            let said = lines.iter().any(
                |line| matches!(line, LedgerEntry::Removed { file, .. } if *file == segment.file),
            );
            assert_eq!(!found.path().with_file_name(&segment.file).exists(), said);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..Default::default() })]

    #[test]
    fn retention_is_right(case in case()) {
        let yard = Yard::new();
        let model = build(&yard, &case);
        // A disk can be full, but not fuller.
        yard.world().size = case.size.max(used(yard.root()));
        let keep = RetentionLimits {
            age: case.age_hours.map(|hours| Duration::from_secs(3600 * hours)),
            total: case.total,
            per_camera: case.per_camera,
            free: case.free,
        };
        // Once until it is killed, in the middle or not at all.
        yard.world().life = case.life;
        yard.scanned(keep.clone()).apply(false).unwrap_or_default();
        yard.world().life = u32::MAX;
        let mut retention = yard.scanned(keep.clone());
        let outcome = retention.apply(false);
        check_deeds(&case, &model, &yard.world().deeds);
        check_end(&case, &yard, &model, outcome);
        check_ledgers(&yard);
        // Again, by the same and by a new one: nothing more happens.
        let done = yard.world().deeds.len();
        assert_eq!(retention.apply(false), outcome);
        retention.scan();
        assert_eq!(retention.apply(false), outcome);
        assert_eq!(yard.scanned(keep).apply(false), outcome);
        assert_eq!(yard.world().deeds.len(), done);
    }
}
