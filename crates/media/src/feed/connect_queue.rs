//! Decides who connects next.
//!
//! A pure rule that is told the time; [`ConnectLimit`](super::connect_limit::ConnectLimit) is what
//! threads see of it. Policies:
//! - there are so many places, and each try holds one for [`HOLDS_PLACE`] at most: who has no answer by
//!   then mostly waits for one that does not come, and no longer holds up the others;
//! - tries in progress are [`TRIES_A_PLACE`] times the places at most, and one time the places is kept
//!   for cameras that are not dead;
//! - a camera that somebody looks at goes before a hidden one, unless that has waited for
//!   [`HIDDEN_WAITS`] longer, so that what is only recorded comes too; so does a camera before one that
//!   failed again and again, by [`DEAD_WAITS`]; among equals who came first.

use std::time::{Duration, Instant};

/// How much longer a hidden camera waits than one that somebody looks at.
const HIDDEN_WAITS: Duration = Duration::from_secs(10);
/// How much longer a camera waits whose last tries failed.
const DEAD_WAITS: Duration = Duration::from_secs(10);
/// For how long a try holds a place. A camera that is there has answered by then.
const HOLDS_PLACE: Duration = Duration::from_secs(2);
/// Tries in progress for each place. A try without an answer takes 5 s, and so fills two and a half.
const TRIES_A_PLACE: usize = 4;

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

impl Caller {
    /// How much longer it waits than others.
    fn handicap(self) -> Duration {
        let hidden = if self.hidden { HIDDEN_WAITS } else { Duration::ZERO };
        let dead = if self.dead { DEAD_WAITS } else { Duration::ZERO };
        hidden + dead
    }
}

#[derive(Debug)]
struct Waiting {
    ticket: Ticket,
    since: Instant,
    caller: Caller,
}

impl Waiting {
    /// Who has less of it goes first.
    fn order(&self) -> (Instant, Ticket) {
        (self.since + self.caller.handicap(), self.ticket)
    }
}

/// A try in progress.
#[derive(Debug)]
struct Connecting {
    ticket: Ticket,
    /// Until when it holds a place, if not to its end.
    holds_until: Instant,
    #[cfg(test)]
    caller: Caller,
}

/// Those that connect and those that wait for it.
#[derive(Debug)]
pub(crate) struct ConnectQueue {
    places: usize,
    next: u64,
    waiting: Vec<Waiting>,
    connecting: Vec<Connecting>,
}

impl ConnectQueue {
    /// With so many places.
    pub const fn new(places: usize) -> Self {
        Self { places, next: 0, waiting: Vec::new(), connecting: Vec::new() }
    }

    /// Somebody comes and waits.
    pub fn enter(&mut self, caller: Caller, now: Instant) -> Ticket {
        let ticket = Ticket(self.next);
        self.next += 1;
        self.waiting.push(Waiting { ticket, since: now, caller });
        ticket
    }

    /// Whether it may connect now; from then on it does. To be asked again until it may.
    pub fn admits(&mut self, ticket: Ticket, caller: Caller, now: Instant) -> bool {
        let Some(own) = self.waiting.iter_mut().find(|waiting| waiting.ticket == ticket) else {
            return false;
        };
        own.caller = caller;
        let own = own.order();
        // Who has no right to the places that are left holds up nobody.
        let mut others = self.waiting.iter().filter(|waiting| self.has_room_for(waiting.caller));
        let first = others.all(|waiting| waiting.order() >= own);
        if !first || !self.has_room_for(caller) || self.held(now) >= self.places {
            return false;
        }
        self.waiting.retain(|waiting| waiting.ticket != ticket);
        self.connecting.push(Connecting {
            ticket,
            holds_until: now + HOLDS_PLACE,
            #[cfg(test)]
            caller,
        });
        true
    }

    /// It waits no more, or has done.
    pub fn leave(&mut self, ticket: Ticket) {
        self.waiting.retain(|waiting| waiting.ticket != ticket);
        self.connecting.retain(|connecting| connecting.ticket != ticket);
    }

    /// Those that connect.
    #[cfg(test)]
    pub fn connecting(&self) -> Vec<Caller> {
        self.connecting.iter().map(|connecting| connecting.caller).collect()
    }

    /// Places that are held.
    pub fn held(&self, now: Instant) -> usize {
        self.connecting.iter().filter(|connecting| now < connecting.holds_until).count()
    }

    /// Whether one more may be in progress.
    fn has_room_for(&self, caller: Caller) -> bool {
        let most = TRIES_A_PLACE - usize::from(caller.dead);
        self.connecting.len() < self.places.saturating_mul(most)
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
        let own = queue.enter(SEEN, start);
        assert!(queue.admits(own, SEEN, start));
        let hidden = queue.enter(HIDDEN, start);
        let seen = queue.enter(SEEN, start + 9 * SECOND);
        let late = queue.enter(SEEN, start + 11 * SECOND);
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
        let own = queue.enter(SEEN, now);
        assert!(queue.admits(own, SEEN, now));
        let hidden = queue.enter(HIDDEN, now);
        let seen = queue.enter(SEEN, now + SECOND);
        assert!(!queue.admits(hidden, SEEN, now), "there is no room, but now it is looked at");
        queue.leave(own);
        assert!(!queue.admits(seen, SEEN, now) && queue.admits(hidden, SEEN, now));
    }

    /// All of these come at once and get no answer for so long; gives when a live one that comes last
    /// may connect.
    fn waits_behind(callers: &[Caller], takes: Duration) -> Duration {
        let (mut queue, start) = (ConnectQueue::new(8), Instant::now());
        let enter = |caller: &Caller| (queue.enter(*caller, start), *caller);
        let mut waiting: Vec<_> = callers.iter().map(enter).collect();
        let last = queue.enter(SEEN, start);
        let mut busy: Vec<(Ticket, Instant)> = Vec::new();
        for tenth in 0..3000 {
            let now = start + tenth * SECOND / 10;
            for (ticket, _) in busy.iter().filter(|(_, end)| *end <= now) {
                queue.leave(*ticket);
            }
            busy.retain(|(_, end)| *end > now);
            waiting.retain(|(ticket, caller)| {
                let admitted = queue.admits(*ticket, *caller, now);
                if admitted {
                    busy.push((*ticket, now + takes));
                }
                !admitted
            });
            if queue.admits(last, SEEN, now) {
                return now - start;
            }
        }
        unreachable!("it never may")
    }

    #[test]
    fn dead_cameras_delay_a_live_one_by_two_seconds_at_most() {
        for takes in [5, 15, 60] {
            assert_eq!(waits_behind(&[DEAD; 40], takes * SECOND), Duration::ZERO, "{takes}");
        }
        // Those that were there before it hold their places.
        for already in [8, 40] {
            let (mut queue, start) = (ConnectQueue::new(8), Instant::now());
            let dead: Vec<_> = (0..already).map(|_| queue.enter(DEAD, start)).collect();
            let mut admitted = 0;
            for second in 0..60 {
                let now = start + second * SECOND;
                admitted += dead.iter().filter(|ticket| queue.admits(**ticket, DEAD, now)).count();
            }
            assert_eq!(admitted, already.min(24), "eight tries are kept for others");
            let now = start + 60 * SECOND;
            let live = queue.enter(SEEN, now);
            assert!(queue.admits(live, SEEN, now), "{already}");
        }
        let (mut queue, now) = (ConnectQueue::new(8), Instant::now());
        for _ in 0..8 {
            let dead = queue.enter(DEAD, now);
            assert!(queue.admits(dead, DEAD, now));
        }
        let ninth = queue.enter(SEEN, now);
        assert!(!queue.admits(ninth, SEEN, now + Duration::from_millis(1999)));
        assert!(queue.admits(ninth, SEEN, now + 2 * SECOND));
    }

    #[test]
    fn forty_first_tries_without_an_answer_delay_the_next_by_ten_seconds() {
        assert_eq!(waits_behind(&[SEEN; 40], 5 * SECOND), 10 * SECOND);
        assert_eq!(waits_behind(&[SEEN; 7], 5 * SECOND), Duration::ZERO);
    }

    #[test]
    fn a_dead_camera_comes_too() {
        let (mut queue, start) = (ConnectQueue::new(1), Instant::now());
        let dead = queue.enter(DEAD, start);
        let before = queue.enter(SEEN, start + 9 * SECOND);
        let after = queue.enter(SEEN, start + 11 * SECOND);
        let now = start + 12 * SECOND;
        assert!(!queue.admits(after, SEEN, now) && !queue.admits(dead, DEAD, now));
        assert!(queue.admits(before, SEEN, now));
        queue.leave(before);
        assert!(!queue.admits(after, SEEN, now) && queue.admits(dead, DEAD, now));
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
        let one = (0..30_000_u64, any::<bool>(), any::<bool>(), 1..15_000_u64, 0..80_000_u64);
        let one = one.prop_map(|(arrives, hidden, dead, takes, patience)| {
            let caller = Caller { hidden, dead };
            Try { arrives, caller, takes, patience }
        });
        prop::collection::vec(one, 1..60)
    }

    proptest! {
        /// Whoever comes whenever, asked every 100 ms: the limits are kept, there is no room while
        /// somebody waits, the order is right, and nobody waits for ever.
        #[test]
        fn whoever_comes_is_served_in_order(tries in tries(), max in 1..9_usize) {
            let start = Instant::now();
            let mut queue = ConnectQueue::new(max);
            // Number, ticket and arrival; then number, ticket, end and end of counting.
            let mut waiting: Vec<(usize, Ticket, u64)> = Vec::new();
            let mut busy: Vec<(Ticket, u64, u64)> = Vec::new();
            let mut served = 0;
            for now in (0..600_000_u64).step_by(100) {
                let at = start + Duration::from_millis(now);
                for (ticket, end, _) in &busy {
                    if *end <= now { queue.leave(*ticket); }
                }
                busy.retain(|(_, end, _)| *end > now);
                for (number, one) in tries.iter().enumerate() {
                    if (one.arrives..one.arrives + 100).contains(&now) {
                        waiting.push((number, queue.enter(one.caller, at), now));
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
                    // What a hidden or dead camera gives way.
                    let handicap = |caller: Caller| {
                        10_000 * (u64::from(caller.hidden) + u64::from(caller.dead))
                    };
                    for (other, _, came) in &waiting {
                        let other = &tries[*other];
                        let may = !other.caller.dead || busy.len() < 3 * max;
                        let before = came + handicap(other.caller) < since + handicap(one.caller);
                        prop_assert!(!(may && before), "{other:?} before {one:?}");
                    }
                    prop_assert!(!one.caller.dead || busy.len() < 3 * max, "kept for others");
                    busy.push((ticket, now + one.takes, now + 2_000));
                    served += 1;
                }
                let counted = busy.iter().filter(|(_, _, counts)| *counts > now).count();
                prop_assert!(counted <= max, "{counted} at once");
                prop_assert!(busy.len() <= 4 * max, "{} in progress", busy.len());
                let dead_only = waiting.iter().all(|(number, ..)| tries[*number].caller.dead);
                let full = busy.len() >= if dead_only { 3 * max } else { 4 * max };
                prop_assert!(waiting.is_empty() || counted == max || full, "there is room");
            }
            prop_assert_eq!(served, tries.len());
            prop_assert!(queue.connecting().is_empty());
        }
    }
}
