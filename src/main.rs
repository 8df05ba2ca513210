//! The `camwall` program: arguments in, exit code out.

use std::process::ExitCode;

use bevy::app::AppExit;
use camwall::{COMMAND_FILTER, Cli, Command, RunArgs, RunError, WALL_FILTER};
use clap::Parser;
use tracing::error;

fn main() -> ExitCode {
    if let Some(code) = camwall::refuse_addresses(std::env::args_os()) {
        return code;
    }
    let cli = Cli::parse();
    // The sandbox comes before the first thread, which is the log's: a thread may what the one that
    // started it may.
    match cli.command {
        Some(Command::Check(args)) => {
            let opened = camwall::open_check(&args);
            // Held to the end: what waits is then written.
            let _log = start(COMMAND_FILTER);
            camwall::check(&args, opened)
        }
        Some(Command::Recordings(args)) => {
            camwall::open_recordings(&args);
            let _log = start(COMMAND_FILTER);
            camwall::recordings(&args)
        }
        None => wall(&cli.run),
    }
}

fn wall(args: &RunArgs) -> ExitCode {
    let opened = camwall::open_wall(args);
    let _log = start(WALL_FILTER);
    match opened.map_err(RunError::from).and_then(|opened| camwall::run(args, opened)) {
        Ok(AppExit::Success) => ExitCode::SUCCESS,
        Ok(AppExit::Error(_)) => ExitCode::FAILURE,
        Err(RunError::Config(errors)) => camwall::print_mistakes(&errors),
        Err(error) => {
            error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn start(filter: &str) -> camwall::Log {
    let log = camwall::init_logging(filter);
    camwall::keep_memory_private();
    camwall::raise_descriptor_limit();
    log
}
