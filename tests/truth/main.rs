//! Cameras that lie, stall, refuse and lose, and what the wall says of each: every row of the scripted
//! server (`camsim --scripted`) against a table of words typed by hand.
//!
//! All rows run side by side in one wall without a window, so that each has all the others as
//! neighbours. Words are read from the status lines, ten times a second.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests print what they saw, and may panic where something is missing"
)]

mod expected;
mod judge;
mod log;
mod logins;
mod overload;
mod recorded;
mod repeats;
mod side_by_side;
mod table;
