//! Holds what was seen of a row against its entry in the table.
//!
//! Pure. A row is seen as words with the time at which each began. `connecting` stands between two
//! others and has no place in their order, but may not last; nor may a word that comes and goes.

use std::time::{Duration, Instant};

use super::expected::{Begins, Expected};

/// How far a word may be from its time: status lines come each 100 ms, states that change by the
/// clock are looked at each 250 ms.
const TOLERANCE: f64 = 0.5;
/// A row may wait so much longer for its first connection: cameras that do not answer hold up the
/// others for two seconds, and the wall starts.
const FIRST_TURN: f64 = 2.0;
/// A camera that is well again is live so soon after the next try that was announced.
const LIVE_AFTER_TRY: f64 = 2.0;
/// Pauses are announced in whole seconds.
const ROUNDING: f64 = 0.5;
/// Pauses are a fifth longer or shorter than their step.
const SPREAD: f64 = 0.2;

const CONNECTING: &str = "connecting";
const DOWN: [&str; 4] = ["offline", "busy", "auth_failed", "no_login"];

/// What was seen of a row, in order of time.
#[derive(Debug, Default, Clone)]
pub struct Seen {
    /// Phases of the server, and when they began.
    pub phases: Vec<(Instant, String)>,
    /// Words of the wall, `connecting` among them, and when they began.
    pub words: Vec<(Instant, String)>,
    /// When something was last said.
    pub until: Option<Instant>,
    /// Connections made anew, by the last status line.
    pub reconnects: u64,
    /// By which ways connections came up, by the log.
    pub ways: Vec<String>,
    /// Pauses that the log announced, in seconds, and when.
    pub pauses: Vec<(Instant, f64)>,
}

impl Seen {
    /// Takes note of the word that is said at a moment.
    pub fn says(&mut self, at: Instant, word: &str) {
        self.until = Some(at);
        if self.words.last().is_none_or(|(_, last)| last != word) {
            self.words.push((at, word.to_owned()));
        }
    }

    /// The words without `connecting`; what is the same before and after it goes on.
    fn told(&self) -> Vec<(Instant, &str)> {
        let mut told: Vec<(Instant, &str)> = Vec::new();
        for (at, word) in self.words.iter().filter(|(_, word)| word != CONNECTING) {
            if told.last().is_none_or(|(_, last)| last != word) {
                told.push((*at, word));
            }
        }
        told
    }

    /// How long each word lasted, in seconds.
    fn stretches(&self) -> impl Iterator<Item = (&str, f64)> {
        let ends = self.words.iter().skip(1).map(|(at, _)| *at).chain(self.until);
        self.words.iter().zip(ends).map(|((at, word), end)| (word.as_str(), signed(end, *at)))
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
    let mut wrong = in_order(expected, seen);
    wrong.extend(at_the_end(expected, seen));
    wrong.extend(too_long(expected, seen));
    wrong.extend(pauses(expected, seen));
    let (least, most) = expected.reconnects;
    if !(least..=most).contains(&seen.reconnects) {
        wrong.push(format!("{} reconnects, not {least} to {most}", seen.reconnects));
    }
    if seen.ways != expected.ways {
        wrong.push(format!("by {:?}, not {:?}", seen.ways, expected.ways));
    }
    wrong
}

/// The words of the table, in their order and at their times.
fn in_order(expected: &Expected, seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut words = seen.told().into_iter().peekable();
    for begins in expected.words {
        let also = |word: &str| expected.passes_over(word) && word != begins.word;
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
        wrong.extend(misses(begins, at, seen));
    }
    let last = expected.words.last().map(|begins| begins.word);
    for (_, word) in words {
        if !expected.passes_over(word) && Some(word) != last {
            wrong.push(format!("then {word}"));
        }
    }
    wrong
}

/// Why a word that began at a moment did not begin as typed.
fn misses(begins: &Begins, at: Instant, seen: &Seen) -> Option<String> {
    let Begins { word, phase, from, to } = begins;
    let Some(start) = seen.phase(phase) else { return Some(format!("no phase {phase}")) };
    let after = signed(at, start);
    let window = from - TOLERANCE..=to + TOLERANCE;
    let told = || format!("{word} {after:.2} s after {phase}, not {from} to {to}");
    (!window.contains(&after)).then(told)
}

/// The word that is said last, and since when.
fn at_the_end(expected: &Expected, seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    if seen.words.last().is_some_and(|(_, word)| word == CONNECTING) {
        wrong.push("connecting at the end".to_owned());
    }
    if let (Some(ends), Some((at, word))) = (&expected.ends, seen.told().pop()) {
        if word == ends.word {
            wrong.extend(misses(ends, at, seen).map(|what| format!("in the end {what}")));
        } else {
            wrong.push(format!("in the end {word}, not {}", ends.word));
        }
    }
    wrong
}

/// What may be said for a while, and was said for longer.
fn too_long(expected: &Expected, seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    for (number, (word, lasted)) in seen.stretches().enumerate() {
        let turn = if number == 0 { FIRST_TURN } else { 0.0 };
        let most = match expected.also.iter().find(|(also, _)| *also == word) {
            Some((_, most)) => *most,
            None if word == CONNECTING => expected.connecting + turn,
            None => f64::INFINITY,
        };
        if lasted > most + TOLERANCE {
            wrong.push(format!("{word} for {lasted:.1} s, not {most}"));
        }
    }
    wrong
}

/// Pauses are those of the table, and what comes after an outage comes with a try that was
/// announced.
fn pauses(expected: &Expected, seen: &Seen) -> Vec<String> {
    let mut wrong = Vec::new();
    for (number, (_, pause)) in seen.pauses.iter().enumerate() {
        let step = expected.pauses[number.min(expected.pauses.len() - 1)];
        if (pause - step).abs() > step * SPREAD + ROUNDING {
            wrong.push(format!("pause {} of {pause} s, not {step}", number + 1));
        }
    }
    for pair in seen.told().windows(2) {
        let ((_, before), (at, word)) = (pair[0], pair[1]);
        if !DOWN.contains(&before) || DOWN.contains(&word) {
            continue;
        }
        let Some((told, pause)) = seen.pauses.iter().rfind(|(told, _)| *told <= at) else {
            wrong.push(format!("{word} without a try that was announced"));
            continue;
        };
        let after = signed(at, *told) - pause;
        // A picture may have to be waited for as long as the first one.
        let most = LIVE_AFTER_TRY.max(expected.connecting) + ROUNDING;
        if !(-ROUNDING - TOLERANCE..=most + TOLERANCE).contains(&after) {
            wrong.push(format!("{word} {after:.2} s after the try, not 0 to {most}"));
        }
    }
    wrong
}

/// Seconds from `start` to `at`, which may be before it.
pub fn signed(at: Instant, start: Instant) -> f64 {
    let before: Duration = start.saturating_duration_since(at);
    at.saturating_duration_since(start).as_secs_f64() - before.as_secs_f64()
}

/// What was seen, for people: seconds since `start`.
pub fn story(seen: &Seen, start: Instant) -> String {
    let mut all: Vec<(Instant, String)> = seen.words.clone();
    all.extend(seen.phases.iter().map(|(at, phase)| (*at, format!("[{phase}]"))));
    all.extend(seen.pauses.iter().map(|(at, pause)| (*at, format!("(try in {pause} s)"))));
    all.sort_by_key(|(at, _)| *at);
    let line = |(at, what): &(Instant, String)| format!("{:.1} {what}", signed(*at, start));
    all.iter().map(line).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
