//! The command line.
//!
//! Owns the arguments and what they mean; touches nothing else. The options are a stable interface:
//! others script against them. Policy: of an address that was given nothing is repeated but scheme,
//! host and port, whatever is wrong with the command line.

mod values;

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    time::Duration,
};

use camwall_config::Login;
use camwall_media::{CameraAddress, redact};
use camwall_setup::check_address;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};

use self::values::{parse_login, parse_size, parse_status_every};

const EXAMPLES: &str = "\
Examples:
  camwall                                   open the wall of wall.ron
  camwall rtsp://10.0.0.11/1 rtsp://h/2     open a wall of these cameras, without a file
  camwall new                               make wall.ron by questions and answers
  camwall import cameras.csv                make wall.ron of a list
  camwall site.ron --layout gate-big        begin with another layout
  camwall check site.ron --probe            is the file right, do all cameras answer?
  camwall recordings /srv/video --verify    what is recorded, and is it all there unchanged?
  camwall site.ron --headless --size 1920x1080 --for 20s --snapshot wall.png --status -

Exit codes:
  0  ended as asked
  1  could not start, or broke down: the last line of the log says why; new, import: nothing is written
  2  the command line is wrong
  3  the wall file is missing or has mistakes (all of them are listed), or nothing can be recorded
     where it says; recordings: the folder, or that of the camera asked for, can't be read;
     import: the list can't be read, or has no camera
  4  check --probe: a camera did not deliver a picture
  5  recordings --verify: something is missing, damaged or unexplained (all of it is listed)
  6  the wall stood still for 10 s, and was ended to be started again

RUST_LOG sets what is logged, for example RUST_LOG=camwall=debug,retina=info.
CAMWALL_SCALE=gpu or =cpu sets where pictures are made as large as their tiles; by default the GPU does it if there is one.";

/// A native video wall for control rooms: live cameras from one RON file.
#[derive(Debug, Parser)]
#[command(version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do instead of opening the wall.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How to open the wall.
    #[command(flatten)]
    pub run: RunArgs,
}

/// What to do instead of opening the wall.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say whether a wall file is right, without opening anything.
    Check(CheckArgs),
    /// List what is recorded in a folder, what is not and why; in UTC.
    Recordings(RecordingsArgs),
    /// Make a wall file by questions and answers, which connects to the cameras.
    New(NewArgs),
    /// Make a wall file of a list of cameras: CSV, M3U, or of cctv-viewer or OpenSurv.
    Import(ImportArgs),
    /// Print the manual page, or the completions for a shell.
    Generate(GenerateArgs),
}

/// Arguments of `camwall new`.
#[derive(Debug, Args)]
pub struct NewArgs {
    /// The wall file to make; nothing is overwritten.
    #[arg(value_name = "WALL.ron", default_value = "wall.ron", value_hint = ValueHint::FilePath)]
    pub wall: PathBuf,
}

/// Arguments of `camwall import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The list; what it is is seen by its content. Several of OpenSurv are its monitors, in their order.
    #[arg(value_name = "FILE", required = true, value_hint = ValueHint::FilePath)]
    pub lists: Vec<PathBuf>,
    /// The wall file to make; nothing is overwritten. Logins go into the folder `logins` beside it.
    #[arg(long, short, value_name = "WALL.ron", default_value = "wall.ron",
          value_hint = ValueHint::FilePath)]
    pub output: PathBuf,
}

/// Arguments of `camwall generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// What to print.
    #[arg(value_name = "WHAT")]
    pub what: Generated,
}

/// What `camwall generate` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Generated {
    /// The manual page, for `man`.
    Man,
    /// Completions for bash.
    Bash,
    /// Completions for zsh.
    Zsh,
    /// Completions for fish.
    Fish,
    /// Completions for elvish.
    Elvish,
    /// Completions for PowerShell.
    Powershell,
}

/// Arguments of `camwall check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The wall file.
    #[arg(value_name = "WALL.ron", default_value = "wall.ron")]
    pub wall: PathBuf,
    /// Also connect to every camera and report codec, size, rate, GOP, audio, login and time to the
    /// first picture.
    #[arg(long)]
    pub probe: bool,
    /// Say instead what a wall that runs with the file OLD would do if NEW took its place: which
    /// cameras connect anew, and what needs a restart.
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], conflicts_with_all = ["wall", "probe"])]
    pub diff: Option<Vec<PathBuf>>,
}

impl CheckArgs {
    /// The two files that are to be compared.
    #[must_use]
    pub fn compared(&self) -> Option<[PathBuf; 2]> {
        self.diff.as_ref().and_then(|files| files.clone().try_into().ok())
    }
}

/// Arguments of `camwall recordings`.
#[derive(Debug, Args)]
pub struct RecordingsArgs {
    /// The folder of the recordings: `recording: (dir: …)` of the wall file.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Also compare all files with the ledger, by size and content, and the ledger with itself;
    /// reads every byte.
    #[arg(long)]
    pub verify: bool,
    /// Print JSON, with every segment.
    #[arg(long)]
    pub json: bool,
    /// Only this camera.
    #[arg(long, value_name = "ID")]
    pub camera: Option<String>,
}

/// Arguments of `camwall`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// The wall file; or addresses of cameras, for a grid of them without a file.
    #[arg(value_name = "WALL.ron|ADDRESS", default_value = "wall.ron",
          value_hint = ValueHint::FilePath,
          value_parser = OsStringValueParser::new().map(Shown::from))]
    pub what: Vec<Shown>,
    /// Where the login for the addresses is: `Env(NAME)`, `File(PATH)` or `Credential(NAME)`. Without
    /// it, it is asked for in a terminal where a camera wants one.
    #[arg(long, value_name = "LOGIN", value_parser = parse_login)]
    pub login: Option<Login>,
    /// Render offscreen, without a window; with `=auto` only where there is no display.
    #[arg(long, value_name = "WHEN", num_args = 0..=1, require_equals = true,
          default_value = "never", default_missing_value = "always", hide_default_value = true)]
    pub headless: Headless,
    /// Size of the window, or of the picture without one; a window is then not full-screen.
    #[arg(long, value_name = "WIDTHxHEIGHT", value_parser = parse_size)]
    pub size: Option<(u32, u32)>,
    /// The layout to begin with, instead of the file's.
    #[arg(long, value_name = "NAME")]
    pub layout: Option<String>,
    /// Write what the wall shows to FILE as PNG: once every shown camera has a picture (after 10 s
    /// at the latest), and again at the end.
    #[arg(long, value_name = "FILE.png")]
    pub snapshot: Option<PathBuf>,
    /// End after this long, for example 20s or 5min.
    #[arg(long = "for", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub run_for: Option<Duration>,
    /// Write one JSON object per second to FILE, or to standard output with `-`.
    #[arg(long, value_name = "FILE")]
    pub status: Option<PathBuf>,
    /// How often, for example 100ms; 50ms to 1h.
    #[arg(long, value_name = "DURATION", default_value = "1s", hide_default_value = true,
          requires = "status", value_parser = parse_status_every)]
    pub status_every: Duration,
    /// Show a table of the cameras in the terminal: live where it is one, at the end anywhere.
    #[arg(long, conflicts_with = "status")]
    pub table: bool,
}

impl Cli {
    /// Reads a command line.
    ///
    /// # Errors
    /// If it is wrong, or asks for no more than an answer, such as `--help`. Of an address in it no more
    /// is repeated than its origin.
    pub fn read(args: impl IntoIterator<Item = OsString>) -> Result<Self, WrongCommandLine> {
        let args: Vec<OsString> = args.into_iter().collect();
        let given = args.iter().skip(1).filter(|arg| is_address(arg)).count();
        match Self::try_parse_from(&args).and_then(|cli| cli.checked(given)) {
            Ok(cli) => Ok(cli),
            // Clap repeats what it does not understand.
            Err(error) if given > 0 && error.use_stderr() => {
                Err(WrongCommandLine::Said(redact(&error.render().to_string())))
            }
            Err(error) => Err(WrongCommandLine::Clap(error)),
        }
    }

    /// What clap can't tell: `given` arguments hold an address, and an address stands for itself, where
    /// a wall is opened of addresses and nothing else.
    fn checked(self, given: usize) -> Result<Self, clap::Error> {
        let wrong = |why: &str| Err(Self::command().error(ErrorKind::ValueValidation, why));
        let RunArgs { what, login, .. } = &self.run;
        let opened = if self.command.is_some() { 0 } else { self.run.addresses().count() };
        if let Some(why) = self.run.addresses().find_map(|it| check_address(it).err()) {
            return wrong(&why.to_string());
        }
        if given != opened {
            return wrong(
                "an address on the command line only opens a wall; else write it into a wall file, \
                 and give that file's path",
            );
        }
        match (self.command.is_some(), what.len(), opened) {
            (true, ..) | (false, 1, 0) if login.is_some() => {
                wrong("`--login` is for addresses; a wall file says itself where its logins are")
            }
            (true, ..) | (false, 1, 0) => Ok(self),
            (_, all, opened) if all == opened => Ok(self),
            (.., 0) => wrong("there is one wall file at a time"),
            _ => wrong("either a wall file or addresses: a file has its own cameras"),
        }
    }
}

/// A command line that opens nothing.
#[derive(Debug)]
pub enum WrongCommandLine {
    /// Clap's own word; also for what is asked for with `--help`.
    Clap(clap::Error),
    /// The same without the addresses.
    Said(String),
}

/// What a wall is opened of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// A wall file.
    File(PathBuf),
    /// A camera.
    Address(CameraAddress),
}

impl From<OsString> for Shown {
    fn from(arg: OsString) -> Self {
        match arg.to_str() {
            Some(text) if is_address(&arg) => Self::Address(CameraAddress::new(text)),
            _ => Self::File(arg.into()),
        }
    }
}

impl RunArgs {
    /// The wall file; nothing where the wall is opened of addresses.
    #[must_use]
    pub fn wall_file(&self) -> Option<&Path> {
        self.what.iter().find_map(|it| match it {
            Shown::File(path) => Some(path.as_path()),
            Shown::Address(_) => None,
        })
    }

    /// The addresses of a wall without a file.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = &CameraAddress> {
        self.what.iter().filter_map(|it| match it {
            Shown::Address(address) => Some(address),
            Shown::File(_) => None,
        })
    }

    /// What the wall is called in messages and in the title of its window.
    #[must_use]
    pub fn wall_name(&self) -> PathBuf {
        self.wall_file().map_or_else(|| ADDRESSES.into(), Path::to_path_buf)
    }
}

/// What a wall of addresses is called.
const ADDRESSES: &str = "cameras";

/// When to do without a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Headless {
    /// Always open a window.
    Never,
    /// Without a window where there is no display.
    Auto,
    /// Never open a window.
    Always,
}

/// Whether an argument is an address, or holds one. A command line can be read by everybody on the
/// computer.
pub(crate) fn is_address(arg: &OsStr) -> bool {
    arg.to_string_lossy().contains("://")
}

#[cfg(test)]
mod tests;
