//! Tells a clock that runs slow from a delay.
//!
//! Pure; part of [`Lateness`](super::Lateness). Policy: the sum of the slow changes counts, not each
//! of them, so that jitter absorbs nothing; what falls is subtracted however fast, and what rises
//! fast is a delay and left out.

/// Part of the time by which lateness may grow and still be the clock's fault: 2 % is as much as
/// [`RATE`](super::RATE) allows, and a quarter is for jitter.
pub(super) const SLOWLY: f64 = 0.025;
/// Seconds over which the smallest offsets are compared for that.
const WINDOW: f64 = 10.0;

/// How the smallest offset of one window differs from that of the window before.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Growth {
    /// When the present window began, and its smallest offset.
    window: Option<(f64, f64)>,
    /// The same of the window before.
    before: Option<(f64, f64)>,
    /// Sum of the slow changes, and how much of it the floor was raised by.
    slow: f64,
    absorbed: f64,
}

impl Growth {
    /// A picture of this offset arrived; gives by how much the floor is to be raised.
    pub fn packet(&mut self, offset: f64, arrival: f64, floor: f64) -> f64 {
        match &mut self.window {
            Some((began, smallest)) if arrival - *began < WINDOW => {
                *smallest = smallest.min(offset);
                return 0.0;
            }
            _ => {}
        }
        let Some((began, smallest)) = self.window.replace((arrival, offset)) else { return 0.0 };
        if smallest <= floor {
            // No delay: nothing of what was before counts.
            (self.slow, self.absorbed) = (0.0, 0.0);
        }
        if let Some((earlier, low)) = self.before.replace((began, smallest)) {
            // After a stall the time that passed says nothing.
            let time = (began - earlier).min(2.0 * WINDOW);
            let change = smallest - low;
            if change <= SLOWLY * time {
                self.slow += change;
            }
        }
        let raise = (self.slow - self.absorbed).max(0.0);
        self.absorbed += raise;
        raise
    }
}
