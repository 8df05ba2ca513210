//! What happens before there is a second thread: the wall file is read, and the sandbox entered.
//!
//! Main thread; `new`, `import` and `generate` enter a sandbox of their own. Policy: the wall file says
//! what the program needs, so it is read first, and nothing else is; mistakes in it are told later, once
//! there is a log.

use std::path::{Path, PathBuf};

use camwall_config::{ConfigErrors, Loaded, Sandbox, Wall};
use camwall_setup::wall_of;

use crate::cli::{CheckArgs, ImportArgs, NewArgs, RecordingsArgs, RunArgs};
use crate::sandbox::{Granted, Lacking, Needs, SandboxReport, confine};

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
    confine(&Needs::of_new(&args.wall, &[]))
}

/// The same of `camwall import`, which talks to nobody and reads the lists.
pub fn open_import(args: &ImportArgs) -> SandboxReport {
    confine(&Needs::of_new(&args.output, &args.lists))
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
    open(&args.wall, |wall, folder| Needs::of_wall(Some(&args.wall), wall, folder))
}

/// Two wall files that are in order, to be compared.
#[derive(Debug)]
pub struct OpenedPair {
    /// With which a wall runs.
    pub old: Loaded,
    /// Which is to take its place.
    pub new: Loaded,
    /// What the new one names and a wall that was started with the old one can't reach.
    pub lacking: Vec<Lacking>,
    /// The paths, as they were given.
    pub files: [PathBuf; 2],
}

/// Reads the two files of `camwall check --diff` and gives up what no wall needs.
///
/// # Errors
/// If one is missing or has mistakes; then nothing is given up.
pub fn open_diff(files: [PathBuf; 2]) -> Result<OpenedPair, ConfigErrors> {
    let [old, new] = [Wall::load(&files[0])?, Wall::load(&files[1])?];
    // Where the wall lies that runs: the new file takes the old one's place.
    let needs = |wall| Needs::of_wall(Some(&files[0]), wall, &folder_of(&files[0]));
    let granted = match old.wall.sandbox {
        Sandbox::On => Granted::to(&needs(&old.wall)),
        Sandbox::Off => Granted::default(),
    };
    let wanting = granted.covers(&needs(&old.wall));
    let mut lacking = granted.covers(&needs(&new.wall));
    lacking.retain(|it| !wanting.contains(it));
    confine(&Needs::of_no_wall());
    Ok(OpenedPair { old, new, lacking, files })
}

/// The folder of a wall file, where relative paths in it start.
pub fn folder_of(file: &Path) -> PathBuf {
    file.parent().map_or_else(PathBuf::new, Path::to_path_buf)
}

/// Enters the sandbox of `camwall recordings`, which can change nothing from then on.
pub fn open_recordings(args: &RecordingsArgs) -> SandboxReport {
    confine(&Needs::of_recordings(args))
}

fn open(file: &Path, needs: impl Fn(&Wall, &Path) -> Needs) -> Result<Opened, ConfigErrors> {
    let loaded = Wall::load(file)?;
    let folder = folder_of(file);
    Ok(enter(loaded, folder, needs))
}

fn enter(loaded: Loaded, folder: PathBuf, needs: impl Fn(&Wall, &Path) -> Needs) -> Opened {
    let sandbox = match loaded.wall.sandbox {
        Sandbox::On => Some(confine(&needs(&loaded.wall, &folder))),
        Sandbox::Off => None,
    };
    Opened { loaded, folder, sandbox }
}
