//! How fast files are read beside a recording that goes on.
//!
//! Used by the thread `mend` and by whoever verifies. Policies: what is read is paid for afterwards, in
//! pauses, so that over any second no more than the rate is read; who is told to stop stops within a
//! pause; what was read is not left in the system's memory, where it would push out what others need.

use std::fs::File;
use std::io;
use std::num::NonZeroU64;
use std::time::{Duration, Instant};

use camwall_media::BestEffort;
use rustix::fs::Advice;

/// Bytes a second beside a recording: a hard disk reads three times as fast, and sixteen cameras write
/// a quarter of it.
pub const RATE: u32 = 50_000_000;
/// What may be read at once before a pause: pauses below a tenth of a second cost more than they bring.
const AT_ONCE: Duration = Duration::from_millis(100);
/// Longest piece of a pause, after which somebody is asked whether to stop.
const PIECE: Duration = Duration::from_millis(100);

/// Bytes that are read are told to it; it may wait.
pub trait Pace {
    /// So many bytes were read.
    ///
    /// # Errors
    /// [`io::ErrorKind::Interrupted`] where nothing more is to be read.
    fn took(&mut self, bytes: u64) -> io::Result<()>;
}

/// As fast as the disk reads.
#[cfg(any(test, feature = "fixtures"))]
#[derive(Clone, Copy, Debug, Default)]
pub struct Unpaced;

#[cfg(any(test, feature = "fixtures"))]
impl Pace for Unpaced {
    fn took(&mut self, _bytes: u64) -> io::Result<()> {
        Ok(())
    }
}

/// What was read and is not paid for: pure.
#[derive(Clone, Copy, Debug, Default)]
pub struct Debt {
    paid_at: Option<Instant>,
}

impl Debt {
    /// So many bytes were read until `now`; how long to wait.
    pub fn add(&mut self, bytes: u64, now: Instant) -> Duration {
        let cost = Duration::from_secs(bytes) / RATE;
        let paid_at = self.paid_at.map_or(now, |at| at.max(now)) + cost;
        self.paid_at = Some(paid_at);
        paid_at.saturating_duration_since(now).saturating_sub(AT_ONCE)
    }
}

/// At [`RATE`] for as long as `is_busy` says so; until `stopped`.
pub struct Paced<B, S> {
    /// Whether somebody records.
    pub is_busy: B,
    /// Whether to stop.
    pub stopped: S,
    debt: Debt,
}

impl<B: FnMut() -> bool, S: Fn() -> bool> Paced<B, S> {
    /// Nothing is owed yet.
    pub fn new(is_busy: B, stopped: S) -> Self {
        Self { is_busy, stopped, debt: Debt::default() }
    }
}

impl<B: FnMut() -> bool, S: Fn() -> bool> Pace for Paced<B, S> {
    fn took(&mut self, bytes: u64) -> io::Result<()> {
        let mut left = self.debt.add(bytes, Instant::now());
        while (self.is_busy)() && !left.is_zero() && !(self.stopped)() {
            let piece = left.min(PIECE);
            std::thread::sleep(piece);
            left -= piece;
        }
        if (self.stopped)() { Err(io::ErrorKind::Interrupted.into()) } else { Ok(()) }
    }
}

/// The system need not remember this part of a file; all behind `from` where `length` is 0. What was not
/// yet written stays until it is.
pub fn forget(file: &File, from: u64, length: u64) {
    rustix::fs::fadvise(file, from, NonZeroU64::new(length), Advice::DontNeed).best_effort();
}

/// A file is read from its beginning to its end.
pub fn in_sequence(file: &File) {
    rustix::fs::fadvise(file, 0, None, Advice::Sequential).best_effort();
}

/// A file is read in small pieces, and nothing more with them.
pub fn here_and_there(file: &File) {
    rustix::fs::fadvise(file, 0, None, Advice::Random).best_effort();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn over_a_second_no_more_than_the_rate_is_read() {
        let (mut now, start) = (Instant::now(), Instant::now());
        let (mut debt, mut read) = (Debt::default(), 0);
        while now < start + Duration::from_secs(10) {
            read += 1 << 20;
            // The disk takes 2 ms for it.
            now += Duration::from_millis(2);
            now += debt.add(1 << 20, now);
        }
        assert!((490_000_000..510_000_000).contains(&read), "{read}");
        now += Duration::from_secs(60);
        assert_eq!(debt.add(1 << 20, now), Duration::ZERO, "nothing is owed after a rest");
        let burst = debt.add(100_000_000, now);
        assert!(burst > Duration::from_millis(1800), "and nothing is saved up: {burst:?}");
    }

    #[test]
    fn who_is_stopped_stops_in_a_pause() {
        let began = Instant::now();
        let mut pace = Paced::new(|| true, move || began.elapsed() > Duration::from_millis(150));
        let error = pace.took(100 * u64::from(RATE)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::Interrupted);
        assert!(began.elapsed() < Duration::from_secs(2));
        let mut idle = Paced::new(|| false, || false);
        idle.took(100 * u64::from(RATE)).unwrap();
        assert!(began.elapsed() < Duration::from_secs(2), "nobody records: no pause");
    }
}
