//! English.

mod advice;
mod help;
mod recording;
mod tile;

use crate::{Dates, Numbers, Words};

/// English.
pub const EN: Words = Words {
    tag: "en",
    states: tile::STATES,
    warned: tile::WARNED,
    tile: tile::TILE,
    advice: advice::ADVICE,
    recording: recording::RECORDING,
    causes: recording::CAUSES,
    notes: recording::NOTES,
    help: help::HELP,
    dates: Dates { time: "%H:%M:%S", day_and_time: "%-d %b %H:%M:%S" },
    numbers: Numbers { decimal: '.', colon: ": " },
};
