//! The `camwall` program: arguments in, exit code out.

use std::io::{self, Write};
use std::process::ExitCode;

use bevy::app::AppExit;
use camwall::{COMMAND_FILTER, Cli, Command, RunArgs, RunError, WALL_FILTER, WrongCommandLine};
use camwall_media::BestEffort;
use tracing::error;

/// As clap has it.
const COMMAND_LINE_WRONG: u8 = 2;

fn main() -> ExitCode {
    let cli = match Cli::read(std::env::args_os()) {
        Ok(cli) => cli,
        Err(WrongCommandLine::Clap(error)) => error.exit(),
        Err(WrongCommandLine::Said(text)) => {
            // Nowhere is left to say that standard error is gone.
            write!(io::stderr(), "{text}").best_effort();
            return ExitCode::from(COMMAND_LINE_WRONG);
        }
    };
    // The sandbox comes before the first thread, which is the log's: a thread may what the one that
    // started it may.
    match cli.command {
        Some(Command::Check(args)) if let Some(files) = args.compared() => {
            let opened = camwall::open_diff(files);
            let _log = start(COMMAND_FILTER);
            camwall::diff(opened)
        }
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
        Some(Command::New(args)) => {
            camwall::open_new(&args);
            let _log = start(COMMAND_FILTER);
            camwall::new(&args)
        }
        Some(Command::Import(args)) => {
            camwall::open_import(&args);
            let _log = start(COMMAND_FILTER);
            camwall::import(&args)
        }
        Some(Command::Generate(args)) => {
            camwall::open_generate();
            camwall::generate(&args)
        }
        None => wall(&cli.run),
    }
}

fn wall(args: &RunArgs) -> ExitCode {
    let opened = camwall::open_wall(args);
    let _log = start(WALL_FILTER);
    let run = |mut opened| {
        camwall::ask_login(args, &mut opened);
        camwall::run(args, opened)
    };
    match opened.map_err(RunError::from).and_then(run) {
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
