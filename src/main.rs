//! The `camwall` program: arguments in, exit code out.

use std::process::ExitCode;

use bevy::app::AppExit;
use camwall::app::RunError;
use camwall::cli::{Cli, Command};
use camwall::commands::{check, recordings};
use camwall::{app, logging};
use clap::Parser;
use tracing::error;

fn main() -> ExitCode {
    let cli = Cli::parse();
    // Held to the end: what waits is then written.
    let _log = logging::init(if cli.command.is_some() { logging::CHECK } else { logging::WALL });
    match cli.command {
        Some(Command::Check(args)) => check::check(&args),
        Some(Command::Recordings(args)) => recordings::recordings(&args),
        None => match app::run(&cli.run) {
            Ok(AppExit::Success) => ExitCode::SUCCESS,
            Ok(AppExit::Error(_)) => ExitCode::FAILURE,
            Err(RunError::Config(errors)) => check::report(&errors),
            Err(error) => {
                error!("{error}");
                ExitCode::FAILURE
            }
        },
    }
}
