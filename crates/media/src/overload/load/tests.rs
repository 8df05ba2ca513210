//! What feeds count, and what they are told.

use super::*;

/// Feeds that are shown on a computer whose CPUs are full.
struct Feeds {
    overload: Arc<Overload>,
    loads: Vec<Load>,
    now: Instant,
}

impl Feeds {
    fn new(count: usize) -> Self {
        let now = Instant::now();
        let overload = Arc::new(Overload { epoch: now, ..Overload::none() });
        let loads = (0..count).map(|_| Load::new(overload.clone(), now)).collect();
        Self { overload, loads, now }
    }

    /// A second in which the packets of these feeds were decoded late.
    fn second(&mut self, late: &[usize]) {
        self.now += SECOND;
        for (number, load) in self.loads.iter().enumerate() {
            let lag = if late.contains(&number) { 2 * LAG } else { LAG / 2 };
            (0..25).for_each(|_| load.done(self.now - lag, self.now));
        }
        self.overload.add_up(Some(true), self.now);
    }

    fn efforts(&self) -> Vec<Effort> {
        self.loads.iter().map(Load::effort).collect()
    }
}

use Effort::{Full, NoFilter};

#[test]
fn a_feed_counts_once_it_is_shown_for_five_seconds_and_follows_the_others_at_once() {
    let mut feeds = Feeds::new(2);
    let reduced = (1..20).find(|_| {
        feeds.second(&[0, 1]);
        feeds.efforts() != [Full, Full]
    });
    assert_eq!(reduced, Some(7), "the fifth second is the first that counts");
    assert_eq!(feeds.efforts(), [NoFilter, NoFilter]);
    feeds.loads.push(Load::new(feeds.overload.clone(), feeds.now));
    assert_eq!(feeds.efforts()[2], NoFilter, "which was just opened");
    feeds.loads[2].set_important(true);
    assert_eq!(feeds.efforts()[2], Full);
    feeds.loads[0].show(false, feeds.now);
    assert_eq!(feeds.efforts(), [Full, NoFilter, Full], "of a hidden one nothing is left out");
}

#[test]
fn others_that_were_just_opened_are_there_and_give_way_one_step_at_a_time() {
    let mut feeds = Feeds::new(1);
    feeds.loads[0].set_important(true);
    (0..6).for_each(|_| feeds.second(&[]));
    let (overload, now) = (feeds.overload.clone(), feeds.now);
    feeds.loads.extend((0..3).map(|_| Load::new(overload.clone(), now)));
    (0..4).for_each(|_| feeds.second(&[0, 1, 2, 3]));
    assert_eq!(feeds.efforts(), [Full, NoFilter, NoFilter, NoFilter]);
}

#[test]
fn a_feed_that_is_hidden_gets_no_turn_and_waits_for_none() {
    let load = Load::new(Arc::new(Overload::none()), Instant::now());
    let held: Vec<_> =
        std::iter::repeat_with(|| Load::new(load.overload.clone(), load.overload.epoch))
            .take(3)
            .collect();
    // A turn is taken away after 250 ms, and a busy computer may take as long for anything.
    let in_time = (0..20).any(|_| {
        load.show(true, Instant::now());
        let _held: Vec<_> = held.iter().map(|other| other.begin(Instant::now())).collect();
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| load.begin(Instant::now()).is_none());
            std::thread::sleep(Duration::from_millis(20));
            let hidden = Instant::now();
            load.show(false, hidden);
            let gone = waits.join().expect("no panic");
            gone && hidden.elapsed() < Duration::from_millis(100)
        })
    });
    assert!(in_time);
    assert!(load.begin(Instant::now()).is_none());
}

#[test]
fn cameras_that_send_nothing_prove_nothing() {
    let mut feeds = Feeds::new(8);
    let silent: Vec<Load> = (0..40).map(|_| Load::new(feeds.overload.clone(), feeds.now)).collect();
    (0..10).for_each(|_| feeds.second(&[0, 1]));
    assert_eq!(feeds.efforts(), [NoFilter; 8], "a quarter of those that send");
    drop(silent);
}

#[test]
fn who_is_hidden_or_gone_does_not_count() {
    let mut feeds = Feeds::new(4);
    feeds.loads[3].show(false, feeds.now);
    (0..20).for_each(|_| feeds.second(&[3]));
    assert_eq!(feeds.efforts(), [Full; 4]);
    drop(feeds.loads.pop());
    (0..20).for_each(|_| feeds.second(&[]));
    assert_eq!(lock(&feeds.overload.state).feeds.len(), 3);
    (0..3).for_each(|_| feeds.second(&[2]));
    assert_eq!(feeds.efforts(), [NoFilter; 3]);
}
