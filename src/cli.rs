//! The command line.
//!
//! Owns the arguments and what they mean; touches nothing else. The options are a stable interface:
//! others script against them.

use std::{ffi::OsStr, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  camwall                                   open the wall of wall.ron
  camwall site.ron --layout gate-big        begin with another layout
  camwall check site.ron --probe            is the file right, do all cameras answer?
  camwall recordings /srv/video --verify    what is recorded, and is it all there unchanged?
  camwall site.ron --headless --size 1920x1080 --for 20s --snapshot wall.png --status -

Exit codes:
  0  ended as asked
  1  could not start, or broke down: the last line of the log says why
  2  the command line is wrong
  3  the wall file is missing or has mistakes (all of them are listed), or nothing can be recorded
     where it says; recordings: the folder, or that of the camera asked for, can't be read
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
    /// The wall file.
    #[arg(value_name = "WALL.ron", default_value = "wall.ron")]
    pub wall: PathBuf,
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

/// Whether an argument is an address, which may hold a login. No argument is one, and a command line
/// can be read by everybody on the computer.
pub(crate) fn is_address(arg: &OsStr) -> bool {
    arg.to_string_lossy().contains("://")
}

fn parse_status_every(text: &str) -> Result<Duration, String> {
    let allowed = Duration::from_millis(50)..=Duration::from_secs(3600);
    let every = humantime::parse_duration(text).map_err(|why| why.to_string())?;
    allowed.contains(&every).then_some(every).ok_or_else(|| "it is 50ms to 1h".to_owned())
}

/// Largest side of a picture, px: what every Vulkan driver of the last ten years takes as a target.
const MAX_SIDE: u32 = 16384;

fn parse_size(text: &str) -> Result<(u32, u32), String> {
    let wrong = || format!("`{text}` is no size; write it as 1920x1080, up to {MAX_SIDE} a side");
    let (width, height) = text.split_once(['x', 'X', '×']).ok_or_else(wrong)?;
    let side = |text: &str| {
        let side: u32 = text.trim().parse().ok()?;
        (1..=MAX_SIDE).contains(&side).then_some(side)
    };
    side(width).zip(side(height)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(args: &[&str]) -> RunArgs {
        let args = ["camwall"].iter().chain(args);
        Cli::try_parse_from(args).unwrap().run
    }

    #[test]
    fn the_example_of_the_help_parses() {
        let args = "site.ron --headless --size 1920x1080 --for 20s --snapshot wall.png --status -";
        let args = run(&args.split(' ').collect::<Vec<_>>());
        assert_eq!(args.headless, Headless::Always);
        assert_eq!(args.size, Some((1920, 1080)));
        assert_eq!(args.run_for, Some(Duration::from_secs(20)));
        assert_eq!(args.status, Some(PathBuf::from("-")));
        assert_eq!(run(&["--headless=auto"]).headless, Headless::Auto);
        assert_eq!(run(&[]).headless, Headless::Never);
    }

    #[test]
    fn wrong_sizes_are_refused() {
        for size in ["", "1920", "0x1080", "1920x", "99999x1080", "-1x5", "axb"] {
            let args = ["camwall", "--size", size];
            assert!(Cli::try_parse_from(args).is_err(), "{size}");
        }
    }

    #[test]
    fn addresses_are_told_from_paths() {
        for arg in ["rtsp://u:p@h/x", "--layout=http://h", "a://b"] {
            assert!(is_address(OsStr::new(arg)), "{arg}");
        }
        for arg in ["wall.ron", "a:b/c@d", "--status=-", ""] {
            assert!(!is_address(OsStr::new(arg)), "{arg}");
        }
    }

    #[test]
    fn check_takes_its_own_arguments() {
        let cli = Cli::try_parse_from(["camwall", "check", "a.ron", "--probe"]).unwrap();
        let Some(Command::Check(args)) = cli.command else { panic!("no check") };
        assert!(args.probe && args.wall.as_os_str() == "a.ron");
    }

    #[test]
    fn recordings_takes_its_own_arguments() {
        let parse =
            |args: &str| Cli::try_parse_from(format!("camwall recordings {args}").split(' '));
        let cli = parse("/srv/video --verify --camera gate").unwrap();
        let Some(Command::Recordings(args)) = cli.command else { panic!("no recordings") };
        assert!(args.verify && !args.json && args.dir.as_os_str() == "/srv/video");
        assert_eq!(args.camera.as_deref(), Some("gate"));
        assert!(parse("--verify").is_err(), "the folder is to be named");
    }
}
