//! The `camwall` program: arguments in, exit code out.

use std::process::ExitCode;

use bevy::app::AppExit;
use camwall::{COMMAND_FILTER, Cli, Command, RunError, WALL_FILTER};
use clap::Parser;
use tracing::error;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Held to the end: what waits is then written.
    let _log =
        camwall::init_logging(if cli.command.is_some() { COMMAND_FILTER } else { WALL_FILTER });
    camwall::raise_descriptor_limit();
    match cli.command {
        Some(Command::Check(args)) => camwall::check(&args),
        Some(Command::Recordings(args)) => camwall::recordings(&args),
        None => match camwall::run(&cli.run) {
            Ok(AppExit::Success) => ExitCode::SUCCESS,
            Ok(AppExit::Error(_)) => ExitCode::FAILURE,
            Err(RunError::Config(errors)) => camwall::print_mistakes(&errors),
            Err(error) => {
                error!("{error}");
                ExitCode::FAILURE
            }
        },
    }
}
