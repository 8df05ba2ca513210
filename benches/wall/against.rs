//! This camwall against another one: what a change of the code costs.
//!
//! The machines that this runs on are shared and drift, so the two take turns, and the other one
//! runs twice a round: the difference between its own two runs says what a difference means.

use std::path::Path;

use super::load::{self, Usage};
use super::{WALLS, cameras_of};

/// Rounds; odd, so that a median is one of them.
const ROUNDS: usize = 5;

/// Prints cores, memory and frames of both, and the ratios round by round, as medians.
pub fn measure(other: &Path) {
    println!("this camwall against {}: medians of {ROUNDS} rounds", other.display());
    println!(
        "wall                 this: cores  MB  shown/s | other: cores  MB  shown/s | this/other  other/other (least to most)"
    );
    let this = testkit::program("camwall");
    for (name, cameras, stream) in WALLS {
        let sim = cameras_of(cameras);
        let urls = load::urls(&sim, cameras, stream);
        let rounds: Vec<_> = (0..ROUNDS)
            .map(|_| [other, &this, other].map(|program| load::wall(program, &urls)))
            .collect();
        let median = |which: usize, field: fn(&(Usage, f64)) -> f64| {
            load::median(rounds.iter().map(|round| field(&round[which])))
        };
        let cores = |run: &(Usage, f64)| run.0.cores;
        // Between the two runs of the other one: drift within a round cancels out.
        let ratio = load::median(
            rounds
                .iter()
                .map(|[before, this, after]| 2.0 * cores(this) / (cores(before) + cores(after))),
        );
        let own: Vec<f64> = rounds.iter().map(|[a, _, b]| cores(b) / cores(a)).collect();
        let (least, most) =
            own.iter().fold((f64::INFINITY, 0.0_f64), |(l, m), r| (l.min(*r), m.max(*r)));
        let line = |which| {
            let (cores, memory) =
                (median(which, |run| run.0.cores), median(which, |run| run.0.memory_mb));
            format!("{cores:>11.3} {memory:>4.0} {:>8.2}", median(which, |run| run.1))
        };
        println!(
            "{name:<20} {} | {} | {ratio:>10.3} {:>12.3} ({least:.3} to {most:.3})",
            line(1),
            line(0),
            load::median(own.into_iter())
        );
    }
}
