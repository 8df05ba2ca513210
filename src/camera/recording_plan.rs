//! What the wall file says of a camera's recording.
//!
//! Pure.

use jiff::Zoned;

use camwall_config::{Record, Recording};

/// Whether the wall file wants a recording at `now`.
pub fn planned(record: &Record, now: &Zoned) -> bool {
    match record {
        Record::Never => false,
        Record::Always => true,
        Record::Weekly(weekly) => weekly.is_on(now.datetime()),
    }
}

/// Whether what a recording is to begin with is kept in memory. `recording` is that section of the
/// wall file.
pub fn keeps_pre_roll(record: &Record, recording: Option<&Recording>) -> bool {
    // Where nobody speaks of recording, a sub stream on the wall is the only connection.
    recording.map_or(*record != Record::Never, |recording| !recording.pre_roll.is_zero())
}

/// Whether the main stream is connected from the beginning, whatever the wall shows.
pub fn holds_main(record: &Record, recording: Option<&Recording>, now: &Zoned) -> bool {
    planned(record, now) || keeps_pre_roll(record, recording)
}
