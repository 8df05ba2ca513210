//! The recordings as JSON.

use std::{
    io::{self, Write},
    path::Path,
};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::{Report, faults, is_harmful};
use camwall_recorder::Cause;
use camwall_recorder::SegmentRecord;

#[derive(Serialize)]
struct Listing<'a> {
    verified: bool,
    faults: usize,
    cameras: Vec<Camera<'a>>,
}

#[derive(Serialize)]
struct Camera<'a> {
    camera: &'a str,
    bytes: u64,
    kept: usize,
    removed: usize,
    seconds: f64,
    gap_seconds: f64,
    segments: Vec<Recorded<'a>>,
    spans: Vec<Span>,
    gaps: Vec<Gap<'a>>,
    open: Vec<Open>,
    off: Option<Off>,
    faults: Vec<Fault>,
}

#[derive(Serialize)]
struct Recorded<'a> {
    path: String,
    kept: bool,
    removed: bool,
    #[serde(flatten)]
    segment: &'a SegmentRecord,
}

#[derive(Serialize)]
struct Span {
    #[serde(serialize_with = "millis")]
    start: Timestamp,
    #[serde(serialize_with = "millis")]
    end: Timestamp,
    seconds: f64,
    segments: usize,
    bytes: u64,
    removed: bool,
}

#[derive(Serialize)]
struct Gap<'a> {
    #[serde(serialize_with = "millis")]
    start: Timestamp,
    #[serde(serialize_with = "millis")]
    end: Timestamp,
    seconds: f64,
    cause: Cause,
    detail: Option<&'a str>,
    intended: bool,
}

#[derive(Serialize)]
struct Open {
    path: String,
    #[serde(serialize_with = "millis")]
    start: Timestamp,
    writing: bool,
}

#[derive(Serialize)]
struct Off {
    #[serde(serialize_with = "millis")]
    at: Timestamp,
    cause: Cause,
    intended: bool,
}

#[derive(Serialize)]
struct Fault {
    path: String,
    line: Option<usize>,
    fault: String,
}

/// Writes all cameras as one line.
pub(super) fn write(out: &mut impl Write, reports: &[Report], verified: bool) -> io::Result<()> {
    let faults = reports.iter().map(|report| report.faults.len()).sum();
    let cameras = reports.iter().map(camera).collect();
    let text = serde_json::to_string(&Listing { verified, faults, cameras })?;
    // What a terminal might obey can stand in strings alone, where JSON has another form for it.
    for piece in text.split_inclusive(is_harmful) {
        let end = piece.chars().next_back().filter(|c| is_harmful(*c));
        out.write_all(&piece.as_bytes()[..piece.len() - end.map_or(0, char::len_utf8)])?;
        end.map_or(Ok(()), |c| write!(out, "\\u{:04x}", u32::from(c)))?;
    }
    writeln!(out)
}

fn camera(report: &Report) -> Camera<'_> {
    let history = &report.history;
    let (present, kept) = report.present();
    let spans: Vec<Span> = history.spans().iter().map(span).collect();
    let gaps: Vec<Gap<'_>> = history.gaps().iter().map(gap).collect();
    Camera {
        camera: history.folder(),
        bytes: history.bytes(),
        kept,
        removed: history.segments().len() - present,
        seconds: spans.iter().filter(|span| !span.removed).map(|span| span.seconds).sum(),
        gap_seconds: gaps.iter().map(|gap| gap.seconds).sum(),
        segments: history.segments().iter().map(recorded).collect(),
        spans,
        gaps,
        open: history
            .opens()
            .iter()
            .map(|it| Open { path: text(&it.part()), start: it.start, writing: report.running })
            .collect(),
        off: history.off().map(|off| {
            let (at, cause) = (off.at, off.cause);
            Off { at, cause, intended: cause.is_intended() }
        }),
        faults: report
            .faults
            .iter()
            .map(|it| Fault { path: text(&it.path), line: it.line, fault: faults::words(&it.kind) })
            .collect(),
    }
}

fn recorded(it: &camwall_recorder::RecordedSegment) -> Recorded<'_> {
    Recorded { path: text(&it.path), kept: it.kept, removed: it.removed, segment: &it.segment }
}

fn span(span: &camwall_recorder::RecordedSpan) -> Span {
    Span {
        start: span.start,
        end: span.end,
        seconds: seconds(span.start, span.end),
        segments: span.segments,
        bytes: span.bytes,
        removed: span.removed,
    }
}

fn gap(gap: &camwall_recorder::Gap) -> Gap<'_> {
    Gap {
        start: gap.start,
        end: gap.end,
        seconds: seconds(gap.start, gap.end),
        cause: gap.cause,
        detail: gap.detail.as_deref(),
        intended: gap.cause.is_intended(),
    }
}

fn seconds(start: Timestamp, end: Timestamp) -> f64 {
    end.duration_since(start).as_secs_f64()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn millis<S: Serializer>(at: &Timestamp, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format_args!("{at:.3}"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::commands::recordings::tests::{report, report_of_a_gap};
    use camwall_recorder::simulation::{LedgerEntry, SimulatedRecorder, name_of};
    use std::time::Duration;

    fn listing(reports: &[Report]) -> (String, Value) {
        let mut out = Vec::new();
        write(&mut out, reports, true).unwrap();
        let text = String::from_utf8(out).unwrap();
        let value = serde_json::from_str(&text).unwrap();
        (text, value)
    }

    #[test]
    fn the_schema_is_as_documented() {
        let mut archive = SimulatedRecorder::new();
        let path = archive.segment(Duration::from_secs(600));
        archive.interrupt(Cause::CameraOffline, Duration::from_secs(60));
        archive.segment(Duration::from_millis(30_500));
        let (at, file) = (archive.at(), name_of(&path));
        archive.write(
            "2026-11-22T07:20:00Z".parse().unwrap(),
            LedgerEntry::Keep { file, keep: true, at },
        );
        archive.finish();
        std::fs::remove_file(&path).unwrap();
        let (_, value) = listing(&[report(&archive, false)]);
        assert_eq!((&value["verified"], &value["faults"]), (&json!(true), &json!(1)));
        let camera = &value["cameras"][0];
        assert_eq!(camera["camera"], "gate");
        assert_eq!((&camera["kept"], &camera["removed"]), (&json!(1), &json!(0)));
        assert_eq!((&camera["seconds"], &camera["gap_seconds"]), (&json!(630.5), &json!(60.0)));
        let segment = &camera["segments"][0];
        assert_eq!(segment["path"], path.to_str().unwrap());
        assert_eq!((&segment["kept"], &segment["removed"]), (&json!(true), &json!(false)));
        assert_eq!(segment["start"], "2026-11-22T07:20:00.000Z");
        assert_eq!(
            (&segment["packets"], &segment["video"]),
            (&json!(6000), &json!("h264 640x360"))
        );
        let bytes = segment["bytes"].as_u64().unwrap();
        assert_eq!(
            camera["spans"][0],
            json!({
                "start": "2026-11-22T07:20:00.000Z", "end": "2026-11-22T07:30:00.000Z",
                "seconds": 600.0, "segments": 1, "bytes": bytes, "removed": false
            })
        );
        assert_eq!(
            camera["gaps"],
            json!([{
                "start": "2026-11-22T07:30:00.000Z", "end": "2026-11-22T07:31:00.000Z",
                "seconds": 60.0, "cause": "camera_offline", "detail": null, "intended": false
            }])
        );
        assert_eq!(camera["open"], json!([]));
        assert_eq!(
            camera["off"],
            json!({"at": "2026-11-22T07:31:30.500Z", "cause": "program_ended", "intended": true})
        );
        assert_eq!(
            camera["faults"],
            json!([{"path": path.to_str().unwrap(), "line": null, "fault": "is missing"}])
        );
    }

    #[test]
    fn what_is_open_is_told() {
        let mut archive = SimulatedRecorder::new();
        archive.record(Duration::from_secs(1));
        archive.kill();
        let part = archive.part();
        for running in [true, false] {
            let (_, value) = listing(&[report(&archive, running)]);
            let open = json!([{
                "path": part.to_str().unwrap(),
                "start": "2026-11-22T07:20:00.000Z",
                "writing": running
            }]);
            assert_eq!(value["cameras"][0]["open"], open);
            assert_eq!(value["cameras"][0]["off"], Value::Null);
        }
    }

    #[test]
    fn nothing_reaches_the_terminal_but_text() {
        let odd = "ä\u{1b}[2J\u{9b}\u{7f}\u{202e}\n\"";
        let (text, value) = listing(&[report_of_a_gap(odd)]);
        assert_eq!(value["cameras"][0]["gaps"][0]["detail"], odd);
        assert!(!text.trim_end().chars().any(is_harmful) && text.contains('ä'), "{text}");
    }
}
