//! camsim: simulated IP cameras for the tests and for `make run`.
//!
//! A real RTSP server on the loopback interface, made with GStreamer's gst-rtsp-server. It plays
//! the clips of `tests/clips` as `/cam1/main`, `/cam1/sub` and so on, and can be told over stdin
//! to misbehave as cameras do. This file owns the arguments and the wiring; the main thread runs
//! the server's main loop.
#![expect(clippy::print_stderr, reason = "a small program that tells its user what is wrong")]

mod camera;
mod clips;
mod codec;
mod control;
mod cut;
mod feeder;
mod login;
mod media;
mod process;
mod report;
mod scripted;
mod server;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use clap::{Parser, ValueEnum};
use gstreamer::glib;
use gstreamer_rtsp_server::gst_rtsp::RTSPLowerTrans;
use serde_json::json;

use crate::camera::Selection;
use crate::clips::Library;
use crate::codec::Codec;
use crate::login::Login;
use crate::media::Mounting;
use crate::report::{Events, Trace};
use crate::scripted::Wanted;
use crate::server::Server;

/// Simulated IP cameras: an RTSP server on 127.0.0.1 that plays clips in a loop.
///
/// Prints one JSON object a line on stdout and obeys one command a line on stdin: freeze, thaw,
/// drop, restore, resize or end CAMERA; sub CAMERA LINES; login USER:PASSWORD; stat; quit. With a
/// command after `--`, stdin and stdout are left to that command, the port is in its environment as
/// `CAMSIM_PORT`, and camsim ends with it and with its exit code.
#[derive(Debug, Parser)]
#[command(name = "camsim")]
struct Args {
    /// How many cameras to simulate.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u16).range(1..=256))]
    cameras: u16,
    /// The port to listen on; 0 for any free one.
    #[arg(long, default_value_t = 8554)]
    port: u16,
    /// Ask for this login.
    #[arg(long, value_name = "USER:PASSWORD", value_parser = parse_login)]
    login: Option<(String, String)>,
    /// How to ask for the login.
    #[arg(long, value_enum, default_value_t = AuthMethod::Digest)]
    auth: AuthMethod,
    /// Use only clips of this codec.
    #[arg(long, value_enum, default_value_t = CodecChoice::Auto)]
    codec: CodecChoice,
    /// Use only clips whose main picture has this height.
    #[arg(long, value_enum, default_value_t = Size::Auto)]
    size: Size,
    /// Heights of the sub streams' pictures: the first camera has the first, and so on, in a
    /// circle. 360 is 640×360 and any camera's; 240, 288, 480 and 576 are 320×240, 352×288,
    /// 640×480 and 704×576, and camera 9's clips.
    #[arg(long, value_name = "LINES,…", value_delimiter = ',', default_value = "360")]
    subs: Vec<u32>,
    /// Pictures a second of all streams.
    #[arg(long, value_name = "RATE", default_value_t = clips::FRAMES_PER_SECOND, value_parser = clap::value_parser!(u32).range(1..=120))]
    rate: u32,
    /// How RTP may travel; what is asked for otherwise is refused with 461.
    #[arg(long, value_enum, default_value_t = Transport::Any)]
    transport: Transport,
    /// Where the clips are. Without it: the environment's `CAMSIM_CLIPS`, else tests/clips.
    #[arg(long, value_name = "DIR")]
    clips: Option<PathBuf>,
    /// Append "camera stream frame nanoseconds" to this file whenever a frame is sent, of
    /// sound in AAC with ".sound" after the stream.
    #[arg(long, value_name = "FILE")]
    trace_sent: Option<PathBuf>,
    /// Die when the parent process dies.
    #[arg(long)]
    exit_with_parent: bool,
    /// Print events even if a command is run.
    #[arg(long)]
    events: bool,
    /// Instead of ordinary cameras, those that misbehave by script: each row of the table on a free
    /// port of its own, which "ready" tells. Commands: stat; next ROW, the next phase at once; again
    /// ROW, from the beginning; quit.
    #[arg(long, conflicts_with_all = ["command", "login", "trace_sent"])]
    scripted: bool,
    /// Only these rows of the script.
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', requires = "scripted")]
    row: Vec<String>,
    /// Also serve the recorded answers of real cameras in this directory, each as a row
    /// `recorded/FILE`.
    #[arg(long, value_name = "DIR", requires = "scripted")]
    answers: Option<PathBuf>,
    /// A command to run while the cameras are on.
    #[arg(last = true)]
    command: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AuthMethod {
    Basic,
    Digest,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Transport {
    Any,
    Tcp,
    Udp,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum CodecChoice {
    Auto,
    H264,
    H265,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Size {
    Auto,
    #[value(name = "1080")]
    Full,
    #[value(name = "720")]
    Small,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("camsim: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<ExitCode, String> {
    if args.exit_with_parent {
        process::die_with_parent().map_err(|e| format!("cannot follow the parent: {e}"))?;
    }
    if args.scripted {
        let clips = clips_dir(args);
        let wanted = Wanted { rows: &args.row, answers: args.answers.as_deref(), clips: &clips };
        scripted::run(wanted, &Arc::new(Events::new(true)))?;
        return Ok(ExitCode::SUCCESS);
    }
    gstreamer::init().map_err(|e| format!("cannot start GStreamer: {e}"))?;
    let library = Library::load(&clips_dir(args), args.rate)?;
    let cameras = camera::build(&library, usize::from(args.cameras), &selection(args))?;
    let events = Arc::new(Events::new(args.events || args.command.is_empty()));
    let trace = match &args.trace_sent {
        Some(path) => Some(Arc::new(Trace::open(path)?)),
        None => None,
    };
    let login = args.login.clone().map(|(user, password)| Login {
        user,
        password,
        digest: matches!(args.auth, AuthMethod::Digest),
    });
    let transport = match args.transport {
        Transport::Any => RTSPLowerTrans::TCP | RTSPLowerTrans::UDP,
        Transport::Tcp => RTSPLowerTrans::TCP,
        Transport::Udp => RTSPLowerTrans::UDP,
    };
    let mounting = Mounting { transport, trace };
    let server = Server::start(cameras, args.port, login.as_ref(), &events, &mounting)?;
    events.emit(&json!({"event": "ready", "port": server.port, "cameras": args.cameras}));

    let main_loop = glib::MainLoop::new(None, false);
    let code = Arc::new(AtomicU8::new(0));
    if args.command.is_empty() {
        process::quit_on_signals(&main_loop)?;
        control::listen(Arc::new(server), Arc::clone(&events), main_loop.clone());
        main_loop.run();
    } else {
        process::run_child(&args.command, server.port, &main_loop, &code)?;
        main_loop.run();
    }
    Ok(ExitCode::from(code.load(Ordering::Relaxed)))
}

fn clips_dir(args: &Args) -> PathBuf {
    let variable = || std::env::var_os("CAMSIM_CLIPS").map(PathBuf::from);
    let built_in = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/clips");
    let chosen = args.clips.clone().or_else(variable);
    chosen.unwrap_or_else(|| built_in.into())
}

fn selection(args: &Args) -> Selection {
    Selection {
        codec: match args.codec {
            CodecChoice::Auto => None,
            CodecChoice::H264 => Some(Codec::H264),
            CodecChoice::H265 => Some(Codec::H265),
        },
        height: match args.size {
            Size::Auto => None,
            Size::Full => Some(1080),
            Size::Small => Some(720),
        },
        subs: args.subs.clone(),
    }
}

fn parse_login(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((user, password)) if !user.is_empty() => Ok((user.into(), password.into())),
        _ => Err("expected USER:PASSWORD".into()),
    }
}
