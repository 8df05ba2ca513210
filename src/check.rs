//! `camwall check`: is the wall file right, and do the cameras answer?

use std::process::ExitCode;

use crate::{
    cli::CheckArgs,
    config::{ConfigErrors, Wall},
};

/// The wall file is missing or has mistakes.
const WALL_FILE_WRONG: u8 = 3;

/// Checks a wall file and prints what is wrong with it.
#[must_use]
pub fn check(args: &CheckArgs) -> ExitCode {
    match Wall::load(&args.wall) {
        Ok(_) => ExitCode::SUCCESS,
        Err(errors) => report(&errors),
    }
}

/// Prints all mistakes of a wall file.
#[must_use]
pub fn report(errors: &ConfigErrors) -> ExitCode {
    use std::io::Write;
    // Nowhere to say that standard error is closed.
    writeln!(std::io::stderr(), "{errors}").unwrap_or_default();
    ExitCode::from(WALL_FILE_WRONG)
}
