//! The recordings as a table.

use std::io::{self, Write};

use bytesize::ByteSize;
use jiff::{SignedDuration, Timestamp};

use super::{Report, faults, plain};
use crate::camera::messages::recording;
use camwall_recorder::Cause;
use camwall_recorder::format_length;
use camwall_words::EN;

/// One row: what was from when to when.
struct Row {
    start: Timestamp,
    end: Option<Timestamp>,
    what: &'static str,
    detail: String,
}

/// Writes one camera: what joins in the order of time, its sums, its faults.
pub(super) fn write_camera(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let history = &report.history;
    writeln!(out, "{}", plain(history.folder()))?;
    writeln!(out, "  {:<24}  {:<24}  {:>13}  what", "from", "to", "length")?;
    for Row { start, end, what, detail } in rows(report) {
        let (end, length) = match end {
            Some(end) => (format!("{end:.3}"), format_length(end.duration_since(start))),
            None => Default::default(),
        };
        let start = format!("{start:.3}");
        writeln!(out, "  {start:<24}  {end:<24}  {length:>13}  {what:<9} {}", plain(&detail))?;
    }
    writeln!(out, "  {}", sums(report))?;
    for fault in &report.faults {
        writeln!(out, "  fault: {}", plain(&faults::line(fault)))?;
    }
    writeln!(out)
}

/// Writes what `--verify` came to.
pub(super) fn write_verdict(out: &mut impl Write, faults: usize) -> io::Result<()> {
    match faults {
        0 => writeln!(out, "verified: no faults"),
        1 => writeln!(out, "verified: 1 fault"),
        _ => writeln!(out, "verified: {faults} faults"),
    }
}

fn rows(report: &Report) -> Vec<Row> {
    let history = &report.history;
    let spans = history.spans().into_iter().map(|span| Row {
        start: span.start,
        end: Some(span.end),
        what: if span.removed { "removed" } else { "recorded" },
        detail: format!("{}, {}", segments(span.segments), size(span.bytes)),
    });
    let gaps = history.gaps().iter().map(|gap| {
        let more = gap.detail.as_ref().map(|detail| format!(": {detail}")).unwrap_or_default();
        let detail = format!("{}{more}", why(gap.cause));
        Row { start: gap.start, end: Some(gap.end), what: "gap", detail }
    });
    let opens = history.opens().iter().map(|open| {
        let state = if report.running { "being written" } else { "left unfinished by a kill" };
        Row { start: open.start, end: None, what: "open", detail: state.to_owned() }
    });
    let off = history.off().map(|off| Row {
        start: off.at,
        end: None,
        what: "off",
        detail: why(off.cause),
    });
    let mut rows: Vec<Row> = spans.chain(gaps).chain(opens).chain(off).collect();
    rows.sort_by_key(|row| (row.start, row.end.is_none(), row.end));
    rows
}

fn why(cause: Cause) -> String {
    let intended = if cause.is_intended() { " (intended)" } else { "" };
    format!("{}{intended}", recording::cause(&EN.causes, cause))
}

fn sums(report: &Report) -> String {
    let history = &report.history;
    let (there, kept) = report.present();
    let gaps = |intended: bool| -> SignedDuration {
        let gaps = history.gaps().iter().filter(|gap| gap.cause.is_intended() == intended);
        gaps.map(|gap| gap.end.duration_since(gap.start)).sum()
    };
    let recorded: SignedDuration =
        history.present().map(|it| it.segment.end.duration_since(it.segment.start)).sum();
    format!(
        "total: {}, {}, {kept} kept; recorded {}, gaps {}, intended gaps {}",
        segments(there),
        size(history.bytes()),
        format_length(recorded),
        format_length(gaps(false)),
        format_length(gaps(true)),
    )
}

fn segments(count: usize) -> String {
    if count == 1 { "1 segment".to_owned() } else { format!("{count} segments") }
}

fn size(bytes: u64) -> String {
    ByteSize(bytes).display().si().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::recordings::tests::{report, report_of_a_gap};
    use camwall_recorder::simulation::{LedgerEntry, RetentionRule, SimulatedRecorder, name_of};
    use std::time::Duration;

    const SECOND: Duration = Duration::from_secs(1);

    fn table(report: &Report) -> String {
        let mut out = Vec::new();
        write_camera(&mut out, report).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Sizes differ with the version of FFmpeg that writes the files: `n` stands for each.
    fn without_sizes(text: &str) -> String {
        let words: Vec<&str> = text.split(' ').collect();
        let is_unit = |word: &&str| ["B", "kB"].contains(&word.trim_end().trim_end_matches(','));
        let size = |at: usize| words.get(at + 1).is_some_and(is_unit);
        let words = words.iter().enumerate().map(|(at, word)| if size(at) { "n" } else { word });
        words.collect::<Vec<_>>().join(" ").replace("kB", "B")
    }

    #[test]
    fn the_table_has_what_joins() {
        let mut archive = SimulatedRecorder::new();
        (archive.tick, archive.camera.interval) = (SECOND, SECOND);
        archive.record(20 * 600 * SECOND);
        archive.finish();
        let paths = archive.files();
        archive.pass(3600 * SECOND);
        archive.segment(3 * SECOND);
        archive.interrupt(Cause::CameraOffline, 60 * SECOND);
        archive.record(3 * SECOND);
        let at = archive.at();
        for path in &paths[..2] {
            let (file, why) = (name_of(path), RetentionRule::Age);
            archive.write(at, LedgerEntry::Removed { file, at, why });
        }
        archive.write(at, LedgerEntry::Keep { file: name_of(&paths[19]), keep: true, at });
        insta::assert_snapshot!(without_sizes(&table(&report(&archive, true))), @r"
        gate
          from                      to                               length  what
          2026-11-22T07:20:00.000Z  2026-11-22T07:40:10.000Z    0:20:10.000  removed   2 segments, n B
          2026-11-22T07:40:10.000Z  2026-11-22T10:40:00.000Z    2:59:50.000  recorded  18 segments, n B
          2026-11-22T10:40:00.000Z  2026-11-22T11:40:00.000Z    1:00:00.000  gap       camwall ended (intended)
          2026-11-22T11:40:00.000Z  2026-11-22T11:40:03.000Z    0:00:03.000  recorded  1 segment, n B
          2026-11-22T11:40:03.000Z  2026-11-22T11:41:03.000Z    0:01:00.000  gap       camera offline
          2026-11-22T11:41:03.000Z                                           open      being written
          total: 19 segments, n B, 1 kept; recorded 2:59:53.000, gaps 0:01:00.000, intended gaps 1:00:00.000
        ");
    }

    #[test]
    fn nothing_reaches_the_terminal_but_text() {
        let text = table(&report_of_a_gap("\u{1b}[2J\u{9b}31m\u{202e}x\r"));
        assert!(text.contains(r"camera offline: \u{1b}[2J\u{9b}31m\u{202e}x\r"), "{text}");
    }
}
