//! The eras of a camera's recording: how often the clock had been set back before each run.
//!
//! Pure. Policy: a run follows the one that ends where it begins, whatever their dates; where nothing
//! links, dates and the order of the file decide.

use std::collections::HashMap;

use jiff::{Timestamp, civil};
use serde::{Deserialize, Serialize};

use super::day::Run;

/// Where a run lies in time, ms since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Where it takes up: it follows the run that reaches to there.
    pub first: i64,
    /// Up to when it accounts for the time.
    pub last: i64,
    /// What it follows, where that does not end at `first`: as [`Run::after`].
    pub after: Option<i64>,
    /// Where the clock was set back at its end, into another day: where it goes on there.
    pub leads_to: Option<i64>,
}

impl Reach {
    /// Whether the clock was set back where it begins.
    fn is_back(&self) -> bool {
        self.after.is_some_and(|after| after > self.first)
    }
}

impl From<&Run> for Reach {
    fn from(run: &Run) -> Self {
        Self {
            first: run.first.as_millisecond(),
            last: run.last.as_millisecond(),
            after: run.after.map(Timestamp::as_millisecond),
            leads_to: run.leads_to.map(Timestamp::as_millisecond),
        }
    }
}

/// The era of each run of a camera, which come in the order of their days and lines: how often the clock
/// had been set back before it. By links, where a run begins at the end of another; by date where nothing
/// links.
pub fn eras(runs: &[(civil::Date, Reach)]) -> Vec<u32> {
    let mut ends: HashMap<i64, Vec<usize>> = HashMap::new();
    for (at, (_, run)) in runs.iter().enumerate() {
        ends.entry(run.last).or_default().push(at);
    }
    let mut links: Vec<Option<Link>> = (0..runs.len()).map(|at| before(runs, &ends, at)).collect();
    let mut known: Vec<Option<u32>> = vec![None; runs.len()];
    for start in 0..runs.len() {
        // Back to one that is known, and forth again.
        let (mut path, mut at) = (Vec::<usize>::new(), Some(start));
        while let Some(here) = at.filter(|here| known[*here].is_none()) {
            if let Some(from) = path.iter().position(|other| *other == here) {
                // A circle: what is before by date alone is what comes behind by links. Before it is what
                // stands there beyond the circle.
                let circle = &path[from..];
                let cut = circle.iter().rposition(|at| links[*at].is_some_and(|it| !it.sure));
                let cut = cut.map_or(path.len() - 1, |cut| from + cut);
                let of = path[cut];
                let below = links[of].filter(|it| !it.sure).map_or(of, |it| it.before);
                let before = (0..below).rev().find(|other| !circle.contains(other));
                links[of] = before.map(|before| behind(runs, of, before));
                path.truncate(cut + 1);
                at = before;
                continue;
            }
            path.push(here);
            at = links[here].map(|link| link.before);
        }
        for here in path.into_iter().rev() {
            let before = links[here].map(|link| (known[link.before].unwrap_or(0), link.back));
            known[here] = Some(before.map_or(0, |(era, back)| era.saturating_add(u32::from(back))));
        }
    }
    known.into_iter().map(Option::unwrap_or_default).collect()
}

/// What a run follows.
#[derive(Clone, Copy, Debug)]
struct Link {
    before: usize,
    /// Whether the clock was set back between them.
    back: bool,
    /// Whether one begins where the other ends; else it only stands behind it.
    sure: bool,
}

/// The run that a run follows.
fn before(
    runs: &[(civil::Date, Reach)],
    ends: &HashMap<i64, Vec<usize>>,
    at: usize,
) -> Option<Link> {
    let (_, run) = runs[at];
    let ending = ends.get(&run.after.unwrap_or(run.first)).into_iter().flatten().copied();
    let back = run.is_back();
    let linked = if back {
        let mut others = ending.filter(|other| *other != at);
        let first = others.clone().next();
        others.find(|other| runs[*other].1.leads_to == Some(run.first)).or(first)
    } else {
        ending.filter(|other| *other < at).max()
    };
    let linked = linked.map(|before| Link { before, back, sure: true });
    linked.or_else(|| at.checked_sub(1).map(|last| behind(runs, at, last)))
}

/// That a run only stands behind another. Without a link it was cut because its files go back, or stands in
/// the ledger of a later day.
fn behind(runs: &[(civil::Date, Reach)], at: usize, before: usize) -> Link {
    let back = runs[at].1.is_back() || runs[before].0 == runs[at].0;
    Link { before, back, sure: false }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::at;

    #[test]
    fn eras_follow_links_and_dates_where_there_are_none() {
        let time = |text: &str| at(&format!("2026-11-{text}Z")).as_millisecond();
        let run = |day, first: &str, last: &str, after: Option<&str>| {
            let (first, last, after) = (time(first), time(last), after.map(time));
            (civil::date(2026, 11, day), Reach { first, last, after, leads_to: None })
        };
        // 20 to 22, back to 21, on to 23.
        let mut runs = vec![
            run(20, "20T00:00:00", "21T00:00:00", None),
            run(21, "21T00:00:00", "22T00:00:00", None),
            run(21, "21T10:00:00", "22T00:00:03", Some("22T12:00:00")),
            run(22, "22T00:00:00", "22T12:00:00", None),
            run(22, "22T00:00:03", "23T00:00:00", None),
            run(23, "23T00:00:00", "23T01:00:00", None),
        ];
        assert_eq!(eras(&runs), [0, 0, 1, 0, 1, 1]);
        // The ledger of the day before is lost, and so is what 23 follows.
        runs.remove(0);
        runs[4].1.first = time("23T00:30:00");
        assert_eq!(eras(&runs), [0, 1, 0, 1, 1]);
        // Nothing leads to 23 in the ledger from which the clock was set back into 22.
        let runs = [
            run(22, "22T23:59:40", "22T23:59:56", None),
            run(22, "22T23:59:49", "22T23:59:51", Some("22T23:59:56")),
            run(22, "22T23:59:54", "22T23:59:58", Some("23T00:00:06")),
            run(23, "23T00:00:06", "23T00:00:06", None),
        ];
        assert_eq!(eras(&runs), [0, 1, 2, 1]);
        // A circle.
        let circle = [
            run(20, "20T00:00:00", "20T01:00:00", Some("21T01:00:00")),
            run(21, "21T00:00:00", "21T01:00:00", Some("20T01:00:00")),
        ];
        assert_eq!(eras(&circle).len(), 2);
        assert!(eras(&[]).is_empty());
    }
}
