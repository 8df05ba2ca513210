//! Traditional Chinese.

mod advice;
mod check;
mod diff;
mod help;
mod mistakes;
mod recording;
mod reload;
mod system;
mod tile;
mod walls;

use crate::{Dates, Numbers, Words};

/// Traditional Chinese.
pub const ZH_TW: Words = Words {
    tag: "zh-TW",
    states: tile::STATES,
    warned: tile::WARNED,
    tile: tile::TILE,
    walls: walls::WALLS,
    advice: advice::ADVICE,
    recording: recording::RECORDING,
    causes: recording::CAUSES,
    notes: recording::NOTES,
    help: help::HELP,
    reload: reload::RELOAD,
    system: system::SYSTEM,
    mistakes: mistakes::MISTAKES,
    check: check::CHECK,
    folder: check::FOLDER,
    login: check::LOGIN,
    probe: check::PROBE,
    diff: diff::DIFFERENCE,
    dates: Dates { time: "%H:%M:%S", day_and_time: "%-m月%-d日 %H:%M:%S" },
    numbers: Numbers { decimal: '.', colon: "：" },
};
