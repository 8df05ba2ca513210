//! What waits to leave on a TCP connection.
//!
//! Policy: like a camera, it keeps what the network does not take, up to `MAX_WAITING`; after that
//! whole pieces are lost. It writes at the pace of the row, and never blocks.

use std::collections::VecDeque;
use std::io::{ErrorKind, Write};
use std::time::Duration;

use super::super::script::row::Pace;

/// As much as a camera with a good deal of memory keeps: 8 MB.
pub const MAX_WAITING: usize = 8 * 1024 * 1024;

/// At a limited pace no more than this leaves at once.
const BURST: Duration = Duration::from_millis(50);

/// Bytes on their way out.
#[derive(Debug)]
pub struct Outbox {
    pace: Pace,
    waiting: VecDeque<u8>,
    /// What may leave has been counted up to here, and so many bytes may.
    counted: Duration,
    allowance: f64,
    /// The network did not take all that may leave.
    pub blocked: bool,
    closed: bool,
}

impl Outbox {
    pub fn new(pace: Pace, now: Duration) -> Self {
        let waiting = VecDeque::new();
        Self { pace, waiting, counted: now, allowance: 0.0, blocked: false, closed: false }
    }

    /// Takes nothing more, and forgets what waits.
    pub fn close(&mut self) {
        self.closed = true;
        self.waiting.clear();
    }

    /// Takes a piece whole, or not at all where there is no room.
    pub fn put(&mut self, pieces: &[&[u8]]) {
        let length: usize = pieces.iter().map(|piece| piece.len()).sum();
        if !self.closed && self.waiting.len() + length <= MAX_WAITING {
            pieces.iter().for_each(|piece| self.waiting.extend(*piece));
        }
    }

    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// When to write again although the network would take it now.
    pub fn due(&self, now: Duration) -> Option<Duration> {
        let paced = matches!(self.pace, Pace::BytesPerSecond(_));
        (paced && !self.waiting.is_empty()).then(|| now + BURST / 5)
    }

    /// Writes what may leave now.
    ///
    /// # Errors
    /// Those of the connection, which is then of no more use.
    pub fn flush(&mut self, now: Duration, out: &mut impl Write) -> std::io::Result<()> {
        let mut allowed = self.allow(now);
        self.blocked = false;
        while allowed > 0 && !self.waiting.is_empty() {
            let (front, _) = self.waiting.as_slices();
            let most = if self.pace == Pace::OneByOne { 1 } else { allowed };
            match out.write(&front[..front.len().min(most)]) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.waiting.drain(..count);
                    allowed -= count;
                    self.allowance -= count as f64;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    self.blocked = true;
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn allow(&mut self, now: Duration) -> usize {
        let Pace::BytesPerSecond(rate) = self.pace else {
            return usize::MAX;
        };
        let rate = f64::from(rate);
        let passed = now.saturating_sub(self.counted).as_secs_f64();
        self.counted = now;
        self.allowance = (self.allowance + passed * rate).min(BURST.as_secs_f64() * rate);
        self.allowance.max(0.0) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::{Duration, MAX_WAITING, Outbox, Pace, Write};

    /// Counts writes, and takes so many bytes altogether.
    struct Network {
        writes: Vec<usize>,
        room: usize,
    }

    impl Write for Network {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let taken = bytes.len().min(self.room);
            if taken == 0 {
                return Err(std::io::ErrorKind::WouldBlock.into());
            }
            self.room -= taken;
            self.writes.push(taken);
            Ok(taken)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn network(room: usize) -> Network {
        Network { writes: Vec::new(), room }
    }

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn a_limited_pace_is_kept_and_not_caught_up() {
        let mut outbox = Outbox::new(Pace::BytesPerSecond(1000), ms(0));
        outbox.put(&[&[1; 5000]]);
        let mut network = network(usize::MAX);
        for step in 1..=100 {
            outbox.flush(ms(step * 10), &mut network).unwrap();
        }
        assert_eq!(network.writes.iter().sum::<usize>(), 1000);
        // After ten seconds without a write only one burst leaves.
        outbox.flush(ms(11_000), &mut network).unwrap();
        assert_eq!(network.writes.iter().sum::<usize>(), 1050);
    }

    #[test]
    fn a_byte_at_a_time_is_a_write_for_each() {
        let mut outbox = Outbox::new(Pace::OneByOne, ms(0));
        outbox.put(&[&[1; 7]]);
        let mut network = network(5);
        outbox.flush(ms(0), &mut network).unwrap();
        assert_eq!(network.writes, [1; 5]);
        assert!(outbox.blocked && !outbox.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_lost_whole() {
        let mut outbox = Outbox::new(Pace::Free, ms(0));
        outbox.put(&[&vec![0; MAX_WAITING - 3]]);
        outbox.put(&[&[1, 2], &[3, 4]]);
        outbox.put(&[&[5, 6, 7]]);
        assert_eq!(outbox.waiting.len(), MAX_WAITING);
        assert!(outbox.waiting.iter().rev().take(3).eq([7, 6, 5].iter()));
    }
}
