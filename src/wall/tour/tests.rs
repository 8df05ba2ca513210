//! Tours in simulated time: scenes, and random operators, pictures and pauses of the computer.

use proptest::{collection::vec, prelude::*};

use super::*;

const S: Duration = Duration::from_secs(1);

/// A tour of steps of these times, and what happens to it.
struct Played {
    progress: Progress,
    dwells: Vec<Duration>,
    resume_after: Duration,
    now: Duration,
    attention: Attention,
    looked_at: bool,
    ready: bool,
}

impl Played {
    fn new(dwells: &[u64]) -> Self {
        Self {
            progress: Progress::default(),
            dwells: dwells.iter().map(|secs| S * u32::try_from(*secs).unwrap()).collect(),
            resume_after: 60 * S,
            now: Duration::ZERO,
            attention: Attention::Free,
            looked_at: false,
            ready: true,
        }
    }

    fn moment(&self) -> Moment {
        Moment {
            now: self.now,
            dwell: self.dwells[self.progress.step()],
            steps: self.dwells.len(),
            resume_after: self.resume_after,
            attention: self.attention,
            looked_at: self.looked_at,
        }
    }

    /// An update so long after the last.
    fn pass(&mut self, time: Duration) -> Option<usize> {
        self.now += time;
        let (moment, ready) = (self.moment(), self.ready);
        self.progress.go_on(&moment, |_| ready)
    }

    /// Updates ten times a second for so long; the steps that came, and after how many tenths.
    fn play(&mut self, time: Duration) -> Vec<(u128, usize)> {
        let tenths = time.as_millis() / 100;
        let step = |tenth| Some((tenth, self.pass(S / 10)?));
        (1..=tenths).filter_map(step).collect()
    }

    fn operate(&mut self) {
        self.attention.operate(self.now);
    }

    fn pace(&self) -> Pace {
        self.progress.pace(&self.moment())
    }

    fn warm(&self) -> Option<usize> {
        self.progress.warm(self.dwells.len())
    }
}

#[test]
fn each_step_has_its_time_and_the_first_comes_after_the_last() {
    let mut played = Played::new(&[10, 20, 2]);
    played.pass(Duration::ZERO);
    assert_eq!(played.play(44 * S), [(100, 1), (300, 2), (320, 0), (420, 1)]);
}

#[test]
fn what_comes_next_is_warm_three_seconds_before_or_half_the_time_if_that_is_less() {
    let mut played = Played::new(&[10, 4]);
    played.pass(Duration::ZERO);
    played.play(69 * S / 10);
    assert_eq!(played.warm(), None);
    assert_eq!(played.progress.due(&played.moment()), Some(7 * S));
    played.play(S / 10);
    assert_eq!(played.warm(), Some(1));
    assert_eq!(played.progress.due(&played.moment()), Some(10 * S));
    assert_eq!(played.play(3 * S), [(30, 1)]);
    assert_eq!(played.warm(), None);
    played.play(19 * S / 10);
    assert_eq!(played.warm(), None);
    played.play(S / 10);
    assert_eq!(played.warm(), Some(0));
}

#[test]
fn a_step_without_pictures_is_waited_for_five_seconds_and_comes_as_soon_as_it_has_them() {
    let mut played = Played::new(&[10, 10]);
    played.ready = false;
    played.pass(Duration::ZERO);
    assert_eq!(played.play(16 * S), [(150, 1)]);
    assert_eq!(played.play(12 * S), []);
    played.ready = true;
    assert_eq!(played.play(S / 10), [(1, 0)]);
}

#[test]
fn after_a_sleep_it_goes_one_step_and_makes_that_warm_before() {
    let mut played = Played::new(&[10, 10, 10]);
    played.ready = false;
    played.pass(Duration::ZERO);
    assert_eq!(played.pass(3600 * S), None);
    assert_eq!(played.warm(), Some(1));
    assert_eq!(played.play(9 * S), [(80, 1)]);
    played.ready = true;
    assert_eq!(played.pass(3600 * S), Some(2));
    assert_eq!(played.play(9 * S), []);
}

#[test]
fn an_operator_pauses_it_and_a_while_after_the_last_thing_he_did_its_step_comes_back() {
    let mut played = Played::new(&[10, 10]);
    played.pass(Duration::ZERO);
    played.play(8 * S);
    assert_eq!(played.warm(), Some(1));
    played.operate();
    assert_eq!(played.play(40 * S), []);
    assert_eq!((played.warm(), played.pace()), (None, Pace::Paused(20 * S)));
    played.operate();
    assert_eq!(played.play(57 * S), []);
    assert_eq!(played.warm(), Some(0), "its pictures may be hidden");
    assert_eq!(played.play(3 * S), [(30, 0)]);
    assert_eq!(played.pace(), Pace::Running);
    assert_eq!(played.play(10 * S), [(100, 1)], "the whole time of the step");
}

#[test]
fn while_somebody_looks_closely_it_does_not_go_on_and_then_not_at_once() {
    let mut played = Played::new(&[10, 10]);
    played.pass(S);
    (played.looked_at, played.now) = (true, 2 * S);
    played.operate();
    assert_eq!(played.play(600 * S), []);
    assert_eq!(played.pace(), Pace::Stopped);
    played.looked_at = false;
    assert_eq!(played.play(60 * S), []);
    assert_eq!(played.play(S), [(1, 0)]);
    // An enlarged picture that comes back with its layout holds nothing up.
    played.looked_at = true;
    assert_eq!(played.play(10 * S), [(91, 1)]);
}

#[test]
fn who_wants_it_to_stay_has_it_stay_until_he_wants_it_to_go_on() {
    let mut played = Played::new(&[10, 10]);
    played.pass(Duration::ZERO);
    played.attention.toggle(true);
    assert_eq!(played.play(3600 * S), []);
    played.operate();
    assert_eq!(played.play(3600 * S), []);
    assert_eq!(played.pace(), Pace::Stopped);
    played.looked_at = true;
    played.attention.toggle(false);
    assert_eq!(played.play(S / 10), [(1, 0)], "at once");
    assert_eq!(played.play(10 * S), [(100, 1)]);
}

#[test]
fn what_was_shown_of_a_step_before_counts() {
    let mut played = Played::new(&[10, 10]);
    played.pass(S);
    played.play(7 * S);
    let shown = played.progress.shown(played.now);
    assert_eq!(shown, 7 * S);
    played.progress = Progress::at(0, shown);
    played.now += 500 * S;
    assert_eq!(played.play(4 * S), [(31, 1)]);
    assert_eq!(played.play(10 * S), [(91, 0)], "the next has its whole time");
    // However little is left: the next is made warm.
    played.progress = Progress::at(1, 10 * S);
    assert_eq!(played.play(10 * S), [(31, 0)]);
}

#[test]
fn a_tour_that_begins_because_of_a_key_begins_paused_and_one_that_comes_later_does_not() {
    let mut played = Played::new(&[10, 10]);
    played.now = 100 * S;
    played.operate();
    played.pass(Duration::ZERO);
    assert_eq!(played.play(59 * S), []);
    assert_eq!(played.play(S), [(10, 0)]);
    played.progress = Progress::default();
    played.now += 20 * S;
    assert_eq!(played.play(11 * S), [(101, 1)]);
    // As where tiles are made anew.
    played.operate();
    played.play(20 * S);
    played.progress = Progress::default();
    assert!(!played.progress.is_running(&played.moment()));
    assert_eq!(played.play(41 * S), [(400, 0)]);
}

#[test]
fn another_file_may_have_the_step_elsewhere() {
    let mut played = Played::new(&[10, 10, 10]);
    played.pass(Duration::ZERO);
    assert_eq!(played.play(15 * S), [(100, 1)]);
    played.progress.renumber(Some(2));
    assert_eq!(played.play(5 * S), [(50, 0)], "its time goes on");
    played.progress.renumber(None);
    assert_eq!(played.play(10 * S + S / 10), [(101, 1)]);
    played.operate();
    played.play(S);
    played.progress.renumber(None);
    assert_eq!(played.play(60 * S), [(590, 0)], "it stays paused");
}

/// What happens before an update.
#[derive(Debug, Clone)]
enum Event {
    Operate,
    Toggle,
    Look(bool),
    Ready(bool),
    /// Another time for a step.
    Dwell(usize, u64),
}

fn events() -> impl Strategy<Value = Vec<(u64, Vec<Event>)>> {
    let event = prop_oneof![
        3 => Just(Event::Operate),
        1 => Just(Event::Toggle),
        2 => any::<bool>().prop_map(Event::Look),
        4 => any::<bool>().prop_map(Event::Ready),
        1 => (0..4_usize, 2..30_u64).prop_map(|(step, secs)| Event::Dwell(step, secs)),
    ];
    let pause = prop_oneof![8 => 0..300_u64, 3 => 300..9000_u64, 1 => 9000..400_000_u64];
    // Long quiet stretches: else somebody is always about.
    let happens = prop_oneof![12 => vec(event.clone(), 0..1), 1 => vec(event, 1..3)];
    vec((pause, happens), 50..400)
}

/// What an outsider knows of a tour, in words of his own.
struct Seen {
    step: usize,
    /// Since when it is shown, and whether nothing has come between since then.
    shown: Duration,
    undisturbed: bool,
    /// The last moment at which it was not to go on.
    held: Option<Duration>,
    /// It was kept from going on by what lasts.
    lasting: bool,
    /// Since when each update said that this step was warm.
    warm: Option<(usize, Duration)>,
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(1),
        cases: 2000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_a_tour_goes_on_by_the_rules(
        dwells in vec(2..30_u64, 1..5),
        resume_after in 1..100_u32,
        events in events(),
    ) {
        let mut played = Played::new(&dwells);
        played.resume_after = resume_after * S;
        let mut seen = Seen {
            step: 0, shown: Duration::ZERO, undisturbed: true, held: None, lasting: false, warm: None,
        };
        played.pass(Duration::ZERO);
        for (pause, happens) in events {
            follow(&mut played, &mut seen, Duration::from_millis(pause), &happens)?;
        }
    }
}

fn follow(
    played: &mut Played,
    seen: &mut Seen,
    pause: Duration,
    happens: &[Event],
) -> Result<(), TestCaseError> {
    let next_update = played.now + pause;
    let (before, mut told) = (played.pace(), false);
    for event in happens {
        match *event {
            Event::Operate => played.attention.operate(next_update),
            Event::Toggle => {
                let running = played.pace() == Pace::Running && seen.held.is_none();
                played.attention.toggle(running);
                told = !running;
            }
            Event::Look(closely) => played.looked_at = closely,
            Event::Ready(ready) => played.ready = ready,
            Event::Dwell(step, secs) => {
                let step = step % played.dwells.len();
                played.dwells[step] = Duration::from_secs(secs);
                seen.undisturbed &= step != seen.step;
            }
        }
    }
    told &= played.attention == Attention::Free;
    // Who operates holds it; who looks holds what is held.
    let operated = matches!(played.attention, Attention::Operated(at) if at == next_update);
    let holds = operated || played.attention == Attention::Stopped;
    let lasts = played.attention == Attention::Stopped || played.looked_at;
    if holds || seen.held.is_some() && (lasts || seen.lasting) {
        seen.held = Some(next_update);
    }
    seen.lasting = seen.held.is_some() && lasts;
    let warm_before = seen.warm;
    let came = played.pass(pause);
    let (now, steps) = (played.now, played.dwells.len());
    prop_assert!(played.progress.warm(steps).is_none() || came.is_none());
    if let Some(step) = came {
        prop_assert_eq!(step, played.progress.step());
        let held = seen.held.take();
        if told && held.is_some() {
            prop_assert_eq!(step, seen.step, "told to go on, at once");
        } else {
            let coming = if held.is_some() { seen.step } else { (seen.step + 1) % steps };
            prop_assert_eq!(step, coming, "one step at a time, or the one where it was");
            let turn = match held {
                Some(held) => held + played.resume_after,
                None => seen.shown + played.dwells[seen.step],
            };
            if held.is_some() || seen.undisturbed {
                prop_assert!(now >= turn, "too early: {:?} < {:?}", now, turn);
            }
            let warm = warm_before.filter(|(step, _)| *step == coming).map_or(now, |(_, at)| at);
            let vain = now.saturating_sub(PATIENCE);
            prop_assert!(played.ready || vain >= warm, "not waited for");
        }
        *seen =
            Seen { step, shown: now, undisturbed: true, held: None, lasting: false, warm: None };
        return Ok(());
    }
    prop_assert_eq!(seen.step, played.progress.step());
    seen.warm = played.progress.warm(steps).map(|step| match warm_before {
        Some((same, since)) if same == step => (step, since),
        _ => (step, now),
    });
    // It is never late where the pictures are there.
    let turn = match seen.held {
        Some(_) if seen.lasting => None,
        Some(held) => Some(held + played.resume_after),
        None if seen.undisturbed => Some(seen.shown + played.dwells[seen.step]),
        None => None,
    };
    if let Some(turn) = turn {
        prop_assert!(!played.ready || now < turn, "late: {:?}", turn);
        prop_assert!(now < turn + PATIENCE + WARM || seen.warm.is_some(), "not even warm");
        if let Some((_, since)) = seen.warm {
            prop_assert!(now < turn.max(since + WARM) + PATIENCE, "waited for too long");
        }
        let lead = WARM.min((turn - seen.held.unwrap_or(seen.shown)) / 2);
        prop_assert_eq!(seen.warm.is_some(), now + lead >= turn, "warm in time");
    } else if seen.held.is_some() {
        prop_assert!(seen.warm.is_none(), "warm in vain");
    }
    let running = seen.held.is_none();
    prop_assert_eq!(played.pace() == Pace::Running, running, "was {:?}", before);
    Ok(())
}
