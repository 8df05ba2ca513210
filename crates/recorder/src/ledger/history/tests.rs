//! What a history says of ledgers on disk, sound and damaged.

use std::fs;
use std::time::Duration;

use super::*;
use crate::Cause;
use crate::ledger::entry::{LedgerEntry, RetentionRule};
use crate::paths::{day_of, name_of};
use crate::simulation::{GATE, SimulatedRecorder};

const SECOND: Duration = Duration::from_secs(1);

fn read(archive: &SimulatedRecorder) -> History {
    History::read(archive.root(), GATE).unwrap()
}

#[test]
fn spans_and_gaps_add_up() {
    let mut archive = SimulatedRecorder::new();
    let began = archive.at();
    let paths = [archive.segment(10 * SECOND), archive.segment(10 * SECOND)];
    archive.interrupt(Cause::DiskFull, 3 * SECOND);
    archive.world().ready = Ok(());
    archive.closed(7 * SECOND);
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
    assert_eq!(history.until(), Some(archive.at()));
}

#[test]
fn marks_are_those_of_the_last_word() {
    let mut archive = SimulatedRecorder::new();
    let paths: Vec<_> = (0..3).map(|_| archive.segment(SECOND)).collect();
    archive.segment(SECOND);
    let at = archive.at();
    let keep = |at: usize, keep| {
        let now = archive.at();
        archive.write(now, LedgerEntry::Keep { file: name_of(&paths[at]), keep, at: now });
    };
    for (at, kept) in [(0, true), (1, true), (0, false)] {
        keep(at, kept);
    }
    let file = name_of(&paths[2]);
    archive.write(at, LedgerEntry::Removed { file, at, why: RetentionRule::Age });
    let history = read(&archive);
    let flags: Vec<_> = history.segments().iter().map(|it| (it.kept, it.removed)).collect();
    assert_eq!(flags, [(false, false), (true, false), (false, true)]);
    let removed: Vec<_> = history.spans().iter().map(|span| span.removed).collect();
    assert_eq!(removed, [false, true]);
    let bytes = |at: usize| history.segments()[at].segment.bytes;
    assert_eq!(history.bytes(), bytes(0) + bytes(1));
}

#[test]
fn an_open_segment_is_kept_before_it_is_closed() {
    let mut archive = SimulatedRecorder::new();
    archive.record(SECOND);
    archive.protect();
    assert!(read(&archive).opens()[0].kept);
    archive.finish();
    assert!(read(&archive).segments()[0].kept);
}

#[test]
fn bad_lines_cost_only_themselves() {
    let mut archive = SimulatedRecorder::new();
    archive.closed(SECOND);
    let path = archive.ledger(day_of(archive.at()));
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
    let mut archive = SimulatedRecorder::new();
    archive.closed(SECOND);
    let path = archive.ledger(day_of(archive.at()));
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.trim_end()).unwrap();
    let history = read(&archive);
    assert!(history.bad_lines().is_empty() && history.segments().len() == 1);
}

#[test]
fn a_ledger_that_cannot_be_read_is_an_error() {
    let mut archive = SimulatedRecorder::new();
    archive.closed(SECOND);
    let path = archive.ledger(day_of(archive.at()));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = History::read(archive.root(), GATE).unwrap_err();
    assert!(error.to_string().contains("2026-11-22.ledger.jsonl"), "{error}");
}
