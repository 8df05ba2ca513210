//! `camwall new`: questions and answers that end in a wall file.
//!
//! Main thread; the questions are in `camwall_setup`, here are the terminal and the cameras, each of
//! which is connected to on a thread of its own, [`AT_ONCE`] at a time. Policies: it connects as the
//! wall does; a wall file that is there is never touched, and that is said before the first question.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use camwall_config::{Login, Overlay};
use camwall_media::{ProbeError, ProbeReport, probe};
use camwall_setup::{Asked, Found, Reply, SaveError, Surroundings, ask};
use camwall_words::EN;

use super::at_once::at_once;
use super::{made, terminal};
use crate::camera::{feed_spec, messages};
use crate::cli::NewArgs;

/// How long a camera may take.
const TIMEOUT: Duration = Duration::from_secs(12);

/// Cameras that are connected to at the same time.
const AT_ONCE: usize = 16;

/// Asks, and writes the wall file.
#[must_use]
pub fn new(args: &NewArgs) -> ExitCode {
    if fs::symlink_metadata(&args.wall).is_ok() {
        terminal::say(&SaveError::Exists(args.wall.clone()).to_string());
        return ExitCode::FAILURE;
    }
    camwall_media::init();
    let folder = args.wall.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    match ask(&mut Terminal { folder }) {
        Ok(Reply::Wall(wall, logins)) => made::keep(&args.wall, "`camwall new`", &wall, &logins),
        Ok(Reply::Ended) => {
            terminal::say("\nended before the last answer: nothing is written");
            ExitCode::FAILURE
        }
        Err(why) => {
            terminal::say(&format!("nobody can be asked: {why}"));
            ExitCode::FAILURE
        }
    }
}

/// The terminal, and the cameras as they are reached from here.
struct Terminal {
    /// Of the wall file: paths of clips start there.
    folder: PathBuf,
}

impl Surroundings for Terminal {
    fn say(&mut self, text: &str) {
        terminal::say(text);
    }

    fn line(&mut self, question: &str) -> io::Result<Option<String>> {
        terminal::line(question)
    }

    fn secret(&mut self, question: &str) -> io::Result<Option<String>> {
        terminal::secret(question)
    }

    fn probe(&mut self, cameras: &[Asked<'_>]) -> Vec<Found> {
        let folder = self.folder.as_path();
        let panicked = || Found::Failed("it could not be looked at".to_owned());
        let found = at_once(cameras, AT_ONCE, |asked| look(asked, folder));
        found.into_iter().map(|found| found.unwrap_or_else(panicked)).collect()
    }
}

/// Connects to a camera.
fn look(asked: &Asked<'_>, folder: &Path) -> Found {
    let mut camera = asked.camera.clone();
    camera.login = asked.login.map(|login| Login::Typed(Some(login.clone())));
    let stale_after = Overlay::default().stale_after;
    let spec = feed_spec(asked.id, &camera, &camera.main, folder, stale_after);
    match probe(spec, TIMEOUT) {
        Ok(report) => Found::Picture(words(&report)),
        Err(ProbeError::Source(error)) if error.is_auth() => Found::LoginRefused,
        Err(error) => Found::Failed(messages::probe(&EN.advice, &error).to_owned()),
    }
}

/// `h264 1920x1080, 25.0 pictures a second`.
fn words(report: &ProbeReport) -> String {
    let rate = report.fps.map_or(String::new(), |fps| format!(", {fps:.1} pictures a second"));
    format!("{} {}x{}{rate}", report.codec, report.width, report.height)
}
