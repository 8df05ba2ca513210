//! `camwall generate`: the manual page and the completions for shells.
//!
//! Main thread. Policy: made of the same arguments as `--help`, in the program itself, so that they
//! are never those of another version.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate as complete};
use clap_mangen::Man;

use crate::cli::{Cli, GenerateArgs, Generated};

/// Writes it to standard output.
#[must_use]
pub fn generate(args: &GenerateArgs) -> ExitCode {
    let mut command = Cli::command();
    let mut text = Vec::new();
    let shell = match args.what {
        Generated::Man => None,
        Generated::Bash => Some(Shell::Bash),
        Generated::Zsh => Some(Shell::Zsh),
        Generated::Fish => Some(Shell::Fish),
        Generated::Elvish => Some(Shell::Elvish),
        Generated::Powershell => Some(Shell::PowerShell),
    };
    let made = match shell {
        Some(shell) => {
            complete(shell, &mut command, "camwall", &mut text);
            Ok(())
        }
        None => manual(command, &mut text),
    };
    match made.and_then(|()| io::stdout().write_all(&text)) {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody reads it any more, or its disk is full.
        Err(_) => ExitCode::FAILURE,
    }
}

/// The page of `camwall`, with a section for each of its commands.
fn manual(mut command: Command, page: &mut Vec<u8>) -> io::Result<()> {
    command.build();
    let man = Man::new(command.clone());
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    for sub in command.get_subcommands().filter(|sub| sub.get_name() != "help") {
        let name = sub.get_name().to_uppercase();
        writeln!(page, ".SH \"CAMWALL {name}\"")?;
        // Its own headings are one level deeper.
        let mut section = Vec::new();
        let man = Man::new(sub.clone());
        man.render_synopsis_section(&mut section)?;
        man.render_description_section(&mut section)?;
        man.render_options_section(&mut section)?;
        page.extend(String::from_utf8_lossy(&section).replace(".SH ", ".SS ").into_bytes());
    }
    man.render_extra_section(page)?;
    man.render_version_section(page)
}
