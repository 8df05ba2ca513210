//! The rule in simulated time, under loads that are drawn at random.

use proptest::prelude::*;

use super::Effort::{Full, Half, KeyFrames, NoFilter, SubStream};
use super::*;

/// A wall on a computer that can decode so much.
struct Wall {
    steps: Steps,
    now: Instant,
    others: usize,
    important: usize,
    /// Each change: the second, which way, and the efforts then.
    changes: Vec<(u64, Change, Effort, Effort)>,
    second: u64,
}

/// What decoding a feed costs at an effort, of what it costs in full.
fn cost(effort: Effort) -> f32 {
    match effort {
        Full => 1.0,
        NoFilter => 0.75,
        Half => 0.4,
        KeyFrames | SubStream => 0.05,
    }
}

impl Wall {
    fn new(others: usize, important: usize) -> Self {
        let (steps, now) = (Steps::default(), Instant::now());
        Self { steps, now, others, important, changes: Vec::new(), second: 0 }
    }

    fn efforts(&self) -> (Effort, Effort) {
        (self.steps.effort(false), self.steps.effort(true))
    }

    /// A second on a computer that can decode so many feeds in full.
    fn run(&mut self, capacity: f32) {
        let (others, important) = self.efforts();
        let of_important = self.important as f32 * cost(important);
        let demand = self.others as f32 * cost(others) + of_important;
        let behind = demand > capacity;
        let second = Second {
            others: self.others,
            active: self.others,
            late: if behind { self.others } else { 0 },
            important: self.important,
            important_late: if of_important > capacity { self.important } else { 0 },
            decoded: 100,
            undrawn: 0,
            full: Some(demand > 0.9 * capacity),
        };
        self.tell(&second);
    }

    fn tell(&mut self, second: &Second) {
        self.second += 1;
        self.now += Duration::from_secs(1);
        if let Some(change) = self.steps.second(second, self.now) {
            let (others, important) = self.efforts();
            self.changes.push((self.second, change, others, important));
        }
    }

    /// In which seconds which effort of the others began.
    fn others(&self) -> Vec<(u64, Effort)> {
        self.changes.iter().map(|(second, _, others, _)| (*second, *others)).collect()
    }
}

#[test]
fn one_step_after_the_other_until_it_fits_and_back_when_there_is_room() {
    let mut wall = Wall::new(63, 1);
    (0..10).for_each(|_| wall.run(30.0));
    assert_eq!(wall.others(), [(3, NoFilter), (8, Half)]);
    (0..60).for_each(|_| wall.run(100.0));
    assert_eq!(wall.others()[2..], [(19, NoFilter), (30, Full)]);
}

#[test]
fn who_is_looked_at_is_reduced_last_and_restored_first() {
    let mut wall = Wall::new(3, 1);
    (0..60).for_each(|_| wall.run(0.5));
    let efforts: Vec<_> = wall.changes.iter().map(|(.., others, it)| (*others, *it)).collect();
    let expected = [
        (NoFilter, Full),
        (Half, Full),
        (KeyFrames, Full),
        (SubStream, Full),
        (SubStream, NoFilter),
        (SubStream, Half),
        (SubStream, KeyFrames),
    ];
    assert_eq!(efforts[..7], expected);
    let mut wall = Wall::new(0, 1);
    (0..20).for_each(|_| wall.run(0.8));
    assert_eq!(wall.efforts().1, NoFilter, "there are no others");
    (0..20).for_each(|_| wall.run(8.0));
    assert_eq!(wall.efforts(), (Full, Full));
}

#[test]
fn what_a_camera_that_is_alone_is_late_with_costs_the_others_nothing() {
    let mut wall = Wall::new(0, 1);
    (0..10).for_each(|_| wall.run(0.5));
    assert_eq!(wall.efforts(), (Full, Half));
    wall.others = 63;
    wall.run(100.0);
    assert_eq!(wall.efforts(), (Full, Full), "there are others that can be reduced first");
    wall.run(30.0);
    assert_eq!(wall.efforts(), (Full, Full));
    // Those that were at the last step stay there, and so does who is important.
    (0..30).for_each(|_| wall.run(0.5));
    let before = wall.efforts();
    assert!(before.0 == SubStream && before.1 > Full, "{before:?}");
    for others in [0, 63] {
        wall.others = others;
        wall.run(0.5);
        assert_eq!(wall.efforts(), before);
    }
}

#[test]
fn a_return_that_fails_is_tried_ever_more_seldom() {
    let mut wall = Wall::new(64, 0);
    // NoFilter fits with room to spare, all does not.
    (0..2000).for_each(|_| wall.run(60.0));
    let returns: Vec<u64> =
        wall.changes.iter().filter(|it| it.1 == Change::More).map(|it| it.0).collect();
    let pauses: Vec<u64> = returns.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(pauses[..6], [24, 44, 84, 164, 324, 324]);
    // What holds for a minute was right.
    (0..400).for_each(|_| wall.run(100.0));
    assert_eq!(wall.efforts().0, Full);
    let before = wall.changes.len();
    (0..20).for_each(|_| wall.run(60.0));
    let seconds: Vec<u64> = wall.changes[before..].iter().map(|it| it.0).collect();
    assert_eq!(seconds, [2403, 2414, 2417], "three seconds, ten, and three");
}

#[test]
fn a_wall_that_is_drawn_too_seldom_is_behind() {
    let drawn = |part: f32| Second {
        others: 9,
        active: 9,
        decoded: 1000,
        undrawn: (1000.0 * (1.0 - part)) as u32,
        full: Some(true),
        ..Second::default()
    };
    let mut wall = Wall::new(9, 1);
    (0..20).for_each(|_| wall.tell(&drawn(0.8)));
    assert_eq!(wall.efforts().0, Full, "four of five pictures");
    (0..20).for_each(|_| wall.tell(&drawn(0.5)));
    assert_eq!(wall.others(), [(23, NoFilter)], "half of them, and that is how it stays");
    (0..20).for_each(|_| wall.tell(&drawn(0.3)));
    assert_eq!(wall.others()[1], (43, Half));
    let hidden = Second { full: Some(false), ..drawn(0.1) };
    (0..60).for_each(|_| wall.tell(&hidden));
    assert_eq!(wall.efforts().0, Full, "the display does not take them, but the computer is idle");
    let unknown = Second { full: None, ..drawn(0.1) };
    (0..30).for_each(|_| wall.tell(&unknown));
    assert_eq!(wall.efforts().0, Full);
}

#[test]
fn one_camera_that_is_too_slow_is_its_own_trouble() {
    let slow = Second { others: 16, active: 16, late: 1, decoded: 400, ..Second::default() };
    for full in [Some(true), Some(false), None] {
        let mut wall = Wall::new(16, 0);
        (0..60).for_each(|_| wall.tell(&Second { full, ..slow }));
        assert_eq!(wall.changes, []);
    }
    let idle = Second { others: 3, active: 3, late: 3, full: Some(false), ..Second::default() };
    let mut wall = Wall::new(3, 0);
    (0..60).for_each(|_| wall.tell(&idle));
    assert_eq!(wall.changes, [], "what is late on an idle computer is not short of it");
}

#[test]
fn a_hiccup_is_no_trouble() {
    let mut wall = Wall::new(64, 0);
    for second in 0..600 {
        wall.run(if second % 5 < 2 { 10.0 } else { 100.0 });
    }
    assert_eq!(wall.changes, []);
}

/// How long the computer can decode so many feeds, and how many there are that are not important.
fn loads() -> impl Strategy<Value = Vec<(u64, f32, usize)>> {
    let others = prop_oneof![Just(0_usize), 0_usize..100];
    prop::collection::vec((1_u64..90, 0.0_f32..120.0, others), 1..60)
}

proptest! {
    #[test]
    fn nothing_flaps_and_nobody_who_is_looked_at_is_first(
        loads in loads(), important in 0_usize..3,
    ) {
        let mut wall = Wall::new(0, important);
        for (seconds, capacity, there) in &loads {
            wall.others = *there;
            for _ in 0..*seconds {
                let before = wall.efforts();
                wall.run(*capacity);
                let (others, important) = wall.efforts();
                prop_assert!(important == Full || others == SubStream || *there == 0);
                prop_assert!(others <= before.0 || *there > 0, "for what others are late with");
                let steps = |from: Effort, to: Effort| (to as u8).saturating_sub(from as u8);
                prop_assert!(steps(before.0, others) + steps(before.1, important) <= 1);
                prop_assert!(steps(others, before.0) <= 1);
            }
        }
        // One step at a time; all the way down and back takes its time.
        let turns = |from: usize| {
            let until = wall.changes[from].0 + 60;
            let within = wall.changes[from..].iter().take_while(|it| it.0 < until);
            let ways: Vec<_> = within.map(|it| it.1).collect();
            (ways.len(), ways.windows(2).filter(|pair| pair[0] != pair[1]).count())
        };
        for from in 0..wall.changes.len() {
            let (changes, turns) = turns(from);
            prop_assert!(changes <= 13 && turns <= 6, "{changes} changes, {turns} turns");
        }
        // Once the load is gone, all comes back: eight steps, each after five minutes at most.
        for _ in 0..8 * 330 {
            wall.run(1000.0);
        }
        prop_assert_eq!(wall.efforts(), (Full, Full));
    }

    #[test]
    fn a_load_that_stays_is_answered_and_then_left_alone(
        capacity in 1.0_f32..64.0, others in 1_usize..64,
    ) {
        let mut wall = Wall::new(others, 1);
        (0..3600).for_each(|_| wall.run(capacity));
        let late = wall.changes.iter().filter(|it| it.0 > 1800).count();
        prop_assert!(late <= 13, "{late} changes in half an hour: {:?}", wall.changes);
    }
}
