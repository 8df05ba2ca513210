//! The message of a panic.

use std::any::Any;

/// The message of a caught panic.
#[must_use]
pub fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_say_what_they_were_told() {
        let caught = |work: fn()| std::panic::catch_unwind(work).expect_err("a panic");
        assert_eq!(panic_message(&*caught(|| panic!("plain"))), "plain");
        assert_eq!(panic_message(&*caught(|| panic!("number {}", 7))), "number 7");
        assert_eq!(panic_message(&*caught(|| std::panic::panic_any(7))), "no message");
    }
}
