//! What happens before there is a second thread: the wall file is read, and the sandbox entered.
//!
//! Main thread; `new`, `import` and `generate` enter a sandbox of their own. Policy: the wall file says
//! what the program needs, so it is read first, and nothing else is; mistakes in it are told later, once
//! there is a log.

use std::path::{Path, PathBuf};

use camwall_config::{ConfigErrors, Loaded, Sandbox, Wall};
use camwall_setup::wall_of;

use crate::cli::{CheckArgs, ImportArgs, NewArgs, RecordingsArgs, RunArgs};
use crate::sandbox::{Needs, SandboxReport, confine};

/// A wall file that is in order, and what the program gave up for it.
#[derive(Debug)]
pub struct Opened {
    /// The wall file.
    pub loaded: Loaded,
    /// The folder of the wall file, where relative paths in it start.
    pub folder: PathBuf,
    /// What the program gave up; nothing where the wall file says `sandbox: Off`.
    pub sandbox: Option<SandboxReport>,
}

/// Reads the wall file, or makes a wall of the addresses, and enters the sandbox of a wall. Call before
/// any thread is started.
///
/// # Errors
/// If the file is missing or has mistakes; then nothing is given up.
pub fn open_wall(args: &RunArgs) -> Result<Opened, ConfigErrors> {
    let needs = |wall: &Wall, folder: &Path| Needs::of_run(args, wall, folder);
    if let Some(file) = args.wall_file() {
        return open(file, needs);
    }
    let text = wall_of(args.addresses(), args.login.as_ref()).write("");
    let loaded = Wall::parse(&text, &args.wall_name().to_string_lossy())?;
    Ok(enter(loaded, PathBuf::new(), needs))
}

/// Enters the sandbox of `camwall new`, which writes into one folder and talks to cameras.
pub fn open_new(args: &NewArgs) -> SandboxReport {
    confine(&Needs::of_new(&args.wall, None))
}

/// The same of `camwall import`, which talks to nobody and reads one more file.
pub fn open_import(args: &ImportArgs) -> SandboxReport {
    confine(&Needs::of_new(&args.output, Some(&args.list)))
}

/// Enters the sandbox of `camwall generate`, which needs nothing but where it writes to.
pub fn open_generate() -> SandboxReport {
    confine(&Needs::nothing())
}

/// The same for `camwall check`, which talks to the same cameras.
///
/// # Errors
/// As [`open_wall`].
pub fn open_check(args: &CheckArgs) -> Result<Opened, ConfigErrors> {
    open(&args.wall, Needs::of_wall)
}

/// Enters the sandbox of `camwall recordings`, which can change nothing from then on.
pub fn open_recordings(args: &RecordingsArgs) -> SandboxReport {
    confine(&Needs::of_recordings(args))
}

fn open(file: &Path, needs: impl Fn(&Wall, &Path) -> Needs) -> Result<Opened, ConfigErrors> {
    let loaded = Wall::load(file)?;
    let folder = file.parent().map_or_else(PathBuf::new, Path::to_path_buf);
    Ok(enter(loaded, folder, needs))
}

fn enter(loaded: Loaded, folder: PathBuf, needs: impl Fn(&Wall, &Path) -> Needs) -> Opened {
    let sandbox = match loaded.wall.sandbox {
        Sandbox::On => Some(confine(&needs(&loaded.wall, &folder))),
        Sandbox::Off => None,
    };
    Opened { loaded, folder, sandbox }
}
