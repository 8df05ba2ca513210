//! The rule in simulated time: every tile with every sub stream comes to rest, and nothing that
//! tiles, cameras and operators do makes it hurry.

use proptest::prelude::*;

use super::*;
use StreamKind::{Main, Sub};

const MS: Duration = Duration::from_millis(1);

/// A camera on a wall, without threads: what the systems and feeds would do.
struct Sim {
    choice: Choice,
    demand: StreamDemand,
    /// Lines of the camera's sub stream; `None` for one that never shows a picture.
    sub: Option<u32>,
    /// From the start of a stream to its first picture.
    delay: Duration,
    now: Instant,
    ready_at: Option<Instant>,
    starts: Vec<(StreamKind, Instant)>,
    switches: Vec<(StreamKind, Instant)>,
}

impl Sim {
    /// At a moment at which `shown` has pictures.
    fn new(shown: StreamKind, tile: Option<u32>, sub: Option<u32>, delay: Duration) -> Self {
        Self {
            choice: Choice::default(),
            demand: StreamDemand { tile, has_sub: true, has_main: true, shown, next: None },
            sub,
            delay,
            now: Instant::now(),
            ready_at: None,
            starts: Vec::new(),
            switches: Vec::new(),
        }
    }

    /// One update of the program.
    fn update(&mut self) -> Step {
        let due = self.ready_at.is_some_and(|at| at <= self.now);
        if self.demand.shown == Sub || (self.demand.next == Some(Sub) && due) {
            self.choice.learn(self.sub.unwrap_or(0));
        }
        let step = self.choice.step(&self.demand, self.now);
        match step {
            Step::Keep | Step::Wait(_) => (self.demand.next, self.ready_at) = (None, None),
            Step::Await => {}
            Step::Start(kind) => {
                self.starts.push((kind, self.now));
                self.demand.next = Some(kind);
                let comes = kind == Main || self.sub.is_some();
                self.ready_at = comes.then(|| self.now + self.delay);
            }
        }
        if let (Some(kind), true) = (self.demand.next, due) {
            self.demand.shown = kind;
            (self.demand.next, self.ready_at) = (None, None);
            self.choice.switched(self.now);
            self.switches.push((kind, self.now));
        }
        step
    }

    /// Updates whenever something is due, until nothing ever is; false if that does not come.
    fn rests(&mut self) -> bool {
        for _ in 0..12 {
            match self.update() {
                Step::Keep => return true,
                Step::Wait(until) => self.now = until,
                Step::Start(_) | Step::Await => match self.ready_at {
                    Some(at) => self.now = self.now.max(at),
                    None => return true,
                },
            }
        }
        false
    }

    /// Updates every `pause` for `time`.
    fn run(&mut self, time: Duration, pause: Duration) {
        let end = self.now + time;
        while self.now < end {
            self.now += pause;
            self.update();
        }
    }

    fn shows(&mut self, tile: u32) {
        self.demand.tile = Some(tile);
    }
}

/// All of them: 4320 lines are those of a wall of 8K.
#[test]
fn for_a_constant_tile_it_reaches_a_fixed_point() {
    for tile in 1..=4320 {
        for lines in 1..=4320 {
            for shown in [Main, Sub] {
                let mut sim = Sim::new(shown, Some(tile), Some(lines), 300 * MS);
                assert!(sim.rests(), "a tile of {tile}, a sub of {lines} never rests");
                // One more than the stream that was opened first, whether it was shown or not.
                let starts = sim.starts.len();
                assert!(starts <= 1, "a tile of {tile}, a sub of {lines}: {:?}", sim.starts);
                // And never again.
                sim.now += 3600 * MIN_INTERVAL;
                assert!(sim.rests() && sim.starts.len() == starts, "{tile}, {lines}");
            }
        }
    }
}

#[test]
fn the_stream_that_stays_is_the_one_that_serves_the_tile() {
    for (tile, lines, want) in [
        (360, 240, Main),
        (360, 288, Main),
        (360, 360, Sub),
        (360, 480, Sub),
        (400, 360, Sub),
        (270, 240, Sub),
        (540, 480, Sub),
        (540, 360, Main),
        // The sub stream's height counts, not the main stream's: it may be the larger one.
        (1080, 1440, Sub),
        (2160, 1440, Main),
    ] {
        for shown in [Main, Sub] {
            let mut sim = Sim::new(shown, Some(tile), Some(lines), 300 * MS);
            sim.choice.learn(lines);
            assert!(sim.rests());
            assert_eq!(
                sim.demand.shown, want,
                "a tile of {tile}, a sub of {lines}, from {shown:?}"
            );
        }
    }
}

#[test]
fn the_first_stream_fits_a_usual_sub() {
    for main_held in [false, true] {
        let first = |tile| Choice::first(tile, true, main_held);
        assert_eq!((first(Some(360)), first(Some(720))), (Sub, Main));
        assert_eq!(Choice::first(Some(90), false, main_held), Main, "there is no other");
    }
}

#[test]
fn a_camera_that_nobody_sees_begins_with_one_connection_and_the_smaller_one() {
    let first = |has_sub, main_held| Choice::first(None, has_sub, main_held);
    assert_eq!((first(true, false), first(true, true)), (Sub, Main));
    assert_eq!((first(false, false), first(false, true)), (Main, Main));
}

#[test]
fn a_camera_without_a_sub_stays_on_its_main_stream() {
    let mut sim = Sim::new(Main, Some(90), None, MS);
    sim.demand.has_sub = false;
    sim.run(10 * MIN_INTERVAL, 40 * MS);
    assert!(sim.starts.is_empty());
}

#[test]
fn a_main_stream_that_does_not_serve_leaves_every_tile_to_the_sub_stream() {
    let mut sim = Sim::new(Main, Some(1080), Some(360), 300 * MS);
    assert!(sim.rests() && sim.starts.is_empty());
    sim.demand.has_main = false;
    assert!(sim.rests());
    assert_eq!((sim.demand.shown, sim.starts.len()), (Sub, 1));
    // Neither serves: the main stream is what there is.
    sim.demand.has_sub = false;
    assert!(sim.rests());
    assert_eq!((sim.demand.shown, sim.starts.len()), (Main, 2));
}

#[test]
fn the_height_is_remembered_while_the_main_stream_is_shown() {
    let mut sim = Sim::new(Sub, Some(360), Some(288), 300 * MS);
    assert!(sim.rests());
    assert_eq!((sim.demand.shown, sim.starts.len()), (Main, 1));
    // Full-screen and back: the sub stream is still too small, and nobody has to ask it again.
    for tile in [1080, 360, 1080, 360] {
        sim.shows(tile);
        sim.run(5 * MIN_INTERVAL, 40 * MS);
    }
    assert_eq!((sim.demand.shown, sim.starts.len()), (Main, 1));
}

#[test]
fn a_camera_may_change_its_sub() {
    let mut sim = Sim::new(Sub, Some(360), Some(480), 300 * MS);
    assert!(sim.rests() && sim.starts.is_empty());
    sim.sub = Some(240);
    assert!(sim.rests());
    assert_eq!((sim.demand.shown, sim.starts.len()), (Main, 1));
    // A tile small enough for it: it has grown in the meantime, and that is found out.
    sim.shows(180);
    sim.sub = Some(480);
    assert!(sim.rests());
    sim.shows(360);
    assert!(sim.rests());
    assert_eq!((sim.demand.shown, sim.starts.len()), (Sub, 2));
}

#[test]
fn a_smaller_sub_than_remembered_is_given_up_before_it_is_shown() {
    let mut sim = Sim::new(Sub, Some(360), Some(360), 300 * MS);
    sim.update();
    sim.shows(1080);
    sim.run(3 * MIN_INTERVAL, 40 * MS);
    sim.sub = Some(240);
    sim.shows(360);
    sim.run(30 * MIN_INTERVAL, 40 * MS);
    assert_eq!(sim.demand.shown, Main);
    assert_eq!(sim.starts.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [Main, Sub]);
    assert_eq!(sim.switches.len(), 1, "the sub stream's picture was never on the wall");
}

#[test]
fn a_sub_that_never_comes_leaves_the_main_stream_where_it_is() {
    let mut sim = Sim::new(Main, Some(180), None, 300 * MS);
    sim.run(60 * MIN_INTERVAL, 40 * MS);
    assert_eq!((sim.demand.shown, sim.demand.next), (Main, Some(Sub)), "its feed goes on trying");
    assert_eq!((sim.starts.len(), sim.switches.len()), (1, 0));
    sim.shows(1080);
    sim.update();
    assert_eq!(sim.demand.next, None, "nobody needs it any more");
}

#[test]
fn a_wish_that_goes_takes_its_time_along() {
    let interruptions: [fn(&mut Sim); 2] = [|sim| sim.shows(1080), |sim| sim.demand.tile = None];
    for interrupt in interruptions {
        let mut sim = Sim::new(Main, Some(180), Some(360), 300 * MS);
        sim.run(900 * MS, 100 * MS);
        interrupt(&mut sim);
        sim.run(5 * MIN_INTERVAL, 100 * MS);
        let back = sim.now;
        sim.shows(180);
        sim.run(3 * MIN_INTERVAL, 100 * MS);
        let (kind, at) = sim.starts[0];
        assert_eq!((kind, sim.starts.len()), (Sub, 1));
        assert!(at >= back + MIN_INTERVAL, "{:?} after it came back", at - back);
    }
}

#[test]
fn a_hidden_camera_starts_nothing_and_gives_up_what_was_on_its_way() {
    let mut sim = Sim::new(Sub, Some(1080), Some(360), 300 * MS);
    sim.update();
    assert_eq!(sim.demand.next, Some(Main));
    sim.demand.tile = None;
    sim.run(10 * MIN_INTERVAL, 40 * MS);
    assert_eq!((sim.demand.shown, sim.demand.next, sim.starts.len()), (Sub, None, 1));
}

#[test]
fn a_large_tile_is_served_at_once() {
    let mut sim = Sim::new(Sub, Some(180), Some(360), 300 * MS);
    sim.run(2 * MIN_INTERVAL, 40 * MS);
    sim.shows(1080);
    assert_eq!(sim.update(), Step::Start(Main));
}

#[test]
fn a_tile_that_trembles_between_the_limits_changes_nothing() {
    let mut sim = Sim::new(Sub, Some(360), Some(360), 300 * MS);
    // 414 lines are 1.15 times 360, 432 are 1.2 times.
    for tile in (414..=432).chain((415..=432).rev()).cycle().take(2000) {
        sim.shows(tile);
        sim.now += 100 * MS;
        sim.update();
    }
    assert!(sim.starts.is_empty(), "{:?}", sim.starts);
    sim.shows(433);
    assert!(sim.rests());
    for tile in (415..=440).chain((415..=440).rev()).cycle().take(2000) {
        sim.shows(tile);
        sim.now += 100 * MS;
        sim.update();
    }
    assert_eq!((sim.demand.shown, sim.starts.len()), (Main, 1));
}

/// What may happen between two updates.
#[derive(Debug, Clone)]
enum Event {
    Tile(Option<u32>),
    Sub(Option<u32>),
    Delay(u64),
    Nothing,
}

fn events() -> impl Strategy<Value = Vec<(u64, Event)>> {
    let tile = prop_oneof![
        1 => Just(None),
        4 => (1..4320_u32).prop_map(Some),
        4 => (270..450_u32).prop_map(Some),
    ];
    let sub = prop_oneof![1 => Just(None), 6 => (1..1440_u32).prop_map(Some)];
    let event = prop_oneof![
        4 => tile.prop_map(Event::Tile),
        1 => sub.prop_map(Event::Sub),
        1 => (0..4000_u64).prop_map(Event::Delay),
        3 => Just(Event::Nothing),
    ];
    prop::collection::vec((1..1500_u64, event), 1..200)
}

/// Whether any two of these are less than [`MIN_INTERVAL`] apart.
fn hurried(times: &[(StreamKind, Instant)]) -> bool {
    times.windows(2).any(|pair| pair[1].1 - pair[0].1 < MIN_INTERVAL)
}

proptest! {
    #[test]
    fn nothing_makes_it_hurry_and_in_the_end_it_rests(
        events in events(),
        lines in 1..1440_u32,
        shown in prop::sample::select(vec![Main, Sub]),
    ) {
        let mut sim = Sim::new(shown, Some(360), Some(lines), 300 * MS);
        let mut not_small = sim.now;
        for (pause, event) in events {
            sim.now += Duration::from_millis(pause);
            match event {
                Event::Tile(tile) => sim.demand.tile = tile,
                Event::Sub(sub) => sim.sub = sub,
                Event::Delay(ms) => sim.delay = Duration::from_millis(ms),
                Event::Nothing => {}
            }
            let (before, starts) = (sim.demand.shown, sim.starts.len());
            let known = sim.choice.sub_lines.unwrap_or(USUAL_LINES);
            if sim.demand.tile.is_none_or(|tile| tile * 100 > known * 120) {
                not_small = sim.now;
            }
            sim.update();
            if let Some((kind, _)) = sim.starts.get(starts) {
                prop_assert_ne!(*kind, before, "what is shown is not started");
                if *kind == Sub {
                    prop_assert!(sim.now >= not_small + MIN_INTERVAL, "the tile was not small for long");
                }
            }
        }
        prop_assert!(!hurried(&sim.starts), "{:?}", sim.starts);
        prop_assert!(!hurried(&sim.switches), "{:?}", sim.switches);
        let switches = sim.switches.len();
        prop_assert!(sim.rests());
        prop_assert!(sim.switches.len() <= switches + 2);
    }
}
