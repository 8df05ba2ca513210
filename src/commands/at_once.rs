//! Work that waits for cameras, for many of them at the same time.
//!
//! On threads that end with the call. Policies: a camera that is slow keeps nobody waiting but its own
//! thread; what came of it stands in the order of what was asked.

use std::sync::{
    OnceLock,
    atomic::{AtomicUsize, Ordering::Relaxed},
};
use std::thread;

/// Does the work for each item, for `most` at a time; nothing stands where the work panicked.
pub(super) fn at_once<Item: Sync, Made: Send + Sync>(
    items: &[Item],
    most: usize,
    work: impl Fn(&Item) -> Made + Sync,
) -> Vec<Option<Made>> {
    let made: Vec<OnceLock<Made>> = items.iter().map(|_| OnceLock::new()).collect();
    let next = AtomicUsize::new(0);
    let turn = || {
        while let Some((item, made)) = {
            let number = next.fetch_add(1, Relaxed);
            items.get(number).zip(made.get(number))
        } {
            made.get_or_init(|| work(item));
        }
    };
    thread::scope(|scope| {
        let turns: Vec<_> = (0..most.min(items.len())).map(|_| scope.spawn(turn)).collect();
        // Joined one by one, so that a panic of one thread is not one of all.
        turns.into_iter().for_each(|turn| drop(turn.join()));
    });
    made.into_iter().map(OnceLock::into_inner).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn so_many_work_at_a_time_and_the_order_stays() {
        // Nobody passes before three are there.
        let barrier = Barrier::new(3);
        let doubled = at_once(&[1, 2, 3, 4, 5, 6], 3, |number| {
            barrier.wait();
            number * 2
        });
        assert_eq!(doubled, [2, 4, 6, 8, 10, 12].map(Some));
        assert_eq!(at_once(&[] as &[u8], 3, |number| *number), []);
    }

    #[test]
    fn who_panics_takes_nobody_with_it() {
        let work = |number: &u8| if *number == 2 { panic!("two") } else { *number };
        assert_eq!(at_once(&[1, 2, 3, 4], 2, work), [Some(1), None, Some(3), Some(4)]);
    }
}
