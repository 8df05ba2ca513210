//! `camwall import`: a wall file of a list that others made.
//!
//! Main thread. The lists are read in `camwall_setup`; here are the files. Policy: what is not taken
//! over is told line by line, and nothing of a login is.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::process::ExitCode;

use camwall_setup::{ImportError, Imported, MOST_BYTES, read};

use super::check::WALL_FILE_WRONG;
use super::{made, terminal};
use crate::cli::ImportArgs;

/// Reads the list, and writes the wall file.
#[must_use]
pub fn import(args: &ImportArgs) -> ExitCode {
    let list = args.list.display();
    let bytes = match beginning(&args.list) {
        Ok(bytes) => bytes,
        Err(why) => {
            terminal::say(&format!("{list}: cannot be read: {why}"));
            return ExitCode::from(WALL_FILE_WRONG);
        }
    };
    let Imported { format, draft, told } = match read(&bytes) {
        Ok(imported) => imported,
        Err(error) => {
            if let ImportError::NoCamera(told) = &error {
                told.iter().for_each(|remark| terminal::say(&format!("{list}: {remark}")));
            }
            terminal::say(&format!("{list}: {error}"));
            return ExitCode::from(WALL_FILE_WRONG);
        }
    };
    told.iter().for_each(|remark| terminal::say(&format!("{list}: {remark}")));
    let (wall, logins) = draft.finish();
    made::keep(&args.output, &format!("`camwall import` of {list}, {format}"), &wall, &logins)
}

/// A file, as far as a list may be long and one byte more.
fn beginning(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}
