//! Whatever the clock does, and however often the program starts: what goes by age, and when.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

const CAMERAS: [&str; 2] = ["gate", "door"];
const HOUR: Duration = Duration::from_secs(3600);

#[derive(Clone, Debug)]
enum Step {
    /// So many minutes pass.
    Pass(u64),
    /// Somebody sets the clock, by so many minutes.
    Set(i64),
    /// An operator says that it is right.
    Confirm,
    /// The kernel says that it is, or no longer.
    Synchronised(bool),
    /// Another start, which may find no index.
    Start { lost: bool },
}

#[derive(Clone, Debug)]
struct Case {
    /// Hours of each camera's segments, the newest first.
    lengths: [Vec<i64>; 2],
    age_hours: u64,
    steps: Vec<Step>,
}

fn case() -> impl Strategy<Value = Case> {
    let step = prop_oneof![
        6 => (1..100_u64).prop_map(Step::Pass),
        2 => (2..60_000_i64, any::<bool>()).prop_map(|(by, on)| Step::Set(if on { by } else { -by })),
        1 => Just(Step::Confirm),
        1 => any::<bool>().prop_map(Step::Synchronised),
        1 => any::<bool>().prop_map(|lost| Step::Start { lost }),
    ];
    let lengths = || proptest::collection::vec(1..30_i64, 0..12);
    let steps = proptest::collection::vec(step, 0..25);
    (lengths(), lengths(), 1..48_u64, steps).prop_map(|(gate, door, age_hours, steps)| Case {
        lengths: [gate, door],
        age_hours,
        steps,
    })
}

/// What went, and when, by the clock that only goes on.
struct Watch {
    yard: Yard,
    limits: RetentionLimits,
    /// Hours of each segment.
    lengths: HashMap<String, u64>,
    gone: Vec<(Duration, String)>,
    /// Whether the clock was set, and nobody knows whether it is right.
    doubted: bool,
}

impl Watch {
    fn new(case: &Case) -> Self {
        let (yard, mut lengths) = (Yard::new(), HashMap::new());
        yard.world().synchronised = Some(false);
        for (camera, of_it) in CAMERAS.iter().zip(&case.lengths) {
            let mut end = at(NOON);
            let mut recorded = Vec::new();
            for hours in of_it {
                let start = end - SignedDuration::from_hours(*hours);
                recorded.push((start, end, *hours));
                end = start;
            }
            for (start, end, hours) in recorded.into_iter().rev() {
                let path = yard.segment_until(camera, start, end, 10);
                lengths.insert(name(&path), hours.unsigned_abs());
            }
        }
        let limits = RetentionLimits { age: Some(HOUR * u32_of(case.age_hours)), ..all() };
        Self { yard, limits, lengths, gone: Vec::new(), doubted: false }
    }

    fn start(&self) -> Retention<Fake> {
        let mut retention = self.yard.retention(self.limits.clone());
        retention.load_index("one", false);
        retention.scan();
        retention
    }

    fn look(&mut self, retention: &mut Retention<Fake>) {
        retention.look().unwrap();
        self.doubted &= self.yard.world().synchronised != Some(true);
        let now = self.yard.world().passed;
        let deeds = self.yard.removed();
        for (file, why) in &deeds[self.gone.len()..] {
            assert_eq!(*why, RetentionRule::Age);
            assert!(!self.doubted, "{file} went by a clock that nobody believes");
            self.gone.push((now, file.clone()));
        }
    }

    fn take(&mut self, step: &Step, retention: &mut Retention<Fake>) {
        match step {
            Step::Pass(minutes) => self.yard.pass_time(Duration::from_secs(60 * minutes)),
            Step::Set(minutes) => {
                self.yard.world().now += SignedDuration::from_mins(*minutes);
                self.doubted = true;
            }
            Step::Confirm => {
                retention.trust.confirm();
                self.doubted = false;
            }
            Step::Synchronised(is) => self.yard.world().synchronised = Some(*is),
            Step::Start { lost } => {
                retention.save_index("one");
                if *lost {
                    fs::remove_file(self.yard.root().join(".camwall.days")).unwrap_or_default();
                    self.doubted = false;
                }
                *retention = self.start();
            }
        }
        self.look(retention);
    }

    /// That of no camera more than a recorded day went in any hour, but what is longer, alone.
    fn check_hours(&self) {
        for camera in CAMERAS {
            let its = self.gone.iter().filter(|(_, file)| file.starts_with(camera));
            let its: Vec<_> = its.map(|(at, file)| (*at, self.lengths[file])).collect();
            for (from, _) in &its {
                let within = its.iter().filter(|(at, _)| (*from..*from + HOUR).contains(at));
                let within: Vec<_> = within.map(|(_, hours)| *hours).collect();
                assert!(within.len() == 1 || within.iter().sum::<u64>() <= 24, "{within:?} hours");
            }
        }
    }
}

fn u32_of(count: u64) -> u32 {
    u32::try_from(count).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_recorded_day_an_hour_goes_by_age_and_none_by_a_doubted_clock(case in case()) {
        let mut watch = Watch::new(&case);
        let mut retention = watch.start();
        watch.look(&mut retention);
        for step in &case.steps {
            watch.take(step, &mut retention);
        }
        // The clock is right, and all goes in time.
        let passed = watch.yard.world().passed;
        watch.yard.world().now = at(NOON) + passed;
        watch.yard.world().synchronised = Some(true);
        for _ in 0..100 {
            watch.look(&mut retention);
            if watch.gone.len() == watch.lengths.len() {
                break;
            }
            watch.yard.pass_time(HOUR);
        }
        watch.check_hours();
        assert_eq!(watch.gone.len(), watch.lengths.len(), "and all goes in the end");
    }
}
