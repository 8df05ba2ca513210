//! What a history says of ledgers on disk, sound and damaged.

use std::fs;

use super::*;
use crate::Cause;
use crate::fixture::{FixtureArchive, GATE, name};
use crate::ledger::entry::{LedgerEntry, RetentionRule};
use crate::paths::day_of;

fn read(archive: &FixtureArchive) -> History {
    History::read(archive.root(), GATE).unwrap()
}

#[test]
fn spans_and_gaps_add_up() {
    let mut archive = FixtureArchive::new();
    let began = archive.at;
    let paths = [archive.segment(10_000), archive.segment(10_000)];
    archive.stop(Cause::DiskFull);
    archive.pass(3_000);
    archive.segment(7_000);
    let history = read(&archive);
    assert_eq!(history.segments().len(), 3);
    let here: Vec<&Path> = history.present().map(|it| it.path.as_path()).take(2).collect();
    assert_eq!(here, paths);
    let spans = history.spans();
    let brief: Vec<_> = spans.iter().map(|span| (span.segments, span.removed)).collect();
    assert_eq!(brief, [(2, false), (1, false)]);
    assert_eq!(spans[0].start, began);
    assert_eq!((history.gaps()[0].start, history.gaps()[0].end), (spans[0].end, spans[1].start));
    assert_eq!(history.off(), None, "it was recorded again");
    assert!(history.opens().is_empty() && history.bad_lines().is_empty());
    assert_eq!(history.until(), Some(archive.at));
}

#[test]
fn marks_are_those_of_the_last_word() {
    let mut archive = FixtureArchive::new();
    let paths: Vec<_> = (0..3).map(|_| archive.segment(1_000)).collect();
    archive.begin();
    let at = archive.at;
    let mut keep = |at: usize, keep| {
        let now = archive.at;
        archive.write(now, LedgerEntry::Keep { file: name(&paths[at]), keep, at: now });
    };
    for (at, kept) in [(0, true), (1, true), (0, false)] {
        keep(at, kept);
    }
    let file = name(&paths[2]);
    archive.write(at, LedgerEntry::Removed { file, at, why: RetentionRule::Age });
    let history = read(&archive);
    let flags: Vec<_> = history.segments().iter().map(|it| (it.kept, it.removed)).collect();
    assert_eq!(flags, [(false, false), (true, false), (false, true)]);
    let removed: Vec<_> = history.spans().iter().map(|span| span.removed).collect();
    assert_eq!(removed, [false, true]);
    assert_eq!(history.bytes(), 2 * history.segments()[0].segment.bytes);
}

#[test]
fn an_open_segment_is_kept_before_it_is_closed() {
    let mut archive = FixtureArchive::new();
    let part = archive.begin();
    let (at, file) = (archive.at, name(&part.with_extension("")));
    archive.write(at, LedgerEntry::Keep { file, keep: true, at });
    assert!(read(&archive).opens()[0].kept);
    archive.pass(1_000);
    archive.close();
    assert!(read(&archive).segments()[0].kept);
}

#[test]
fn bad_lines_cost_only_themselves() {
    let mut archive = FixtureArchive::new();
    archive.segment(1_000);
    let path = archive.ledger(day_of(archive.at));
    let sound = fs::read_to_string(&path).unwrap();
    let outside = sound.replace("gate_", "../gate_");
    let outside = outside.lines().next().unwrap();
    let new = "{\"type\":\"weather\",\"rain\":true}";
    let last = sound.lines().last().unwrap();
    let text = format!("{{\"type\":\"o\n\0\0\0\n{new}\n{outside}\n\n{sound}{last}\n\u{fe}{{");
    fs::write(&path, text).unwrap();
    let history = read(&archive);
    let lines: Vec<usize> = history.bad_lines().iter().map(|bad| bad.position.line).collect();
    assert_eq!(lines, [1, 2, 3, 4, 9]);
    assert!(history.bad_lines()[2].why.contains("weather"));
    assert_eq!(history.segments().len(), 1, "and the same line again is no second segment");
    assert_eq!(history.segments()[0].position.line, 7);
}

#[test]
fn a_last_line_without_its_end_counts_if_it_is_whole() {
    let mut archive = FixtureArchive::new();
    archive.segment(1_000);
    let path = archive.ledger(day_of(archive.at));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.trim_end()).unwrap();
    let history = read(&archive);
    assert!(history.bad_lines().is_empty() && history.segments().len() == 1);
}

#[test]
fn a_ledger_that_cannot_be_read_is_an_error() {
    let mut archive = FixtureArchive::new();
    archive.segment(1_000);
    let path = archive.ledger(day_of(archive.at));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = History::read(archive.root(), GATE).unwrap_err();
    assert!(error.to_string().contains("2026-11-22.ledger.jsonl"), "{error}");
}
