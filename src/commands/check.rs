//! `camwall check`: is the wall file right, can recordings be made, and do the cameras answer?
//!
//! Runs on the main thread, without Bevy; `--probe` uses one thread per camera, at most
//! [`AT_ONCE`] at a time. Policy: the same sources and decoders as the wall, because a check that
//! goes another way proves nothing.

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use super::archive::{self, FoundArchive};
use crate::camera::{feed_spec, messages};
use crate::cli::CheckArgs;
use crate::opening::Opened;
use crate::overlay;
use crate::sandbox::SandboxReport;
use camwall_config::{Camera, ConfigErrors, Loaded, Wall};
use camwall_media::{BestEffort, LowerTransport, check_ca_file};
use camwall_media::{CertificateReport, ProbeError, ProbeReport, look_at_certificate, probe};
use camwall_recorder as record;
use camwall_words::EN;

/// The wall file is missing or has mistakes, or asks for what this computer cannot do.
pub(super) const WALL_FILE_WRONG: u8 = 3;

/// A camera did not deliver a picture.
const CAMERA_WRONG: u8 = 4;

/// How long a camera may take: long enough for a slow login and two key frames 4 s apart.
const TIMEOUT: Duration = Duration::from_secs(12);

/// Cameras that are probed at the same time.
const AT_ONCE: usize = 8;

/// Checks a wall file that was read, and its cameras if asked.
#[must_use]
pub fn check(args: &CheckArgs, opened: Result<Opened, ConfigErrors>) -> ExitCode {
    let Opened { loaded, folder, sandbox } = match opened {
        Ok(opened) => opened,
        Err(errors) => return print_mistakes(&errors),
    };
    for warning in &loaded.warnings {
        say(&mut io::stderr(), &format!("{warning} (warning)"));
    }
    say_lacking_letters(&loaded);
    say_sandbox(sandbox.as_ref());
    let folder = folder.as_path();
    let mut right = recordings_possible(&loaded, folder);
    for (id, camera) in &loaded.wall.cameras {
        let Some(login) = &camera.login else { continue };
        if let Err(error) = login.resolve(folder) {
            say(&mut io::stderr(), &format!("camera {id}: login: {error}"));
            right = false;
        } else if let Some(exposed) = login.exposed(folder) {
            say(&mut io::stderr(), &format!("camera {id}: login: {exposed} (warning)"));
        }
        right &= authorities_readable(id, camera, folder);
    }
    if !right {
        return ExitCode::from(WALL_FILE_WRONG);
    }
    let (cameras, layouts) = (loaded.wall.cameras.len(), loaded.wall.layouts.len());
    let file = args.wall.display();
    say(&mut io::stdout(), &format!("{file}: {cameras} cameras, {layouts} layouts, no mistakes"));
    match &sandbox {
        Some(report) => say(&mut io::stdout(), &report.to_string()),
        None => say(&mut io::stdout(), "sandbox: off, as the wall file says"),
    }
    if args.probe && !probe_all(&loaded.wall, folder) {
        return ExitCode::from(CAMERA_WRONG);
    }
    ExitCode::SUCCESS
}

/// Says what is missing of the sandbox, or unusual in it; what is there is said at the end.
fn say_sandbox(sandbox: Option<&SandboxReport>) {
    let Some(report) = sandbox else { return };
    for remark in report.remarks() {
        say(&mut io::stderr(), &format!("{remark} (warning)"));
    }
    if !report.is_whole() {
        say(&mut io::stderr(), &format!("{report} (warning)"));
    }
}

/// Says which characters of cameras' names no font has: the wall shows boxes for them.
fn say_lacking_letters(loaded: &Loaded) {
    let cameras = &loaded.wall.cameras;
    let lacking = match overlay::lacking(cameras.iter().map(|(id, camera)| camera.label(id))) {
        Ok(lacking) => lacking,
        Err(error) => {
            say(&mut io::stderr(), &format!("no text on the wall, the built-in font: {error}"));
            return;
        }
    };
    for (index, (id, missing)) in cameras.keys().zip(lacking).enumerate() {
        if let Some(missing) = missing {
            let warning = loaded.about_label(index, &format!("camera `{id}`: {missing}"));
            say(&mut io::stderr(), &format!("{warning} (warning)"));
        }
    }
}

/// Whether recordings can be made where the file wants them; says why not.
fn recordings_possible(loaded: &Loaded, folder: &Path) -> bool {
    if !loaded.wall.asks_for_recording() {
        return true;
    }
    let recording = loaded.wall.recording.clone().unwrap_or_default();
    let dir = recording.folder(folder);
    let found = if recording.must_exist { Some(FoundArchive::look(&dir)) } else { None };
    let why = match (&found, record::check_folder(&dir)) {
        (Some(Err(error)), _) => archive::absent(&dir, error),
        (Some(Ok(found)), _) if !found.is_usable() => archive::unmarked(&dir),
        (_, Err(error)) => messages::recording::folder(&error),
        (Some(Ok(found)), Ok(())) => {
            say(&mut io::stdout(), &format!("recordings: {}: {found}", dir.display()));
            return true;
        }
        (None, Ok(())) => return true,
    };
    let message = format!("no recordings: {why}");
    say(&mut io::stderr(), &loaded.about_recordings(&message).to_string());
    false
}

/// Whether the file of authorities that a camera's certificate is to be issued by can be used; says why
/// not.
fn authorities_readable(id: &str, camera: &Camera, folder: &Path) -> bool {
    let Some(file) = camera.trust.file(folder) else { return true };
    let Err(fault) = check_ca_file(&file) else { return true };
    say(&mut io::stderr(), &format!("camera {id}: trust: {fault}"));
    false
}

/// Prints all mistakes of a wall file.
#[must_use]
pub fn print_mistakes(errors: &ConfigErrors) -> ExitCode {
    say(&mut io::stderr(), &errors.to_string());
    ExitCode::from(WALL_FILE_WRONG)
}

pub(super) fn say(out: &mut impl Write, text: &str) {
    // Nowhere is left to say that the terminal is gone.
    writeln!(out, "{text}").best_effort();
}

/// One row of the table: what the file calls the stream, and what it is.
struct Row {
    camera: String,
    stream: &'static str,
    login: &'static str,
    outcome: Result<ProbeReport, &'static str>,
    /// Where it is encrypted, and shows one.
    certificate: Option<CertificateReport>,
}

/// Probes every stream of every camera and prints the table; whether all delivered.
fn probe_all(wall: &Wall, folder: &Path) -> bool {
    camwall_media::init();
    let jobs: Vec<_> = wall
        .cameras
        .iter()
        .flat_map(|(id, camera)| {
            let main = (id, camera, "main", &camera.main);
            [main].into_iter().chain(camera.sub.iter().map(move |sub| (id, camera, "sub", sub)))
        })
        .collect();
    let (next, rows) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(jobs.len()) {
            scope.spawn(|| {
                while let Some((id, camera, stream, url)) = jobs.get(next.fetch_add(1, Relaxed)) {
                    let stale_after = wall.overlay.stale_after;
                    let spec = feed_spec(id, camera, url, folder, stale_after);
                    // Also of a camera that is not trusted yet: then it is needed most.
                    let certificate = look_at_certificate(&spec, TIMEOUT);
                    let outcome = probe(spec, TIMEOUT);
                    let login = match (&camera.login, &outcome) {
                        (_, Err(ProbeError::Source(error))) if error.is_auth() => "refused",
                        (Some(_), Ok(_)) => "accepted",
                        (None, Ok(_)) => "none",
                        (_, Err(_)) => "-",
                    };
                    let outcome = outcome.map_err(|error| messages::probe(&EN.advice, &error));
                    let camera = (*id).clone();
                    let row = Row { camera, stream, login, outcome, certificate };
                    rows.lock().unwrap_or_else(PoisonError::into_inner).push(row);
                }
            });
        }
    });
    let mut rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    let place = |row: &Row| wall.cameras.get_index_of(row.camera.as_str());
    rows.sort_by_key(|row| (place(row), row.stream));
    print_rows(&rows);
    rows.iter().all(|row| row.outcome.is_ok())
}

fn print_rows(rows: &[Row]) {
    let mut text = format!(
        "{:<16} {:<6} {:<6} {:>10} {:>6} {:>7} {:<18} {:<9} {:>9}  {:<4} {}\n",
        "camera",
        "stream",
        "codec",
        "size",
        "fps",
        "GOP s",
        "audio",
        "login",
        "first ms",
        "over",
        "by",
    );
    let unknown = || "?".to_owned();
    for Row { camera, stream, login, outcome, .. } in rows {
        text.push_str(&match outcome {
            Ok(found) => format!(
                "{camera:<16} {stream:<6} {:<6} {:>10} {:>6} {:>7} {:<18} {login:<9} {:>9}  {:<4} {}\n",
                found.codec,
                format!("{}x{}", found.width, found.height),
                found.fps.map_or_else(unknown, |fps| format!("{fps:.1}")),
                found.gop_seconds.map_or_else(unknown, |gop| format!("{gop:.1}")),
                found.audio.as_deref().unwrap_or("none"),
                found.first_picture.as_millis(),
                found.transport.map_or("-", LowerTransport::as_str),
                found.via,
            ),
            Err(error) => format!("{camera:<16} {stream:<6} {error}\n"),
        });
    }
    rows.iter().for_each(|row| text.push_str(&certificate_lines(row)));
    // Nowhere is left to say that the terminal is gone.
    io::stdout().write_all(text.as_bytes()).best_effort();
}

/// What is told of a camera's certificate: what to pin, whose it is, how long it lasts, and whether this
/// computer trusts it without a pin.
fn certificate_lines(row: &Row) -> String {
    let Some(found) = &row.certificate else { return String::new() };
    let trusted = match &found.trusted {
        Ok(()) => "trusted by this computer".to_owned(),
        Err(_) if found.self_issued => "issued by itself".to_owned(),
        Err(fault) => messages::certificate(&EN.advice, fault)
            .split(": ")
            .next()
            .unwrap_or_default()
            .to_owned(),
    };
    let warning = found.ending.as_ref().map_or(String::new(), |end| format!(", {end} (warning)"));
    format!(
        "\n{} {}: {}\n    of {:?}, until {}, {trusted}{warning}\n",
        row.camera, row.stream, found.fingerprint, found.subject, found.until
    )
}
