//! Whose turn it is: several walls at once on two cores starve each other, so those tests that
//! measure rates or short times run alone, and the others two at a time.
//!
//! One queue for each test program, first come first served: nobody waits for ever.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// How many tests run at once where all of them share.
const SEATS: usize = 2;

/// The right to run; hold it for the length of the test.
#[must_use = "the turn is over when this is dropped"]
pub struct Turn {
    seats: usize,
}

struct Queue {
    free: usize,
    /// The number that the next who comes gets, and the one that is served next.
    last: u64,
    next: u64,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue { free: SEATS, last: 0, next: 0 });
static CHANGED: Condvar = Condvar::new();

/// Waits until no other test has a turn, and lets none begin one: for what measures.
pub fn turn() -> Turn {
    take(SEATS)
}

/// Waits until at most one other test has a turn, which must share it as well: for what only waits
/// for conditions.
pub fn half_turn() -> Turn {
    take(1)
}

fn take(seats: usize) -> Turn {
    let mut queue = lock();
    let number = queue.last;
    queue.last += 1;
    while queue.next != number || queue.free < seats {
        queue = CHANGED.wait(queue).unwrap_or_else(PoisonError::into_inner);
    }
    queue.next += 1;
    queue.free -= seats;
    CHANGED.notify_all();
    Turn { seats }
}

fn lock() -> MutexGuard<'static, Queue> {
    // A failed test leaves nothing half done behind this lock.
    QUEUE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Turn {
    fn drop(&mut self) {
        lock().free += self.seats;
        CHANGED.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::{SEATS, half_turn, turn};

    #[test]
    fn those_who_measure_are_alone_and_the_others_are_two() {
        let running = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for place in 0..40 {
                let running = &running;
                scope.spawn(move || {
                    let alone = place % 3 == 0;
                    let _turn = if alone { turn() } else { half_turn() };
                    let others = running.fetch_add(1, Ordering::SeqCst);
                    assert!(others < if alone { 1 } else { SEATS }, "{others} others");
                    std::thread::yield_now();
                    assert!(!alone || running.load(Ordering::SeqCst) == 1, "somebody came");
                    running.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
    }
}
