//! The end of `new` and `import`: a wall file is written, and it is said what to do next.
//!
//! Main thread. Policy: what is written is a wall file that is right, and is read once more before it
//! is; only names of files are told of logins.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use camwall_config::Wall;
use camwall_media::BestEffort;
use camwall_setup::{LoginFile, save};
use camwall_words::EN;

use super::check::print_mistakes;
use super::terminal::say;

/// Writes the wall with `by` in its first line; the exit code.
pub(super) fn keep(file: &Path, by: &str, wall: &Wall, logins: &[LoginFile]) -> ExitCode {
    let head = format!(
        "A wall of camwall, made by {by}. docs/wall-file.md says what else may stand here; \
         `camwall check` says whether it is right."
    );
    if let Err(mistakes) = Wall::parse(&wall.write(&head), &file.display().to_string()) {
        return print_mistakes(&mistakes);
    }
    let saved = match save(file, &head, wall, logins) {
        Ok(saved) => saved,
        Err(why) => {
            say(&why.to_string());
            return ExitCode::FAILURE;
        }
    };
    let file = saved.wall.display();
    let Wall { cameras, layouts, tours, .. } = wall;
    let (cameras, layouts, tours) = (cameras.len(), layouts.len(), tours.len());
    let has = (EN.check.has)(cameras, layouts, tours, wall.screens().len());
    let mut text = format!("{file}: written, {has}\n");
    for login in &saved.logins {
        text.push_str(&format!("{}: written, a login that only you can read\n", login.display()));
    }
    text.push_str(&format!("next: camwall check {file} --probe, then camwall {file}\n"));
    // Nowhere is left to say that the terminal is gone.
    io::stdout().write_all(text.as_bytes()).best_effort();
    ExitCode::SUCCESS
}
