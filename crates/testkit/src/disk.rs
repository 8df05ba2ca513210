//! A small disk of its own for a test: a tmpfs that only the processes of a namespace see.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::Run;

/// A mounted disk; gone when dropped.
pub struct Disk {
    /// Sits in the namespace and keeps it.
    holder: Child,
    /// Whether the namespace has users of its own.
    users: bool,
    at: PathBuf,
}

/// Has the namespace be as it is told to, says so, and waits until nobody holds the other end of its
/// input.
const HOLD: &str = r#"eval "$3" && echo ready && exec cat"#;

/// Mounts a disk.
const MOUNT: &str = r#"mount -t tmpfs -o "size=$1" tmpfs "$2""#;

impl Disk {
    /// Mounts a disk of `size` (`24M`) on the folder `at`, as far as [`Self::give_to`] reaches.
    pub fn mount(size: &str, at: &Path) -> Self {
        Self::prepare(size, at, MOUNT)
    }

    /// A disk on the folder `at` that is mounted when a wall runs already.
    pub fn later(at: &Path) -> Self {
        Self::prepare("", at, ":")
    }

    /// Mounts the disk that was to come later, with this size.
    pub fn mount_now(&self, size: &str) {
        let words = self.enter();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(["sh", "-c", MOUNT, "sh", size]).arg(&self.at);
        let status = command.status().expect("nsenter runs");
        assert!(status.success(), "{command:?}");
    }

    fn prepare(size: &str, at: &Path, how: &str) -> Self {
        std::fs::create_dir_all(at).expect("a folder");
        let mut complaints = String::new();
        // Anybody may where user namespaces are allowed; where they are not, root still may.
        for (flags, users) in [("-rm", true), ("-m", false)] {
            let mut holder = Command::new("unshare")
                .args([flags, "sh", "-c", HOLD, "sh", size])
                .arg(at)
                .arg(how)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the tests need the program unshare, of util-linux");
            let mut line = String::new();
            let stdout = holder.stdout.take().expect("stdout is a pipe");
            // An end without a word is a failure, too.
            BufReader::new(stdout).read_line(&mut line).unwrap_or_default();
            if line.trim() == "ready" {
                return Self { holder, users, at: at.to_owned() };
            }
            let mut stderr = holder.stderr.take().expect("stderr is a pipe");
            stderr.read_to_string(&mut complaints).unwrap_or_default();
            holder.wait().expect("a child of ours");
        }
        panic!(
            "this test mounts a tmpfs, which takes user namespaces (`unshare -rm`) or root \
             (`unshare -m`); neither works here:\n{complaints}"
        );
    }

    /// Has a wall see the disk.
    pub fn give_to(&self, run: Run) -> Run {
        run.through(&self.enter())
    }

    /// Where it is mounted, for those that see it.
    pub(crate) fn at(&self) -> &Path {
        &self.at
    }

    /// The disk's root, for processes outside.
    pub fn seen_from_outside(&self) -> PathBuf {
        let inside = self.at.strip_prefix("/").expect("an absolute path");
        PathBuf::from(format!("/proc/{}/root", self.holder.id())).join(inside)
    }

    /// Mounts it again, `ro` or `rw`.
    pub fn remount(&self, how: &str) {
        let words = self.enter();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).args(["mount", "-o"]).arg(format!("remount,{how}")).arg(&self.at);
        let status = command.status().expect("nsenter runs");
        assert!(status.success(), "{command:?}");
    }

    /// What runs a program in the namespace.
    pub(crate) fn enter(&self) -> Vec<String> {
        let holder = self.holder.id().to_string();
        let users: &[&str] = if self.users { &["--user", "--preserve-credentials"] } else { &[] };
        let words = ["nsenter", "--target", &holder, "--mount"].into_iter();
        words.chain(users.iter().copied()).chain(["--"]).map(str::to_owned).collect()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        self.holder.kill().ok();
        self.holder.wait().ok();
    }
}
