//! The phases of a row: what is wrong when, and which phase it is now.
//!
//! Pure: `PhaseClock` is told the time.

use std::time::Duration;

use super::film::Film;

/// How a stream or a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The writing side is shut down, the reading side stays open.
    HalfClose,
    /// RST.
    Reset,
    /// Half an interleaved frame is sent, then the connection is closed.
    CutFrame,
}

/// What is wrong in a phase.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// Nobody listens: a connection is refused by the kernel.
    Refuses,
    /// The queue of the listener is full: a SYN gets no answer.
    FullQueue,
    /// Nothing leaves while the camera goes on filming. All that comes later comes late, by the
    /// length of the phase.
    Held,
    /// The slices of pictures are random behind so many bytes; nothing is missing.
    Scrambled(usize),
    /// So many of a thousand fragments of pictures are left out; sequence numbers show it.
    LosesFragments(u32),
    /// So many of a thousand packets are left out; sequence numbers show it.
    LosesPackets(u32),
    /// So many of a thousand packets change places with the next.
    Swaps(u32),
    /// No picture leaves.
    NoPictures,
    /// No sound leaves.
    NoSound,
    /// No sender report leaves.
    NoReports,
    /// RTP timestamps are so many seconds ahead of where they would be.
    Jump(i32),
    /// Pictures have no end: fragment after fragment of one NAL unit, as many at each picture's time.
    Endless(u32),
    /// Another clip, of the same codec.
    Shows(Film),
    /// At the beginning of the phase, whoever is connected is cut off.
    Ends(Ending),
}

/// Whom a phase concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// All connections.
    Everybody,
    /// Those that played when the phase began; newer ones see no fault.
    ThoseThere,
}

/// One phase.
#[derive(Clone, Debug)]
pub struct Phase {
    /// Its name in events.
    pub name: &'static str,
    /// How long it lasts; without, until `next`.
    pub lasts: Option<Duration>,
    /// What is wrong.
    pub faults: Vec<Fault>,
    /// For whom.
    pub whom: Whom,
}

/// Which phase it is.
#[derive(Clone, Debug, Default)]
pub struct PhaseClock {
    now: Option<(usize, Duration)>,
}

impl PhaseClock {
    /// Enters the first phase, if that has not happened. True if it does now.
    pub fn start(&mut self, at: Duration) -> bool {
        let starts = self.now.is_none();
        self.now.get_or_insert((0, at));
        starts
    }

    /// The phase and when it began; the first before the start.
    pub fn index(&self) -> usize {
        self.now.map_or(0, |(index, _)| index)
    }

    /// When the phase began; zero before the start.
    pub fn since(&self) -> Duration {
        self.now.map_or(Duration::ZERO, |(_, since)| since)
    }

    /// When the phase ends by itself.
    pub fn due(&self, phases: &[Phase]) -> Option<Duration> {
        let (index, since) = self.now?;
        // The last phase has no end, whatever it says.
        phases.get(index + 1)?;
        Some(since + phases.get(index)?.lasts?)
    }

    /// Goes on by one phase if its time has come; to be repeated while it returns true. A phase
    /// begins when the one before was to end, not when somebody looked.
    pub fn advance(&mut self, phases: &[Phase], now: Duration) -> bool {
        let due = self.due(phases).filter(|due| *due <= now);
        if let Some(due) = due {
            self.now = Some((self.index() + 1, due));
        }
        due.is_some()
    }

    /// Goes on by one phase at once; false where there is no other. Starts what has not started.
    pub fn next(&mut self, phases: &[Phase], now: Duration) -> bool {
        let next = self.index() + 1;
        let exists = next < phases.len();
        if exists {
            self.now = Some((next, now));
        }
        exists
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, Phase, PhaseClock, Whom};

    fn phase(name: &'static str, lasts: Option<u64>) -> Phase {
        let lasts = lasts.map(Duration::from_secs);
        Phase { name, lasts, faults: Vec::new(), whom: Whom::Everybody }
    }

    fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn phases_follow_each_other_to_the_second_from_the_start_on() {
        let phases = [phase("a", Some(5)), phase("b", Some(2)), phase("c", Some(9))];
        let mut clock = PhaseClock::default();
        assert!(!clock.advance(&phases, s(100)), "it runs before anything started it");
        assert!(clock.start(s(100)) && !clock.start(s(101)));
        assert!(!clock.advance(&phases, s(104)));
        // Nobody looked for a while: both changes are told, each with its own time.
        assert!(clock.advance(&phases, s(108)));
        assert_eq!((clock.index(), clock.since()), (1, s(105)));
        assert!(clock.advance(&phases, s(108)));
        assert_eq!((clock.index(), clock.since()), (2, s(107)));
        assert!(!clock.advance(&phases, s(1000)), "the last phase ended");
    }

    #[test]
    fn a_phase_without_a_time_waits_for_next() {
        let phases = [phase("a", None), phase("b", None)];
        let mut clock = PhaseClock::default();
        clock.start(s(0));
        assert_eq!(clock.due(&phases), None);
        assert!(!clock.advance(&phases, s(1000)));
        assert!(clock.next(&phases, s(1000)));
        assert_eq!((clock.index(), clock.since()), (1, s(1000)));
        assert!(!clock.next(&phases, s(1001)));
    }
}
