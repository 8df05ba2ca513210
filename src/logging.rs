//! The program's log: where it goes, how much of it, and what it may cost.
//!
//! Owns the thread `log`, tracing-appender's, which alone writes to standard error. Policy: to
//! standard error, so that status lines on standard output stay clean; `RUST_LOG` wins over the
//! default, which keeps warnings of all crates and our own information. Logging never ends or
//! blocks the program, panics included: at most [`LINES`] lines wait for the reader, later ones
//! are dropped and counted, and the reader is told how many as soon as it goes on. Of one camera's threads only
//! so many lines are taken (`count_line`), with a count of the others, so that no camera fills the log or
//! drives out what is said of others; what is asked for with `RUST_LOG` beyond information is not counted. At the end the
//! lines that wait have [`CLOSE_TIMEOUT`] to be written. Whoever wrote a line, of an address in it only scheme, host and port
//! come out.

use std::{
    backtrace::{Backtrace, BacktraceStatus},
    borrow::Cow,
    fs::File,
    io::{self, IsTerminal, Write},
    os::fd::AsFd,
    panic,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

use tracing::{Level, Metadata};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder};
use tracing_subscriber::{
    EnvFilter,
    fmt::{
        MakeWriter,
        format::Writer,
        time::{FormatTime, SystemTime},
        writer::OptionalWriter,
    },
};

use camwall_media::{BestEffort, LineVerdict, count_line, redact};

/// What is logged of the wall where `RUST_LOG` does not say.
pub const WALL_FILTER: &str =
    "warn,camwall=info,wgpu_hal=error,naga=error,bevy_render=error,winit=error";

/// What is logged of a subcommand: subcommands print their own findings.
pub const COMMAND_FILTER: &str = "error";

/// Lines that wait for a slow reader: the start with `RUST_LOG=trace` has fewer.
const LINES: usize = 8192;

/// Longest line, bytes: with [`LINES`], what waits is at most 64 MiB.
const LONGEST: usize = 8 * 1024;

/// How often a reader that stays too slow is told what it missed.
const AGAIN: Duration = Duration::from_secs(10);

/// How long the end waits for the reader.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long to wait before a non-blocking standard error is tried again.
const RETRY: Duration = Duration::from_millis(10);

/// The log's own numbers, once it is set up.
static COUNTERS: OnceLock<Arc<LineCounters>> = OnceLock::new();

/// The log; when it is dropped, what waits is written.
#[must_use]
pub struct Log(());

impl Drop for Log {
    fn drop(&mut self) {
        flush();
    }
}

/// Sets up the log, with `default` where `RUST_LOG` does not say. Call once, and hold the log to
/// the end of the program.
pub fn init_logging(default: &str) -> Log {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    // Not through std's handle: a write that hangs would hold its lock.
    let out: Box<dyn Write + Send> = match io::stderr().as_fd().try_clone_to_owned() {
        Ok(own) => Box::new(File::from(own)),
        Err(_out_of_files) => Box::new(io::stderr()),
    };
    let intake = start(out);
    COUNTERS.get_or_init(|| Arc::clone(&intake.counters));
    log_panics(intake.clone());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(intake)
        .with_ansi(io::stderr().is_terminal())
        .with_thread_names(true)
        .with_target(false)
        // Internal errors would go to standard error directly, which panics where that is closed.
        .log_internal_errors(false)
        .init();
    Log(())
}

/// Waits until all lines so far are written, if the reader takes them within [`CLOSE_TIMEOUT`].
pub fn flush() {
    let Some(counters) = COUNTERS.get() else { return };
    let until = Instant::now() + CLOSE_TIMEOUT;
    while !counters.is_settled() && Instant::now() < until {
        thread::sleep(Duration::from_millis(1));
    }
}

/// Starts the thread that writes to `out`.
fn start(out: impl Write + Send + 'static) -> Intake {
    let counters = Arc::new(LineCounters::default());
    let drain = Drain::new(out, Arc::clone(&counters));
    let (queue, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(LINES)
        .lossy(true)
        .thread_name("log")
        .finish(drain);
    counters.dropped.get_or_init(|| queue.error_counter());
    // The drop of the guard prints to standard output where the queue is full, and waits without
    // need where the reader is gone: `flush` does better. The thread ends with the process.
    std::mem::forget(guard);
    Intake { queue, counters }
}

/// Has panics go through the log, whatever `RUST_LOG` says: the standard hook writes to standard
/// error itself, where a thread that panics would hang with the reader.
fn log_panics(intake: Intake) {
    panic::set_hook(Box::new(move |panic| {
        let thread = thread::current();
        let name = thread.name().unwrap_or("a thread");
        let mut line = format!("{}ERROR {name} {}\n", time(), redact(&panic.to_string()));
        let trace = Backtrace::capture();
        if trace.status() == BacktraceStatus::Captured {
            line.push_str(&format!("{trace}\n"));
        }
        // The queue takes it or counts it.
        intake.clone().write_all(line.as_bytes()).best_effort();
    }));
}

/// The time, as a line of the log begins with it.
fn time() -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    SystemTime.format_time(&mut Writer::new(&mut text)).best_effort();
    text.push(' ');
    text
}

/// What became of the lines. Every line that was taken is handled or dropped.
#[derive(Debug, Default)]
struct LineCounters {
    taken: AtomicU64,
    /// Lines that the thread has written, with or without success.
    handled: AtomicU64,
    /// Lines that the thread could not write.
    failed: AtomicU64,
    /// Lines that the queue dropped because it was full.
    dropped: OnceLock<ErrorCounter>,
    /// Lost lines that the reader was told about, or can't be told about.
    settled: AtomicU64,
}

impl LineCounters {
    fn dropped(&self) -> u64 {
        self.dropped.get().map_or(0, |counter| counter.dropped_lines() as u64)
    }

    fn lost(&self) -> u64 {
        self.dropped() + self.failed.load(SeqCst)
    }

    /// Whether nothing is left to be written.
    fn is_settled(&self) -> bool {
        let taken = self.taken.load(SeqCst);
        self.handled.load(SeqCst) + self.dropped() >= taken
            && self.settled.load(SeqCst) >= self.lost()
    }
}

/// Where lines are handed in; never blocks.
#[derive(Clone)]
struct Intake {
    queue: NonBlocking,
    counters: Arc<LineCounters>,
}

impl Write for Intake {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.counters.taken.fetch_add(1, SeqCst);
        self.queue.write_all(&shortened(line))?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Intake {
    type Writer = OptionalWriter<Self>;

    fn make_writer(&'a self) -> OptionalWriter<Self> {
        OptionalWriter::some(self.clone())
    }

    fn make_writer_for(&'a self, line: &Metadata<'_>) -> OptionalWriter<Self> {
        let mut intake = self.clone();
        if *line.level() > Level::INFO {
            return OptionalWriter::some(intake);
        }
        match count_line() {
            LineVerdict::Pass => OptionalWriter::some(intake),
            LineVerdict::PassAfter { id, left_out } => {
                let told = format!("{} WARN {id}: {left_out} lines were left out\n", time());
                // The queue takes it or counts it.
                intake.write_all(told.as_bytes()).best_effort();
                OptionalWriter::some(intake)
            }
            LineVerdict::LeaveOut => OptionalWriter::none(),
        }
    }
}

/// A line of at most [`LONGEST`] bytes, and what was cut off as a number.
fn shortened(line: &[u8]) -> Cow<'_, [u8]> {
    if line.len() <= LONGEST {
        return Cow::Borrowed(line);
    }
    // Not within a letter: those that go on begin with the bits 10 in UTF-8.
    let end = (0..=LONGEST).rev().find(|&end| line[end] & 0xc0 != 0x80).unwrap_or(LONGEST);
    let mut short = line[..end].to_vec();
    short.extend(format!("… and {} bytes more\n", line.len() - end).into_bytes());
    Cow::Owned(short)
}

/// The line without addresses and credentials, whoever wrote it: libraries log what cameras say.
/// On the thread `log`, so that it holds up nobody.
fn shown(line: &[u8]) -> Cow<'_, [u8]> {
    match str::from_utf8(line) {
        Ok(text) if text.contains("://") || text.contains('=') || text.contains(':') => {
            Cow::Owned(redact(text).into_bytes())
        }
        Ok(_) => Cow::Borrowed(line),
        Err(_not_text) => Cow::Owned(redact(&String::from_utf8_lossy(line)).into_bytes()),
    }
}

/// Where lines come out; on the thread `log`, which may wait here for as long as the reader likes.
struct Drain<W> {
    out: W,
    counters: Arc<LineCounters>,
    /// The last line was not written to its end.
    torn: bool,
    /// Why lines were lost, if not because of a slow reader.
    fault: Option<io::Error>,
    /// Lost lines that were told.
    told: u64,
    told_at: Option<Instant>,
}

impl<W: Write> Drain<W> {
    fn new(out: W, counters: Arc<LineCounters>) -> Self {
        Self { out, counters, torn: false, fault: None, told: 0, told_at: None }
    }

    fn put(&mut self, line: &[u8]) -> io::Result<()> {
        if self.torn {
            self.put_bytes(b"\n")?;
        }
        self.put_bytes(line)
    }

    fn put_bytes(&mut self, mut rest: &[u8]) -> io::Result<()> {
        while !rest.is_empty() {
            match self.out.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    rest = &rest[count..];
                    self.torn = !rest.is_empty();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // Some parents hand their children a non-blocking standard error.
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(RETRY),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Tells the reader what was lost since it was last told.
    fn tell(&mut self) {
        let lost = self.counters.lost();
        if lost == self.told {
            return;
        }
        let why = match &self.fault {
            Some(error) => format!("they could not be written ({error})"),
            None => "the reader of the log is too slow".to_owned(),
        };
        let line =
            format!("{} WARN log: {} log lines were lost: {why}\n", time(), lost - self.told);
        if self.put(line.as_bytes()).is_ok() {
            (self.told, self.told_at, self.fault) = (lost, Some(Instant::now()), None);
        }
    }
}

impl<W: Write> Write for Drain<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let shown = shown(line);
        match self.put(&shown) {
            Ok(()) if self.told_at.is_none_or(|at| at.elapsed() >= AGAIN) => self.tell(),
            Ok(()) => {}
            Err(error) => {
                self.counters.failed.fetch_add(1, SeqCst);
                self.fault = Some(error);
            }
        }
        self.counters.handled.fetch_add(1, SeqCst);
        Ok(line.len())
    }

    /// Called whenever the queue is empty: the reader has caught up.
    fn flush(&mut self) -> io::Result<()> {
        let lost = self.counters.lost();
        self.tell();
        self.counters.settled.store(lost, SeqCst);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
