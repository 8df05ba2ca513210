//! A hundred kills at random times: no file is broken, no second is unaccounted for, and at most
//! one is lost.
//!
//! A program of its own with one test, because its walls need the machine to themselves.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

#[test]
fn a_hundred_kills_cost_less_than_a_second_each() {
    testkit::kills::survives(100);
}
