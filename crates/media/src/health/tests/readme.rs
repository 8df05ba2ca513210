//! What docs/trouble.md says of times is what the rules keep to: each row of its table that
//! is about a word of [`Health`](super::Health) names the rule's own numbers.

use std::time::Duration;

use super::super::content::{DARK_AFTER, FROZEN_AFTER};
use super::super::decoding::{self, NO_PICTURE};
use super::super::hanging::HUNG_AFTER;
use super::super::lateness::LATE;
use super::super::remedies::{LATE_FOR, TRIAL};
use super::super::staleness::{MISSED, PATIENCE};
use crate::decode::jobs::KEYFRAME_PATIENCE;
use crate::hung_decoders::MOST;
use crate::overload::steps::{BEHIND_FOR, CALM_AT_MOST, CALM_FOR};

/// The cells of the row whose second one, what the operator sees, holds this word.
fn row(word: &str) -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/trouble.md");
    let page = std::fs::read_to_string(path).expect("docs/trouble.md");
    let (_, rest) = page.split_once("## When things fail").expect("the section");
    let table = rest.split("\n## ").next().unwrap_or_default();
    let rows = table.lines().filter(|line| line.starts_with('|'));
    let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect();
    let mut found = rows.map(cells).filter(|cells: &Vec<String>| cells[2].contains(word));
    found.next().unwrap_or_else(|| panic!("no row says {word}"))
}

fn secs(time: Duration) -> String {
    format!("{} s", time.as_secs())
}

#[test]
fn the_page_names_the_rules_own_times() {
    let says = |word: &str, cell: usize, what: &str| {
        let cells = row(word);
        assert!(cells[cell].contains(what), "{word}: {what:?} is not in {:?}", cells[cell]);
    };
    says("LATE", 1, &format!("more than {LATE} s late"));
    says("LATE", 3, &format!("after {}", secs(LATE_FOR)));
    says("CAN'T DECODE", 1, &format!("no picture is clean for {}", secs(NO_PICTURE)));
    assert_eq!(decoding::BROKEN, 2);
    says("CAN'T DECODE", 1, "two whole key frames fail");
    says("CAN'T DECODE", 3, &format!("the connection after {}", secs(TRIAL)));
    says("FROZEN", 1, &secs(FROZEN_AFTER));
    says("DARK", 1, &secs(DARK_AFTER));
    says("DAMAGED", 1, &secs(KEYFRAME_PATIENCE));
    assert_eq!(MISSED, 3);
    says("NO NEW PICTURE", 1, "three times the stream's interval");
    says("NO NEW PICTURE", 3, &format!("after {} s without a packet", PATIENCE[0]));
    says("NO NEW PICTURE", 3, &format!("up to {} s", PATIENCE[PATIENCE.len() - 1]));
    says("REDUCED", 1, &format!("can't keep up for {BEHIND_FOR} s"));
    says("REDUCED", 3, &format!("after {} without trouble", secs(CALM_FOR)));
    says("REDUCED", 3, &format!("up to {}", secs(CALM_AT_MOST)));
    assert_eq!(MOST, 2);
    let hung = "leaves it behind after";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/trouble.md");
    let page = std::fs::read_to_string(path).expect("docs/trouble.md");
    assert!(page.contains(&format!("{hung} {} and takes another; the third", secs(HUNG_AFTER))));
}
