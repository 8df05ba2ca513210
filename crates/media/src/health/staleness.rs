//! How old a picture may be, and how long a connection may be silent.
//!
//! Pure; told by the feed's task. Policies:
//! - a picture is old after `stale_after` or three intervals of its stream, whichever is longer;
//! - the interval is the one of the wall file, or the median of the latest gaps between packets, so
//!   that neither a stall nor a burst is taken for it; where packets are left out of decoding on
//!   purpose, what is between those that are not;
//! - a connection is given up after ten seconds or three intervals without a packet. A camera that
//!   sends RTCP meanwhile may just be slow: until its interval is known it gets two minutes for its
//!   second picture; for its first one twice the time at each try, up to two minutes.

use std::time::{Duration, Instant};

use crate::source::IDLE_TIMEOUT;

/// Gaps that are remembered; odd, so that one is in the middle.
const GAPS: usize = 9;
/// Gaps that are needed: of two the shorter one counts, and one may be a stall.
const ENOUGH: usize = 2;
/// So many intervals without a picture are too many.
pub(super) const MISSED: u32 = 3;
/// So many short gaps in a row are an ordinary stream.
const ORDINARY: u32 = 8;
/// Seconds that a silent connection gets, from try to try.
pub(super) const PATIENCE: [u64; 5] = [10, 20, 40, 80, 120];

/// What is known of a stream's rhythm.
#[derive(Debug)]
pub(super) struct Staleness {
    stale_after: Duration,
    /// By the wall file.
    given: Option<Duration>,
    /// Between pictures, where packets are left out of decoding on purpose.
    thinned: Option<Duration>,
    gaps: [Duration; GAPS],
    /// Gaps that were ever seen.
    seen: usize,
    /// The latest packet of this session.
    last: Option<Instant>,
    /// Short gaps in a row.
    short: u32,
    /// Whether RTCP came since the latest packet.
    rtcp: bool,
    /// Connections in a row that were given up while RTCP came.
    silent_tries: usize,
}

impl Staleness {
    /// By the wall file.
    pub fn new(stale_after: Duration, given: Option<Duration>) -> Self {
        Self {
            stale_after,
            given,
            thinned: None,
            gaps: [Duration::ZERO; GAPS],
            seen: 0,
            last: None,
            short: 0,
            rtcp: false,
            silent_tries: 0,
        }
    }

    /// By another wall file; what was learnt of the stream still counts.
    pub fn retune(&mut self, stale_after: Duration, given: Option<Duration>) {
        (self.stale_after, self.given) = (stale_after, given);
    }

    /// By the wall file: time between two pictures.
    pub fn given(&self) -> Option<Duration> {
        self.given
    }

    /// A connection began.
    pub fn session(&mut self) {
        (self.last, self.short, self.rtcp) = (None, 0, false);
    }

    /// A packet of the video stream arrived.
    pub fn packet(&mut self, arrived: Instant) {
        self.rtcp = false;
        let Some(last) = self.last.replace(arrived) else { return };
        let gap = arrived.saturating_duration_since(last);
        self.gaps[self.seen % GAPS] = gap;
        self.seen = self.seen.saturating_add(1);
        self.short = if gap < IDLE_TIMEOUT { self.short.saturating_add(1) } else { 0 };
        if self.short >= ORDINARY {
            self.silent_tries = 0;
        }
    }

    /// RTCP arrived.
    pub fn rtcp(&mut self) {
        self.rtcp = true;
    }

    /// The connection was given up because nothing came.
    pub fn gave_up(&mut self) {
        if self.rtcp {
            self.silent_tries = (self.silent_tries + 1).min(PATIENCE.len() - 1);
        }
    }

    /// Time between two pictures, once it is known.
    pub fn interval(&self) -> Option<Duration> {
        if self.given.is_some() || self.seen < ENOUGH {
            return self.given;
        }
        let mut gaps = self.gaps;
        let gaps = &mut gaps[..self.seen.min(GAPS)];
        gaps.sort_unstable();
        Some(gaps[(gaps.len() - 1) / 2])
    }

    /// So far apart pictures are where packets are left out of decoding; `None` where none are.
    pub fn thinned(&mut self, gap: Option<Duration>) {
        self.thinned = gap;
    }

    /// The age from which a picture is old.
    pub fn limit(&self) -> Duration {
        let interval = self.interval().max(self.thinned);
        interval.map_or(self.stale_after, |gap| self.stale_after.max(gap * MISSED))
    }

    /// How long a connection may be silent.
    pub fn patience(&self) -> Duration {
        let longest = Duration::from_secs(PATIENCE[PATIENCE.len() - 1]);
        let by_interval = match self.interval() {
            Some(gap) => gap.saturating_mul(MISSED),
            None if self.last.is_some() && self.rtcp => longest,
            None => Duration::ZERO,
        };
        by_interval.max(Duration::from_secs(PATIENCE[self.silent_tries]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn arrive(staleness: &mut Staleness, at: &mut Instant, gaps: &[u64]) {
        for gap in gaps {
            *at += Duration::from_millis(*gap);
            staleness.packet(*at);
        }
    }

    #[test]
    fn a_stall_or_a_burst_is_not_the_interval() {
        let (mut rhythm, mut at) = (Staleness::new(2 * SECOND, None), Instant::now());
        arrive(&mut rhythm, &mut at, &[0, 8000]);
        assert_eq!(rhythm.limit(), 2 * SECOND, "one gap may be a stall");
        arrive(&mut rhythm, &mut at, &[40]);
        assert_eq!(rhythm.interval(), Some(Duration::from_millis(40)));
        arrive(&mut rhythm, &mut at, &[40, 1000, 1000, 1000, 1000, 1000, 0, 0, 9000]);
        assert_eq!(rhythm.limit(), 3 * SECOND, "1 s is in the middle");
    }

    #[test]
    fn a_picture_a_minute_is_known_after_three_or_by_the_wall_file() {
        let (mut rhythm, mut at) = (Staleness::new(2 * SECOND, None), Instant::now());
        arrive(&mut rhythm, &mut at, &[0, 60_000]);
        assert_eq!((rhythm.limit(), rhythm.patience()), (2 * SECOND, 10 * SECOND));
        arrive(&mut rhythm, &mut at, &[60_000]);
        assert_eq!((rhythm.limit(), rhythm.patience()), (180 * SECOND, 180 * SECOND));
        rhythm.session();
        assert_eq!(rhythm.limit(), 180 * SECOND, "also by the next connection");
        let (mut young, mut at) = (Staleness::new(2 * SECOND, None), Instant::now());
        arrive(&mut young, &mut at, &[0]);
        assert_eq!(young.patience(), 10 * SECOND, "nothing says that the camera is there");
        young.rtcp();
        assert_eq!((young.limit(), young.patience()), (2 * SECOND, 120 * SECOND));
        arrive(&mut young, &mut at, &[40, 40]);
        young.rtcp();
        assert_eq!(young.patience(), 10 * SECOND, "its interval is known");
        let given = Staleness::new(2 * SECOND, Some(60 * SECOND));
        assert_eq!((given.limit(), given.patience()), (180 * SECOND, 180 * SECOND));
    }

    #[test]
    fn another_wall_file_counts_at_once_and_what_was_learnt_is_kept() {
        let (mut rhythm, mut at) = (Staleness::new(2 * SECOND, None), Instant::now());
        arrive(&mut rhythm, &mut at, &[0, 1000, 1000]);
        assert_eq!(rhythm.limit(), 3 * SECOND);
        rhythm.retune(5 * SECOND, None);
        assert_eq!(rhythm.limit(), 5 * SECOND);
        rhythm.retune(SECOND, Some(20 * SECOND));
        assert_eq!((rhythm.limit(), rhythm.patience()), (60 * SECOND, 60 * SECOND));
        rhythm.retune(SECOND, None);
        assert_eq!((rhythm.limit(), rhythm.given()), (3 * SECOND, None), "learnt before");
    }

    #[test]
    fn patience_doubles_while_rtcp_comes() {
        let (mut rhythm, mut at) = (Staleness::new(2 * SECOND, None), Instant::now());
        let mut patience = Vec::new();
        for _ in 0..6 {
            rhythm.session();
            rhythm.rtcp();
            patience.push(rhythm.patience().as_secs());
            rhythm.gave_up();
        }
        assert_eq!(patience, [10, 20, 40, 80, 120, 120]);
        rhythm.session();
        rhythm.gave_up();
        assert_eq!(rhythm.patience(), 120 * SECOND, "silence without RTCP says nothing");
        arrive(&mut rhythm, &mut at, &[0, 40, 40, 40, 40, 40, 40, 40]);
        assert_eq!(rhythm.patience(), 120 * SECOND);
        arrive(&mut rhythm, &mut at, &[40]);
        assert_eq!(rhythm.patience(), 10 * SECOND);
        rhythm.rtcp();
        rhythm.packet(at);
        rhythm.gave_up();
        assert_eq!(rhythm.patience(), 10 * SECOND, "no RTCP since the latest packet");
    }
}
