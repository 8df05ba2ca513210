//! Code of others that may panic, run so that it costs a log line of ours and not a backtrace.
//!
//! Owns the panic hook, which hands every other panic to the hook before it. Policy: for reading
//! fonts and shaping with them only: fontique 0.9 panics where fontconfig knows no font at all.

use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook},
    sync::Once,
};

thread_local! {
    /// This thread is in [`quietly`].
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// What `work` gives; `None` if it panics, of which nothing is printed.
pub fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = take_hook();
        set_hook(Box::new(move |panic| {
            if !QUIET.get() {
                before(panic);
            }
        }));
    });
    QUIET.set(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    QUIET.set(false);
    done.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_ends_here() {
        assert_eq!(quietly(|| 3), Some(3));
        assert_eq!(quietly(|| -> u8 { panic!("a font") }), None);
        assert!(!QUIET.get());
    }
}
