//! What a feed and its threads tell of the load, and what effort they get for it.
//!
//! A [`Load`] is one feed's part in the [`Overload`] of the process. The decode thread counts into
//! it, without a lock; once a second one of them, whichever comes first, adds all up and asks the
//! [`Steps`]. Policies:
//! - who is hidden counts nowhere and does all, since nothing of it is decoded;
//! - who is shown for less than [`GRACE`] is there, but what it does counts for nothing yet.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, Weak};
use std::time::{Duration, Instant};

use super::cpu::CpuWatch;
use super::effort::Effort;
use super::steps::{Change, LAG, Second, Steps};
use super::thinning::Thinning;
use super::turns::{Turn, Turns};
use crate::lock::lock;

/// What a feed does that was just opened, or is just shown again, counts only after this: it connects,
/// and its decoder catches up with what is in memory.
const GRACE: Duration = Duration::from_secs(5);
/// How often the rule is asked.
const SECOND: Duration = Duration::from_secs(1);

/// The load of all feeds of the process.
#[derive(Debug)]
pub(crate) struct Overload {
    turns: Arc<Turns>,
    cpus: usize,
    epoch: Instant,
    /// When the rule is to be asked, in milliseconds since `epoch`.
    due: AtomicU64,
    watch: Mutex<(CpuWatch, Instant)>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    steps: Steps,
    feeds: Vec<Weak<Counts>>,
    /// Feeds that there ever were.
    opened: u64,
}

/// What one feed counts, from one second to the next.
#[derive(Debug)]
struct Counts {
    important: AtomicBool,
    shown: AtomicBool,
    /// From when on it counts, in milliseconds since the epoch.
    counts_from: AtomicU64,
    effort: AtomicU8,
    packets: AtomicU32,
    late: AtomicU32,
    decoded: AtomicU32,
    undrawn: AtomicU32,
}

/// One feed's part in it; it leaves when this is dropped.
#[derive(Debug)]
pub(crate) struct Load {
    overload: Arc<Overload>,
    counts: Arc<Counts>,
    /// Tells it apart from others.
    number: u64,
}

/// A packet that is being decoded, with its turn. Dropped when that is done.
#[derive(Debug)]
pub(crate) struct Work<'a> {
    load: &'a Load,
    arrived: Instant,
    turn: Option<Turn>,
}

impl Overload {
    /// That of the process.
    pub fn of_the_process() -> Arc<Self> {
        static OVERLOAD: LazyLock<Arc<Overload>> = LazyLock::new(|| {
            let cpus = std::thread::available_parallelism().map_or(1, usize::from);
            Arc::new(Overload::new(cpus, Instant::now()))
        });
        OVERLOAD.clone()
    }

    /// On so many CPUs.
    pub fn new(cpus: usize, now: Instant) -> Self {
        Self {
            turns: Arc::new(Turns::new(cpus)),
            cpus,
            epoch: now,
            due: AtomicU64::new(millis(SECOND)),
            watch: Mutex::new((CpuWatch::default(), now)),
            state: Mutex::default(),
        }
    }

    /// That of feeds that stand for themselves: nothing is ever reduced.
    #[cfg(any(test, feature = "fixtures"))]
    pub fn none() -> Self {
        Self { due: AtomicU64::new(u64::MAX), ..Self::new(1, Instant::now()) }
    }

    fn at(&self, now: Instant) -> u64 {
        millis(now.saturating_duration_since(self.epoch))
    }

    /// When a feed counts that is shown from now on.
    fn after_grace(&self, now: Instant) -> u64 {
        self.at(now) + millis(GRACE)
    }

    /// Asks the rule if it is time to.
    fn look(&self, now: Instant) {
        let at = self.at(now);
        let due = self.due.load(Ordering::Relaxed);
        let next = at + millis(SECOND);
        let (set, get) = (Ordering::Relaxed, Ordering::Relaxed);
        if at < due || self.due.compare_exchange(due, next, set, get).is_err() {
            return;
        }
        // Only the one thread that came first is here.
        let full = {
            let (watch, before) = &mut *lock(&self.watch);
            let span = now.saturating_duration_since(*before);
            *before = now;
            watch.is_full(span, self.cpus)
        };
        self.add_up(full, now);
    }

    /// Asks the rule how to go on after a second, and tells the feeds.
    fn add_up(&self, full: Option<bool>, now: Instant) {
        let mut second = Second { full, ..Second::default() };
        let change = {
            let State { steps, feeds, .. } = &mut *lock(&self.state);
            let at = self.at(now);
            feeds.retain(|feed| feed.upgrade().is_some_and(|feed| feed.add_to(&mut second, at)));
            let change = steps.second(&second, now);
            feeds.iter().filter_map(Weak::upgrade).for_each(|feed| feed.follow(steps));
            change.map(|change| (change, steps.effort(false), steps.effort(true)))
        };
        let what =
            |others, important| format!("cameras are decoded {others}, the selected {important}");
        match change {
            Some((Change::Less, others, important)) => {
                tracing::warn!(
                    "this computer can't keep up: {}; {second}",
                    what(others, important)
                );
            }
            Some((Change::More, others, important)) => {
                tracing::info!("this computer keeps up: {}", what(others, important));
            }
            None => {}
        }
    }
}

impl Counts {
    /// Adds what was counted since the last time; true.
    fn add_to(&self, second: &mut Second, at: u64) -> bool {
        let take = |counter: &AtomicU32| counter.swap(0, Ordering::Relaxed);
        let (packets, late) = (take(&self.packets), take(&self.late));
        let (decoded, undrawn) = (take(&self.decoded), take(&self.undrawn));
        if !self.shown.load(Ordering::Relaxed) {
            return true;
        }
        let important = self.important.load(Ordering::Relaxed);
        let there = if important { &mut second.important } else { &mut second.others };
        *there += 1;
        if at < self.counts_from.load(Ordering::Relaxed) {
            return true;
        }
        // By the median.
        let late = usize::from(late * 2 > packets);
        if important {
            second.important_late += late;
        } else {
            second.active += usize::from(packets > 0);
            second.late += late;
        }
        // Who is on no wall is never drawn.
        if undrawn < decoded {
            second.decoded += decoded;
            second.undrawn += undrawn;
        }
        true
    }

    fn follow(&self, steps: &Steps) {
        let effort = steps.effort(self.important.load(Ordering::Relaxed));
        self.effort.store(effort as u8, Ordering::Relaxed);
    }
}

impl Load {
    /// That of another feed.
    pub fn new(overload: Arc<Overload>, now: Instant) -> Self {
        let counts = Arc::new(Counts {
            important: AtomicBool::new(false),
            shown: AtomicBool::new(true),
            counts_from: AtomicU64::new(overload.after_grace(now)),
            effort: AtomicU8::new(0),
            packets: AtomicU32::new(0),
            late: AtomicU32::new(0),
            decoded: AtomicU32::new(0),
            undrawn: AtomicU32::new(0),
        });
        let number = {
            let State { steps, feeds, opened } = &mut *lock(&overload.state);
            counts.follow(steps);
            feeds.push(Arc::downgrade(&counts));
            *opened += 1;
            *opened
        };
        Self { overload, counts, number }
    }

    /// How much of the stream is to be decoded.
    pub fn effort(&self) -> Effort {
        let hidden = !self.counts.shown.load(Ordering::Relaxed);
        let effort = Effort::of(self.counts.effort.load(Ordering::Relaxed));
        if hidden { Effort::Full } else { effort }
    }

    /// Sets the effort by hand.
    #[cfg(test)]
    pub fn force(&self, effort: Effort) {
        self.counts.effort.store(effort as u8, Ordering::Relaxed);
    }

    /// Whether somebody looks at this feed more than at others.
    pub fn set_important(&self, on: bool) {
        if self.counts.important.swap(on, Ordering::Relaxed) != on {
            self.counts.follow(&lock(&self.overload.state).steps);
        }
    }

    /// Whether its pictures are decoded from now on.
    pub fn show(&self, on: bool, now: Instant) {
        self.counts.counts_from.store(self.overload.after_grace(now), Ordering::Relaxed);
        self.counts.shown.store(on, Ordering::Relaxed);
        if !on {
            self.overload.turns.wake();
        }
    }

    /// Which packets are to be left out: half of the feeds pause while the others do not.
    pub fn thinning(&self) -> Thinning {
        Thinning::new(self.number.is_multiple_of(2))
    }

    /// Waits for a turn to decode a packet that arrived then; `None` as soon as the feed is hidden.
    pub fn begin(&self, arrived: Instant) -> Option<Work<'_>> {
        let important = self.counts.important.load(Ordering::Relaxed);
        let wanted = || self.counts.shown.load(Ordering::Relaxed);
        let turn = self.overload.turns.take(important, arrived, wanted)?;
        Some(Work { load: self, arrived, turn: Some(turn) })
    }

    /// A packet is done with that arrived then, or is too old to be decoded.
    pub fn done(&self, arrived: Instant, now: Instant) {
        self.counts.packets.fetch_add(1, Ordering::Relaxed);
        if now.saturating_duration_since(arrived) > LAG {
            self.counts.late.fetch_add(1, Ordering::Relaxed);
        }
        self.overload.look(now);
    }

    /// A picture was handed on, and so many that were waiting made way for it.
    pub fn picture(&self, undrawn: u64) {
        self.counts.decoded.fetch_add(1, Ordering::Relaxed);
        let undrawn = u32::try_from(undrawn).unwrap_or(u32::MAX);
        self.counts.undrawn.fetch_add(undrawn, Ordering::Relaxed);
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        drop(self.turn.take());
        self.load.done(self.arrived, Instant::now());
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
