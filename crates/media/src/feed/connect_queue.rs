//! Decides who connects next.
//!
//! A pure rule that is told the time; [`ConnectLimit`](super::connect_limit::ConnectLimit) is what
//! threads see of it. Policies:
//! - so many connections at once and no more;
//! - a camera that somebody looks at goes before a hidden one, unless that has waited for
//!   [`HIDDEN_WAITS`] longer, so that what is only recorded comes too; among equals who came first;
//! - a camera that failed again and again counts for [`DEAD_COUNTS`] only, because it mostly waits for
//!   an answer that does not come: dead cameras don't hold up live ones.

use std::time::{Duration, Instant};

/// How much longer a hidden camera waits than one that somebody looks at.
const HIDDEN_WAITS: Duration = Duration::from_secs(10);
/// For how long a camera whose last tries failed counts among those that connect.
const DEAD_COUNTS: Duration = Duration::from_secs(2);

/// Names one try from its arrival to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

/// Who is to connect, as it is known now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Nobody looks at it.
    pub hidden: bool,
    /// Its last tries failed.
    pub dead: bool,
}

#[derive(Debug)]
struct Waiting {
    ticket: Ticket,
    since: Instant,
    hidden: bool,
}

impl Waiting {
    /// Who has less of it goes first.
    fn order(&self) -> (Instant, Ticket) {
        let handicap = if self.hidden { HIDDEN_WAITS } else { Duration::ZERO };
        (self.since + handicap, self.ticket)
    }
}

/// Those that connect and those that wait for it.
#[derive(Debug)]
pub(crate) struct ConnectQueue {
    max: usize,
    next: u64,
    waiting: Vec<Waiting>,
    /// Who connects, and until when it counts, if not to its end.
    connecting: Vec<(Ticket, Option<Instant>)>,
}

impl ConnectQueue {
    /// For so many at once.
    pub const fn new(max: usize) -> Self {
        Self { max, next: 0, waiting: Vec::new(), connecting: Vec::new() }
    }

    /// Somebody comes and waits.
    pub fn enter(&mut self, hidden: bool, now: Instant) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        self.waiting.push(Waiting { ticket, since: now, hidden });
        ticket
    }

    /// Whether it may connect now; from then on it does. To be asked again until it may.
    pub fn admits(&mut self, ticket: Ticket, caller: Caller, now: Instant) -> bool {
        let Some(own) = self.waiting.iter_mut().find(|waiting| waiting.ticket == ticket) else {
            return false;
        };
        own.hidden = caller.hidden;
        let own = own.order();
        let first = self.waiting.iter().all(|waiting| waiting.order() >= own);
        if !first || self.counted(now) >= self.max {
            return false;
        }
        self.waiting.retain(|waiting| waiting.ticket != ticket);
        self.connecting.push((ticket, caller.dead.then(|| now + DEAD_COUNTS)));
        true
    }

    /// It waits no more, or has done.
    pub fn leave(&mut self, ticket: Ticket) {
        self.waiting.retain(|waiting| waiting.ticket != ticket);
        self.connecting.retain(|(other, _)| *other != ticket);
    }

    /// Those that connect.
    #[cfg(test)]
    pub fn connecting(&self) -> usize {
        self.connecting.len()
    }

    /// Those that connect and count.
    fn counted(&self, now: Instant) -> usize {
        let counts = |until: &Option<Instant>| until.is_none_or(|until| now < until);
        self.connecting.iter().filter(|(_, until)| counts(until)).count()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const SEEN: Caller = Caller { hidden: false, dead: false };
    const HIDDEN: Caller = Caller { hidden: true, dead: false };
    const DEAD: Caller = Caller { hidden: false, dead: true };

    #[test]
    fn who_is_looked_at_goes_first_and_who_is_not_comes_too() {
        let (mut queue, start) = (ConnectQueue::new(1), Instant::now());
        let own = queue.enter(false, start);
        assert!(queue.admits(own, SEEN, start));
        let hidden = queue.enter(true, start);
        let seen = queue.enter(false, start + 9 * SECOND);
        let late = queue.enter(false, start + 11 * SECOND);
        queue.leave(own);
        let now = start + 12 * SECOND;
        assert!(!queue.admits(late, SEEN, now) && !queue.admits(hidden, HIDDEN, now));
        assert!(queue.admits(seen, SEEN, now));
        queue.leave(seen);
        assert!(!queue.admits(late, SEEN, now) && queue.admits(hidden, HIDDEN, now));
        queue.leave(hidden);
        assert!(queue.admits(late, SEEN, now));
        assert!(!queue.admits(late, SEEN, now), "once");
    }

    #[test]
    fn who_is_shown_while_it_waits_moves_up() {
        let (mut queue, now) = (ConnectQueue::new(1), Instant::now());
        let own = queue.enter(false, now);
        assert!(queue.admits(own, SEEN, now));
        let hidden = queue.enter(true, now);
        let seen = queue.enter(false, now + SECOND);
        assert!(!queue.admits(hidden, SEEN, now), "there is no room, but now it is looked at");
        queue.leave(own);
        assert!(!queue.admits(seen, SEEN, now) && queue.admits(hidden, SEEN, now));
    }

    #[test]
    fn eight_dead_cameras_delay_the_ninth_by_two_seconds() {
        let (mut queue, now) = (ConnectQueue::new(8), Instant::now());
        for _ in 0..8 {
            let dead = queue.enter(false, now);
            assert!(queue.admits(dead, DEAD, now));
        }
        let ninth = queue.enter(false, now);
        assert!(!queue.admits(ninth, SEEN, now + Duration::from_millis(1999)));
        assert!(queue.admits(ninth, SEEN, now + 2 * SECOND));
    }

    #[derive(Clone, Debug)]
    struct Try {
        arrives: u64,
        caller: Caller,
        takes: u64,
        /// Gives up waiting after that long.
        patience: u64,
    }

    fn tries() -> impl Strategy<Value = Vec<Try>> {
        let one = (0..30_000_u64, any::<bool>(), any::<bool>(), 1..5_000_u64, 0..80_000_u64);
        let one = one.prop_map(|(arrives, hidden, dead, takes, patience)| {
            let caller = Caller { hidden, dead };
            Try { arrives, caller, takes, patience }
        });
        prop::collection::vec(one, 1..60)
    }

    proptest! {
        /// Whoever comes whenever, asked every 100 ms: the limit is kept, there is no room while
        /// somebody waits, the order is right, and nobody waits for ever.
        #[test]
        fn whoever_comes_is_served_in_order(tries in tries(), max in 1..9_usize) {
            let start = Instant::now();
            let mut queue = ConnectQueue::new(max);
            // Number, ticket and arrival; then number, ticket, end and end of counting.
            let mut waiting: Vec<(usize, Ticket, u64)> = Vec::new();
            let mut busy: Vec<(Ticket, u64, u64)> = Vec::new();
            let mut served = 0;
            for now in (0..400_000_u64).step_by(100) {
                let at = start + Duration::from_millis(now);
                for (ticket, end, _) in &busy {
                    if *end <= now { queue.leave(*ticket); }
                }
                busy.retain(|(_, end, _)| *end > now);
                for (number, one) in tries.iter().enumerate() {
                    if (one.arrives..one.arrives + 100).contains(&now) {
                        waiting.push((number, queue.enter(one.caller.hidden, at), now));
                    }
                }
                let gone = |(number, _, since): &(usize, Ticket, u64)| {
                    now - since > tries[*number].patience
                };
                for (_, ticket, _) in waiting.iter().filter(|one| gone(one)) {
                    queue.leave(*ticket);
                }
                served += waiting.iter().filter(|one| gone(one)).count();
                waiting.retain(|one| !gone(one));
                loop {
                    let asked = waiting.iter().position(|(number, ticket, _)| {
                        queue.admits(*ticket, tries[*number].caller, at)
                    });
                    let Some(asked) = asked else { break };
                    let (number, ticket, since) = waiting.remove(asked);
                    let one = &tries[number];
                    for (other, _, came) in &waiting {
                        let other = &tries[*other];
                        // Ten seconds are what a hidden camera gives way.
                        let before = match (other.caller.hidden, one.caller.hidden) {
                            (false, true) => *came < since + 10_000,
                            (true, false) => came + 10_000 < since,
                            _ => *came < since,
                        };
                        prop_assert!(!before, "{other:?} before {one:?}");
                    }
                    let counts = if one.caller.dead { now + 2_000 } else { u64::MAX };
                    busy.push((ticket, now + one.takes, counts));
                    served += 1;
                }
                let counted = busy.iter().filter(|(_, _, counts)| *counts > now).count();
                prop_assert!(counted <= max, "{counted} at once");
                prop_assert!(waiting.is_empty() || counted == max, "there is room");
            }
            prop_assert_eq!(served, tries.len());
            prop_assert_eq!(queue.connecting(), 0);
        }
    }
}
