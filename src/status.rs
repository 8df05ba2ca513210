//! The wall in numbers: rates per camera, status lines, the table in the terminal.
//!
//! Main world, once per second. Owns the format of the status lines, which is a stable interface.
//! Policy: counters come from the threads as they are; rates are differences over the real time
//! between two samples; an [`TextWriter`] writes, so that no reader and no disk is waited for.

mod table;
mod walls;
mod writer;

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    sync::Mutex,
    time::{Duration, Instant},
};

use bevy::{ecs::entity::EntityHashMap, prelude::*};
use serde::Serialize;

use crate::camera::{Camera, CameraReport, CameraReportItem, CameraState, Rates, StreamStats};
use crate::cli::RunArgs;
use crate::pacing::{FramePacer, HEARTBEAT};
use crate::reload::Reload;
use crate::render::DrawRequest;
use crate::status::writer::{TextWriter, WriterEnded};
use crate::wall::{Waiting, WallName};
use crate::window::Spot;
use camwall_media::{BestEffort, Warnings};
use camwall_recorder::{Cause, Doubts};
use table::table;
use walls::{WallLine, wall_lines};

/// The step of an update in which numbers are taken and written.
#[derive(SystemSet, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StatusSystems;

/// Reports the wall in numbers.
pub struct StatusPlugin(Mutex<Option<StatusReporter>>);

impl StatusPlugin {
    /// Reports with `reporter`.
    #[must_use]
    pub fn new(reporter: StatusReporter) -> Self {
        Self(Mutex::new(Some(reporter)))
    }
}

impl Plugin for StatusPlugin {
    fn build(&self, app: &mut App) {
        // Built once: Bevy refuses a plugin that is added twice.
        if let Some(reporter) = self.0.lock().ok().and_then(|mut reporter| reporter.take()) {
            app.insert_resource(reporter);
        }
        app.init_resource::<Reload>().add_systems(Update, sample.in_set(StatusSystems));
    }
}

/// Over how long rates are measured.
const SAMPLE: Duration = Duration::from_secs(1);

/// What the log calls the status lines.
const LINES: &str = "status lines";

/// One status line.
#[derive(Debug, Serialize)]
struct StatusLine<'a> {
    /// Seconds since the start.
    t: f64,
    /// Pictures of the wall per second.
    fps: f32,
    config: ConfigLine,
    /// Those of `walls`; left out where the wall file has none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    walls: Vec<WallLine<'a>>,
    cameras: Vec<CameraLine<'a>>,
}

/// What came of the wall file since the start.
#[derive(Debug, Serialize)]
struct ConfigLine {
    /// How many files were taken over.
    generation: u64,
    /// How many mistakes are in the file as it is now, which is then not taken over.
    mistakes: usize,
    /// Whether something of it waits for a new start.
    restart: bool,
}

/// One camera in a status line.
#[derive(Debug, Serialize)]
struct CameraLine<'a> {
    id: &'a str,
    state: &'static str,
    stream: &'static str,
    codec: Option<&'static str>,
    width: u32,
    height: u32,
    fps_decoded: f32,
    fps_shown: f32,
    dropped: u64,
    frame_age_ms: Option<u64>,
    bitrate_kbps: u32,
    reconnects: u64,
    /// For how long the state has been the same.
    state_ms: u64,
    /// What is wrong with the picture of a camera that is live, and doubtful about its recordings.
    warnings: Vec<&'static str>,
    /// How long after they were taken pictures arrive.
    late_ms: Option<u64>,
    lost: u64,
    errors: u64,
    /// Bytes of packets that are kept in memory.
    memory: usize,
    /// Whether its bytes reach the disk.
    recording: bool,
    /// Why it should be recorded and is not.
    record_fault: Option<Cause>,
}

/// Takes the numbers once per second and writes them.
#[derive(Resource)]
pub struct StatusReporter {
    started: Instant,
    sampled: Instant,
    /// How often status lines are written, and when the next is due.
    every: Duration,
    line_due: Instant,
    drawn: u64,
    fps: f32,
    before: EntityHashMap<Counters>,
    lines: Option<TextWriter>,
    table: Option<TextWriter>,
    /// Lines of the table that was handed in last.
    table_lines: usize,
    /// Where the last picture of the wall is, for those who read the table.
    picture: Option<PathBuf>,
}

#[derive(Default, Clone, Copy)]
struct Counters {
    decoded: u64,
    shown: u64,
    bytes: u64,
}

impl StatusReporter {
    /// Writes status lines and a table where the command line asks for them.
    ///
    /// # Errors
    /// When the status file can't be created, or there is no thread to write.
    pub fn new(args: &RunArgs) -> io::Result<Self> {
        let lines = match args.status.as_deref() {
            None => None,
            Some(path) if path.as_os_str() == "-" => Some(TextWriter::standard(LINES)?),
            Some(path) => Some(TextWriter::file(LINES, path)?),
        };
        let table = args.table.then(|| TextWriter::standard("tables")).transpose()?;
        let now = Instant::now();
        Ok(Self {
            started: now,
            sampled: now,
            every: args.status_every,
            line_due: now + args.status_every,
            drawn: 0,
            fps: 0.0,
            before: EntityHashMap::default(),
            lines,
            table,
            table_lines: 0,
            picture: args.snapshot.clone(),
        })
    }

    /// Since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// A table as it is printed over the last one.
    fn over_last(&self, body: &str) -> String {
        match self.table_lines {
            0 => body.to_owned(),
            // Cursor up and clear to the end of the screen (ECMA-48 CUU, ED).
            lines => format!("\x1b[{lines}A\x1b[J{body}"),
        }
    }
}

/// A camera's part of a report.
type Report<'a> = CameraReportItem<'a, 'a>;

/// Takes the rates once per second, and writes lines and table when they are due.
pub fn sample(
    mut reporter: ResMut<StatusReporter>,
    mut cameras: ParamSet<(Query<(Entity, &mut StreamStats)>, Query<CameraReport>)>,
    walls: Query<(&DrawRequest, &WallName, Option<&Spot>, Has<Waiting>)>,
    reload: Res<Reload>,
    pacer: Res<FramePacer>,
) {
    let now = Instant::now();
    let span = now.duration_since(reporter.sampled);
    let line = reporter.lines.is_some() && now >= reporter.line_due;
    // A line says what is so now, also of the rates.
    let fresh = span >= SAMPLE || (line && span >= SAMPLE / 2);
    if fresh {
        let drawn = walls.iter().map(|(request, ..)| request.drawn()).max().unwrap_or(0);
        measure(&mut reporter, &mut cameras.p0(), drawn, span);
        reporter.sampled = now;
    }
    let table = fresh && reporter.table.is_some() && io::stdout().is_terminal();
    if line || table {
        let cameras = cameras.p1();
        let cameras: Vec<Report<'_>> =
            cameras.iter().sort_by_key::<&Camera, _>(|camera| camera.number).collect();
        if line {
            let walls = walls.iter().map(|(_, name, spot, waits)| (name, spot, waits));
            write_line(&mut reporter, &cameras, (&reload, wall_lines(walls)), now);
            // A late line does not make the next one late, and none follows on its heels.
            reporter.line_due = next_due(reporter.line_due, reporter.every, now);
        }
        if table {
            print_table(&mut reporter, &cameras, now);
        }
    }
    if reporter.lines.is_some() && reporter.every < HEARTBEAT {
        pacer.wake_at(reporter.line_due);
    }
}

/// The first time after `now` of those that follow `due` by whole multiples of `every`.
fn next_due(due: Instant, every: Duration, now: Instant) -> Instant {
    let over = now.saturating_duration_since(due).as_nanos() / every.as_nanos().max(1);
    due + every * u32::try_from(over + 1).unwrap_or(1)
}

/// Takes the rates of the time `span` that is over.
fn measure(
    reporter: &mut StatusReporter,
    cameras: &mut Query<(Entity, &mut StreamStats)>,
    drawn: u64,
    span: Duration,
) {
    let per_second = |now: u64, before: u64| now.saturating_sub(before) as f32 / span.as_secs_f32();
    reporter.fps = per_second(drawn, reporter.drawn);
    reporter.drawn = drawn;
    reporter.before.retain(|camera, _| cameras.contains(*camera));
    for (entity, mut stats) in cameras.iter_mut() {
        let new = Counters {
            decoded: stats.feed.frames_decoded,
            shown: stats.shown,
            bytes: stats.feed.bytes,
        };
        let old = reporter.before.insert(entity, new).unwrap_or_default();
        stats.rates = Rates {
            decoded: per_second(new.decoded, old.decoded),
            shown: per_second(new.shown, old.shown),
            kbps: per_second(new.bytes, old.bytes) * 8.0 / 1000.0,
        };
    }
}

fn write_line(
    reporter: &mut StatusReporter,
    cameras: &[Report<'_>],
    (reload, walls): (&Reload, Vec<WallLine<'_>>),
    now: Instant,
) {
    let Some(lines) = reporter.lines.as_mut() else { return };
    let line = StatusLine {
        t: (reporter.started.elapsed().as_secs_f64() * 1000.0).round() / 1000.0,
        fps: tenth(reporter.fps),
        config: ConfigLine {
            generation: reload.generation,
            mistakes: reload.mistakes(),
            restart: !reload.restart.is_empty(),
        },
        walls,
        cameras: cameras.iter().map(|camera| camera_line(camera, now)).collect(),
    };
    let Ok(mut text) = serde_json::to_vec(&line) else { return };
    text.push(b'\n');
    if lines.send(text).is_err() {
        reporter.lines = None;
    }
}

fn tenth(value: f32) -> f32 {
    (value * 10.0).round() / 10.0
}

fn camera_line<'a>(report: &Report<'a>, now: Instant) -> CameraLine<'a> {
    let stats = report.stats;
    let feed = &stats.feed;
    CameraLine {
        id: &report.camera.id,
        state: report.health.state().as_str(),
        stream: stats.stream.as_str(),
        codec: feed.codec,
        width: feed.width,
        height: feed.height,
        fps_decoded: tenth(stats.rates.decoded),
        fps_shown: tenth(stats.rates.shown),
        dropped: stats.totals.dropped,
        frame_age_ms: stats.frame_age(now).map(millis),
        bitrate_kbps: stats.rates.kbps.round() as u32,
        reconnects: stats.totals.reconnects,
        state_ms: stats.state_since.map_or(0, |since| millis(now.saturating_duration_since(since))),
        warnings: warning_words(report.warnings.0, report.recording.0.doubts).collect(),
        late_ms: feed.late.map(millis),
        lost: stats.totals.lost,
        errors: stats.totals.errors,
        memory: stats.memory,
        recording: report.recording.0.writing,
        record_fault: report.recording.0.fault,
    }
}

/// The words for what is wrong with a live picture, or doubtful about what is recorded; part of the
/// stable interface.
fn warning_words(warnings: Warnings, doubts: Doubts) -> impl Iterator<Item = &'static str> {
    let all = [
        (warnings.damaged, "damaged"),
        (warnings.frozen.is_some(), "frozen"),
        (warnings.dark.is_some(), "dark"),
        (warnings.reduced, "reduced"),
        (warnings.unverified, "unverified"),
        (doubts.clock, "clock"),
        (doubts.limit.is_some(), "keep"),
    ];
    all.into_iter().filter_map(|(is_true, word)| is_true.then_some(word))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Prints the table over the last one.
fn print_table(reporter: &mut StatusReporter, cameras: &[Report<'_>], now: Instant) {
    let body = table(reporter, cameras, now);
    let text = reporter.over_last(&body);
    let Some(writer) = reporter.table.as_mut() else { return };
    match writer.send(text.into_bytes()) {
        Ok(true) => reporter.table_lines = body.lines().count(),
        // The next one goes over the one before.
        Ok(false) => {}
        // The terminal is gone; the wall is not.
        Err(WriterEnded) => reporter.table = None,
    }
}

/// Prints the last table and what the cameras came to, at the end.
pub fn print_final_table(world: &mut World) {
    let mut query = world.query::<CameraReport>();
    let reporter = world.resource::<StatusReporter>();
    if reporter.table.is_none() {
        return;
    }
    let cameras: Vec<Report<'_>> =
        query.iter(world).sort_by_key::<&Camera, _>(|camera| camera.number).collect();
    let live = cameras.iter().filter(|camera| camera.health.state() == CameraState::Live).count();
    let mut text = reporter.over_last(&table(reporter, &cameras, Instant::now()));
    text.push_str(&format!("{live} of {} cameras live\n", cameras.len()));
    if let Some(path) = &reporter.picture {
        text.push_str(&format!("the wall's picture is in {}\n", path.display()));
    }
    if let Some(writer) = world.resource_mut::<StatusReporter>().table.as_mut() {
        // A closed pipe at the very end is nobody's loss.
        writer.send(text.into_bytes()).map(drop).best_effort();
    }
}

/// Has the last lines written, at the end.
pub fn close(world: &mut World) {
    let mut reporter = world.resource_mut::<StatusReporter>();
    for writer in [reporter.lines.take(), reporter.table.take()].into_iter().flatten() {
        writer.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_line_does_not_make_the_next_one_late() {
        let (start, every) = (Instant::now(), Duration::from_secs(1));
        let due = |late_ms| {
            let now = start + Duration::from_millis(late_ms);
            next_due(start, every, now).duration_since(start).as_secs()
        };
        // One that is whole seconds late leaves those out.
        assert_eq!([0, 40, 999, 1000, 2500].map(due), [1, 1, 1, 2, 3]);
    }
}
