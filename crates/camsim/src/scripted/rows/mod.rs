//! The tables: each entry is one camera and what is wrong with it.
//!
//! Names are a contract with the tests. Where a phase has no time, `next` ends it; most rows are
//! good after their fault, so that a test sees a camera come back.

mod attack;
mod coding;
mod dialogue;
mod health;
mod login;
mod network;

use super::script::film::{Film, h264, h265};
use super::script::row::Row;

/// Ordinary cameras' pictures, with the barcode: 640×360, 25 frames/s, a key frame each 2 s.
const CAM1: Film = h264("cam1-360.h264", 25);
const CAM2: Film = h264("cam2-360.h264", 25);
const CAM3: Film = h264("cam3-360.h264", 25);
/// The same of 352×288, the size of `odd-frozen.h264` and `odd-black.h264`.
pub const SMALL: Film = h264("cam9-288.h264", 25);
/// The last picture of `SMALL` for ever.
const FROZEN: Film = h264("odd-frozen.h264", 25);
/// Nothing but black.
const BLACK: Film = h264("odd-black.h264", 25);
/// A key frame each 30 s.
const GOP30: Film = h265("odd-gop30.h265", 10);

/// Every row of the tables.
pub fn all() -> Vec<Row> {
    let tables = [health::rows(), dialogue::rows(), login::rows(), network::rows(), coding::rows()];
    tables.into_iter().flatten().collect()
}

/// Attackers, which run only where they are named.
pub fn attacks() -> Vec<Row> {
    attack::rows()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{all, attacks};

    #[test]
    fn names_are_unique_and_fit_into_an_address() {
        let rows: Vec<_> = all().into_iter().chain(attacks()).collect();
        let names: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
        assert_eq!(names.len(), rows.len());
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        assert!(names.iter().all(|name| name.chars().all(plain)));
        assert!(rows.iter().all(|row| !row.phases.is_empty()));
    }

    #[test]
    fn a_step_names_a_phase_that_its_row_has() {
        for row in all() {
            let phases: Vec<&str> = row.phases.iter().map(|phase| phase.name).collect();
            for step in row.scripts.iter().flatten() {
                assert!(step.phase.is_none_or(|phase| phases.contains(&phase)), "{}", row.name);
            }
        }
    }
}
