//! Tests of the wall file, by what they hold it to.

mod diff;
mod keys;
mod login;
mod mistakes;
mod positions;
mod recording;
mod schedule;
mod sound;
mod words;
mod write;

use super::{ConfigErrors, Diagnostic, Loaded, Wall};

fn parse(text: &str) -> Result<Loaded, ConfigErrors> {
    Wall::parse(text, "wall.ron")
}

fn sound(text: &str) -> Loaded {
    parse(text).unwrap_or_else(|errors| panic!("{errors}\n{text}"))
}

/// What is said about a wrong file.
fn errors(text: &str) -> String {
    match parse(text) {
        Err(errors) => errors.to_string(),
        Ok(loaded) => panic!("accepted: {:?}", loaded.wall),
    }
}

/// What is said about a file that works.
fn warnings(text: &str) -> String {
    let lines: Vec<String> = sound(text).warnings.iter().map(Diagnostic::to_string).collect();
    lines.join("\n")
}

/// A wall of two cameras in line 1; `rest` begins in line 2.
fn wall(rest: &str) -> String {
    format!(
        "(cameras: {{ \"gate\": (main: \"rtsp://h/1\"), \"dock\": (main: \"/dev/video0\") }},\n\
         {rest}\n)"
    )
}

/// A wall of one camera `c`; its fields stand in line 2.
fn camera(fields: &str) -> String {
    format!("(cameras: {{ \"c\": (\n{fields}\n) }})")
}
