//! `camwall check`: is the wall file right, can recordings be made, and do the cameras answer?
//!
//! Runs on the main thread, without Bevy; `--probe` uses one thread per camera, at most
//! [`AT_ONCE`] at a time. Policy: the same sources and decoders as the wall, because a check that
//! goes another way proves nothing.

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use super::archive::{self, FoundArchive};
use super::at_once::at_once;
use super::probe_table::{Row, table};
use crate::camera::{feed_spec, messages};
use crate::cli::CheckArgs;
use crate::opening::Opened;
use crate::overlay;
use crate::sandbox::SandboxReport;
use camwall_config::{Camera, ConfigErrors, Exposed, Language, Loaded, Wall};
use camwall_media::{BestEffort, ProbeError, check_ca_file, look_at_certificate, probe};
use camwall_recorder as record;
use camwall_words::{Named, Words};
use glyph_brush::ab_glyph::InvalidFont;

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
    let words = loaded.wall.language.words();
    for warning in &loaded.warnings {
        warn(words, &warning.say(words));
    }
    say_lacking_letters(words, &loaded);
    say_sandbox(words, sandbox.as_ref());
    let folder = folder.as_path();
    let mut right = recordings_possible(words, &loaded, folder);
    for (id, camera) in &loaded.wall.cameras {
        let Some(login) = &camera.login else { continue };
        if let Err(error) = login.resolve(folder) {
            let why = messages::login(words, &error);
            say(&mut io::stderr(), &(words.check.login)(id, &why));
            right = false;
        } else if let Some(Exposed { path, mode }) = login.exposed(folder) {
            let mode = format!("{mode:04o}");
            let why = (words.login.others_read)(&path.display().to_string(), &mode);
            warn(words, &(words.check.login)(id, &why));
        }
        right &= authorities_readable(words, id, camera, folder);
    }
    if !right {
        return ExitCode::from(WALL_FILE_WRONG);
    }
    say(&mut io::stdout(), &no_mistakes(words, args, &loaded.wall));
    match &sandbox {
        Some(report) => say(&mut io::stdout(), &report.say(&words.check)),
        None => say(&mut io::stdout(), words.check.sandbox_off),
    }
    if args.probe && !probe_all(words, &loaded.wall, folder) {
        return ExitCode::from(CAMERA_WRONG);
    }
    ExitCode::SUCCESS
}

fn no_mistakes(words: &Words, args: &CheckArgs, wall: &Wall) -> String {
    let Wall { cameras, layouts, tours, .. } = wall;
    let (cameras, layouts, tours) = (cameras.len(), layouts.len(), tours.len());
    let (file, walls) = (args.wall.display().to_string(), wall.screens().len());
    (words.check.no_mistakes)(&file, &(words.check.has)(cameras, layouts, tours, walls))
}

/// Says what is missing of the sandbox, or unusual in it; what is there is said at the end.
fn say_sandbox(words: &Words, sandbox: Option<&SandboxReport>) {
    let Some(report) = sandbox else { return };
    for remark in report.remarks() {
        warn(words, &remark.say(&words.check));
    }
    if !report.is_whole() {
        warn(words, &report.say(&words.check));
    }
}

/// Says which characters of names no font has: the wall shows boxes for them.
fn say_lacking_letters(words: &Words, loaded: &Loaded) {
    let own: String = words.each().into_iter().map(|(_, text)| text).collect();
    if let Ok([Some(missing)]) = overlay::lacking([own.as_str()].into_iter()).as_deref() {
        warn(words, &(words.check.no_own_font)(&missing.packages()));
    }
    match lacking_letters(words, loaded) {
        Ok(lacking) => lacking.iter().for_each(|it| warn(words, it)),
        Err(error) => say(&mut io::stderr(), &(words.check.no_text)(&error.to_string())),
    }
}

/// What is said of the names that lack something.
fn lacking_letters(words: &Words, loaded: &Loaded) -> Result<Vec<String>, InvalidFont> {
    let labels = loaded.labels();
    let lacking = overlay::lacking(labels.iter().map(|label| label.text.as_str()))?;
    let said = labels.iter().zip(lacking).filter_map(|(label, missing)| {
        let lacks = match label.named {
            Named::Camera => words.check.lacks,
            Named::Layout => words.check.layout_lacks,
            Named::Tour => words.check.tour_lacks,
            Named::Wall => words.check.wall_lacks,
        };
        let lacks = lacks(&label.id, &missing?.say(&words.check));
        Some(loaded.about_label(label, &lacks).say(words))
    });
    Ok(said.collect())
}

/// Whether recordings can be made where the file wants them; says why not.
fn recordings_possible(words: &Words, loaded: &Loaded, folder: &Path) -> bool {
    if !loaded.wall.asks_for_recording() {
        return true;
    }
    let recording = loaded.wall.recording.clone().unwrap_or_default();
    let dir = recording.folder(folder);
    let found = if recording.must_exist { Some(FoundArchive::look(&dir)) } else { None };
    let why = match (&found, record::check_folder(&dir)) {
        (Some(Err(error)), _) => archive::absent(words, &dir, error),
        (Some(Ok(found)), _) if !found.is_usable() => archive::unmarked(&words.folder, &dir),
        (_, Err(error)) => messages::recording::folder(words, &error),
        (Some(Ok(found)), Ok(())) => {
            let (dir, found) = (dir.display().to_string(), found.say(&words.folder));
            say(&mut io::stdout(), &(words.check.recordings)(&dir, found));
            return true;
        }
        (None, Ok(())) => return true,
    };
    let message = (words.check.no_recordings)(&why);
    say(&mut io::stderr(), &loaded.about_recordings(&message).say(words));
    false
}

/// Whether the file of authorities that a camera's certificate is to be issued by can be used; says why
/// not.
fn authorities_readable(words: &Words, id: &str, camera: &Camera, folder: &Path) -> bool {
    let Some(file) = camera.trust.file(folder) else { return true };
    let Err(fault) = check_ca_file(&file) else { return true };
    let why = messages::authorities(words, &file, &fault);
    say(&mut io::stderr(), &(words.check.trust)(id, &why));
    false
}

/// Prints all mistakes of a wall file, in the language that it asks for as far as that can be read.
#[must_use]
pub fn print_mistakes(errors: &ConfigErrors) -> ExitCode {
    let words = Language::of_file(Path::new(errors.file())).words();
    say(&mut io::stderr(), &errors.say(words));
    ExitCode::from(WALL_FILE_WRONG)
}

/// Says what works and is not wise.
fn warn(words: &Words, what: &str) {
    say(&mut io::stderr(), &(words.check.warning)(what));
}

pub(super) fn say(out: &mut impl Write, text: &str) {
    // Nowhere is left to say that the terminal is gone.
    writeln!(out, "{text}").best_effort();
}

/// Probes every stream of every camera and prints the table; whether all delivered.
fn probe_all(words: &Words, wall: &Wall, folder: &Path) -> bool {
    camwall_media::init();
    let jobs: Vec<_> = wall
        .cameras
        .iter()
        .flat_map(|(id, camera)| {
            let main = (id, camera, "main", &camera.main);
            [main].into_iter().chain(camera.sub.iter().map(move |sub| (id, camera, "sub", sub)))
        })
        .collect();
    let rows = at_once(&jobs, AT_ONCE, |(id, camera, stream, url)| {
        let spec = feed_spec(id, camera, url, folder, wall.overlay.stale_after);
        // Also of a camera that is not trusted yet: then it is needed most.
        let certificate = look_at_certificate(&spec, TIMEOUT);
        let outcome = probe(spec, TIMEOUT);
        let login = match (&camera.login, &outcome) {
            (_, Err(ProbeError::Source(error))) if error.is_auth() => words.probe.refused,
            (Some(_), Ok(_)) => words.probe.accepted,
            (None, Ok(_)) => words.probe.no_login,
            (_, Err(_)) => "-",
        };
        let outcome = outcome.map_err(|error| messages::probe(&words.advice, &error));
        Row { camera: (*id).clone(), stream, login, outcome, certificate }
    });
    let rows: Vec<Row> = rows.into_iter().flatten().collect();
    // Nowhere is left to say that the terminal is gone.
    io::stdout().write_all(table(words, &rows).as_bytes()).best_effort();
    rows.len() == jobs.len() && rows.iter().all(|row| row.outcome.is_ok())
}

#[cfg(test)]
mod tests {
    use camwall_words::{DE, EN};

    use super::*;

    #[test]
    fn letters_are_missed_in_every_name_that_the_wall_writes() {
        // Not assigned, so in no font.
        let text = r#"(
    cameras: { "gate": (name: "\u{378}", main: "/a"), "dock": (main: "/b") },
    layouts: {
        "all\u{379}": Grid(cameras: ["gate", "dock"]),
        "yard\u{379}": Tiles(columns: 1, rows: 1, tiles: [
            (tour: (steps: [(show: "dock")]), column: 0, row: 0),
        ]),
    },
    tours: { "rounds\u{378}": (steps: [(show: "all\u{379}")]) },
    walls: { "left\u{379}": (), "right\u{379}": () },
    keys: { "quit@left\u{379}": ["Q"] },
)"#;
        let loaded = Wall::parse(text, "wall.ron").unwrap();
        let said = |words| lacking_letters(words, &loaded).unwrap().join("\n");
        let names: Vec<String> = said(&EN)
            .lines()
            .map(|line| line.split(": no installed font has ").collect::<Vec<_>>().join(" | "))
            .collect();
        let want = [
            "wall.ron:2:31: camera `gate` | U+0378;",
            "wall.ron:5:9: layout `yard\u{379}` | U+0379;",
            "wall.ron:9:14: tour `rounds\u{378}` | U+0378;",
            "wall.ron:10:14: wall `left\u{379}` | U+0379;",
        ];
        assert_eq!(names.len(), want.len(), "{names:?}");
        for (name, want) in names.iter().zip(want) {
            assert!(name.starts_with(want), "{name} is not {want}");
        }
        assert!(said(&DE).contains("Rundgang `rounds\u{378}`: keine installierte Schrift"));
    }
}
