//! Holds what was seen of a row against its entry in the table.
//!
//! Pure. A row is seen as words with the time at which each began; `connecting` is no word, because a
//! camera is connected anew between two others.

use std::time::{Duration, Instant};

/// How far a word may be from its time: status lines come each 100 ms, states that change by the
/// clock are looked at each 250 ms.
const TOLERANCE: f64 = 0.5;

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    pub row: &'static str,
    /// The words in their order, and when each begins.
    pub words: &'static [Begins],
    /// What else may be seen in between and at the end, where words come and go.
    pub also: &'static [&'static str],
}

/// A word begins so many seconds after the start of a phase of the row.
#[derive(Debug, Clone, Copy)]
pub struct Begins {
    /// State and warnings, as in the status lines: `live damaged`.
    pub word: &'static str,
    /// `good`, or `good#2` for the second of that name.
    pub phase: &'static str,
    /// Seconds, at the earliest and at the latest.
    pub from: f64,
    pub to: f64,
}

/// What was seen of a row: phases and words with their beginnings, in order of time.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    pub phases: Vec<(Instant, String)>,
    pub words: Vec<(Instant, String)>,
}

impl Seen {
    /// Takes note of the word that is said at a moment.
    pub fn says(&mut self, at: Instant, word: &str) {
        let known = self.words.last().is_some_and(|(_, last)| last == word);
        if word != "connecting" && !known {
            self.words.push((at, word.to_owned()));
        }
    }

    fn phase(&self, name: &str) -> Option<Instant> {
        let (name, number) = name.split_once('#').unwrap_or((name, "1"));
        let number: usize = number.parse().expect("a number behind #");
        let mut named = self.phases.iter().filter(|(_, phase)| phase == name);
        named.nth(number - 1).map(|(at, _)| *at)
    }
}

/// What is wrong with a row; nothing is said where all is right.
pub fn judge(expected: &Expected, seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut words = seen.words.iter().peekable();
    for begins in expected.words {
        let also = |word: &str| expected.also.contains(&word) && word != begins.word;
        while words.next_if(|(_, word)| also(word)).is_some() {}
        // A word that comes and goes may have begun before: the first time counts.
        let Some((at, word)) = words.next() else {
            wrong.push(format!("never {}", begins.word));
            break;
        };
        if word != begins.word {
            wrong.push(format!("{word} instead of {}", begins.word));
            break;
        }
        let Some(phase) = seen.phase(begins.phase) else {
            wrong.push(format!("no phase {}", begins.phase));
            break;
        };
        let after = signed(*at, phase);
        let window = begins.from - TOLERANCE..=begins.to + TOLERANCE;
        if !window.contains(&after) {
            let Begins { word, phase, from, to } = begins;
            wrong.push(format!("{word} {after:.2} s after {phase}, not {from} to {to}"));
        }
    }
    let last = expected.words.last().map(|begins| begins.word);
    for (_, word) in words {
        if !expected.also.contains(&word.as_str()) && Some(word.as_str()) != last {
            wrong.push(format!("then {word}"));
        }
    }
    wrong
}

/// Seconds from `start` to `at`, which may be before it.
fn signed(at: Instant, start: Instant) -> f64 {
    let before: Duration = start.saturating_duration_since(at);
    at.saturating_duration_since(start).as_secs_f64() - before.as_secs_f64()
}

/// What was seen, for people: seconds since `start`.
pub fn story(seen: &Seen, start: Instant) -> String {
    let mut all: Vec<(Instant, String)> = seen.words.clone();
    all.extend(seen.phases.iter().map(|(at, phase)| (*at, format!("[{phase}]"))));
    all.sort_by_key(|(at, _)| *at);
    let line = |(at, what): &(Instant, String)| format!("{:.1} {what}", signed(*at, start));
    all.iter().map(line).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROW: Expected = Expected {
        row: "late",
        words: &[
            Begins { word: "live", phase: "good", from: 0.0, to: 2.0 },
            Begins { word: "stale", phase: "held", from: 2.0, to: 2.0 },
            Begins { word: "live", phase: "good#2", from: 0.0, to: 0.0 },
        ],
        also: &[],
    };

    /// Phases at 0, 10 and 20 s, and these words.
    fn seen(words: &[(f64, &str)]) -> Seen {
        let start = Instant::now();
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
        let phases = [(0.0, "good"), (10.0, "held"), (20.0, "good")];
        let phases = phases.map(|(second, phase)| (at(second), phase.to_owned())).into();
        let mut seen = Seen { phases, words: Vec::new() };
        for (second, word) in words {
            seen.says(at(*second), word);
        }
        seen
    }

    #[test]
    fn what_is_as_typed_is_right() {
        let right = [(0.3, "connecting"), (0.9, "live"), (12.1, "stale"), (19.8, "live")];
        assert_eq!(judge(&ROW, &seen(&right)), [""; 0]);
        let again =
            [(0.9, "live"), (12.1, "stale"), (12.2, "connecting"), (12.3, "stale"), (20.0, "live")];
        assert_eq!(judge(&ROW, &seen(&again)), [""; 0]);
    }

    #[test]
    fn another_word_another_time_and_a_word_too_many_are_wrong() {
        for (words, wrong) in [
            (
                &[(0.9, "live"), (13.0, "stale"), (20.0, "live")][..],
                "stale 3.00 s after held, not 2 to 2",
            ),
            (&[(0.9, "live"), (12.0, "late"), (20.0, "live")], "late instead of stale"),
            (&[(0.9, "live"), (12.0, "stale")], "never live"),
            (&[(0.9, "live"), (12.0, "stale"), (20.0, "live"), (21.0, "stale")], "then stale"),
            (&[], "never live"),
        ] {
            assert_eq!(judge(&ROW, &seen(words)), [wrong], "{words:?}");
        }
    }

    #[test]
    fn what_may_come_and_go_is_passed_over() {
        let row = Expected { also: &["live damaged"], ..ROW };
        let words = [
            (0.9, "live damaged"),
            (1.2, "live"),
            (1.5, "live damaged"),
            (12.0, "stale"),
            (20.0, "live"),
            (21.0, "live damaged"),
            (22.0, "live"),
        ];
        assert_eq!(judge(&row, &seen(&words)), [""; 0]);
        assert_eq!(judge(&ROW, &seen(&words))[0], "live damaged instead of live");
    }
}
