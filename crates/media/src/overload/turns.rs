//! Decode turns: how many packets are decoded at once, and whose is next.
//!
//! The decode threads take a turn for each packet; one list for the process, behind one lock that
//! is held for a look through those that wait. Without turns, sixty decoders that fall behind are
//! sixty threads that want the CPU, of which the one that draws gets a sixtieth, and so does the
//! one whose camera somebody looks at. Policies:
//! - there is one turn a CPU, and the drawing thread takes none. Decode threads are less urgent than
//!   all others besides ([`decode`](crate::decode)), so a wall that can't keep up decodes less, and what it
//!   draws is in time;
//! - important feeds are served first, then whose packet arrived first;
//! - a turn that was held for [`HELD_AT_MOST`] is taken away where somebody waits: a decoder that
//!   hangs costs the others that long, once;
//! - nobody waits longer than [`WAIT_AT_MOST`]: after that a packet is decoded without a turn. Who is
//!   hidden waits no longer, and decodes nothing;
//! - nothing is allocated but a place in two lists, which keep their room.

use std::sync::{Arc, Mutex};
use std::thread::Thread;
use std::time::{Duration, Instant};

use crate::lock::lock;

/// 64 cameras of 360p25 on one core, the delay of the selected one by the median, and how often the wall is
/// drawn a second: with three turns and decode threads as urgent as the others 109 ms and 17; with one
/// turn 96 to 109 and 17 to 20; with one turn and decode threads 2 less urgent 100 and 20, 3 less 90
/// and 21, 4 or 5 less 55 to 59 and 24.
const PER_CPU: usize = 1;
/// How long a turn is a turn while others wait. A packet takes less, also a large key frame on a
/// thread that shares its CPU with three others.
const HELD_AT_MOST: Duration = Duration::from_millis(250);
/// How long a packet waits for a turn. Half of the age from which packets are skipped, so that a
/// feed for which there is never a turn still shows pictures.
const WAIT_AT_MOST: Duration = Duration::from_millis(500);

/// Who decodes and who waits.
#[derive(Debug)]
pub(crate) struct Turns {
    list: Mutex<List>,
}

/// A turn, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    turns: Arc<Turns>,
    /// `None` for who waited in vain.
    number: Option<u64>,
}

/// The rule; the clock is passed in.
#[derive(Debug)]
struct List {
    /// How many may be held at once.
    most: usize,
    held: Vec<Held>,
    waiting: Vec<Waiting>,
    next: u64,
}

#[derive(Debug)]
struct Held {
    number: u64,
    since: Instant,
}

#[derive(Debug)]
struct Waiting {
    number: u64,
    important: bool,
    arrived: Instant,
    thread: Thread,
}

impl Turns {
    /// On so many CPUs.
    pub fn new(cpus: usize) -> Self {
        Self { list: Mutex::new(List::new(cpus.max(1) * PER_CPU)) }
    }

    /// Waits for a turn to decode a packet that arrived then; `None` once it is not wanted.
    pub fn take(
        self: &Arc<Self>,
        important: bool,
        arrived: Instant,
        wanted: impl Fn() -> bool,
    ) -> Option<Turn> {
        if !wanted() {
            return None;
        }
        let start = Instant::now();
        let (number, granted) = lock(&self.list).ask(important, arrived, start);
        let turn = |number| Some(Turn { turns: self.clone(), number });
        if granted {
            return turn(Some(number));
        }
        let until = start + WAIT_AT_MOST;
        loop {
            let now = Instant::now();
            let mut list = lock(&self.list);
            if !list.waits(number) {
                return turn(Some(number));
            }
            let wanted = wanted();
            if !wanted || now >= until {
                list.leave(number);
                return if wanted { turn(None) } else { None };
            }
            list.serve(now);
            if !list.waits(number) {
                return turn(Some(number));
            }
            // Somebody has to look whether a turn is to be taken away.
            let look = list.overdue_at().map_or(until, |at| at.min(until));
            drop(list);
            std::thread::park_timeout(look.saturating_duration_since(now));
        }
    }

    /// Lets all that wait look whether their turn is still wanted.
    pub fn wake(&self) {
        lock(&self.list).waiting.iter().for_each(|waiting| waiting.thread.unpark());
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            lock(&self.turns.list).give_back(number, Instant::now());
        }
    }
}

impl List {
    fn new(most: usize) -> Self {
        Self { most, held: Vec::new(), waiting: Vec::new(), next: 0 }
    }

    /// A number, and whether it has a turn already; else it waits for the calling thread.
    fn ask(&mut self, important: bool, arrived: Instant, now: Instant) -> (u64, bool) {
        let number = self.next;
        self.next += 1;
        let free = self.waiting.is_empty() && self.held.len() < self.most;
        if free {
            self.held.push(Held { number, since: now });
        } else {
            let thread = std::thread::current();
            self.waiting.push(Waiting { number, important, arrived, thread });
        }
        (number, free)
    }

    fn waits(&self, number: u64) -> bool {
        self.waiting.iter().any(|waiting| waiting.number == number)
    }

    fn leave(&mut self, number: u64) {
        self.waiting.retain(|waiting| waiting.number != number);
    }

    fn give_back(&mut self, number: u64, now: Instant) {
        self.held.retain(|held| held.number != number);
        self.serve(now);
    }

    /// Takes away what was held too long, and gives what is free to those that come first.
    fn serve(&mut self, now: Instant) {
        if self.waiting.is_empty() {
            return;
        }
        self.held.retain(|held| now.saturating_duration_since(held.since) < HELD_AT_MOST);
        while self.held.len() < self.most {
            let waiting = self.waiting.iter().enumerate();
            let first = waiting.min_by_key(|(_, it)| (!it.important, it.arrived, it.number));
            let Some((at, _)) = first else { return };
            let Waiting { number, thread, .. } = self.waiting.swap_remove(at);
            self.held.push(Held { number, since: now });
            thread.unpark();
        }
    }

    /// When the oldest turn is held for too long.
    fn overdue_at(&self) -> Option<Instant> {
        self.held.iter().map(|held| held.since + HELD_AT_MOST).min()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// A list of so many turns, and a time at which nothing has happened yet.
    fn list(most: usize) -> (List, Instant) {
        (List::new(most), Instant::now())
    }

    #[test]
    fn who_is_important_is_next_and_then_whose_packet_came_first() {
        let (mut list, now) = list(1);
        let (first, granted) = list.ask(false, now, now);
        assert!(granted);
        let order = [(false, 30), (false, 10), (true, 40), (false, 20), (true, 35)];
        let numbers = order.map(|(important, at)| list.ask(important, now + at * MS, now).0);
        assert!(numbers.iter().all(|number| list.waits(*number)));
        let mut served = Vec::new();
        let mut at_work = first;
        for _ in 0..order.len() {
            list.give_back(at_work, now);
            at_work = list.held[0].number;
            served.push(order[(at_work - 1) as usize].1);
        }
        assert_eq!(served, [35, 40, 10, 20, 30]);
        list.give_back(at_work, now);
        assert!(list.held.is_empty() && list.waiting.is_empty());
    }

    #[test]
    fn a_turn_that_is_held_too_long_is_taken_away_where_somebody_waits() {
        let (mut list, now) = list(2);
        let (hung, _) = list.ask(false, now, now);
        let (other, _) = list.ask(false, now, now + 200 * MS);
        list.serve(now + 10_000 * MS);
        assert_eq!(list.held.len(), 2, "nobody waits");
        let (waits, granted) = list.ask(false, now, now + 210 * MS);
        assert!(!granted);
        assert_eq!(list.overdue_at(), Some(now + HELD_AT_MOST));
        list.serve(now + HELD_AT_MOST - MS);
        assert!(list.waits(waits));
        list.serve(now + HELD_AT_MOST);
        assert!(!list.waits(waits));
        // It comes back after all, and takes nobody's turn.
        list.give_back(hung, now + 300 * MS);
        assert_eq!(list.held.iter().map(|held| held.number).collect::<Vec<_>>(), [other, waits]);
    }

    #[test]
    fn no_more_are_at_work_than_may_be_and_all_get_their_turn() {
        let turns = Arc::new(Turns::new(1));
        let (at_work, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        thread::scope(|scope| {
            for feed in 0..24 {
                let (turns, at_work, most) = (&turns, &at_work, &most);
                scope.spawn(move || {
                    for _ in 0..50 {
                        let turn = turns.take(feed == 0, Instant::now(), || true);
                        let turn = turn.expect("a turn");
                        // One that waited too long goes on without.
                        let counts = usize::from(turn.number.is_some());
                        most.fetch_max(
                            at_work.fetch_add(counts, Ordering::SeqCst) + counts,
                            Ordering::SeqCst,
                        );
                        thread::sleep(MS / 10);
                        at_work.fetch_sub(counts, Ordering::SeqCst);
                    }
                });
            }
        });
        assert_eq!(most.into_inner(), PER_CPU);
        let list = lock(&turns.list);
        assert!(list.held.is_empty() && list.waiting.is_empty());
    }

    #[test]
    fn decoders_that_hang_hold_nobody_up_for_long() {
        let turns = Arc::new(Turns::new(1));
        let hung: Vec<Turn> =
            (0..PER_CPU).filter_map(|_| turns.take(false, Instant::now(), || true)).collect();
        let start = Instant::now();
        for _ in 0..20 {
            drop(turns.take(false, Instant::now(), || true));
        }
        let took = start.elapsed();
        assert!(took >= HELD_AT_MOST / 2, "it waited: {took:?}");
        assert!(took < 20 * HELD_AT_MOST, "but once: {took:?}");
        drop(hung);
    }

    #[test]
    fn who_is_not_wanted_any_more_waits_no_longer_and_leaves_the_list() {
        let turns = Arc::new(Turns::new(1));
        let take = |wanted: &dyn Fn() -> bool| turns.take(false, Instant::now(), wanted);
        assert!(take(&|| false).is_none(), "also where a turn is free");
        let held: Vec<Turn> = (0..PER_CPU).filter_map(|_| take(&|| true)).collect();
        let asked = AtomicUsize::new(0);
        assert!(take(&|| asked.fetch_add(1, Ordering::SeqCst) == 0).is_none());
        assert!(lock(&turns.list).waiting.is_empty());
        drop(held);
        assert!(lock(&turns.list).held.is_empty());
    }

    /// `cargo test --release -p camwall-media turn_costs -- --ignored` writes what a turn costs where
    /// nobody waits, in nanoseconds, into the file that `TURN_FIGURES` names.
    #[test]
    #[ignore = "measures, and checks nothing but the order of magnitude"]
    fn what_a_turn_costs() {
        const TIMES: u32 = 1_000_000;
        let turns = Arc::new(Turns::new(2));
        let now = Instant::now();
        let mut rounds: Vec<u128> = (0..5)
            .map(|_| {
                let start = Instant::now();
                (0..TIMES).for_each(|_| drop(turns.take(false, now, || true)));
                start.elapsed().as_nanos() / u128::from(TIMES)
            })
            .collect();
        rounds.sort_unstable();
        if let Ok(path) = std::env::var("TURN_FIGURES") {
            std::fs::write(path, format!("{rounds:?} ns a turn\n")).expect("a file");
        }
        assert!(rounds[2] < 10_000, "{rounds:?}");
    }
}
