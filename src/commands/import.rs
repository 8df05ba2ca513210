//! `camwall import`: a wall file of a list that others made.
//!
//! Main thread. The lists are read in `camwall_setup`; here are the files. Policy: what is not taken
//! over is told line by line, and nothing of a login is.

use std::fmt::Display;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

use camwall_setup::{ImportError, Imported, MOST_BYTES, read_all};

use super::check::WALL_FILE_WRONG;
use super::{made, terminal};
use crate::cli::ImportArgs;

/// Reads the lists, and writes the wall file.
#[must_use]
pub fn import(args: &ImportArgs) -> ExitCode {
    let named = |number: usize| args.lists.get(number).map(|list| list.display().to_string());
    let tell = |number: usize, what: &dyn Display| {
        terminal::say(&format!("{}: {what}", named(number).unwrap_or_default()));
    };
    let mut lists = Vec::new();
    for (number, list) in args.lists.iter().enumerate() {
        match beginning(list) {
            Ok(bytes) => lists.push(bytes),
            Err(why) => {
                tell(number, &format!("cannot be read: {why}"));
                return ExitCode::from(WALL_FILE_WRONG);
            }
        }
    }
    let Imported { format, draft, told } = match read_all(&lists) {
        Ok(imported) => imported,
        Err((number, error)) => {
            if let ImportError::NoCamera(told) = &error {
                told.iter().for_each(|remark| tell(remark.list, remark));
            }
            tell(number, &error);
            return ExitCode::from(WALL_FILE_WRONG);
        }
    };
    told.iter().for_each(|remark| tell(remark.list, remark));
    let (wall, logins) = draft.finish();
    let names: Vec<String> = (0..lists.len()).filter_map(named).collect();
    let by = format!("`camwall import` of {}, {format}", names.join(", "));
    made::keep(&args.output, &by, &wall, &logins)
}

/// A file, as far as a list may be long and one byte more.
fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
