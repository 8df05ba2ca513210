//! The real `camwall` program as a child of the test.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::{SECOND, StatusLine, Terminal, WallFile};

/// How a run is to be: arguments and environment. Without a display unless one is set.
pub struct Run {
    command: Command,
    status: Option<PathBuf>,
}

/// A running wall; killed when dropped. Its log is printed if the test fails.
pub struct Camwall {
    child: Child,
    stdout: Option<JoinHandle<String>>,
    stderr: Option<JoinHandle<String>>,
    status: Option<PathBuf>,
}

/// What came of a run.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    pub status: Vec<StatusLine>,
}

impl Run {
    /// `camwall` with nothing but these arguments.
    pub fn bare<Arg: AsRef<OsStr>>(args: impl IntoIterator<Item = Arg>) -> Self {
        let mut command = Command::new(crate::program("camwall"));
        command.args(args).env_remove("RUST_LOG").env("NO_COLOR", "1");
        for display in ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"] {
            command.env_remove(display);
        }
        // English, whatever language this computer has.
        command.env("LC_ALL", "C.UTF-8");
        Self { command, status: None }
    }

    /// An offscreen wall of 640×360 that writes status lines and ends by itself if the test is lost.
    pub fn offscreen(wall: &WallFile) -> Self {
        Self::offscreen_of("640x360", wall)
    }

    /// The same of another size.
    pub fn offscreen_of(size: &str, wall: &WallFile) -> Self {
        Self::bare([wall.path()])
            .args(["--headless", "--for", "150s", "--size", size])
            .status_file(wall.file("status.jsonl"))
    }

    /// Adds arguments.
    pub fn args<Arg: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = Arg>) -> Self {
        self.command.args(args);
        self
    }

    /// Has status lines written here, for [`Camwall::wait_for`].
    pub fn status_file(mut self, path: PathBuf) -> Self {
        self.command.arg("--status").arg(&path);
        self.status = Some(path);
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Has it started by other programs: `through(["nsenter", "-t", "1", "-m"])`.
    pub fn through<Word: AsRef<OsStr>>(mut self, words: &[Word]) -> Self {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).arg(self.command.get_program()).args(self.command.get_args());
        for (name, value) in self.command.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        self.command = command;
        self
    }

    /// Starts it.
    pub fn start(self) -> Camwall {
        let (mut camwall, stdout, stderr) = self.start_unread();
        camwall.stdout = Some(collect(stdout));
        camwall.stderr = Some(collect(stderr));
        camwall
    }

    /// Starts it with pipes that nobody reads yet: standard output and standard error.
    pub fn start_unread(mut self) -> (Camwall, ChildStdout, ChildStderr) {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("camwall starts");
        let stdout = child.stdout.take().expect("a pipe");
        let stderr = child.stderr.take().expect("a pipe");
        (Camwall { child, stdout: None, stderr: None, status: self.status }, stdout, stderr)
    }

    /// Starts it in a terminal, where its questions and its log go; standard output is a pipe.
    pub fn start_in(mut self, terminal: &Terminal) -> Camwall {
        self.command.stdin(terminal.stream()).stdout(Stdio::piped()).stderr(terminal.stream());
        let mut child = self.command.spawn().expect("camwall starts");
        let stdout = child.stdout.take().map(collect);
        Camwall { child, stdout, stderr: None, status: self.status }
    }

    /// Starts it with these lines as its input, and waits for its end.
    pub fn finish_with(mut self, input: &str, within: Duration) -> Ended {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("camwall starts");
        let (stdout, stderr) = (child.stdout.take().map(collect), child.stderr.take().map(collect));
        let mut stdin = child.stdin.take().expect("a pipe");
        // Who has ended reads no more.
        stdin.write_all(input.as_bytes()).ok();
        drop(stdin);
        Camwall { child, stdout, stderr, status: self.status }.finish(within)
    }

    /// Has it run in this folder.
    pub fn in_folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Starts it and waits for its end.
    pub fn finish(self, within: Duration) -> Ended {
        self.start().finish(within)
    }
}

/// Reads a pipe to its end, so that the child never waits for us.
fn collect(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What came before an error is still worth showing.
        pipe.read_to_end(&mut bytes).ok();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

impl Camwall {
    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The status lines so far.
    pub fn lines(&self) -> Vec<StatusLine> {
        self.status.as_deref().map(read_lines).unwrap_or_default()
    }

    /// Waits for a status line, later than those of the call, that is as wanted.
    pub fn wait_for(
        &mut self,
        what: &str,
        within: Duration,
        wanted: impl Fn(&StatusLine) -> bool,
    ) -> StatusLine {
        let before = self.lines().len();
        let find = |this: &Self| this.lines().into_iter().skip(before).find(|line| wanted(line));
        let found = RefCell::new(None);
        self.wait(what, within, |this| {
            *found.borrow_mut() = find(this);
            found.borrow().is_some()
        });
        found.into_inner().expect("waited for it")
    }

    /// Waits until the status lines so far are as wanted.
    pub fn wait_until(
        &mut self,
        what: &str,
        within: Duration,
        wanted: impl Fn(&[StatusLine]) -> bool,
    ) {
        self.wait(what, within, |this| wanted(&this.lines()));
    }

    /// Waits for what the status lines do not tell.
    pub fn wait_that(&mut self, what: &str, within: Duration, wanted: impl Fn() -> bool) {
        self.wait(what, within, |_| wanted());
    }

    /// Waits until there is such a file.
    pub fn wait_file(&mut self, path: &Path, within: Duration) {
        self.wait(&path.to_string_lossy(), within, |_| path.exists());
    }

    fn wait(&mut self, what: &str, within: Duration, wanted: impl Fn(&Self) -> bool) {
        let until = Instant::now() + within;
        while !wanted(self) {
            let ended = self.child.try_wait().expect("a child of ours");
            assert!(ended.is_none(), "camwall ended ({ended:?}) before: {what}");
            assert!(
                Instant::now() < until,
                "not in time: {what}; last: {:#?}",
                self.lines().last()
            );
            std::thread::sleep(SECOND / 50);
        }
    }

    /// Resident memory in KiB, as the kernel counts it.
    pub fn resident_kb(&self) -> u64 {
        let path = format!("/proc/{}/status", self.pid());
        let status = std::fs::read_to_string(path).expect("a running process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Ends it as a power cut would: nothing of it runs on.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("a child of ours");
    }

    /// The ids of its child processes, as the kernel lists them.
    pub fn children(&self) -> String {
        let path = format!("/proc/{0}/task/{0}/children", self.pid());
        std::fs::read_to_string(path).expect("a running process").trim().to_owned()
    }

    /// The names of its threads, one a line.
    pub fn threads(&self) -> String {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid())).expect("it runs");
        let name = |task: std::io::Result<std::fs::DirEntry>| {
            std::fs::read_to_string(task.ok()?.path().join("comm")).ok()
        };
        tasks.filter_map(name).collect()
    }

    /// Sends a signal, for example [`libc::SIGTERM`]; those that have a name without a moment's delay.
    pub fn signal(&self, signal: libc::c_int) {
        let pid = self.pid();
        if let Some(signal) = Signal::from_named_raw(signal) {
            let pid = pid.try_into().ok().and_then(Pid::from_raw).expect("a process id");
            return rustix::process::kill_process(pid, signal).expect("a child of ours");
        }
        let kill = ["-c", r#"kill -s "$0" "$1""#, &signal.to_string(), &pid.to_string()];
        let sent = Command::new("sh").args(kill).status().expect("a shell");
        assert!(sent.success(), "signal {signal} to {pid}");
    }

    /// Waits for the end.
    pub fn finish(mut self, within: Duration) -> Ended {
        let status = self.wait_end(within);
        let text = |pipe: Option<JoinHandle<String>>| {
            pipe.and_then(|pipe| pipe.join().ok()).unwrap_or_default()
        };
        let (stdout, stderr) = (text(self.stdout.take()), text(self.stderr.take()));
        Ended { code: status.code(), stdout, stderr, status: self.lines() }
    }

    /// Ends it as a service manager would, and waits for the end.
    pub fn terminate(self) -> Ended {
        self.signal(libc::SIGTERM);
        self.finish(10 * SECOND)
    }

    fn wait_end(&mut self, within: Duration) -> ExitStatus {
        let until = Instant::now() + within;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child of ours") {
                return status;
            }
            assert!(Instant::now() < until, "camwall does not end within {within:?}");
            std::thread::sleep(SECOND / 100);
        }
    }
}

impl Drop for Camwall {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        self.child.kill().ok();
        self.child.wait().ok();
        if let Some(log) = self.stderr.take().and_then(|log| log.join().ok())
            && std::thread::panicking()
        {
            eprintln!("--- log of camwall:\n{log}---");
        }
    }
}

/// The whole lines of a status file that may be being written.
fn read_lines(path: &Path) -> Vec<StatusLine> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(StatusLine::parse).collect()
}
