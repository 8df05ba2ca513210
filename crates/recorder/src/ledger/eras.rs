//! The eras of a camera's recording: how often the clock had been set back before each run.
//!
//! Pure. Policy: a run follows the one that ends where it begins, whatever their dates; where nothing
//! links, dates and the order of the file decide.

use std::collections::HashMap;

use jiff::{Timestamp, civil};

use super::day::Run;

/// The era of each run of these days, which are in the order of their dates: how often the clock had been
/// set back before it. By links, where a run begins at the end of another; by date where nothing links.
pub fn eras(days: &[(civil::Date, &[Run])]) -> Vec<Vec<u32>> {
    let runs: Vec<(usize, usize, &Run)> = days
        .iter()
        .enumerate()
        .flat_map(|(day, (_, runs))| runs.iter().enumerate().map(move |(at, run)| (day, at, run)))
        .collect();
    let mut ends: HashMap<Timestamp, Vec<usize>> = HashMap::new();
    for (at, (.., run)) in runs.iter().enumerate() {
        ends.entry(run.last).or_default().push(at);
    }
    let mut links: Vec<Option<Link>> = (0..runs.len()).map(|at| before(&runs, &ends, at)).collect();
    let mut known: Vec<Option<u32>> = vec![None; runs.len()];
    for start in 0..runs.len() {
        // Back to one that is known, and forth again.
        let (mut path, mut at) = (Vec::<usize>::new(), Some(start));
        while let Some(here) = at.filter(|here| known[*here].is_none()) {
            if let Some(from) = path.iter().position(|other| *other == here) {
                // A circle: what is before by date alone is what comes behind by links.
                let cut = path[from..].iter().rposition(|at| links[*at].is_some_and(|it| !it.sure));
                let cut = cut.map_or(path.len() - 1, |cut| from + cut);
                links[path[cut]] = None;
                path.truncate(cut + 1);
                break;
            }
            path.push(here);
            at = links[here].map(|link| link.before);
        }
        for here in path.into_iter().rev() {
            let before = links[here].map(|link| (known[link.before].unwrap_or(0), link.back));
            known[here] = Some(before.map_or(0, |(era, back)| era.saturating_add(u32::from(back))));
        }
    }
    let mut eras: Vec<Vec<u32>> = days.iter().map(|_| Vec::new()).collect();
    for ((day, ..), era) in runs.iter().zip(known) {
        eras[*day].push(era.unwrap_or(0));
    }
    eras
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
    runs: &[(usize, usize, &Run)],
    ends: &HashMap<Timestamp, Vec<usize>>,
    at: usize,
) -> Option<Link> {
    let (_, in_day, run) = runs[at];
    let ending = ends.get(&run.after.unwrap_or(run.first)).into_iter().flatten().copied();
    let linked = match run.after {
        Some(_) => {
            let mut others = ending.filter(|other| *other != at);
            let first = others.clone().next();
            others.find(|other| runs[*other].2.leads_to == Some(run.first)).or(first)
        }
        None => ending.filter(|other| *other < at).max(),
    };
    let sure = linked.is_some();
    // Without a link it was cut because its files go back, or stands in the ledger of a later day.
    let back = run.after.is_some() || (!sure && in_day > 0);
    linked.or(at.checked_sub(1)).map(|before| Link { before, back, sure })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::at;

    #[test]
    fn eras_follow_links_and_dates_where_there_are_none() {
        let time = |text: &str| at(&format!("2026-11-{text}Z"));
        let run = |first: &str, last: &str, after: Option<&str>| Run {
            first: time(first),
            last: time(last),
            told: Some(time(last)),
            lines: 1..2,
            after: after.map(time),
            leads_to: None,
            opened: None,
        };
        let date = |day| civil::date(2026, 11, day);
        // 20 to 22, back to 21, on to 23.
        let days = [
            (date(20), vec![run("20T00:00:00", "21T00:00:00", None)]),
            (
                date(21),
                vec![
                    run("21T00:00:00", "22T00:00:00", None),
                    run("21T10:00:00", "22T00:00:03", Some("22T12:00:00")),
                ],
            ),
            (
                date(22),
                vec![
                    run("22T00:00:00", "22T12:00:00", None),
                    run("22T00:00:03", "23T00:00:00", None),
                ],
            ),
            (date(23), vec![run("23T00:00:00", "23T01:00:00", None)]),
        ];
        let eras_of = |days: &[(civil::Date, Vec<Run>)]| {
            eras(&days.iter().map(|(date, runs)| (*date, &**runs)).collect::<Vec<_>>())
        };
        assert_eq!(eras_of(&days), [vec![0], vec![0, 1], vec![0, 1], vec![1]]);
        // The ledger of the day before is lost, and so is what 23 follows.
        let mut torn = days.to_vec();
        torn.remove(0);
        torn[2].1[0].first = time("23T00:30:00");
        assert_eq!(eras_of(&torn), [vec![0, 1], vec![0, 1], vec![1]]);
        // A circle.
        let circle = [
            (date(20), vec![run("20T00:00:00", "20T01:00:00", Some("21T01:00:00"))]),
            (date(21), vec![run("21T00:00:00", "21T01:00:00", Some("20T01:00:00"))]),
        ];
        assert_eq!(eras_of(&circle).len(), 2);
        assert!(eras_of(&[]).is_empty());
    }
}
