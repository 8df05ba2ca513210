//! Random sequences, each made from a number, its seed: which are played, and which fail.
//!
//! On as many threads as there are processors. Policy: one that fails hides none that comes after it.

use std::ops::Range;
use std::panic::{RefUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

/// Plays each of the sequences that the environment's `variable` asks for, as `first..end`; of `usual`
/// where it asks for none.
///
/// # Panics
/// Where some fail, of which each told why when it did.
pub fn play_each(variable: &str, usual: Range<u64>, play: impl Fn(u64) + Sync + RefUnwindSafe) {
    let seeds = std::env::var(variable).map_or(usual, |range| {
        let (first, end) = range.split_once("..").unwrap();
        first.parse().unwrap()..end.parse().unwrap()
    });
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let (left, failed) = (Mutex::new(seeds), Mutex::new(Vec::new()));
    let next = || left.lock().unwrap_or_else(PoisonError::into_inner).next();
    let work = || {
        while let Some(seed) = next() {
            if catch_unwind(|| play(seed)).is_err() {
                failed.lock().unwrap_or_else(PoisonError::into_inner).push(seed);
            }
        }
    };
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    assert!(failed.is_empty(), "{variable}: these fail, each said above: {failed:?}");
}
